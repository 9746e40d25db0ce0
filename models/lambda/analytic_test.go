package lambda

import (
	"math"
	"testing"

	"weir/models/message"
	"weir/sim"
	"weir/sim/random"
)

// keepAlive asks a function so often a second, for so many requests, and returns it at the end.
func keepAlive(t *testing.T, rate float64, work, idle string, n int) (*Function, *scene) {
	t.Helper()
	s := newScene(t, "ideal", "lambda.placement", "0s", "lambda.idle_lifetime", idle)
	f := s.function("timeout: 900s\nwork: "+work, quick)
	gap, err := random.NewExponential(float64(sim.Second) / rate)
	must(t, err)
	l := &load{scene: s, f: f, gap: random.NewDuration(gap, s.eng.Rand("arrivals")), left: n}
	l.next = sim.NewEvent(s.eng, "arrivals", l.come)
	l.next.After(0, 0)
	for l.left > 0 {
		s.eng.Run(sim.Never, 1<<10)
	}
	return f, s
}

// With work that takes next to no time there is one environment, and a request is cold when the gap before it was
// longer than the keep-alive: P = exp(−λT) (cases B11 and B12). The gaps are independent, so the count is binomial.
func TestTheShareOfColdStartsOfALoneEnvironment(t *testing.T) {
	const n = 200_000
	for _, c := range []struct {
		rate float64
		idle string
		want float64
	}{{0.001, "600s", math.Exp(-0.6)}, {0.002, "300s", math.Exp(-0.6)}, {0.01, "600s", math.Exp(-6)}} {
		f, _ := keepAlive(t, c.rate, "1us", c.idle, n)
		got, half := float64(f.ColdStarts.Value())/n, 3.2905*math.Sqrt(c.want*(1-c.want)/n)
		if math.Abs(got-c.want) > half || half > 0.2*c.want {
			t.Errorf("%v/s, keep-alive %s: %v of the requests are cold, want %v ± %v", c.rate, c.idle, got, c.want, half)
		}
	}
}

// However long environments are kept, those at work are the customers of an M/G/∞ station: a Poisson number with mean
// λ times the mean work, whatever its law; over n requests the mean work has the interval of n draws.
func TestTheEnvironmentsAtWorkAreAnInfiniteServerStation(t *testing.T) {
	const n, rate = 400_000, 5.0
	for _, work := range []string{"2s", "{exponential: 2s}", "{hyperexponential: {mean: 2s, scv: 4}}"} {
		f, s := keepAlive(t, rate, work, "60s", n)
		scv := map[string]float64{"2s": 0, "{exponential: 2s}": 1}[work]
		if work[0] == '{' && scv == 0 {
			scv = 4
		}
		// Both the time that n arrivals take and the work of n of them vary.
		want, half := rate*2, 3.2905*rate*2*math.Sqrt((1+scv)/n)
		if got := f.Concurrent.Mean(s.eng.Now()); math.Abs(got-want) > half+1e-3 || half > 0.02*want {
			t.Errorf("%s: %v at work on average, want %v ± %v", work, got, want, half)
		}
		must(t, s.store.Ledger.Check())
		if s.place(message.Processed) < n-100 {
			t.Errorf("%s: %d processed", work, s.place(message.Processed))
		}
	}
}

// With a limit of c on its concurrency and no retries, a function is a loss station: a request is throttled with
// Erlang's probability B(c, λS), whatever the law of the work (case B25).
func TestAReservedFunctionIsALossStation(t *testing.T) {
	const n, rate, c = 400_000, 10.0, 20
	s := newScene(t, "ideal", "lambda.placement", "0s", "lambda.idle_lifetime", "10m")
	f := s.function("timeout: 900s\nwork: {exponential: 2016ms}\nreserved_concurrency: 20", quick)
	gap, err := random.NewExponential(float64(sim.Second) / rate)
	must(t, err)
	l := &load{scene: s, f: f, gap: random.NewDuration(gap, s.eng.Rand("arrivals")), left: n}
	l.next = sim.NewEvent(s.eng, "arrivals", l.come)
	l.next.After(0, 0)
	for l.left > 0 {
		s.eng.Run(sim.Never, 1<<10)
	}
	offered, blocked := rate*2.016, 1.0
	for i := 1; i <= c; i++ {
		blocked = offered * blocked / (float64(i) + offered*blocked)
	}
	// Requests that find the station full come in runs: the variance is some 2·S·λ·B larger than binomial.
	got, half := float64(f.Throttles.Value())/n, 3.2905*math.Sqrt(blocked*(1-blocked)*(1+2*2.016*rate*blocked)/n)
	if math.Abs(got-blocked) > half || half > 0.05*blocked {
		t.Errorf("%v of the requests are throttled, want %v ± %v", got, blocked, half)
	}
}
