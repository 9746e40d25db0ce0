package message

import "weir/sim"

// Cause is why a message is late: every nanosecond of its life is booked to one.
type Cause uint8

// The causes, in the order of a message's journey.
const (
	Batching    Cause = iota // at its producer: waiting for the batch to fill, or for a connection
	ClientRetry              // at its producer: backing off after a failed or throttled call
	APICall                  // in a call: on the network or being served
	Delay                    // in the queue: delayed on purpose
	Backlog                  // in the queue: visible, and every consumer is busy
	Poll                     // in the queue: visible, and a consumer is free but has not asked or was not shown it
	Prefetch                 // received, waiting behind the other messages of its batch
	BatchWindow              // waiting for the batching window of an event source mapping
	Throttle                 // in the queue: held back by a limit
	ColdStart                // waiting for an execution environment to start
	Work                     // being worked on
	Retry                    // waiting to be visible again after a failed attempt
	Downstream               // its consumer waits for what it calls
	GroupOrder               // in a FIFO queue: visible, behind earlier messages of its group

	Causes = 14
)

const (
	clocks = Causes - 1 // that a message holds itself: GroupOrder is in its Order, for designs with FIFO queues only

	inLine Cause = 0xff // the message waits in line, with three clocks open at once
	behind Cause = 0xfe // it waits behind its group: Throttle's clock is open, and its Order tells what is not its
)

var causeNames = [Causes]string{
	"batching", "client_retry", "api_call", "delay", "backlog", "poll", "prefetch", "batch_window", "throttle",
	"cold_start", "work", "retry", "downstream", "group_order",
}

// Connection is what Batching is called of a producer that sends each message by itself: there is no batch to fill.
const Connection = "connection"

// Glossary explains the causes, by their names in results, in the order of a message's journey.
var Glossary = [...]struct{ Name, Text string }{
	{Connection, "at a producer without batches: waiting for a connection"},
	{"batching", "at its producer: waiting for the batch to fill, and then for a connection"},
	{"client_retry", "at its producer: backing off after a failed or throttled call"},
	{"api_call", "in a call: on the network or being served; in a stream, until it can be read"},
	{"delay", "in the queue: delayed on purpose"},
	{"backlog", "waiting in a queue or stream while every consumer is busy, or none has begun"},
	{"poll", "waiting in a queue or stream while a consumer is free and has not asked, or was not shown it"},
	{"prefetch", "received, waiting behind the other messages of its batch"},
	{"batch_window", "waiting for the batching window of an event source mapping"},
	{"throttle", "held back by a limit: of reads, of concurrency, of a rate"},
	{"cold_start", "waiting for an execution environment to start"},
	{"work", "being worked on"},
	{"retry", "waiting to be tried again after a failed attempt"},
	{"downstream", "its consumer waits for what it calls"},
	{"group_order", "in a FIFO queue: behind earlier messages of its group"},
}

// String returns the cause's name in results, such as "client_retry".
func (c Cause) String() string { return causeNames[c] }

// Idle is what a wait in a queue is split by: how long since the start of the trial the queue had a free consumer, and
// how long it was held back by a limit; and how long the message itself stood behind its group.
type Idle struct{ Free, Limited, Group sim.Duration }

// Enter ends the present cause at the instant now and begins the next.
//
// A clock is opened by taking the instant away and closed by adding it, so no message stores when its cause began.
func (m *Message) Enter(now sim.Time, next Cause) {
	m.clocks[m.cause] += int64(now)
	m.clocks[next] -= int64(now)
	m.cause = next
}

// Line ends the present cause and begins the wait in a queue's line, which will be split into backlog, poll and
// throttle by the queue's running totals.
func (m *Message) Line(now sim.Time, idle Idle) {
	m.clocks[m.cause] += int64(now)
	m.split(-1, now, idle)
	m.cause = inLine
}

// Leave ends the wait in line and begins the next cause.
func (m *Message) Leave(now sim.Time, idle Idle, next Cause) {
	m.split(1, now, idle)
	m.clocks[next] -= int64(now)
	m.cause = next
}

func (m *Message) split(sign int64, now sim.Time, idle Idle) {
	m.clocks[Poll] += sign * int64(idle.Free)
	m.clocks[Throttle] += sign * int64(idle.Limited)
	m.clocks[Backlog] += sign * (int64(now) - int64(idle.Free) - int64(idle.Limited))
}

// Cause returns the cause that runs now. It has no meaning while the message stands in line.
func (m *Message) Cause() Cause { return m.cause }

// Waits reports whether the message is visible in a queue: in line, or behind its group.
func (m *Message) Waits() bool { return m.cause >= behind }

// InLine reports whether the message waits in a queue's line.
func (m *Message) InLine() bool { return m.cause == inLine }

// Clocks writes how long each cause has run up to now, in nanoseconds, into out; the present cause goes on. The
// clocks add up to now − Born exactly. A message in line needs its queue's totals.
func (m *Message) Clocks(now sim.Time, idle Idle, out *[Causes]int64) {
	copy(out[:], m.clocks[:])
	out[GroupOrder] = int64(idle.Group)
	out[Throttle] -= int64(idle.Group)
	switch m.cause {
	case inLine:
		out[Poll] += int64(idle.Free)
		out[Throttle] += int64(idle.Limited)
		out[Backlog] += int64(now) - int64(idle.Free) - int64(idle.Limited)
	case behind:
		out[Throttle] += int64(now)
	default:
		out[m.cause] += int64(now)
	}
}
