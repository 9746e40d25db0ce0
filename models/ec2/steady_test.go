package ec2

import (
	"math"
	"testing"
	"weir/models/sdk"

	"weir/models/message"
	"weir/models/meter"
	"weir/sim"
)

// The circle of a thread: polls, work on shared vCPUs, heartbeats, deletes in each mode, failures, and sending on.
func TestAFleetAllocatesNothingInSteadyState(t *testing.T) {
	for _, mode := range []string{"each", "batch", "async"} {
		s := newScene(t, "instances: 2\ninstance: {threads: 4}\ncpu_share: 50%\nheartbeat: {every: 1s, extend: 5s}\n"+
			"failures: {error: 20%, crash: 60/h}\non_error: release\nthen: queues.out\ndelete: "+mode, 4*sim.Second)
		turn := func() {
			s.send(10, 0)
			for s.out.Visible.Value() > 0 {
				s.out.ReceiveMessage(10, 0, message.QueueDefault, taker{s}, 0)
			}
			s.run(s.eng.Now().Seconds() + 10)
		}
		for range 2000 {
			turn()
		}
		if allocs := testing.AllocsPerRun(500, turn); allocs > 0 {
			t.Errorf("%s: %v allocations for ten messages", mode, allocs)
		}
		if s.Crashes.Value() < 100 || s.Failed.Value() < 1000 || s.out.Sent.Value() < 10_000 {
			t.Errorf("%s: only %d crashes, %d failures and %d sent on were tried", mode, s.Crashes.Value(),
				s.Failed.Value(), s.out.Sent.Value())
		}
		if calls := len(s.deleter.slots) + s.forward.(*sdk.Forwarder).Slots(); calls > 100 {
			t.Errorf("%s: %d slots for the calls of eight threads", mode, calls)
		}
		if err := s.store.Ledger.Check(); err != nil || s.store.Live() > 200 {
			t.Errorf("%s: %v; %d messages live", mode, err, s.store.Live())
		}
	}
}

// taker deletes what it receives.
type taker struct{ *scene }

func (k taker) Received(_ uint64, receipts []message.Receipt, _ error) {
	for _, r := range receipts {
		k.store.Move(r.Ref, k.store.At(r.Ref), message.Processed)
	}
	_ = k.out.DeleteMessageBatch(receipts)
}

