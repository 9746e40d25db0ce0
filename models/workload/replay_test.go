package workload

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"weir/sim"
)

// replayed returns the first instants of the trace with the given settings and file.
func replayed(t *testing.T, settings, file string, n int) []sim.Time {
	t.Helper()
	s := arrivals(t, "{trace: {file: trace.csv, "+settings+"}}")
	return instants(newSource(s, read(t, s, file), 0), n)
}

func checkInstants(t *testing.T, what string, got []sim.Time, seconds ...float64) {
	t.Helper()
	var want []sim.Time
	for _, s := range seconds {
		want = append(want, sim.Time(math.Round(s*1e9)))
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got %v\nwant %v", what, got, want)
	}
}

// nasaHead is the first fifteen seconds of 13 July 1995 at NASA's web server (Internet Traffic Archive, NASA-HTTP,
// freely redistributable; counted by second).
const nasaHead = "second,requests\n0,0\n1,1\n2,0\n3,1\n4,2\n5,1\n6,1\n7,0\n8,0\n9,3\n10,2\n11,0\n12,1\n13,0\n14,0\n"

func TestCountsAreReplayedEvenlyFromTheBeginningOfTheirInterval(t *testing.T) {
	// n requests in second s arrive at s + k/n.
	got := replayed(t, "counts: requests, interval: 1s", nasaHead, 100)
	checkInstants(t, "NASA", got, 1, 3, 4, 4.5, 5, 6, 9, 9+1.0/3, 9+2.0/3, 10, 10.5, 12)
}

func TestTimestampsAreReplayedAsTheyStand(t *testing.T) {
	file := "arrival_s,tokens\n0.0000,44\n4.3146,109\n4.3146,7\n4.5419000004,55\n5e-3e,1\n"
	file = strings.Replace(file, "5e-3e,1\n", "5.1e0,1\n", 1)
	got := replayed(t, "timestamps: arrival_s", file, 100)
	checkInstants(t, "seconds", got, 0, 4.3146, 4.3146, 4.5419, 5.1)

	got = replayed(t, "timestamps: t, unit: ms", "t\n0.5\n1500\n1500.000001\n", 100)
	checkInstants(t, "milliseconds", got, 0.0005, 1.5, 1.500000001)

	file = "t\n1404172799.9\n1404172800.000000001\n1404172802.123456789\n"
	got = replayed(t, "timestamps: t, start: 1404172800s", file, 100)
	checkInstants(t, "Unix times", got, 0.000000001, 2.123456789)

	got = replayed(t, "timestamps: t", "t\n2014-12-31 23:59:59\n2015-01-01T00:00:00.25Z\n2015-01-01 01:00:01+01:00\n", 100)
	checkInstants(t, "dates", got, 0, 1.25, 2)
}

func TestATraceIsScaledInRateWithoutLosingAMessage(t *testing.T) {
	file := "n\n3\n1\n0\n7\n1\n1\n"
	for _, c := range []struct {
		scale string
		want  []float64
	}{
		{"2", []float64{0, 1.0 / 6, 2.0 / 6, 3.0 / 6, 4.0 / 6, 5.0 / 6, 1, 1.5}},
		{"0.5", []float64{0, 1, 3, 3 + 1.0/3, 3 + 2.0/3, 4}}, // 1.5, 2, 2, 5.5, 6 and 6.5 messages have come by then
		{"0.1", []float64{3}},
	} {
		got := replayed(t, "counts: n, interval: 1s, rate_scale: "+c.scale, file, len(c.want))
		checkInstants(t, "scaled by "+c.scale, got, c.want...)
	}
	for _, scale := range []float64{0.09, 0.1, 0.37, 1, 2.6, 19.99} {
		for _, spacing := range []string{"even", "uniform"} {
			settings := fmt.Sprintf("counts: n, interval: 1s, rate_scale: %v, repeat: true, spacing: %s", scale, spacing)
			s := arrivals(t, "{trace: {file: trace.csv, "+settings+"}}")
			n := until(newSource(s, read(t, s, file), 0), 6000*secondsTime, nil)
			if want := int(math.Floor(13 * 1000 * scale)); n != want {
				t.Errorf("%s: a thousand rounds of 13 messages bring %d, want %d", settings, n, want)
			}
		}
	}
}

