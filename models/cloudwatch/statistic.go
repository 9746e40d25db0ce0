package cloudwatch

import (
	"fmt"
	"strconv"
	"strings"

	"weir/models/spec"
)

// Statistic is how the observations of a period become its datapoint. The zero Statistic is the Average.
type Statistic struct {
	kind statisticKind
	p    float64 // of a percentile, from 0 to 100
}

type statisticKind uint8

const (
	average statisticKind = iota
	sum
	minimum
	maximum
	sampleCount
	percentile
)

// The statistics but for percentiles.
var (
	Average     = Statistic{kind: average}
	Sum         = Statistic{kind: sum}
	Minimum     = Statistic{kind: minimum}
	Maximum     = Statistic{kind: maximum}
	SampleCount = Statistic{kind: sampleCount}
)

// statisticNames are AWS's words, by kind.
var statisticNames = []string{"Average", "Sum", "Minimum", "Maximum", "SampleCount"}

// Percentile returns the statistic that the share p, from 0 to 100, of the observations do not exceed.
func Percentile(p float64) Statistic { return Statistic{percentile, p} }

// distributed reports whether the statistic needs the distribution of single observations.
func (s Statistic) distributed() bool {
	return s.kind == percentile || s.kind == minimum || s.kind == maximum
}

// UnmarshalText reads a statistic by AWS's words: Sum, Average, Minimum, Maximum, SampleCount, or a percentile such as
// p99 or p99.9.
func (s *Statistic) UnmarshalText(text []byte) error {
	word := string(text)
	for kind, name := range statisticNames {
		if word == name {
			*s = Statistic{kind: statisticKind(kind)}
			return nil
		}
	}
	if digits, is := strings.CutPrefix(word, "p"); is {
		p, err := strconv.ParseFloat(digits, 64)
		if err == nil && p >= 0 && p <= 100 && !strings.ContainsAny(digits, "eExX+_-") {
			*s = Percentile(p)
			return nil
		}
	}
	return fmt.Errorf("%s is no statistic%s: write %s, or a percentile such as p99", spec.Quote(word),
		spec.DidYouMean(word, statisticNames), strings.Join(statisticNames, ", "))
}

// MarshalText returns the statistic by AWS's word.
func (s Statistic) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// String returns the statistic by AWS's word.
func (s Statistic) String() string {
	if s.kind == percentile {
		return "p" + strconv.FormatFloat(s.p, 'f', -1, 64)
	}
	return statisticNames[s.kind]
}

// Schema returns the schema of a statistic.
func (Statistic) Schema() spec.Schema {
	return spec.Schema{"anyOf": []spec.Schema{
		{"enum": statisticNames}, {"type": "string", "pattern": `^p[0-9]+(\.[0-9]+)?$`},
	}}
}
