package measure

// Counter is how many times something happened. The zero Counter is ready to use.
type Counter struct{ n uint64 }

// Inc counts one.
func (c *Counter) Inc() { c.n++ }

// Add counts n.
func (c *Counter) Add(n uint64) { c.n += n }

// Value returns the count.
func (c *Counter) Value() uint64 { return c.n }

// Reset begins again at 0.
func (c *Counter) Reset() { c.n = 0 }

// Merge adds the count of another counter.
func (c *Counter) Merge(o Counter) { c.n += o.n }
