package report

import (
	"math"
	"strings"

	"weir/models/message"
	"weir/results"
	"weir/results/chart"
)

// latency draws the percentiles of the worst paths, how their latencies are distributed, and what they are made of.
func (d *drawings) latency() error {
	worst := most(d.e.PathNames(), func(name string) float64 { return d.s.Paths[name].Latency["p99"].Value })
	f, err := percentiles(d.s, d.e, worst)
	if err := d.add(inLatency, f, err); err != nil {
		return err
	}
	for i, path := range worst {
		f, err := histogram(d.s, d.e, path)
		if err == nil {
			f.Name = numbered(f.Name, i)
		}
		if err := d.add(inLatency, f, err); err != nil {
			return err
		}
		why, err := causes(d.s, path)
		if err != nil {
			return err
		}
		for _, f := range why { // none where no message ended
			f.Name = numbered(f.Name, i)
			_ = d.add(inWhy, f, nil)
		}
	}
	return nil
}

// curveShares are the shares at which percentile curves are read: twenty for each further nine.
func curveShares() (shares []float64) {
	for k := 0; k <= 120; k++ {
		share := 1 - math.Pow(10, -float64(k)/20)
		if len(shares) > 0 && shares[len(shares)-1] < 0.5 && share > 0.5 {
			shares = append(shares, 0.5) // where the figure begins
		}
		shares = append(shares, share)
	}
	return shares
}

func percentiles(s *results.Summary, e *results.Ensemble, paths []string) (*chart.Figure, error) {
	var curves []chart.PercentileCurve
	for _, name := range paths {
		if c, ok := curveOf(e, name); ok {
			for _, q := range results.Quantiles {
				if q.P >= 0.5 {
					c.Marks = append(c.Marks, chart.PercentileMark{Share: q.P, Seconds: s.Paths[name].Latency[q.Name].Value})
				}
			}
			curves = append(curves, c)
		}
	}
	var goals []chart.PercentileGoal
	for _, o := range s.Objectives {
		kind, name, _ := strings.Cut(o.Metric, ".")
		for _, q := range results.Quantiles {
			if kind == "latency" && name == q.Name && o.Below != nil {
				goals = append(goals, chart.PercentileGoal{Name: "objective: " + strings.ReplaceAll(name, "_", ".") + " of " +
					short(o.Of) + " below " + results.Seconds(*o.Below), Share: q.P, Seconds: *o.Below})
			}
		}
	}
	f, err := chart.Percentiles(curves, goals...)
	if err == nil {
		if out := leftOut(s); out != "" {
			f.Notes = append(f.Notes, out)
		}
	}
	return f, err
}

// leftOut says which messages no latency tells of.
func leftOut(s *results.Summary) string {
	var parts []string
	for _, l := range s.Ledgers() {
		var of []string
		for _, r := range l.Rows() {
			if (r.Bad || strings.HasPrefix(r.Name, "at the end: ")) && r.Messages.Value >= 0.5 {
				of = append(of, results.Quantity(math.Round(r.Messages.Value))+" "+r.Name)
			}
		}
		if len(of) > 0 {
			parts = append(parts, short(l.Name)+" "+strings.Join(of, ", "))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "Not in the latencies, messages per replication: " + strings.Join(parts, "; ") + "."
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

// splits returns what the latency of a path is made of around each percentile, and what the causes are called. The
// splits are of the messages around each percentile: their mean latency is not the percentile.
func splits(s *results.Summary, path string) (names []string, all []chart.Split) {
	p := s.Paths[path]
	names = make([]string, message.Causes)
	for c := range names {
		names[c] = message.Cause(c).String()
	}
	if _, ok := p.Causes["mean"][message.Connection]; ok {
		names[message.Batching] = message.Connection
	}
	for _, q := range []string{"mean", "p50", "p90", "p99", "p99_9"} {
		split := chart.Split{Name: strings.ReplaceAll(q, "_", "."), Latency: p.Latency[q].Value,
			Parts: make([]float64, message.Causes)}
		total := 0.0
		for c := range split.Parts {
			if e, ok := p.Causes[q][names[c]]; ok && !math.IsNaN(e.Value) {
				split.Parts[c] = e.Value
				total += e.Value
			}
		}
		if total > 0 {
			all = append(all, split)
		}
	}
	for c := range names {
		names[c] = strings.ReplaceAll(names[c], "_", " ")
	}
	return names, all
}

// causes draws what the latency of a path is made of: as shares around each percentile, with the percentile beside, and
// from beginning to end around p99.
func causes(s *results.Summary, path string) (all []*chart.Figure, err error) {
	names, split := splits(s, path)
	if len(split) == 0 {
		return nil, nil
	}
	f, err := chart.Causes(short(path), names, split)
	if err != nil {
		return nil, err
	}
	f.Notes = append(f.Notes, "Shares are those of the messages around each percentile (p50: from 49 to 51 %, p99: from "+
		"98.5 to 99.5 %); mean: of all.")
	all = append(all, f)
	for _, one := range split {
		if one.Name != "p99" {
			continue
		}
		if f, err = chart.Waterfall(short(path), names, one); err != nil {
			return nil, err
		}
		f.Notes = append(f.Notes, "Means of the messages from 98.5 to 99.5 %, which are not quite p99 together ("+
			results.Seconds(one.Latency)+").")
		all = append(all, f)
	}
	return all, nil
}

// causeTable is what a path's latency is made of as a table: a row for each cause, a column for each percentile.
type causeTable struct {
	Path string
	Head []string
	Rows [][]string
}

func causeTableOf(s *results.Summary, path string) (t causeTable) {
	names, all := splits(s, path)
	t.Path = path
	totals := make([]float64, len(all))
	for _, split := range all {
		t.Head = append(t.Head, split.Name)
	}
	for c, name := range names {
		row, some := []string{name}, false
		for i, split := range all {
			row = append(row, results.Seconds(split.Parts[c]))
			some = some || split.Parts[c] > 0
			totals[i] += split.Parts[c]
		}
		if some {
			t.Rows = append(t.Rows, row)
		}
	}
	sum := []string{"together"}
	for _, v := range totals {
		sum = append(sum, results.Seconds(v))
	}
	t.Rows = append(t.Rows, sum)
	return t
}
