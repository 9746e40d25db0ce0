package sim

// entry is one pending event. It holds no pointer.
type entry struct {
	at       Time
	sequence uint64
	arg      uint64
	handler  uint32
}

func (a *entry) before(b *entry) bool {
	return a.at < b.at || a.at == b.at && a.sequence < b.sequence
}

// calendar is the future event list: a 4-ary implicit heap ordered by time, then by scheduling.
type calendar struct {
	entries  []entry
	sequence uint64
}

func (c *calendar) push(at Time, handler uint32, arg uint64) {
	e := entry{at, c.sequence, arg, handler}
	c.sequence++
	c.entries = append(c.entries, e)
	i := len(c.entries) - 1
	for i > 0 {
		parent := (i - 1) >> 2
		if !e.before(&c.entries[parent]) {
			break
		}
		c.entries[i] = c.entries[parent]
		i = parent
	}
	c.entries[i] = e
}

func (c *calendar) pop() entry {
	first := c.entries[0]
	n := len(c.entries) - 1
	last := c.entries[n]
	c.entries = c.entries[:n]
	i := 0
	for child := 1; child < n; child = 4*i + 1 {
		least := child
		for k := child + 1; k < min(child+4, n); k++ {
			if c.entries[k].before(&c.entries[least]) {
				least = k
			}
		}
		if last.before(&c.entries[least]) {
			break
		}
		c.entries[i] = c.entries[least]
		i = least
	}
	if n > 0 {
		c.entries[i] = last
	}
	return first
}
