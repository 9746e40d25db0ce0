package random

import (
	"crypto/sha256"
	"encoding/binary"
	"flag"
	"fmt"
	"hash"
	"math"
	"os"
	"strings"
	"testing"

	"weir/sim"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares text with a golden file. Do NOT change the golden files to make a test pass: they pin the trajectory
// of every simulation. A change that is meant to alter samples says so in the CHANGELOG, under "Results change".
func golden(t *testing.T, file, got string) {
	t.Helper()
	file = "testdata/" + file
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	wanted := strings.Split(string(want), "\n")
	for i, line := range strings.Split(got, "\n") {
		if i >= len(wanted) || line != wanted[i] {
			t.Errorf("%s:%d: now\n\t%s", file, i+1, line)
		}
	}
	if strings.Count(got, "\n") != strings.Count(string(want), "\n") {
		t.Errorf("%s has another number of lines", file)
	}
}

// drawing is a name and a sampler of it.
type drawing struct {
	name   string
	sample func(r *sim.Rand) float64
}

// drawings returns a sampler of every distribution, the discrete ones too.
func drawings(t testing.TB) (all []drawing) {
	t.Helper()
	for _, c := range catalogue(t) {
		all = append(all, drawing{c.name, c.dist.Sample})
	}
	pareto, err := NewPareto(1.5, 10) // no variance, so it is not in the catalogue
	if err != nil {
		t.Fatal(err)
	}
	choice, err := NewChoice([]float64{3, 0, 1, 2})
	if err != nil {
		t.Fatal(err)
	}
	bernoulli, err := NewBernoulli(0.3)
	if err != nil {
		t.Fatal(err)
	}
	all = append(all, drawing{"pareto heavy", pareto.Sample},
		drawing{"choice", func(r *sim.Rand) float64 { return float64(choice.Sample(r)) }},
		drawing{"bernoulli", func(r *sim.Rand) float64 {
			if bernoulli.Sample(r) {
				return 1
			}
			return 0
		}},
		drawing{"standard normal", StandardNormal})
	for _, s := range []float64{0, 0.7, 1, 1.2, 3} {
		zipf, err := NewZipf(1_000_000, s)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, drawing{fmt.Sprintf("zipf %v", s), func(r *sim.Rand) float64 { return float64(zipf.Sample(r)) }})
	}
	return all
}

func TestFirstSamplesStayTheSame(t *testing.T) {
	var out strings.Builder
	for _, d := range drawings(t) {
		for seed := range uint64(2) {
			r := sim.NewRand(seed, 0, "golden")
			fmt.Fprintf(&out, "%s, seed %d:", d.name, seed)
			for range 10 {
				fmt.Fprintf(&out, " %v", d.sample(r))
			}
			out.WriteByte('\n')
		}
	}
	golden(t, "first_samples.txt", out.String())
}

// bitsInto hashes the bits of numbers.
func bitsInto(h hash.Hash, numbers ...float64) {
	for _, x := range numbers {
		var word [8]byte
		binary.LittleEndian.PutUint64(word[:], math.Float64bits(x))
		h.Write(word[:])
	}
}

// Run it with GOARCH=arm64 and with GOAMD64=v3, where Go fuses x*y + z into one instruction unless it is told not to.
func TestSamplesAreTheSameOnEveryProcessor(t *testing.T) {
	var out strings.Builder
	for _, d := range drawings(t) {
		h := sha256.New()
		r := sim.NewRand(1, 0, "processors")
		for range 10_000 {
			bitsInto(h, d.sample(r))
		}
		fmt.Fprintf(&out, "%x 10,000 samples of %s\n", h.Sum(nil)[:16], d.name)
	}
	for _, c := range catalogue(t) {
		h := sha256.New()
		bitsInto(h, c.dist.Mean(), c.dist.Variance())
		for i := range 101 {
			x := c.dist.Quantile(float64(i) / 100)
			bitsInto(h, x, c.dist.CDF(x), c.dist.CDF(float64(x*1.01)+0.1))
		}
		fmt.Fprintf(&out, "%x moments, quantiles and shares of %s\n", h.Sum(nil)[:16], c.name)
	}
	h := sha256.New()
	r := sim.NewRand(1, 0, "functions")
	for range 10_000 {
		x, y := 100*StandardNormal(r), StandardNormal(r)
		power := Exp(x)
		bitsInto(h, power, Expm1(y), Log(power), Log1p(Exp(y)-1), Pow(power, y), NormalCDF(y), NormalQuantile(NormalCDF(y)),
			logGamma(Exp(y)), gammaFunction(Exp(y)))
	}
	fmt.Fprintf(&out, "%x functions\n", h.Sum(nil)[:16])
	golden(t, "processors.txt", out.String())
}
