package random

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// specimen is one distribution with the parameters to try it with, and what it must be, known from elsewhere.
type specimen struct {
	name   string
	dist   Dist
	oracle oracle
}

// oracle is a distribution written by somebody else (gonum), or written out here.
type oracle interface {
	CDF(x float64) float64
	Mean() float64
	Variance() float64
}

// law is an oracle written out.
type law struct {
	mean, variance float64
	cdf            func(x float64) float64
}

func (l law) CDF(x float64) float64 { return l.cdf(x) }
func (l law) Mean() float64         { return l.mean }
func (l law) Variance() float64     { return l.variance }

func must(t testing.TB) func(Dist, error) Dist {
	return func(d Dist, err error) Dist {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
}

// catalogue returns every distribution, some with parameters that take other ways through their samplers.
func catalogue(t testing.TB) []specimen {
	t.Helper()
	return append(append(textbook(t), restricted(t)...), composed(t)...)
}

func textbook(t testing.TB) []specimen {
	must := must(t)
	return []specimen{
		{"constant", must(NewConstant(42)), steps(map[float64]float64{42: 1})},
		{"uniform", must(NewUniform(-3, 5)), distuv.Uniform{Min: -3, Max: 5}},
		{"exponential", must(NewExponential(40)), distuv.Exponential{Rate: 1.0 / 40}},
		{"lognormal", must(NewLognormal(10, 0.8)), lognormalOf(10, 0.8)},
		{"lognormal wide", must(NewLognormal(10, 1.5)), lognormalOf(10, 1.5)},
		{"lognormal by quantiles", must(NewLognormalFromQuantiles(40, 200)),
			distuv.LogNormal{Mu: math.Log(40), Sigma: math.Log(5) / distuv.UnitNormal.Quantile(0.99)}},
		{"gamma", must(NewGamma(10, 0.5)), distuv.Gamma{Alpha: 4, Beta: 0.4}},
		{"gamma bursty", must(NewGamma(10, 2)), distuv.Gamma{Alpha: 0.25, Beta: 0.025}},
		{"erlang 1", must(NewErlang(1, 10)), distuv.Exponential{Rate: 0.1}},
		{"erlang 3", must(NewErlang(3, 10)), distuv.Gamma{Alpha: 3, Beta: 0.3}},
		{"erlang 1000", must(NewErlang(1000, 10)), distuv.Gamma{Alpha: 1000, Beta: 100}},
		{"weibull", must(NewWeibull(1.5, 10)), distuv.Weibull{K: 1.5, Lambda: 10}},
		{"weibull heavy", must(NewWeibull(0.7, 10)), distuv.Weibull{K: 0.7, Lambda: 10}},
		{"weibull narrow", must(NewWeibull(30, 10)), distuv.Weibull{K: 30, Lambda: 10}},
		{"pareto", must(NewPareto(6, 10)), distuv.Pareto{Xm: 10, Alpha: 6}},
		{"geometric", must(NewGeometric(0.3)), law{1 / 0.3, 0.7 / 0.09,
			func(x float64) float64 { return 1 - math.Pow(0.7, max(0, math.Floor(x))) }}},
		{"geometric rare", must(NewGeometric(0.001)), law{1000, 0.999e6,
			func(x float64) float64 { return 1 - math.Pow(0.999, max(0, math.Floor(x))) }}},
	}
}

func lognormalOf(mean, cv float64) distuv.LogNormal {
	square := math.Log(1 + cv*cv)
	return distuv.LogNormal{Mu: math.Log(mean) - square/2, Sigma: math.Sqrt(square)}
}

func restricted(t testing.TB) []specimen {
	must, inf := must(t), math.Inf(1)
	return []specimen{
		{"normal", must(NewNormal(10, 2, -inf, inf)), distuv.Normal{Mu: 10, Sigma: 2}},
		{"normal from 0", must(NewNormal(10, 8, 0, inf)), normalWithin(10, 8, 0, inf)},
		{"normal up to 12", must(NewNormal(10, 8, -inf, 12)), normalWithin(10, 8, -inf, 12)},
		{"normal upper tail", must(NewNormal(0, 1, 2.5, inf)), normalWithin(0, 1, 2.5, inf)},
		{"normal lower tail", must(NewNormal(0, 2, -inf, -4)), normalWithin(0, 2, -inf, -4)},
		{"normal narrow", must(NewNormal(1, 2, 1.5, 1.6)), normalWithin(1, 2, 1.5, 1.6)},
		{"normal narrow tail", must(NewNormal(1, 2, -4, -3.5)), normalWithin(1, 2, -4, -3.5)},
		{"bounded pareto", must(NewBoundedPareto(1.2, 1, 1000)), paretoWithin(1.2, 1, 1000)},
		{"bounded pareto steep", must(NewBoundedPareto(12, 3, 90)), paretoWithin(12, 3, 90)},
		{"bounded pareto narrow", must(NewBoundedPareto(2.5, 1, 1.01)), paretoWithin(2.5, 1, 1.01)},
	}
}

// normalWithin is the truncated normal distribution by its textbook formulas (Johnson, Kotz and Balakrishnan,
// Continuous Univariate Distributions 1, 1994, 13.10.1).
func normalWithin(mean, sd, low, high float64) law {
	n := distuv.UnitNormal
	a, b := (low-mean)/sd, (high-mean)/sd
	share := (math.Erfc(a/math.Sqrt2) - math.Erfc(b/math.Sqrt2)) / 2
	edge := func(z float64) float64 {
		if math.IsInf(z, 0) {
			return 0
		}
		return z * n.Prob(z)
	}
	shift := (n.Prob(a) - n.Prob(b)) / share
	return law{mean + sd*shift, sd * sd * (1 + (edge(a)-edge(b))/share - shift*shift), func(x float64) float64 {
		z := (min(max(x, low), high) - mean) / sd
		return (math.Erfc(a/math.Sqrt2) - math.Erfc(z/math.Sqrt2)) / 2 / share
	}}
}

// paretoWithin is the bounded Pareto distribution by its textbook formulas.
func paretoWithin(shape, low, high float64) law {
	share := 1 - math.Pow(low/high, shape)
	moment := func(k float64) float64 {
		return math.Pow(low, shape) / share * shape / (shape - k) * (math.Pow(low, k-shape) - math.Pow(high, k-shape))
	}
	return law{moment(1), moment(2) - moment(1)*moment(1), func(x float64) float64 {
		return (1 - math.Pow(low/min(max(x, low), high), shape)) / share
	}}
}

func composed(t testing.TB) []specimen {
	must := must(t)
	values, weights := []float64{5, 1, 3, 3, 20, 7}, []float64{1, 2, 1, 3, 0.5, 0}
	body, bump := distuv.Exponential{Rate: 0.1}, distuv.Uniform{Min: 50, Max: 60}
	return []specimen{
		{"empirical", must(NewEmpirical(values, weights)),
			steps(map[float64]float64{1: 2 / 7.5, 3: 4 / 7.5, 5: 1 / 7.5, 20: 0.5 / 7.5})},
		{"histogram", must(NewHistogram([]float64{-1, 0, 1, 2, 2, 10}, []float64{0, 3, 0, 1, 6})), blend(
			[]float64{0.3, 0.1, 0.6}, distuv.Uniform{Min: 0, Max: 1}, steps(map[float64]float64{2: 1}),
			distuv.Uniform{Min: 2, Max: 10})},
		{"interpolated", must(NewInterpolated([]float64{4, 0, 1, 10}, nil)), blend([]float64{1. / 3, 1. / 3, 1. / 3},
			distuv.Uniform{Min: 0, Max: 1}, distuv.Uniform{Min: 1, Max: 4}, distuv.Uniform{Min: 4, Max: 10})},
		{"interpolated by weight", must(NewInterpolated([]float64{0, 1, 3}, []float64{2, 4, 8})), blend(
			[]float64{1. / 3, 2. / 3}, distuv.Uniform{Min: 0, Max: 1}, distuv.Uniform{Min: 1, Max: 3})},
		{"mixture", must(NewMixture([]float64{3, 0, 1, 1},
			[]Dist{must(NewExponential(10)), must(NewConstant(1)), must(NewUniform(50, 60)), must(NewConstant(7))})),
			blend([]float64{0.6, 0.2, 0.2}, body, bump, steps(map[float64]float64{7: 1}))},
		{"hyperexponential", must(NewHyperexponential(10, 4)), law{10, 400, func(x float64) float64 {
			p := (1 + math.Sqrt(0.6)) / 2
			return 1 - p*math.Exp(-2*p*max(0, x)/10) - (1-p)*math.Exp(-2*(1-p)*max(0, x)/10)
		}}},
		{"shifted", must(NewShifted(5, must(NewExponential(3)))), law{8, 9, func(x float64) float64 {
			return distuv.Exponential{Rate: 1.0 / 3}.CDF(max(0, x-5))
		}}},
	}
}

// steps is the distribution of single values with their probabilities.
func steps(probability map[float64]float64) law {
	l := law{cdf: func(x float64) (below float64) {
		for v, p := range probability {
			if v <= x {
				below += p
			}
		}
		return below
	}}
	for v, p := range probability {
		l.mean += p * v
	}
	for v, p := range probability {
		l.variance += p * (v - l.mean) * (v - l.mean)
	}
	return l
}

// blend is a mixture.
func blend(shares []float64, of ...oracle) law {
	l := law{cdf: func(x float64) (below float64) {
		for i, o := range of {
			below += shares[i] * o.CDF(x)
		}
		return below
	}}
	for i, o := range of {
		l.mean += shares[i] * o.Mean()
		l.variance += shares[i] * (o.Variance() + o.Mean()*o.Mean())
	}
	l.variance -= l.mean * l.mean
	return l
}
