package storage

// Throttle multiplies what a table serves, as a whole and of each partition, as when its capacity is taken away.
func (t *Table) Throttle(factor float64) {
	now := t.eng.Now()
	for i := range t.partitions {
		t.partitions[i].Scale(now, factor)
	}
	for i := range t.reads {
		t.reads[i].Scale(now, factor)
	}
	for _, c := range []*capacity{t.write, t.read} {
		if c != nil {
			c.has(now, 0)
			c.throttle(factor)
		}
	}
}

// throttle multiplies what the capacity serves.
func (c *capacity) throttle(factor float64) {
	if c.share == 0 {
		c.share = 1
	}
	c.share = float64(c.share * factor)
	c.tokens = float64(c.tokens * factor)
}
