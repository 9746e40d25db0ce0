package workload_test

import (
	"fmt"
	"strings"

	"weir/models/spec"
	"weir/models/workload"
	"weir/sim"
)

// A producer asks its source for one instant after the other.
func ExampleSource() {
	rate := spec.Rate(2)
	s := &workload.Spec{Arrivals: workload.Arrivals{Constant: &rate}}
	source := workload.NewSource(sim.NewEngine(1, 0), "checkout", s, nil)
	for range 3 {
		at, _ := source.Next()
		fmt.Println(at, source.Together(), source.Size())
	}
	fmt.Println(s.Expected(0, sim.Time(sim.Minute), nil), "messages a minute")
	// Output:
	// 500ms 1 1024
	// 1s 1 1024
	// 1.5s 1 1024
	// 120 messages a minute
}

// Counts of a record are spread evenly over their intervals, from the beginning of each.
func ExampleReadRecord() {
	interval := spec.Duration(sim.Second)
	trace := workload.Trace{File: "day.csv", Counts: "requests", Interval: &interval, RateScale: 1, TimeScale: 1}
	record, err := workload.ReadRecord(trace.File, strings.NewReader("second,requests\n0,1\n1,0\n2,4\n"), &trace)
	if err != nil {
		fmt.Println(err)
		return
	}
	s := &workload.Spec{Arrivals: workload.Arrivals{Trace: &trace}}
	source := workload.NewSource(sim.NewEngine(1, 0), "site", s, record)
	for at, ok := source.Next(); ok; at, ok = source.Next() {
		fmt.Println(at)
	}
	// Output:
	// 0s
	// 2s
	// 2.25s
	// 2.5s
	// 2.75s
}
