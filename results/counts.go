package results

import (
	"maps"
	"math"
	"slices"
	"strings"

	"weir/sim/measure"
)

// NatureOf returns what a figure of a unit is made of: times and money are amounts; shares, rates and bare numbers are
// ratios of counts, or may be; all else is counted.
func NatureOf(unit string) measure.Nature {
	switch {
	case unit == "s" || unit == "ms" || unit == "USD":
		return measure.Amount
	case unit == "" || unit == "share" || strings.Contains(unit, "/"):
		return measure.Ratio
	}
	return measure.Count
}

// smallCount is up to which mean a count is told by its least and greatest value.
const smallCount = 20

// smallCounts returns the least and the greatest of a figure's values, and whether they are small counts that differ.
func smallCounts(unit string, values []float64) (span [2]float64, ok bool) {
	if len(values) == 0 || unit == "s" || unit == "ms" || unit == "share" {
		return span, false
	}
	sum := 0.0
	for _, v := range values {
		if v != math.Trunc(v) || math.IsInf(v, 0) { // NaN is unequal to itself
			return span, false
		}
		sum += v
	}
	span = [2]float64{slices.Min(values), slices.Max(values)}
	return span, span[0] >= 0 && span[0] < span[1] && sum < smallCount*float64(len(values))
}

// Count writes a figure that counts: from the least to the greatest of the replications where it is small, or the mean.
func (c ComponentSummary) Count(metric string) string {
	e := c.Metrics[metric]
	if span, ok := c.Ranges[metric]; ok {
		return Quantity(span[0]) + " to " + Quantity(span[1])
	}
	return Interval(e, Quantity)
}

// ComponentRow is a component and the figures of it that matter first.
type ComponentRow struct{ Name, Headline string }

// ComponentRows lists the components but for faults, which are told of by themselves.
func (s *Summary) ComponentRows() (rows []ComponentRow) {
	for _, name := range slices.Sorted(maps.Keys(s.Components)) {
		if c := s.Components[name]; !strings.HasPrefix(c.Kind, "fault.") {
			rows = append(rows, ComponentRow{name, c.Headline()})
		}
	}
	return rows
}
