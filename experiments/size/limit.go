package size

import (
	"context"
	"fmt"
	"math"
	"slices"

	"weir/experiments"
	"weir/experiments/points"
	"weir/experiments/scenario"
	"weir/experiments/sweep"
	"weir/models/sdk"
	"weir/models/spec"
	"weir/results"
	"weir/sim"
)

// LimitOptions are what was asked for.
type LimitOptions struct {
	Load            string  // the path of the setting that is scaled; empty for the arrivals of all producers
	Tolerance       float64 // by which share the loads may differ between which the limit is found
	ReplicationsMax int     // that a load may have for a decision; 0 for four times run.replications
	Progress        func(trials int)
}

const (
	factorMost   = 64         // times the scenario's load, and as many times below it, where the search ends
	unservedMost = 0.01       // of what is sent: so much less may be served than at a low load, in a stable design
	reference    = 1.0 / 16   // of the scenario's load: a low one
	limitGrow    = 4          // times as many replications as it begins with a load may have for a decision
	decided      = 24         // loads that are decided at the most, or nearly so
	unserved     = "unserved" // the figure of the share of what is sent that is not served
)

// curve are the loads, as shares of the limit, at which the design is run besides those of the search.
var curve = []float64{0.25, 0.5, 0.75, 0.9, 1.1, 1.3, 1.6}

// limiter is a search for a limit under way.
type limiter struct {
	*trier
	base    *experiments.Design
	load    string
	value   scenario.Value // of the path
	factors []float64      // by point
	normal  float64        // share that is not served at a low load
	notes   []string
}

// Limit finds the largest load under which all objectives hold or, without objectives, what is sent is served. The
// error is an *InputError or a spec.Errors for what was asked for, and experiments.ErrNothingFinished when the context
// was done before there was an answer.
func Limit(
	ctx context.Context, base *experiments.Design, build results.Build, options LimitOptions,
) (*results.LoadLimit, error) {
	l, err := newLimiter(base, &options)
	if err != nil {
		return nil, err
	}
	if l.stability() {
		point := l.point(reference)
		if err := l.extend(ctx, []int{point}, l.first); err != nil {
			return nil, err
		}
		e, _ := l.trials.At(point).Find(unserved, "")
		if l.normal = max(e.Value, 0); math.IsNaN(e.Value) {
			l.normal = 0
		}
	}
	low, high, err := l.bracket(ctx)
	if err != nil {
		return nil, err
	}
	if low > 0 && high > 0 {
		for high/low > 1+options.Tolerance {
			middle := math.Sqrt(low * high)
			holds, _, err := l.decide(ctx, l.point(middle))
			if err != nil {
				return nil, err
			}
			if holds == meets {
				low = middle
			} else {
				high = middle
			}
		}
		if err := l.curve(ctx, low); err != nil {
			return nil, err
		}
	}
	doc := l.document(build, low, high, options.Tolerance)
	if doc.Verdict == results.LimitFound {
		doc.Hysteresis, err = l.hysteresis(ctx, doc)
	}
	doc.Notes = append(doc.Notes, l.notes...)
	return doc, err
}

func newLimiter(base *experiments.Design, options *LimitOptions) (*limiter, error) {
	if err := points.Refuse("limit", base); err != nil {
		return nil, inputError("%s", err)
	}
	if !(options.Tolerance > 0 && options.Tolerance <= 0.5) {
		return nil, inputError("a tolerance of %v is none: write a share up to 50%%, for example 2%%", options.Tolerance)
	}
	l := &limiter{base: base, load: options.Load}
	if l.load != "" {
		value, ok := base.Document.NumberAt(l.load)
		if !ok || value.In <= 0 {
			return nil, inputError("--load %s: there is no number above 0 to scale; name a setting that the scenario has, for "+
				"example producers.checkout.arrivals.poisson", spec.Quote(l.load))
		}
		if _, err := base.Document.Vary(l.load + "=" + value.Text); err != nil {
			return nil, err
		}
		l.value = value
	} else if _, err := base.AtLoad(1); err != nil {
		return nil, err
	}
	most := options.ReplicationsMax
	if most == 0 {
		most = limitGrow * base.Document.Run.Replications
	}
	lab := &points.Lab{Open: l.open, Extra: base.ObjectiveFigures(), Derive: derive}
	l.trier = newTrier(base, lab, most, options.Progress)
	l.judge = l.objectives
	l.divide(decided * max(len(base.ObjectiveFigures()), 1))
	return l, nil
}

