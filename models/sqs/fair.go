package sqs

import (
	"weir/models/message"
	"weir/sim"
	"weir/sim/measure"
	"weir/sim/random"
	"weir/sim/ring"
)

// fair is what a fair queue has instead of servers: its messages by tenant, which AWS knows by the MessageGroupId and
// Weir by the message's key. While messages of quiet tenants wait, those of noisy ones are not returned.
type fair struct {
	queue  *Queue
	number map[uint32]int32 // of a tenant's key
	states []tenant
	quiet  ranks   // the quiet tenants with messages in line, by the age of the first
	noisy  []int32 // the noisy ones: only a few can hold a tenth of anything
	worked fading  // processing time of all tenants, in seconds

	noisyMost              int
	quietDwell, noisyDwell *measure.Histogram // from arrival to the first delivery
}

// tenant is one sender of a fair queue.
type tenant struct {
	key    uint32
	line   ring.Buffer[message.Ref]
	flying int64
	noisy  bool
	sent   sim.Time // when its last message came
	worked fading
	dwell  measure.Tally // ns
}

// fading is a sum of which 1/e is left after the time constant.
type fading struct {
	sum float64
	at  sim.Time
}

func (f *fading) add(now sim.Time, x float64, constant sim.Duration) float64 {
	if passed := now.Sub(f.at); passed > 0 {
		f.sum = float64(f.sum * random.Exp(-passed.Seconds()/constant.Seconds()))
		f.at = now
	}
	f.sum += x
	return f.sum
}

func newFair(q *Queue) *fair {
	return &fair{
		queue: q, number: map[uint32]int32{}, quietDwell: measure.NewHistogram(), noisyDwell: measure.NewHistogram(),
	}
}

func (f *fair) tenantOf(key uint32) int32 {
	number, ok := f.number[key]
	if !ok {
		number = int32(len(f.states))
		f.states = append(f.states, tenant{key: key})
		f.number[key] = number
	}
	return number
}

// stand puts a message into its tenant's line.
func (f *fair) stand(ref message.Ref, m *message.Message, front bool) {
	number := f.tenantOf(m.Key)
	t := &f.states[number]
	if m.Receives == 0 {
		t.sent = f.queue.eng.Now()
	}
	if front {
		t.line.PushFront(ref)
	} else {
		t.line.Push(ref)
	}
	if !t.noisy && (front || t.line.Len() == 1) {
		f.rank(number)
	}
}

// rank gives a quiet tenant its place, by the age of its first message, or none when it has no message.
func (f *fair) rank(number int32) {
	if line := &f.states[number].line; line.Len() > 0 {
		f.quiet.set(rank{uint64(f.queue.store.At(*line.Front()).Enqueued), uint64(number), number})
	} else {
		f.quiet.remove(number)
	}
}

// landed notes that a delivery is over.
func (f *fair) landed(m *message.Message) { f.states[f.tenantOf(m.Key)].flying-- }

// processed notes how long a consumer had a message that it deletes.
func (f *fair) processed(m *message.Message, took sim.Duration) {
	now, constant := f.queue.eng.Now(), f.queue.limit.FairWindow.Sim()
	f.worked.add(now, took.Seconds(), constant)
	f.states[f.tenantOf(m.Key)].worked.add(now, took.Seconds(), constant)
}

// loud reports whether a tenant that has sent something lately holds more than its share of what is in flight, or of
// the time that consumers work.
func (f *fair) loud(t *tenant) bool {
	q := f.queue
	if q.eng.Now().Sub(t.sent) >= q.limit.FairSilence.Sim() {
		return false
	}
	share := float64(q.limit.FairShare)
	if t.flying >= q.limit.FairInFlightMin && float64(t.flying) > float64(share*float64(q.InFlight.Value())) {
		return true
	}
	now, constant := q.eng.Now(), q.limit.FairWindow.Sim()
	all := f.worked.add(now, 0, constant)
	return all > 0 && t.worked.add(now, 0, constant) > float64(share*all)
}

// next returns the tenant whose message is delivered next: of the quiet ones the one with the oldest message, else of
// the noisy ones the one with the fewest messages in flight.
func (f *fair) next() (int32, bool) {
	f.hush()
	for f.quiet.len() > 0 {
		number := f.quiet.top().number
		t := &f.states[number]
		if !f.loud(t) {
			return number, true
		}
		f.quiet.remove(number)
		t.noisy = true
		f.noisy = append(f.noisy, number)
		f.noisyMost = max(f.noisyMost, len(f.noisy))
	}
	best, ok := int32(0), false
	for _, number := range f.noisy {
		if !ok || f.fewer(number, best) {
			best, ok = number, true
		}
	}
	return best, ok
}

// fewer reports whether one noisy tenant has fewer messages in flight than another, or as many and an older one in
// line.
func (f *fair) fewer(a, b int32) bool {
	x, y := f.states[a].flying, f.states[b].flying
	return x < y || x == y && f.before(a, b)
}

// hush makes noisy tenants quiet that have no backlog any more, have sent nothing for long, or hold less than the
// shares.
func (f *fair) hush() {
	kept := f.noisy[:0]
	for _, number := range f.noisy {
		t := &f.states[number]
		if t.line.Len() > 0 && f.loud(t) {
			kept = append(kept, number)
			continue
		}
		t.noisy = false
		f.rank(number)
	}
	f.noisy = kept
}

// take delivers what one receive gets.
func (f *fair) take(most int, visibility sim.Duration) {
	q := f.queue
	for len(q.batch) < most && q.InFlight.Value() < q.limit.InFlightMax && q.Visible.Value() > 0 {
		number, ok := f.next()
		if !ok {
			return
		}
		t := &f.states[number]
		ref := t.line.Pop()
		if !t.noisy {
			f.rank(number)
		}
		before := len(q.batch)
		m := q.store.At(ref)
		first, noisy, arrived := m.Receives == 0, t.noisy, m.Enqueued
		q.takeOne(ref, visibility)
		if len(q.batch) == before {
			continue
		}
		t.flying++
		if first {
			f.delivered(t, noisy, q.eng.Now().Sub(arrived))
		}
	}
}

func (f *fair) delivered(t *tenant, noisy bool, dwell sim.Duration) {
	t.dwell.Record(float64(dwell))
	if noisy {
		f.noisyDwell.Record(int64(dwell))
	} else {
		f.quietDwell.Record(int64(dwell))
	}
}

// before reports whether the first message of one tenant came before that of another.
func (f *fair) before(a, b int32) bool {
	x, y := f.queue.store.At(*f.states[a].line.Front()), f.queue.store.At(*f.states[b].line.Front())
	if x.Enqueued != y.Enqueued {
		return x.Enqueued < y.Enqueued
	}
	return a < b
}

// sweep frees the deleted messages in all lines.
func (f *fair) sweep(keep func(message.Ref) bool) {
	f.quiet.clear()
	for i := range f.states {
		t := &f.states[i]
		t.line.Keep(keep)
		if !t.noisy {
			f.rank(int32(i))
		}
	}
}

// reset begins the window of observation.
func (f *fair) reset() {
	f.noisyMost = len(f.noisy)
	f.quietDwell.Reset()
	f.noisyDwell.Reset()
	for i := range f.states {
		f.states[i].dwell.Reset()
	}
}
