package ec2

import (
	"math"
	"testing"

	"weir/models/message"
	"weir/sim"
	"weir/sim/measure"
	"weir/sim/queueing"
	"weir/sim/random"
)

// arrivals sends a message at exponential gaps.
type arrivals struct {
	scene *scene
	next  sim.Event[int]
	gap   random.Duration
	left  int
}

func (a *arrivals) come(int) {
	a.scene.send(1, 0)
	if a.left--; a.left > 0 {
		a.next.After(a.gap.Sample(), 0)
	}
}

// share lets messages come as a Poisson stream to an instance of so many vCPUs with a thread for each message there
// could be, and returns the mean time of their work in seconds. Polls take no time, so that work is all there is.
func share(t *testing.T, seed uint64, vcpus int, perSecond float64, work random.Dist) float64 {
	t.Helper()
	const messages = 12_000
	s := newScene(t, "instance: {threads: 100}\ncpu_share: 100%\nreceive: {max_messages: 1}\ndelete: async", sim.Hour,
		func(p *Parts) {
			p.VCPUs, p.Work.Message, p.Latencies.Receive = vcpus, work, constant(0)
		})
	gap, err := random.NewExponential(float64(sim.Second) / perSecond)
	if err != nil {
		t.Fatal(err)
	}
	luck := sim.NewEngine(seed, 0)
	s.work = random.NewDuration(work, luck.Rand("work"))
	a := &arrivals{scene: s, gap: random.NewDuration(gap, luck.Rand("arrivals")), left: messages}
	a.next = sim.NewEvent(s.eng, "arrivals", a.come)
	a.next.After(a.gap.Sample(), 0)
	s.run(1000 / perSecond) // warm-up
	s.Reset(s.eng.Now())
	for a.left > 0 || s.store.Live() > 0 {
		s.run(s.eng.Now().Seconds() + 10)
	}
	s.ended(t, "shared", map[message.Place]uint64{message.Processed: messages})
	if s.Busy.Max() >= 100 || s.Computing.Value() != 0 {
		t.Fatalf("%d threads busy of 100, %d compute at the end", s.Busy.Max(), s.Computing.Value())
	}
	return s.Paths()[0].Latency.Mean() / float64(sim.Second)
}

// One vCPU shared evenly: the mean time is that of M/G/1 processor sharing, S/(1-ρ), whatever the law of the work. On
// two, exponential work leaves as it would from an M/M/2 station, and so takes as long on average.
func TestWorkOnSharedVCPUsTakesAsLongAsProcessorSharingSays(t *testing.T) {
	const load = 0.7
	dist := func(d random.Dist, err error) random.Dist {
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	second := float64(sim.Second)
	exponential := func() (random.Dist, error) { return random.NewExponential(second) }
	lognormal := func() (random.Dist, error) { return random.NewLognormal(second, 1.5) }
	station, err := queueing.NewMMc(2*load, 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		vcpus int
		work  random.Dist
		want  float64
	}{
		{"constant work, 1 vCPU", 1, constant(sim.Second), 1 / (1 - load)},
		{"exponential work, 1 vCPU", 1, dist(exponential()), 1 / (1 - load)},
		{"lognormal work of cv 1.5, 1 vCPU", 1, dist(lognormal()), 1 / (1 - load)},
		{"exponential work, 2 vCPUs", 2, dist(exponential()), station.ResponseMean()},
	} {
		var means []float64
		for seed := range uint64(30) {
			means = append(means, share(t, seed, c.vcpus, load*float64(c.vcpus), c.work))
		}
		e := measure.EstimateAt(0.999, means)
		if c.want < e.Low || c.want > e.High || e.RelativeHalfWidth() > 0.06 {
			t.Errorf("%s: the mean time is %.3f s (%.3f to %.3f), want %.3f", c.name, e.Value, e.Low, e.High, c.want)
		}
	}
}

// Threads that always have work get through what the vCPUs can do, no matter how many they are: with exponential work a
// Poisson stream of two a second. Each takes so much longer, by Little's law.
func TestBusyThreadsGetThroughWhatTheVCPUsCanDo(t *testing.T) {
	const seconds = 20_000
	for threads, settings := range map[float64]string{
		3: "instance: {threads: 3}", 8: "instance: {threads: 8}", 40: "instance: {threads: 40}",
	} {
		f, q := newFleet(t, settings+"\ndelete: async\ncpu_share: 100%\nreceive: {max_messages: 1}", 1<<20, func(p *Parts) {
			p.Latencies.Receive = constant(0)
			work, err := random.NewExponential(float64(sim.Second))
			if err != nil {
				t.Fatal(err)
			}
			p.Work.Message = work
		})
		q.run(seconds * sim.Second)
		done, half := float64(f.Processed.Value()), 3.29*math.Sqrt(2*seconds)
		if math.Abs(done-2*seconds) > half || half > 0.02*2*seconds {
			t.Errorf("%v threads processed %v messages, want %d ± %.0f", threads, done, 2*seconds, half)
		}
		now := q.eng.Now()
		if f.Busy.Mean(now) != threads || f.Computing.Mean(now) != threads {
			t.Errorf("%v threads are busy and %v compute, want %v", f.Busy.Mean(now), f.Computing.Mean(now), threads)
		}
		means, _ := f.Paths()[0].Causes.Mean()
		work := means[message.Work] / float64(sim.Second) // all but that of the messages in hand at the end
		if want := threads * seconds / done; work > want || work < want*0.99 {
			t.Errorf("%v threads: work on a message takes %.3f s, want %.3f", threads, work, want)
		}
	}
}

// A processor is never busier than it can be: work counts while it computes, and not as it begins. Of work that fails
// with its instance, only what was computed counts.
func TestCPUUtilizationIsOfThePeriodInWhichTheWorkComputes(t *testing.T) {
	for _, c := range []struct {
		threads  string
		until100 float64 // vCPU-seconds
		until250 float64
	}{
		// Each message computes for 500 s, on a vCPU of two, and three of them for 750 s.
		{"1", 100, 250}, {"2", 200, 500}, {"3", 200, 500},
	} {
		f, q := newFleet(t, "instance: {threads: "+c.threads+"}\ncpu_share: 50%\nreceive: {max_messages: 1}", 1<<20,
			func(p *Parts) {
				p.Latencies.Receive, p.Work.Message = constant(0), constant(1000*sim.Second)
			})
		q.run(100 * sim.Second)
		want(t, c.threads+" threads: used until 100 s", f.usedVCPUs(q.eng.Now()), c.until100)
		q.run(250 * sim.Second)
		f.Crash(1)
		q.run(260 * sim.Second) // the instance is away for 10 s
		want(t, c.threads+" threads: used until the crash", f.usedVCPUs(q.eng.Now()), c.until250)
	}
}

// Work without end is work that no run sees the end of, on vCPUs of its own or shared.
func TestWorkThatTakesTooLongNeverEnds(t *testing.T) {
	for _, threads := range []string{"1", "8"} {
		f, q := newFleet(t, "instance: {threads: "+threads+"}\ncpu_share: 100%\nwork_per_kib: 7000w", 1<<10, func(p *Parts) {
			p.Work.Message = constant(math.MaxInt64)
		})
		q.run(3650 * sim.Day)
		want(t, threads+" threads: processed", f.Processed.Value(), 0)
	}
}
