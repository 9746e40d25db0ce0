package queueing

import (
	"fmt"
	"math"
)

// Law is the distribution of a positive time: of service, between arrivals, of a set-up. It holds what the formulas
// ask.
type Law struct {
	mean, second, third float64 // moments
	// residual is the distribution function of what is left of the time at a random instant in it, ∫₀ˣ P(X>u)du/E[X].
	residual func(x float64) float64
	// transform is E[e^(−sX)], nil when it has no closed form.
	transform func(s float64) float64
}

// Mean returns the expectation.
func (l Law) Mean() float64 { return l.mean }

// Variance returns the variance.
func (l Law) Variance() float64 { return l.second - l.mean*l.mean }

// Constant returns the law of a time that never varies.
func Constant(time float64) (Law, error) {
	return Law{
		time, time * time, time * time * time,
		func(x float64) float64 { return math.Min(1, x/time) },
		func(s float64) float64 { return math.Exp(-s * time) },
	}, positive("time", time)
}

// Erlang returns the law of the sum of k exponential stages with the given mean in all; with one stage it is
// exponential.
func Erlang(k int, mean float64) (Law, error) {
	if err := whole("k", k, 1, mostServers); err != nil {
		return Law{}, err
	}
	n, stage := float64(k), mean/float64(k)
	return Law{
		mean, n * (n + 1) * stage * stage, n * (n + 1) * (n + 2) * stage * stage * stage,
		func(x float64) float64 {
			// What is left has 1 to k stages to go, each as likely.
			sum := 0.0
			for stages := 1; stages <= k; stages++ {
				sum += poissonTail(x/stage, stages-1)
			}
			return sum / n
		},
		func(s float64) float64 { return math.Exp(-n * math.Log1p(s*stage)) },
	}, positive("mean", mean)
}

// Exponential returns the exponential law.
func Exponential(mean float64) (Law, error) {
	l, err := Erlang(1, mean)
	l.residual = func(x float64) float64 { return -math.Expm1(-x / mean) }
	return l, err
}

// Hyperexponential returns the law of a time that is exponential with one of two means, the first with probability p.
func Hyperexponential(p, first, second float64) (Law, error) {
	if err := positive("first", first); err != nil {
		return Law{}, err
	}
	if err := positive("second", second); err != nil {
		return Law{}, err
	}
	if !(p > 0 && p < 1) {
		return Law{}, fmt.Errorf("queueing: p must lie between 0 and 1, not %v", p)
	}
	mix := func(a, b float64) float64 { return p*a + (1-p)*b }
	mean := mix(first, second)
	return Law{
		mean, 2 * mix(first*first, second*second), 6 * mix(first*first*first, second*second*second),
		func(x float64) float64 { return -mix(first*math.Expm1(-x/first), second*math.Expm1(-x/second)) / mean },
		func(s float64) float64 { return mix(1/(1+s*first), 1/(1+s*second)) },
	}, nil
}

// Balanced returns the hyperexponential law with the given mean and squared coefficient of variation ≥ 1, both of whose
// branches carry the same share of the mean.
func Balanced(mean, scv float64) (Law, error) {
	if err := positive("mean", mean); err != nil {
		return Law{}, err
	}
	if !(scv >= 1) || math.IsInf(scv, 1) {
		return Law{}, fmt.Errorf("queueing: scv must be finite and at least 1, not %v", scv)
	}
	p := (1 + math.Sqrt((scv-1)/(scv+1))) / 2
	return Hyperexponential(p, mean/(2*p), mean/(2*(1-p)))
}

// Lognormal returns the lognormal law with the given mean and coefficient of variation. It has no transform.
func Lognormal(mean, cv float64) (Law, error) {
	if err := positive("mean", mean); err != nil {
		return Law{}, err
	}
	if err := positive("cv", cv); err != nil {
		return Law{}, err
	}
	spread := 1 + cv*cv // e^(σ²)
	σ := math.Sqrt(math.Log(spread))
	μ := math.Log(mean) - σ*σ/2
	below := func(z float64) float64 { return math.Erfc(-z/math.Sqrt2) / 2 }
	return Law{
		mean, mean * mean * spread, mean * mean * mean * spread * spread * spread,
		func(x float64) float64 { // E[min(X, x)]/E[X]
			if x <= 0 {
				return 0
			}
			z := (math.Log(x) - μ) / σ
			return below(z-σ) + x/mean*below(-z)
		},
		nil,
	}, nil
}
