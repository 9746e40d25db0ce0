package random

import "math"

// Log returns the natural logarithm of x, within one unit in the last place.
func Log(x float64) float64 {
	switch {
	case math.IsNaN(x) || x < 0:
		return math.NaN()
	case x == 0:
		return math.Inf(-1)
	case x > math.MaxFloat64:
		return x
	}
	m, k := split(x)
	return logNear(m-1, k)
}

// Log1p returns the natural logarithm of 1 + x, within two units in the last place, also where x is near 0.
func Log1p(x float64) float64 {
	switch {
	case math.IsNaN(x) || x < -1:
		return math.NaN()
	case x == -1:
		return math.Inf(-1)
	case x > math.MaxFloat64 || x == 0: // also -0
		return x
	case x > -0.25 && x < 0.4:
		return logNear(x, 0)
	}
	u := 1 + x
	part := u - 1
	lost := (1 - (u - part)) + (x - part) // by rounding 1 + x
	return Log(u) + lost/u
}

// split returns x, positive and finite, as m times 2 to the power of k, with m from 1/√2 to √2.
func split(x float64) (m float64, k int) {
	const fraction, one = 1<<52 - 1, 1023 << 52
	if x < 0x1p-1022 {
		x *= 0x1p54
		k = -54
	}
	u := math.Float64bits(x)
	k += int(u>>52) - 1023
	m = math.Float64frombits(u&fraction | one)
	if m > math.Sqrt2 {
		m /= 2
		k++
	}
	return m, k
}

// logNear returns ln(1 + f) + k·ln 2 for f from 1/√2 - 1 to √2 - 1. With s = f/(2 + f), ln(1 + f) is 2·artanh(s), that
// is 2s + s·(2s²/3 + 2s⁴/5 + …); and 2s is f - f²/2 + s·f²/2, whose first term is exact. What the series leaves out is
// below 2⁻⁵⁹.
func logNear(f float64, k int) float64 {
	s := f / (2 + f)
	z := float64(s * s)
	z2 := float64(z * z)
	z4 := float64(z2 * z2)
	a := mulAdd(mulAdd(2.0/9, z, 2.0/7), z2, mulAdd(2.0/5, z, 2.0/3))
	b := mulAdd(mulAdd(2.0/17, z, 2.0/15), z2, mulAdd(2.0/13, z, 2.0/11))
	curve := float64(z * mulAdd(mulAdd(mulAdd(2.0/21, z, 2.0/19), z4, b), z4, a))
	half := float64(float64(f*f) / 2)
	low := mulAdd(float64(k), ln2Low, float64(s*(half+curve)))
	return mulAdd(float64(k), ln2High, -((half - low) - f))
}

// logPair returns the natural logarithm of x, positive and finite, as a sum of two numbers whose relative error is
// below 2⁻⁶³. math.FMA is exact on every processor: here it tells what a product has lost by rounding.
func logPair(x float64) (high, low float64) {
	m, k := split(x)
	f := m - 1
	t := 2 + f
	tLow := f - (t - 2)
	s := f / t
	sLow := mulAdd(-s, tLow, math.FMA(-s, t, f)) / t
	z := float64(s * s)
	zLow := mulAdd(2*s, sLow, math.FMA(s, s, -z))

	// ln m = 2s + 2s·(z/3 + z²/5 + …): z/3 in two numbers, the rest in one.
	third := z / 3
	thirdLow := (math.FMA(-third, 3, z) + zLow) / 3
	rest := 1.0 / 25
	for _, term := range [...]float64{1.0 / 23, 1.0 / 21, 1.0 / 19, 1.0 / 17, 1.0 / 15, 1.0 / 13, 1.0 / 11, 1.0 / 9,
		1.0 / 7, 1.0 / 5} {
		rest = mulAdd(rest, z, term)
	}
	rest *= float64(z * z)
	curve := third + rest
	curveLow := ((third - curve) + rest) + thirdLow
	p := float64(2 * s * curve)
	pLow := mulAdd(2*sLow, curve, mulAdd(2*s, curveLow, math.FMA(2*s, curve, -p)))
	ln := 2*s + p
	lnLow := ((2*s - ln) + p) + (2*sLow + pLow)

	powers := float64(float64(k) * ln2High) // exact
	sum := powers + ln
	sumLow := ((powers - sum) + ln) + mulAdd(float64(k), ln2Low, lnLow)
	high = sum + sumLow
	return high, (sum - high) + sumLow
}

// Pow returns x to the power of y, within one unit in the last place. A negative x gives NaN unless y is 0.
func Pow(x, y float64) float64 {
	switch {
	case y == 0 || x == 1:
		return 1
	case math.IsNaN(x) || math.IsNaN(y) || x < 0:
		return math.NaN()
	case x == 0 || math.IsInf(x, 1) || math.IsInf(y, 0):
		if (x > 1) == (y > 0) {
			return math.Inf(1)
		}
		return 0
	}
	high, low := logPair(x)
	product := float64(y * high)
	if product > expMost+1 {
		return math.Inf(1)
	}
	if product < expLeast-1 {
		return 0
	}
	return expSum(product, mulAdd(y, low, math.FMA(y, high, -product)))
}
