package aws

import (
	"math"
	"testing"

	"weir/sim"
)

// D54 of the validation cases: a draw from a runtime's distribution has the quantiles that were measured: p50 within 3
// % and p95 within 8 %, for each of the runtimes, packages, architectures and memory sizes.
func TestInitialisationsAreDrawnFromWhatWasMeasured(t *testing.T) {
	const draws = 4000
	for _, c := range ColdStarts() {
		d, err := c.Init()
		if err != nil {
			t.Fatalf("%+v: %v", c, err)
		}
		r := sim.NewEngine(1, 0).Rand(c.Runtime + c.Package + c.Architecture)
		below50, below95 := 0, 0
		for range draws {
			v := d.Sample(r) / float64(sim.Millisecond)
			if v <= c.Quantiles[1] {
				below50++
			}
			if v <= c.Quantiles[3] {
				below95++
			}
		}
		for _, q := range []struct {
			p, measured, within float64
			below               int
		}{{0.5, c.Quantiles[1], 0.03, below50}, {0.95, c.Quantiles[3], 0.08, below95}} {
			if got := d.Quantile(q.p) / float64(sim.Millisecond); math.Abs(got/q.measured-1) > q.within {
				t.Errorf("%s %s %s %d MiB: p%v is %v ms, want %v", c.Runtime, c.Package, c.Architecture, c.MemoryMiB, 100*q.p, got,
					q.measured)
			}
			if share, half := float64(q.below)/draws, 4*math.Sqrt(q.p*(1-q.p)/draws); math.Abs(share-q.p) > half {
				t.Errorf("%s %s %s %d MiB: %v of the draws are below %v ms, want %v", c.Runtime, c.Package, c.Architecture,
					c.MemoryMiB, share, q.measured, q.p)
			}
		}
	}
}

// "Init does not depend on memory size", while the first invocation does: .NET 8 took 722, 358, 167 and 76 ms at 128,
// 256, 512 and 1,024 MB in the year's data, in proportion to 1/memory (facts 1.2).
func TestTheFirstInvocationDependsOnMemory(t *testing.T) {
	first := func(memory float64) float64 {
		c, err := LookUpColdStart("dotnet8", "zip", "x86_64", memory)
		if err != nil {
			t.Fatal(err)
		}
		return c.FirstInvoke.Seconds() * 1000
	}
	for _, memory := range []float64{128, 256, 512} {
		if ratio := first(memory) / first(2*memory); ratio < 1.7 || ratio > 2.7 {
			t.Errorf("%v MB take %v times as long as twice that", memory, ratio)
		}
	}
	if between := first(384); between <= first(512) || between >= first(256) {
		t.Errorf("384 MB take %v ms, not between %v and %v", between, first(512), first(256))
	}
	if first(4096) != first(1024) {
		t.Error("above what was measured it is not what was measured last")
	}
}

// The error names what was meant.
func TestARuntimeThatWasNotMeasuredIsRefused(t *testing.T) {
	for _, c := range []struct{ runtime, pack, want string }{
		{"pyhton3.12", "zip", `there is no runtime "pyhton3.12" whose cold starts were measured; did you mean python3.12?`},
		{"java17-snapstart", "image", "no cold starts were measured of java17-snapstart, package image, on x86_64"},
	} {
		if _, err := LookUpColdStart(c.runtime, c.pack, "x86_64", 512); err == nil || err.Error() != c.want {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
}
