package random

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// The reference has 300 bits: series on reduced arguments, in exact decimal-free arithmetic of math/big.
const referenceBits = 300

func bigOf(x float64) *big.Float { return new(big.Float).SetPrec(referenceBits).SetFloat64(x) }

func bigNew() *big.Float { return new(big.Float).SetPrec(referenceBits) }

// bigExp returns e to the power of x by the Taylor series of x/2⁶⁴, squared 64 times.
func bigExp(x *big.Float) *big.Float {
	r := bigNew().SetMantExp(x, -64)
	sum, term := bigOf(1), bigOf(1)
	for n := 1; n < 30; n++ {
		term.Mul(term, r)
		term.Quo(term, bigOf(float64(n)))
		sum.Add(sum, term)
	}
	for range 64 {
		sum.Mul(sum, sum)
	}
	return sum
}

// bigLog returns the natural logarithm of x by Halley's method on bigExp. (math.Log is 35 off for 5e-324 on amd64.)
func bigLog(x *big.Float) *big.Float {
	fraction := bigNew()
	power := x.MantExp(fraction)
	start, _ := fraction.Float64()
	y := bigOf(math.Log(start) + float64(power)*math.Ln2)
	for range 3 {
		// y += 2·(x - e^y)/(x + e^y) cubes the error
		e := bigExp(y)
		up, down := bigNew().Sub(x, e), bigNew().Add(x, e)
		y.Add(y, up.Quo(up.Mul(up, bigOf(2)), down))
	}
	return y
}

// ulps returns how far got is from the truth in units of the last place of the truth.
func ulps(got float64, want *big.Float) float64 {
	near, _ := want.Float64()
	unit := math.Nextafter(math.Abs(near), math.Inf(1)) - math.Abs(near)
	off, _ := bigNew().Sub(bigOf(got), want).Float64()
	return math.Abs(off) / unit
}

// worst calls f with n arguments and fails if any result is further than limit units in the last place from the truth.
func worst(t *testing.T, name string, limit float64, n int,
	f func(r *rand.Rand) (args [2]float64, got float64, want *big.Float)) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	most, at := 0.0, [2]float64{}
	for range n {
		args, got, want := f(r)
		if off := ulps(got, want); !(off <= most) {
			most, at = off, args
		}
	}
	t.Logf("%s: at most %.3f units in the last place, at %v", name, most, at)
	if !(most <= limit) {
		t.Errorf("%s(%v) is %.3f units in the last place off, more than %v", name, at, most, limit)
	}
}

// spread returns a number whose magnitude is spread evenly over the powers of two from low to high.
func spread(r *rand.Rand, low, high float64) float64 {
	return math.Ldexp(1+r.Float64(), int(math.Floor(low+r.Float64()*(high-low))))
}

func TestPortableFunctionsAreWithinTheirStatedErrorOfTheTruth(t *testing.T) {
	const n = 1500
	sign := func(r *rand.Rand, x float64) float64 { return math.Copysign(x, r.Float64()-0.5) }
	one := func(x float64) [2]float64 { return [2]float64{x} }
	worst(t, "Exp", 1, n, func(r *rand.Rand) ([2]float64, float64, *big.Float) {
		x := r.Float64()*1416 - 708
		return one(x), Exp(x), bigExp(bigOf(x))
	})
	worst(t, "Exp near 0", 1, n, func(r *rand.Rand) ([2]float64, float64, *big.Float) {
		x := sign(r, spread(r, -40, 3))
		return one(x), Exp(x), bigExp(bigOf(x))
	})
	worst(t, "Expm1", 2, n, func(r *rand.Rand) ([2]float64, float64, *big.Float) {
		x := sign(r, spread(r, -60, 7))
		return one(x), Expm1(x), bigNew().Sub(bigExp(bigOf(x)), bigOf(1))
	})
	worst(t, "Log", 1, n, func(r *rand.Rand) ([2]float64, float64, *big.Float) {
		x := spread(r, -1074, 1023)
		return one(x), Log(x), bigLog(bigOf(x))
	})
	worst(t, "Log near 1", 1, n, func(r *rand.Rand) ([2]float64, float64, *big.Float) {
		x := 1 + sign(r, spread(r, -50, 0)/2)
		return one(x), Log(x), bigLog(bigOf(x))
	})
	worst(t, "Pow", 1, n, func(r *rand.Rand) ([2]float64, float64, *big.Float) {
		x, y := spread(r, -1000, 1000), r.Float64()*1400-700
		y /= math.Abs(math.Log(x))
		return [2]float64{x, y}, Pow(x, y), bigExp(bigNew().Mul(bigOf(y), bigLog(bigOf(x))))
	})
	worst(t, "Pow near 1", 1, n, func(r *rand.Rand) ([2]float64, float64, *big.Float) {
		x, y := 0.5+r.Float64()*1.5, sign(r, spread(r, -20, 10))
		return [2]float64{x, y}, Pow(x, y), bigExp(bigNew().Mul(bigOf(y), bigLog(bigOf(x))))
	})
	worst(t, "Log1p", 2, n, func(r *rand.Rand) ([2]float64, float64, *big.Float) {
		x := spread(r, -60, 60)
		if r.Float64() < 0.5 {
			x = -math.Abs(r.Float64()) * math.Exp2(-20*r.Float64())
		}
		return one(x), Log1p(x), bigLog(bigNew().Add(bigOf(1), bigOf(x)))
	})
}

// bigNormalTail returns P(Z > z) by Marsaglia's series, in which 300 bits leave enough where it cancels.
func bigNormalTail(z float64) *big.Float {
	square := bigNew().Mul(bigOf(z), bigOf(z))
	sum, term := bigOf(z), bigOf(z)
	for n := 3.0; n < 1500; n += 2 {
		term.Mul(term, square)
		term.Quo(term, bigOf(n))
		sum.Add(sum, term)
	}
	pi, _ := bigNew().SetString("3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803482534211706798")
	density := bigExp(bigNew().Quo(bigNew().Neg(square), bigOf(2)))
	density.Quo(density, bigNew().Sqrt(pi.Mul(pi, bigOf(2))))
	return bigNew().Sub(bigOf(0.5), sum.Mul(sum, density))
}

func TestNormalSharesAndQuantilesAreExactFarOut(t *testing.T) {
	for z := 0.0; z < 13; z += 0.0625 {
		want, _ := bigNormalTail(z).Float64()
		near(t, "the share below", NormalCDF(-z), want, 4e-15)
		near(t, "the share above", 1-NormalCDF(z), want, 2e-16/want)
		// How far off the quantile may be follows from the rounding of the share, where the density is low.
		if back := -NormalQuantile(want); math.Abs(back-z) > 1e-15*z+2e-16 {
			t.Errorf("the quantile of %v is %v, not %v", want, back, z)
		}
	}
	if z := NormalQuantile(1e-300); math.Abs(z+37.0471) > 1e-4 {
		t.Errorf("the 1e-300-quantile is %v", z)
	}
	for p, want := range map[float64]float64{0: math.Inf(-1), 0.5: 0, 1: math.Inf(1)} {
		if z := NormalQuantile(p); z != want {
			t.Errorf("the %v-quantile is %v", p, z)
		}
	}
	if NormalCDF(math.Inf(1)) != 1 || NormalCDF(math.Inf(-1)) != 0 || !math.IsNaN(NormalCDF(math.NaN())) {
		t.Error("the ends of the normal distribution are not 0, 1 and no number")
	}
}
