package message

import "testing"

// A request that is processed when its client has gone is neither processed nor a duplicate, whether the client asks
// again or has given up; the one that is answered counts.
func TestARequestIsProcessedForItsClientOnly(t *testing.T) {
	s := NewStore(10)
	c := NewConsumer(s, "functions.f", 3)
	route := s.Ledger.Open("producers.p", "producers.p")
	ask := func(ref Ref) Receipt {
		m := s.At(ref)
		m.Receipt++
		return Receipt{Ref: ref, Number: m.Receipt, Generation: m.Generation}
	}
	again, _ := s.New(0, route, 1, 0, 0)
	lost, _ := s.New(0, route, 1, 0, 0)
	first, second, only := ask(again), ask(again), ask(lost)
	s.Move(lost, s.At(lost), Rejected)
	s.Free(lost)
	for _, r := range []Receipt{first, only} {
		if c.Respond(5, r); c.ForNobody.Value() == 0 || c.Processed.Value() != 0 || c.Duplicates.Value() != 0 {
			t.Errorf("%d processed, %d again, %d for nobody", c.Processed.Value(), c.Duplicates.Value(), c.ForNobody.Value())
		}
	}
	c.Respond(6, second)
	if c.Processed.Value() != 1 || c.ForNobody.Value() != 2 || s.At(again).Place() != Processed {
		t.Errorf("%d processed, %d for nobody, want 1 and 2", c.Processed.Value(), c.ForNobody.Value())
	}
}
