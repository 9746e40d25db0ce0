package sim

// entry is one pending event. It holds no pointer, so the garbage collector never walks the calendar.
type entry struct {
	at  uint64 // a Time; or nothing, or taken
	key uint64 // order of scheduling, then the number of the handler in the lowest bits
	arg uint64
}

// An engine has room for a million handlers, and its 44 bits of order last ten days at 20 million events a second.
const (
	handlerBits = 20
	handlerMask = 1<<handlerBits - 1
)

// Values of entry.at that are no Time and come after every Time.
const (
	nothing = 1 << 63   // a free place; its lane is added, so that free places of one group differ
	taken   = 1<<64 - 1 // the place in front, while its event fires
)

// before is the order of events: time, then scheduling.
func (a *entry) before(b *entry) bool { return a.at < b.at || a.at == b.at && a.key < b.key }

// calendar is the future event list: the earliest entry in front, the earliest of the others at the root of a 4-ary
// heap, and below the root the nodes in groups of siblings. Node n has group n+1 as its children, the root group 0.
//
// Most events schedule one other. So a fired entry leaves the place in front open for the next one: an entry that is
// earlier than the root goes there and never sees the heap, and any other sinks from the root, which saves climbing.
type calendar struct {
	front  entry
	root   entry
	groups []group
	nodes  int    // in groups
	key    uint64 // of the next entry, without the handler
}

// group is four siblings. Its free places hold nothing.
type group [4]entry

var freeGroup = group{{at: nothing}, {at: nothing + 1}, {at: nothing + 2}, {at: nothing + 3}}

func newCalendar() calendar { return calendar{front: entry{at: taken}, root: entry{at: nothing}} }

// len returns how many entries are pending.
func (c *calendar) len() int {
	n := c.nodes
	if c.front.at != taken {
		n++
	}
	if c.root.at < nothing {
		n++
	}
	return n
}

// earliest returns the time of the earliest entry, or more than Never if there is none.
func (c *calendar) earliest() uint64 { return min(c.front.at, c.root.at) }

// insert adds x while the place in front is occupied.
func (c *calendar) insert(x entry) {
	if x.at < c.front.at {
		x, c.front = c.front, x
	}
	if x.before(&c.root) {
		x, c.root = c.root, x
	}
	if x.at >= nothing {
		return // it was the free root
	}
	n := uint(c.nodes)
	c.nodes++
	if n%4 == 0 {
		c.groups = append(c.groups, freeGroup)
	}
	free := &c.groups[n/4][n%4]
	for n >= 4 {
		n = n/4 - 1
		parent := &c.groups[n/4][n%4]
		if parent.before(&x) {
			break
		}
		*free = *parent
		free = parent
	}
	*free = x
}

// sink puts x in the place of the root and lets earlier nodes rise. It finds the earliest of four siblings by their
// times alone, in registers and without a branch that depends on them; only where times are equal the keys decide.
func (c *calendar) sink(x entry) {
	free := &c.root
	for n := 0; n < len(c.groups); {
		g := &c.groups[n]
		at0, at1, at2, at3 := g[0].at, g[1].at, g[2].at, g[3].at
		left, right := less(at1, at0), 2+less(at3, at2)
		atLeft, atRight := min(at0, at1), min(at2, at3)
		earliest := left ^ (left^right)&-less(atRight, atLeft)
		at := min(atLeft, atRight)
		if at0 == at1 || at2 == at3 || atLeft == atRight || at == x.at {
			earliest = g.earliest()
			if x.before(&g[earliest]) {
				break
			}
		} else if x.at < at {
			break
		}
		risen := &g[earliest&3]
		*free = *risen
		free = risen
		n = 4*n + earliest + 1
	}
	*free = x
}

// less returns 1 if a is less than b, and 0 otherwise.
func less(a, b uint64) int {
	if a < b {
		return 1
	}
	return 0
}

// earliest returns the place of the earliest entry.
func (g *group) earliest() int {
	earliest := 0
	for i := range g {
		if g[i].before(&g[earliest]) {
			earliest = i
		}
	}
	return earliest
}

// refill moves the root into the open place in front and reports whether there was one.
func (c *calendar) refill() bool {
	if c.root.at >= nothing {
		return false
	}
	c.front = c.root
	if c.nodes == 0 {
		c.root.at = nothing
		return true
	}
	c.nodes--
	n := uint(c.nodes)
	place := &c.groups[n/4][n%4]
	last := *place
	place.at = nothing + uint64(n%4)
	if n%4 == 0 {
		c.groups = c.groups[:n/4]
	}
	c.sink(last)
	return true
}
