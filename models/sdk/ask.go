package sdk

import (
	"weir/models/aws"
	"weir/models/message"
	"weir/sim"
	"weir/sim/measure"
	"weir/sim/ring"
)

// Invocation is how a function is invoked (AWS: InvocationType).
type Invocation string

// The ways of invocation.
const (
	Synchronous  Invocation = "synchronous"  // RequestResponse
	Asynchronous Invocation = "asynchronous" // Event
)

// Values lists the ways, for the decoder and the schema.
func (Invocation) Values() []string { return []string{string(Synchronous), string(Asynchronous)} }

// ErrReadTimeout is what a client makes of an answer that does not come in time. SDKs try again.
var ErrReadTimeout = &aws.Error{Code: "read timeout", Retryable: true}

// asker makes a producer's requests that have an answer to wait for. The answer to an attempt that timed out is passed
// over when it comes, but what was done is done.
type asker struct {
	TimedOut measure.Counter // attempts whose answer did not come in time

	producer *Producer
	target   Target
	timeout  sim.Duration
	attempts []uint32 // by call: the one whose answer is awaited, 0 for none
	numbers  uint32
	line     ring.Buffer[awaited] // in the order of their ends
	ended    sim.Event[uint8]
}

// awaited is an answer that is waited for.
type awaited struct {
	call    Call
	attempt uint32
	until   sim.Time
}

func newAsker(p *Producer, target Target, timeout sim.Duration) *asker {
	a := &asker{producer: p, target: target, timeout: timeout}
	a.ended = sim.NewEvent(p.eng, p.name+"/readTimeout", a.timeOut)
	return a
}

// ask hands a request over: it has reached the target.
func (a *asker) ask(call Call) {
	p := a.producer
	now := p.eng.Now()
	for int(call) >= len(a.attempts) {
		a.attempts = append(a.attempts, 0)
	}
	a.numbers++
	attempt := a.numbers
	a.attempts[call] = attempt
	if a.timeout < message.Forever {
		a.line.Push(awaited{call, attempt, now.Add(a.timeout)})
		if a.line.Len() == 1 {
			a.ended.At(now.Add(a.timeout), 0)
		}
	}
	ref := p.Messages(call)[0]
	m := p.store.At(ref)
	m.Receipt++
	r := message.Receipt{Ref: ref, Number: m.Receipt, Generation: m.Generation, At: now}
	a.target.Invoke(r, a, uint64(attempt)<<32|uint64(call))
}

// Answered takes the answer to an attempt.
func (a *asker) Answered(token uint64, err error) {
	call := Call(token)
	if a.attempts[call] != uint32(token>>32) {
		return
	}
	a.attempts[call] = 0
	a.producer.enter(call, message.APICall)
	a.producer.client.Answer(call, err)
}

// timeOut is the event that the answer that is awaited for longest may not have come in time.
func (a *asker) timeOut(uint8) {
	now := a.producer.eng.Now()
	for a.line.Len() > 0 {
		first := *a.line.Front()
		if a.attempts[first.call] == first.attempt {
			if first.until > now {
				a.ended.At(first.until, 0)
				return
			}
			a.TimedOut.Inc()
			ref := a.producer.Messages(first.call)[0]
			a.producer.store.At(ref).Receipt++ // the message is no longer the target's
			a.Answered(uint64(first.attempt)<<32|uint64(first.call), ErrReadTimeout)
		}
		a.line.Pop()
	}
}

// end ends a request: its message was processed, or is given up.
func (a *asker) end(ref message.Ref, err error) {
	p := a.producer
	p.Held.Add(p.eng.Now(), -1)
	api := aws.ErrorOf(err)
	switch {
	case err == nil:
		p.store.Free(ref)
	case api != nil && api.Function:
		p.Failed.Inc()
		p.store.Move(ref, p.store.At(ref), message.Failed)
		p.store.Free(ref)
	default:
		p.reject(ref, reasonOf(err))
	}
}
