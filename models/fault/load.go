package fault

import (
	"weir/models/spec"
	"weir/sim"
)

// Load is what faults put among the messages of a producer: a share that is poison, and a share that goes to one key.
type Load struct {
	luck          *sim.Rand
	poison, hot   float64
	poisons, hots []float64
}

// HotKey is the key that a hot key is: none of the producer's own.
const HotKey = 1 << 24

// NewLoad returns what faults put among a producer's messages: nothing yet.
func NewLoad(eng *sim.Engine, producer string) *Load {
	return &Load{luck: eng.Rand(producer + "/fault")}
}

// Poison draws whether a message is poison.
func (l *Load) Poison() bool { return l.poison > 0 && l.luck.Float64() < l.poison }

// Key returns the key of a message that would have another.
func (l *Load) Key(other uint32) uint32 {
	if l.hot > 0 && l.luck.Float64() < l.hot {
		return HotKey
	}
	return other
}

// AddPoison makes a further share of the messages poison; RemovePoison ends it.
func (l *Load) AddPoison(share spec.Share) { l.poison = add(&l.poisons, float64(share)) }

// RemovePoison ends what AddPoison began.
func (l *Load) RemovePoison(share spec.Share) { l.poison = remove(&l.poisons, float64(share)) }

// AddHotKey lets a further share of the messages go to the hot key; RemoveHotKey ends it.
func (l *Load) AddHotKey(share spec.Share) { l.hot = add(&l.hots, float64(share)) }

// RemoveHotKey ends what AddHotKey began.
func (l *Load) RemoveHotKey(share spec.Share) { l.hot = remove(&l.hots, float64(share)) }

func add(shares *[]float64, share float64) float64 {
	*shares = append(*shares, share)
	return together(*shares)
}

func remove(shares *[]float64, share float64) float64 {
	for i, s := range *shares {
		if s == share {
			*shares = append((*shares)[:i], (*shares)[i+1:]...)
			break
		}
	}
	return together(*shares)
}

func together(shares []float64) (all float64) {
	for _, s := range shares {
		all = both(all, s)
	}
	return all
}
