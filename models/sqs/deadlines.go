package sqs

import (
	"weir/models/message"
	"weir/sim"
	"weir/sim/ring"
)

// deadline is an instant at which something happens to a delivery of a message, unless its receipt was superseded.
type deadline struct {
	at      sim.Time
	ref     message.Ref
	receipt uint32
}

// deadlines is a list of deadlines that mostly come in order of time. Those in order stand in a line, the others in
// a binary heap, and only the earliest of all has an entry in the calendar. Stale ones are skipped as they come up,
// and swept out when they outnumber the live ones, so that memory follows the live ones.
type deadlines struct {
	inOrder ring.Buffer[deadline]
	late    []deadline
	live    int // how many are not stale; kept by the owner
	armed   sim.Time
	due     sim.Event[int64] // the earliest deadline has come; the argument is its instant
}

func (d *deadlines) init(due sim.Event[int64]) { d.due, d.armed = due, sim.Never }

func (d *deadlines) add(at sim.Time, ref message.Ref, receipt uint32) {
	d.live++
	entry := deadline{at, ref, receipt}
	if d.inOrder.Len() == 0 || d.inOrder.Back().at <= at {
		d.inOrder.Push(entry)
	} else {
		d.pushLate(entry)
	}
	if at < d.armed {
		d.arm(at)
	}
}

func (d *deadlines) arm(at sim.Time) {
	d.armed = at
	if at < sim.Never {
		d.due.At(at, int64(at))
	}
}

// next returns the earliest deadline that stands, or false.
func (d *deadlines) next() (deadline, bool) {
	switch {
	case d.inOrder.Len() == 0 && len(d.late) == 0:
		return deadline{at: sim.Never}, false
	case len(d.late) == 0 || d.inOrder.Len() > 0 && d.inOrder.Front().at <= d.late[0].at:
		return *d.inOrder.Front(), true
	default:
		return d.late[0], true
	}
}

// drop removes the deadline that next returned.
func (d *deadlines) drop() {
	if len(d.late) == 0 || d.inOrder.Len() > 0 && d.inOrder.Front().at <= d.late[0].at {
		d.inOrder.Pop()
	} else {
		d.popLate()
	}
}

// crowded reports whether the stale ones outnumber the live ones by so much that a sweep pays.
func (d *deadlines) crowded() bool { return d.inOrder.Len()+len(d.late) > 3*d.live+256 }

// sweep removes the stale deadlines.
func (d *deadlines) sweep(standing func(deadline) bool) {
	d.inOrder.Keep(standing)
	kept := d.late
	d.late = d.late[:0]
	for _, entry := range kept {
		if standing(entry) {
			d.pushLate(entry)
		}
	}
}

func (d *deadlines) pushLate(entry deadline) {
	d.late = append(d.late, entry)
	i := len(d.late) - 1
	for i > 0 && entry.at < d.late[(i-1)/2].at {
		d.late[i] = d.late[(i-1)/2]
		i = (i - 1) / 2
	}
	d.late[i] = entry
}

func (d *deadlines) popLate() {
	n := len(d.late) - 1
	last := d.late[n]
	d.late = d.late[:n]
	i := 0
	for child := 1; child < n; child = 2*i + 1 {
		if child+1 < n && d.late[child+1].at < d.late[child].at {
			child++
		}
		if last.at <= d.late[child].at {
			break
		}
		d.late[i] = d.late[child]
		i = child
	}
	if n > 0 {
		d.late[i] = last
	}
}
