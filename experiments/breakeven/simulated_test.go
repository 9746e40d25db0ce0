package breakeven

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"weir/experiments"
	"weir/results"
)

// The arithmetic says what the bill of a run says that has such a load: queues, topics, streams, nothing else of it.
func TestBillsOfSimulatedRunsAreThoseOfTheArithmetic(t *testing.T) {
	a := arithmetic(t)
	for _, l := range []Load{
		{20, 1, 1 << 10, 1, 1},
		{200, 1, 1 << 10, 10, 2},
		{16, 1, 50 << 10, 5, 3},
	} {
		for _, d := range Designs {
			want := a.Month(d, l)
			got := simulated(t, a, d, l)
			t.Logf("%v %-22s simulated $%8.2f  arithmetic $%8.2f  %+.2f %%", l, d.Name, got, want, 100*(got/want-1))
			if !near(got, want, 0.02) {
				t.Errorf("%v through %s: $%.2f simulated, $%.2f by the arithmetic", l, d.Name, got, want)
			}
		}
	}
}

// simulated returns what the queues, topics and streams of a run cost a month.
func simulated(t *testing.T, a *Arithmetic, d *Design, l Load) (usd float64) {
	t.Helper()
	text := scenario(a, d, l)
	design, err := experiments.New(d.Name, []byte(text), nil, nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	ensemble, err := design.Run(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range design.Summarise(ensemble, results.Build{}, 0).Cost.Lines {
		service, _, _ := strings.Cut(line.Item, ".")
		if service == "sqs" || service == "sns" || service == "kinesis" {
			usd += line.MonthUSD
		}
	}
	return usd
}

// scenario returns a run of a load: full calls at a steady rate. The consumers of queues are a hair slower than the
// load, so that a receive always finds as many messages as it can take, which is what the arithmetic assumes.
func scenario(a *Arithmetic, d *Design, l Load) string {
	var b strings.Builder
	put := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	put("name: %s", d.Name)
	put("run: {duration: 4m, warmup: 30s, replications: 1, seed: 1}")
	sending := fmt.Sprintf("arrivals: {constant: %g/s}, together: %d, batch: {size: %d}", l.Rate/float64(l.Batch), l.Batch,
		l.Batch)
	if d.Service == Kinesis {
		put("producers: {p: {to: streams.s, %s, size: %dB, key: {uniform: 10}}}", sending, l.Size-1) // and a key of a byte
		put("streams: {s: {%s}}", streamSettings(a, d, l))
		put("functions:")
		for i := range l.Consumers {
			put("  f%d: {event_sources: [{from: streams.s, enhanced_fan_out: %v}]}", i, strings.HasSuffix(d.Name, "efo"))
		}
		return b.String()
	}
	if d == FanOut {
		put("producers: {p: {to: topics.t, %s, size: %dB}}", sending, l.Size)
		put("topics:\n  t:\n    subscriptions:")
		for i := range l.Consumers {
			put("      - {to: queues.q%d, raw_message_delivery: true}", i)
		}
	} else {
		put("producers:")
		for i := range l.Consumers {
			put("  p%d: {to: queues.q%d, %s, size: %dB}", i, i, sending, l.Size)
		}
	}
	put("queues:")
	for i := range l.Consumers {
		put("  q%d: {receive_wait_time: 20s}", i)
	}
	put("fleets:")
	const calls = 20600 * time.Microsecond // of a receive and a delete together, on average
	work := time.Duration(1.005*float64(l.Batch)/l.Rate*float64(time.Second)) - calls
	for i := range l.Consumers {
		put("  f%d: {from: queues.q%d, receive: {max_messages: %d}, batch_work: %s, delete: batch}", i, i, l.Batch,
			work.Round(time.Microsecond))
	}
	return b.String()
}

func streamSettings(a *Arithmetic, d *Design, l Load) string {
	switch d {
	case Stream:
		return fmt.Sprintf("shards: %d", a.Shards(l))
	case Pushed:
		return fmt.Sprintf("shards: %d", int(a.limit.shards(&l, 0)))
	case Advantage:
		return "stream_mode: on_demand, on_demand_advantage: true"
	}
	return "stream_mode: on_demand"
}
