package queueing

import (
	"fmt"
	"math"
)

// ErlangB returns the share of jobs that find all servers busy and are lost: M/G/c/c, whatever the distribution of the
// service (Sevastyanov). The load is offered, arrivals times mean service. B(c) = aB(c−1)/(c+aB(c−1)), B(0) = 1.
func ErlangB(servers int, load float64) float64 {
	lost := 1.0
	for c := 1; c <= servers; c++ {
		lost = load * lost / (float64(c) + load*lost)
	}
	return lost
}

// ErlangC returns the share of jobs that wait in M/M/c, 1 when the load is no less than the servers:
// C = cB/(c−a(1−B)).
func ErlangC(servers int, load float64) float64 {
	c := float64(servers)
	if load >= c {
		return 1
	}
	lost := ErlangB(servers, load)
	return c * lost / (c - load*(1-lost))
}

// MMc is the station that Poisson arrivals and c servers with exponential service make; M/M/1 with one server.
type MMc struct {
	arrivals, service float64
	servers           int
	waiting           float64 // Erlang's C
	spare             float64 // the rate at which a busy station empties, cμ−λ
}

// NewMMc returns the station with a rate of arrivals, a mean service time and a number of servers.
func NewMMc(arrivals, service float64, servers int) (MMc, error) {
	if err := checkStation(arrivals, service, servers); err != nil {
		return MMc{}, err
	}
	load := arrivals * service
	if err := stable(load, servers); err != nil {
		return MMc{}, err
	}
	return MMc{arrivals, service, servers, ErlangC(servers, load), (float64(servers) - load) / service}, nil
}

func checkStation(arrivals, service float64, servers int) error {
	if err := positive("arrivals", arrivals); err != nil {
		return err
	}
	if err := positive("service", service); err != nil {
		return err
	}
	return whole("servers", servers, 1, mostServers)
}

// Utilisation returns the busy fraction of a server.
func (q MMc) Utilisation() float64 { return q.arrivals * q.service / float64(q.servers) }

// WaitProbability returns the share of jobs that wait, Erlang's C.
func (q MMc) WaitProbability() float64 { return q.waiting }

// WaitMean returns the mean wait, C/(cμ−λ).
func (q MMc) WaitMean() float64 { return q.waiting / q.spare }

// WaitTail returns the probability that a job waits longer than t: C·e^(−(cμ−λ)t).
func (q MMc) WaitTail(t float64) float64 { return q.waiting * math.Exp(-q.spare*t) }

// WaitQuantile returns the p-quantile of the wait.
func (q MMc) WaitQuantile(p float64) float64 { return math.Max(0, math.Log(q.waiting/(1-p))/q.spare) }

// ResponseMean returns the mean of wait and service.
func (q MMc) ResponseMean() float64 { return q.WaitMean() + q.service }

// ResponseTail returns the probability that wait and service take longer than t: those who do not wait have their
// service alone, those who do an exponential time before it.
func (q MMc) ResponseTail(t float64) float64 {
	μ := 1 / q.service
	return math.Exp(-μ*t) * (1 + q.waiting*μ*t*expRatio((q.spare-μ)*t))
}

// ResponseQuantile returns the p-quantile of wait and service.
func (q MMc) ResponseQuantile(p float64) float64 {
	return quantile(p, q.ResponseMean(), q.ResponseTail)
}

// LineMean returns the mean number in line, by Little's law.
func (q MMc) LineMean() float64 { return q.arrivals * q.WaitMean() }

// SystemMean returns the mean number in line and in service.
func (q MMc) SystemMean() float64 { return q.arrivals * q.ResponseMean() }

// MMcK is M/M/c with room for K jobs in line and in service; who finds it full is lost.
type MMcK struct {
	arrivals, service float64
	servers           int
	states            []float64 // the probability of each number in the system
}

