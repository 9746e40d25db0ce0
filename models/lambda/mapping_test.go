package lambda

import (
	"math"
	"testing"

	"weir/models/message"
	"weir/models/sqs"
	"weir/sim"
)

// quick lets environments start at once.
func quick(p *Parts) { p.RuntimeInit = constant(0) }

func (s *scene) mapping(settings, mapping string, visibility sim.Duration) (*Function, *sqs.Queue, *Mapping) {
	s.t.Helper()
	f := s.function(settings, quick)
	q := s.queue("queues.q", visibility)
	m := s.mapTo(f, q, visibility, mapping)
	f.Start()
	return f, q, m
}

// "5 pollers × 20 s": 15 receives a minute of an empty queue (facts 1.5); of one that stays empty, those of two
// pollers.
func TestAnIdleMappingPollsFifteenTimesAMinute(t *testing.T) {
	s := newScene(t, "aws-2026")
	_, q, m := s.mapping("", "", 30*sim.Second)
	s.run(60.5)
	if n := q.EmptyReceives.Value(); n != 15 {
		t.Errorf("%d empty receives in a minute, want 15", n)
	}
	s.run(700)
	if m.Concurrency.Value() != 2 {
		t.Errorf("%d pollers of a queue that stayed empty, want 2", m.Concurrency.Value())
	}
	s.send(q, 1, 0)
	if s.run(702); m.Concurrency.Value() != 5 {
		t.Errorf("%d pollers when messages came again, want 5", m.Concurrency.Value())
	}
}

// "+300 concurrent invocations/min" from 5, in 2021 60 a minute, up to the cap (facts 1.5); a maximum concurrency
// holds.
func TestPollersAreAddedWhileMessagesWait(t *testing.T) {
	for _, c := range []struct {
		profile, mapping string
		seconds          float64
		want             int64
	}{
		{"aws-2026", "batch_size: 1", 60, 305},
		{"aws-2021", "batch_size: 1", 60, 65},
		{"aws-2021", "batch_size: 1", 300, 305},
		{"aws-2026", "batch_size: 1\nmaximum_concurrency: 40", 60, 40},
		{"aws-2026", "batch_size: 1", 400, 1250},
		{"aws-2026", "batch_size: 1\nprovisioned_pollers: {minimum: 2, maximum: 10}", 1, 20 + 16},
		{"aws-2026", "batch_size: 1\nprovisioned_pollers: {minimum: 2, maximum: 10}", 60, 100},
	} {
		s := newScene(t, c.profile, "lambda.placement", "0s", "lambda.concurrent_executions", "10000")
		_, q, m := s.mapping("work: 10s\ntimeout: 30s", c.mapping, 10*sim.Minute)
		s.send(q, 60_000, 0)
		s.run(c.seconds + 0.001)
		if got := m.Concurrency.Value(); math.Abs(float64(got-c.want)) > 2 {
			t.Errorf("%s, %s: %d pollers after %v s, want %d", c.profile, c.mapping, got, c.seconds, c.want)
		}
	}
}

// What was processed is deleted, also where pollers were added meanwhile: each message is worked on once.
func TestWhatIsProcessedIsDeletedWhilePollersAreAdded(t *testing.T) {
	s := newScene(t, "aws-2026", "lambda.placement", "0s")
	f, q, m := s.mapping("work: 2s\ntimeout: 3s", "batch_size: 1", 18*sim.Second)
	s.send(q, 10_000, 0)
	s.run(300)
	if f.Processed.Value() != 10_000 || f.Duplicates.Value() != 0 || len(m.pollers) < 100 {
		t.Errorf("%d processed, %d of them again, by %d pollers", f.Processed.Value(), f.Duplicates.Value(), len(m.pollers))
	}
}

// A failed batch comes back after its visibility timeout (C096, C099), and is dead-lettered after its last receive.
func TestAFailedBatchComesBackAfterTheVisibilityTimeout(t *testing.T) {
	s := newScene(t, "aws-2026", "lambda.placement", "0s")
	f, q, _ := s.mapping("timeout: 2s", "", 5*sim.Second)
	dead := s.queue("dead", 30*sim.Second)
	q.Redrive(dead, 2)
	s.send(q, 1, message.Poison)
	s.send(q, 1, 0)
	if s.run(4.9); f.Invocations.Value() == 0 || q.InFlight.Value() == 0 {
		t.Errorf("%d invocations, %d in flight", f.Invocations.Value(), q.InFlight.Value())
	}
	s.run(5.5)
	first := f.Invocations.Value()
	s.run(30)
	if dead.Visible.Value() == 0 || q.InFlight.Value()+q.Visible.Value() != 0 || f.Invocations.Value() > first+1 {
		t.Errorf("%d dead, %d left", dead.Visible.Value(), q.InFlight.Value()+q.Visible.Value())
	}
	must(t, s.store.Ledger.Check())
}

