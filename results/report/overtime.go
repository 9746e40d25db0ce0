package report

import (
	"math"
	"slices"
	"strings"

	"weir/results"
	"weir/results/chart"
)

// timeFigure is a figure of quantities over time.
type timeFigure struct {
	part, name, title, description string
	panels                         []timePanel
	scaling                        bool // it marks the scaling activities
}

// timePanel is the curves of one unit, each by component kind and curve.
type timePanel struct {
	unit   string
	curves []timeCurve
	// apart draws what is far less than the rest in a panel of its own.
	apart bool
	// varied leaves curves out that stay what they are.
	varied bool
	// limits are the levels that the curves of some kinds of component cannot pass.
	limits map[string]limitFigure
}

// timeCurve is a curve of a kind of component, and what it is called in the legend.
type timeCurve struct {
	curve, label string
	limit        bool    // what another curve may reach
	zero         bool    // drawn though it is 0 all the time
	least        float64 // what it must reach to be drawn
}

func of(curve, label string) timeCurve { return timeCurve{curve: curve, label: label} }

func always(curve, label string) timeCurve { return timeCurve{curve: curve, label: label, zero: true} }

func limit(curve, label string) timeCurve { return timeCurve{curve: curve, label: label, limit: true} }

// together is what a curve is called that adds others up: it is left out where there is only one.
const together = "all functions together"

// heldLeast is from how many messages that a producer holds on it is told of: with less they wait for their batch.
const heldLeast = 20

// each makes a curve of several kinds that declare it alike.
func each(curve, label string, kinds ...string) (all []timeCurve) {
	for _, k := range kinds {
		all = append(all, of(k+":"+curve, label))
	}
	return all
}

// workers are the kinds where messages are worked on.
var workers = []string{
	"ec2.fleet", "lambda.function", "kcl.application", "sns.endpoint", "gateway", "analytics.flink", "analytics.sql",
	"firehose.delivery_stream",
}

// overTime draws the figures over time.
func (d *drawings) overTime() error {
	for i := range timeFigures {
		t := &timeFigures[i]
		f := chart.TimeFigure{
			Name: t.name, Title: t.title, Description: t.description, From: d.from(), To: d.to(),
			Replications: len(d.e.Outcomes), Spans: d.spans(),
		}
		for k := range t.panels {
			d.panels(&f, &t.panels[k])
		}
		if len(f.Panels) == 0 || t.name == "deadlines" && !d.deadlines() {
			continue
		}
		if t.scaling {
			f.Changes = d.changes()
		}
		drawn, err := chart.OverTime(f)
		if err := d.add(t.part, drawn, err); err != nil {
			return err
		}
	}
	return nil
}

// deadlines reports whether any path has a deadline.
func (d *drawings) deadlines() bool {
	for _, p := range d.s.Paths {
		if p.Deadline != nil {
			return true
		}
	}
	return false
}

// changesMost is how many scaling activities are marked: more would not be told apart.
const changesMost = 60

// changes returns when groups changed their capacity.
func (d *drawings) changes() (all []chart.Change) {
	for _, a := range d.s.Scaling {
		if len(all) < changesMost && a.To != a.From {
			all = append(all, chart.Change{At: d.from() + a.AtSeconds, Up: a.To > a.From})
		}
	}
	return all
}

// apartFrom is how many times less a curve must be than the highest to get a panel of its own.
const apartFrom = 20

// panels adds a panel to a figure, or more where curves are drawn apart, or none without curves.
func (d *drawings) panels(f *chart.TimeFigure, t *timePanel) {
	lines, limits := d.lines(t)
	lines = joined(lines)
	if n := len(lines); n > figuresMost {
		lines = most(lines, func(l chart.Line) float64 { return l.Peak() })
		f.Notes = append(f.Notes, "The figure has the "+results.Quantity(figuresMost)+" highest of "+
			results.Quantity(float64(n))+" curves in "+t.unit+": series.csv has all.")
	}
	for len(lines) > 0 {
		highest := 0.0
		for i := range lines {
			highest = max(highest, lines[i].Peak())
		}
		p := chart.TimePanel{Unit: t.unit, Limits: limits}
		var rest []chart.Line
		for _, l := range lines {
			if t.apart && len(f.Panels) < 2 && l.Peak()*apartFrom < highest {
				rest = append(rest, l)
				continue
			}
			p.Lines = append(p.Lines, l)
		}
		f.Panels = append(f.Panels, p)
		lines = rest
	}
}

// lines reads the curves of a panel, and the limits of those who have them.
func (d *drawings) lines(t *timePanel) (lines []chart.Line, limits []chart.Limit) {
	for i, c := range d.e.Outcomes[0].Components {
		if c.Kind == "sqs.queue" && unread(d.e, i) {
			continue // a dead-letter queue that nobody consumes only grows, and would hide the others
		}
		drawn := 0
		for _, wanted := range t.curves {
			kind, curve, _ := strings.Cut(wanted.curve, ":")
			if c.Kind != kind {
				continue
			}
			b, _, ok := d.e.Band(c.Name, curve)
			if !ok {
				continue
			}
			name := strings.TrimSpace(short(c.Name) + " " + wanted.label)
			if wanted.label == together {
				name = together
			}
			l := chart.Line{
				Name: name, Width: b.Width.Seconds(),
				Median: b.Median, Low: b.Low, High: b.High, Limit: wanted.limit,
			}
			if !wanted.zero && !l.Limit && highest(b.High) == 0 || l.Peak() < wanted.least || t.varied && constant(b.Median) {
				continue
			}
			drawn++
			lines = append(lines, l)
		}
		if l, ok := t.limits[c.Kind]; ok && drawn > 0 {
			if limit, known := d.limitOf(c.Name, l); known {
				limits = append(limits, limit)
			}
		}
	}
	if !slices.ContainsFunc(lines, func(l chart.Line) bool { return !l.Limit }) {
		return nil, nil
	}
	return lines, limits
}

func highest(values []float64) (most float64) {
	for _, v := range values {
		if !math.IsNaN(v) {
			most = max(most, v)
		}
	}
	return most
}

func constant(values []float64) bool {
	return len(values) == 0 || slices.Max(values) == slices.Min(values)
}

// joined makes one line of those that say the same, with both names.
func joined(lines []chart.Line) (out []chart.Line) {
	for _, l := range lines {
		same := slices.IndexFunc(out, func(o chart.Line) bool { return o.Limit == l.Limit && alike(o.Median, l.Median) })
		if same < 0 {
			out = append(out, l)
			continue
		}
		if !strings.HasSuffix(l.Name, together) {
			out[same].Name += " = " + l.Name
		}
	}
	return out
}

// alikeWithin is how much of their highest value curves may differ by and still be drawn as one.
const alikeWithin = 0.002

// alike reports whether two curves cannot be told apart.
func alike(a, b []float64) bool {
	if len(a) != len(b) {
		return false
	}
	most, apart := 0.0, 0.0
	for i := range a {
		if math.IsNaN(a[i]) != math.IsNaN(b[i]) {
			return false
		}
		if !math.IsNaN(a[i]) {
			most, apart = max(most, a[i], b[i]), max(apart, math.Abs(a[i]-b[i]))
		}
	}
	return most > 0 && apart <= alikeWithin*most
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
