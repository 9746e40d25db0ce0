package stream

import (
	"weir/models/fault"
	"weir/models/message"
	"weir/sim"
)

// Disturbed is a stream as its producers see it, whose calls faults may strike. The records of a call whose answer is
// lost are in the stream, and their producer puts them again.
type Disturbed struct {
	Target

	eng     *sim.Engine
	store   *message.Store
	state   *fault.State
	luck    *sim.Rand
	entries []Entry
	refs    []message.Ref
	results []error
}

// NewDisturbed returns what stands between a producer and its stream.
func NewDisturbed(eng *sim.Engine, name string, store *message.Store, state *fault.State, to Target) *Disturbed {
	return &Disturbed{Target: to, eng: eng, store: store, state: state, luck: eng.Rand(name + "/fault")}
}

// PutRecord passes a record on.
func (d *Disturbed) PutRecord(e Entry) error {
	switch d.state.Fate(d.luck) {
	case fault.Refused:
		return fault.ErrUnavailable
	case fault.RequestLost:
		return fault.ErrNoAnswer
	case fault.AnswerLost:
		if d.twins([]Entry{e}) {
			d.settle(0, d.Target.PutRecord(d.entries[0]))
		}
		return fault.ErrNoAnswer
	}
	return d.Target.PutRecord(e)
}

// PutRecords passes records on.
func (d *Disturbed) PutRecords(entries []Entry, failures []error) error {
	switch d.state.Fate(d.luck) {
	case fault.Refused:
		return fault.ErrUnavailable
	case fault.RequestLost:
		return fault.ErrNoAnswer
	case fault.AnswerLost:
		if d.twins(entries) {
			d.results = append(d.results[:0], make([]error, len(entries))...)
			err := d.Target.PutRecords(d.entries, d.results)
			for i := range d.entries {
				if err != nil {
					d.results[i] = err
				}
				d.settle(i, d.results[i])
			}
		}
		return fault.ErrNoAnswer
	}
	return d.Target.PutRecords(entries, failures)
}

// settle counts the twins of an entry, or takes them back that the stream did not accept.
func (d *Disturbed) settle(i int, err error) {
	refs := d.entries[i].Messages
	if err == nil {
		d.state.Twins.Add(uint64(len(refs)))
		return
	}
	for _, ref := range refs {
		d.store.Withdraw(ref)
	}
}

// twins makes entries of twins. It returns false when memory is full.
func (d *Disturbed) twins(entries []Entry) bool {
	d.entries, d.refs = append(d.entries[:0], entries...), d.refs[:0]
	for _, e := range entries {
		d.refs = append(d.refs, e.Messages...)
	}
	for i, ref := range d.refs {
		twin, ok := d.store.Twin(d.eng.Now(), ref)
		if !ok {
			for _, before := range d.refs[:i] {
				d.store.Withdraw(before)
			}
			d.eng.Stop()
			return false
		}
		d.refs[i] = twin
	}
	left := d.refs
	for i := range d.entries {
		n := len(d.entries[i].Messages)
		d.entries[i].Messages, left = left[:n:n], left[n:]
	}
	return true
}

// DisturbedSource is a stream as its consumers see it, whose reads faults may strike.
type DisturbedSource struct {
	Source
	State *fault.State
}

// Attach makes the stream know a consumer, and the consumer of the faults that its reads may meet.
func (d DisturbedSource) Attach(f *Fetcher) {
	f.faults = d.State
	d.Source.Attach(f)
}

// Unread returns how many records readers have not read, once for each reader.
func (l *Log) Unread() (records uint64) {
	for _, r := range l.readers {
		if !r.attached {
			continue
		}
		for n := range l.shards {
			records += l.shards[n].end - r.places[n].next
		}
	}
	return records
}
