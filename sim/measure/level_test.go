package measure

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"weir/sim"
)

// A level of up to 10⁹ over 10¹⁵ ns (11 days) has an area of 10²⁴: floats would round every step.
func TestALevelIsExactAtTenToTheFifteenNanoseconds(t *testing.T) {
	r := luck(t)
	var level Level
	area, now, v := new(big.Int), sim.Time(0), int64(0)
	for now < 1e15 {
		next := now + sim.Time(1+r.IntN(2e9))
		step := new(big.Int).Mul(big.NewInt(v), big.NewInt(int64(next-now)))
		area.Add(area, step)
		now, v = next, int64(r.IntN(1e9))
		level.Set(now, v)
	}
	exact, _ := new(big.Float).SetInt(area).Float64()
	if got := level.Integral(now) * 1e9; got != exact {
		near(t, "the area", got, exact, 2.3e-16)
	}
	near(t, "the mean", level.Mean(now), exact/float64(now), 5e-16)
}

// A window begins with what is there. A level reset to 0 instead would go below 0 at the next departure.
func TestALevelKeepsItsValueAtTheEndOfTheWarmUp(t *testing.T) {
	var level Level
	level.Add(10, 7)
	level.Add(20, -2)
	level.Reset(30)
	if level.Value() != 5 || level.Max() != 5 || level.Integral(30) != 0 || level.Mean(30) != 5 {
		t.Fatalf("after the reset: %+v", level)
	}
	level.Add(40, -5)
	if mean := level.Mean(50); mean != 2.5 {
		t.Errorf("5 for 10 ns and 0 for 10 ns have the mean %v", mean)
	}
	if level.Max() != 5 {
		t.Errorf("the highest in the window is %d", level.Max())
	}
}

func TestDifferencesOfTheIntegralAreTheMeansOfIntervals(t *testing.T) {
	var level Level
	level.Set(0, 3)
	at1 := level.Integral(sim.Time(sim.Second))
	level.Set(sim.Time(1500*sim.Millisecond), 9)
	at2 := level.Integral(sim.Time(2 * sim.Second))
	if at1 != 3 || at2-at1 != 6 {
		t.Errorf("the means of two seconds are %v and %v, want 3 and 6", at1, at2-at1)
	}
}

func TestThePeakIsTheHighestSinceItWasLastTaken(t *testing.T) {
	var level Level
	level.Set(1, 8)
	level.Set(1, 2) // the 8 lasted no time and was there all the same
	if peak := level.TakePeak(); peak != 8 {
		t.Errorf("the first peak is %d", peak)
	}
	if peak := level.TakePeak(); peak != 2 {
		t.Errorf("the second peak is %d", peak)
	}
	level.Set(2, 6)
	level.Set(3, 1)
	level.Reset(4)
	if peak := level.TakePeak(); peak != 6 || level.Max() != 1 {
		t.Errorf("after a reset the peak is %d and the maximum %d", peak, level.Max())
	}
}

func TestALevelRefusesValuesBelowZeroAndClocksThatRunBackwards(t *testing.T) {
	var level Level
	level.Set(10, 1)
	panics(t, "a level below 0", func() { level.Add(11, -2) })
	panics(t, "a change in the past", func() { level.Set(9, 1) })
	panics(t, "a question about the past", func() { level.Integral(9) })
	panics(t, "a reset in the past", func() { level.Reset(9) })
}

// Spans of the windows of one level merge into what a level without windows says.
func TestMergedSpansEqualTheLevelOverTheWholeTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var whole, windowed Level
		var merged Span
		now := sim.Time(0)
		for range rapid.IntRange(1, 30).Draw(t, "changes") {
			now += sim.Time(rapid.IntRange(0, 1000).Draw(t, "ns"))
			if rapid.Bool().Draw(t, "window ends") {
				merged.Merge(windowed.Span(now))
				windowed.Reset(now)
			}
			v := rapid.Int64Range(0, 100).Draw(t, "value")
			whole.Set(now, v)
			windowed.Set(now, v)
		}
		now += 100
		merged.Merge(windowed.Span(now))
		want := whole.Span(now)
		if off := merged.Mean - want.Mean; merged.Length != want.Length || merged.Max != want.Max || off*off > 1e-20 {
			t.Fatalf("merged %+v, want %+v", merged, want)
		}
	})
}
