package sqs

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"weir/models/message"
	"weir/models/spec"
	"weir/sim"
)

// Messages lie on random servers, of which a short poll asks a share a: it misses each of k messages with 1 - a, and
// all of them with (1 - a)^k. A poll for ten returns k·a on average.
func TestAShortPollFindsTheMessagesOfTheServersItAsks(t *testing.T) {
	const n = 10_000
	for _, c := range []struct {
		servers int64
		share   spec.Share
		asked   float64 // share of the servers, at least one of them
	}{{16, 0.5, 0.5}, {16, 0.75, 0.75}, {8, 0, 0.125}, {64, 0.25, 0.25}, {3, 1, 1}} {
		limits := roomy()
		limits.Servers, limits.ShortPollShare = c.servers, c.share
		d := newDesk("q", standing(), limits)
		for k := 1; k <= 4; k++ {
			var empty, found float64
			for range n {
				for range k {
					_, _ = d.send(0)
				}
				got := d.receive(10)
				found += float64(len(got))
				if len(got) == 0 {
					empty++
				}
				d.end(got)
				if d.Visible.Value() > 0 { // a long poll asks all servers
					d.ReceiveMessage(10, sim.Second, message.QueueDefault, d, 0)
					d.end(d.got)
				}
				if d.Visible.Value() != 0 {
					t.Fatalf("a long poll left %d messages", d.Visible.Value())
				}
			}
			p := math.Pow(1-c.asked, float64(k))
			if half := 3.29 * math.Sqrt(p*(1-p)/n); math.Abs(empty/n-p) > half {
				t.Errorf("%v of %d servers: %.4f of the polls miss all of %d messages, want %.4f ± %.4f", c.asked, c.servers,
					empty/n, k, p, half)
			}
			mean := float64(k) * c.asked
			if half := 3.29 * math.Sqrt(mean*(1-c.asked)/n); math.Abs(found/n-mean) > half {
				t.Errorf("%v of %d servers: %.4f of %d messages are found, want %.4f ± %.4f", c.asked, c.servers, found/n, k,
					mean, half)
			}
		}
	}
}

// crowd notes what its polls, told apart by their tokens, are answered.
type crowd struct {
	*desk
	log []string
}

func (c *crowd) Received(token uint64, receipts []message.Receipt, err error) {
	line := fmt.Sprintf("%v: %d gets %d", c.eng.Now(), token, len(receipts))
	if err != nil {
		line += ", " + err.Error()
	}
	c.log = append(c.log, line)
}

func (c *crowd) ask(token uint64, most int, wait sim.Duration) {
	c.ReceiveMessage(most, wait, message.QueueDefault, c, token)
}

func TestLongPollsAreServedInTheOrderTheyCameAndEachWaitsItsOwnTime(t *testing.T) {
	c := &crowd{desk: newDesk("q", standing(), roomy())}
	for token, wait := range []sim.Duration{20, 5, 10, 3} {
		c.ask(uint64(token), 1, wait*sim.Second)
	}
	c.pass(4 * sim.Second)
	c.ask(4, 1, 20*sim.Second)
	_, _ = c.send(0)
	c.pass(7 * sim.Second)
	_, _ = c.send(0)
	c.pass(20 * sim.Second)
	want := []string{"3s: 3 gets 0", "4s: 0 gets 1", "5s: 1 gets 0", "10s: 2 gets 0", "11s: 4 gets 1"}
	if !slices.Equal(c.log, want) {
		t.Errorf("the polls are answered\n%q, want\n%q", c.log, want)
	}
	if c.EmptyReceives.Value() != 3 {
		t.Errorf("%d empty receives, want 3", c.EmptyReceives.Value())
	}
}

// A long poll does not wait to fill: of messages that come one by one each goes to the next poll in line; those of a
// batch go together, as many as the first poll asks for.
func TestTheMessagesOfABatchGoToTheFirstPollTogether(t *testing.T) {
	c := &crowd{desk: newDesk("q", standing(), roomy())}
	for token, most := range []int{2, 2, 5, 10} {
		c.ask(uint64(token), most, 20*sim.Second)
	}
	_, _ = c.send(0)
	var batch []message.Ref
	for range 3 {
		ref, _ := c.store.New(0, c.route, 1, 0, 0)
		batch = append(batch, ref)
	}
	if refused, err := c.SendMessageBatch(batch, message.QueueDefault); err != nil || len(refused) > 0 {
		t.Fatal(refused, err)
	}
	if want := []string{"0s: 0 gets 1", "0s: 1 gets 2", "0s: 2 gets 1"}; !slices.Equal(c.log, want) {
		t.Errorf("the polls are answered\n%q, want\n%q", c.log, want)
	}
}

