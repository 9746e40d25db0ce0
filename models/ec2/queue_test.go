package ec2

import (
	"math"
	"strings"
	"testing"

	"weir/models/message"
	"weir/models/sdk"
	"weir/models/spec"
	"weir/models/sqs"
	"weir/sim"
	"weir/sim/random"
)

// scene is a fleet that consumes a queue of the service.
type scene struct {
	*Fleet
	queue *sqs.Queue
	rules *sqs.Spec  // of the queue
	out   *sqs.Queue // what processed messages are sent on to, if they are
	store *message.Store
	route message.RouteID
	batch []message.Ref
}

func limits() *sqs.Limits {
	return &sqs.Limits{
		MessageSizeMax: 1 << 20, BatchSizeMax: 10, BatchBytesMax: 1 << 20, InFlightMax: 1 << 40,
		VisibilityMax: spec.Duration(12 * sim.Hour), WaitTimeMax: spec.Duration(20 * sim.Second),
		BackOfQueueReceives: math.MaxInt64, Servers: 1, ShortPollShare: 1,
	}
}

// newScene returns the fleet of newFleet on a queue with the visibility timeout given, which is polled long.
func newScene(t *testing.T, settings string, visibility sim.Duration, change ...func(*Parts)) *scene {
	t.Helper()
	s := new(scene)
	use := func(p *Parts) {
		in := p.Inbox.(*inbox)
		s.store, s.route = in.store, in.route
		s.rules = &sqs.Spec{
			VisibilityTimeout: spec.Duration(visibility), ReceiveWaitTime: spec.Duration(20 * sim.Second),
			Retention: spec.Duration(14 * sim.Day),
		}
		s.queue = sqs.New(in.eng, in.store, "q", s.rules, limits())
		s.out = sqs.New(in.eng, in.store, "out", &sqs.Spec{Retention: spec.Duration(14 * sim.Day)}, limits())
		p.Inbox = s.queue
		if strings.Contains(settings, "then:") {
			p.Outbox = s.out
		}
	}
	s.Fleet, _ = newFleet(t, settings, 0, append([]func(*Parts){use}, change...)...)
	return s
}

func worksFor(d sim.Duration) func(*Parts) {
	return func(p *Parts) { p.Work.Message = constant(d) }
}

// send sends messages in batches of ten.
func (s *scene) send(n int, flags message.Flags) {
	for ; n > 0; n -= 10 {
		s.batch = s.batch[:0]
		for range min(n, 10) {
			ref, _ := s.store.New(s.eng.Now(), s.route, 1024, 0, flags)
			s.batch = append(s.batch, ref)
		}
		if refused, err := s.queue.SendMessageBatch(s.batch, 0); err != nil || len(refused) > 0 {
			panic(err)
		}
	}
}

func (s *scene) run(seconds float64) { s.eng.Run(sim.Time(sim.Seconds(seconds)), 1<<40) }

// ended holds the ledger of what was sent to the queue against what is wanted.
func (s *scene) ended(t *testing.T, what string, want map[message.Place]uint64) {
	t.Helper()
	if err := s.store.Ledger.Check(); err != nil {
		t.Error(err)
	}
	count := s.store.Ledger.Routes()[s.route].Count
	for place, n := range count {
		if n != want[message.Place(place)] {
			t.Errorf("%s: %d messages are %v, want %d", what, n, message.Place(place), want[message.Place(place)])
		}
	}
}

// late holds the mean time by cause of what was processed, in seconds, against what is wanted.
func (s *scene) late(t *testing.T, what string, want map[message.Cause]float64) {
	t.Helper()
	means, _ := s.Paths()[0].Causes.Mean()
	for cause, ns := range means {
		if got := ns / float64(sim.Second); math.Abs(got-want[message.Cause(cause)]) > 1e-9 {
			t.Errorf("%s: %v took %v s, want %v", what, message.Cause(cause), got, want[message.Cause(cause)])
		}
	}
}

