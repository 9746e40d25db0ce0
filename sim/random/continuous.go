package random

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"weir/sim"
)

// Constant is always the same value.
type Constant struct{ Value float64 }

// NewConstant returns the constant v.
func NewConstant(v float64) (Constant, error) { return Constant{v}, finite("constant", v) }

// Sample returns the value.
func (c Constant) Sample(*sim.Rand) float64 { return c.Value }

// Mean returns the value.
func (c Constant) Mean() float64 { return c.Value }

// Variance returns 0.
func (c Constant) Variance() float64 { return 0 }

// Quantile returns the value.
func (c Constant) Quantile(float64) float64 { return c.Value }

// Uniform is uniform between two bounds.
type Uniform struct{ low, high float64 }

// NewUniform returns the uniform distribution on [low, high).
func NewUniform(low, high float64) (Uniform, error) {
	err := first(finite("low", low), finite("high", high))
	if err == nil && high < low {
		err = &ParameterError{"high", fmt.Sprintf("must not be below low, %v", low)}
	}
	return Uniform{low, high}, err
}

// Sample draws a value.
func (u Uniform) Sample(r *sim.Rand) float64 { return u.low + float64(r.Float64()*(u.high-u.low)) }

// Mean returns the middle.
func (u Uniform) Mean() float64 { return u.low + (u.high-u.low)/2 }

// Variance returns the width squared over 12.
func (u Uniform) Variance() float64 { return (u.high - u.low) * (u.high - u.low) / 12 }

// Quantile returns the p-quantile.
func (u Uniform) Quantile(p float64) float64 { return u.low + float64(p*(u.high-u.low)) }

// Exponential is the exponential distribution.
type Exponential struct{ mean float64 }

// NewExponential returns the exponential distribution with the given mean.
func NewExponential(mean float64) (Exponential, error) {
	return Exponential{mean}, positive("mean", mean)
}

// Sample draws a value.
func (e Exponential) Sample(r *sim.Rand) float64 { return float64(StandardExponential(r) * e.mean) }

// Mean returns the mean.
func (e Exponential) Mean() float64 { return e.mean }

// Variance returns the mean squared.
func (e Exponential) Variance() float64 { return e.mean * e.mean }

// Quantile returns the p-quantile.
func (e Exponential) Quantile(p float64) float64 { return -e.mean * Log(1-p) }

// Lognormal is the distribution of e to a normal power.
type Lognormal struct{ mu, sigma float64 }

// NewLognormal returns the lognormal distribution with the given mean and coefficient of variation.
func NewLognormal(mean, cv float64) (Lognormal, error) {
	if err := first(positive("mean", mean), positive("cv", cv)); err != nil {
		return Lognormal{}, err
	}
	s2 := Log(1 + float64(cv*cv))
	return Lognormal{Log(mean) - s2/2, math.Sqrt(s2)}, nil
}

// z99 is the standard normal's 0.99-quantile.
const z99 = 2.3263478740408408

// NewLognormalFromQuantiles returns the lognormal distribution with the given median and 0.99-quantile.
func NewLognormalFromQuantiles(p50, p99 float64) (Lognormal, error) {
	err := first(positive("p50", p50), positive("p99", p99))
	if err == nil && p99 <= p50 {
		err = &ParameterError{"p99", fmt.Sprintf("must be above p50, %v", p50)}
	}
	if err != nil {
		return Lognormal{}, err
	}
	return Lognormal{Log(p50), Log(p99/p50) / z99}, nil
}

// Sample draws a value.
func (l Lognormal) Sample(r *sim.Rand) float64 {
	return Exp(l.mu + float64(l.sigma*standardNormal(r)))
}

// Mean returns the expectation.
func (l Lognormal) Mean() float64 { return Exp(l.mu + float64(l.sigma*l.sigma)/2) }

