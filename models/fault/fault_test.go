package fault

import (
	"errors"
	"math"
	"slices"
	"testing"

	"weir/models/message"
	"weir/models/spec"
	"weir/sim"
)

// Faults of one target add up: a call goes well if it does with each of them, and slows down by each.
func TestFaultsOfOneTargetAddUp(t *testing.T) {
	s := new(State)
	luck := sim.NewEngine(1, 0).Rand("luck")
	if s.Fate(luck) != Served || s.Stretch(sim.Second) != sim.Second || s.Fails(luck) || s.Loses(luck) {
		t.Error("a state without faults changes calls")
	}
	half := &Effect{Errors: 0.5, Slowdown: 3}
	lossy := &Effect{Errors: 0.5, Requests: 0.2, Answers: 0.5, Slowdown: 2, Timeout: sim.Second}
	s.Add(half)
	s.Add(lossy)
	const n = 200_000
	var fates [4]float64
	for range n {
		fates[s.Fate(luck)]++
	}
	for fate, want := range map[Fate]float64{
		RequestLost: 0.2, Refused: 0.8 * 0.75, AnswerLost: 0.8 * 0.25 * 0.5, Served: 0.8 * 0.25 * 0.5,
	} {
		if got := fates[fate] / n; math.Abs(got-want) > 0.005 {
			t.Errorf("fate %d has share %v, want %v", fate, got, want)
		}
	}
	if s.Stretch(sim.Second) != 6*sim.Second || s.Timeout() != sim.Second {
		t.Errorf("a second takes %v, the timeout is %v", s.Stretch(sim.Second), s.Timeout())
	}
	if got := float64(s.Wrong()); got != n-fates[Served] {
		t.Errorf("%v calls went wrong, want %v", got, n-fates[Served])
	}
	s.Remove(lossy)
	s.Remove(half)
	if s.Fate(luck) != Served || s.Stretch(sim.Second) != sim.Second {
		t.Error("what is over still changes calls")
	}
}

// queue is a service that takes what it gets.
type queue struct {
	store    *message.Store
	sent     []message.Ref
	err      error
	free     int
	deleted  int
	receipts []message.Receipt
	extended int
}

func (q *queue) SendMessage(ref message.Ref, _ sim.Duration) error {
	if q.err == nil {
		q.sent = append(q.sent, ref)
		q.store.Move(ref, q.store.At(ref), message.Visible)
	}
	return q.err
}

func (q *queue) SendMessageBatch(refs []message.Ref, delay sim.Duration) (refused []message.Ref, err error) {
	for i, ref := range refs {
		if i == 1 {
			refused = append(refused, ref)
		} else {
			err = errors.Join(err, q.SendMessage(ref, delay))
		}
	}
	return refused, err
}

func (q *queue) ReceiveMessage(_ int, _, _ sim.Duration, to message.Receiver, token uint64) {
	q.free--
	to.Received(token, q.receipts, nil)
}

func (q *queue) DeleteMessageBatch([]message.Receipt) error {
	q.deleted++
	return nil
}

func (q *queue) ChangeMessageVisibilityBatch([]message.Receipt, sim.Duration) error {
	q.extended++
	return nil
}

func (q *queue) ConsumerFree(n int) { q.free += n }
func (q *queue) Idle() message.Idle { return message.Idle{} }

// answers are what a client got.
type answers struct {
	eng      *sim.Engine
	at       []sim.Time
	errs     []error
	receipts int
}

func (a *answers) Received(_ uint64, receipts []message.Receipt, err error) {
	a.receipts += len(receipts)
	a.Answered(0, err)
}

func (a *answers) Answered(_ uint64, err error) {
	a.at, a.errs = append(a.at, a.eng.Now()), append(a.errs, err)
}

// bench is a gate before a queue, and a message at its client.
type bench struct {
	*Gate
	eng    *sim.Engine
	store  *message.Store
	queue  *queue
	client *answers
	ref    message.Ref
}

func newBench(t *testing.T, e Effect) *bench {
	t.Helper()
	b := &bench{eng: sim.NewEngine(1, 0), store: message.NewStore(100)}
	b.queue = &queue{store: b.store}
	b.client = &answers{eng: b.eng}
	state := new(State)
	e.Timeout = sim.Second
	state.Add(&e)
	b.Gate = NewGate(b.eng, "gate", b.store, state, b.queue)
	b.ref = b.born(t)
	return b
}

func (b *bench) born(t *testing.T) message.Ref {
	t.Helper()
	ref, ok := b.store.New(b.eng.Now(), b.store.Ledger.Open("p", "p"), 100, 7, message.Poison)
	if !ok {
		t.Fatal("no room")
	}
	return ref
}

