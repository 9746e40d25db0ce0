package random

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"weir/sim"
)

func TestTheLayersOfTheZigguratsMeetAtTheTop(t *testing.T) {
	for name, z := range map[string]*ziggurat{"exponential": &exponentialLayers, "normal": &normalLayers} {
		area := z.edge[layers] * z.level[layers-1]
		if top := z.level[1] + area/z.edge[1]; math.Abs(top-1) > 1e-12 {
			t.Errorf("%s: the topmost layer ends at %v", name, top)
		}
		for i := range layers - 1 {
			if height := z.level[i] - z.level[i+1]; math.Abs(height*z.edge[i+1]-area) > 1e-14 {
				t.Errorf("%s: layer %d has the area %v, not %v", name, i, height*z.edge[i+1], area)
			}
		}
	}
}

func TestEdgesAreAcceptedByTheDensity(t *testing.T) {
	for _, c := range []struct {
		name    string
		z       *ziggurat
		density func(float64) float64
	}{
		{"exponential", &exponentialLayers, func(x float64) float64 { return math.Exp(-x) }},
		{"normal", &normalLayers, func(x float64) float64 { return math.Exp(-x * x / 2) }},
	} {
		r := sim.NewRand(1, 0, "edges of "+c.name)
		accepted, expected, variance := 0.0, 0.0, 0.0
		for i := range uint64(layers - 1) {
			low, high := c.z.edge[i], c.z.edge[i+1]
			for range 1000 {
				x := low + (high-low)*r.Float64()
				share := (c.density(x) - c.density(high)) / (c.z.level[i] - c.z.level[i+1])
				expected += share
				variance += share * (1 - share)
				if c.z.under(r, i, c.density(x)) {
					accepted++
				}
			}
		}
		if math.Abs(accepted-expected) > z999*math.Sqrt(variance) {
			t.Errorf("%s: %v points lie under the density; %.0f ± %.0f were expected",
				c.name, accepted, expected, z999*math.Sqrt(variance))
		}
	}
}

func TestTailsHaveTheirShape(t *testing.T) {
	r := sim.NewRand(1, 0, "tails")
	lowest, err := NewShifted(exponentialTail, Exponential{1})
	if err != nil {
		t.Fatal(err)
	}
	const beyond = math.MaxUint64 // bits of the layer at the bottom, beyond its safe part
	chiSquare(t, 500, lowest, func(x float64) float64 { return -math.Expm1(exponentialTail - x) },
		func() float64 { return exponentialEdge(r, beyond) })
	tail, err := NewNormal(0, 1, 3, math.Inf(1))
	if err != nil {
		t.Fatal(err)
	}
	from := distuv.UnitNormal.Survival(normalTail)
	chiSquare(t, 500, tail, func(x float64) float64 { return max(0, 1-distuv.UnitNormal.Survival(x)/from) },
		func() float64 { return beyondNormalTail(r) })
}

// The tails are beyond what a test of the shape sees: they begin where a sample in 2,000 (exponential) or 4,000
// (normal) lies.
func TestTailsHaveTheirShare(t *testing.T) {
	const n = 10_000_000
	for _, c := range []struct {
		name   string
		sample func(*sim.Rand) float64
		above  func(float64) float64
		from   []float64
	}{
		{"exponential", StandardExponential, func(x float64) float64 { return math.Exp(-x) },
			[]float64{7, exponentialTail, 8, 10, 12}},
		{"normal", StandardNormal, distuv.UnitNormal.Survival, []float64{3, normalTail, 4, 4.5}},
		{"normal, below", func(r *sim.Rand) float64 { return -StandardNormal(r) }, distuv.UnitNormal.Survival,
			[]float64{3, normalTail, 4, 4.5}},
	} {
		counts := make([]float64, len(c.from))
		r := sim.NewRand(1, 0, "tail of "+c.name)
		for range n {
			x := c.sample(r)
			for i, from := range c.from {
				if x > from {
					counts[i]++
				}
			}
		}
		for i, from := range c.from {
			expected := n * c.above(from)
			if off := math.Abs(counts[i] - expected); off > z999*math.Sqrt(expected)+1 {
				t.Errorf("%s: %v samples are above %v; %.1f were expected", c.name, counts[i], from, expected)
			}
		}
	}
}

// A finer look than at the other distributions: every sixteenth of a layer's probability is a cell, so that an error in
// one layer shows.
func TestEveryLayerHasItsShare(t *testing.T) {
	r := sim.NewRand(1, 0, "layers")
	chiSquare(t, 16*layers, Exponential{1}, distuv.Exponential{Rate: 1}.CDF,
		func() float64 { return StandardExponential(r) })
	normal, err := NewNormal(0, 1, math.Inf(-1), math.Inf(1))
	if err != nil {
		t.Fatal(err)
	}
	chiSquare(t, 16*layers, normal, distuv.UnitNormal.CDF, func() float64 { return StandardNormal(r) })
}
