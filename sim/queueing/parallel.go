package queueing

import (
	"fmt"
	"math"
)

// harmonic returns Σ 1/iᵖ for i from 1 to n.
func harmonic(n int, power float64) float64 {
	sum := 0.0
	for i := n; i >= 1; i-- {
		sum += math.Pow(float64(i), -power)
	}
	return sum
}

// ForkJoinMean returns the mean time until the last copy is done, of jobs that are copied to n stations of M/M/1.
// For one and two it is exact (Flatto and Hahn 1984); for up to 32 it is the approximation of Nelson and Tantawi
// 1988, within 5 %.
func ForkJoinMean(n int, arrivals, service float64) (float64, error) {
	q, err := NewMMc(arrivals, service, 1)
	if err != nil {
		return 0, err
	}
	if err := whole("n", n, 1, 32); err != nil {
		return 0, err
	}
	if n == 1 {
		return q.ResponseMean(), nil
	}
	ρ := q.Utilisation()
	two := (12 - ρ) / 8 * q.ResponseMean()
	ratio := harmonic(n, 1) / harmonic(2, 1)
	return (ratio + 4.0/11*(1-ratio)*ρ) * two, nil
}

// Slowest is the greatest of so many independent exponential times: a fan-out without queueing.
type Slowest struct {
	n    int
	mean float64
}

// NewSlowest returns it for n times with the given mean each.
func NewSlowest(n int, mean float64) (Slowest, error) {
	if err := whole("n", n, 1, mostServers); err != nil {
		return Slowest{}, err
	}
	return Slowest{n, mean}, positive("mean", mean)
}

// Mean returns the mean, m(1 + 1/2 + … + 1/n).
func (s Slowest) Mean() float64 { return s.mean * harmonic(s.n, 1) }

// Quantile returns the p-quantile, −m·ln(1−p^(1/n)).
func (s Slowest) Quantile(p float64) float64 {
	return -s.mean * math.Log(-math.Expm1(math.Log(p)/float64(s.n)))
}

// Drain is jobs that are all there at the beginning, and servers with exponential service.
type Drain struct {
	jobs, servers int
	service       float64
}

// NewDrain returns it for at least as many jobs as servers.
func NewDrain(jobs, servers int, service float64) (Drain, error) {
	if err := checkStation(1, service, servers); err != nil {
		return Drain{}, err
	}
	return Drain{jobs, servers, service}, whole("jobs", jobs, servers, math.MaxInt32)
}

// Mean returns the mean time until the last job is done: all servers work until as many jobs are left.
func (d Drain) Mean() float64 {
	full := float64(d.jobs-d.servers) / float64(d.servers)
	return d.service * (full + harmonic(d.servers, 1))
}

// StdDev returns the standard deviation of that time.
func (d Drain) StdDev() float64 {
	full := float64(d.jobs-d.servers) / float64(d.servers*d.servers)
	return d.service * math.Sqrt(full+harmonic(d.servers, 2))
}

// Stage is a station of a Tandem with exponential service; without servers it has as many as it needs.
type Stage struct {
	Service float64 // mean time
	Servers int     // 0: unlimited
}

// Tandem is stations one after the other. In the long run each is on its own, as if its arrivals were Poisson (Burke
// 1956; Jackson 1957).
type Tandem struct {
	arrivals float64
	response []float64
}

// NewTandem returns it with the rate of arrivals at the first stage.
func NewTandem(arrivals float64, stages ...Stage) (Tandem, error) {
	if err := whole("stages", len(stages), 1, mostServers); err != nil {
		return Tandem{}, err
	}
	t := Tandem{arrivals: arrivals}
	for i, stage := range stages {
		mean := stage.Service
		var err error
		if stage.Servers == 0 {
			_, err = NewMGInf(arrivals, stage.Service)
		} else {
			var q MMc
			q, err = NewMMc(arrivals, stage.Service, stage.Servers)
			mean = q.ResponseMean()
		}
		if err != nil {
			return Tandem{}, fmt.Errorf("stage %d: %w", i+1, err)
		}
		t.response = append(t.response, mean)
	}
	return t, nil
}

// StageResponseMean returns the mean of wait and service at a stage, the first of which is 0.
func (t Tandem) StageResponseMean(stage int) float64 { return t.response[stage] }

// ResponseMean returns the mean time from the first arrival to the last departure.
func (t Tandem) ResponseMean() float64 {
	sum := 0.0
	for _, mean := range t.response {
		sum += mean
	}
	return sum
}

// SystemMean returns the mean number at all stages together, by Little's law.
func (t Tandem) SystemMean() float64 { return t.arrivals * t.ResponseMean() }
