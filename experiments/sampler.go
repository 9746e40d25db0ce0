package experiments

import (
	"cmp"
	"slices"

	"weir/models/message"
	"weir/results"
	"weir/sim"
)

// followedEach is how many messages of each path are followed as the slowest, and how many more by lot.
const followedEach = 20

// followedMost bounds how many messages are followed of all paths: each takes a look after every event while it lives.
const followedMost = 2000

// sampler is the witness of a first pass: it numbers the messages of a trial in the order of their births, and finds
// the slowest of each path and some by lot.
type sampler struct {
	rand     func(name string) *sim.Rand
	born     uint64
	slots    []descent // by slot
	paths    map[*message.Path]*samples
	counting bool
}

// descent is a message's number and, of a copy, what it is a copy of.
type descent struct {
	number uint64
	of     *descent
}

// samples are those of a path.
type samples struct {
	name    string
	slowest []sample // the slowest first; of equals the first
	lot     []sample
	seen    int
	rand    *sim.Rand
}

// sample is a message of a path, by its number and those of its originals.
type sample struct {
	results.Followed
	descent *descent
}

func newSampler(rand func(name string) *sim.Rand) *sampler {
	return &sampler{rand: rand, paths: map[*message.Path]*samples{}}
}

func (s *sampler) observe() { s.counting = true }

// Born numbers a message.
func (s *sampler) Born(r, original message.Ref) {
	for int(r) >= len(s.slots) {
		s.slots = append(s.slots, descent{})
	}
	d := descent{number: s.born}
	s.born++
	if original != message.None {
		of := s.slots[original]
		d.of = &of
	}
	s.slots[r] = d
}

// Processed looks whether a message is to be followed.
func (s *sampler) Processed(
	now sim.Time, p *message.Path, r message.Ref, m *message.Message, clocks *[message.Causes]int64,
) {
	if !s.counting {
		return
	}
	of := s.paths[p]
	if of == nil {
		of = &samples{name: p.Name(), rand: s.rand("export/trace/" + p.Name())}
		s.paths[p] = of
	}
	of.seen++
	place := of.seen - 1
	if place >= followedEach {
		place = of.rand.IntN(of.seen) // reservoir sampling (Vitter 1985, algorithm R)
	}
	age := now.Sub(m.Born)
	full := len(of.slowest) == followedEach
	slow := !full || age > of.slowest[followedEach-1].Age()
	if !slow && place >= followedEach {
		return
	}
	d := s.slots[r]
	one := sample{results.Followed{
		Path: of.name, Number: d.number, Born: m.Born, Ended: now, SizeBytes: m.SizeBytes, Key: m.Key,
		Receives: int(m.Receives), Causes: *clocks,
	}, &d}
	if place < len(of.lot) {
		of.lot[place] = one
	} else if place < followedEach {
		of.lot = append(of.lot, one)
	}
	if !slow {
		return
	}
	if full {
		of.slowest = of.slowest[:followedEach-1]
	}
	one.Slowest = true
	at, _ := slices.BinarySearchFunc(of.slowest, age, func(e sample, age sim.Duration) int {
		if e.Age() >= age {
			return -1
		}
		return 1
	})
	of.slowest = slices.Insert(of.slowest, at, one)
}

// found returns the samples by path, the slowest first and then those by lot in the order of their births.
func (s *sampler) found() (all []sample) {
	var paths []*samples
	for _, p := range s.paths {
		paths = append(paths, p)
	}
	slices.SortFunc(paths, func(a, b *samples) int { return cmp.Compare(a.name, b.name) })
	each := followedEach
	if len(paths) > 0 {
		each = max(1, min(each, followedMost/2/len(paths)))
	}
	for _, p := range paths {
		p.slowest = p.slowest[:min(each, len(p.slowest))]
		for i := range p.lot { // a place in the reservoir is not by lot: the first of all keep theirs
			j := i + p.rand.IntN(len(p.lot)-i)
			p.lot[i], p.lot[j] = p.lot[j], p.lot[i]
		}
		p.lot = p.lot[:min(each, len(p.lot))]
		all = append(all, p.slowest...)
		slices.SortFunc(p.lot, func(a, b sample) int { return cmp.Compare(a.Number, b.Number) })
		for _, one := range p.lot {
			if !slices.ContainsFunc(p.slowest, func(o sample) bool { return o.Number == one.Number }) {
				all = append(all, one)
			}
		}
	}
	return all
}
