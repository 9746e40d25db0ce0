package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"weir/models/kinesis"
	"weir/models/message"
	"weir/results"
	"weir/results/chart"
	"weir/sim"
)

// timeFigures are the figures of quantities over time, by component kind and curve.
var timeFigures = []struct {
	name, title, unit string
	curves            []string // kind:curve
}{
	{"throughput", "Arrivals and throughput", "messages/s", []string{"producer:born", "ec2.fleet:processed",
		"sns.endpoint:processed", "lambda.function:processed", "kcl.application:processed",
		"firehose.delivery_stream:incoming_records",
		"analytics.flink:processed", "analytics.sql:processed"}},
	{"deadlines", "Processed on time, and late or dropped", "messages/s", []string{"ec2.fleet:on_time", "ec2.fleet:late",
		"lambda.function:on_time", "lambda.function:late", "kcl.application:on_time", "kcl.application:late"}},
	{"records", "Streams: records accepted and refused", "records/s", []string{"kinesis.stream:incoming_records",
		"kinesis.stream:write_throttled"}},
	{"iterator_age", "Streams: age of the oldest record not read", "s", []string{"kinesis.stream:iterator_age_s",
		"kcl.application:iterator_age_s", "lambda.stream_mapping:iterator_age_s",
		"firehose.delivery_stream:iterator_age_s"}},
	{"reads", "Streams: reads of the busiest shard, of the limit that those who poll share", "share", []string{
		"kinesis.stream:read_utilisation"}},
	{"shards", "Streams: open shards", "shards", []string{"kinesis.stream:open_shards"}},
	{"backlog", "Backlog and in flight", "messages", []string{"sqs.queue:visible", "sqs.queue:in_flight",
		"sns.topic:backlog", "kcl.application:unread", "lambda.stream_mapping:waiting",
		"firehose.delivery_stream:unread", "firehose.delivery_stream:buffered"}},
	{"oldest_age", "Age of the oldest message", "s", []string{"sqs.queue:oldest_age_s",
		"firehose.delivery_stream:data_freshness_s"}},
	{"fleet", "Utilisation: busy threads of those that run", "threads", []string{"ec2.fleet:busy", "ec2.fleet:threads"}},
	{"concurrency", "Lambda: invocations under way and environments", "executions", []string{
		"lambda.function:concurrent", "lambda.function:environments", "lambda.function:provisioned"}},
	{"pollers", "Event source mappings: batches that may be, and that are, invoked", "batches", []string{
		"lambda.mapping:concurrency", "lambda.mapping:invoked"}},
	{"throttles", "Throttled requests, reads refused and cold starts", "1/s", []string{"lambda.function:throttles",
		"lambda.function:cold_starts", "kinesis.stream:read_throttled"}},
	{"connections", "Database connections", "connections", []string{"rds.database:connections"}},
}

// figures draws all figures of a run, in the order of the report.
func figures(s *results.Summary, e *results.Ensemble) ([]*chart.Figure, error) {
	var all []*chart.Figure
	add := func(f *chart.Figure, err error) error {
		if err == nil && f != nil {
			all = append(all, f)
		}
		return err
	}
	worst := worstPaths(s, e)
	if err := add(percentiles(e, worst)); err != nil {
		return nil, err
	}
	for i, path := range worst {
		for _, draw := range []func(*results.Summary, *results.Ensemble, string) (*chart.Figure, error){histogram, causes} {
			f, err := draw(s, e, path)
			if err != nil {
				return nil, err
			}
			if i > 0 {
				f.Name = fmt.Sprintf("%s_%d", f.Name, i+1)
			}
			all = append(all, f)
		}
	}
	for _, t := range timeFigures {
		if err := add(overTime(e, t.name, t.title, t.unit, t.curves)); err != nil {
			return nil, err
		}
	}
	if err := add(alarms(e)); err != nil {
		return nil, err
	}
	if err := heats(e, add); err != nil {
		return nil, err
	}
	drawn, err := ledgers(s)
	if err != nil {
		return nil, err
	}
	all = append(all, drawn...)
	return all, add(bill(s))
}

// ledgers draws the ledgers of those whose messages went wrong most often.
func ledgers(s *results.Summary) (all []*chart.Figure, err error) {
	for i, l := range worstLedgers(s) {
		f, err := ledger(l)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			f.Name = fmt.Sprintf("%s_%d", f.Name, i+1)
		}
		all = append(all, f)
	}
	return all, nil
}

