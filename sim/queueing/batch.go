package queueing

import "math"

// BatchMM1 is Poisson arrivals of whole batches, all of the same size, at one server with exponential service of
// each job.
type BatchMM1 struct {
	batches, service float64
	size             int
	ahead            []float64 // the probability that more than n jobs are before a job when it comes
}

// NewBatchMM1 returns it with a rate of batches, their size and the mean service time of a job.
func NewBatchMM1(batches float64, size int, service float64) (BatchMM1, error) {
	if err := checkStation(batches, service, 1); err != nil {
		return BatchMM1{}, err
	}
	if err := whole("size", size, 1, 10_000); err != nil {
		return BatchMM1{}, err
	}
	load := batches * float64(size) * service
	if err := stable(load, 1); err != nil {
		return BatchMM1{}, err
	}
	return BatchMM1{batches, service, size, tails(places(batchStates(load, batches*service, size), size))}, nil
}

// batchStates returns the probability of each number of jobs in the system, as far as they matter. What goes up past n
// comes down past it: μπ_{n+1} = λΣπ_i over the i ≤ n from which a batch leads above n.
func batchStates(load, ratio float64, size int) []float64 {
	states := []float64{1 - load}
	window := 0.0 // Σ of the last size states
	rest := load
	for n := 0; rest > 1e-15 && states[n] > 0; n++ {
		window += states[n]
		if n >= size {
			window -= states[n-size]
		}
		states = append(states, ratio*window)
		rest -= states[n+1]
	}
	return states
}

// places returns the distribution of the number before a job when it comes: those in the system, which a batch finds as
// they are (Poisson arrivals see time averages), and those before it in its batch.
func places(states []float64, size int) []float64 {
	ahead := make([]float64, len(states)+size-1)
	for n, p := range states {
		for before := range size {
			ahead[n+before] += p / float64(size)
		}
	}
	return ahead
}

// tails turns the probabilities of n into those of more than n.
func tails(p []float64) []float64 {
	more := 0.0
	for n := len(p) - 1; n >= 0; n-- {
		p[n], more = more, more+p[n]
	}
	return p
}

// SystemMean returns the mean number in line and in service, ρ(1+b)/(2(1−ρ)) for batches of b.
func (q BatchMM1) SystemMean() float64 {
	ρ := q.Utilisation()
	return ρ * float64(1+q.size) / (2 * (1 - ρ))
}

// Utilisation returns the busy fraction of the server.
func (q BatchMM1) Utilisation() float64 { return q.batches * float64(q.size) * q.service }

// LineMean returns the mean number in line.
func (q BatchMM1) LineMean() float64 { return q.SystemMean() - q.Utilisation() }

// ResponseMean returns the mean of wait and service, by Little's law.
func (q BatchMM1) ResponseMean() float64 { return q.SystemMean() / (q.batches * float64(q.size)) }

// WaitMean returns the mean wait of a job.
func (q BatchMM1) WaitMean() float64 { return q.ResponseMean() - q.service }

// WaitProbability returns the share of jobs that wait: all but the first of a batch that finds nobody.
func (q BatchMM1) WaitProbability() float64 { return 1 - (1-q.Utilisation())/float64(q.size) }

// WaitTail returns the probability that a job waits longer than t: that more are before it than can be served in t.
func (q BatchMM1) WaitTail(t float64) float64 {
	served := t / q.service
	sum := 0.0
	from, to := 0, len(q.ahead)
	if spread := 12*math.Sqrt(served) + 40; served > spread {
		from, to = int(served-spread), min(to, int(served+spread))
	}
	for n := from; n < to; n++ {
		sum += poisson(served, n) * q.ahead[n]
	}
	return sum
}

// WaitQuantile returns the p-quantile of the wait.
func (q BatchMM1) WaitQuantile(p float64) float64 { return quantile(p, q.service, q.WaitTail) }

// BulkMM1 is Poisson arrivals at one server that takes all who wait, up to a limit, and serves them together in an
// exponential time whatever their number: M/M^[1,b]/1, a consumer of batches.
type BulkMM1 struct {
	arrivals, service float64
	limit             int
	root              float64 // r, by which each further job in line is less likely
	idle              float64
}

// NewBulkMM1 returns it with a rate of arrivals, the mean time of a batch and its limit.
func NewBulkMM1(arrivals, service float64, limit int) (BulkMM1, error) {
	if err := checkStation(arrivals, service, 1); err != nil {
		return BulkMM1{}, err
	}
	if err := whole("limit", limit, 1, 10_000); err != nil {
		return BulkMM1{}, err
	}
	load := arrivals * service
	if err := stable(load, limit); err != nil {
		return BulkMM1{}, err
	}
	// r is the root in (0, 1) of μ(r + … + r^b) = λ: with n in line and the server busy, p_n = p_0·rⁿ balances
	// (λ+μ)p_n = λp_{n−1} + μp_{n+b} (Bailey 1954).
	low, high := 0.0, 1.0
	for range 200 {
		r := low + (high-low)/2
		if r*(1-math.Pow(r, float64(limit)))/(1-r) < load {
			low = r
		} else {
			high = r
		}
	}
	// λ·idle = μ·p_0, and all states add up to 1.
	return BulkMM1{arrivals, service, limit, low, 1 / (1 + load/(1-low))}, nil
}

// IdleProbability returns the share of time, and of jobs, that find the server idle.
func (q BulkMM1) IdleProbability() float64 { return q.idle }

// Utilisation returns the busy fraction of the server.
func (q BulkMM1) Utilisation() float64 { return 1 - q.idle }

// BatchesPerSecond returns how many batches end per second.
func (q BulkMM1) BatchesPerSecond() float64 { return q.Utilisation() / q.service }

// BatchMean returns the mean number of jobs in a batch.
func (q BulkMM1) BatchMean() float64 { return q.arrivals / q.BatchesPerSecond() }

// LineMean returns the mean number in line.
func (q BulkMM1) LineMean() float64 { return q.Utilisation() * q.root / (1 - q.root) }

// WaitMean returns the mean wait, by Little's law.
func (q BulkMM1) WaitMean() float64 { return q.LineMean() / q.arrivals }

// ResponseMean returns the mean of wait and service.
func (q BulkMM1) ResponseMean() float64 { return q.WaitMean() + q.service }

// WaitTail returns the probability that a job waits longer than t. With n in line it waits for ⌊n/b⌋+1 batches to
// end, a geometric number, so the wait of those who wait is exponential with the rate μ(1−r^b).
func (q BulkMM1) WaitTail(t float64) float64 { return q.Utilisation() * math.Exp(-q.rate()*t) }

func (q BulkMM1) rate() float64 { return (1 - math.Pow(q.root, float64(q.limit))) / q.service }

// WaitQuantile returns the p-quantile of the wait.
func (q BulkMM1) WaitQuantile(p float64) float64 {
	return math.Max(0, math.Log(q.Utilisation()/(1-p))/q.rate())
}
