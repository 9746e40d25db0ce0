package queueing

import (
	"errors"
	"fmt"
	"math"
)

// ErrUnstable says that more work arrives than the servers can do, so that the line grows without end.
var ErrUnstable = errors.New("queueing: unstable")

// positive returns an error that names the parameter unless it is positive and finite.
func positive(name string, x float64) error {
	if !(x > 0) || math.IsInf(x, 1) {
		return fmt.Errorf("queueing: %s must be positive and finite, not %v", name, x)
	}
	return nil
}

// whole returns an error that names the parameter unless it lies between two bounds.
func whole(name string, n, low, high int) error {
	if n < low || n > high {
		return fmt.Errorf("queueing: %s must be from %d to %d, not %d", name, low, high, n)
	}
	return nil
}

// mostServers bounds the sums over servers and states.
const mostServers = 1_000_000

// stable returns ErrUnstable with the figures unless the offered load is below the number of servers.
func stable(load float64, servers int) error {
	if load >= float64(servers) {
		return fmt.Errorf("%w: an offered load of %v on servers: %d", ErrUnstable, load, servers)
	}
	return nil
}

// quantile returns the least t at which the tail, a decreasing function of t ≥ 0, is no more than 1−p. The scale is a
// first guess. It is 0 for p ≤ 0 and infinite for p ≥ 1.
func quantile(p, scale float64, tail func(t float64) float64) float64 {
	if p >= 1 {
		return math.Inf(1)
	}
	if tail(0) <= 1-p {
		return 0
	}
	low, high := 0.0, scale
	for tail(high) > 1-p {
		low, high = high, 2*high
	}
	for high-low > 1e-12*high {
		middle := low + (high-low)/2
		if tail(middle) > 1-p {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}

// poisson returns the probability that a Poisson number with the given mean is n.
func poisson(mean float64, n int) float64 {
	if n < 0 {
		return 0
	}
	if mean == 0 {
		if n == 0 {
			return 1
		}
		return 0
	}
	logFactorial, _ := math.Lgamma(float64(n) + 1)
	return math.Exp(float64(n)*math.Log(mean) - mean - logFactorial)
}

// poissonTail returns the probability that a Poisson number with the given mean is more than n. All terms are positive,
// so small tails keep their digits.
func poissonTail(mean float64, n int) float64 {
	if float64(n) < mean { // the shorter sum is that of the head
		head := 0.0
		term := poisson(mean, n)
		for k := n; k >= 0 && term > 0; k-- {
			head += term
			term *= float64(k) / mean
		}
		return math.Max(0, 1-head)
	}
	sum := 0.0
	term := poisson(mean, n+1)
	for k := n + 2; term > sum*1e-17; k++ {
		sum += term
		term *= mean / float64(k)
	}
	return sum
}

// expRatio returns (1−e^(−x))/x, which is 1 at 0.
func expRatio(x float64) float64 {
	if x == 0 {
		return 1
	}
	return -math.Expm1(-x) / x
}
