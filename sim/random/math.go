package random

import "math"

// The functions below give the same bits on every processor: each product is rounded before it is added, which Go
// would otherwise fuse on some targets, and nothing is left to a target's own assembly.

const (
	ln2High = 6.93147180369123816490e-01 // the upper 33 bits of ln 2, so that k·ln2High is exact
	ln2Low  = 1.90821492927058770002e-10
)

// expTerms are 1/13! … 1/0!, the Taylor series of the exponential: on |r| ≤ ln2/2 the rest is below 2⁻⁵⁷.
var expTerms = func() (terms [14]float64) {
	factorial := 1.0
	for i := range terms {
		if i > 0 {
			factorial *= float64(i)
		}
		terms[13-i] = 1 / factorial
	}
	return terms
}()

// Exp returns e to the power of x, within 2 units in the last place, the same on every processor.
func Exp(x float64) float64 {
	switch {
	case math.IsNaN(x):
		return x
	case x > 709.782712893384:
		return math.Inf(1)
	case x < -745.1332191019412:
		return 0
	}
	k := math.Floor(float64(x*math.Log2E) + 0.5)
	r := x - float64(k*ln2High)
	r -= float64(k * ln2Low)
	sum := expTerms[0]
	for _, term := range expTerms[1:] {
		sum = float64(sum*r) + term
	}
	return math.Ldexp(sum, int(k))
}

// Log returns the natural logarithm of x, within 2 units in the last place, the same on every processor.
func Log(x float64) float64 {
	switch {
	case math.IsNaN(x) || x < 0:
		return math.NaN()
	case x == 0:
		return math.Inf(-1)
	case math.IsInf(x, 1):
		return x
	}
	m, k := math.Frexp(x)
	if m < math.Sqrt2/2 {
		m *= 2
		k--
	}
	// ln m = 2·artanh(s) with |s| < 0.172, as the series in s².
	f := m - 1
	s := f / (2 + f)
	z := float64(s * s)
	sum := 0.0
	for n := 23; n >= 3; n -= 2 {
		sum = float64(sum*z) + 1/float64(n)
	}
	tail := float64(float64(2*s) * float64(sum*z))
	whole := float64(float64(k) * ln2High)
	return whole + (float64(2*s) + (tail + float64(float64(k)*ln2Low)))
}

// Pow returns x to the power of y for x ≥ 0, the same on every processor. Its relative error is about |y·ln x| units in
// the last place.
func Pow(x, y float64) float64 {
	switch {
	case y == 0:
		return 1
	case x == 0 && y > 0:
		return 0
	case x == 0:
		return math.Inf(1)
	}
	return Exp(float64(y * Log(x)))
}

// normalQuantile returns the z with P(Z ≤ z) = p for a standard normal Z.
func normalQuantile(p float64) float64 { return -math.Sqrt2 * math.Erfcinv(float64(2*p)) }

// normalCDF returns P(Z ≤ z) for a standard normal Z.
func normalCDF(z float64) float64 { return 0.5 * math.Erfc(-z/math.Sqrt2) }

func normalDensity(z float64) float64 {
	return Exp(-float64(float64(z*z)/2)) / math.Sqrt(2*math.Pi)
}
