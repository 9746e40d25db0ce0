package random

import (
	"math"
	"testing"

	"weir/sim"
)

func TestDurationsAreTheSamplesInWholeNanoseconds(t *testing.T) {
	for _, c := range catalogue(t) {
		plain, rounded := sim.NewRand(1, 0, c.name), sim.NewRand(1, 0, c.name)
		d := NewDuration(c.dist, rounded)
		if d.Mean() != c.dist.Mean() {
			t.Errorf("%s: the mean is %v, not %v", c.name, d.Mean(), c.dist.Mean())
		}
		for range 1000 {
			want := sim.Duration(max(0, math.RoundToEven(c.dist.Sample(plain))))
			if got := d.Sample(); got != want {
				t.Fatalf("%s: a length is %d ns, not %d", c.name, got, want)
			}
		}
	}
}

func TestDurationsAreRoundedAndCut(t *testing.T) {
	for ns, want := range map[float64]sim.Duration{
		0: 0, -5: 0, 0.4: 0, 0.49999999999999994: 0, 0.5: 0, 0.6: 1, 1.5: 2, 2.5: 2,
		1<<52 + 1: 1<<52 + 1, 1 << 62: 1 << 62,
		9223372036854774784: 9223372036854774784, 1 << 63: math.MaxInt64, 1e90: math.MaxInt64,
	} {
		constant, err := NewConstant(ns)
		if err != nil {
			t.Fatal(err)
		}
		fast := NewDuration(constant, nil)
		slow := NewDuration(Shifted{0, constant}, nil)
		if fast.Sample() != want || slow.Sample() != want {
			t.Errorf("%v ns is %d and %d, not %d", ns, fast.Sample(), slow.Sample(), want)
		}
	}
	for _, ns := range []float64{math.NaN(), math.Inf(-1)} {
		if got := nanoseconds(ns); got != 0 {
			t.Errorf("%v ns is %d", ns, got)
		}
	}
	if got := nanoseconds(math.Inf(1)); got != math.MaxInt64 {
		t.Errorf("an infinite length is %d", got)
	}
	none := NewDuration(nil, nil)
	var zero Duration
	if none.Sample() != 0 || none.Mean() != 0 || zero.Sample() != 0 || zero.Mean() != 0 {
		t.Error("no distribution is not the constant 0")
	}
}
