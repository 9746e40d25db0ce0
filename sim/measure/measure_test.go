package measure

import (
	"flag"
	"math"
	"os"
	"testing"

	"weir/sim"
)

// The generated cases are the same in every run; -rapid.seed on the command line makes others.
func TestMain(m *testing.M) {
	if err := flag.Set("rapid.seed", "1"); err != nil {
		panic(err)
	}
	if err := flag.Set("rapid.nofailfile", "true"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// luck returns the random numbers of one test.
func luck(t testing.TB) *sim.Rand { return sim.NewRand(1, 0, t.Name()) }

// exponential draws an exponential value; tests need not be portable to the bit.
func exponential(r *sim.Rand, mean float64) float64 { return -mean * math.Log(1-r.Float64()) }

// normal draws a standard normal value (Box and Muller).
func normal(r *sim.Rand) float64 {
	return math.Sqrt(exponential(r, 2)) * math.Cos(2*math.Pi*r.Float64())
}

// near fails the test unless got lies within a share of want.
func near(t *testing.T, what string, got, want, share float64) {
	t.Helper()
	if !(math.Abs(got-want) <= share*math.Abs(want)) {
		t.Errorf("%s is %v, want %v within %v of it", what, got, want, share)
	}
}

// panics fails the test unless f panics.
func panics(t *testing.T, what string, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Errorf("%s does not panic", what)
		}
	}()
	f()
}

func TestRecordingAllocatesNothing(t *testing.T) {
	var counter Counter
	var tally Tally
	var level Level
	histogram, breakdown, parts := NewHistogram(), NewBreakdown(13), make([]int64, 13)
	series := NewSeries(Means, sim.Second, 100)
	now := sim.Time(0)
	step := func() {
		now += 1e6
		counter.Inc()
		tally.Record(float64(now))
		level.Add(now, 1)
		histogram.Record(int64(now))
		breakdown.Record(int64(now), parts)
		series.Set(now, float64(now))
	}
	for range 200_000 {
		step() // the series has joined its buckets once: from here on it grows no more
	}
	if n := testing.AllocsPerRun(1000, step); n != 0 {
		t.Errorf("recording allocates %v times", n)
	}
	if counter.Value() != tally.Count() || level.Value() != int64(counter.Value()) {
		t.Errorf("recorded %d, %d and %d", counter.Value(), tally.Count(), level.Value())
	}
}

func TestACounterCountsMergesAndResets(t *testing.T) {
	var a, b Counter
	a.Inc()
	a.Add(4)
	b.Add(10)
	a.Merge(b)
	if a.Value() != 15 || b.Value() != 10 {
		t.Errorf("merged %d from %d", a.Value(), b.Value())
	}
	a.Reset()
	if a.Value() != 0 {
		t.Errorf("reset to %d", a.Value())
	}
}

func BenchmarkTally(b *testing.B) {
	var t Tally
	for i := range b.N {
		t.Record(float64(i & 1023))
	}
}

func BenchmarkLevel(b *testing.B) {
	var l Level
	for i := range b.N {
		l.Add(sim.Time(i)*1000, 1)
	}
}

func BenchmarkHistogram(b *testing.B) {
	values := lengths(sim.NewRand(1, 0, b.Name()))
	h := NewHistogram()
	b.ResetTimer()
	for i := range b.N {
		h.Record(values[i&1023])
	}
}

func BenchmarkHistogramMerge(b *testing.B) {
	h, o := NewHistogram(), NewHistogram()
	for _, v := range lengths(sim.NewRand(1, 0, b.Name())) {
		o.Record(v)
	}
	for b.Loop() {
		h.Merge(o)
	}
}

func BenchmarkBreakdownOf13Parts(b *testing.B) {
	values := lengths(sim.NewRand(1, 0, b.Name()))
	d := NewBreakdown(13)
	parts := make([]int64, 13)
	b.ResetTimer()
	for i := range b.N {
		parts[i%13] = int64(i)
		d.Record(values[i&1023], parts)
	}
}

func BenchmarkSeries(b *testing.B) {
	s := NewSeries(Means, sim.Second, 1000)
	for i := range b.N {
		s.Set(sim.Time(i)*1e6, float64(i&1023))
	}
}

// lengths returns 1,024 lengths of time with a mean of 50 ms.
func lengths(r *sim.Rand) []int64 {
	values := make([]int64, 1024)
	for i := range values {
		values[i] = int64(exponential(r, 5e7))
	}
	return values
}
