package queueing

import "math"

// MG1 is Poisson arrivals at one server whose service has any law.
type MG1 struct {
	arrivals float64
	service  Law
}

// NewMG1 returns the station with a rate of arrivals and a law of the service.
func NewMG1(arrivals float64, service Law) (MG1, error) {
	if err := checkStation(arrivals, service.mean, 1); err != nil {
		return MG1{}, err
	}
	return MG1{arrivals, service}, stable(arrivals*service.mean, 1)
}

// Utilisation returns the busy fraction of the server, ρ, which is also the share of jobs that wait.
func (q MG1) Utilisation() float64 { return q.arrivals * q.service.mean }

// WaitMean returns the mean wait, λE[S²]/(2(1−ρ)) (Pollaczek and Khinchine).
func (q MG1) WaitMean() float64 { return q.arrivals * q.service.second / (2 * (1 - q.Utilisation())) }

// WaitVariance returns the variance of the wait, E[W]² + λE[S³]/(3(1−ρ)) (Takács).
func (q MG1) WaitVariance() float64 {
	return q.WaitMean()*q.WaitMean() + q.arrivals*q.service.third/(3*(1-q.Utilisation()))
}

// WaitStdDev returns the standard deviation of the wait.
func (q MG1) WaitStdDev() float64 { return math.Sqrt(q.WaitVariance()) }

// ResponseMean returns the mean of wait and service.
func (q MG1) ResponseMean() float64 { return q.WaitMean() + q.service.mean }

// LineMean returns the mean number in line, by Little's law.
func (q MG1) LineMean() float64 { return q.arrivals * q.WaitMean() }

// SystemMean returns the mean number in line and in service.
func (q MG1) SystemMean() float64 { return q.arrivals * q.ResponseMean() }

// WaitTail returns the probability that a job waits longer than t, numerically, to about six digits. The wait is a
// sum of a geometric number of residual services (Beneš). On a grid of time that is a recursion of positive terms
// (Panjer); the grid's error is of second order, and two grids take it out (Richardson).
func (q MG1) WaitTail(t float64) float64 {
	if t <= 0 {
		return q.Utilisation()
	}
	const steps = 1024
	coarse, fine := q.tailOnGrid(t, steps), q.tailOnGrid(t, 2*steps)
	return fine + (fine-coarse)/3
}

// tailOnGrid rounds the residual service to whole steps and returns the probability of a wait above the last of them,
// whose upper edge is t.
func (q MG1) tailOnGrid(t float64, steps int) float64 {
	ρ := q.Utilisation()
	h := t / (float64(steps) + 0.5)
	mass := make([]float64, steps+1)
	last := 0.0
	for k := range mass {
		below := q.service.residual((float64(k) + 0.5) * h)
		mass[k] = below - last
		last = below
	}
	wait := make([]float64, steps+1)
	wait[0] = (1 - ρ) / (1 - ρ*mass[0])
	below := wait[0]
	for k := 1; k <= steps; k++ {
		sum := 0.0
		for j := 1; j <= k; j++ {
			sum += mass[j] * wait[k-j]
		}
		wait[k] = ρ / (1 - ρ*mass[0]) * sum
		below += wait[k]
	}
	return 1 - below
}

// WaitQuantile returns the p-quantile of the wait from its numeric tail.
func (q MG1) WaitQuantile(p float64) float64 { return quantile(p, q.WaitMean(), q.WaitTail) }
