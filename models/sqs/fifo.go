package sqs

import (
	"weir/models/message"
	"weir/sim"
	"weir/sim/ring"
)

// fifo is what a FIFO queue has in place of servers: its messages by group, in the order of their acceptance. A group
// is open when its first visible message comes before all its messages in flight: then that one may be delivered.
type fifo struct {
	queue  *Queue
	store  *message.Store
	groups numbers // the number of a message group's state, while the queue holds messages of it
	states []group
	unused []int32
	open   ranks  // the open groups
	last   uint64 // position of the last message accepted

	// A receive looks for open groups among the first messages of the queue only, up to the edge.
	edge   uint64
	within int64             // messages up to the edge
	beyond ring.Buffer[stay] // those after it

	repeats *message.Repeats
	quota   callQuota
}

// group is one message group. Its visible messages and those in flight are linked in the order of their positions.
type group struct {
	key     uint32
	held    int32 // messages of any state
	waiting list
	flying  list
}

type list struct{ first, last message.Ref }

func newFIFO(q *Queue) *fifo {
	f := &fifo{queue: q, store: q.store}
	f.repeats, f.quota = f.newMemory()
	return f
}

// newMemory returns what a new queue remembers of the messages and calls before: nothing.
func (f *fifo) newMemory() (*message.Repeats, callQuota) {
	s, limit := f.queue.spec, f.queue.limit
	return message.NewRepeats(s.DeduplicationScope == ScopeGroup, limit.DeduplicationTime.Sim()),
		newCallQuota(limit, s.FIFOThroughputLimit == LimitPerGroup)
}

// admit gives a message that the queue has just accepted its position and its group.
func (f *fifo) admit(ref message.Ref, m *message.Message) {
	number, ok := f.groups.of(m.Key)
	if !ok {
		number = f.newGroup(m.Key)
	}
	f.states[number].held++
	f.last++
	o := f.store.Order(ref)
	o.Position, o.Group, o.Next = f.last, number, message.None
	if f.beyond.Len() == 0 && f.within < f.queue.limit.FIFOScanWindow {
		f.edge = f.last
		f.within++
	} else {
		f.beyond.Push(stay{ref, m.Generation})
	}
}

// SequenceNumber returns the number of a message in a FIFO queue: later ones have larger numbers. AWS's have 20 digits
// and gaps.
func (q *Queue) SequenceNumber(ref message.Ref) uint64 { return q.store.Order(ref).Position }

func (f *fifo) newGroup(key uint32) int32 {
	state := group{key: key, waiting: empty, flying: empty}
	if n := len(f.unused); n > 0 {
		number := f.unused[n-1]
		f.unused = f.unused[:n-1]
		f.states[number] = state
		f.groups.set(key, number)
		return number
	}
	f.states = append(f.states, state)
	number := int32(len(f.states) - 1)
	f.groups.set(key, number)
	return number
}

var empty = list{message.None, message.None}

// leave forgets a message whose stay is over; it stands in no list of its group any more.
func (f *fifo) leave(ref message.Ref) {
	o := f.store.Order(ref)
	g := &f.states[o.Group]
	if g.held--; g.held == 0 {
		f.open.remove(o.Group)
		f.groups.forget(g.key)
		f.unused = append(f.unused, o.Group)
	} else {
		f.settle(o.Group, false)
	}
	if o.Position > f.edge {
		return
	}
	f.within--
	for f.within < f.queue.limit.FIFOScanWindow && f.beyond.Len() > 0 {
		next := f.beyond.Pop()
		if f.store.At(next.ref).Generation == next.generation {
			f.edge = f.store.Order(next.ref).Position
			f.within++
		}
	}
}

// stand puts a message among the visible ones of its group. A group that gets a message back is served after all that
// are open now, as AWS was seen to do; other groups are served in the order of their first messages.
func (f *fifo) stand(ref message.Ref, m *message.Message, back bool) {
	now := f.queue.eng.Now()
	number := f.store.Order(ref).Group
	g := &f.states[number]
	first := g.waiting.first
	f.store.Behind(now, ref, m)
	f.insert(&g.waiting, ref)
	if first != message.None && g.waiting.first == ref {
		if was := f.store.At(first); was.InLine() { // it has come behind the one that now stands before it
			was.Leave(now, f.queue.idle, message.Throttle)
			f.store.Behind(now, first, was)
		}
	}
	f.settle(number, back)
}