// With ReportBatchItemFailures only the messages that failed come back; without it the whole batch does, and what was
// processed is processed again (facts 1.5).
func TestAHandlerMayNameTheMessagesThatFailed(t *testing.T) {
	for mapping, again := range map[string]bool{"report_batch_item_failures: true": false, "": true} {
		s := newScene(t, "aws-2026", "lambda.placement", "0s")
		f, q, _ := s.mapping("timeout: 2s", mapping, 5*sim.Second)
		s.send(q, 4, 0)
		s.send(q, 1, message.Poison)
		s.send(q, 5, 0)
		s.run(4)
		processed, left := uint64(9), int64(1)
		if again { // the handler ends at the fifth message
			processed, left = 4, 10
		}
		if f.Processed.Value() != processed || q.InFlight.Value() != left {
			t.Errorf("%q: %d processed, %d come back; want %d and %d", mapping, f.Processed.Value(), q.InFlight.Value(),
				processed, left)
		}
		if s.run(60); f.Duplicates.Value() > 0 != again || f.Processed.Value() != 9 {
			t.Errorf("%q: %d processed again, %d in all; want some: %v, and 9", mapping, f.Duplicates.Value(),
				f.Processed.Value(), again)
		}
		must(t, s.store.Ledger.Check())
	}
}

func TestAHandlerThatStopsAtAFailureGivesTheRestOfABatchBack(t *testing.T) {
	s := newScene(t, "aws-2026", "lambda.placement", "0s")
	f, q, _ := s.mapping("timeout: 2s", "report_batch_item_failures: true\nstop_at_failure: true", 5*sim.Second)
	s.send(q, 4, 0)
	s.send(q, 1, message.Poison)
	s.send(q, 5, 0)
	s.run(4)
	if f.Processed.Value() != 4 || q.Deleted.Value() != 4 || q.InFlight.Value() != 6 {
		t.Errorf("%d processed, %d deleted, %d come back; want 4, 4 and 6", f.Processed.Value(), q.Deleted.Value(),
			q.InFlight.Value())
	}
	if s.run(60); f.Duplicates.Value() > 0 {
		t.Errorf("%d processed again", f.Duplicates.Value())
	}
	must(t, s.store.Ledger.Check())
}

// "Lambda retries the throttled batch while the visibility timeout lasts; a batch not delivered by then reappears and
// its receive count has grown": the messages burn their receives and reach the dead-letter queue by throttling.
func TestThrottlingBurnsReceives(t *testing.T) {
	s := newScene(t, "aws-2026", "lambda.placement", "0s")
	f, q, m := s.mapping("timeout: 2s\nreserved_concurrency: 0", "", 10*sim.Second)
	dead := s.queue("dead", 30*sim.Second)
	q.Redrive(dead, 3)
	s.send(q, 5, 0)
	s.run(100)
	if dead.Visible.Value() != 5 || s.place(message.DeadByThrottle) != 5 || f.Invocations.Value() != 0 {
		t.Errorf("%d dead, %d by throttle", dead.Visible.Value(), s.place(message.DeadByThrottle))
	}
	if m.GivenUp.Value() != 3 || m.Throttled.Value() != 12 { // at 0, 1, 3 and 7 s of each delivery
		t.Errorf("%d batches were given up after %d attempts, want 3 and 12", m.GivenUp.Value(), m.Throttled.Value())
	}
}

