package workload

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"weir/sim"
)

// interval returns the mean of the samples and the half-width of its 99.9 % interval.
func interval(samples []float64) (mean, half float64) {
	mean, sd := stat.MeanStdDev(samples, nil)
	student := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(len(samples) - 1)}
	return mean, student.Quantile(0.9995) * sd / math.Sqrt(float64(len(samples)))
}

// holds fails the test unless the 99.9 % interval of the samples' mean holds the truth and is as narrow as wanted.
func holds(t *testing.T, what string, samples []float64, truth, relative float64) {
	t.Helper()
	mean, half := interval(samples)
	if math.Abs(mean-truth) > half {
		t.Errorf("%s is %.5g ± %.2g, want %.5g", what, mean, half, truth)
	}
	if half > relative*truth {
		t.Errorf("%s is known to ± %.2g only, want ± %.2g", what, half, relative*truth)
	}
}

// perWindow returns the mean number of messages in a window, and its variance over this mean, the index of
// dispersion, by replication, after a first stretch is left out.
func perWindow(s *Spec, replications, windows int, skip, width sim.Duration) (means, dispersions []float64) {
	for rep := range replications {
		counts := make([]float64, windows)
		end := sim.Time(0).Add(skip + sim.Duration(windows)*width)
		until(newSource(s, nil, rep), end, func(at sim.Time) {
			if at >= sim.Time(skip) {
				counts[at.Sub(sim.Time(skip))/width]++
			}
		})
		mean, variance := stat.MeanVariance(counts, nil)
		means, dispersions = append(means, mean), append(dispersions, variance/mean)
	}
	return means, dispersions
}

func TestPoissonArrivalsHaveTheirRateAndADispersionOfOne(t *testing.T) {
	means, dispersions := perWindow(arrivals(t, "{poisson: 40/s}"), 40, 2000, 0, 250*sim.Millisecond)
	holds(t, "messages in a window", means, 10, 0.01)
	holds(t, "index of dispersion", dispersions, 1, 0.02)
}

func TestRenewalArrivalsHaveTheDispersionOfTheirGaps(t *testing.T) {
	// In a long window the index of dispersion is the squared coefficient of variation of the gaps (Cox, Renewal Theory).
	for _, c := range []struct {
		gap string
		scv float64
	}{
		{"{erlang: {k: 4, mean: 20ms}}", 0.25},
		{"{hyperexponential: {mean: 20ms, scv: 3}}", 3},
		{"{lognormal: {mean: 20ms, cv: 1.5}}", 2.25},
	} {
		s := arrivals(t, "{renewal: {gap: "+c.gap+"}}")
		means, dispersions := perWindow(s, 40, 350, sim.Minute, 4*sim.Second)
		holds(t, c.gap+": messages in a window", means, 200, 0.01)
		holds(t, c.gap+": index of dispersion", dispersions, c.scv, 0.06)
	}
}

// dispersionMMPP is the index of dispersion of the counts of a two-state MMPP in equilibrium, with rates a and b and
// the rates r of leaving a and q of leaving b, over windows of length w (Heffes and Lucantoni, IEEE Journal on
// Selected Areas in Communications 4(6), 1986, equation 5).
func dispersionMMPP(a, b, r, q, w float64) float64 {
	factor := 2 * (a - b) * (a - b) * r * q / ((r + q) * (r + q) * (a*q + b*r))
	return 1 + factor*(1-(1-math.Exp(-(r+q)*w))/((r+q)*w))
}

func TestMMPPArrivalsHaveTheRateAndDispersionOfTheClosedForm(t *testing.T) {
	s := arrivals(t, "{mmpp: {states: [{rate: 90/s, stay: 2s}, {rate: 10/s, stay: 6s}]}}")
	means, dispersions := perWindow(s, 40, 1000, 0, 4*sim.Second)
	holds(t, "messages in a window", means, 4*30, 0.03)
	holds(t, "index of dispersion", dispersions, dispersionMMPP(90, 10, 1.0/2, 1.0/6, 4), 0.05)
}

func TestMMPPArrivalsBeginInEquilibrium(t *testing.T) {
	s := arrivals(t, "{mmpp: {states: [{rate: 100/s, stay: 1s}, {rate: 20/s, stay: 2s}, {rate: 0/s, stay: 5s}]}}")
	var first []float64
	for rep := range 6000 {
		first = append(first, float64(until(newSource(s, nil, rep), secondsTime/2, nil)))
	}
	holds(t, "messages in the first half second", first, 0.5*(100*1+20*2)/8, 0.08)
}

