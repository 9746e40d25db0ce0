package stream

import (
	"testing"

	"weir/models/fault"
	"weir/models/message"
	"weir/sim"
)

// A read that is answered with an error is made again at the next turn, one whose answer is lost when the consumer has
// waited long enough; nothing is lost, and each record comes once.
func TestReadsThatMeetAFaultAreMadeAgain(t *testing.T) {
	for _, c := range []struct {
		pushed bool
		effect fault.Effect
		first  sim.Duration
	}{
		{false, fault.Effect{Errors: 1}, 11 * sim.Second},
		{false, fault.Effect{Requests: 1, Timeout: 20 * sim.Second}, 22 * sim.Second}, // the poll of 2 s, and so long
		{false, fault.Effect{Answers: 1, Timeout: 20 * sim.Second}, 22 * sim.Second},
		{true, fault.Effect{Errors: 1}, 10_100 * ms}, // each 200 ms from 1.5 s on
	} {
		s := newScene(1)
		state := new(fault.State)
		tk := s.taker("c", Way{Every: sim.Second, Pushed: c.pushed})
		if c.pushed {
			tk.f.Every = 0
		}
		tk.f.faults = state
		tk.f.Align()
		s.at(1, func() { state.Add(&c.effect) })
		s.at(1500*ms, func() { s.put(0, 1, 0); s.put(0, 1, 0) })
		s.at(10*sim.Second+1, func() { state.Remove(&c.effect) })
		s.run(sim.Minute)
		if len(tk.got) == 0 || tk.got[0].at != sim.Time(c.first) {
			t.Errorf("%+v: the records came at %v, want at %v", c.effect, tk.got, c.first)
		}
		if len(tk.got) != 2 {
			t.Errorf("%+v: %d records came, want 2", c.effect, len(tk.got))
		}
	}
}

// A source whose reads faults may strike tells its consumers.
func TestADisturbedSourceTellsItsConsumers(t *testing.T) {
	s := newScene(1)
	state := new(fault.State)
	f := &Fetcher{}
	DisturbedSource{s, state}.Attach(f)
	if f.faults != state {
		t.Error("the consumer knows of no faults")
	}
}

// puts is a stream that takes every other record.
type puts struct {
	Target
	entries int
	refs    []message.Ref
}

func (p *puts) PutRecord(e Entry) error {
	p.entries++
	p.refs = append(p.refs, e.Messages...)
	return nil
}

func (p *puts) PutRecords(entries []Entry, failures []error) error {
	for i, e := range entries {
		if failures[i] = fault.ErrUnavailable; i%2 == 0 {
			failures[i] = p.PutRecord(e)
		}
	}
	return nil
}

// Records whose answer is lost are in the stream, as twins of those that their producer keeps; the twins of those that
// the stream did not take are gone.
func TestTwinsOfRecordsAreInTheStreamWhoseAnswerIsLost(t *testing.T) {
	s, state, to := newScene(1), new(fault.State), new(puts)
	d := NewDisturbed(s.eng, "d", s.store, state, to)
	var refs []message.Ref
	for range 5 {
		ref, _ := s.store.New(0, s.route, 100, 3, 0)
		refs = append(refs, ref)
	}
	entries := []Entry{{Messages: refs[:2]}, {Messages: refs[2:3]}, {Messages: refs[3:]}}
	failures := make([]error, 3)
	lost := &fault.Effect{Requests: 1}
	state.Add(lost)
	if err := d.PutRecords(entries, failures); err != fault.ErrNoAnswer || to.entries != 0 {
		t.Errorf("a lost request: %v, %d records in the stream", err, to.entries)
	}
	state.Add(&fault.Effect{Answers: 1})
	state.Remove(lost)
	if err := d.PutRecords(entries, failures); err != fault.ErrNoAnswer {
		t.Errorf("a lost answer: %v", err)
	}
	if err := d.PutRecord(entries[1]); err != fault.ErrNoAnswer {
		t.Errorf("a lost answer: %v", err)
	}
	if to.entries != 3 || len(to.refs) != 5 || s.store.Live() != 5+5 {
		t.Errorf("%d records of %v in the stream, %d messages live", to.entries, to.refs, s.store.Live())
	}
	for _, ref := range to.refs {
		if ref < 5 {
			t.Errorf("the producer's own message %d is in the stream", ref)
		}
	}
	if err := s.store.Ledger.Check(); err != nil || failures[0] != nil {
		t.Errorf("%v; the producer was told %v", err, failures)
	}
}
