package random

import "math"

// mulAdd returns x·y + z with the product rounded before it is added. Go may fuse x*y+z into one instruction, which
// arm64 has and amd64 of 2003 has not; the conversion forbids it, so every processor gives the same bits.
func mulAdd(x, y, z float64) float64 { return float64(x*y) + z }

const (
	ln2High = 6.93147180369123816490e-01 // the upper 33 bits of ln 2, so that k·ln2High is exact for every exponent k
	ln2Low  = 1.90821492927058770002e-10

	expMost  = 709.782712893383973096  // e to a higher power overflows
	expLeast = -745.133219101941108420 // e to a lower power rounds to 0
)

// Exp returns e to the power of x, within one unit in the last place.
func Exp(x float64) float64 { return expSum(x, 0) }

// expSum returns e to the power of x + low, where low is too small to be added to x without loss.
func expSum(x, low float64) float64 {
	switch {
	case math.IsNaN(x):
		return x
	case x > expMost:
		return math.Inf(1)
	case x < expLeast:
		return 0
	}
	rest, k := expRest(x, low)
	if k > -1022 && k < 1024 {
		return (1 + rest) * math.Float64frombits(uint64(k+1023)<<52)
	}
	return math.Ldexp(1+rest, k)
}

// Expm1 returns e to the power of x, less 1, within two units in the last place, also where x is near 0.
func Expm1(x float64) float64 {
	switch {
	case x == 0: // also -0
		return x
	case math.IsNaN(x) || x > 40:
		return expSum(x, 0)
	case x < -40:
		return -1
	}
	rest, k := expRest(x, 0)
	power := math.Float64frombits(uint64(k+1023) << 52)
	return power * (rest + (1 - 1/power))
}

// expRest splits e to the power of x + low into 2 to the power of k times 1 + rest, with rest from 1/√2 - 1 to √2 - 1.
// The Taylor series of e^r - 1 - r, over r², is evaluated as a tree (Estrin) to shorten the chain of operations; what
// it leaves out is below 2⁻⁵⁷.
func expRest(x, low float64) (rest float64, k int) {
	whole := math.Floor(mulAdd(x, math.Log2E, 0.5))
	high := mulAdd(-whole, ln2High, x) // exact
	low = mulAdd(whole, ln2Low, -low)
	r := high - low
	r2 := float64(r * r)
	r4 := float64(r2 * r2)
	a := mulAdd(mulAdd(1.0/120, r, 1.0/24), r2, mulAdd(1.0/6, r, 1.0/2))
	b := mulAdd(mulAdd(1.0/362880, r, 1.0/40320), r2, mulAdd(1.0/5040, r, 1.0/720))
	c := mulAdd(mulAdd(1.0/6227020800, r, 1.0/479001600), r2, mulAdd(1.0/39916800, r, 1.0/3628800))
	curve := mulAdd(mulAdd(c, r4, b), r4, a)
	return high - mulAdd(-r2, curve, low), int(whole)
}
