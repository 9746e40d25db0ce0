package aws

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"slices"
	"strconv"

	"weir/sim"
	"weir/sim/random"
)

// ColdStart is what was measured of the cold starts of a runtime.
type ColdStart struct {
	Runtime, Package, Architecture string // Package is zip or image
	MemoryMiB                      int
	Period                         string
	Samples                        int
	LowP                           float64      // the probability of the first quantile
	Quantiles                      [6]float64   // ms, of Init Duration: low, p50, p90, p95, p99 and the greatest
	FirstInvoke                    sim.Duration // mean duration of the first invocation of a handler that does nothing
}

// coldStarts are read once, as the program starts.
var coldStarts, errOfColdStarts = loadColdStarts()

func loadColdStarts() (all []ColdStart, err error) {
	data, err := files.ReadFile("data/coldstarts.csv")
	if err != nil {
		return nil, err
	}
	r := csv.NewReader(bytes.NewReader(data))
	r.Comment = '#'
	rows, err := r.ReadAll()
	if err != nil {
		return nil, err
	}
	for _, row := range rows[1:] {
		var numbers [10]float64
		for i, text := range append(slices.Clone(row[3:4]), row[5:]...) {
			if numbers[i], err = strconv.ParseFloat(text, 64); err != nil {
				return nil, err
			}
		}
		c := ColdStart{
			Runtime: row[0], Package: row[1], Architecture: row[2], Period: row[4], MemoryMiB: int(numbers[0]),
			Samples: int(numbers[1]), LowP: numbers[2], FirstInvoke: sim.Seconds(numbers[9] / 1000),
		}
		copy(c.Quantiles[:], numbers[3:])
		all = append(all, c)
	}
	return all, nil
}

// ColdStarts returns all that was measured.
func ColdStarts() []ColdStart { return slices.Clone(coldStarts) }

// Measured reports whether cold starts of a runtime were measured.
func Measured(runtime string) bool {
	return slices.ContainsFunc(coldStarts, func(c ColdStart) bool { return c.Runtime == runtime })
}

// Init returns the distribution of Init Duration in nanoseconds: straight between the quantiles, and below the lowest
// as far as it is from the median.
func (c *ColdStart) Init() (random.Dist, error) {
	q := c.Quantiles
	edges := []float64{max(float64(2*q[0])-q[1], float64(q[0]*0.5))}
	weights := []float64{c.LowP, 0.5 - c.LowP, 0.4, 0.05, 0.04, 0.01}
	var kept []float64
	for i, v := range q {
		if v > edges[len(edges)-1] {
			edges, kept = append(edges, v), append(kept, weights[i])
		} else if len(kept) > 0 {
			kept[len(kept)-1] += weights[i]
		}
	}
	for i := range edges {
		edges[i] *= float64(sim.Millisecond)
	}
	return random.NewHistogram(edges, kept)
}

// LookUpColdStart returns what was measured of a runtime on the memory that is next to the given one: Init Duration
// does not depend on it, while the first invocation does and is interpolated in 1/memory. The error suggests the name
// that was meant.
func LookUpColdStart(runtime, pack, architecture string, memoryMiB float64) (ColdStart, error) {
	if errOfColdStarts != nil {
		return ColdStart{}, errOfColdStarts
	}
	var found []ColdStart
	var names []string
	for _, c := range coldStarts {
		if !slices.Contains(names, c.Runtime) {
			names = append(names, c.Runtime)
		}
		if c.Runtime == runtime && c.Package == pack && c.Architecture == architecture {
			found = append(found, c)
		}
	}
	switch {
	case !slices.Contains(names, runtime):
		return ColdStart{}, fmt.Errorf("there is no runtime %q whose cold starts were measured%s", runtime,
			didYouMean(runtime, names))
	case len(found) == 0:
		return ColdStart{}, fmt.Errorf("no cold starts were measured of %s, package %s, on %s", runtime, pack, architecture)
	}
	slices.SortFunc(found, func(a, b ColdStart) int { return a.MemoryMiB - b.MemoryMiB })
	next := found[0]
	for _, c := range found {
		if math.Abs(1/float64(c.MemoryMiB)-1/memoryMiB) < math.Abs(1/float64(next.MemoryMiB)-1/memoryMiB) {
			next = c
		}
	}
	for i := 1; i < len(found); i++ {
		a, b := &found[i-1], &found[i]
		if least, most := float64(a.MemoryMiB), float64(b.MemoryMiB); least <= memoryMiB && memoryMiB <= most {
			share := (1/least - 1/memoryMiB) / (1/least - 1/most)
			next.FirstInvoke = a.FirstInvoke + sim.Duration(float64(share*float64(b.FirstInvoke-a.FirstInvoke)))
		}
	}
	return next, nil
}
