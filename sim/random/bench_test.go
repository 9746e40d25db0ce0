package random

import (
	"testing"

	"weir/sim"
)

func BenchmarkSample(b *testing.B) {
	for _, c := range catalogue(b) {
		b.Run(c.name, func(b *testing.B) {
			r := sim.NewRand(1, 0, "benchmark")
			b.ReportAllocs()
			for b.Loop() {
				c.dist.Sample(r)
			}
		})
	}
}

func BenchmarkStandardExponential(b *testing.B) {
	r := sim.NewRand(1, 0, "benchmark")
	for b.Loop() {
		StandardExponential(r)
	}
}

func BenchmarkZipf(b *testing.B) {
	z, err := NewZipf(1_000_000, 1.1)
	if err != nil {
		b.Fatal(err)
	}
	r := sim.NewRand(1, 0, "benchmark")
	b.ReportAllocs()
	for b.Loop() {
		z.Sample(r)
	}
}

func BenchmarkChoice(b *testing.B) {
	c, err := NewChoice(make1(1000))
	if err != nil {
		b.Fatal(err)
	}
	r := sim.NewRand(1, 0, "benchmark")
	for b.Loop() {
		c.Sample(r)
	}
}

func make1(n int) (weights []float64) {
	for i := range n {
		weights = append(weights, float64(i%7+1))
	}
	return weights
}

func BenchmarkDuration(b *testing.B) {
	for _, c := range catalogue(b) {
		switch c.name {
		case "constant", "exponential", "lognormal":
			b.Run(c.name, func(b *testing.B) {
				d := NewDuration(c.dist, sim.NewRand(1, 0, "benchmark"))
				for b.Loop() {
					d.Sample()
				}
			})
		}
	}
}

func BenchmarkPortable(b *testing.B) {
	x := 0.7
	b.Run("Exp", func(b *testing.B) {
		for b.Loop() {
			Exp(x)
		}
	})
	b.Run("Log", func(b *testing.B) {
		for b.Loop() {
			Log(x)
		}
	})
	b.Run("Pow", func(b *testing.B) {
		for b.Loop() {
			Pow(x, 1.3)
		}
	})
	b.Run("NormalQuantile", func(b *testing.B) {
		for b.Loop() {
			NormalQuantile(x)
		}
	})
}
