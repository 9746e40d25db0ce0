package sqs

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"weir/models/message"
	"weir/models/spec"
	"weir/sim"
)

// letter is a message as a plainQueue knows it.
type letter struct {
	ref      message.Ref
	enqueued sim.Time
	until    sim.Time // when its delay or its visibility timeout ends
	receives int
	flying   bool
	expired  bool // while in flight
	gone     bool
	receipt  message.Receipt // the latest
}

// plainQueue is a standard queue on one server as AWS's rules tell it: two lists in no clever order.
type plainQueue struct {
	s            *Spec
	line, away   []*letter // visible, and delayed or in flight
	room         int
	dead         *plainQueue
	expiredCount uint64
	movedCount   uint64
}

func (p *plainQueue) count() (visible, inFlight, delayed int64) {
	for _, l := range p.away {
		if l.flying {
			inFlight++
		}
	}
	return int64(len(p.line)), inFlight, int64(len(p.away)) - inFlight
}

func (p *plainQueue) oldest(now sim.Time) (age sim.Duration) {
	for _, l := range slices.Concat(p.line, p.away) {
		if !l.expired {
			age = max(age, now.Sub(l.enqueued))
		}
	}
	return age
}

func without(list []*letter, l *letter) []*letter {
	return slices.DeleteFunc(list, func(other *letter) bool { return other == l })
}

// land makes a message visible again: near its old place after its first receives, at the back from the third on.
func (p *plainQueue) land(l *letter) {
	p.away = without(p.away, l)
	switch {
	case l.expired:
		l.gone = true
	case l.flying && l.receives < 3:
		p.line = slices.Insert(p.line, 0, l)
	default:
		p.line = append(p.line, l)
	}
	l.flying = false
}

func (p *plainQueue) expire(l *letter) {
	p.expiredCount++
	if l.flying {
		l.expired = true
		return
	}
	l.gone = true
	p.line, p.away = without(p.line, l), without(p.away, l)
}

// pass lets what is due by now happen, in the order of time.
func (p *plainQueue) pass(now sim.Time) {
	for {
		first, do := now.Add(1), func() {}
		for _, l := range p.away {
			if l.until < first {
				first, do = l.until, func() { p.land(l) }
			}
		}
		for _, l := range slices.Concat(p.line, p.away) {
			if end := l.enqueued.Add(p.s.Retention.Sim()); !l.expired && end < first {
				first, do = end, func() { p.expire(l) }
			}
		}
		if first > now {
			return
		}
		do()
	}
}

func (p *plainQueue) receive(now sim.Time, most int, visibility sim.Duration) (got []*letter, err error) {
	_, flying, _ := p.count()
	room := p.room - int(flying)
	if room == 0 {
		return nil, ErrOverLimit
	}
	for len(p.line) > 0 && len(got) < min(most, room) {
		l := p.line[0]
		p.line = p.line[1:]
		if p.dead != nil && l.receives == p.s.Redrive.MaxReceiveCount {
			p.movedCount++
			p.dead.line = append(p.dead.line, l)
			continue
		}
		l.receives++
		l.flying, l.until = true, now.Add(visibility)
		p.away = append(p.away, l)
		got = append(got, l)
	}
	return got, nil
}

func (p *plainQueue) holds(l *letter) bool {
	return slices.Contains(p.line, l) || slices.Contains(p.away, l)
}

// handle is a receipt that a test keeps, however old it gets.
type handle struct {
	receipt message.Receipt
	letter  *letter
	dead    bool // of the dead-letter queue
}

// office is a queue with a dead-letter queue and what the rules say about both.
type office struct {
	t       *testing.T
	luck    *sim.Rand
	desks   [2]*desk // the queue and its dead-letter queue
	plain   [2]*plainQueue
	handles []handle
	tried   map[string]int // what happened, how often
}

