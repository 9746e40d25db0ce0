package measure_test

import (
	"fmt"
	"os"

	"weir/sim"
	"weir/sim/measure"
)

// Three messages wait; the warm-up ends; two of them leave. The window begins with three, not with none.
func ExampleLevel() {
	var backlog measure.Level
	at := func(s float64) sim.Time { return sim.Time(0).Add(sim.Seconds(s)) }
	backlog.Add(at(1), 3)
	backlog.Reset(at(10))
	backlog.Add(at(15), -2)
	fmt.Println("mean", backlog.Mean(at(20)), "max", backlog.Max(), "now", backlog.Value())
	// Output: mean 2 max 3 now 1
}

func ExampleTally() {
	var sizes measure.Tally
	for _, bytes := range []float64{100, 200, 600} {
		sizes.Record(bytes)
	}
	fmt.Printf("%d messages of %.0f bytes, standard deviation %.0f\n", sizes.Count(), sizes.Mean(), sizes.StdDev())
	// Output: 3 messages of 300 bytes, standard deviation 265
}

func ExampleHistogram() {
	waits := measure.NewHistogram()
	for i := range int64(2000) {
		waits.Record(i * int64(sim.Millisecond))
	}
	for _, p := range []float64{0.5, 0.99, 0.999} {
		ns, _ := waits.Quantile(p)
		fmt.Printf("p%v %.2f s, enough to tell: %v\n", 100*p, sim.Duration(ns).Seconds(), waits.Enough(p))
	}
	// Output:
	// p50 1.00 s, enough to tell: true
	// p99 1.98 s, enough to tell: true
	// p99.9 2.00 s, enough to tell: false
}

func ExampleHistogram_WritePercentiles() {
	waits := measure.NewHistogram()
	for range 3 {
		waits.Record(0)
	}
	waits.Record(int64(250 * sim.Millisecond))
	if err := waits.WritePercentiles(os.Stdout); err != nil {
		fmt.Println(err)
	}
	// Output:
	//        Value     Percentile TotalCount 1/(1-Percentile)
	//
	//     0.000000 0.000000000000          3           1.00
	//     0.000000 0.100000000000          3           1.11
	//     0.000000 0.200000000000          3           1.25
	//     0.000000 0.300000000000          3           1.43
	//     0.000000 0.400000000000          3           1.67
	//     0.000000 0.500000000000          3           2.00
	//     0.000000 0.550000000000          3           2.22
	//     0.000000 0.600000000000          3           2.50
	//     0.000000 0.650000000000          3           2.86
	//     0.000000 0.700000000000          3           3.33
	//     0.000000 0.750000000000          3           4.00
	//     0.250000 0.775000000000          4           4.44
	//     0.250000 1.000000000000          4
	// #[Mean    =     0.062500, StdDeviation   =     0.108243]
	// #[Max     =     0.250000, Total count    =            4]
}

// Why are the slowest late? Two parts: waiting and work.
func ExampleBreakdown() {
	causes := measure.NewBreakdown(2)
	for i := range int64(1000) {
		wait, work := i*i, int64(100_000)
		causes.Record(wait+work, []int64{wait, work})
	}
	means, n := causes.Around(0.985, 0.995)
	fmt.Printf("%d around p99: %.0f %% waiting\n", n, 100*means[0]/(means[0]+means[1]))
	// Output: 11 around p99: 91 % waiting
}

// A day in at most 24 buckets, which began as minutes.
func ExampleSeries() {
	arrivals := measure.NewSeries(measure.Sums, sim.Minute, 24)
	for hour := range sim.Time(24) {
		arrivals.Add(hour*sim.Time(sim.Hour), 100)
	}
	arrivals.Close(sim.Time(sim.Day))
	fmt.Println(len(arrivals.Values()), "buckets of", arrivals.Width(), "from", arrivals.Values()[0])
	// Output: 23 buckets of 1h4m from 200
}

func ExampleEstimateOf() {
	e := measure.EstimateOf([]float64{10, 12, 11, 13, 9})
	fmt.Printf("%.2f, from %.2f to %.2f, n = %d\n", e.Value, e.Low, e.High, e.N)
	// Output: 11.00, from 9.04 to 12.96, n = 5
}