func TestAnyOtherStateOfAnMMPPFollowsAlike(t *testing.T) {
	const state = "{rate: 1/s, stay: 9s}"
	s := arrivals(t, "{mmpp: {states: ["+state+", {rate: 0/s, stay: 1s}, "+state+", "+state+"]}}")
	p := newSource(s, nil, 0).arrivals.(*switching)
	const n = 60_000
	fit := 0.0
	for state := range 4 {
		counts := [4]float64{}
		for range n {
			p.state = state
			counts[p.other()]++
		}
		for other, got := range counts {
			if other != state {
				fit += (got - n/3) * (got - n/3) / (n / 3)
			} else if got != 0 {
				t.Errorf("state %d follows itself", state)
			}
		}
	}
	if p := (distuv.ChiSquared{K: 8}).Survival(fit); p < 1e-4 {
		t.Errorf("the states do not follow alike: chi-square %.4g, p = %.2g", fit, p)
	}
}

func TestOnOffArrivalsHaveTheDispersionOfAnInterruptedPoissonProcess(t *testing.T) {
	s := arrivals(t, "{on_off: {on: {exponential: 1s}, off: {exponential: 3s}, rate: 80/s}}")
	means, dispersions := perWindow(s, 60, 2000, sim.Minute, 2*sim.Second)
	holds(t, "messages in a window", means, 2*20, 0.02)
	holds(t, "index of dispersion", dispersions, dispersionMMPP(80, 0, 1, 1.0/3, 2), 0.03)
}

func TestOnOffArrivalsBeginWithAnOnTime(t *testing.T) {
	s := arrivals(t, "{on_off: {on: 2s, off: 8s, rate: 500/s, idle_rate: 1/s}}")
	means, _ := perWindow(s, 30, 200, 0, 2*sim.Second)
	holds(t, "messages in a window", means, (500*2+1*8)/5.0, 0.01)
	var on, off []float64
	for rep := range 300 {
		inOn := 0
		all := until(newSource(s, nil, rep), 10*secondsTime, func(at sim.Time) {
			if at < 2*secondsTime {
				inOn++
			}
		})
		on, off = append(on, float64(inOn)), append(off, float64(all-inOn))
	}
	holds(t, "messages in the first on-time", on, 1000, 0.01)
	holds(t, "messages in the first off-time", off, 8, 0.1)
}

// varying lists workloads whose rate varies, each with a span to look at.
var varying = []struct {
	arrivals string
	span     sim.Duration
}{
	{"{spike: {base: 2/s, peak: 200/s, at: 20s, for: 3s}}", 40 * sim.Second},
	{"{ramp: {from: 0/s, to: 60/s, over: 30s}}", 40 * sim.Second},
	{"{ramp: {from: 60/s, to: 6/s, over: 30s}}", 40 * sim.Second},
	{"{diurnal: {mean: 20/s, peak: 40/s, period: 30s, peak_at: 4s}}", 40 * sim.Second},
	{"{piecewise: {points: [{at: 0s, rate: 5/s}, {at: 7s, rate: 0/s}, {at: 9s, rate: 50/s}]}}", 20 * sim.Second},
	{"{piecewise: {points: [{at: 0s, rate: 5/s}, {at: 7s, rate: 50/s}], linear: true, every: 16s}}", 40 * sim.Second},
}

func TestARateThatVariesBringsAPoissonProcessOfExactlyThisRate(t *testing.T) {
	// 40 buckets of 400 replications: a chi-square test against the expectation, and another one of the dispersion of each
	// bucket over the replications, which is 1 for a Poisson process. Each rejects a right process once in 10,000.
	const buckets, replications = 40, 400
	for _, c := range varying {
		s := arrivals(t, c.arrivals)
		counts := [buckets][replications]float64{}
		for rep := range replications {
			until(newSource(s, nil, rep), sim.Time(c.span), func(at sim.Time) {
				counts[int64(at)*buckets/int64(c.span)][rep]++
			})
		}
		fit, dispersion, freedom := 0.0, 0.0, 0.0
		for i := range counts {
			from, to := sim.Time(c.span)*sim.Time(i)/buckets, sim.Time(c.span)*sim.Time(i+1)/buckets
			want := s.Expected(from, to, nil) * replications
			mean, variance := stat.MeanVariance(counts[i][:], nil)
			if want == 0 {
				if mean != 0 {
					t.Errorf("%s: %.3g messages from %s to %s, want none", c.arrivals, mean, from, to)
				}
				continue
			}
			sum := mean * replications
			fit += (sum - want) * (sum - want) / want
			dispersion += variance / mean * (replications - 1)
			freedom++
		}
		if p := (distuv.ChiSquared{K: freedom}).Survival(fit); p < 1e-4 {
			t.Errorf("%s: the buckets do not fit the rate: chi-square %.4g of %g, p = %.2g", c.arrivals, fit, freedom, p)
		}
		all := distuv.ChiSquared{K: freedom * (replications - 1)}
		if p := all.CDF(dispersion); p < 1e-4 || p > 1-1e-4 {
			t.Errorf("%s: the counts are not Poisson: dispersion %.4g, p = %.2g", c.arrivals, dispersion/all.K, p)
		}
	}
}