func newOffice(t *testing.T, seed uint64, tried map[string]int) *office {
	limits := roomy()
	limits.InFlightMax, limits.BackOfQueueReceives, limits.PurgeTime = 12, 3, spec.Duration(sim.Minute)
	eng, store := sim.NewEngine(seed, 0), message.NewStore(1<<20)
	s, dead := standing(), standing()
	s.VisibilityTimeout, s.Delay, s.Retention = spec.Duration(7*sim.Second), spec.Duration(2*sim.Second),
		spec.Duration(60*sim.Second)
	s.Redrive = &RedriveSpec{MaxReceiveCount: 4}
	dead.Retention = spec.Duration(80 * sim.Second)
	o := &office{t: t, luck: eng.Rand("test"), tried: tried}
	for i, s := range []*Spec{s, dead} {
		o.desks[i] = &desk{
			Queue: New(eng, store, []string{"q", "dead"}[i], s, limits), eng: eng, store: store,
			route: store.Ledger.Open("test", "test"),
		}
		o.plain[i] = &plainQueue{s: s, room: 12}
	}
	o.desks[0].Redrive(o.desks[1].Queue, 4)
	o.plain[0].dead = o.plain[1]
	return o
}

func (o *office) now() sim.Time { return o.desks[0].eng.Now() }

// some returns a length of up to most, to the nanosecond, so that no two things coincide.
func (o *office) some(most sim.Duration) sim.Duration {
	return 1 + sim.Duration(o.luck.Float64()*float64(most))
}

func (o *office) send() {
	d := o.desks[0]
	delay := []sim.Duration{message.QueueDefault, 0, o.some(5 * sim.Second)}[o.luck.IntN(3)]
	ref, _ := d.store.New(o.now(), d.route, 100, 0, 0)
	if err := d.SendMessage(ref, delay); err != nil {
		o.t.Fatal(err)
	}
	if delay < 0 {
		delay = o.plain[0].s.Delay.Sim()
	}
	l := &letter{ref: ref, enqueued: o.now(), until: o.now().Add(delay)}
	if delay == 0 {
		o.plain[0].line = append(o.plain[0].line, l)
	} else {
		o.plain[0].away = append(o.plain[0].away, l)
	}
}

func (o *office) receive(i int) {
	most, visibility := 1+o.luck.IntN(10), o.some(9*sim.Second)
	want, wantErr := o.plain[i].receive(o.now(), most, visibility)
	d := o.desks[i]
	d.ReceiveMessage(most, 0, visibility, d, 0)
	if !errors.Is(d.err, wantErr) || len(d.got) != len(want) {
		o.t.Fatalf("received %d messages and %v, want %d and %v", len(d.got), d.err, len(want), wantErr)
	}
	if wantErr != nil {
		o.tried["too many in flight"]++
	}
	for k, r := range d.got {
		if r.Ref != want[k].ref {
			o.t.Fatalf("message %d of the batch is %d, want %d", k, r.Ref, want[k].ref)
		}
		want[k].receipt = r
		o.handles = append(o.handles, handle{r, want[k], i == 1})
		o.tried[fmt.Sprintf("receive %d", min(want[k].receives, 5))]++
		if k > 0 { // messages of one batch would come back at one instant, in an order that no rule tells
			timeout := o.some(9 * sim.Second)
			want[k].until = o.now().Add(timeout)
			if err := d.ChangeMessageVisibility(r, timeout); err != nil {
				o.t.Fatal(err)
			}
		}
	}
}

