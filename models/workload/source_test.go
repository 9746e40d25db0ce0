package workload

import (
	"flag"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"weir/sim"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestTheFirstInstantsOfEachSeedArePinned(t *testing.T) {
	// The file may only change in a commit that says why the luck of every scenario changes.
	const file = "testdata/first_instants.txt"
	var b strings.Builder
	for _, kind := range everyKind {
		fmt.Fprintf(&b, "%s\n", kind)
		for rep := range 2 {
			src, _, _ := sourceOf(t, "arrivals: "+kind, rep)
			fmt.Fprintf(&b, "  replication %d:", rep)
			for _, at := range instants(src, 5) {
				fmt.Fprintf(&b, " %d", at)
			}
			b.WriteString("\n")
		}
	}
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	wanted := strings.Split(string(want), "\n")
	for i, line := range strings.Split(b.String(), "\n") {
		if i >= len(wanted) || line != wanted[i] {
			t.Fatalf("%s:%d: the instants have changed:\n got %s", file, i+1, line)
		}
	}
}

// properties is a workload with everything that is drawn for a message.
const properties = `
together: {uniform: {low: 0.5, high: 3.5}}
size: {lognormal: {p50: 2KiB, p99: 40KiB}}
key: {zipf: {keys: 1000, exponent: 1.2}}
poison: 5%
`

func TestTheSameLuckGivesTheSameMessages(t *testing.T) {
	for _, kind := range everyKind {
		text := "arrivals: " + kind
		a, _, _ := sourceOf(t, text+properties, 3)
		b, _, _ := sourceOf(t, text+properties, 3)
		plain, _, _ := sourceOf(t, text, 3)
		for range 2000 {
			at, ok := a.Next()
			if other, okToo := b.Next(); at != other || ok != okToo {
				t.Fatalf("%s: the same seed gives %s and %s", kind, at, other)
			}
			if other, _ := plain.Next(); at != other {
				t.Fatalf("%s: sizes and keys shift an arrival from %s to %s", kind, other, at)
			}
			if !ok {
				break
			}
			n := a.Together()
			if b.Together() != n {
				t.Fatal(kind, "the same seed gives other numbers of messages")
			}
			plain.Together()
			for range n {
				if a.Size() != b.Size() || a.Key() != b.Key() || a.Poison() != b.Poison() {
					t.Fatal(kind, "the same seed gives other messages")
				}
			}
		}
	}
}

func TestEachPurposeHasLuckOfItsOwn(t *testing.T) {
	src := newSource(decode(t, "arrivals: {poisson: 1/s}\n"+properties), nil, 0)
	all := map[sim.Rand]bool{}
	for _, r := range []*sim.Rand{src.arrivals.(*poisson).rand, src.count.rand, src.size.rand, src.key, src.poison} {
		all[*r] = true
	}
	src = newSource(arrivals(t, "{on_off: {on: 1s, off: 1s, rate: 1/s}}"), nil, 0)
	for _, r := range []*sim.Rand{src.arrivals.(*switching).stay, src.arrivals.(*switching).turn} {
		all[*r] = true
	}
	if len(all) != 7 {
		t.Errorf("seven purposes have %d sources of luck", len(all))
	}
}

func TestAnotherSeedGivesOtherArrivals(t *testing.T) {
	for _, kind := range everyKind {
		if strings.Contains(kind, "constant") || strings.Contains(kind, "even") || strings.HasSuffix(kind, "10s}}") ||
			strings.Contains(kind, "schedule") {
			continue // nothing in these is random
		}
		a, _, _ := sourceOf(t, "arrivals: "+kind, 0)
		b, _, _ := sourceOf(t, "arrivals: "+kind, 1)
		if slices.Equal(instants(a, 500), instants(b, 500)) {
			t.Errorf("%s: two replications have the same arrivals", kind)
		}
	}
}

func TestArrivalsAllocateNothing(t *testing.T) {
	for _, kind := range everyKind {
		src, _, _ := sourceOf(t, "arrivals: "+kind+properties, 0)
		perArrival := testing.AllocsPerRun(2000, func() {
			if _, ok := src.Next(); !ok {
				return
			}
			for range src.Together() {
				src.Size()
				src.Key()
				src.Poison()
			}
		})
		if perArrival != 0 {
			t.Errorf("%s: %v allocations an arrival", kind, perArrival)
		}
	}
}

func TestSizesComeFromTheTraceTheScenarioOrADefault(t *testing.T) {
	if got := newSource(arrivals(t, "{constant: 1/s}"), nil, 0).Size(); got != 1024 {
		t.Errorf("without a size, a message has %d bytes", got)
	}
	if got := newSource(decode(t, "arrivals: {constant: 1/s}\nsize: 300B"), nil, 0).Size(); got != 300 {
		t.Errorf("a size of 300B gives %d bytes", got)
	}
	src := newSource(decode(t, "arrivals: {constant: 1/s}\nsize: {lognormal: {mean: 4KiB, cv: 0.5}}"), nil, 0)
	var sizes []float64
	for range 40_000 {
		sizes = append(sizes, float64(src.Size()))
	}
	holds(t, "size", sizes, 4096, 0.01)
	s := arrivals(t, "{trace: {file: x.csv, timestamps: t, size_column: bytes}}")
	src = newSource(s, read(t, s, timestampsFile), 0)
	var got []uint32
	for {
		if _, ok := src.Next(); !ok {
			break
		}
		got = append(got, src.Size())
	}
	if !slices.Equal(got, []uint32{100, 200, 4000}) {
		t.Errorf("the recorded sizes come as %v", got)
	}
}

func TestKeysAndPoisonHaveTheirShares(t *testing.T) {
	// A chi-square test that rejects the right shares once in 10,000.
	zipf, sum := make([]float64, 20), 0.0
	for k := range zipf {
		zipf[k] = math.Pow(float64(k+1), -1.1)
		sum += zipf[k]
	}
	for k := range zipf {
		zipf[k] /= sum
	}
	for _, c := range []struct {
		key    string
		shares []float64
	}{
		{"{uniform: 4}", []float64{0.25, 0.25, 0.25, 0.25}},
		{"{zipf: {keys: 20, exponent: 1.1}}", zipf},
		{"{hot: {keys: 5, named: {beta: 10%, acme: 60%}}}", []float64{0.6, 0.1, 0.1, 0.1, 0.1}},
		{"{hot: {keys: 2, named: {a: 0.3, b: 0.7}}}", []float64{0.7, 0.3}},
		{"{hot: {keys: 1, named: {a: 100%}}}", []float64{1}},
	} {
		const n = 100_000
		src := newSource(decode(t, "arrivals: {constant: 1/s}\npoison: 2%\nkey: "+c.key), nil, 0)
		counts, poison, fit := make([]float64, len(c.shares)), 0, 0.0
		for range n {
			counts[src.Key()]++
			if src.Poison() {
				poison++
			}
		}
		for k, share := range c.shares {
			fit += (counts[k] - n*share) * (counts[k] - n*share) / (n * share)
		}
		if p := (distuv.ChiSquared{K: max(float64(len(counts)-1), 1)}).Survival(fit); p < 1e-4 {
			t.Errorf("%s: the keys come %v times: chi-square %.4g, p = %.2g", c.key, counts, fit, p)
		}
		if math.Abs(float64(poison)-n*0.02) > 3.89*math.Sqrt(n*0.02*0.98) {
			t.Errorf("%d of %d messages are poison, want about 2%%", poison, n)
		}
	}
}

func TestKeysHaveNames(t *testing.T) {
	s := decode(t, "arrivals: {constant: 1/s}\nkey: {hot: {keys: 9, named: {beta: 10%, zeta: 60%, alpha: 10%}}}")
	var none *Keys
	for _, c := range []struct {
		keys *Keys
		key  uint32
		want string
	}{{s.Key, 0, "zeta"}, {s.Key, 1, "alpha"}, {s.Key, 2, "beta"}, {s.Key, 3, "key 3"}, {none, 0, "key 0"}} {
		if got := c.keys.Name(c.key); got != c.want {
			t.Errorf("key %d is called %s, want %s", c.key, got, c.want)
		}
	}
}

func TestAClosedLoopHasClientsThatThink(t *testing.T) {
	s := decode(t, "arrivals: {closed: {clients: 7, think: {exponential: 3s}}}\nlimit: 2\nstop: 1m")
	src := newSource(s, nil, 0)
	if src.Clients() != 7 || newSource(arrivals(t, "{constant: 1/s}"), nil, 0).Clients() != 0 {
		t.Errorf("the closed loop has %d clients", src.Clients())
	}
	var thinks []float64
	for range 20_000 {
		thinks = append(thinks, src.Think().Seconds())
	}
	holds(t, "think time", thinks, 3, 0.03)
	if !src.Open(59*secondsTime) || src.Open(60*secondsTime) {
		t.Error("the loop does not close at its stop")
	}
	if src.Together() != 1 || !src.Open(0) || src.Together() != 1 || src.Open(0) || src.Together() != 0 {
		t.Error("the loop does not close at its limit")
	}
	if got := s.Expected(0, secondsTime, nil); got != 0 {
		t.Errorf("%v messages are expected of a closed loop, whose load depends on the answers", got)
	}
}

func TestAMistakeInTheScenarioIsToldByItsPlaceAndWhatToWrite(t *testing.T) {
	// Each case is a workload, a line ---- and the error's first line.
	const file = "testdata/mistakes.txt"
	cases, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for i, text := range strings.Split(strings.TrimSpace(string(cases)), "\n\n") {
		workload, want, found := strings.Cut(text, "\n----")
		if !found {
			t.Fatalf("%s: case %d has no line ----", file, i+1)
		}
		_, err := tryDecode(workload)
		got := "no error"
		if err != nil {
			got, _, _ = strings.Cut(err.Error(), "\n")
		}
		if got != strings.TrimSpace(want) && !*update {
			t.Errorf("%s:\n got %s\nwant %s", workload, got, strings.TrimSpace(want))
		}
		fmt.Fprintf(&b, "%s\n----\n%s\n\n", workload, got)
	}
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestARunThatWouldNeverEndIsToldBeforeItBegins(t *testing.T) {
	s := arrivals(t, "{poisson: 1000000000/s}")
	got := s.CheckRun(sim.Hour, nil)
	want := problem("arrivals", "would bring about 3.6e+12 messages in 1h, more than 1e+12: lower the rate, shorten "+
		"the run or set a limit")
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := decode(t, "arrivals: {poisson: 1000000000/s}\nlimit: 1000").CheckRun(sim.Hour, nil); got != nil {
		t.Errorf("with a limit: %v", got)
	}
}

func BenchmarkNext(b *testing.B) {
	for _, kind := range everyKind {
		src, _, _ := sourceOf(b, "arrivals: "+kind, 0)
		b.Run(strings.Fields(strings.TrimLeft(kind, "{"))[0], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				src.Next()
			}
		})
	}
}