// A window gathers a batch; with little traffic it may take up to 20 s, for a poll is waited out (facts 1.5).
func TestABatchingWindowGathersMessages(t *testing.T) {
	s := newScene(t, "aws-2026", "lambda.placement", "0s")
	f, q, _ := s.mapping("timeout: 2s", "batch_size: 100\nbatch_window: 5s\nmaximum_concurrency: 2", 60*sim.Second)
	s.run(1)
	s.send(q, 1, 0)
	s.run(20.9)
	if f.Invocations.Value() != 0 {
		t.Errorf("%d invocations before the poll was over", f.Invocations.Value())
	}
	if s.run(21.1); f.Invocations.Value() != 1 {
		t.Errorf("%d invocations when it was", f.Invocations.Value())
	}
	for i := range 400 { // 20 a second
		s.run(30 + float64(i)/20)
		s.send(q, 1, 0)
	}
	s.run(100)
	n := f.Invocations.Value() - 1
	if mean := 400 / float64(n); mean < 40 || mean > 60 {
		t.Errorf("400 messages at 20/s were %d batches: %v a batch, want near 50 of two pollers with a window of 5 s", n, mean)
	}
	late, _ := f.Paths()[0].Latency.Quantile(0.5) // the last batches wait for the polls that find no more
	if late < int64(2*sim.Second) || late > int64(5*sim.Second) {
		t.Errorf("messages waited %v at the median, want about half a window", sim.Duration(late))
	}
}

// "If window + function timeout > visibility timeout, the effective visibility timeout becomes window + function
// timeout + 30 s" (facts 1.5).
func TestAWindowMakesTheVisibilityTimeoutLonger(t *testing.T) {
	s := newScene(t, "aws-2026", "lambda.placement", "0s")
	_, q, m := s.mapping("timeout: 20s\nfailures: {error: 100%}", "batch_size: 10\nbatch_window: 15s", 30*sim.Second)
	if m.visibility != 65*sim.Second {
		t.Errorf("the mapping asks for %v, want 65 s", m.visibility)
	}
	s.send(q, 1, 0)
	if s.run(64); q.InFlight.Value() != 1 {
		t.Error("the message was visible before the effective timeout")
	}
	if s.run(66); q.Stats.Received.Value() != 2 {
		t.Error("the message was not visible after the effective timeout")
	}
}

// "Filtered-out messages are deleted from the queue" (facts 1.5).
func TestAFilterDeletesWhatItDrops(t *testing.T) {
	s := newScene(t, "aws-2026", "lambda.placement", "0s")
	f, q, m := s.mapping("failures: {error: 10%}", "pass: 25%", 30*sim.Second)
	for i := range 4000 {
		s.run(float64(i) / 50)
		s.send(q, 1, 0)
	}
	s.run(600)
	processed, filtered := s.place(message.Processed), s.place(message.Filtered)
	if processed+filtered != 4000 || math.Abs(float64(processed)-1000) > 3.29*math.Sqrt(4000*0.25*0.75) {
		t.Errorf("%d processed and %d filtered of 4,000, want a quarter processed", processed, filtered)
	}
	if m.Filtered.Value() != filtered || q.Deleted.Value() != 4000 || f.Processed.Value() != processed {
		t.Errorf("%d filtered, %d deleted", m.Filtered.Value(), q.Deleted.Value())
	}
}

// "Concurrency ≤ number of active message groups; one in-flight batch per group" (facts 1.5; C102).
func TestTheGroupsOfAFIFOQueueAreWorkedOnOneBatchAtATime(t *testing.T) {
	s := newScene(t, "aws-2026", "lambda.placement", "0s")
	f := s.function("work: 5s\ntimeout: 60s", quick)
	q := s.queue("queues.q.fifo", 10*sim.Minute)
	s.mapTo(f, q, 10*sim.Minute, "batch_size: 1")
	f.Start()
	s.send(q, 5, 0)
	s.run(24.9)
	if f.Concurrent.Max() != 1 || f.Processed.Value() != 4 {
		t.Errorf("%d at once, %d processed in 24.9 s; want 1 and 4", f.Concurrent.Max(), f.Processed.Value())
	}
	if s.run(26); f.Processed.Value() != 5 {
		t.Errorf("%d processed, want 5", f.Processed.Value())
	}
}

// A poller pauses after a batch that failed (lambda.sqs.error_pause, fitted to D48 to D50): with every batch failing,
// five pollers make five attempts in each pause.
func TestAPollerPausesAfterAFailedBatch(t *testing.T) {
	s := newScene(t, "aws-2026", "lambda.placement", "0s", "lambda.sqs.error_pause", "2s")
	f, q, _ := s.mapping("work: 10ms\ntimeout: 2s\nfailures: {error: 100%}", "batch_size: 1", 10*sim.Minute)
	s.send(q, 1000, 0)
	s.run(20)
	if n := f.Invocations.Value(); n < 45 || n > 105 { // twice as many pollers while invocations are short
		t.Errorf("%d attempts in 20 s, want 50 to 100 of five to ten pollers", n)
	}
}