// Against a naive list of polls in the order of their coming, with waits of any length.
func TestAMessageWakesTheFirstPollThatStillWaits(t *testing.T) {
	type poll struct {
		token uint64
		until sim.Time
	}
	var served, empty, crossed int
	for seed := range uint64(50) {
		s := standing()
		s.VisibilityTimeout = spec.Duration(12 * sim.Hour)
		c := &crowd{desk: newDesk("q", s, roomy())}
		luck := sim.NewEngine(seed, 0).Rand("test")
		var waiting []poll
		var want []string
		for token := range uint64(400) {
			switch now := c.eng.Now(); {
			case luck.IntN(5) < 3:
				wait := 1 + sim.Duration(luck.Float64()*float64(20*sim.Second))
				until := now.Add(wait)
				if n := len(waiting); n > 0 && until < waiting[n-1].until {
					crossed++
				}
				waiting = append(waiting, poll{token, until})
				c.ask(token, 10, wait)
			case len(waiting) > 0:
				want = append(want, fmt.Sprintf("%v: %d gets 1", now, waiting[0].token))
				waiting = waiting[1:]
				served++
				_, _ = c.send(0)
			}
			c.pass(1 + sim.Duration(luck.Float64()*float64(3*sim.Second)))
			over := slices.Clone(waiting)
			slices.SortFunc(over, func(a, b poll) int { return int(a.until - b.until) })
			for _, p := range over {
				if p.until <= c.eng.Now() {
					want = append(want, fmt.Sprintf("%v: %d gets 0", p.until, p.token))
					waiting = slices.DeleteFunc(waiting, func(other poll) bool { return other == p })
					empty++
				}
			}
		}
		for i := range max(len(want), len(c.log)) {
			if i >= min(len(want), len(c.log)) || c.log[i] != want[i] {
				t.Fatalf("seed %d: answer %d of %d is not that of %d:\n%q, want\n%q", seed, i, len(c.log), len(want),
					c.log[min(i, len(c.log)):], want[min(i, len(want)):])
			}
		}
	}
	if min(served, empty, crossed) < 2000 {
		t.Errorf("only %d polls served, %d empty and %d that end before the one ahead were tried", served, empty, crossed)
	}
}

// At the in-flight limit a long poll gets nothing and no error; when its wait is over it is empty.
func TestALongPollAtTheInFlightLimitWaitsAndComesBackEmpty(t *testing.T) {
	limits := roomy()
	limits.InFlightMax = 2
	c := &crowd{desk: newDesk("q", standing(), limits)}
	for range 3 {
		_, _ = c.send(0)
	}
	c.ask(0, 10, 0)
	c.ask(1, 10, 5*sim.Second)
	c.pass(10 * sim.Second)
	c.ask(2, 10, 0)
	c.ask(3, 10, 20*sim.Second) // the visibility timeout of the two ends at 30 s
	c.pass(25 * sim.Second)
	want := []string{"0s: 0 gets 2", "5s: 1 gets 0", "10s: 2 gets 0, OverLimit", "30s: 3 gets 2"}
	if !slices.Equal(c.log, want) {
		t.Errorf("the polls are answered\n%q, want\n%q", c.log, want)
	}
	if c.OverLimit.Value() != 1 || c.InFlight.Max() != 2 {
		t.Errorf("%d refused, %d in flight at most, want 1 and 2", c.OverLimit.Value(), c.InFlight.Max())
	}
}

// The settings of the queue hold unless the call has its own.
func TestAReceiveTakesTheQueuesWaitAndVisibilityTimeoutUnlessItHasItsOwn(t *testing.T) {
	s := standing()
	s.ReceiveWaitTime = spec.Duration(4 * sim.Second)
	limits := roomy()
	c := &crowd{desk: newDesk("q", s, limits)}
	c.ask(0, 1, message.QueueDefault)
	c.ask(1, 1, 2*sim.Second)
	c.ask(2, 1, 0)
	c.pass(10 * sim.Second)
	limits.InstantPolling = true
	c.ask(3, 1, message.QueueDefault)
	c.pass(sim.Duration(90 * sim.Day))
	_, _ = c.send(0)
	want := []string{"0s: 2 gets 0", "2s: 1 gets 0", "4s: 0 gets 0", "2160h0m10s: 3 gets 1"}
	if !slices.Equal(c.log, want) {
		t.Errorf("the polls are answered\n%q, want\n%q", c.log, want)
	}
	c.pass(30*sim.Second - 1)
	if c.InFlight.Value() != 1 {
		t.Error("the message is visible before the queue's visibility timeout")
	}
	if c.pass(1); c.Visible.Value() != 1 {
		t.Error("the message is not visible after the queue's visibility timeout")
	}
}

// While so many consumers stand free as could take half of the line, half of the wait is for a poll and half is
// backlog; at the in-flight limit it is neither.
func TestAWaitInLineIsSplitByTheConsumersThatStandFree(t *testing.T) {
	limits := roomy()
	limits.InFlightMax = 2
	d := newDesk("q", standing(), limits)
	d.receive(2) // consumers ask for two at a time
	ref, _ := d.send(0)
	for range 3 {
		_, _ = d.send(0)
	}
	d.pass(8 * sim.Second) // nobody is free: backlog
	d.ConsumerFree(1)
	d.pass(4 * sim.Second) // could take two of four: half of it poll
	d.ConsumerFree(1)
	d.pass(1 * sim.Second) // could take all: poll
	d.ConsumerFree(5)
	d.pass(2 * sim.Second) // more than all: poll
	d.ConsumerFree(-5)
	d.receive(2)
	if got := d.got[0].Ref; got != ref {
		t.Fatalf("delivered %d first, want %d", got, ref)
	}
	d.pass(3 * sim.Second) // at the limit: throttle
	d.end(d.got[1:])
	d.pass(sim.Second) // one consumer is still free, for the two messages left
	if idle := d.Idle(); idle.Free != 6*sim.Second || idle.Limited != 3*sim.Second {
		t.Errorf("the queue had free consumers for %v and was limited for %v, want 6 s and 3 s", idle.Free, idle.Limited)
	}
	var clocks [message.Causes]int64
	d.store.At(ref).Clocks(d.eng.Now(), d.Idle(), &clocks)
	var want [message.Causes]int64
	want[message.Backlog], want[message.Poll] = int64(10*sim.Second), int64(5*sim.Second)
	want[message.APICall] = int64(4 * sim.Second)
	if clocks != want {
		t.Errorf("the message waited %v, want %v", clocks, want)
	}
}
