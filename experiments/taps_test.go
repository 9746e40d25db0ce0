package experiments

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"weir/models/kinesis"
	"weir/models/message"
	"weir/models/sns"
	"weir/models/spec"
	"weir/models/sqs"
	"weir/sim"
)

// tap returns what stands before every queue and topic of a design that is about to be built, and holds what passes
// against AWS's rules of order and deduplication.
func (w *watch) tap(d *Design) tap {
	w.topics, w.queues = map[spec.Link]*topicTap{}, map[spec.Link]*queueTap{}
	w.streams = map[spec.Link]*streamTap{}
	w.changes = map[string][]sqs.ChangeSpec{}
	w.noteWorkers(d)
	queue, topic := new(sqs.Limits), new(sns.Limits)
	d.Profile.Fill(queue)
	d.Profile.Fill(topic)
	specs := map[spec.Link]any{}
	for _, c := range d.Document.Components {
		specs[c.Link] = c.Spec
		if s, ok := c.Spec.(*sqs.Spec); ok {
			w.changes[c.Path()] = s.Changes
		}
	}
	return func(to spec.Link, linked any) any {
		switch linked := linked.(type) {
		case *sqs.Queue:
			if w.queues[to] == nil {
				s := specs[to].(*sqs.Spec)
				w.queues[to] = &queueTap{
					Queue: linked, held: map[uint32][]stay{}, fifo: spec.IsFIFO(to),
					dedup: dedup{
						watch: w, name: to.String(), window: queue.DeduplicationTime.Sim(),
						byGroup: s.DeduplicationScope == sqs.ScopeGroup, first: map[uint64]sim.Time{}, changes: s.Changes,
					},
				}
			}
			return w.queues[to]
		case *sns.Topic:
			if w.topics[to] == nil {
				s := specs[to].(*sns.Spec)
				t := &topicTap{
					Topic: linked, fifo: spec.IsFIFO(to),
					dedup: dedup{
						watch: w, name: to.String(), window: topic.DeduplicationTime.Sim(),
						byGroup: s.FIFOThroughputScope == sns.ScopeGroup, first: map[uint64]sim.Time{},
					},
				}
				for i := range s.Subscriptions {
					t.subscribers += uint64(s.Subscriptions[i].Subscribers)
				}
				w.topics[to] = t
			}
			return w.topics[to]
		case *kinesis.Stream:
			if w.streams[to] == nil {
				s := specs[to].(*kinesis.Spec)
				w.streams[to] = &streamTap{Stream: linked, watch: w, keyed: s.RecordDistribution == kinesis.ByKey}
			}
			return w.streams[to]
		}
		return linked
	}
}

func (w *watch) breaks(name, format string, args ...any) {
	if w.broken == nil {
		w.broken = fmt.Errorf("%s: %s", name, fmt.Sprintf(format, args...))
	}
}

// dedup knows when each identity was accepted first.
type dedup struct {
	watch   *watch
	name    string
	window  sim.Duration
	byGroup bool
	first   map[uint64]sim.Time
	changes []sqs.ChangeSpec
}

// expect returns how many of the messages are repeats within the window, and notes the others.
func (d *dedup) expect(refs []message.Ref) (repeats uint64) {
	now, deleted := d.watch.eng.Now(), sim.Time(-1)
	for _, c := range d.changes {
		if c.Delete && sim.Time(c.At) <= now {
			deleted = sim.Time(c.At)
		}
	}
	for _, ref := range refs {
		id := uint64(d.watch.store.ID(ref))
		if d.byGroup {
			id |= uint64(d.watch.store.At(ref).Key) << 32
		}
		if first, known := d.first[id]; known && first >= deleted && now.Sub(first) < d.window {
			repeats++
		} else {
			d.first[id] = now
		}
	}
	return repeats
}

func (d *dedup) check(dropped, want uint64) {
	if dropped != want {
		d.watch.breaks(d.name, "%d messages were dropped as repeats, of %d within %v", dropped, want, d.window)
	}
}