func (b *bench) run() { b.eng.Run(b.eng.Now().Add(10*sim.Second), 1000) }

// A request that is lost, or refused, changes nothing.
func TestTheServiceKnowsNothingOfALostRequest(t *testing.T) {
	for want, e := range map[error]Effect{ErrNoAnswer: {Requests: 1}, ErrUnavailable: {Errors: 1}} {
		b := newBench(t, e)
		if err := b.SendMessage(b.ref, 0); err != want {
			t.Errorf("a send: %v, want %v", err, want)
		}
		if _, err := b.SendMessageBatch([]message.Ref{b.ref}, 0); err != want {
			t.Errorf("a batch: %v, want %v", err, want)
		}
		if err := b.DeleteMessageBatch(nil); err != want {
			t.Errorf("a delete: %v, want %v", err, want)
		}
		if err := b.ChangeMessageVisibilityBatch(nil, 0); err != want {
			t.Errorf("a heartbeat: %v, want %v", err, want)
		}
		b.ReceiveMessage(1, 0, 0, b.client, 3)
		b.run()
		q := b.queue
		if len(q.sent)+q.deleted+q.extended+q.free != 0 || !slices.Equal(b.client.errs, []error{want}) {
			t.Errorf("%v: the queue saw %+v, the client %+v", want, b.queue, b.client)
		}
		if late := b.client.at[0] == sim.Time(sim.Second); late != (want == ErrNoAnswer) {
			t.Errorf("%v came at %v", want, b.client.at[0])
		}
		if err := b.store.Ledger.Check(); err != nil || b.store.Live() != 1 {
			t.Errorf("%v, %d messages live", err, b.store.Live())
		}
	}
}

// A service whose answer is lost has acted: it has a twin of what was sent, with the same properties, and the sender
// keeps the original; what was deleted is gone.
func TestTheServiceHasActedWhoseAnswerIsLost(t *testing.T) {
	b := newBench(t, Effect{Answers: 1})
	if err := b.SendMessage(b.ref, 0); err != ErrNoAnswer {
		t.Errorf("a send: %v", err)
	}
	if len(b.queue.sent) != 1 || b.queue.sent[0] == b.ref || b.store.At(b.ref).Place() != message.AtClient {
		t.Fatalf("the queue has %v of %v", b.queue.sent, b.ref)
	}
	if m := b.store.At(b.queue.sent[0]); m.Key != 7 || !m.Has(message.Poison) || m.SizeBytes != 100 || m.Born != 0 {
		t.Errorf("the twin is %+v", m)
	}
	second := b.born(t)
	if _, err := b.SendMessageBatch([]message.Ref{b.ref, second}, 0); err != ErrNoAnswer {
		t.Errorf("a batch: %v", err)
	}
	if len(b.queue.sent) != 2 || b.store.Live() != 4 { // two originals, two twins: the one that was refused is none
		t.Errorf("the queue has %v, %d messages live", b.queue.sent, b.store.Live())
	}
	b.queue.err = errors.New("refused")
	if err := b.SendMessage(b.ref, 0); err != ErrNoAnswer || b.store.Live() != 4 {
		t.Errorf("%v, %d messages live after a twin that was refused", err, b.store.Live())
	}
	if err := b.DeleteMessageBatch(nil); err != ErrNoAnswer || b.queue.deleted != 1 {
		t.Errorf("%v, %d deleted", err, b.queue.deleted)
	}
	if err := b.ChangeMessageVisibilityBatch(nil, 0); err != ErrNoAnswer || b.queue.extended != 1 {
		t.Errorf("%v, %d extended", err, b.queue.extended)
	}
	if err := b.store.Ledger.Check(); err != nil {
		t.Error(err)
	}
	if sent := b.store.Ledger.Routes()[0].Sent; sent != 4 || b.state.Twins.Value() != 2 {
		t.Errorf("the ledger has %d sent, %d twins", sent, b.state.Twins.Value())
	}
}

