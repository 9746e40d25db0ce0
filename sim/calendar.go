package sim

import "math/bits"

// entry is one pending event: 24 bytes without a pointer. Its order holds the number of its scheduling above the
// handler, so that time and order compare as one number of 128 bits.
type entry struct {
	at    uint64
	order uint64
	arg   uint64
}

const (
	handlerBits = 16
	handlersMax = 1 << handlerBits
)

// before returns 1 if a comes before b and 0 if not, without a branch: which of two events comes first is as good as
// random, and a wrong guess costs a processor more than the comparison.
func before(a, b *entry) int {
	_, borrow := bits.Sub64(a.order, b.order, 0)
	_, borrow = bits.Sub64(a.at, b.at, borrow)
	return int(borrow)
}

// calendar is the future event list: a 4-ary implicit heap ordered by time, then by scheduling. Its children are chosen
// without branches; a calendar queue is faster at a million pending events but collapses when increments are constant,
// as time-outs are.
type calendar struct {
	entries []entry
	next    uint64 // order of the next event, its handler bits zero
}

func (c *calendar) push(at Time, handler uint32, arg uint64) {
	e := entry{uint64(at), c.next | uint64(handler), arg}
	c.next += handlersMax
	c.entries = append(c.entries, e)
	entries := c.entries
	i := len(entries) - 1
	for i > 0 {
		parent := (i - 1) >> 2
		if e.at >= entries[parent].at { // among equals the one scheduled last stays below
			break
		}
		entries[i] = entries[parent]
		i = parent
	}
	entries[i] = e
}

func (c *calendar) pop() entry {
	entries := c.entries
	first := entries[0]
	n := len(entries) - 1
	last := entries[n]
	entries = entries[:n]
	c.entries = entries
	i := 0
	for {
		child := 4*i + 1
		if child+4 > n {
			break
		}
		group := (*[4]entry)(entries[child : child+4])
		left := before(&group[1], &group[0])
		right := 2 + before(&group[3], &group[2])
		least := left + (right-left)*before(&group[right&3], &group[left&3])
		if before(&last, &group[least&3]) == 1 {
			entries[i] = last
			return first
		}
		entries[i] = group[least&3]
		i = child + least
	}
	if n > 0 {
		c.settle(i, last)
	}
	return first
}

// settle puts the last entry in place below i, where fewer than four children are left.
func (c *calendar) settle(i int, last entry) {
	entries := c.entries
	child := 4*i + 1
	if child < len(entries) {
		least := child
		for k := child + 1; k < len(entries); k++ {
			least += (k - least) * before(&entries[k], &entries[least])
		}
		if before(&entries[least], &last) == 1 {
			entries[i] = entries[least]
			i = least
		}
	}
	entries[i] = last
}
