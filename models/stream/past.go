package stream

import (
	"sort"

	"weir/sim"
)

// past is how the consumer of a shard spent the time since the oldest record became readable that it has not read: the
// running totals of what it waited, free and held back. A record that many reads pass by is told by it what it waited
// for. A consumer that reads all there is has none.
type past struct {
	points []point // in the order of time
}

// point is the totals up to an instant: between two of them, they grow evenly.
type point struct {
	at      sim.Time
	free    sim.Duration // the consumer had not asked
	limited sim.Duration // the stream held it back
}

// pointsMax is how many points are kept at the most: then every other one is dropped, and the totals are told more
// coarsely.
const pointsMax = 128

// add notes a read for which the consumer was free at wanted, and held back from limited on.
func (p *past) add(wanted, limited, read sim.Time) {
	var last point
	if n := len(p.points); n > 0 {
		last = p.points[n-1]
	}
	wanted = max(wanted, last.at)
	limited = max(min(limited, read), wanted)
	for _, q := range [...]point{
		{wanted, last.free, last.limited},
		{limited, last.free + limited.Sub(wanted), last.limited},
		{read, last.free + limited.Sub(wanted), last.limited + read.Sub(limited)},
	} {
		if n := len(p.points); n == 0 || q.at > p.points[n-1].at {
			p.points = append(p.points, q)
		}
	}
}

// forget drops what was before an instant, and thins out what is left when it is too much.
func (p *past) forget(before sim.Time) {
	if len(p.points) < pointsMax {
		return
	}
	first := sort.Search(len(p.points), func(i int) bool { return p.points[i].at > before })
	kept := p.points[:copy(p.points, p.points[max(first-1, 0):])]
	for len(kept) > pointsMax/2 {
		n := 1
		for i := 1 + len(kept)%2; i < len(kept); i += 2 { // the first one stays, and the last
			kept[n] = kept[i]
			n++
		}
		kept = kept[:n]
	}
	p.points = kept
}

// since returns how long the consumer was free, and held back, from an instant to its last read.
func (p *past) since(at sim.Time) (free, limited sim.Duration) {
	if p == nil || len(p.points) == 0 {
		return 0, 0
	}
	last := p.points[len(p.points)-1]
	if at >= last.at {
		return 0, 0
	}
	i := sort.Search(len(p.points), func(i int) bool { return p.points[i].at > at })
	to := p.points[i]
	if i == 0 {
		return last.free - to.free, last.limited - to.limited
	}
	from := p.points[i-1]
	part := float64(to.at.Sub(at)) / float64(to.at.Sub(from.at)) // of the stretch, that counts
	free = last.free - to.free + sim.Duration(part*float64(to.free-from.free))
	limited = last.limited - to.limited + sim.Duration(part*float64(to.limited-from.limited))
	return free, limited
}
