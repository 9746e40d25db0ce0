package sqs

import (
	"fmt"

	"weir/models/message"
)

// CheckOrder returns an error when a FIFO queue could deliver a message before an earlier one of its group: the
// messages of each group must stand in the order of their acceptance, and only the first visible one may be in line,
// while none before it is in flight. It looks at every message, for tests.
func (q *Queue) CheckOrder() error {
	if q.fifo == nil {
		return nil
	}
	f := q.fifo
	if err := f.open.check(); err != nil {
		return fmt.Errorf("%s: %w", q.name, err)
	}
	var waiting, flying int64
	for number := range int32(len(f.states)) {
		g := &f.states[number]
		if known, ok := f.groups.of(g.key); !ok || known != number {
			continue // it has no messages
		}
		key := g.key
		flies, err := f.checkList(&g.flying, false)
		if err != nil {
			return fmt.Errorf("%s: group %d, in flight: %w", q.name, key, err)
		}
		waits, err := f.checkList(&g.waiting, f.open.has(number))
		if err != nil {
			return fmt.Errorf("%s: group %d, visible: %w", q.name, key, err)
		}
		first := g.waiting.first
		mayOpen := first != message.None && f.store.Order(first).Position < f.barrier(g)
		if f.open.has(number) != mayOpen {
			return fmt.Errorf("%s: group %d is open: %t, and should be: %t", q.name, key, f.open.has(number), mayOpen)
		}
		waiting, flying = waiting+waits, flying+flies
	}
	if waiting != q.Visible.Value() || flying > q.InFlight.Value() {
		return fmt.Errorf("%s: the groups have %d visible and %d in flight, the queue %d and %d", q.name, waiting, flying,
			q.Visible.Value(), q.InFlight.Value())
	}
	return nil
}

// checkList checks that the messages of a list are in the order of their acceptance and that none but the first is in
// line, and this one if and only if it should be. It returns how many there are.
func (f *fifo) checkList(l *list, firstInLine bool) (n int64, err error) {
	last := message.None
	for ref := l.first; ref != message.None; ref = f.store.Order(ref).Next {
		if last != message.None && f.store.Order(last).Position >= f.store.Order(ref).Position {
			return n, fmt.Errorf("message %d comes after %d", f.store.Order(ref).Position, f.store.Order(last).Position)
		}
		if inLine := f.store.At(ref).InLine(); inLine != (ref == l.first && firstInLine) {
			return n, fmt.Errorf("message %d is in line: %t", f.store.Order(ref).Position, inLine)
		}
		last = ref
		n++
	}
	if l.last != last {
		return n, fmt.Errorf("the last message is not the last")
	}
	return n, nil
}

// check returns an error when a number does not stand where it should.
func (r *ranks) check() error {
	for i := range r.heap {
		x := &r.heap[i]
		if r.at[x.number] != int32(i)+1 || i > 0 && x.before(&r.heap[(i-1)/4]) {
			return fmt.Errorf("number %d stands wrongly among the %d ranks", x.number, len(r.heap))
		}
	}
	return nil
}
