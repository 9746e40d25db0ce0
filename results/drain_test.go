package results

import (
	"math"
	"testing"
)

func TestDrainIsFromThePeakToTheLevelBefore(t *testing.T) {
	noise := []float64{3, 4, 2, 3, 5, 3, 2, 4, 3, 3}
	with := func(more ...float64) []float64 { return append(append([]float64{}, noise...), more...) }
	for name, c := range map[string]struct {
		backlog []float64
		want    float64
	}{
		"nothing":             {nil, 0},
		"an empty queue":      {make([]float64, 20), 0},
		"a triangle":          {with(100, 200, 300, 200, 100, 50, 20, 7, 4, 3), 50},
		"to the end":          {with(100, 200, 300, 200, 100, 50), math.Inf(1)},
		"growing":             {with(100, 200, 300), math.Inf(1)},
		"from the first on":   {[]float64{50, 40, 30, 20, 10, 1, 0}, 50},
		"down and up again":   {with(300, 100, 4, 90, 4), 20},
		"a tremble":           {with(5, 3, 4, 3), 0},
		"back to a new level": {with(300, 100, 50, 50, 50, 50), math.Inf(1)},
	} {
		if got := Drain(c.backlog, 10); got != c.want {
			t.Errorf("%s: %v s, want %v", name, got, c.want)
		}
	}
}
