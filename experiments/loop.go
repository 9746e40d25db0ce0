package experiments

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"weir/sim"
)

// LoopError says that a design goes round in circles at one instant: something is done again and again that takes no
// time, so that the run would not end. The scenario is to be mended.
type LoopError struct {
	Replication int
	At          sim.Time
	Events      []string // those that fire most, the most frequent first
}

// Error names the instant and the events.
func (e *LoopError) Error() string {
	return fmt.Sprintf("replication %d goes round in circles at %s: %d events without time passing, most of them %s; let "+
		"something in that circle take time", e.Replication, e.At, stuckAfter, strings.Join(e.Events, ", "))
}

// namedMost is how many events a LoopError names.
const namedMost = 3

// busiest returns the events that fire most from now on, for a short while.
func (t *trial) busiest(until sim.Time) []string {
	count := map[string]int{}
	t.eng.Observe(func(_ sim.Time, handler string, _ uint64) { count[handler]++ })
	t.eng.Run(until, 1<<12)
	t.eng.Observe(nil)
	names := slices.SortedFunc(maps.Keys(count), func(a, b string) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(a, b))
	})
	return names[:min(len(names), namedMost)]
}