// open makes the design at a load.
func (l *limiter) open(point int) (*experiments.Design, error) {
	k := l.factors[point]
	if l.load == "" {
		return l.base.AtLoad(k)
	}
	s, err := l.base.Document.Setting(l.load + "=" + l.value.Times(k))
	if err != nil {
		return nil, err
	}
	return l.base.Vary(s)
}

// derive tells of a trial what producers sent a second, and which share of what was sent in all was not served: it is
// left over at the end, or ended otherwise than well.
func derive(s *results.Summary, window sim.Duration, add func(metric, of, unit string, value float64)) {
	sent := 0.0
	for name, l := range s.Senders {
		if link := spec.SplitPath(name); len(link) > 0 && link[0] == "producers" {
			sent += l.Sent.Value
		}
	}
	add("offered", "", "messages/s", sent/window.Seconds())
	l := &s.Ledger
	lost := l.Expired.Value + l.Rejected.Value + l.Failed.Value + l.Lost.Value + l.TooLate.Value + l.Dead()
	lost -= l.CarriedIn.Value
	for _, e := range l.UnderWay {
		lost += e.Value
	}
	add(unserved, "", "share", lost/l.Sent.Value)
}

func (l *limiter) stability() bool { return len(l.base.ObjectiveFigures()) == 0 }

// objectives judges the scenario's objectives or, without any, that what is sent is served.
func (l *limiter) objectives(seen *results.PointFigures) []results.Objective {
	if !l.stability() {
		return l.base.Judge(seen, seen.Truncated != "", seen.Unpriced)
	}
	e, unit := seen.Find(unserved, "")
	most := l.normal + unservedMost
	o := results.Objective{
		Text: fmt.Sprintf("left over or lost below %s of what is sent", results.Percent(most)), Unit: unit, Observed: e,
		Metric: unserved, Below: &most, Met: e.Value < most,
	}
	o.Certain = o.Met && e.High < most || !o.Met && e.Low >= most
	return []results.Objective{o}
}

// point returns the point of a load.
func (l *limiter) point(k float64) int {
	if i := slices.Index(l.factors, k); i >= 0 {
		return i
	}
	l.factors = append(l.factors, k)
	return len(l.factors) - 1
}

// bracket returns the largest load, of those that are powers of two times the scenario's, that holds, and the smallest
// that does not; 0 where there is none.
func (l *limiter) bracket(ctx context.Context) (low, high float64, err error) {
	for k := 1.0; k <= factorMost && k >= 1.0/factorMost; {
		holds, _, err := l.decide(ctx, l.point(k))
		if err != nil {
			return 0, 0, err
		}
		if p := l.trials.At(l.point(k)); p.Problem != "" && k == 1 {
			return 0, 0, inputError("the scenario cannot be run: %s", p.Problem)
		}
		if holds == meets {
			if low = k; high > 0 {
				break
			}
			k *= 2
		} else {
			if high = k; low > 0 {
				break
			}
			k /= 2
		}
	}
	return low, high, nil
}

// curve runs the design at loads around the limit, to draw the cliff.
func (l *limiter) curve(ctx context.Context, limit float64) error {
	var around []int
	for _, share := range curve {
		k := share * limit
		near := slices.ContainsFunc(l.factors, func(f float64) bool { return math.Abs(f/k-1) < 0.06 })
		if !near {
			around = append(around, l.point(k))
		}
	}
	return l.extend(ctx, around, l.first)
}