func TestStepsOfARateCostNoCandidatesThatAreLost(t *testing.T) {
	src := newSource(arrivals(t, "{spike: {base: 1/s, peak: 1000/s, at: 60s, for: 1s}}"), nil, 0)
	until(src, 120*secondsTime, nil)
	if *src.arrivals.(*thinning).accept != *sim.NewEngine(1, 0).Rand("test/accept") {
		t.Error("candidates were drawn that can be lost, though the rate goes in steps")
	}
}

func TestEvenlySpacedArrivalsComeWhenTheRateHasBroughtOneMore(t *testing.T) {
	ramp := func(k float64) float64 { return 10 * math.Sqrt(k/10) } // ∫ of 2t/10 = t²/10 for ten seconds up to 2/s
	for _, c := range []struct {
		arrivals string
		want     []float64 // seconds
	}{
		{"{constant: 4/s}", []float64{0.25, 0.5, 0.75, 1, 1.25}},
		{"{constant: 3/s}", []float64{0.333333333, 0.666666667, 1, 1.333333333}},
		{"{spike: {base: 1/s, peak: 4/s, at: 2s, for: 1s, spacing: even}}", []float64{1, 2, 2.25, 2.5, 2.75, 3, 4, 5}},
		{"{spike: {base: 1/s, peak: 4/s, at: 1500ms, for: 1s, spacing: even}}",
			[]float64{1, 1.625, 1.875, 2.125, 2.375, 3, 4}},
		{"{ramp: {from: 0/s, to: 2/s, over: 10s, spacing: even}}",
			[]float64{ramp(1), ramp(2), ramp(3), ramp(4), ramp(5), ramp(6), ramp(7), ramp(8), ramp(9), 10, 10.5, 11}},
		{"{ramp: {from: 2/s, to: 0/s, over: 10s, spacing: even}}", // the tenth comes when the rate has just reached 0
			[]float64{10 - ramp(9), 10 - ramp(8), 10 - ramp(7), 10 - ramp(6), 10 - ramp(5), 10 - ramp(4), 10 - ramp(3),
				10 - ramp(2), 10 - ramp(1), 10}},
		{"{piecewise: {points: [{at: 0s, rate: 2/s}, {at: 1s, rate: 0/s}], every: 3s, spacing: even}}",
			[]float64{0.5, 1, 3.5, 4, 6.5, 7}},
		{"{piecewise: {points: [{at: 0s, rate: 0/s}, {at: 1s, rate: 2/s}], linear: true, every: 2s, spacing: even}}",
			[]float64{1, 2, 3, 4}},
	} {
		got := instants(newSource(arrivals(t, c.arrivals), nil, 0), len(c.want))
		for i, want := range c.want {
			if i >= len(got) || got[i] != sim.Time(math.Round(want*1e9)) {
				t.Errorf("%s:\n got %v\nwant %v s", c.arrivals, got, c.want)
				break
			}
		}
	}
}

