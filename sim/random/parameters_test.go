package random

import (
	"errors"
	"math"
	"strings"
	"testing"

	"weir/sim"
)

// of turns a constructor's result into its error.
func of[D any](_ D, err error) error { return err }

func TestBadParametersAreErrorsThatNameTheField(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	fine := Constant{1}
	for _, c := range []struct {
		err            error
		field, problem string
	}{
		{of(NewConstant(nan)), "constant", "must be finite, not NaN"},
		{of(NewConstant(-inf)), "constant", "must be finite, not -Inf"},
		{of(NewConstant(1e200)), "constant", "must be from -1e+100 to 1e+100, not 1e+200"},
		{of(NewUniform(nan, 1)), "low", "must be finite, not NaN"},
		{of(NewUniform(1, inf)), "high", "must be finite, not +Inf"},
		{of(NewUniform(2, 1)), "high", "must not be below low, 2"},
		{of(NewExponential(0)), "mean", "must be positive and finite, not 0"},
		{of(NewExponential(-1)), "mean", "must be positive and finite, not -1"},
		{of(NewExponential(inf)), "mean", "must be positive and finite, not +Inf"},
		{of(NewExponential(1e-200)), "mean", "must be from 1e-100 to 1e+100, not 1e-200"},
		{of(NewNormal(nan, 1, 0, 2)), "mean", "must be finite, not NaN"},
		{of(NewNormal(1, 0, 0, 2)), "sd", "must be positive and finite, not 0"},
		{of(NewNormal(1, 1, nan, 2)), "low", "must be a number or infinite, not NaN"},
		{of(NewNormal(1, 1, 0, nan)), "high", "must be a number or infinite, not NaN"},
		{of(NewNormal(1, 1, 2, 2)), "high", "must be above low, 2"},
		{of(NewNormal(1, 1, 2, 1)), "high", "must be above low, 2"},
		{of(NewNormal(1, 1, 9, inf)), "low", "and high must keep at least a thousandth of the distribution"},
		{of(NewNormal(1, 1, -inf, -9)), "low", "and high must keep at least a thousandth of the distribution"},
		{of(NewNormal(1, 1, 1, 1.0001)), "low", "and high must keep at least a thousandth of the distribution"},
		{of(NewNormal(1, 1, inf, inf)), "high", "must be above low, +Inf"},
		{of(NewLognormal(-3, 1)), "mean", "must be positive and finite, not -3"},
		{of(NewLognormal(1, -1)), "cv", "must be positive and finite, not -1"},
		{of(NewLognormal(1, 1001)), "cv", "must be from 1e-100 to 1000, not 1001"},
		{of(NewLognormalFromQuantiles(0, 1)), "p50", "must be positive and finite, not 0"},
		{of(NewLognormalFromQuantiles(1, nan)), "p99", "must be positive and finite, not NaN"},
		{of(NewLognormalFromQuantiles(2, 2)), "p99", "must be above p50, 2"},
		{of(NewLognormalFromQuantiles(2, 2.1e6)), "p99", "must be at most a million times p50, 2"},
		{of(NewGamma(0, 1)), "mean", "must be positive and finite, not 0"},
		{of(NewGamma(1, 0)), "cv", "must be positive and finite, not 0"},
		{of(NewGamma(1, 1e-4)), "cv", "must be from 0.001 to 10, not 0.0001"},
		{of(NewGamma(1, 11)), "cv", "must be from 0.001 to 10, not 11"},
		{of(NewErlang(0, 1)), "k", "must be from 1 to 1000000, not 0"},
		{of(NewErlang(1_000_001, 1)), "k", "must be from 1 to 1000000, not 1000001"},
		{of(NewErlang(3, nan)), "mean", "must be positive and finite, not NaN"},
		{of(NewWeibull(-1, 1)), "shape", "must be positive and finite, not -1"},
		{of(NewWeibull(0.05, 1)), "shape", "must be from 0.1 to 1000, not 0.05"},
		{of(NewWeibull(1, 0)), "scale", "must be positive and finite, not 0"},
		{of(NewPareto(0, 1)), "shape", "must be positive and finite, not 0"},
		{of(NewPareto(2000, 1)), "shape", "must be from 0.1 to 1000, not 2000"},
		{of(NewPareto(1, nan)), "scale", "must be positive and finite, not NaN"},
		{of(NewBoundedPareto(0, 1, 2)), "shape", "must be positive and finite, not 0"},
		{of(NewBoundedPareto(1, 0, 2)), "low", "must be positive and finite, not 0"},
		{of(NewBoundedPareto(1, 2, inf)), "high", "must be positive and finite, not +Inf"},
		{of(NewBoundedPareto(1, 2, 2)), "high", "must be above low, 2"},
		{of(NewBoundedPareto(1, 2, 1e40)), "high", "must be at most 1e+30 times low, 2"},
		{of(NewEmpirical(nil, nil)), "values", "must hold at least one value"},
		{of(NewEmpirical([]float64{1, nan}, nil)), "values", "must be finite, not NaN"},
		{of(NewEmpirical([]float64{1, 2}, []float64{1})), "weights", "must be as many as values, 2, not 1"},
		{of(NewEmpirical([]float64{1, 2}, []float64{1, -1})), "weights", "must not be negative or infinite, as -1 is"},
		{of(NewEmpirical([]float64{1, 2}, []float64{0, 0})), "weights", "must have a positive, finite sum"},
		{of(NewEmpirical(make([]float64, choiceMost+1), nil)), "values", "must be at most 16777216, not 16777217"},
		{of(NewInterpolated([]float64{1}, nil)), "values", "must hold at least two values to interpolate between"},
		{of(NewInterpolated([]float64{1, 2}, []float64{nan, 1})), "weights",
			"must not be negative or infinite, as NaN is"},
		{of(NewHistogram([]float64{1}, nil)), "edges", "must be one more than weights, 0, not 1"},
		{of(NewHistogram([]float64{1, 2}, []float64{1, 2})), "edges", "must be one more than weights, 2, not 2"},
		{of(NewHistogram([]float64{1, inf}, []float64{1})), "edges", "must be finite, not +Inf"},
		{of(NewHistogram([]float64{1, 3, 2}, []float64{1, 1})), "edges", "must ascend: 3 stands before 2"},
		{of(NewHistogram([]float64{1, 3}, []float64{0})), "weights", "must have a positive, finite sum"},
		{of(NewMixture(nil, nil)), "weights", "must have a positive, finite sum"},
		{of(NewMixture([]float64{1}, []Dist{fine, fine})), "weights", "must be as many as distributions, 2, not 1"},
		{of(NewMixture([]float64{1, inf}, []Dist{fine, fine})), "weights",
			"must not be negative or infinite, as +Inf is"},
		{of(NewMixture([]float64{1, 1}, []Dist{fine, nil})), "of", "must be given: distribution 1 is nil"},
		{of(NewHyperexponential(0, 2)), "mean", "must be positive and finite, not 0"},
		{of(NewHyperexponential(1, 1)), "scv", "must be above 1, not 1"},
		{of(NewHyperexponential(1, 1e7)), "scv", "must be from 1 to 1e+06, not 1e+07"},
		{of(NewShifted(nan, fine)), "by", "must be finite, not NaN"},
		{of(NewShifted(1, nil)), "of", "must be given: the distribution is nil"},
		{of(NewChoice(nil)), "weights", "must have a positive, finite sum"},
		{of(NewChoice([]float64{1e308, 1e308})), "weights", "must have a positive, finite sum"},
		{of(NewZipf(0, 1)), "keys", "must be from 1 to 1099511627776, not 0"},
		{of(NewZipf(1<<40+1, 1)), "keys", "must be from 1 to 1099511627776, not 1099511627777"},
		{of(NewZipf(10, -1)), "exponent", "must be from 0 to 100, not -1"},
		{of(NewZipf(10, nan)), "exponent", "must be from 0 to 100, not NaN"},
		{of(NewBernoulli(-0.1)), "p", "must be from 0 to 1, not -0.1"},
		{of(NewBernoulli(nan)), "p", "must be from 0 to 1, not NaN"},
		{of(NewGeometric(0)), "p", "must be above 0 and at most 1, not 0"},
		{of(NewGeometric(1.5)), "p", "must be above 0 and at most 1, not 1.5"},
		{of(NewGeometric(1e-13)), "p", "must be from 1e-12 to 1, not 1e-13"},
	} {
		bad, ok := errors.AsType[*ParameterError](c.err)
		if !ok {
			t.Errorf("no error that %s %s: %v", c.field, c.problem, c.err)
			continue
		}
		if bad.Field != c.field || bad.Problem != c.problem {
			t.Errorf("the error is %q, not %q", bad, c.field+" "+c.problem)
		}
		if want := c.field + " " + c.problem; !strings.Contains(c.err.Error(), want) {
			t.Errorf("the text is %q, not %q", c.err, want)
		}
	}
}