// Messages of a receive whose answer is lost are with nobody: they wait for their visibility timeout, and the consumer
// is as free as before.
func TestALostReceiveLeavesItsMessagesInFlight(t *testing.T) {
	b := newBench(t, Effect{Answers: 1})
	m := b.store.At(b.ref)
	m.Enter(0, message.APICall)
	b.store.Move(b.ref, m, message.InFlight)
	b.queue.receipts = []message.Receipt{{Ref: b.ref, Number: m.Receipt, Generation: m.Generation}}
	b.ReceiveMessage(1, 0, 0, b.client, 3)
	b.run()
	got := b.client
	if got.receipts != 0 || !slices.Equal(got.errs, []error{ErrNoAnswer}) || got.at[0] != sim.Time(sim.Second) {
		t.Errorf("the client got %+v", b.client)
	}
	if b.queue.free != 0 || m.Cause() != message.Retry || m.Failure != message.DeadByTimeout {
		t.Errorf("%d consumers free, the message waits for %v and would be dead by %v", b.queue.free, m.Cause(), m.Failure)
	}
}

// pool is connections to a database that answers at once.
type pool struct {
	asked  []sim.Duration
	resets int
}

func (p *pool) Query(caller message.Caller, token uint64, service sim.Duration) {
	p.asked = append(p.asked, service)
	caller.Answered(token, nil)
}

func (p *pool) Reset() { p.resets++ }

// A query whose answer is lost is worked on; a client that is gone waits for nothing.
func TestQueriesAreWorkedOnWhoseAnswersAreLost(t *testing.T) {
	b := newBench(t, Effect{})
	state := new(State)
	state.Add(&Effect{Answers: 1, Slowdown: 4, Timeout: sim.Second})
	p := new(pool)
	g := NewGate(b.eng, "pool", b.store, state, p)
	g.Query(b.client, 1, sim.Second)
	b.run()
	g.Query(b.client, 2, sim.Second)
	g.Reset()
	b.run()
	if !slices.Equal(p.asked, []sim.Duration{4 * sim.Second, 4 * sim.Second}) || p.resets != 1 {
		t.Errorf("the database was asked for %v and reset %d times", p.asked, p.resets)
	}
	if !slices.Equal(b.client.errs, []error{ErrNoAnswer}) {
		t.Errorf("the client got %v", b.client.errs)
	}
}

// A share of the running instances is rounded up, and there are no more to hit than run.
func TestHowManyInstancesAreHit(t *testing.T) {
	three, third := 3, spec.Share(1.0/3)
	for _, c := range []struct {
		s             InstancesSpec
		running, want int
	}{
		{InstancesSpec{Instances: &three}, 10, 3}, {InstancesSpec{Instances: &three}, 2, 2},
		{InstancesSpec{Share: &third}, 10, 4},
		{InstancesSpec{Share: &third}, 3, 1}, {InstancesSpec{Share: &third}, 0, 0},
	} {
		if got := c.s.Of(c.running); got != c.want {
			t.Errorf("%+v of %d: %d, want %d", c.s, c.running, got, c.want)
		}
	}
}

// Shares of poison and of the hot key add up, and end.
func TestShareOfPoisonAndHotKey(t *testing.T) {
	l := NewLoad(sim.NewEngine(1, 0), "p")
	count := func() (poison, hot float64) {
		const n = 100_000
		for range n {
			if l.Poison() {
				poison++
			}
			if l.Key(3) == HotKey {
				hot++
			}
		}
		return poison / n, hot / n
	}
	l.AddPoison(0.2)
	l.AddPoison(0.5)
	l.AddHotKey(0.25)
	if poison, hot := count(); math.Abs(poison-0.6) > 0.01 || math.Abs(hot-0.25) > 0.01 {
		t.Errorf("%v poison, %v on the hot key; want 0.6 and 0.25", poison, hot)
	}
	l.RemovePoison(0.5)
	l.RemoveHotKey(0.25)
	if poison, hot := count(); math.Abs(poison-0.2) > 0.01 || hot != 0 {
		t.Errorf("%v poison, %v on the hot key; want 0.2 and none", poison, hot)
	}
}

// An alarm tells of a fault that is there, or of one that the design has recovered from a short time ago: not of one
// that it had not recovered from when there were too many to measure.
func TestWhichFaultAnAlarmTellsOf(t *testing.T) {
	const now = sim.Time(2 * sim.Hour)
	for _, c := range []struct {
		done      bool
		recovered sim.Time
		want      sim.Time
	}{
		{false, sim.Never, now}, {true, now.Add(-30 * sim.Minute), now}, {true, now.Add(-31 * sim.Minute), sim.Never},
		{true, sim.Never, sim.Never},
	} {
		o := &Occurrence{Recovered: c.recovered, Detected: sim.Never, done: c.done}
		(&Recovery{faults: []*Fault{{occurrences: []*Occurrence{o}}}}).Alarmed(now)
		if o.Detected != c.want {
			t.Errorf("done %v, recovered %v: detected at %v, want %v", c.done, c.recovered, o.Detected, c.want)
		}
	}
}