// document tells the limit and what was seen.
func (l *limiter) document(build results.Build, low, high, tolerance float64) *results.LoadLimit {
	run := l.base.Document.Run
	whole := &results.Sweep{Weir: build, Scenario: sweep.Scenario(l.base)}
	for i, k := range l.factors {
		at := k
		whole.Points = append(whole.Points, results.SweepPoint{
			Number: i, Settings: []string{fmt.Sprintf("%.4g×", k)}, Numbers: []*float64{&at},
		})
	}
	whole.Fill(l.trials, l.objectives)
	doc := &results.LoadLimit{
		Weir: build, Scenario: whole.Scenario, Load: l.load, Criterion: "objectives", Figures: whole.Figures,
		Factor: results.Number(low), Low: results.Number(math.NaN()), High: results.Number(math.NaN()),
		Method: results.LimitMethod{
			DurationSeconds: run.Duration.Sim().Seconds(), Tolerance: tolerance, Replications: l.first,
			ReplicationsMax: l.most, Confidence: familyConfidence, Interval: l.confidence,
			Trials: whole.Method.Trials, Events: whole.Method.Events,
		},
	}
	if l.load == "" {
		doc.Load = "the arrivals of all producers"
	} else if low > 0 {
		doc.Value = l.load + " = " + l.value.Times(low)
	}
	if l.stability() {
		doc.Criterion = "stability"
	}
	doc.Verdict = map[[2]bool]string{
		{true, true}: results.LimitFound, {true, false}: results.LimitUnbounded, {false, true}: results.LimitNone,
	}[[2]bool{low > 0, high > 0}]
	doc.Offered, _ = l.trials.At(l.point(1)).Find("offered", "")
	sizer := sizer{trier: l.trier}
	for _, p := range whole.Points {
		point := sizer.sized(p)
		doc.Points = append(doc.Points, point)
		l.bound(doc, l.factors[p.Number], low, high, &point)
	}
	slices.SortFunc(doc.Points, func(a, b results.SizedPoint) int {
		return int(math.Copysign(1, *a.Numbers[0]-*b.Numbers[0]))
	})
	if high > 0 {
		for _, o := range l.objectives(l.trials.At(l.point(high))) {
			if !o.Met {
				doc.Breaks = append(doc.Breaks, o.Text+": "+o.Shown())
			}
		}
		if text := l.trials.At(l.point(high)).Truncated; text != "" {
			doc.Breaks = append(doc.Breaks, text)
		}
	}
	return doc
}

// bound moves the loads between which the limit certainly lies, and tells of loads that are on the wrong side of it.
func (l *limiter) bound(doc *results.LoadLimit, k, low, high float64, p *results.SizedPoint) {
	if !p.Certain {
		return
	}
	switch wrong := low > 0 && high > 0; {
	case p.Status == "meets" && k <= low || p.Status == "meets" && high == 0:
		if !(float64(doc.Low) >= k) {
			doc.Low = results.Number(k)
		}
	case p.Status == "misses" && k >= high && high > 0:
		if !(float64(doc.High) <= k) {
			doc.High = results.Number(k)
		}
	case wrong && p.Status == "meets":
		l.notes = append(l.notes, fmt.Sprintf("not monotone: it holds at %.4g ×, beyond the limit", k))
	case wrong:
		l.notes = append(l.notes, fmt.Sprintf("not monotone: it does not hold at %.4g ×, below the limit", k))
	}
}

// closed returns a producer that is a closed loop, or nothing.
func (l *limiter) closed() string {
	for i := range l.base.Document.Components {
		c := &l.base.Document.Components[i]
		if p, ok := c.Spec.(*sdk.ProducerSpec); ok && p.Arrivals.Closed != nil {
			return c.Path()
		}
	}
	return ""
}
