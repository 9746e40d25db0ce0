package queueing

import (
	"errors"
	"math"
)

// GIM1 is arrivals with any law of the time between them at one server with exponential service.
type GIM1 struct {
	service  float64
	interval float64 // mean time between arrivals
	root     float64 // σ, the share of arrivals that find the server busy
}

// NewGIM1 returns the station with the law of the time between arrivals and a mean service time. The law must have a
// transform, which the lognormal has not.
func NewGIM1(between Law, service float64) (GIM1, error) {
	if between.transform == nil {
		return GIM1{}, errors.New("queueing: the law of the time between arrivals has no transform")
	}
	if err := checkStation(1/between.mean, service, 1); err != nil {
		return GIM1{}, err
	}
	if err := stable(service/between.mean, 1); err != nil {
		return GIM1{}, err
	}
	// σ is the root in (0, 1) of σ = E[e^(−μ(1−σ)A)], whose right side is convex and above σ at 0.
	low, high := 0.0, 1.0
	for range 200 {
		middle := low + (high-low)/2
		if between.transform((1-middle)/service) > middle {
			low = middle
		} else {
			high = middle
		}
	}
	return GIM1{service, between.mean, low}, nil
}

// WaitProbability returns the share of jobs that wait, the root σ.
func (q GIM1) WaitProbability() float64 { return q.root }

// Utilisation returns the busy fraction of the server.
func (q GIM1) Utilisation() float64 { return q.service / q.interval }

// ResponseMean returns the mean of wait and service, 1/(μ(1−σ)): the response time is exponential.
func (q GIM1) ResponseMean() float64 { return q.service / (1 - q.root) }

// ResponseQuantile returns the p-quantile of wait and service.
func (q GIM1) ResponseQuantile(p float64) float64 { return -q.ResponseMean() * math.Log(1-p) }

// WaitMean returns the mean wait.
func (q GIM1) WaitMean() float64 { return q.root * q.ResponseMean() }

// WaitTail returns the probability that a job waits longer than t: σ·e^(−μ(1−σ)t).
func (q GIM1) WaitTail(t float64) float64 { return q.root * math.Exp(-t/q.ResponseMean()) }

// WaitQuantile returns the p-quantile of the wait.
func (q GIM1) WaitQuantile(p float64) float64 {
	return math.Max(0, q.ResponseMean()*math.Log(q.root/(1-p)))
}

// LineMean returns the mean number in line, by Little's law.
func (q GIM1) LineMean() float64 { return q.WaitMean() / q.interval }

// SystemMean returns the mean number in line and in service.
func (q GIM1) SystemMean() float64 { return q.ResponseMean() / q.interval }
