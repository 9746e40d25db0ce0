package measure_test

import (
	"math"
	"testing"

	"weir/sim"
	"weir/sim/measure"
)

// series returns n points of a decaying transient of the given start and time constant over noise of mean 10.
func transient(n int, start, constant float64) []float64 {
	noise := sim.NewRand(1, 0, "noise")
	points := make([]float64, n)
	for i := range points {
		points[i] = 10 + start*math.Exp(-float64(i)/constant) + noise.Float64() - 0.5
	}
	return points
}

func TestTruncationCutsTheTransient(t *testing.T) {
	for _, c := range []struct {
		name            string
		points          []float64
		atLeast, atMost int
	}{
		{"no transient", transient(1000, 0, 1), 0, 250},
		{"short", transient(1000, -10, 20), 60, 140},
		{"long", transient(1000, -10, 80), 240, 500},
		{"from above", transient(1000, 50, 20), 80, 180},
	} {
		cut, steady := measure.Truncation(c.points, 5)
		if !steady || cut < c.atLeast || cut > c.atMost || cut%5 != 0 {
			t.Errorf("%s: cut %d, steady %v; want %d to %d", c.name, cut, steady, c.atLeast, c.atMost)
		}
	}
}

func TestTruncationSeesThatNothingIsSteady(t *testing.T) {
	growing := make([]float64, 1000)
	for i := range growing {
		growing[i] = float64(i)
	}
	late := transient(1000, -10, 1000)
	for name, points := range map[string][]float64{
		"growing": growing, "late": late, "too few": growing[:20], "none": nil,
	} {
		if cut, steady := measure.Truncation(points, 5); steady {
			t.Errorf("%s: steady after %d", name, cut)
		}
	}
}

func TestTruncationOfAConstantCutsNothing(t *testing.T) {
	points := make([]float64, 500)
	for i := range points {
		points[i] = 1e12
	}
	if cut, steady := measure.Truncation(points, 5); cut != 0 || !steady {
		t.Errorf("cut %d, steady %v", cut, steady)
	}
}