func TestATraceIsStretchedCutAndRepeated(t *testing.T) {
	counts := "n\n1\n2\n0\n4\n"
	got := replayed(t, "counts: n, interval: 1s, time_scale: 2", counts, 100)
	checkInstants(t, "stretched counts", got, 0, 2, 3, 6, 6.5, 7, 7.5)
	got = replayed(t, "counts: n, interval: 1s, start: 1s, length: 2s", counts, 100)
	checkInstants(t, "cut counts", got, 0, 0.5)
	got = replayed(t, "counts: n, interval: 1s, start: 1s, repeat: true", counts, 9)
	checkInstants(t, "repeated counts", got, 0, 0.5, 2, 2.25, 2.5, 2.75, 3, 3.5, 5)
	times := "t\n0.5\n1\n2.5\n2.75\n"
	got = replayed(t, "timestamps: t, time_scale: 0.5", times, 100)
	checkInstants(t, "stretched instants", got, 0.25, 0.5, 1.25, 1.375)
	got = replayed(t, "timestamps: t, start: 1s, length: 1750ms", times, 100)
	checkInstants(t, "cut instants", got, 0, 1.5)
	got = replayed(t, "timestamps: t, start: 1s, length: 2s, repeat: true", times, 7)
	checkInstants(t, "repeated instants", got, 0, 1.5, 1.75, 2, 3.5, 3.75, 4)
}

func TestMissingIntervalsCanCountAsNone(t *testing.T) {
	for _, c := range []struct{ settings, file string }{
		{"interval: 1m", "minute,n\n7,1\n8,1\n11,1\n"},
		{"interval: 1m", "s,n\n420,1\n480,1\n660,1\n"},
		{"interval: 1m, unit: ms", "ms,n\n420000,1\n480000,1\n660000,1\n"},
		{"interval: 1m, at: when", "n,when\n1,2014-04-10 00:04:00\n1,2014-04-10 00:05:00\n1,2014-04-10 00:08:00\n"},
	} {
		got := replayed(t, "counts: n, missing: zero, "+c.settings, c.file, 100)
		checkInstants(t, c.file, got, 0, 60, 240)
	}
}

func TestCountsAtRandomInstantsAreUniformInTheirInterval(t *testing.T) {
	// 20 buckets of one interval; the test rejects a right process once in 10,000.
	const buckets, replications, count = 20, 2000, 30
	for _, spacing := range []string{"uniform", "poisson"} {
		s := arrivals(t, "{trace: {file: trace.csv, counts: n, interval: 1m, spacing: "+spacing+"}}")
		rec := read(t, s, "n\n0\n30\n0\n")
		hits, totals := [buckets]float64{}, []float64{}
		for rep := range replications {
			n := until(newSource(s, rec, rep), 180*secondsTime, func(at sim.Time) {
				if at < 60*secondsTime || at > 120*secondsTime {
					t.Fatalf("%s: a message at %s", spacing, at)
				}
				hits[min((at-60*secondsTime)*buckets/(60*secondsTime), buckets-1)]++
			})
			totals = append(totals, float64(n))
		}
		mean, variance := stat.MeanVariance(totals, nil)
		expected, fit := mean*replications/buckets, 0.0
		for _, n := range hits {
			fit += (n - expected) * (n - expected) / expected
		}
		if p := (distuv.ChiSquared{K: buckets - 1}).Survival(fit); p < 1e-4 {
			t.Errorf("%s: the instants are not uniform: chi-square %.4g, p = %.2g", spacing, fit, p)
		}
		if spacing == "uniform" {
			if mean != count || variance != 0 {
				t.Errorf("uniform: %v ± %v messages, want %d each time", mean, variance, count)
			}
			continue
		}
		holds(t, "poisson: messages", totals, count, 0.02)
		p := (distuv.ChiSquared{K: replications - 1}).CDF(variance / mean * (replications - 1))
		if p < 1e-4 || p > 1-1e-4 {
			t.Errorf("poisson: the count's index of dispersion is %.4g, p = %.2g", variance/mean, p)
		}
	}
}