// Work of 10 s under a visibility timeout of 3 s: without a heartbeat in time the message is delivered every 3 s, each
// delivery takes the right to delete from the one before, and it is never gone.
func TestAHeartbeatInTimeKeepsAMessageFromBeingDeliveredAgain(t *testing.T) {
	for settings, deliveries := range map[string]uint64{
		"heartbeat: {every: 1s, extend: 3s}": 1,
		"heartbeat: {every: 2s, extend: 3s}": 1,
		"heartbeat: {every: 2s, extend: 1s}": 20, // extended to 3.1 s, and at 4.1 s too late
		"heartbeat: {every: 4s, extend: 9s}": 20,
		"":                                   20,
	} {
		s := newScene(t, settings+"\ninstance: {threads: 4}", 3*sim.Second, worksFor(10*sim.Second))
		s.send(1, 0)
		s.run(60)
		wantLate, deleted := uint64(0), uint64(1)
		if deliveries > 1 {
			wantLate, deleted = 17, 0 // those begun until 48.1 s have ended
		}
		if s.queue.Stats.Received.Value() != deliveries || s.queue.Deleted.Value() != deleted {
			t.Errorf("%s: %d deliveries and %d deletes, want %d and %d", settings, s.queue.Stats.Received.Value(),
				s.queue.Deleted.Value(), deliveries, deleted)
		}
		if s.Processed.Value() != 1 || s.TimedOut.Value() != wantLate || s.Duplicates.Value() != max(wantLate, 1)-1 {
			t.Errorf("%s: %d processed, %d outlived the timeout, %d duplicates; want 1, %d and %d", settings,
				s.Processed.Value(), s.TimedOut.Value(), s.Duplicates.Value(), wantLate, max(wantLate, 1)-1)
		}
	}
}

// SQS API reference, ChangeMessageVisibility: no message stays invisible for more than 12 hours. The last heartbeat
// that is accepted was sent at 43,160.1 s.
func TestNoHeartbeatHoldsAMessageForMoreThanTwelveHours(t *testing.T) {
	s := newScene(t, "heartbeat: {every: 10s, extend: 30s}\ninstance: {threads: 2}", 30*sim.Second,
		worksFor(13*sim.Hour))
	s.send(1, 0)
	s.run(43190)
	if s.queue.Stats.Received.Value() != 1 || s.queue.InFlight.Value() != 1 {
		t.Fatalf("%d deliveries within 12 hours, %d in flight, want one", s.queue.Stats.Received.Value(),
			s.queue.InFlight.Value())
	}
	s.run(43191)
	if s.queue.Stats.Received.Value() != 2 {
		t.Errorf("%d deliveries after 12 hours, want the second", s.queue.Stats.Received.Value())
	}
	s.run(30 * 3600) // 13 h of work each; the receipt of the second lets it delete
	if s.Processed.Value() != 1 || s.TimedOut.Value() == 0 {
		t.Errorf("%d processed, %d outlived the timeout, want one and some", s.Processed.Value(), s.TimedOut.Value())
	}
}

// A crash at 5 s in the midst of 10 s of work: the message is delivered again when its visibility timeout ends, to an
// instance that runs, and every second of its life has a cause.
func TestACrashReturnsWhatWasInHandAfterTheVisibilityTimeout(t *testing.T) {
	s := newScene(t, "instances: 2\nreceive: {max_messages: 1}\nfailures: {crash: 1/d}", 30*sim.Second,
		worksFor(10*sim.Second), func(p *Parts) { p.Recovery = constant(sim.Hour) })
	s.send(1, 0)
	s.run(5)
	holder := uint32(0)
	if !s.threads[0].busy {
		holder = 1
	}
	s.crash(holder)
	s.ended(t, "after the crash", map[message.Place]uint64{message.InFlight: 1})
	s.run(30)
	if s.queue.InFlight.Value() != 1 || s.Busy.Value() != 0 {
		t.Errorf("%d in flight and %d threads busy before the timeout, want 1 and 0", s.queue.InFlight.Value(),
			s.Busy.Value())
	}
	s.run(40)
	if s.Busy.Value() != 1 || s.Processed.Value() != 0 {
		t.Errorf("%d threads busy after the timeout, %d processed, want 1 and 0", s.Busy.Value(), s.Processed.Value())
	}
	s.run(50)
	s.ended(t, "at the end", map[message.Place]uint64{message.Processed: 1})
	s.late(t, "twice worked on", map[message.Cause]float64{
		message.Poll: 0.05, message.APICall: 0.1, message.Work: 4.9 + 10, message.Retry: 25.05,
	})
	if s.queue.Redelivered.Value() != 1 || s.queue.Deleted.Value() != 1 || s.TimedOut.Value() != 0 {
		t.Errorf("%d delivered again, %d deleted, %d outlived; want 1, 1 and 0", s.queue.Redelivered.Value(),
			s.queue.Deleted.Value(), s.TimedOut.Value())
	}
}

