package experiments

import (
	"context"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"weir/experiments/breakeven"
	"weir/experiments/library"
	"weir/results"
	"weir/results/cost"
)

var update = flag.Bool("update", false, "write generated tables anew: read what changed before you commit it")

const comparison = "sqs-sns-kinesis"

// The table of the comparison is that of its runs, and its break-evens are those of the price list.
func TestTheComparisonsTablesAreThoseOfItsRuns(t *testing.T) {
	if testing.Short() {
		t.Skip("10 seconds")
	}
	s := map[string]*results.Summary{}
	source, folder, err := library.Open(comparison)
	if err != nil {
		t.Fatal(err)
	}
	base, err := New(comparison, source, nil, folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, variant := range append(base.Document.VariantNames(), "sqs") {
		d := base
		if variant != "sqs" {
			if d, err = base.With(variant); err != nil {
				t.Fatal(err)
			}
		}
		e, err := d.Run(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		s[variant] = d.Summarise(e, results.Build{}, 0)
	}
	a, err := breakeven.New("aws-2026", "us-east-1", cost.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var evens strings.Builder
	surface := a.Compare(breakeven.Grid{
		Sizes: []int64{1 << 10, 64 << 10}, Batches: []int{1, 10}, Consumers: []int{1, 2, 5}, Peak: 1,
	})
	if err := surface.WriteEvenTable(&evens); err != nil {
		t.Fatal(err)
	}
	checkProse(t, s)
	file := "library/" + comparison + "/README.md"
	written, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := between(t, string(written), "comparison", comparisonTable(s))
	text = between(t, text, "break-even", evens.String())
	switch {
	case text == string(written):
	case *update:
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s is out of date: run go test ./experiments -run Comparison -update. It should be\n%s", file, text)
	}
}

// between returns a text whose part between two markers is replaced.
func between(t *testing.T, text, name, part string) string {
	t.Helper()
	marked := regexp.MustCompile(`(?s)(<!-- ` + name + ` -->\n).*?(<!-- end -->)`)
	if !marked.MatchString(text) {
		t.Fatalf("there is no place for %s", name)
	}
	return marked.ReplaceAllString(text, "${1}"+strings.ReplaceAll(part, "$", "$$")+"${2}")
}

// comparisonTable answers the three columns of the notes with figures.
func comparisonTable(s map[string]*results.Summary) string {
	const toMap = "producers.vans -> functions.map"
	latency := func(variant, path string) string {
		l := s[variant].Paths[path].Latency
		return results.Interval(l["p50"], results.Seconds) + " / " + results.Interval(l["p99"], results.Seconds)
	}
	overtaken := func(variant string) string {
		return results.Interval(s[variant].Paths[toMap].Overtaken, results.Percent)
	}
	figure := func(variant, component, name string) string {
		return results.Interval(s[variant].Components[component].Metrics[name], results.Quantity)
	}
	bill := func(variant, prefix string) string {
		usd := 0.0
		for _, line := range s[variant].Cost.Lines {
			if strings.HasPrefix(line.Item, prefix) {
				usd += line.MonthUSD
			}
		}
		return results.USD(usd)
	}
	peak := func(variant, refused string) string {
		return fmt.Sprintf("%s throttled; p99 %s, %s overtaken", refused,
			results.Interval(s[variant].Paths[toMap].Latency["p99"], results.Seconds), overtaken(variant))
	}
	longest := func(variant string) string {
		return results.Interval(s[variant].Paths[toMap].Latency["max"], results.Seconds)
	}
	audited := func(variant string) string {
		l := s[variant].Senders["functions.audit/streams.positions"]
		return results.Interval(l.Processed, results.Quantity) + " of " + results.Interval(l.Sent, results.Quantity)
	}
	var b strings.Builder
	row := func(cells ...string) { b.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	row("", "SQS", "SNS", "Kinesis, two shards")
	row("---", "---", "---", "---")
	row("pull or push: p50 / p99", "pulled, by long polls: "+latency("sqs", toMap),
		"pushed to the function: "+latency("sns", toMap)+"; behind a queue: "+
			latency("sns", "producers.vans -> functions.alerts"),
		"pulled, once a second: "+latency("kinesis", toMap)+"; enhanced fan-out, pushed: "+latency("kinesis_efo", toMap))
	row("after it was consumed", "deleted: "+figure("sqs", "queues.map", "deleted")+" of "+
		figure("sqs", "queues.map", "sent")+", "+figure("sqs", "queues.map", "visible_end")+" are left",
		"not kept: "+figure("sns", "topics.positions", "lost")+" of "+figure("sns", "topics.positions", "published")+
			" are lost while the web hook is out of reach",
		"kept: the audit that begins at half-time gets "+audited("kinesis")+" from the start")
	row("longest latency of the map", longest("sqs"), longest("sns"), longest("kinesis")+"; enhanced fan-out: "+
		longest("kinesis_efo"))
	row("order: overtaken by a later one of its van", "standard: "+overtaken("sqs")+"; FIFO: "+overtaken("sqs_fifo"),
		"standard: "+overtaken("sns")+"; FIFO to a FIFO queue: "+overtaken("sns_fifo"),
		overtaken("kinesis")+"; enhanced fan-out: "+overtaken("kinesis_efo"))
	const throttled = "write_provisioned_throughput_exceeded"
	row("throughput: a peak of 1,500/s", peak("sqs_peak", figure("sqs_peak", "queues.map", "throttled")),
		peak("sns_peak", figure("sns_peak", "topics.positions", "throttled")),
		"one shard: "+peak("one_shard_peak", figure("one_shard_peak", "streams.positions", throttled))+
			". Two: "+peak("two_shards_peak", figure("two_shards_peak", "streams.positions", throttled)))
	row("a month, without functions", bill("sqs", "sqs."), bill("sns", "sns.requests")+" published, "+
		bill("sns", "sqs.")+" of the one queue, "+bill("sns", "sns.deliveries")+" of the web hook",
		bill("kinesis", "kinesis.")+"; enhanced fan-out: "+bill("kinesis_efo", "kinesis."))
	return b.String()
}

// checkProse holds what the README says in words against the runs.
func checkProse(t *testing.T, s map[string]*results.Summary) {
	t.Helper()
	of := func(variant string) results.PathSummary { return s[variant].Paths["producers.vans -> functions.map"] }
	bill := func(variant string) (usd float64) {
		for _, line := range s[variant].Cost.Lines {
			if !strings.HasPrefix(line.Item, "lambda.") && !strings.HasPrefix(line.Item, "logs.") {
				usd += line.MonthUSD
			}
		}
		return usd
	}
	p50 := func(variant string) float64 { return of(variant).Latency["p50"].Value }
	batch := func(variant, mapping string) float64 {
		return s[variant].Components[mapping].Metrics["batch_size_mean"].Value
	}
	for _, claim := range []struct {
		says           string
		got, low, high float64
	}{
		{"56 ms before one that a topic invokes", p50("sns") - p50("sqs"), 0.0555, 0.0565},
		{"a tenth earlier than a topic", p50("kinesis_efo") / p50("sns"), 0.85, 0.94},
		{"nearly four times the price", bill("kinesis_efo") / bill("kinesis"), 3.6, 4},
		{"what came through a queue is not", s["sns"].Senders["topics.positions -> queues.alerts"].Lost.Value, 0, 0},
		{"falls seconds behind", of("kinesis").Latency["max"].Value, 2, 6},
		{"unless the records are pushed", of("kinesis_efo").Latency["max"].Value, 0, 0.5},
		{"even two shards get positions in the wrong order", of("two_shards_peak").Overtaken.Value, 0.005, 0.05},
		{"a throttled one half of them", of("one_shard_peak").Overtaken.Value, 0.45, 0.55},
		{"a twelfth", bill("sqs") / bill("kinesis"), 11.5, 12.5},
		{"some three positions", batch("sqs", "functions.map/queues.map"), 2.7, 3.3},
		{"a batch of 50", batch("kinesis", "functions.map/streams.positions"), 48, 52},
	} {
		if !(claim.got >= claim.low && claim.got <= claim.high) {
			t.Errorf("the README says %q, and it is %v, not from %v to %v", claim.says, claim.got, claim.low, claim.high)
		}
	}
}