// topicTap stands before a topic.
type topicTap struct {
	*sns.Topic
	dedup
	fifo         bool
	subscribers  uint64
	copiesBefore uint64 // the window of observation
}

func (t *topicTap) SendMessage(ref message.Ref, delay sim.Duration) error {
	_, err := t.publish([]message.Ref{ref}, func() ([]message.Ref, error) { return nil, t.Topic.SendMessage(ref, delay) })
	return err
}

func (t *topicTap) SendMessageBatch(refs []message.Ref, delay sim.Duration) ([]message.Ref, error) {
	return t.publish(refs, func() ([]message.Ref, error) { return t.Topic.SendMessageBatch(refs, delay) })
}

func (t *topicTap) publish(refs []message.Ref, call func() ([]message.Ref, error)) ([]message.Ref, error) {
	// Copies may take the slots of what is dropped: what there is to know is read before.
	known, before := t.dedup, t.Deduplicated.Value()
	known.first = map[uint64]sim.Time{}
	for id, at := range t.first {
		known.first[id] = at
	}
	want := known.expect(refs)
	refused, err := call()
	if err == nil && t.fifo {
		t.first = known.first
		t.dedup.check(t.Deduplicated.Value()-before, want)
	}
	return refused, err
}

// queueTap stands before a queue.
type queueTap struct {
	*sqs.Queue
	dedup
	fifo   bool
	tapped map[message.Receiver]*tapped
	held   map[uint32][]stay // by group, in the order of acceptance
	last   uint64            // the largest sequence number given
}

// stay is a message's stay in a FIFO queue.
type stay struct {
	ref        message.Ref
	generation uint32
	number     uint64
	sent       bool // it came through the tap
}

func (q *queueTap) SendMessage(ref message.Ref, delay sim.Duration) error {
	before := q.Repeated.Value()
	err := q.Queue.SendMessage(ref, delay)
	if err == nil && q.fifo {
		q.accepted([]message.Ref{ref}, q.Repeated.Value()-before)
	}
	return err
}

func (q *queueTap) SendMessageBatch(refs []message.Ref, delay sim.Duration) ([]message.Ref, error) {
	before := q.Repeated.Value()
	refused, err := q.Queue.SendMessageBatch(refs, delay)
	if err == nil && q.fifo {
		taken := slices.DeleteFunc(slices.Clone(refs), func(ref message.Ref) bool { return slices.Contains(refused, ref) })
		q.accepted(taken, q.Repeated.Value()-before)
	}
	return refused, err
}

// accepted checks that the repeats among the messages were dropped, and that the others have their place behind all.
func (q *queueTap) accepted(refs []message.Ref, dropped uint64) {
	q.dedup.check(dropped, q.dedup.expect(refs))
	store := q.dedup.watch.store
	for _, ref := range refs {
		m := store.At(ref)
		if m.Place() == message.Deduplicated {
			continue
		}
		number := q.SequenceNumber(ref)
		if number <= q.last {
			q.dedup.watch.breaks(q.dedup.name, "the sequence number %d comes after %d", number, q.last)
		}
		q.last = number
		q.note(m.Key, stay{ref, m.Generation, number, true})
	}
}

// note puts a message among those of its group, where it stands already when a long poll got it in the call that sent
// it. It returns what is known of the message, and those before it, without the ones that have left.
func (q *queueTap) note(group uint32, s stay) (known stay, before []stay) {
	store := q.dedup.watch.store
	held := slices.DeleteFunc(q.held[group], func(s stay) bool { return store.At(s.ref).Generation != s.generation })
	at, found := slices.BinarySearchFunc(held, s.number, func(s stay, n uint64) int { return cmp.Compare(s.number, n) })
	if !found {
		held = slices.Insert(held, at, s)
	}
	held[at].sent = held[at].sent || s.sent
	q.held[group] = held
	return held[at], held[:at]
}