// A thread that crashes while its poll is under way: the answer reaches nobody, and the message comes back.
func TestACrashDuringAPollLosesNoMessage(t *testing.T) {
	for at, what := range map[float64]string{
		0.02: "before the receive reaches the queue", 0.07: "before the answer is back", 3: "while the queue waits",
	} {
		s := newScene(t, "failures: {crash: 1/d}", 30*sim.Second)
		if at < 1 {
			s.send(1, 0)
		}
		s.run(at)
		s.crash(0)
		if at > 1 {
			s.send(1, 0) // goes to the poll of a thread that is no more
		}
		s.run(60)
		s.ended(t, what, map[message.Place]uint64{message.Processed: 1})
		if s.queue.Idle().Limited != 0 || s.Busy.Value() != 0 || s.Running.Value() != 1 || s.Crashes.Value() != 1 {
			t.Errorf("%s: %d busy, %d instances run after %d crashes, want 0, 1 and 1", what, s.Busy.Value(),
				s.Running.Value(), s.Crashes.Value())
		}
	}
}

// Three messages of 1 s each and a crash at 2.5 s: what was processed and not yet deleted is processed again.
func TestACrashBeforeTheDeleteOfABatchHasTheBatchDoneAgain(t *testing.T) {
	for mode, want := range map[string]struct{ duplicates, calls uint64 }{
		"each": {0, 3}, "batch": {2, 1}, "async": {0, 3},
	} {
		s := newScene(t, "failures: {crash: 1/d}\ndelete: "+mode, 10*sim.Second)
		s.send(3, 0)
		s.run(2.5)
		s.crash(0)
		s.run(60)
		s.ended(t, mode, map[message.Place]uint64{message.Processed: 3})
		if s.Duplicates.Value() != want.duplicates || s.queue.Requests[sqs.ActionDelete].Value() != want.calls {
			t.Errorf("%s: %d processed again and %d calls to delete, want %d and %d", mode, s.Duplicates.Value(),
				s.queue.Requests[sqs.ActionDelete].Value(), want.duplicates, want.calls)
		}
		if s.queue.Deleted.Value() != 3 || s.Processed.Value() != 3 || s.Failed.Value() != 0 {
			t.Errorf("%s: %d deleted, %d processed, %d failed; want 3, 3 and 0", mode, s.queue.Deleted.Value(),
				s.Processed.Value(), s.Failed.Value())
		}
	}
}

// Instances run for 60 s on average and are away for 10 s: an alternating renewal process. Its count over a long time t
// has mean t/μ and variance tσ²/μ³, its time up variance tσ²·(10 s)²/μ³, with μ = 70 s and σ = 60 s.
func TestCrashesComeAtTheirRateAndOnlyRunningHoursAreBilled(t *testing.T) {
	s := newScene(t, "instances: 10\nfailures: {crash: 60/h}", sim.Minute)
	const seconds = 360_000
	s.run(seconds)
	cube, all := 70.0*70*70, 10.0*seconds
	mean, half := all/70, 3.29*math.Sqrt(all*3600/cube)
	if n := float64(s.Crashes.Value()); math.Abs(n-mean) > half || half > 0.02*mean {
		t.Errorf("%v crashes, want %.0f ± %.0f", n, mean, half)
	}
	var hours float64
	s.Usage(s.eng.Now(), func(item, variant string, quantity float64) {
		if item != "ec2.instance_hours" || variant != "m5.large" {
			t.Errorf("%s of %s are billed, want the hours of m5.large", item, variant)
		}
		hours += quantity
	})
	mean, half = all*60/70/3600, 3.29*math.Sqrt(all*3600*100/cube)/3600
	if math.Abs(hours-mean) > half || half > 0.01*mean {
		t.Errorf("%.2f hours are billed, want %.2f ± %.2f", hours, mean, half)
	}
}