// Variance returns the variance.
func (l Lognormal) Variance() float64 {
	s2 := float64(l.sigma * l.sigma)
	return (Exp(s2) - 1) * Exp(float64(2*l.mu)+s2)
}

// Quantile returns the p-quantile.
func (l Lognormal) Quantile(p float64) float64 {
	return Exp(l.mu + float64(l.sigma*normalQuantile(p)))
}

// Normal is a normal distribution cut off at two bounds.
type Normal struct{ mean, sd, low, high float64 }

// NewNormal returns the normal distribution with the mean and standard deviation given, restricted to [low, high],
// which may be infinite. At least one sample in a thousand must fall inside the bounds.
func NewNormal(mean, sd, low, high float64) (Normal, error) {
	n := Normal{mean, sd, low, high}
	err := first(finite("mean", mean), positive("sd", sd))
	switch {
	case err != nil:
	case math.IsNaN(low) || math.IsNaN(high) || high <= low:
		err = &ParameterError{"high", fmt.Sprintf("must be above low, %v", low)}
	case n.mass() < 1e-3:
		err = &ParameterError{"low", "and high must keep at least a thousandth of the distribution"}
	}
	return n, err
}

func (n Normal) z(x float64) float64 { return (x - n.mean) / n.sd }

func (n Normal) mass() float64 { return normalCDF(n.z(n.high)) - normalCDF(n.z(n.low)) }

// Sample draws a value, again until it falls inside the bounds.
func (n Normal) Sample(r *sim.Rand) float64 {
	for {
		if x := n.mean + float64(n.sd*standardNormal(r)); x >= n.low && x <= n.high {
			return x
		}
	}
}

// Mean returns the expectation of the restricted distribution.
func (n Normal) Mean() float64 {
	return n.mean + n.sd*(normalDensity(n.z(n.low))-normalDensity(n.z(n.high)))/n.mass()
}

// Variance returns the variance of the restricted distribution.
func (n Normal) Variance() float64 {
	edge := func(x float64) float64 {
		if math.IsInf(x, 0) {
			return 0
		}
		return n.z(x) * normalDensity(n.z(x))
	}
	shift := (normalDensity(n.z(n.low)) - normalDensity(n.z(n.high))) / n.mass()
	return n.sd * n.sd * (1 + (edge(n.low)-edge(n.high))/n.mass() - shift*shift)
}

// Quantile returns the p-quantile.
func (n Normal) Quantile(p float64) float64 {
	below := normalCDF(n.z(n.low))
	x := n.mean + n.sd*normalQuantile(below+p*n.mass())
	return min(max(x, n.low), n.high)
}

// Gamma is the gamma distribution, by shape and scale.
type Gamma struct{ shape, scale float64 }

// NewGamma returns the gamma distribution with the given mean and coefficient of variation.
func NewGamma(mean, cv float64) (Gamma, error) {
	if err := first(positive("mean", mean), positive("cv", cv)); err != nil {
		return Gamma{}, err
	}
	shape := 1 / float64(cv*cv)
	return Gamma{shape, mean / shape}, nil
}

// NewErlang returns the distribution of the sum of k exponential stages with the given mean in all.
func NewErlang(k int, mean float64) (Gamma, error) {
	if k < 1 || k > 1e6 {
		return Gamma{}, &ParameterError{"k", fmt.Sprintf("must be from 1 to 1,000,000, not %d", k)}
	}
	return Gamma{float64(k), mean / float64(k)}, positive("mean", mean)
}

// Sample draws a value (Marsaglia and Tsang, ACM Transactions on Mathematical Software 26(3), 2000).
func (g Gamma) Sample(r *sim.Rand) float64 {
	shape, boost := g.shape, 1.0
	if shape < 1 {
		boost = Exp(-StandardExponential(r) / shape)
		shape++
	}
	d := shape - 1.0/3
	c := 1 / math.Sqrt(float64(9*d))
	for {
		x := standardNormal(r)
		v := 1 + float64(c*x)
		if v <= 0 {
			continue
		}
		v = float64(v * float64(v*v))
		if -StandardExponential(r) < float64(float64(x*x)/2)+float64(d*(1-v+Log(v))) {
			return float64(float64(d*v)*boost) * g.scale
		}
	}
}

