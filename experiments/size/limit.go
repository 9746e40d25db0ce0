package size

import (
	"context"
	"fmt"
	"math"
	"slices"

	"weir/experiments"
	"weir/experiments/points"
	"weir/experiments/scenario"
	"weir/models/message"
	"weir/models/sdk"
	"weir/models/spec"
	"weir/results"
)

// LimitOptions are what was asked for.
type LimitOptions struct {
	Load            string  // the path of the setting that is scaled; empty for the arrivals of all producers
	Tolerance       float64 // by which share the loads may differ between which the limit is found
	ReplicationsMax int     // that a load may have for a decision; 0 for four times run.replications
	Progress        func(trials int)
}

const (
	factorMost    = 64         // times the scenario's load, and as many times below it, where the search ends
	toleranceMost = 0.5        // between loads: any more is no answer
	toleranceMin  = 0.001      // below it, luck decides
	unservedMost  = 0.01       // of what is sent: so much less may be served than at a low load, in a stable design
	unservedFew   = 3          // messages that more may be left over at any load: as happens to be so at the end
	referenceLoad = 1.0 / 16   // of the scenario's load: a low one
	limitGrow     = 4          // times as many replications as it begins with a load may have for a decision
	unserved      = "unserved" // the figure of the share of what is sent that is not served
	endLevel      = 0.1        // of the run, at its end: its mean tells what is left over
)

// curveShares are the loads, as shares of the limit, at which the design is run besides those of the search.
var curveShares = []float64{0.25, 0.5, 0.75, 0.9, 1.1, 1.3, 1.6}

// decisionsMost returns how many loads are decided at the most: powers of two up to factorMost, or down to it, those
// that halve what lies between two of them until they differ by the tolerance, those of the curve, and the low one.
func decisionsMost(tolerance float64) int {
	powers := math.Log2(factorMost) + 1
	halves := math.Ceil(math.Log2(math.Ln2 / math.Log1p(tolerance)))
	return int(powers+max(halves, 0)) + len(curveShares) + 1
}

// limiter is a search for a limit under way.
type limiter struct {
	*trier
	load    string
	value   scenario.Value // of the path
	factors []float64      // by point
	normal  float64        // share that is not served at a low load
}