func TestTimestampsScaleByRepetitionAndThinning(t *testing.T) {
	var file strings.Builder
	file.WriteString("t,bytes\n")
	for i := range 1000 {
		fmt.Fprintf(&file, "%d,%d\n", i, i)
	}
	for _, scale := range []float64{0.3, 1, 2.25, 3} {
		settings := fmt.Sprintf("timestamps: t, size_column: bytes, rate_scale: %v", scale)
		s := arrivals(t, "{trace: {file: trace.csv, "+settings+"}}")
		rec := read(t, s, file.String())
		var totals []float64
		for rep := range 40 {
			src := newSource(s, rec, rep)
			at := map[sim.Time]int{}
			n := until(src, sim.Never, func(instant sim.Time) {
				at[instant]++
				if size := src.Size(); sim.Time(size)*secondsTime != instant {
					t.Fatalf("the message at %s has the size of the one at %d s", instant, size)
				}
			})
			for instant, copies := range at {
				if c := float64(copies); c != math.Floor(scale) && c != math.Ceil(scale) {
					t.Fatalf("scaled by %v: %d messages at %s", scale, copies, instant)
				}
			}
			totals = append(totals, float64(n))
		}
		if scale == math.Floor(scale) {
			if slices.Min(totals) != scale*1000 || slices.Max(totals) != scale*1000 {
				t.Errorf("scaled by %v: %v messages", scale, totals)
			}
			continue
		}
		holds(t, settings, totals, 1000*scale, 0.05)
	}
}

func TestExpectedFollowsTheRecord(t *testing.T) {
	s := arrivals(t, "{trace: {file: trace.csv, counts: n, interval: 1s, rate_scale: 2, time_scale: 0.5, repeat: true}}")
	var file strings.Builder
	file.WriteString("n\n")
	total := 0
	for i := range 5000 {
		fmt.Fprintf(&file, "%d\n", i%7)
		total += i % 7
	}
	rec := read(t, s, file.String())
	for _, c := range []struct{ from, to, want float64 }{
		{0, 2500, 2 * float64(total)},
		{2500 - 1, 2500, 2 * float64(4998%7+4999%7)},
		{1500, 1501, 2 * float64(3000%7+3001%7)},
		{2500, 2501.25, 2 * (0 + 1 + 2*0.5)},
		{5000, 10_000, 4 * float64(total)},
	} {
		if got := s.Expected(sim.Time(c.from*1e9), sim.Time(c.to*1e9), rec); math.Abs(got-c.want) > 1e-6 {
			t.Errorf("from %v s to %v s: %v messages, want %v", c.from, c.to, got, c.want)
		}
	}
	if rec.Messages() != int64(total) || rec.Span(s.Arrivals.Trace) != 5000*sim.Second {
		t.Errorf("the record has %d messages in %s", rec.Messages(), rec.Span(s.Arrivals.Trace))
	}
}

func TestALimitEndsAWorkloadAndItsExpectation(t *testing.T) {
	s := decode(t, "arrivals: {constant: 10/s}\ntogether: 3\nlimit: 100\nstart: 5s")
	src := newSource(s, nil, 0)
	n := 0
	var last sim.Time
	for {
		at, ok := src.Next()
		if !ok {
			break
		}
		n, last = n+src.Together(), at
	}
	if n != 100 || last != sim.Time(5*sim.Second+3400*sim.Millisecond) {
		t.Errorf("%d messages until %s, want 100 until 8.4s", n, last)
	}
	if got := s.Expected(0, 7*secondsTime, nil); got != 60 {
		t.Errorf("%v messages are expected in 7 s, want 60", got)
	}
	if got := s.Expected(7*secondsTime, sim.Time(sim.Day), nil); got != 40 {
		t.Errorf("%v messages are expected from 7 s on, want 40", got)
	}
	if got := s.MeanRate(10*sim.Second, nil); got != 10 {
		t.Errorf("the mean rate over 10 s is %v/s, want 10/s", got)
	}
}