// A consumer that outlives the visibility timeout cannot make of a poison message what it never is: processed.
func TestPoisonIsNeverProcessedHoweverLateItsWorkEnds(t *testing.T) {
	s := newScene(t, "instance: {threads: 20}\nreceive: {max_messages: 10}", sim.Second, worksFor(700*sim.Millisecond))
	dead := sqs.New(s.eng, s.store, "dead", &sqs.Spec{Retention: spec.Duration(14 * sim.Day)}, limits())
	s.queue.Redrive(dead, 3)
	s.send(300, message.Poison)
	s.run(600)
	s.ended(t, "poison", map[message.Place]uint64{message.DeadByPoison: 300})
	if s.TimedOut.Value()+s.Duplicates.Value() == 0 && s.Failed.Value() <= 900 {
		t.Errorf("no work outlived its timeout: %d attempts failed", s.Failed.Value())
	}
}

// Work that fails with probability 1/2, three deliveries: an eighth ends in the dead-letter queue. Poison always does.
func TestFailedAttemptsEndInTheDeadLetterQueueAfterTheLastDelivery(t *testing.T) {
	const n = 8000
	for _, poison := range []message.Flags{0, message.Poison} {
		s := newScene(t, "instance: {threads: 50}\nfailures: {error: 50%}\non_error: release", 30*sim.Second)
		dead := sqs.New(s.eng, s.store, "dead", &sqs.Spec{Retention: spec.Duration(14 * sim.Day)}, limits())
		s.queue.Redrive(dead, 3)
		s.send(n, poison)
		s.run(3600)
		count := s.store.Ledger.Routes()[s.route].Count
		p, place := 0.125, message.DeadByError
		if poison != 0 {
			p, place = 1, message.DeadByPoison
		}
		share, half := float64(count[place])/n, 3.29*math.Sqrt(p*(1-p)/n)
		if math.Abs(share-p) > half || count[place]+count[message.Processed] != n ||
			dead.Visible.Value() != int64(count[place]) {
			t.Errorf("%.4f of the messages are %v, want %v ± %.4f; %d processed, %d in the queue", share, place, p, half,
				count[message.Processed], dead.Visible.Value())
		}
		if attempts := s.queue.Stats.Received.Value(); attempts != s.Failed.Value()+s.Processed.Value() {
			t.Errorf("%d deliveries, %d failed and %d processed", attempts, s.Failed.Value(), s.Processed.Value())
		}
	}
}

// A processed message is sent on before it is deleted: the thread waits for the answer, the copy keeps the birth.
func TestAMessageIsSentOnWithinTheTimeOfItsThread(t *testing.T) {
	slow := func(p *Parts) { p.Latencies.Send = constant(sim.Second) }
	s := newScene(t, "then: queues.out\nreceive: {max_messages: 1}", sim.Minute, slow)
	s.run(10)
	s.send(2, 0)
	s.run(11.6)
	if s.out.Sent.Value() != 1 || s.Processed.Value() != 0 || s.queue.Deleted.Value() != 0 {
		t.Errorf("%d sent on, %d processed, %d deleted while the answer is on its way, want 1, 0 and 0", s.out.Sent.Value(),
			s.Processed.Value(), s.queue.Deleted.Value())
	}
	s.run(30)
	s.ended(t, "sent on", map[message.Place]uint64{message.Processed: 2})
	s.late(t, "sent on", map[message.Cause]float64{ // the second waits for the thread until 12.05 s
		message.Backlog: 2.05 / 2, message.Poll: 0.05 / 2, message.APICall: 0.05, message.Work: 1, message.Downstream: 1,
	})
	copies := s.store.Ledger.Routes()[1]
	if copies.Origin != "p" || copies.Sender != "f" || copies.Count[message.Visible] != 2 || copies.Sent != 2 {
		t.Errorf("the copies' account is %+v, want two of p's messages sent by f", copies)
	}
	if age := s.out.OldestAge(); age != sim.Seconds(30-11.55) {
		t.Errorf("the first copy is in the next queue for %v, want 18.45 s", age)
	}
	s.out.ReceiveMessage(1, 0, message.QueueDefault, born{t, s}, 0)
	if s.queue.Deleted.Value() != 2 {
		t.Errorf("%d deleted, want 2", s.queue.Deleted.Value())
	}
}