func TestTheExtremesOfTheParametersWork(t *testing.T) {
	must, inf := must(t), math.Inf(1)
	for name, d := range map[string]Dist{
		"uniform of no width":      must(NewUniform(3, 3)),
		"normal narrow":            must(NewNormal(5, 1e-50, -inf, inf)),
		"normal far tail":          must(NewNormal(0, 1, 3.09, inf)),
		"lognormal widest":         must(NewLognormal(1, 1000)),
		"lognormal narrowest":      must(NewLognormal(1, 1e-100)),
		"lognormal by quantiles":   must(NewLognormalFromQuantiles(1, 1e6)),
		"gamma narrowest":          must(NewGamma(1, 0.001)),
		"gamma widest":             must(NewGamma(1, 10)),
		"weibull widest":           must(NewWeibull(0.1, 1)),
		"weibull narrowest":        must(NewWeibull(1000, 1)),
		"pareto widest":            must(NewPareto(0.1, 1)),
		"bounded pareto flattest":  must(NewBoundedPareto(1e-90, 1, 1e30)),
		"bounded pareto steepest":  must(NewBoundedPareto(1000, 1, 1e30)),
		"bounded pareto narrowest": must(NewBoundedPareto(1, 1, 1+1e-15)),
		"geometric sure":           must(NewGeometric(1)),
		"geometric rarest":         must(NewGeometric(1e-12)),
		"hyperexponential widest":  must(NewHyperexponential(1, 1e6)),
		"weights far apart":        must(NewEmpirical([]float64{1, 2, 3}, []float64{1e-300, 1, 1e-300})),
		"weights minute":           must(NewHistogram([]float64{1, 2, 3}, []float64{5e-324, 5e-324})),
		"bins far apart":           must(NewHistogram([]float64{0, 1, 2, 3}, []float64{1e-300, 1e300, 1e-300})),
	} {
		if mean, variance := d.Mean(), d.Variance(); !(mean > 0) || !(variance >= 0) {
			t.Errorf("%s: the mean is %v, the variance %v", name, mean, variance)
		}
		before := d.Quantile(0)
		for _, p := range []float64{0, 1e-300, 1e-12, 0.01, 0.5, 0.99, 1 - 1e-12, 1} {
			x := d.Quantile(p)
			if !(x >= before) {
				t.Errorf("%s: the %v-quantile is %v, after %v", name, p, x, before)
			}
			before = x
			if math.IsInf(x, 0) {
				continue
			}
			if upTo := d.CDF(x + 1e-13*math.Abs(x)); !(upTo >= p-1e-12) {
				t.Errorf("%s: the share up to %v, the %v-quantile, is %v", name, x, p, upTo)
			}
		}
		r := sim.NewRand(1, 0, name)
		for range 1000 {
			if x := d.Sample(r); !(x >= d.Quantile(0) && x <= d.Quantile(1)) {
				t.Fatalf("%s: a sample is %v", name, x)
			}
		}
	}
}
