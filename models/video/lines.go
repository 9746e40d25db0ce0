package video

import (
	"weir/models/message"
	"weir/sim"
)

// held is a fragment that stands in a line.
type held struct {
	ref   message.Ref
	lasts sim.Duration // how long its media plays
	at    sim.Time     // what the line's owner says: when its capture began, or when it can be had
	to    seat         // whose copy it is, while it is being persisted
}

// pool holds the fragments of many short lines: streams, cameras and players come in tens of thousands, and most have
// none or one in line.
type pool struct {
	nodes []node
	free  int32 // the number of a free node, or 0
}

type node struct {
	held
	next int32 // the number of the next in line, or 0
}

// line is a first-in-first-out list in a pool. Nodes are numbered from 1, so that the zero line is empty.
type line struct{ first, last, len int32 }

func (p *pool) take(h held) int32 {
	n := p.free
	if n == 0 {
		p.nodes = append(p.nodes, node{h, 0})
		return int32(len(p.nodes))
	}
	p.free = p.nodes[n-1].next
	p.nodes[n-1] = node{h, 0}
	return n
}

// push puts a fragment at the end.
func (p *pool) push(l *line, h held) {
	n := p.take(h)
	if l.len == 0 {
		l.first = n
	} else {
		p.nodes[l.last-1].next = n
	}
	l.last = n
	l.len++
}

// pushFront puts a fragment before all others.
func (p *pool) pushFront(l *line, h held) {
	n := p.take(h)
	p.nodes[n-1].next = l.first
	if l.len == 0 {
		l.last = n
	}
	l.first = n
	l.len++
}

// front returns the first fragment of a line that is not empty.
func (p *pool) front(l *line) *held { return &p.nodes[l.first-1].held }

// pop takes the first fragment of a line that is not empty.
func (p *pool) pop(l *line) held {
	n := &p.nodes[l.first-1]
	h, next := n.held, n.next
	n.next, p.free = p.free, l.first
	if l.first = next; l.len == 1 {
		l.last = 0
	}
	l.len--
	return h
}

// join puts the fragments of b behind those of a, and leaves b empty.
func (p *pool) join(a, b *line) {
	switch {
	case b.len == 0:
		return
	case a.len == 0:
		*a = *b
	default:
		p.nodes[a.last-1].next = b.first
		a.last = b.last
		a.len += b.len
	}
	*b = line{}
}

// each calls f for the fragments of a line after the first skip.
func (p *pool) each(l *line, skip int32, f func(held)) {
	for n, i := l.first, int32(0); n != 0; n, i = p.nodes[n-1].next, i+1 {
		if i >= skip {
			f(p.nodes[n-1].held)
		}
	}
}

// instance names one of the many that a component stands for, as it was at a turn: what an event carries.
type instance uint64

func at(i int, turn uint32) instance { return instance(uint64(turn)<<32 | uint64(uint32(i))) }

func (x instance) split() (i int, turn uint32) { return int(uint32(x)), uint32(x >> 32) }
