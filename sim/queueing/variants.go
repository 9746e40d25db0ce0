package queueing

import "math"

// MG1Setup is M/G/1 whose server, when a job finds it idle, needs a set-up before the first service: a cold start at
// the beginning of every busy period.
type MG1Setup struct {
	ready MG1 // without set-ups
	setup Law
}

// NewMG1Setup returns it with the law of the set-up.
func NewMG1Setup(arrivals float64, service, setup Law) (MG1Setup, error) {
	if err := positive("setup", setup.mean); err != nil {
		return MG1Setup{}, err
	}
	q, err := NewMG1(arrivals, service)
	return MG1Setup{q, setup}, err
}

// WaitMean returns the mean wait, that of M/G/1 and (2E[D]+λE[D²])/(2(1+λE[D])) for the set-up D (Welch 1964).
func (q MG1Setup) WaitMean() float64 {
	d := q.setup
	return q.ready.WaitMean() + (2*d.mean+q.ready.arrivals*d.second)/(2*(1+q.ready.arrivals*d.mean))
}

// ResponseMean returns the mean of wait and service.
func (q MG1Setup) ResponseMean() float64 { return q.WaitMean() + q.ready.service.mean }

// IdleProbability returns the share of jobs that find the server idle and start a set-up, (1−ρ)/(1+λE[D]).
func (q MG1Setup) IdleProbability() float64 {
	return (1 - q.ready.Utilisation()) / (1 + q.ready.arrivals*q.setup.mean)
}

// MM1Vacations is M/M/1 whose server, when it finds the line empty, is away for a constant time, again and again
// until it finds a job: a consumer that sleeps between polls.
type MM1Vacations struct {
	present  MMc // without vacations
	vacation float64
}

// NewMM1Vacations returns it with a rate of arrivals, a mean service time and the length of a vacation.
func NewMM1Vacations(arrivals, service, vacation float64) (MM1Vacations, error) {
	if err := positive("vacation", vacation); err != nil {
		return MM1Vacations{}, err
	}
	q, err := NewMMc(arrivals, service, 1)
	return MM1Vacations{q, vacation}, err
}

// WaitMean returns the mean wait: that of M/M/1 and half a vacation (decomposition; Doshi 1986).
func (q MM1Vacations) WaitMean() float64 { return q.present.WaitMean() + q.vacation/2 }

// ResponseMean returns the mean of wait and service.
func (q MM1Vacations) ResponseMean() float64 { return q.WaitMean() + q.present.service }

// WaitTail returns the probability that a job waits longer than t: the wait of M/M/1 and a uniform part of a vacation.
func (q MM1Vacations) WaitTail(t float64) float64 {
	// The mean of the tail of M/M/1, 1 below 0, over the vacation before t.
	from := math.Max(0, t-q.vacation)
	spare := q.present.spare
	within := q.present.waiting * math.Exp(-spare*from) * (t - from) * expRatio(spare*(t-from))
	return (math.Max(0, q.vacation-t) + within) / q.vacation
}

// WaitQuantile returns the p-quantile of the wait.
func (q MM1Vacations) WaitQuantile(p float64) float64 { return quantile(p, q.vacation, q.WaitTail) }

// MM1Deadline is M/M/1 whose jobs leave unserved when they have waited for a constant time: messages that expire.
type MM1Deadline struct{ load, patience float64 }

// NewMM1Deadline returns it with a rate of arrivals, a mean service time and the longest wait. It is stable under
// any load.
func NewMM1Deadline(arrivals, service, deadline float64) (MM1Deadline, error) {
	if err := checkStation(arrivals, service, 1); err != nil {
		return MM1Deadline{}, err
	}
	return MM1Deadline{arrivals * service, deadline / service}, positive("deadline", deadline)
}

// ExpiryProbability returns the share of jobs that are not served, (1−ρ)ρe/(1−ρ²e) with e = e^(−(μ−λ)τ) (Barrer
// 1957), in a form that also holds for ρ = 1.
func (q MM1Deadline) ExpiryProbability() float64 {
	ρ := q.load
	x := (1 - ρ) * q.patience
	return ρ * math.Exp(-x) / (1 + ρ + ρ*ρ*q.patience*expRatio(x))
}
