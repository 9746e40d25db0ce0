package lambda

import (
	"math"
	"testing"

	"weir/models/message"
	"weir/sim"
)

// accept hands a function an event.
func (s *scene) accept(f *Function, flags message.Flags) message.Ref {
	s.t.Helper()
	ref := s.born(100, flags)
	must(s.t, f.SendMessage(ref, message.QueueDefault))
	return ref
}

// "2 more attempts: 1 min before the second, 2 min before the third" (facts 1.4; C115), then the destination.
func TestAFailedEventIsTriedAgainAfterOneAndTwoMinutes(t *testing.T) {
	s := newScene(t, "aws-2026")
	f := s.function("")
	dead := s.queue("dead", 30*sim.Second)
	f.Send(Destinations{OnFailure: Destination{To: dead, Name: "queues.dead"}})
	s.accept(f, message.Poison)
	for _, at := range []struct {
		seconds float64
		want    uint64
	}{{30, 1}, {61, 1}, {62, 2}, {181, 2}, {183, 3}, {1000, 3}} {
		if s.run(at.seconds); f.Invocations.Value() != at.want {
			t.Errorf("%d attempts after %v s, want %d", f.Invocations.Value(), at.seconds, at.want)
		}
	}
	if dead.Visible.Value() != 1 || s.place(message.DeadByPoison) != 1 {
		t.Errorf("%d in the queue of the destination, %d dead-lettered", dead.Visible.Value(), s.place(message.DeadByPoison))
	}
	f.spec.Asynchronous.MaximumRetryAttempts = 0
	s.accept(f, message.Poison)
	if s.run(1002); f.Invocations.Value() != 4 || dead.Visible.Value() != 2 {
		t.Errorf("%d attempts and %d dead without retries, want 4 and 2", f.Invocations.Value(), dead.Visible.Value())
	}
}

// "The interval grows exponentially from 1 s to 5 min", for up to 6 h; throttles use no attempts up (facts 1.4).
func TestAThrottledEventWaitsLongerAndLonger(t *testing.T) {
	s := newScene(t, "aws-2026")
	f := s.function("work: 100s\ntimeout: 900s\nreserved_concurrency: 1")
	s.invoke(f, 1) // from 1.1 s to 101.1 s
	s.accept(f, 0)
	s.run(400)
	// Tried at 0, 1, 3, 7, 15, 31, 63 and 127 s.
	if f.events.Throttled.Value() != 7 || s.place(message.Processed) != 2 {
		t.Errorf("%d throttled, %d processed; want 7 and both", f.events.Throttled.Value(), s.place(message.Processed))
	}
	none := s.function("reserved_concurrency: 1\nwork: 900s\ntimeout: 900s\nasynchronous: {maximum_event_age: 100s}")
	s.invoke(none, 2)
	s.accept(none, 0)
	s.run(3000)
	if none.events.Dropped.Value() != 1 || s.place(message.Lost) != 1 {
		t.Errorf("%d dropped by age, want 1", none.events.Dropped.Value())
	}
}

// "Reserved = 0: async events go to the DLQ/destination without retry" (facts 1.3, C119).
func TestAnEventOfAFunctionWithNothingReservedGoesToTheDeadLetterQueueAtOnce(t *testing.T) {
	s := newScene(t, "aws-2026")
	f := s.function("reserved_concurrency: 0")
	dead := s.queue("dead", 30*sim.Second)
	f.Send(Destinations{DeadLetter: Destination{To: dead, Name: "queues.dead"}})
	s.accept(f, 0)
	s.run(1)
	if dead.Visible.Value() != 1 || s.place(message.DeadByThrottle) != 1 || f.Invocations.Value() != 0 {
		t.Errorf("%d dead, %d by throttle, %d invocations", dead.Visible.Value(), s.place(message.DeadByThrottle),
			f.Invocations.Value())
	}
}

// A record goes to the destination of success; the event itself has ended.
func TestARecordOfSuccessIsSent(t *testing.T) {
	s := newScene(t, "aws-2026")
	f := s.function("work: 1s")
	done := s.queue("done", 30*sim.Second)
	f.Send(Destinations{OnSuccess: Destination{To: done, Name: "queues.done"}})
	for range 3 {
		s.accept(f, 0)
	}
	s.run(10)
	if done.Visible.Value() != 3 || s.place(message.Processed) != 3 || s.store.Live() != 3 {
		t.Errorf("%d records, %d processed, %d live; want 3 of each", done.Visible.Value(), s.place(message.Processed),
			s.store.Live())
	}
	must(t, s.store.Ledger.Check())
}

// "Delivery is at least once": an event may be worked on again though it was processed (facts 1.4).
func TestSomeEventsAreDeliveredTwice(t *testing.T) {
	s := newScene(t, "aws-2026", "lambda.async.duplicate_share", "20%")
	f := s.function("")
	for i := range 5000 {
		s.run(float64(i) * 0.01)
		s.accept(f, 0)
	}
	s.run(100)
	share := float64(f.Duplicates.Value()) / 5000
	if half := 3.29 * math.Sqrt(0.2*0.8/5000); math.Abs(share-0.2) > half || s.place(message.Processed) != 5000 {
		t.Errorf("%v of the events were delivered twice, want 0.2 ± %.3f", share, half)
	}
	if s.store.Live() != 0 {
		t.Errorf("%d events still live", s.store.Live())
	}
}

// "256 KB … 1 MB (billed: 1 request for the first 256 KB, +1 request per further 64 KB)" (facts 1.1).
func TestALargeEventIsBilledAsSeveralRequests(t *testing.T) {
	const free = 256 << 10
	for bytes, want := range map[int64]uint64{0: 0, free: 0, free + 1: 1, 320 << 10: 1, 320<<10 + 1: 2, 1 << 20: 12} {
		if got := extraUnits(bytes); got != want {
			t.Errorf("%d bytes are %d further requests, want %d", bytes, got, want)
		}
	}
	s := newScene(t, "aws-2021")
	f := s.function("")
	if err := f.SendMessage(s.born(256<<10+1, 0), 0); err != ErrRequestTooLarge {
		t.Errorf("an event above 256 KiB was answered with %v in 2021", err)
	}
}
