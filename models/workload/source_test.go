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

	"weir/models/spec"
	"weir/sim"
)

var update = flag.Bool("update", false, "write the pinned instants anew")

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

func TestAnotherSeedGivesOtherArrivals(t *testing.T) {
	for _, kind := range everyKind {
		if strings.Contains(kind, "constant") || strings.Contains(kind, "even") || strings.HasSuffix(kind, "10s}}") {
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

func TestAMistakeInTheScenarioIsToldByItsFieldAndWhatToWrite(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"arrivals: {}", "arrivals: needs one of constant, poisson, renewal, on_off, mmpp, spike, ramp, diurnal, piecewise, " +
			"closed, trace"},
		{"arrivals: {constant: 0/s}", "arrivals.constant: must be above 0/s: leave the producer out to send nothing"},
		{"arrivals: {poisson: 0/s}", "arrivals.poisson: must be above 0/s: leave the producer out to send nothing"},
		{"arrivals: {poisson: 1e10/s}", `arrivals.poisson: "1e10/s" is too large: it must be at most 1000000000/s`},
		{"arrivals: {renewal: {gap: 0s}}",
			"arrivals.renewal.gap: has a mean below 1ns, the grain of the clock: arrivals would never end"},
		{"arrivals: {renewal: {gap: {pareto: {shape: 0.9, scale: 1s}}}}",
			"arrivals.renewal.gap: has no finite mean: bound it, for example with bounded_pareto"},
		{"arrivals: {on_off: {on: 1s, off: {pareto: {shape: 1, scale: 1s}}, rate: 1/s}}",
			"arrivals.on_off.off: has no finite mean: bound it, for example with bounded_pareto"},
		{"arrivals: {on_off: {on: 1s, off: 1s, rate: 0/s}}",
			"arrivals.on_off.rate: must be above 0/s: leave the producer out to send nothing"},
		{"arrivals: {on_off: {on: 1ns, off: 1ns, rate: 1000/s}}",
			"arrivals.on_off.on: the rate would change more than once in a microsecond: write longer times"},
		{"arrivals: {on_off: {on: 0s, off: 1h, rate: 100/s}}", "arrivals.on_off.on: the rate would change more than a million " +
			"times for one message: write longer times or higher rates"},
		{"arrivals: {mmpp: {states: [{rate: 1/s, stay: 1s}]}}",
			"arrivals.mmpp.states: needs two states or more: with one, write poisson"},
		{"arrivals: {mmpp: {states: [{rate: 0/s, stay: 1s}, {rate: 0/s, stay: 1s}]}}",
			"arrivals.mmpp.states: at least one rate must be above 0/s"},
		{"arrivals: {mmpp: {states: [{rate: 1/d, stay: 1ms}, {rate: 0/s, stay: 1ms}]}}", "arrivals.mmpp.states: the rate would " +
			"change more than a million times for one message: write longer times or higher rates"},
		{"arrivals: {spike: {base: 0/s, peak: 0/s, at: 1s, for: 1s}}",
			"arrivals.spike.peak: must be above 0/s: leave the producer out to send nothing"},
		{"arrivals: {spike: {base: 1/s, peak: 9/s, at: 1s, for: 0s}}",
			`arrivals.spike.for: "0s" is too small: it must be at least 1us`},
		{"arrivals: {ramp: {from: 0/s, to: 0/s, over: 1s}}",
			"arrivals.ramp.to: must be above 0/s: leave the producer out to send nothing"},
		{"arrivals: {diurnal: {mean: 10/s, peak: 9/s}}", "arrivals.diurnal.peak: must not be below the mean, 10/s"},
		{"arrivals: {diurnal: {mean: 10/s, peak: 21/s}}", "arrivals.diurnal.peak: must be at most twice the mean, 20/s: the rate " +
			"would fall below 0/s; write a steeper day with piecewise"},
		{"arrivals: {piecewise: {points: []}}", "arrivals.piecewise.points: needs at least one point with a rate above 0/s"},
		{"arrivals: {piecewise: {points: [{at: 1s, rate: 1/s}]}}",
			"arrivals.piecewise.points[0].at: the first point must stand at 0s, not at 1s"},
		{"arrivals: {piecewise: {points: [{at: 0s, rate: 1/s}, {at: 9s, rate: 2/s}, {at: 9s, rate: 2/s}]}}",
			"arrivals.piecewise.points[2].at: must be later than the point before it, at 9s"},
		{"arrivals: {piecewise: {points: [{at: 0s, rate: 1/s}, {at: 9s, rate: 2/s}], every: 9s}}",
			"arrivals.piecewise.points[1].at: must be earlier than 9s, when the points begin again"},
		{"arrivals: {piecewise: {points: [{at: 0s, rate: 1/d}], every: 1ms}}", "arrivals.piecewise.every: the rate would change " +
			"more than a million times for one message: write longer times or higher rates"},
		{"arrivals: {closed: {clients: 0, think: 1s}}", `arrivals.closed.clients: "0" is too small: it must be at least 1`},
		{"arrivals: {trace: {file: x.csv}}", "arrivals.trace: needs the name of a column: timestamps, or counts with interval"},
		{"arrivals: {trace: {file: x.csv, counts: n, timestamps: t}}",
			"arrivals.trace.counts: a record has timestamps or counts, not both: remove one of them"},
		{"arrivals: {trace: {file: x.csv, counts: n}}",
			"arrivals.trace.counts: needs interval, the length of time that a count covers, such as interval: 1m"},
		{"arrivals: {trace: {file: x.csv, counts: n, interval: 1m, size_column: b}}",
			"arrivals.trace.size_column: goes with timestamps: messages that are only counted have no size of their own"},
		{"arrivals: {trace: {file: x.csv, counts: n, interval: 1m, at: n}}",
			"arrivals.trace.at: is the column of the counts: name the one that numbers or dates the intervals"},
		{"arrivals: {trace: {file: x.csv, counts: n, interval: 1m, start: 90s}}",
			"arrivals.trace.start: must be a whole number of intervals of 1m"},
		{"arrivals: {trace: {file: x.csv, counts: n, interval: 1m, length: 1s}}",
			"arrivals.trace.length: must be a whole number of intervals of 1m"},
		{"arrivals: {trace: {file: x.csv, timestamps: t, interval: 1m}}",
			"arrivals.trace.interval: goes with counts, not with timestamps"},
		{"arrivals: {trace: {file: x.csv, timestamps: t, at: t}}", "arrivals.trace.at: goes with counts, not with timestamps"},
		{"arrivals: {trace: {file: x.csv, timestamps: t, missing: zero}}",
			"arrivals.trace.missing: goes with counts, not with timestamps"},
		{"arrivals: {trace: {file: x.csv, timestamps: t, spacing: even}}",
			"arrivals.trace.spacing: goes with counts: timestamps have instants of their own"},
		{"arrivals: {trace: {file: x.csv, timestamps: t, repeat: true}}",
			"arrivals.trace.repeat: needs length, after which the record begins again, such as length: 24h"},
		{"arrivals: {trace: {file: x.csv, timestamps: t, rate_scale: 0}}",
			`arrivals.trace.rate_scale: "0" is too small: it must be at least 0.000001`},
		{"arrivals: {trace: {file: x.csv, timestamps: t, size_column: b}}\nsize: 1KiB",
			"size: the trace's size_column gives the sizes: remove one of the two"},
		{"arrivals: {constant: 1/s}\ntogether: 0", "together: must be above 0"},
		{"arrivals: {constant: 1/s}\ntogether: 1000001", "together: has a mean above 1000000 messages: raise the rate instead"},
		{"arrivals: {constant: 1/s}\nsize: 4GiB", "size: has a mean of 4GiB or more: no message is that large"},
		{"arrivals: {constant: 1/s}\nstart: 1m\nstop: 60s", "stop: must be later than the start, 1m: nothing would be sent"},
		{"arrivals: {constant: 1/s}\nlimit: 0", `limit: "0" is too small: it must be at least 1`},
		{"arrivals: {constant: 1/s}\npoison: 101%", `poison: "101%" is more than the whole: a share is at most 100%`},
		{"arrivals: {constant: 1/s}\nkey: {hot: {keys: 3, named: {}}}",
			"key.hot.named: needs at least one hot key: without one, write uniform"},
		{"arrivals: {constant: 1/s}\nkey: {hot: {keys: 1, named: {a: 10%, b: 10%}}}",
			"key.hot.keys: must be at least 2, the number of hot keys"},
		{"arrivals: {constant: 1/s}\nkey: {hot: {keys: 9, named: {a: 60%, b: 50%}}}",
			"key.hot.named: the shares add up to more than 100%"},
		{"arrivals: {constant: 1/s}\nkey: {hot: {keys: 2, named: {a: 60%, b: 30%}}}", "key.hot.named: every key has a share, " +
			"but they add up to less than 100%: raise keys, or the shares"},
	} {
		_, err := tryDecode(c.text)
		if err == nil {
			t.Errorf("%s: no error, want %s", c.text, c.want)
			continue
		}
		first, _, _ := strings.Cut(err.Error(), "\n")
		if _, got, _ := strings.Cut(first, ": "); got != c.want || !strings.HasPrefix(first, "test.yaml:") {
			t.Errorf("%s:\n got %s\nwant …: %s", c.text, first, c.want)
		}
	}
}

func TestARunThatWouldNeverEndIsToldBeforeItBegins(t *testing.T) {
	s := arrivals(t, "{poisson: 1000000000/s}")
	got := s.CheckRun(sim.Hour, nil)
	want := []spec.Problem{{Field: "arrivals", Text: "would bring about 3.6e+12 messages in 1h, more than 1e+12: lower the rate, " +
		"shorten the run or set a limit"}}
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