// NewMMcK returns the station with a rate of arrivals, a mean service time, a number of servers and room for so many
// jobs, those in service among them. It is stable under any load.
func NewMMcK(arrivals, service float64, servers, room int) (MMcK, error) {
	if err := checkStation(arrivals, service, servers); err != nil {
		return MMcK{}, err
	}
	if err := whole("room", room, servers, mostServers); err != nil {
		return MMcK{}, err
	}
	// Birth and death, in logarithms: a heavy load overflows otherwise.
	logs := make([]float64, room+1)
	highest := 0.0
	for n := 1; n <= room; n++ {
		logs[n] = logs[n-1] + math.Log(arrivals*service/float64(min(n, servers)))
		highest = math.Max(highest, logs[n])
	}
	total := 0.0
	for n := range logs {
		logs[n] = math.Exp(logs[n] - highest)
		total += logs[n]
	}
	for n := range logs {
		logs[n] /= total
	}
	return MMcK{arrivals, service, servers, logs}, nil
}

// LossProbability returns the share of jobs that find the station full.
func (q MMcK) LossProbability() float64 { return q.states[len(q.states)-1] }

// Throughput returns the jobs served per second.
func (q MMcK) Throughput() float64 { return q.arrivals * (1 - q.LossProbability()) }

// SystemMean returns the mean number in line and in service.
func (q MMcK) SystemMean() float64 {
	mean := 0.0
	for n, p := range q.states {
		mean += float64(n) * p
	}
	return mean
}

// LineMean returns the mean number in line.
func (q MMcK) LineMean() float64 {
	mean := 0.0
	for n := q.servers; n < len(q.states); n++ {
		mean += float64(n-q.servers) * q.states[n]
	}
	return mean
}

// WaitMean returns the mean wait of the jobs that are not lost.
func (q MMcK) WaitMean() float64 { return q.LineMean() / q.Throughput() }

// ResponseMean returns the mean of wait and service of the jobs that are not lost.
func (q MMcK) ResponseMean() float64 { return q.SystemMean() / q.Throughput() }

// WaitTail returns the probability that a job that is not lost waits longer than t: with n ≥ c before it, for n−c+1
// departures, which come at the rate cμ.
func (q MMcK) WaitTail(t float64) float64 {
	departures := float64(q.servers) / q.service * t
	var tail, fewer float64 // fewer departures than the job must wait for
	for n := q.servers; n < len(q.states)-1; n++ {
		fewer += poisson(departures, n-q.servers)
		tail += q.states[n] * fewer
	}
	return tail / (1 - q.LossProbability())
}

// WaitQuantile returns the p-quantile of the wait of the jobs that are not lost.
func (q MMcK) WaitQuantile(p float64) float64 { return quantile(p, q.service, q.WaitTail) }

// MGInf is Poisson arrivals that all find a server: concurrency without limit. The number in service is Poisson,
// whatever the distribution of the service.
type MGInf struct{ load float64 }

// NewMGInf returns it with a rate of arrivals and a mean service time.
func NewMGInf(arrivals, service float64) (MGInf, error) {
	if err := checkStation(arrivals, service, 1); err != nil {
		return MGInf{}, err
	}
	load := arrivals * service
	if load > 1e9 {
		return MGInf{}, fmt.Errorf("queueing: a load of %v is more than sums can be made for", load)
	}
	return MGInf{load}, nil
}

// SystemMean returns the mean number in service.
func (q MGInf) SystemMean() float64 { return q.load }

// SystemStdDev returns the standard deviation of the number in service.
func (q MGInf) SystemStdDev() float64 { return math.Sqrt(q.load) }

// SystemTail returns the probability that more than n are in service.
func (q MGInf) SystemTail(n int) float64 { return poissonTail(q.load, n) }

// SystemQuantile returns the least n that the number in service does not exceed with probability p < 1.
func (q MGInf) SystemQuantile(p float64) int {
	n := max(0, int(q.load-12*math.Sqrt(q.load))) // twelve standard deviations below
	for poissonTail(q.load, n) > 1-p {
		n++
	}
	return n
}
