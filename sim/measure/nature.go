package measure

import "math"

// Nature is what a figure is made of. It matters where all replications have the same value: Student's interval has no
// width then, and would call certain what may only be rare.
type Nature int

// The natures of figures.
const (
	// Amount varies in steps too small to matter, as a time or a bill does: where chance has a part in it, no two
	// replications have the same. One that is constant is so by design, and its interval has no width.
	Amount Nature = iota
	// Count is of events, each of which happens or does not: one that never did in a few replications may be rare.
	Count
	// Ratio is a count as a share of another or for each second.
	Ratio
)

// SameByLuck returns how probable it is that chance alone gives n replications the same value: as that of n signs that
// are all alike, one in 2ⁿ⁻¹.
func SameByLuck(n int) float64 { return math.Exp2(1 - float64(n)) }

// EstimateAt does what the function of that name does, but for figures that are the same in all replications and are
// made by counting: see Widen.
func (n Nature) EstimateAt(confidence float64, values []float64) Estimate {
	return n.Widen(confidence, EstimateAt(confidence, values))
}

// Widen returns an estimate at a confidence with an interval that does not vanish where all replications have the same
// value. A count of 0 has Poisson's exact upper limit, ln(2/α)/n (Garwood, Biometrika 28, 1936), which takes the events
// to come one by one: of rare storms it knows nothing. Any other count or ratio has no interval (NaN) while as many
// replications may well be alike by luck.
func (n Nature) Widen(confidence float64, e Estimate) Estimate {
	alpha := 1 - confidence
	switch {
	case n == Amount || e.N < 2 || e.Low != e.High: // NaN is unequal to itself
	case n == Count && e.Value == 0:
		e.High = math.Log(2/alpha) / float64(e.N)
	case SameByLuck(e.N) > alpha:
		e.Low, e.High = math.NaN(), math.NaN()
	}
	return e
}

// ChanceBelow does what the function of that name does, with Widen's view of figures that are the same in all
// replications.
func (n Nature) ChanceBelow(values []float64, limit float64) float64 {
	e := EstimateOf(values)
	switch {
	case n == Amount || e.N < 2 || e.Low != e.High:
		return ChanceBelow(values, limit)
	case n == Count && e.Value == 0:
		return roundChance(-math.Expm1(-float64(e.N) * max(limit, 0)))
	case e.Value == limit:
		return 0.5
	case e.Value < limit:
		return roundChance(1 - SameByLuck(e.N)/2)
	}
	return roundChance(SameByLuck(e.N) / 2)
}

// roundChance rounds a probability to four digits.
func roundChance(p float64) float64 { return math.Round(p*1e4) / 1e4 }
