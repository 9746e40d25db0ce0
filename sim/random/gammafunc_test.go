package random

import (
	"math"
	"testing"
)

// The shares and quantiles below were calculated with 40 digits by mpmath 1.3.0: by the power series of the incomplete
// gamma function.
func TestGammaSharesAreExact(t *testing.T) {
	for _, c := range []struct{ shape, x, below, above float64 }{
		{0.01, 1e-06, 0.87593375983235331, 0.12406624016764669},
		{0.01, 0.51, 0.99449261979319635, 0.0055073802068036498},
		{0.5, 5e-05, 0.0079787126292632076, 0.99202128737073679},
		{0.5, 4.035533905932738, 0.99550223962031901, 0.0044977603796809946},
		{1, 0.0001, 9.9995000166662505e-5, 0.99990000499983334},
		{1, 6.0, 0.99752124782333364, 0.0024787521766663584},
		{9.9, 0.00099, 6.2887292398813298e-37, 1.0},
		{9.9, 9.9, 0.54228235655677686, 0.45771764344322314},
		{9.9, 25.632132722552274, 0.99986889641783116, 0.0001311035821688405},
		{10, 0.001, 2.7532278594284628e-37, 1.0},
		{10, 25.811388300841898, 0.99987079772133278, 0.00012920227866722403},
		{50, 21.715728752538098, 1.4497678860121931e-7, 0.9999998550232114},
		{50, 85.35533905932738, 0.9999864070384812, 1.3592961518796027e-5},
		{1000, 873.5088935932648, 1.5119841720547503e-5, 0.99998488015827945},
		{1000, 1158.113883008419, 0.99999907338682805, 9.266131719510585e-7},
		{1000000, 996000.0, 3.1007118211082967e-5, 0.99996899288178892},
		{1000000, 1000000.0, 0.50013298076087259, 0.49986701923912741},
		{1000000, 1001000.0, 0.84134478636834029, 0.15865521363165971},
		{1000000, 1005000.0, 0.99999970125098599, 2.9874901401146349e-7},
	} {
		below, above := gammaShares(c.shape, c.x)
		near(t, "the share below", below, c.below, 1e-11)
		near(t, "the share above", above, c.above, 1e-11)
		if c.shape < 100 {
			near(t, "the share below", below, c.below, 1e-13)
			near(t, "the share above", above, c.above, 5e-13)
		}
		if p := c.below; p < 1-1e-9 {
			near(t, "the quantile", gammaQuantile(c.shape, p), c.x, 1e-13+2e-16/min(p, 1-p)/c.shape)
		}
	}
	if below, above := gammaShares(2, math.Inf(1)); below != 1 || above != 0 {
		t.Errorf("the shares about infinity are %v and %v", below, above)
	}
}

func TestGammaQuantilesAreExact(t *testing.T) {
	for _, c := range []struct{ shape, p, want float64 }{
		{0.01, 0.5, 4.4655350189103551e-31},
		{0.01, 0.001, 5.6607381470619744e-301},
		{0.5, 1e-10, 7.8539816339744837e-21},
		{3, 1e-10, 0.00084361056248472744},
		{3, 0.999999, 19.129168188572924},
	} {
		near(t, "the quantile", gammaQuantile(c.shape, c.p), c.want, 3e-12)
	}
}

func TestTheGammaFunctionIsExact(t *testing.T) {
	factorial := 1.0
	for n := 1.0; n <= 100; n++ {
		near(t, "Γ", gammaFunction(n), factorial, 2e-14)
		near(t, "exp ln Γ", math.Exp(logGamma(n)), factorial, 3e-13)
		factorial *= n
	}
	for x := 0.001; x < 100; x *= 1.1 {
		near(t, "Γ", gammaFunction(x), math.Gamma(x), 2e-14)
		want, _ := math.Lgamma(x)
		if got := logGamma(x); math.Abs(got-want) > 1e-14*(1+math.Abs(want)) {
			t.Errorf("ln Γ(%v) is %v, not %v", x, got, want)
		}
	}
}

func TestIntegralsAreExact(t *testing.T) {
	ninth := func(x float64) float64 { return math.Pow(x, 9) }
	near(t, "a polynomial of degree 9", integrate(ninth, 0, 2, 2), 102.4, 1e-15)
	near(t, "the bell", integrate(bell, -10, 10, 0.25), math.Sqrt(2*math.Pi), 1e-15)
}
