package queueing

import "math"

// MD1 is Poisson arrivals at one server whose service never varies.
type MD1 struct {
	MG1
	time float64 // of service
}

// NewMD1 returns the station with a rate of arrivals and the service time.
func NewMD1(arrivals, service float64) (MD1, error) {
	law, err := Constant(service)
	if err != nil {
		return MD1{}, err
	}
	q, err := NewMG1(arrivals, law)
	return MD1{q, service}, err
}

// WaitTail returns the probability that a job waits longer than t, exactly. For t in [(k−1)D, kD) it is
//
//	Σ_{j<k} p_j·(1−Q_{k−1−j}) + P(A ≥ k),
//
// where A is the Poisson number, of probabilities p_j, that arrive in kD−t, and Q_i is the probability that no more
// than i are in line (Franx 2001). Erlang's own formula adds terms of alternating sign, which cancel to nothing at
// high load; these are all positive.
func (q MD1) WaitTail(t float64) float64 {
	if t < 0 {
		return 1
	}
	k := int(math.Floor(t/q.time)) + 1
	mean := q.arrivals * (float64(k)*q.time - t)
	line := q.lineTails(k)
	tail := poissonTail(mean, k-1)
	for j := range k {
		tail += poisson(mean, j) * line[k-1-j]
	}
	return tail
}

// lineTails returns the probabilities that more than 0, 1 … n−1 jobs are in line, from those of the number left
// behind by a departure. What goes up past a number comes down past it:
//
//	π_{j+1}·P(A=0) = π_0·P(A>j) + Σ_{1≤i≤j} π_i·P(A>j−i+1), A the arrivals during a service,
//
// again of positive terms only.
func (q MD1) lineTails(n int) []float64 {
	ρ := q.Utilisation()
	more := make([]float64, n+2) // P(A > j)
	for j := range more {
		more[j] = poissonTail(ρ, j)
	}
	none := math.Exp(-ρ)
	states := make([]float64, n+1)
	states[0] = 1 - ρ
	tails := make([]float64, n)
	above := ρ // the probability of more jobs than the states summed so far
	for j := range n {
		up := states[0] * more[j]
		// P(A > 40) is below 10⁻⁴⁷: further states do not count.
		for i := max(1, j-40); i <= j; i++ {
			up += states[i] * more[j-i+1]
		}
		states[j+1] = up / none
		above = math.Max(0, above-states[j+1])
		tails[j] = above
	}
	return tails
}

// WaitQuantile returns the p-quantile of the wait.
func (q MD1) WaitQuantile(p float64) float64 { return quantile(p, q.time, q.WaitTail) }

// WaitBeyond returns the mean of what the wait exceeds t by, 0 for those who wait less: ∫ₜ^∞ P(W>u)du.
func (q MD1) WaitBeyond(t float64) float64 {
	// Simpson's rule between the points at which the tail is not smooth, the multiples of the service time.
	sum := 0.0
	for from := t; ; {
		to := q.time * (math.Floor(from/q.time*(1+1e-12)) + 1)
		const parts = 8
		h := (to - from) / parts
		part := q.WaitTail(from) + q.WaitTail(to)
		for i := 1; i < parts; i++ {
			part += float64(2+2*(i%2)) * q.WaitTail(from+float64(i)*h)
		}
		sum += part * h / 3
		if part*h < 1e-12*sum || sum == 0 {
			return sum
		}
		from = to
	}
}

// TokenBucket is Poisson arrivals that each take a token and wait for one when there is none. The bucket refills
// continuously. What it lacks of being full is the work of M/D/1 in tokens (Cruz and others).
type TokenBucket struct {
	lack  MD1
	spare float64 // seconds of work that find a token all the same
}

// NewTokenBucket returns it with a rate of arrivals, a refill rate and the depth in tokens.
func NewTokenBucket(arrivals, refill float64, depth int) (TokenBucket, error) {
	if err := positive("refill", refill); err != nil {
		return TokenBucket{}, err
	}
	if err := whole("depth", depth, 1, mostServers); err != nil {
		return TokenBucket{}, err
	}
	lack, err := NewMD1(arrivals, 1/refill)
	return TokenBucket{lack, float64(depth-1) / refill}, err
}

// WaitProbability returns the share of arrivals that find no token.
func (b TokenBucket) WaitProbability() float64 { return b.lack.WaitTail(b.spare) }

// WaitMean returns the mean wait for a token.
func (b TokenBucket) WaitMean() float64 { return b.lack.WaitBeyond(b.spare) }
