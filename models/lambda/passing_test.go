package lambda

import (
	"errors"
	"testing"

	"weir/models/message"
	"weir/sim"
)

// passing hands a function records that go on, with their receipts.
func (s *scene) passing(f *Function, sizes ...uint32) []message.Receipt {
	s.t.Helper()
	var receipts []message.Receipt
	for _, size := range sizes {
		ref := s.born(size, 0)
		m := s.store.At(ref)
		m.Receipt++
		receipts = append(receipts, message.Receipt{Ref: ref, Number: m.Receipt, Generation: m.Generation})
	}
	f.InvokeBatch(receipts, s, 7)
	return receipts
}

// A record that a function transforms is not processed by it: it is still the caller's when the function answers.
func TestRecordsThatPassThroughDoNotEndInTheFunction(t *testing.T) {
	s := newScene(t, "aws-2026")
	f := s.function("{timeout: 10s, work: 100ms}", quick)
	receipts := s.passing(f, 1000, 1000, 1000)
	s.eng.Run(sim.Time(10*sim.Second), 1<<20)
	if len(s.answers) != 1 || s.answers[0].err != nil || s.answers[0].token != 7 {
		t.Fatalf("answers %v", s.answers)
	}
	if f.Processed.Value() != 0 || len(f.Paths()) != 0 || f.Invocations.Value() != 1 {
		t.Errorf("%d processed on %d paths in %d invocations", f.Processed.Value(), len(f.Paths()), f.Invocations.Value())
	}
	var clocks [message.Causes]int64
	for _, r := range receipts {
		m := s.store.At(r.Ref)
		m.Clocks(s.eng.Now(), message.Idle{}, &clocks)
		worked := clocks[message.Work] == int64(100*sim.Millisecond)
		if m.Place() != message.AtClient || m.Cause() != message.Prefetch || !worked {
			t.Errorf("%s, %s, %v", m.Place(), m.Cause(), clocks)
		}
	}
}

// A handler that answers ProcessingFailed for a record has not failed as a whole.
func TestARecordThatFailsIsToldApart(t *testing.T) {
	s := newScene(t, "aws-2026")
	f := s.function("{timeout: 10s, work: 100ms}", quick)
	receipts := s.passing(f, 1000)
	s.store.At(receipts[0].Ref).Flags |= message.Poison
	s.eng.Run(sim.Time(10*sim.Second), 1<<20)
	m := s.store.At(receipts[0].Ref)
	if s.answers[0].err != nil || m.Cause() != message.Retry || m.Failure != message.DeadByPoison {
		t.Errorf("%v, %s, %s", s.answers, m.Cause(), m.Failure)
	}
	if len(f.spare) != 1 {
		t.Errorf("%d batches to use again", len(f.spare))
	}
}

// AWS: a synchronous invocation takes 6 MB, and is throttled as any other.
func TestABatchThatPassesThroughMeetsTheLimitsOfInvocations(t *testing.T) {
	s := newScene(t, "aws-2026")
	f := s.function("{timeout: 10s, work: 1s, reserved_concurrency: 1}", quick)
	s.passing(f, 3<<20, 3<<20+1)
	if len(s.answers) != 1 || !errors.Is(s.answers[0].err, ErrRequestTooLarge) {
		t.Errorf("answers %v", s.answers)
	}
	s.passing(f, 1000)
	s.passing(f, 1000)
	if len(s.answers) != 2 || !errors.Is(s.answers[1].err, ErrTooManyRequests) {
		t.Errorf("answers %v", s.answers)
	}
}