// Limit finds the largest load under which all objectives hold or, without objectives, what is sent is served. The
// error is an *experiments.InputError or a spec.Errors for what was asked for, and experiments.ErrNothingFinished when
// the context was done before there was an answer.
func Limit(
	ctx context.Context, base *experiments.Design, build results.Build, options LimitOptions,
) (*results.LoadLimit, error) {
	l, err := newLimiter(base, &options)
	if err != nil {
		return nil, err
	}
	if l.stability() {
		point := l.point(referenceLoad)
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
	if !(options.Tolerance >= toleranceMin && options.Tolerance <= toleranceMost) {
		return nil, experiments.InputErrorf("a tolerance of %v is none: write a share from %g%% up to %g%%, for example 2%%", options.Tolerance,
			100*toleranceMin, 100*toleranceMost)
	}
	l := &limiter{load: options.Load}
	lab := &points.Lab{Open: l.open, Derive: derive}
	var err error
	if l.trier, err = newTrier("limit", base, lab, options.ReplicationsMax, limitGrow, options.Progress); err != nil {
		return nil, err
	}
	if l.load != "" {
		value, ok := base.Document.NumberAt(l.load)
		if !ok || value.In <= 0 {
			return nil, experiments.InputErrorf("--load %s: there is no number above 0 to scale; name a setting that the scenario has, for "+
				"example producers.checkout.arrivals.poisson", spec.Quote(l.load))
		}
		if _, err := base.Document.Vary(l.load + "=" + value.Text); err != nil {
			return nil, err
		}
		l.value = value
	} else if _, err := base.AtLoad(1); err != nil {
		return nil, err
	}
	l.judge = l.objectives
	l.divide(decisionsMost(options.Tolerance) * max(len(base.ObjectiveFigures()), 1))
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

// derive tells of a trial what producers sent, and which share of it was not served, in all: it is left over at the
// end, or ended otherwise than well. Copies, and what is sent on, count as well. What is left over is a mean over
// the end of the run, so that it does not hang on who happens to be served at the last instant.
func derive(o *results.Outcome, s *results.Summary, add func(metric, of, unit string, value float64)) {
	sent := 0.0
	for name, l := range s.Senders {
		if link := spec.SplitPath(name); len(link) > 0 && link[0] == "producers" {
			sent += l.Sent.Value
		}
	}
	add("offered", "", "messages/s", sent/o.Window().Seconds())
	add("sent", "", "messages", s.Ledger.Sent.Value)
	left, lost := 0.0, 0.0
	for i := range o.Ledger {
		a := &o.Ledger[i]
		left -= float64(a.CarriedIn)
		for p := range a.Ended {
			if place := message.Place(p); place.DeadLettered() || slices.Contains(notServed, place) {
				lost += float64(a.Ended[p])
			}
		}
	}
	if values := o.UnderWay.Values(); len(values) > 0 {
		left += mean(values[len(values)-max(int(float64(len(values))*endLevel), 1):])
	}
	share := (left + lost) / s.Ledger.Sent.Value
	if s.Ledger.Sent.Value == 0 {
		share = 0 // nothing is left over of nothing
	}
	add(unserved, "", "share", share)
}

// notServed are where messages end otherwise than well, besides as dead letters.
var notServed = []message.Place{
	message.ExpiredInQueue, message.Rejected, message.Failed, message.Lost, message.TooLate,
}

func (l *limiter) stability() bool { return len(l.base.ObjectiveFigures()) == 0 }

// objectives judges the scenario's objectives or, without any, that what is sent is served.
func (l *limiter) objectives(seen *results.PointFigures) []results.Objective {
	if !l.stability() {
		return l.base.Judge(seen, seen.Truncated != "", seen.Unpriced)
	}
	e, unit := seen.Find(unserved, "")
	e = results.NatureOf(unit).Widen(familyConfidence, e)
	most := l.normal + unservedMost
	if sent, _ := seen.Find("sent", ""); sent.Value > 0 {
		most = l.normal + max(unservedMost, unservedFew/sent.Value)
	}
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
			return 0, 0, experiments.InputErrorf("the scenario cannot be run: %s", p.Problem)
		}
		sent, _ := l.trials.At(l.point(k)).Find("sent", "")
		if k == 1 && sent.Value == 0 && (l.load == "" || l.stability()) {
			return 0, 0, experiments.InputErrorf("nothing is sent within %s, so that there is no load to scale: run longer, or name what "+
				"to scale with --load PATH", l.base.Document.Run.Duration)
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
	for _, share := range curveShares {
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
	whole := &results.Sweep{}
	for i, k := range l.factors {
		at := k
		whole.Points = append(whole.Points, results.SweepPoint{
			Number: i, Settings: []string{fmt.Sprintf("%.4g×", k)}, Numbers: []*float64{&at},
		})
	}
	all := l.trier.document(build, whole)
	doc := &results.LoadLimit{
		Weir: build, Scenario: whole.Scenario, Load: l.load, Criterion: "objectives", Figures: whole.Figures,
		Factor: results.Number(low), Low: results.Number(math.NaN()), High: results.Number(math.NaN()),
		Method: results.LimitMethod{
			DurationSeconds: whole.Method.DurationSeconds, Tolerance: tolerance, Replications: l.first,
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
	l.overlooked(low)
	doc.Points = all
	for i := range all {
		l.bound(doc, l.factors[all[i].Number], low, high, &all[i])
	}
	if doc.NotMonotone {
		doc.Low, doc.High = results.Number(math.NaN()), results.Number(math.NaN())
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

// overlooked notes that much of what is sent is not served at the limit, when no objective says that it should be.
func (l *limiter) overlooked(low float64) {
	if l.stability() || low == 0 {
		return
	}
	if e, _ := l.trials.At(l.point(low)).Find(unserved, ""); e.Value > unservedMost {
		l.notes = append(l.notes, fmt.Sprintf("at %.4g ×, %s of what is sent is lost or left over, which no objective looks at: "+
			"latencies are of the rest; set one on processed_share", low, results.Percent(e.Value)))
	}
}

// bound moves the loads between which the limit certainly lies, and tells of loads that are on the wrong side of it.
func (l *limiter) bound(doc *results.LoadLimit, k, low, high float64, p *results.SizedPoint) {
	if !p.Certain {
		return
	}
	switch {
	case p.Status == "meets" && (k <= low || high == 0):
		if !(float64(doc.Low) >= k) {
			doc.Low = results.Number(k)
		}
	case p.Status == "misses" && k >= high && high > 0:
		if !(float64(doc.High) <= k) {
			doc.High = results.Number(k)
		}
	case low == 0 || high == 0:
	case p.Status == "meets":
		doc.NotMonotone = true
		l.notes = append(l.notes, fmt.Sprintf("not monotone: it certainly holds at %.4g ×, beyond the limit", k))
	default:
		doc.NotMonotone = true
		l.notes = append(l.notes, fmt.Sprintf("not monotone: it certainly does not hold at %.4g ×, below the limit", k))
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
