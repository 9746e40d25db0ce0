package experiments

import (
	"context"
	"math"
	"testing"

	"weir/models/message"
	"weir/results"
	"weir/sim/measure"
	"weir/sim/queueing"
)

// analytic is a scenario whose figures have a closed form. Each figure is taken from every replication.
type analytic struct {
	name, text string
	duration   string
	want       map[string]float64
}

// known is for closed forms whose parameters are known to be right.
func known[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

const stationText = `
profile: ideal
run: {warmup: 500s, replications: 16, seed: 77}
queues: {q: {visibility_timeout: 30d, retention: 300d}}
`

const lossText = `
name: M/M/2/5
profile: ideal
run: {warmup: 500s, replications: 16, seed: 77}
producers: {p: {to: queues.q, arrivals: {poisson: 18/s}}}
queues: {q: {visibility_timeout: 0s, redrive: {to: queues.lost, max_receive_count: 1}}, lost: {}}
databases: {station: {concurrency: 2, max_waiting: 3, max_connections: 1000}}
fleets:
  f: {from: queues.q, instance: {threads: 20}, receive: {max_messages: 1, visibility_timeout: 30d}, on_error: release,
    calls: [{to: databases.station, time: {exponential: 100ms}}]}
`

// A response of M/M/1 is exponential with the rate μ−λ, so exp(−(μ−λ)·t) of them are longer than t.
const deadlineText = `
name: M/M/1 with a deadline
profile: ideal
run: {warmup: 500s, replications: 16, seed: 77}
producers: {p: {to: queues.q, arrivals: {poisson: 8/s}, deadline: 1s}}
queues: {q: {visibility_timeout: 30d, retention: 300d}}
fleets: {f: {from: queues.q, receive: {max_messages: 1}, work: {exponential: 100ms}}}
`

// Case A55 of the validation (Barrer 1957, M/M/1+D): a message that has waited for more than two seconds is dropped.
const impatientText = `
name: M/M/1+D
profile: ideal
run: {warmup: 500s, replications: 16, seed: 77}
producers: {p: {to: queues.q, arrivals: {poisson: 9.5/s}, deadline: 2s}}
queues: {q: {visibility_timeout: 30d, retention: 300d}}
fleets: {f: {from: queues.q, receive: {max_messages: 1}, work: {exponential: 100ms}, drop_late: true}}
`

const tandemText = `
name: tandem
profile: ideal
run: {warmup: 500s, replications: 16, seed: 77}
producers: {p: {to: queues.one, arrivals: {poisson: 8/s}}}
queues: {one: {visibility_timeout: 30d, retention: 300d}, two: {visibility_timeout: 30d, retention: 300d}}
fleets:
  one: {from: queues.one, receive: {max_messages: 1}, work: {exponential: 100ms}, then: queues.two}
  two: {from: queues.two, instance: {threads: 2}, receive: {max_messages: 1}, work: {exponential: 200ms}}
`

func station(name, duration, arrivals, fleet string, want map[string]float64) analytic {
	text := "name: " + name + stationText + "producers: {p: {to: queues.q, arrivals: " + arrivals + "}}\n" +
		"fleets: {f: {from: queues.q, receive: {max_messages: 1}, " + fleet + "}}\n"
	return analytic{name, text, duration, want}
}

func closedForms() []analytic {
	mm1 := known(queueing.NewMMc(8, 0.1, 1))
	mm4 := known(queueing.NewMMc(32, 0.1, 4))
	md1 := known(queueing.NewMD1(8, 0.1))
	mg1 := known(queueing.NewMG1(7, known(queueing.Erlang(3, 0.1))))
	loss := known(queueing.NewMMcK(18, 0.1, 2, 5))
	tandem := known(queueing.NewTandem(8,
		queueing.Stage{Service: 0.1, Servers: 1}, queueing.Stage{Service: 0.2, Servers: 2}))
	return []analytic{
		station("M/M/1", "run.duration=60000s", "{poisson: 8/s}", "work: {exponential: 100ms}", map[string]float64{
			"wait mean": mm1.WaitMean(), "mean": mm1.ResponseMean(), "p50": mm1.ResponseQuantile(0.5),
			"p99": mm1.ResponseQuantile(0.99), "rate": 8}),
		station("M/M/4", "run.duration=20000s", "{poisson: 32/s}", "instance: {threads: 4}, work: {exponential: 100ms}",
			map[string]float64{"wait mean": mm4.WaitMean(), "mean": mm4.ResponseMean(), "p50": mm4.ResponseQuantile(0.5),
				"p99": mm4.ResponseQuantile(0.99), "rate": 32}),
		station("M/D/1", "run.duration=30000s", "{poisson: 8/s}", "work: 100ms", map[string]float64{
			"wait mean": md1.WaitMean(), "mean": md1.ResponseMean(), "wait p99": md1.WaitQuantile(0.99)}),
		station("M/G/1", "run.duration=20000s", "{poisson: 7/s}", "work: {erlang: {k: 3, mean: 100ms}}", map[string]float64{
			"wait mean": mg1.WaitMean(), "mean": mg1.ResponseMean(), "wait p99": mg1.WaitQuantile(0.99)}),
		{"M/M/2/5", lossText, "run.duration=5000s", map[string]float64{
			"mean": loss.ResponseMean(), "rate": loss.Throughput(), "lost": loss.LossProbability()}},
		{"M/M/1 with a deadline", deadlineText, "run.duration=60000s", map[string]float64{
			"late share": math.Exp(-(10 - 8) * 1), "goodput": 8 * (1 - math.Exp(-(10-8)*1))}},
		{"M/M/1+D", impatientText, "run.duration=60000s", map[string]float64{"dropped": 0.0261595}},
		{"tandem", tandemText, "run.duration=25000s", map[string]float64{
			"mean": tandem.ResponseMean(), "rate": 8}},
	}
}

// The 99.9 % interval of sixteen replications must hold the closed form, and be within 3 % of it on either side. (Time
// to reach the steady state from an empty design is cut off as warm-up.)
func TestTheScenarioPathAgreesWithTheClosedForms(t *testing.T) {
	for _, c := range closedForms() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ensemble, err := designOf(t, c.text, c.duration).Run(context.Background(), nil)
			if err != nil {
				t.Fatal(err)
			}
			for figure, want := range c.want {
				values := make([]float64, len(ensemble.Outcomes))
				for i, o := range ensemble.Outcomes {
					values[i] = figureOf(o, figure)
				}
				e := measure.EstimateAt(0.999, values)
				t.Logf("%s: %.6g ± %.2g %%, closed form %.6g", figure, e.Value, 100*e.RelativeHalfWidth(), want)
				if want < e.Low || want > e.High {
					t.Errorf("%s is %.6g to %.6g, the closed form %.6g", figure, e.Low, e.High, want)
				}
				if e.HalfWidth() > 0.03*want || math.IsNaN(e.HalfWidth()) {
					t.Errorf("%s is %.6g ± %.3g: too wide to say anything", figure, e.Value, e.HalfWidth())
				}
			}
		})
	}
}

// figureOf returns a figure of the last path of a trial: seconds, messages a second, or a share.
func figureOf(o *results.Outcome, figure string) float64 {
	path := o.Paths[len(o.Paths)-1]
	const second = 1e9
	quantile := func(h *measure.Histogram, p float64) float64 {
		ns, _ := h.Quantile(p)
		return float64(ns) / second
	}
	switch figure {
	case "wait mean":
		return path.Wait.Mean() / second
	case "wait p99":
		return quantile(path.Wait, 0.99)
	case "mean":
		return path.Latency.Mean() / second
	case "p50":
		return quantile(path.Latency, 0.5)
	case "p99":
		return quantile(path.Latency, 0.99)
	case "rate":
		return float64(path.Latency.Count()) / o.Window().Seconds()
	case "late share":
		return float64(path.Late.Value()) / float64(path.Latency.Count())
	case "goodput":
		return float64(path.Latency.Count()-path.Late.Value()) / o.Window().Seconds()
	case "dropped":
		return float64(o.Ledger[0].Ended[message.TooLate]) / float64(o.Ledger[0].Sent)
	case "lost":
		return float64(o.Ledger[0].Ended[message.DeadByError]) / float64(o.Ledger[0].Sent)
	}
	panic("no such figure: " + figure)
}