// unstand takes a message out of the visible ones of its group.
func (f *fifo) unstand(ref message.Ref, m *message.Message) {
	f.unlink(&f.states[f.store.Order(ref).Group].waiting, ref)
	f.endWait(ref, m, message.Retry)
}

// endWait begins the cause that follows a message's wait.
func (f *fifo) endWait(ref message.Ref, m *message.Message, next message.Cause) {
	now := f.queue.eng.Now()
	if m.InLine() {
		m.Leave(now, f.queue.idle, next)
		return
	}
	f.store.Ahead(now, ref, m)
	m.Enter(now, next)
}

// land takes a message out of those in flight of its group. It leaves the queue or stands in it again at this instant.
func (f *fifo) land(ref message.Ref) {
	f.unlink(&f.states[f.store.Order(ref).Group].flying, ref)
}

// settle brings the group's place among the open ones, and the cause of its first message, up to date.
func (f *fifo) settle(number int32, back bool) {
	g := &f.states[number]
	first := g.waiting.first
	if first == message.None || f.store.Order(first).Position > f.barrier(g) {
		f.open.remove(number)
		return
	}
	if m := f.store.At(first); !m.InLine() {
		now := f.queue.eng.Now()
		f.store.Ahead(now, first, m)
		m.Line(now, f.queue.idle)
	} else if !back {
		return // it is open already, with the same message first
	}
	// A group that got a message back comes after the one it is put behind.
	x := rank{first: f.store.Order(first).Position, number: number}
	if back && x.first < f.edge {
		x.first, x.second = f.edge, x.first
	}
	f.open.set(x)
}

// ready reports whether a receive would find an open group.
func (f *fifo) ready() bool { return f.open.len() > 0 && f.open.top().first <= f.edge }

// take delivers what one receive gets of the open groups, in their order: as many messages of the first as there are,
// then of the next. Messages of a group before one that was in flight already are delivered, those after it are not.
func (f *fifo) take(most int, visibility sim.Duration) {
	q := f.queue
	for f.ready() && f.mayTake(most) {
		number := f.open.top().number
		barrier := f.barrier(&f.states[number])
		for f.mayTake(most) {
			g := &f.states[number]
			ref := g.waiting.first
			if ref == message.None || f.store.Order(ref).Position > barrier {
				break
			}
			m := f.store.At(ref)
			f.unlink(&g.waiting, ref)
			f.endWait(ref, m, message.APICall)
			q.Visible.Add(q.eng.Now(), -1)
			if q.exhausted(m) {
				q.deadLetter(ref, m)
				continue
			}
			q.deliver(ref, m, visibility)
			f.insert(&g.flying, ref)
		}
		f.settle(number, false)
	}
}

func (f *fifo) mayTake(most int) bool {
	q := f.queue
	return len(q.batch) < most && q.InFlight.Value() < q.inFlightMax()
}

// barrier returns the position of the group's first message in flight, which later ones wait for.
func (f *fifo) barrier(g *group) uint64 {
	if g.flying.first == message.None {
		return 1<<64 - 1
	}
	return f.store.Order(g.flying.first).Position
}

// insert links a message into a list by its position: near the front, where messages come back to, or at the back.
func (f *fifo) insert(l *list, ref message.Ref) {
	o := f.store.Order(ref)
	switch {
	case l.first == message.None:
		o.Next = message.None
		l.first, l.last = ref, ref
	case o.Position > f.store.Order(l.last).Position:
		o.Next = message.None
		f.store.Order(l.last).Next = ref
		l.last = ref
	case o.Position < f.store.Order(l.first).Position:
		o.Next = l.first
		l.first = ref
	default:
		before := f.store.Order(l.first)
		for f.store.Order(before.Next).Position < o.Position {
			before = f.store.Order(before.Next)
		}
		o.Next, before.Next = before.Next, ref
	}
}

// unlink takes a message out of a list that it stands in.
func (f *fifo) unlink(l *list, ref message.Ref) {
	next := f.store.Order(ref).Next
	if l.first == ref {
		if l.first = next; next == message.None {
			l.last = message.None
		}
		return
	}
	before := l.first
	for f.store.Order(before).Next != ref {
		before = f.store.Order(before).Next
	}
	if f.store.Order(before).Next = next; next == message.None {
		l.last = before
	}
}