// tapped is who asked a queue, behind its tap.
type tapped struct {
	queue  *queueTap
	poller message.Receiver
}

// behind returns who stands behind the tap for a poller, always the same.
func (q *queueTap) behind(poller message.Receiver) message.Receiver {
	if !q.fifo {
		return poller
	}
	if q.tapped == nil {
		q.tapped = map[message.Receiver]*tapped{}
	}
	if q.tapped[poller] == nil {
		q.tapped[poller] = &tapped{q, poller}
	}
	return q.tapped[poller]
}

func (q *queueTap) Withdraw(poller message.Receiver, token uint64) {
	q.Queue.Withdraw(q.behind(poller), token)
}

func (q *queueTap) ReceiveMessage(
	most int, wait, visibility sim.Duration, poller message.Receiver, token uint64,
) {
	q.Queue.ReceiveMessage(most, wait, visibility, q.behind(poller), token)
}

func (p *tapped) Received(token uint64, receipts []message.Receipt, err error) {
	for i, r := range receipts {
		p.queue.delivered(r, receipts[:i])
	}
	p.poller.Received(token, receipts, err)
}

// delivered checks that no earlier message of the group is in the queue, visible or in flight, unless the same receive
// returned it before. Dead letters, which come past the tap, are known from their first delivery on; they and what a
// move task brings may overtake messages that are delayed.
func (q *queueTap) delivered(r message.Receipt, before []message.Receipt) {
	store := q.dedup.watch.store
	group, number := store.At(r.Ref).Key, q.SequenceNumber(r.Ref)
	known, earlier := q.note(group, stay{r.Ref, r.Generation, number, false})
	for _, s := range earlier {
		m := store.At(s.ref)
		delayed := !m.Waits() && m.Cause() == message.Delay
		if (known.sent || !delayed) && !slices.ContainsFunc(before, func(b message.Receipt) bool { return b.Ref == s.ref }) {
			q.dedup.watch.breaks(q.dedup.name, "message %d of group %d is delivered before or while %d is (%v)", number, group,
				s.number, m.Place())
		}
	}
}

// deleted checks that a queue that does not exist holds nothing, but for what expired in flight.
func (w *watch) deleted(q *sqs.Queue, changes []sqs.ChangeSpec) error {
	exists := true
	for _, c := range changes {
		if sim.Time(c.At) >= w.eng.Now() {
			break
		}
		exists = c.Create || exists && !c.Delete
	}
	if held := q.Visible.Value() + q.Delayed.Value(); !exists && held != 0 {
		return fmt.Errorf("%s does not exist, and holds %d messages", q.Name(), held)
	}
	return nil
}

// copies returns how many copies a topic has made that are in a place, or all when it is message.Places.
func (w *watch) copies(topic string, place message.Place) (n uint64) {
	for _, r := range w.store.Ledger.Routes() {
		switch {
		case !strings.HasPrefix(r.Sender, topic+" -> "):
		case place == message.Places:
			n += r.Sent
		default:
			n += r.Count[place]
		}
	}
	return n
}

// fanOut checks that every message published became a copy for each subscriber, or was filtered, and that the copies
// which the ledger has at the topic are those that the topic holds. The ledger knows where the others are.
func (w *watch) fanOut() error {
	if w.store.Full() {
		return nil
	}
	for _, t := range w.topics {
		if w.answersLost() { // there are twins among the copies
			continue
		}
		made := w.copies(t.Name(), message.Places) - t.copiesBefore
		if want := t.Published.Value()*t.subscribers - t.Filtered.Value(); made != want {
			return fmt.Errorf("%s made %d copies, want %d", t.Name(), made, want)
		}
		if at := w.copies(t.Name(), message.AtClient); at != uint64(t.Backlog.Value()) {
			return fmt.Errorf("%s holds %d copies, the ledger has %d", t.Name(), t.Backlog.Value(), at)
		}
	}
	return nil
}