// Mean returns the expectation.
func (g Gamma) Mean() float64 { return g.shape * g.scale }

// Variance returns the variance.
func (g Gamma) Variance() float64 { return g.shape * g.scale * g.scale }

// Quantile returns the p-quantile, for reports.
func (g Gamma) Quantile(p float64) float64 {
	return distuv.Gamma{Alpha: g.shape, Beta: 1 / g.scale}.Quantile(p)
}

// Weibull is the Weibull distribution.
type Weibull struct{ shape, scale float64 }

// NewWeibull returns the Weibull distribution.
func NewWeibull(shape, scale float64) (Weibull, error) {
	return Weibull{shape, scale}, first(positive("shape", shape), positive("scale", scale))
}

// Sample draws a value.
func (w Weibull) Sample(r *sim.Rand) float64 {
	return float64(w.scale * Pow(StandardExponential(r), 1/w.shape))
}

// Mean returns the expectation.
func (w Weibull) Mean() float64 { return w.scale * math.Gamma(1+1/w.shape) }

// Variance returns the variance.
func (w Weibull) Variance() float64 {
	return w.scale*w.scale*math.Gamma(1+2/w.shape) - w.Mean()*w.Mean()
}

// Quantile returns the p-quantile.
func (w Weibull) Quantile(p float64) float64 { return w.scale * Pow(-Log(1-p), 1/w.shape) }

// Pareto is the Pareto distribution, bounded or not.
type Pareto struct{ shape, low, high float64 }

// NewPareto returns the Pareto distribution of values from scale on.
func NewPareto(shape, scale float64) (Pareto, error) {
	return Pareto{shape, scale, math.Inf(1)}, first(positive("shape", shape), positive("scale", scale))
}

// NewBoundedPareto returns the Pareto distribution restricted to [low, high].
func NewBoundedPareto(shape, low, high float64) (Pareto, error) {
	err := first(positive("shape", shape), positive("low", low), positive("high", high))
	if err == nil && high <= low {
		err = &ParameterError{"high", fmt.Sprintf("must be above low, %v", low)}
	}
	return Pareto{shape, low, high}, err
}

// mass is the share of the unbounded distribution that lies below the upper bound.
func (p Pareto) mass() float64 {
	if math.IsInf(p.high, 1) {
		return 1
	}
	return 1 - Pow(p.low/p.high, p.shape)
}

// Sample draws a value.
func (p Pareto) Sample(r *sim.Rand) float64 { return p.Quantile(r.Float64()) }

// Mean returns the expectation, +Inf when the tail is too heavy to have one.
func (p Pareto) Mean() float64 { return p.moment(1) }

// Variance returns the variance, +Inf when the tail is too heavy to have one.
func (p Pareto) Variance() float64 {
	m := p.moment(1)
	if second := p.moment(2); !math.IsInf(second, 1) {
		return second - m*m
	}
	return math.Inf(1)
}

func (p Pareto) moment(k float64) float64 {
	bounded := !math.IsInf(p.high, 1)
	power := func(x float64) float64 { return Pow(x, k) }
	switch {
	case p.shape == k && bounded:
		return k * power(p.low) * Log(p.high/p.low) / p.mass()
	case bounded:
		rest := Pow(p.low/p.high, p.shape) * power(p.high)
		return p.shape / (p.shape - k) * (power(p.low) - rest) / p.mass()
	case p.shape <= k:
		return math.Inf(1)
	}
	return p.shape / (p.shape - k) * power(p.low)
}

// Quantile returns the q-quantile.
func (p Pareto) Quantile(q float64) float64 {
	return float64(p.low / Pow(1-float64(q*p.mass()), 1/p.shape))
}
