package measure

import "math"

// Truncation returns how many points at the start of a series belong to the transient, by the marginal standard error
// rule on batch means, MSER-5 when the batch is 5: the cut after which the mean of what remains is known best
// (White, Simulation 69(6), 1997; White, Cobb and Spratt, Winter Simulation Conference 2000). Points are averages over
// replications at equal distances in time. Steady is false when the best cut lies in the second half: the series is
// then too short, or has no steady state, and the cut says nothing. It panics when the batch is less than 1.
func Truncation(points []float64, batch int) (cut int, steady bool) {
	if batch < 1 {
		panic("measure: a truncation by batches of less than one point")
	}
	n := len(points) / batch
	if n < leastBatches {
		return 0, false
	}
	means := make([]float64, n)
	for i := range means {
		for _, x := range points[i*batch:][:batch] {
			means[i] += x / float64(batch)
		}
	}
	best := math.Inf(1)
	var sum, squares float64 // of the distances from the last mean, which are small where it is large
	for d := n - 1; d >= 0; d-- {
		x := means[d] - means[n-1]
		sum += x
		squares += float64(x * x)
		rest := float64(n - d)
		if n-d < leastBatches/2 { // the error of so few would be luck
			continue
		}
		if error := (squares - float64(sum*sum)/rest) / (rest * rest); error <= best {
			best, cut = error, d
		}
	}
	return cut * batch, cut <= n/2
}

// leastBatches is how many batches a series must have for a cut to be sought.
const leastBatches = 10

// LagOne returns the correlation of successive values of a series; NaN without two values, or when all are the same.
// Batch means that are independent have one near 0, below 1.6/√n with 95 %.
func LagOne(values []float64) float64 {
	var t Tally
	for _, v := range values {
		if v-v == 0 {
			t.Record(v)
		}
	}
	mean, products, squares, before := t.Mean(), 0.0, 0.0, math.NaN()
	for _, v := range values {
		d := v - mean
		if d-d != 0 {
			continue
		}
		squares += float64(d * d)
		if before-before == 0 {
			products += float64(d * before)
		}
		before = d
	}
	return products / squares
}