type born struct {
	t *testing.T
	s *scene
}

func (b born) Received(_ uint64, receipts []message.Receipt, _ error) {
	for _, r := range receipts {
		if m := b.s.store.At(r.Ref); m.Born != sim.Time(10*sim.Second) {
			b.t.Errorf("the copy was born at %v, want with its original at 10 s", m.Born)
		}
	}
}

// When every call meets a fault and is not tried again, no copy arrives, the work has failed, and nothing is deleted.
func TestAMessageThatCannotBeSentOnComesBack(t *testing.T) {
	s := newScene(t, "then: queues.out\nretry: {mode: none}", 10*sim.Second,
		func(p *Parts) { p.FaultShare = 1 })
	s.send(1, 0)
	s.run(35)
	if s.Processed.Value() != 0 || s.Failed.Value() != 4 || s.queue.Stats.Received.Value() != 4 ||
		s.out.Sent.Value() != 0 {
		t.Errorf("%d processed, %d failed of %d deliveries, %d sent on; want 0, 4, 4 and 0", s.Processed.Value(),
			s.Failed.Value(), s.queue.Stats.Received.Value(), s.out.Sent.Value())
	}
	if copies := s.store.Ledger.Routes()[1]; copies.Count[message.Rejected] != 4 || s.store.Live() != 1 {
		t.Errorf("the copies' account is %v and %d live, want four rejected and the original", copies.Count, s.store.Live())
	}
	// Tried again, faults delay and lose nothing.
	s = newScene(t, "then: queues.out\nretry: {mode: standard, max_attempts: 100}", sim.Hour,
		func(p *Parts) { p.FaultShare = 0.3 })
	s.send(200, 0)
	s.run(3600)
	s.ended(t, "tried again", map[message.Place]uint64{message.Processed: 200})
	retries := s.forward.(*sdk.Forwarder).Client.Retries.Value()
	if s.out.Sent.Value() != 200 || s.queue.Deleted.Value() != 200 || retries < 40 {
		t.Errorf("%d sent on after %d retries, %d deleted; want 200, some and 200", s.out.Sent.Value(),
			retries, s.queue.Deleted.Value())
	}
}

// A thread's poll and its pause make a circle; a receive has its own wait and visibility timeout when it is told to.
func TestAFleetPollsInItsRhythm(t *testing.T) {
	for settings, empty := range map[string]uint64{
		"receive: {wait_time: 0s, pause: 200ms}":  200, // each 0.1 s of round trip and 0.2 s of pause, from 0.05 s on
		"receive: {wait_time: 5s}":                11,  // from 5.05 s on, each 5.1 s
		"receive: {wait_time: 5s, pause: 1900ms}": 8,
		"receive: {}": 2, // the queue's 20 s
	} {
		s := newScene(t, settings, 30*sim.Second)
		s.run(60)
		if got := s.queue.EmptyReceives.Value(); got != empty {
			t.Errorf("%s: %d empty receives in a minute, want %d", settings, got, empty)
		}
	}
	s := newScene(t, "receive: {visibility_timeout: 2s}", 30*sim.Second, worksFor(10*sim.Second))
	s.send(1, 0)
	if s.run(2); s.queue.InFlight.Value() != 1 {
		t.Error("the message is visible before the fleet's own visibility timeout")
	}
	if s.run(2.1); s.queue.Visible.Value() != 1 {
		t.Error("the message is not visible after the fleet's own visibility timeout")
	}
}

