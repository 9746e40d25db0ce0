package queueing

import "math"

// Window is Poisson arrivals gathered into batches: a batch begins with its first job and is sent when a time has
// passed or when it holds so many jobs. A job waits until its batch is sent.
type Window struct {
	arrivals, length float64
	limit            int
}

// NewWindow returns it with a rate of arrivals, the length of the window and the limit of a batch.
func NewWindow(arrivals, length float64, limit int) (Window, error) {
	if err := positive("arrivals", arrivals); err != nil {
		return Window{}, err
	}
	if err := positive("length", length); err != nil {
		return Window{}, err
	}
	return Window{arrivals, length, limit}, whole("limit", limit, 1, mostServers)
}

// open returns Σ w(k)·∫ P(k came after the first by u)du over the time that the batch is open, whose integral is
// P(the (k+1)th comes within the window)/λ.
func (w Window) open(weight func(k int) float64) float64 {
	sum := 0.0
	for k := range w.limit - 1 {
		sum += weight(k) * poissonTail(w.arrivals*w.length, k) / w.arrivals
	}
	return sum
}

// OpenMean returns the mean time that a batch is open.
func (w Window) OpenMean() float64 { return w.open(func(int) float64 { return 1 }) }

// BatchMean returns the mean number of jobs in a batch, 1 + λ·E[time open].
func (w Window) BatchMean() float64 { return 1 + w.arrivals*w.OpenMean() }

// BatchesPerSecond returns how many batches are sent per second.
func (w Window) BatchesPerSecond() float64 { return w.arrivals / w.BatchMean() }

// WaitMean returns the mean wait of a job: all who wait while a batch is open, over all who come in it.
func (w Window) WaitMean() float64 {
	return w.open(func(k int) float64 { return float64(k + 1) }) / w.BatchMean()
}

// FullProbability returns the share of batches that are sent because they are full.
func (w Window) FullProbability() float64 { return poissonTail(w.arrivals*w.length, w.limit-2) }

// Poll is Poisson arrivals that a consumer takes all at once, every so often, in no time. The wait is uniform.
type Poll struct{ arrivals, interval float64 }

// NewPoll returns it with a rate of arrivals and the time from one poll to the next.
func NewPoll(arrivals, interval float64) (Poll, error) {
	if err := positive("interval", interval); err != nil {
		return Poll{}, err
	}
	return Poll{arrivals, interval}, positive("arrivals", arrivals)
}

// WaitMean returns the mean wait, half the interval.
func (p Poll) WaitMean() float64 { return p.interval / 2 }

// WaitQuantile returns the share-quantile of the wait.
func (p Poll) WaitQuantile(share float64) float64 { return share * p.interval }

// EmptyProbability returns the share of polls that find nothing.
func (p Poll) EmptyProbability() float64 { return math.Exp(-p.arrivals * p.interval) }

// BatchMean returns the mean number that a poll finds, empty polls among them.
func (p Poll) BatchMean() float64 { return p.arrivals * p.interval }

// FoundMean returns the mean number that a poll finds when it finds any.
func (p Poll) FoundMean() float64 { return p.BatchMean() / (1 - p.EmptyProbability()) }
