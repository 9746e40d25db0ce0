package quota

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"weir/sim"
)

// In no stretch of time may more be permitted than the burst and what comes meanwhile; asked all the time, a bucket
// permits that much.
func TestABucketPermitsItsBurstAndItsRate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.Float64Range(0.5, 500).Draw(t, "rate")
		burst := sim.Duration(rapid.Int64Range(0, int64(5*sim.Second)).Draw(t, "burst"))
		b := NewBucket(rate, burst)
		size := max(rate*burst.Seconds(), 1)
		var granted []sim.Time
		now := sim.Time(0)
		for range 500 {
			now = now.Add(sim.Duration(rapid.Int64Range(0, int64(20*sim.Millisecond)).Draw(t, "gap")))
			if b.Permit(now) {
				granted = append(granted, now)
			}
		}
		for i := range granted {
			for j := i; j < len(granted); j++ {
				if most := size + rate*granted[j].Sub(granted[i]).Seconds(); float64(j-i+1) > most+1e-6 {
					t.Fatalf("%d permitted within %v, of at most %v", j-i+1, granted[j].Sub(granted[i]), most)
				}
			}
		}
	})
	b, n := NewBucket(100, 2*sim.Second), 0
	for now := sim.Time(0); now <= sim.Time(10*sim.Second); now = now.Add(sim.Millisecond) {
		if b.Permit(now) {
			n++
		}
	}
	if n < 1199 || n > 1200 {
		t.Errorf("%d permitted in 10 s at 100/s with a burst of 200, want 1,200", n)
	}
}

func TestACallLargerThanTheBucketWaitsForAFullOne(t *testing.T) {
	b := NewBucket(10, sim.Second)
	if !b.Has(0, 25) {
		t.Fatal("a full bucket refuses a call of more than it holds")
	}
	b.Take(25)
	for second, want := range map[int64]bool{1: false, 2: false} {
		if got := b.Has(sim.Time(second)*sim.Time(sim.Second), 10); got != want {
			t.Errorf("after %d s: %t", second, got)
		}
	}
	if !b.Has(sim.Time(2500*sim.Millisecond), 10) {
		t.Error("it is not full when its debt of 15 and 10 more have come")
	}
}

func TestAnEndlessBucketCountsNothing(t *testing.T) {
	b := NewBucket(math.Inf(1), sim.Second)
	for range 1000 {
		if !b.Permit(0) {
			t.Fatal("refused")
		}
	}
	if !b.Endless() {
		t.Error("it is not endless")
	}
	if slow := NewBucket(1, 0); slow.Endless() || !slow.Permit(0) || slow.Permit(0) || !slow.Permit(sim.Time(sim.Second)) {
		t.Error("a bucket without burst holds one token")
	}
}