// figuresMost is how many of a kind are drawn, and how many lines a figure has: those that matter most. The tables have
// all.
const figuresMost = 24

// most returns the items with the highest ranks, at most figuresMost, in their order.
func most[T any](items []T, rank func(T) float64) []T {
	if len(items) <= figuresMost {
		return items
	}
	ranks := make([]float64, len(items))
	for i := range items {
		if ranks[i] = rank(items[i]); math.IsNaN(ranks[i]) {
			ranks[i] = math.Inf(-1)
		}
	}
	order := make([]int, len(items))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(ranks[b], ranks[a]) })
	kept := order[:figuresMost]
	slices.Sort(kept)
	out := make([]T, len(kept))
	for i, k := range kept {
		out[i] = items[k]
	}
	return out
}

// worstPaths returns the paths with the longest p99.
func worstPaths(s *results.Summary, e *results.Ensemble) []string {
	return most(e.PathNames(), func(name string) float64 { return s.Paths[name].Latency["p99"].Value })
}

// worstLedgers returns the ledgers of those whose messages went wrong most often.
func worstLedgers(s *results.Summary) []results.NamedLedger {
	return most(s.Ledgers(), func(l results.NamedLedger) (bad float64) {
		for _, r := range l.Rows() {
			if r.Bad {
				bad += r.Messages.Value
			}
		}
		return bad
	})
}

// curveShares are the shares at which percentile curves are read: twenty for each further nine.
func curveShares() (shares []float64) {
	for k := 0; k <= 120; k++ {
		shares = append(shares, 1-math.Pow(10, -float64(k)/20))
	}
	return shares
}

func percentiles(e *results.Ensemble, paths []string) (*chart.Figure, error) {
	var curves []chart.PercentileCurve
	for _, name := range paths {
		if c, ok := curveOf(e, name); ok {
			curves = append(curves, c)
		}
	}
	return chart.Percentiles(curves)
}

// curveOf reads the percentile curve of a path, unless it had no messages.
func curveOf(e *results.Ensemble, name string) (c chart.PercentileCurve, ok bool) {
	merged := e.Merged(name)
	if merged.Count() == 0 {
		return c, false
	}
	c.Name = short(name)
	for _, share := range curveShares() {
		if float64(merged.Count())*(1-share) < 1 {
			break
		}
		if merged.Enough(share) {
			c.Thin = share
		}
		estimate := e.Quantile(name, share)
		c.Shares = append(c.Shares, share)
		c.Value, c.Low, c.High = append(c.Value, estimate.Value), append(c.Low, estimate.Low), append(c.High, estimate.High)
	}
	return c, true
}

func histogram(s *results.Summary, e *results.Ensemble, path string) (*chart.Figure, error) {
	var bars []chart.Bar
	for _, b := range e.Merged(path).Bars() {
		bars = append(bars, chart.Bar{From: float64(b.FromNS) / 1e9, To: float64(b.ToNS) / 1e9, Count: float64(b.Count)})
	}
	var marks []chart.Mark
	for _, q := range []string{"p50", "p90", "p99"} {
		marks = append(marks, chart.Mark{Name: q, At: s.Paths[path].Latency[q].Value})
	}
	return chart.Histogram(short(path), bars, marks)
}

func causes(s *results.Summary, _ *results.Ensemble, path string) (*chart.Figure, error) {
	names := make([]string, message.Causes)
	for c := range names {
		names[c] = message.Cause(c).String()
	}
	if _, ok := s.Paths[path].Causes["mean"][message.Connection]; ok {
		names[message.Batching] = message.Connection
	}
	var splits []chart.Split
	for _, q := range []string{"p50", "p90", "p99", "p99_9"} {
		split := chart.Split{Name: strings.ReplaceAll(q, "_", "."), Parts: make([]float64, message.Causes)}
		for c := range split.Parts {
			if e, ok := s.Paths[path].Causes[q][names[c]]; ok {
				split.Parts[c] = e.Value
			}
		}
		splits = append(splits, split)
	}
	for c := range names {
		names[c] = strings.ReplaceAll(names[c], "_", " ")
	}
	return chart.Causes(short(path), names, splits)
}