func TestAScheduleIsKeptToTheNanosecondAndEnds(t *testing.T) {
	src, _, _ := sourceOf(t, "arrivals: {schedule: [0s, 1ns, 1500ms, 1500ms, 2s]}\nstart: 10s", 0)
	var got []sim.Time
	for at, ok := src.Next(); ok; at, ok = src.Next() {
		got = append(got, at)
	}
	want := []sim.Time{10e9, 10e9 + 1, 11.5e9, 11.5e9, 12e9}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestARampDownToZeroEnds(t *testing.T) {
	for _, spacing := range []string{"even", "poisson"} {
		src := newSource(arrivals(t, "{ramp: {from: 50/s, to: 0/s, over: 10s, spacing: "+spacing+"}}"), nil, 0)
		all := instants(src, 10_000)
		if len(all) < 150 || len(all) > 350 || all[len(all)-1] > 10*secondsTime {
			t.Errorf("%s: %d arrivals, the last at %s: want about 250 within 10s", spacing, len(all), all[len(all)-1])
		}
	}
}

func TestRoundingToNanosecondsDoesNotAddUp(t *testing.T) {
	// Exponential gaps of 1 ns on average, each rounded for itself, would be 0.96 ns on average.
	s := arrivals(t, "{poisson: 1000000000/s}")
	var means []float64
	for rep := range 20 {
		means = append(means, float64(until(newSource(s, nil, rep), sim.Time(50*sim.Microsecond), nil)))
	}
	holds(t, "messages in 50 µs", means, 50_000, 0.01)
}

func TestInstantsNeverGoBackAndEndAtTheHorizon(t *testing.T) {
	for _, text := range []string{
		"{constant: 1/d}", "{poisson: 0.1/d}", "{renewal: {gap: {lognormal: {mean: 30d, cv: 3}}}}",
		"{on_off: {on: 300d, off: 300d, rate: 0.1/d}}", "{diurnal: {mean: 0.1/d, peak: 0.2/d, period: 365d}}",
		"{mmpp: {states: [{rate: 1/d, stay: 90d}, {rate: 0/s, stay: 900d}]}}",
		"{spike: {base: 0.1/d, peak: 1/d, at: 900d, for: 53000d}}",
		"{piecewise: {points: [{at: 0s, rate: 1/d}, {at: 90d, rate: 0/s}], every: 300d, spacing: even}}",
		"{piecewise: {points: [{at: 0s, rate: 1/d}, {at: 90d, rate: 0/s}], every: 300d, linear: true}}",
	} {
		all := instants(newSource(arrivals(t, text), nil, 0), 1_000_000)
		if len(all) < 100 || len(all) == 1_000_000 || !slices.IsSorted(all) || all[0] < 0 || all[len(all)-1] > horizon {
			t.Errorf("%s: %d arrivals from %s to %s, sorted: %t", text, len(all), all[0], all[len(all)-1], slices.IsSorted(all))
		}
	}
}

func TestTheCosineIsExactToTheLastDigits(t *testing.T) {
	for i := -3000; i <= 3000; i++ {
		x := float64(i) / 997
		if got, want := cosTurns(x), math.Cos(2*math.Pi*x); math.Abs(got-want) > 1e-14 {
			t.Fatalf("the cosine of %v turns is %v, want %v", x, got, want)
		}
	}
}

// everyKind lists a workload of every kind.
var everyKind = []string{
	"{constant: 100/s}",
	"{poisson: 100/s}",
	"{schedule: [0s, 14s, 14s, 15s, 20s, 46999ms, 47s, 59s, 70s]}",
	"{renewal: {gap: {uniform: {low: 0s, high: 20ms}}}}",
	"{on_off: {on: {exponential: 1s}, off: {uniform: {low: 1s, high: 3s}}, rate: 300/s}}",
	"{mmpp: {states: [{rate: 300/s, stay: 1s}, {rate: 50/s, stay: 2s}, {rate: 0/s, stay: 1s}]}}",
	"{spike: {base: 50/s, peak: 500/s, at: 10s, for: 5s}}",
	"{ramp: {from: 10/s, to: 200/s, over: 40s}}",
	"{ramp: {from: 10/s, to: 200/s, over: 40s, spacing: even}}",
	"{diurnal: {mean: 100/s, peak: 150/s, period: 40s}}",
	"{piecewise: {points: [{at: 0s, rate: 10/s}, {at: 10s, rate: 200/s}], linear: true, every: 15s}}",
	"{piecewise: {points: [{at: 0s, rate: 10/s}, {at: 10s, rate: 200/s}], every: 15s, spacing: even}}",
	"{trace: {file: x.csv, counts: n, interval: 10s}}",
	"{trace: {file: x.csv, counts: n, interval: 10s, spacing: uniform, repeat: true, rate_scale: 0.7}}",
	"{trace: {file: x.csv, counts: n, interval: 10s, spacing: poisson, repeat: true, time_scale: 0.5}}",
	"{trace: {file: x.csv, timestamps: t, rate_scale: 250.5, length: 3s, repeat: true}}",
}

const (
	countsFile     = "second,n\n0,900\n1,0\n2,2500\n"
	timestampsFile = "t,bytes\n0.5,100\n0.75,200\n1.25,4000\n"
)

// sourceOf returns a source of one of everyKind, with the record that it needs.
func sourceOf(t testing.TB, text string, replication int) (*Source, *Spec, *Record) {
	s := decode(t, text)
	var rec *Record
	if trace := s.Arrivals.Trace; trace != nil {
		file := countsFile
		if trace.Timestamps != "" {
			file = timestampsFile
		}
		rec = read(t, s, file)
	}
	return newSource(s, rec, replication), s, rec
}

func TestEveryKindBringsTheMessagesThatExpectedTells(t *testing.T) {
	for _, kind := range everyKind {
		for _, rest := range []string{"", "together: {exponential: 1}", "start: 13s\nstop: 47s"} {
			text := fmt.Sprintf("arrivals: %s\n%s", kind, rest)
			var got []float64
			var want float64
			for rep := range 40 {
				src, s, rec := sourceOf(t, text, rep)
				got = append(got, float64(until(src, 60*secondsTime, nil)))
				want = s.Expected(0, 60*secondsTime, rec)
			}
			mean, half := interval(got)
			if allowed := half + 1 + 0.004*want; math.Abs(mean-want) > allowed || half > 0.15*want {
				t.Errorf("%s:\n%.6g ± %.3g messages, want %.6g", text, mean, half, want)
			}
		}
	}
}