// use deletes or extends by some handle, the latest of its message or not.
func (o *office) use() {
	if len(o.handles) == 0 {
		return
	}
	recent := min(len(o.handles), 30)
	h := o.handles[len(o.handles)-1-o.luck.IntN(recent)]
	i := 0
	if h.dead {
		i = 1
	}
	d, p, l := o.desks[i], o.plain[i], h.letter
	good := !l.gone && l.receipt == h.receipt && p.holds(l)
	if o.luck.IntN(3) == 0 {
		if good {
			d.store.Move(l.ref, d.store.At(l.ref), message.Processed)
			l.gone = true
			p.line, p.away = without(p.line, l), without(p.away, l)
			o.tried["deleted"]++
		}
		if err := d.DeleteMessage(h.receipt); err != nil {
			o.t.Fatal(err)
		}
		return
	}
	timeout := []sim.Duration{0, o.some(9 * sim.Second), 12 * sim.Hour}[o.luck.IntN(3)]
	var want error
	switch {
	case !good || !l.flying:
		want = ErrMessageNotInflight
		o.tried["not in flight"]++
	case o.now().Add(timeout).Sub(h.receipt.At) > 12*sim.Hour:
		want = ErrInvalidParameterValue
		o.tried["beyond 12 hours"]++
	case timeout == 0:
		p.land(l)
	default:
		l.until = o.now().Add(timeout)
		o.tried["extended"]++
	}
	if err := d.ChangeMessageVisibility(h.receipt, timeout); !errors.Is(err, want) {
		o.t.Fatalf("a visibility timeout of %v is answered with %v, want %v", timeout, err, want)
	}
}

func (o *office) purge() {
	p := o.plain[0]
	if o.desks[0].PurgeQueue() != nil {
		return
	}
	o.tried["purged"]++
	for _, l := range slices.Concat(p.line, p.away) {
		if !l.expired {
			l.gone = true
			p.line, p.away = without(p.line, l), without(p.away, l)
		}
	}
}

func (o *office) agrees() {
	o.t.Helper()
	live, standing := o.desks[0].store.Live(), 0
	for i, d := range o.desks {
		p := o.plain[i]
		visible, inFlight, delayed := p.count()
		got := [3]int64{d.Visible.Value(), d.InFlight.Value(), d.Delayed.Value()}
		if want := [3]int64{visible, inFlight, delayed}; got != want {
			o.t.Fatalf("%s at %v: visible, in flight and delayed are %v, want %v", d.Name(), o.now(), got, want)
		}
		if age := d.OldestAge(); age != p.oldest(o.now()) {
			o.t.Fatalf("%s at %v: the oldest message is %v old, want %v", d.Name(), o.now(), age, p.oldest(o.now()))
		}
		if d.Expired.Value() != p.expiredCount || d.Moved.Value() != p.movedCount {
			o.t.Fatalf("%s: %d expired and %d moved, want %d and %d", d.Name(), d.Expired.Value(), d.Moved.Value(),
				p.expiredCount, p.movedCount)
		}
		live -= d.gone
		standing += len(p.line) + len(p.away)
	}
	if live != standing {
		o.t.Fatalf("%d messages live, want %d", live, standing)
	}
	if err := o.desks[0].store.Ledger.Check(); err != nil {
		o.t.Fatal(err)
	}
}

// Sends with delays, receives, deletes and extensions with fresh and stale receipts, timeouts, retention, dead letters,
// the limit in flight and purges, in any order: the queue answers what the rules say, message by message.
func TestAStandardQueueDoesWhatItsRulesSay(t *testing.T) {
	tried := map[string]int{}
	for seed := range uint64(60) {
		o := newOffice(t, seed, tried)
		for range 600 {
			switch what := o.luck.IntN(20); {
			case what < 7:
				o.send()
			case what < 11:
				o.receive(0)
			case what < 12:
				o.receive(1)
			case what < 19:
				o.use()
			case o.luck.IntN(8) == 0:
				o.purge()
			}
			o.agrees()
			o.desks[0].pass(o.some(1500 * sim.Millisecond))
			o.plain[0].pass(o.now())
			o.plain[1].pass(o.now())
			o.agrees()
		}
		tried["expired"] += int(o.desks[0].Expired.Value())
		tried["expired as dead letters"] += int(o.desks[1].Expired.Value())
		tried["dead-lettered"] += int(o.desks[0].Moved.Value())
	}
	for what, n := range tried {
		if n < 100 {
			t.Errorf("%s: only %d", what, n)
		}
	}
	if len(tried) != 14 {
		t.Errorf("of 14 things only these happened: %v", tried)
	}
}