// Two threads, one message of 1 s each 4 s: an eighth of their time. A window begins with the threads as they are.
func TestTheFiguresOfAWindowAreThoseOfItsTime(t *testing.T) {
	s := newScene(t, "instances: 2", sim.Minute)
	for range 10 {
		s.send(1, 0)
		s.run(s.eng.Now().Seconds() + 4)
	}
	s.send(1, 0)
	s.run(40.5)
	s.Reset(s.eng.Now())
	if s.Busy.Value() != 1 || s.Running.Value() != 2 || s.Processed.Value() != 0 || s.Paths()[0].Latency.Count() != 0 {
		t.Errorf("a window begins with %d threads busy, %d instances and %d messages, want 1, 2 and 0", s.Busy.Value(),
			s.Running.Value(), s.Processed.Value())
	}
	s.run(44)
	for range 9 {
		s.send(1, 0)
		s.run(s.eng.Now().Seconds() + 4)
	}
	s.send(1, 0)
	s.run(80.5)
	figures := map[string]float64{}
	s.Figures(s.eng.Now(), func(name, _ string, value float64) { figures[name] = value })
	for name, want := range map[string]float64{
		"utilisation": 0.125, "busy_mean": 0.25, "busy_seconds": 10, "busy_max": 1, "running_mean": 2, "processed": 10,
		"duplicates": 0, "failed": 0, "crashes": 0, "receives_refused": 0,
	} {
		if got, ok := figures[name]; !ok || math.Abs(got-want) > 1e-9 {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	if _, ok := figures["computing_mean"]; ok {
		t.Error("threads that share no vCPU have a figure of computing")
	}
	curves := map[string]float64{}
	s.Curves(func(c meter.Curve) { curves[c.Name] = c.Read(s.eng.Now()) })
	for name, want := range map[string]float64{"busy": 10, "threads": 80, "running": 80, "processed": 10} {
		if got, ok := curves[name]; !ok || math.Abs(got-want) > 1e-9 {
			t.Errorf("the curve of %s stands at %v, want %v", name, got, want)
		}
	}
}

// A message that one thread holds too long is another's: the first has done its work and may not delete.
func TestWorkThatOutlivesItsTimeoutIsDoneTwiceAndCountsOnce(t *testing.T) {
	slowFirst := func(p *Parts) { p.Work.Message = constant(3 * sim.Second) }
	s := newScene(t, "instances: 2\nthen: queues.out", 2*sim.Second, slowFirst)
	s.send(1, 0)
	s.run(3.2) // the first is done at 3.1 s, the second has had it since 2.05 s
	s.ended(t, "done", map[message.Place]uint64{message.Processed: 1})
	if s.Processed.Value() != 1 || s.TimedOut.Value() != 1 || s.queue.Deleted.Value() != 0 || s.out.Sent.Value() != 1 {
		t.Errorf("%d processed, %d outlived, %d deleted, %d sent on; want 1, 1, 0 and 1", s.Processed.Value(),
			s.TimedOut.Value(), s.queue.Deleted.Value(), s.out.Sent.Value())
	}
	s.run(6) // the second is done at 5.1 s, after a third has taken it over at 4.05 s
	if s.Duplicates.Value() != 1 || s.out.Sent.Value() != 2 {
		t.Errorf("%d duplicates, %d sent on; want 1 and 2: at least once is more than once", s.Duplicates.Value(),
			s.out.Sent.Value())
	}
}

// counter counts the consumers that a queue believes to stand free.
type counter struct {
	Inbox
	fleet *Fleet
	free  int
}

func (c *counter) ConsumerFree(n int) {
	c.free += n
	c.Inbox.ConsumerFree(n)
}

func (c *counter) ReceiveMessage(most int, wait, visibility sim.Duration, _ message.Receiver, token uint64) {
	c.Inbox.ReceiveMessage(most, wait, visibility, c, token)
}

func (c *counter) Received(token uint64, receipts []message.Receipt, err error) {
	if len(receipts) > 0 {
		c.free--
	}
	c.fleet.Received(token, receipts, err)
}

// Whatever crashes when, the queue knows how many threads stand free: once all is done, those of the running instances.
func TestTheQueueKnowsHowManyThreadsStandFree(t *testing.T) {
	for seed := range uint64(20) {
		var c *counter
		s := newScene(t, "instances: 5\ninstance: {threads: 3}\nfailures: {error: 10%, crash: 120/h}", 20*sim.Second,
			func(p *Parts) {
				c = &counter{Inbox: p.Inbox}
				p.Inbox = c
				p.Recovery = constant(2 * sim.Second)
			})
		// The threads have asked for nothing yet: their first polls reach the queue after 50 ms.
		c.fleet = s.Fleet
		luck := sim.NewEngine(seed, 0).Rand("test")
		for range 2000 {
			s.send(luck.IntN(12), 0)
			s.run(s.eng.Now().Seconds() + luck.Float64())
			if running := int(s.Running.Value()) * 3; c.free < 0 || c.free > running-int(s.Busy.Value()) {
				t.Fatalf("seed %d, at %v: %d stand free of %d that run and %d that are busy", seed, s.eng.Now(), c.free, running,
					s.Busy.Value())
			}
		}
		for s.store.Live() > 0 || s.Busy.Value() > 0 {
			s.run(s.eng.Now().Seconds() + 1)
		}
		if running := int(s.Running.Value()) * 3; c.free != running {
			t.Errorf("seed %d: %d stand free of %d that run and are not busy", seed, c.free, running)
		}
		if s.Crashes.Value() < 50 {
			t.Errorf("seed %d: only %d crashes were tried", seed, s.Crashes.Value())
		}
	}
}
