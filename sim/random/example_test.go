package random_test

import (
	"fmt"

	"weir/sim"
	"weir/sim/random"
)

// Work that takes 40 ms in the middle and 200 ms at the 99th percentile, with a fixed overhead of 5 ms.
func Example() {
	work, err := random.NewLognormalFromQuantiles(float64(40*sim.Millisecond), float64(200*sim.Millisecond))
	if err != nil {
		fmt.Println(err)
		return
	}
	call, err := random.NewShifted(float64(5*sim.Millisecond), work)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("mean %.1f ms, p99 %.1f ms\n", call.Mean()/1e6, call.Quantile(0.99)/1e6)

	eng := sim.NewEngine(1, 0)
	serve := random.NewDuration(call, eng.Rand("orders/work"))
	fmt.Println(serve.Sample())
	fmt.Println(serve.Sample())

	_, err = random.NewLognormal(-1, 2)
	fmt.Println(err)
	// Output:
	// mean 55.8 ms, p99 205.0 ms
	// 59.990688ms
	// 30.482196ms
	// mean must be positive and finite, not -1
}

// Traffic over a million keys, of which the hottest is ten times as popular as the tenth.
func ExampleZipf() {
	keys, err := random.NewZipf(1_000_000, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("the hottest key: %.1f %%\n", 100*keys.Share(0))
	fmt.Printf("the hottest 100: %.1f %%\n", 100*keys.CDF(99))
	// Output:
	// the hottest key: 6.9 %
	// the hottest 100: 36.0 %
}
