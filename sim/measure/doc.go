// Package measure has the statistics that models keep and that replications join.
//
//   - Counter: how many times.
//   - Tally: observations, one per entity: count, mean, variance, least, greatest.
//   - Level: a whole number that changes at instants; its mean is weighted by time.
//   - Histogram: the distribution of lengths of time, with a stated error.
//   - Breakdown: what lengths of time of a given size are made of.
//   - Series: values against time in bounded memory; a Band joins those of replications.
//   - Estimate: a mean over replications with its confidence interval.
//
// Recording costs nanoseconds and allocates nothing. A statistic without observations has no mean: it is NaN, never 0.
// Warm-up is the runner's affair: it resets the statistics at the end of it, and a Level keeps its present value.
// Nothing here is safe for concurrent use.
package measure
