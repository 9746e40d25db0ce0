package measure

import "math"

// Tally is the statistics of observations, in the unit they come in. The zero Tally is ready to use.
type Tally struct {
	n         uint64
	origin    float64 // the first observation: distances from it are small where the observations are large
	mean      float64 // of the distances
	deviation float64 // sum of the squared distances from the mean
	low, high float64
}

// Record takes an observation (Welford, Technometrics 4(3), 1962: stable where sums of squares cancel). It panics when
// x is not finite: one NaN would spoil every figure unseen.
func (t *Tally) Record(x float64) {
	if x-x != 0 {
		panic("measure: an observation is not a finite number")
	}
	if t.n == 0 {
		t.origin, t.low, t.high = x, x, x
	}
	t.n++
	t.low, t.high = min(t.low, x), max(t.high, x)
	distance := x - t.origin
	delta := distance - t.mean
	t.mean += delta / float64(t.n)
	t.deviation += float64(delta * (distance - t.mean))
}

// Count returns the number of observations.
func (t *Tally) Count() uint64 { return t.n }

// Mean returns the mean of the observations, NaN without any.
func (t *Tally) Mean() float64 { return t.known(1, t.origin+t.mean) }

// Variance returns the unbiased sample variance, NaN with fewer than two observations.
func (t *Tally) Variance() float64 { return t.known(2, t.deviation/(float64(t.n)-1)) }

// StdDev returns the square root of the variance.
func (t *Tally) StdDev() float64 { return math.Sqrt(t.Variance()) }

// Min returns the least observation, NaN without any.
func (t *Tally) Min() float64 { return t.known(1, t.low) }

// Max returns the greatest observation, NaN without any.
func (t *Tally) Max() float64 { return t.known(1, t.high) }

func (t *Tally) known(least uint64, x float64) float64 {
	if t.n < least {
		return math.NaN()
	}
	return x
}

// Merge takes the observations of another tally (Chan, Golub and LeVeque, Stanford STAN-CS-79-773, 1979).
func (t *Tally) Merge(o *Tally) {
	switch {
	case o.n == 0:
		return
	case t.n == 0:
		*t = *o
		return
	}
	n := float64(t.n + o.n)
	delta := (o.origin - t.origin) + (o.mean - t.mean)
	between := float64(float64(delta*delta) * (float64(t.n) / n) * float64(o.n))
	t.deviation += o.deviation + between
	t.mean += float64(delta * (float64(o.n) / n))
	t.low, t.high = min(t.low, o.low), max(t.high, o.high)
	t.n += o.n
}

// Reset forgets all observations.
func (t *Tally) Reset() { *t = Tally{} }