// Work on the batch as a whole, on each message, and by its size: what waits behind its batch is prefetched.
func TestAMessageWaitsBehindItsBatch(t *testing.T) {
	s := newScene(t, "", sim.Minute)
	s.run(1)
	s.send(3, 0)
	s.run(60)
	s.late(t, "three messages", map[message.Cause]float64{
		message.APICall: 0.05, message.Work: 1, message.Prefetch: (0 + 1 + 2) / 3.0,
	})
	s = newScene(t, "work_per_kib: 500ms", sim.Minute, func(p *Parts) { p.Work.Batch = constant(3 * sim.Second) })
	s.run(1)
	s.send(3, 0)
	s.run(60)
	s.ended(t, "a batch", map[message.Place]uint64{message.Processed: 3})
	s.late(t, "a batch", map[message.Cause]float64{
		message.APICall: 0.05, message.Work: 3 + 1.5, message.Prefetch: (0 + 1.5 + 3) / 3.0,
	})
	if busy := s.Busy.Integral(s.eng.Now()); math.Abs(busy-7.5) > 1e-9 {
		t.Errorf("the thread was busy for %v s, want 7.5", busy)
	}
}

// pool is a connection to something that answers after its time, with an error if it has one.
type pool struct {
	answered sim.Event[uint64]
	caller   interface{ Answered(uint64, error) }
	err      error
	resets   int
}

func (p *pool) Query(caller interface{ Answered(uint64, error) }, token uint64, service sim.Duration) {
	p.caller = caller
	p.answered.After(service, token)
}

func (p *pool) Reset() { p.resets++ }

func calling(t *testing.T, pools []*pool, settings string) *scene {
	t.Helper()
	return newScene(t, settings+`
calls:
- {to: databases.a, time: 2s}
- {to: databases.b, time: 3s}`, sim.Minute, func(p *Parts) {
		p.Work.Calls = []random.Dist{constant(2 * sim.Second), constant(3 * sim.Second)}
		p.Downstream = func(call int) Downstream { return pools[call] }
	})
}

// The calls are made one after the other, after the work itself; one that fails ends the attempt.
func TestWorkMakesItsCallsInTheirOrder(t *testing.T) {
	pools := []*pool{{}, {}}
	s := calling(t, pools, "failures: {crash: 1/d}\non_error: release")
	for i, p := range pools {
		p.answered = sim.NewEvent(s.eng, "answered/"+string(rune('a'+i)), func(token uint64) {
			p.caller.Answered(token, p.err)
		})
	}
	s.send(1, 0)
	s.run(10)
	s.late(t, "two calls", map[message.Cause]float64{
		message.Poll: 0.05, message.APICall: 0.05, message.Work: 1, message.Downstream: 5,
	})
	pools[1].err = sqs.ErrThrottling
	s.send(1, 0)
	s.run(10 + 6.1*1.5)
	if s.Failed.Value() != 1 || s.Processed.Value() != 1 || s.queue.Redelivered.Value() != 1 {
		t.Errorf("%d failed, %d processed, %d delivered again; want one of each", s.Failed.Value(), s.Processed.Value(),
			s.queue.Redelivered.Value())
	}
	s.crash(0) // the call's answer reaches nobody
	pools[1].err = nil
	s.run(30)
	if pools[0].resets != 1 || pools[1].resets != 1 || s.Failed.Value() != 1 || s.Processed.Value() != 1 {
		t.Errorf("%d and %d resets, %d failed, %d processed after the crash, want one of each", pools[0].resets,
			pools[1].resets, s.Failed.Value(), s.Processed.Value())
	}
	s.run(200)
	s.ended(t, "calls", map[message.Place]uint64{message.Processed: 2})
}
