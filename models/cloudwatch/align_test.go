package cloudwatch

import (
	"math"
	"testing"

	"weir/sim"
)

// "CloudWatch rounds the specified time stamp as follows: Start time less than 15 days ago - Round down to the nearest
// whole minute … If you set Period to 5, 10, 20, or 30, the start time of your request is rounded down to the nearest
// time that corresponds to even 5-, 10-, 20-, or 30-second divisions of a minute" (CloudWatch API reference,
// GetMetricData, StartTime). So of a metric of each 10 s a minute's datapoint is of a whole minute, however long its
// datapoints take, and one of two minutes begins at any whole minute.
func TestPeriodsBeginAtWholeMinutes(t *testing.T) {
	eng, b, p := scene(10 * sim.Second)
	one := watch(t, b, p, "Fine", Average, sim.Minute)
	two := watch(t, b, p, "Fine", Average, 2*sim.Minute)
	half := watch(t, b, p, "Fine", Average, 30*sim.Second)
	ten := watch(t, b, p, "Fine", Average, 10*sim.Second)
	for _, s := range []*Series{one, two, half, ten} {
		s.Keep(3)
	}
	for tens := 1; tens <= 24; tens++ {
		p.level = float64(tens) // of the ten seconds that end at 10 s × tens
		until(eng, sim.Duration(tens)*10*sim.Second)
	}
	// At 4 min, what can be read ends at 3:50: its last whole minute is the third, its last half ends at 3:30.
	mean := func(from, to int) float64 { return float64(from+to) / 2 }
	expect(t, "a minute", one, 0, mean(13, 18))
	expect(t, "a minute", one, 1, mean(7, 12))
	expect(t, "a minute", one, 2, mean(1, 6))
	expect(t, "two minutes", two, 0, mean(7, 18))
	expect(t, "half a minute", half, 0, mean(19, 21))
	expect(t, "ten seconds", ten, 0, 23)
	if one.Possible() != 3 || two.Possible() != 1 || half.Possible() != 7 || ten.Possible() != 23 {
		t.Errorf("%d, %d, %d and %d periods were possible", one.Possible(), two.Possible(), half.Possible(), ten.Possible())
	}
	p.level = 25
	until(eng, 250*sim.Second)
	expect(t, "a minute that can be read now", one, 0, mean(19, 24))
	expect(t, "two minutes, of which none was before", two, 2, math.NaN())
}