func overTime(e *results.Ensemble, name, title, unit string, curves []string) (*chart.Figure, error) {
	var bands []chart.Band
	for i, c := range e.Outcomes[0].Components {
		if c.Kind == "sqs.queue" && unread(e, i) {
			continue // a dead-letter queue that nobody consumes only grows, and would hide the others
		}
		for _, wanted := range curves {
			kind, curve, _ := strings.Cut(wanted, ":")
			if c.Kind != kind {
				continue
			}
			if b, _, ok := e.Band(c.Name, curve); ok {
				bands = append(bands, chart.Band{
					Name:   short(c.Name) + " " + strings.TrimSuffix(strings.ReplaceAll(curve, "_", " "), " s"),
					Width:  b.Width.Seconds(),
					Median: b.Median, Low: b.Low, High: b.High,
				})
			}
		}
	}
	if len(bands) == 0 {
		return nil, nil
	}
	bands = most(bands, func(b chart.Band) float64 { return slices.Max(append([]float64{0}, b.Median...)) })
	return chart.OverTime(name, title, unit, len(e.Outcomes), bands, spans(e)...)
}

// spansMost is how many times that faults struck a chart marks.
const spansMost = 20

// spans returns when the faults of the first replication struck.
func spans(e *results.Ensemble) (all []chart.Span) {
	o := e.Outcomes[0]
	for _, f := range o.Faults {
		for _, c := range f.Occurrences {
			if len(all) == spansMost {
				return all
			}
			s := chart.Span{
				Name: strings.TrimPrefix(f.Name, "faults."), From: c.Begun.Sub(o.From).Seconds(), To: o.Window().Seconds(),
			}
			if c.Ended < sim.Never {
				s.To = c.Ended.Sub(o.From).Seconds()
			}
			all = append(all, s)
		}
	}
	return all
}

// heats draws how hot the shards of each stream are.
func heats(e *results.Ensemble, add func(*chart.Figure, error) error) error {
	drawn := 0
	for _, c := range e.Outcomes[0].Components {
		var rows [][]float64
		var width float64
		for _, k := range c.Curves {
			if c.Kind != "kinesis.stream" || !strings.HasPrefix(k.Name, kinesis.HeatCurve) {
				continue
			}
			if b, _, ok := e.Band(c.Name, k.Name); ok {
				rows, width = append(rows, b.Median), b.Width.Seconds()
			}
		}
		if len(rows) == 0 {
			continue
		}
		name := "shard_heat"
		if drawn++; drawn > 1 {
			name = fmt.Sprintf("%s_%d", name, drawn)
		}
		err := add(chart.Heat(name, "How hot the writes to the shards of "+short(c.Name)+" are",
			"What the busiest shard of each band of hashes was offered, as a share of a shard's limit of records or bytes, "+
				"whichever is nearer; median over replications.", "band of hashes", width, rows))
		if err != nil {
			return err
		}
	}
	return nil
}

func ledger(l results.NamedLedger) (*chart.Figure, error) {
	whole := l.CarriedIn.Value + l.Sent.Value
	var items []chart.Item
	for _, r := range l.Rows() {
		text := fmt.Sprintf("%s  (%.3g %%)", results.Quantity(r.Messages.Value), 100*r.Messages.Value/whole)
		items = append(items, chart.Item{Name: r.Name, Value: r.Messages.Value, Text: text, Bad: r.Bad})
	}
	return chart.Ledger(short(l.Name), items)
}

func bill(s *results.Summary) (*chart.Figure, error) {
	var items []chart.Item
	for _, line := range s.Cost.Lines {
		if line.MonthUSD >= 0.005 { // what is rounded to a cent at least
			items = append(items, chart.Item{Name: line.Component + " " + line.Item, Value: line.MonthUSD,
				Text: results.USD(line.MonthUSD)})
		}
	}
	if len(items) == 0 {
		return nil, nil
	}
	return chart.Cost(items, s.Cost.Total())
}

// unread reports whether no replication delivered a message of a queue.
func unread(e *results.Ensemble, component int) bool {
	for _, o := range e.Outcomes {
		for _, f := range o.Components[component].Figures {
			if f.Name == "received" && f.Value > 0 {
				return false
			}
		}
	}
	return true
}

// short leaves the sections out of names.
func short(name string) string {
	return strings.NewReplacer("producers.", "", "fleets.", "", "queues.", "", "databases.", "", "functions.", "",
		"gateways.", "", "tables.", "", "delivery_streams.", "", "streams.", "", "consumers.", "", "->", "→").Replace(name)
}
