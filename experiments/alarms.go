package experiments

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"weir/experiments/scenario"
	"weir/models/cloudwatch"
	"weir/models/ec2"
	"weir/models/iam"
	"weir/models/lambda"
	"weir/models/message"
	"weir/models/meter"
	"weir/models/sdk"
	"weir/models/spec"
	"weir/models/storage"
	"weir/results"
	"weir/sim"
	"weir/sim/measure"
)

// The sections of CloudWatch. What publishes metrics is found when all components exist.
const (
	metricSection = "metrics"
	alarmSection  = "alarms"
)

var (
	metricKind = kind{
		scenario.SectionOf[cloudwatch.CustomSpec](metricSection, "CloudWatch metrics of the design's own, by name."),
		buildMetric,
	}
	alarmKind = kind{
		scenario.SectionOf[cloudwatch.Spec](alarmSection, "CloudWatch alarms, by name."), buildAlarm,
	}
)

// board returns the board of all metrics that are watched.
func (b *builder) board() *cloudwatch.Board {
	if b.watch == nil {
		limits := new(cloudwatch.Limits)
		b.profile.Fill(limits)
		b.watch = cloudwatch.NewBoard(b.eng, limits)
	}
	return b.watch
}

// publisher returns who publishes a metric, and the metric's name.
func (b *builder) publisher(c *scenario.Component, field string, of spec.Link, name string) (meter.Publisher, string) {
	component := b.built[of]
	if component == nil {
		return nil, "" // what is wrong with it has been told
	}
	p, ok := component.(meter.Publisher)
	if !ok {
		b.fail(c, field, "%s publishes no metrics in CloudWatch", of)
		return nil, ""
	}
	if of.Section == metricSection && name == "" {
		name = cloudwatch.CustomName
	}
	if name == "" {
		b.fail(c, field, "needs metric: the name of what %s publishes", of)
		return nil, ""
	}
	if name == "CPUUtilization" && !b.computes(of) {
		b.fail(c, field, "%s has cpu_share: 0%%, so that its work needs no vCPU and there is no CPUUtilization: set cpu_share", of)
		return nil, ""
	}
	return p, name
}

// computes reports whether something is said of how much of a component's work needs a vCPU.
func (b *builder) computes(of spec.Link) bool {
	switch s := b.doc.Component(of).Spec.(type) {
	case *ec2.Spec:
		return s.CPUShare > 0
	case *storage.Spec:
		return s.CPUShare > 0
	}
	return true
}

func buildMetric(b *builder, c *scenario.Component) meter.Component {
	s := c.Spec.(*cloudwatch.CustomSpec)
	custom := cloudwatch.NewCustom(b.board(), c.Path(), s)
	if s.LatencyOf != "" {
		custom.Observe(b.latencyOf(c, s.LatencyOf))
	}
	b.watching = append(b.watching, func() {
		if s.Expression == nil {
			return
		}
		inputs, ok := b.inputs(c, s.Expression, s.Metrics, func(p meter.Publisher, name string, stat cloudwatch.Statistic,
		) (*cloudwatch.Series, error) {
			return b.board().Live(p, name, stat, s.Every.Sim())
		})
		if !ok {
			return
		}
		if e, err := b.board().NewExpression(s.Expression, inputs...); err != nil {
			b.fail(c, "expression", "%s", err)
		} else {
			custom.Compute(e)
		}
	})
	return custom
}

// latencyOf returns how to find the latencies of a path, which is there when a message has come to its end.
func (b *builder) latencyOf(c *scenario.Component, path string) func() *measure.Histogram {
	from, to, ok := strings.Cut(path, " -> ")
	origin, end := new(spec.Link), new(spec.Link)
	ok = ok && origin.UnmarshalText([]byte(from)) == nil && end.UnmarshalText([]byte(to)) == nil
	if !ok || b.doc.Component(*origin) == nil || b.doc.Component(*end) == nil {
		b.fail(c, "latency_of", "there is no path %s: write for example producers.checkout -> fleets.workers",
			spec.Quote(path))
		return func() *measure.Histogram { return nil }
	}
	return func() *measure.Histogram {
		if at, is := b.built[*end].(pathed); is {
			for _, p := range at.Paths() {
				if p.Origin == from {
					return p.Latency
				}
			}
		}
		return nil
	}
}

// inputs returns the series that an expression names, by a way to watch one.
func (b *builder) inputs(
	c *scenario.Component, e *cloudwatch.Math, metrics map[string]cloudwatch.MetricSpec,
	watch func(meter.Publisher, string, cloudwatch.Statistic) (*cloudwatch.Series, error),
) (inputs []cloudwatch.Input, ok bool) {
	ok = true
	for _, id := range slices.Sorted(maps.Keys(metrics)) {
		m := metrics[id]
		field := "metrics." + id
		if !slices.Contains(e.Names(), id) {
			b.fail(c, field, "the expression does not name it: remove one, or name it")
			return nil, false
		}
		p, name := b.publisher(c, field, m.Of, m.Metric)
		if p == nil {
			return nil, false
		}
		s, err := watch(p, name, m.Statistic)
		if err != nil {
			b.fail(c, field, "%s: %s", m.Of, err)
			ok = false
			continue
		}
		inputs = append(inputs, cloudwatch.Input{Name: id, Source: s})
	}
	return inputs, ok
}

func buildAlarm(b *builder, c *scenario.Component) meter.Component {
	s := c.Spec.(*cloudwatch.Spec)
	board := b.board()
	a := cloudwatch.NewAlarm(board, c.Path(), s.AlarmSettings, nil)
	limits := board.Limits()
	if s.Rule == nil {
		b.checkRange(c, "evaluation_periods", s.Period, s.EvaluationPeriods)
	}
	if s.Expression != nil && int64(len(s.Expression.Names())) > limits.MetricsMax {
		b.fail(c, "expression", "is of %d metrics: AWS allows %d in profile %s", len(s.Expression.Names()),
			limits.MetricsMax, b.profile.Name)
	}
	b.watching = append(b.watching, func() {
		if s.Rule != nil {
			b.combine(c, a)
		} else if source := b.alarmSource(c, s); source != nil {
			a.Read(source)
		}
		b.addActions(c, a)
		if s.Expect != nil {
			b.expect(c, a)
		}
	})
	return a
}

// checkRange refuses an alarm that looks further back than AWS allows, one of a policy among them.
func (b *builder) checkRange(c *scenario.Component, field string, period spec.Duration, periods int) {
	limits := new(cloudwatch.Limits)
	b.profile.Fill(limits)
	if !limits.InRange(period.Sim(), periods) {
		b.fail(c, field, "%d periods of %s are longer than the %s that AWS allows in profile %s", periods, period,
			limits.RangeMax, b.profile.Name)
	}
}

// alarmSource returns what an alarm compares, or nil.
func (b *builder) alarmSource(c *scenario.Component, s *cloudwatch.Spec) cloudwatch.Source {
	board := b.board()
	if s.Expression != nil {
		inputs, ok := b.inputs(c, s.Expression, s.Metrics, func(p meter.Publisher, name string, stat cloudwatch.Statistic,
		) (*cloudwatch.Series, error) {
			return board.Watch(p, name, stat, s.Period.Sim())
		})
		if !ok {
			return nil
		}
		e, err := board.NewExpression(s.Expression, inputs...)
		if err != nil {
			b.fail(c, "expression", "%s", err)
			return nil
		}
		return e
	}
	p, name := b.publisher(c, "of", *s.Of, s.Metric)
	if p == nil {
		return nil
	}
	series, err := board.Watch(p, name, s.Statistic, s.Period.Sim())
	if err != nil {
		b.fail(c, "metric", "%s: %s", s.Of, err)
		return nil
	}
	if text := s.Vacuous(); text != "" && s.Of.Section != metricSection { // one of the design's own may be below 0
		b.fail(c, "threshold", "%s", text)
	}
	return series
}

// combine connects a composite alarm with those that it looks at.
func (b *builder) combine(c *scenario.Component, a *cloudwatch.Alarm) {
	rule := c.Spec.(*cloudwatch.Spec).Rule
	var of []*cloudwatch.Alarm
	for _, name := range rule.Names() {
		link := spec.Link{Section: alarmSection, Name: name}
		child, ok := b.built[link].(*cloudwatch.Alarm)
		if !ok {
			b.fail(c, "rule", "there is no alarm %s%s", spec.Quote(name), spec.DidYouMean(name, b.alarmNames()))
			return
		}
		if b.looksAt(link, c.Link, map[spec.Link]bool{}) {
			b.fail(c, "rule", "composite alarms look at one another in a circle: %s looks at %s", link, c.Link)
			return
		}
		of = append(of, child)
	}
	a.Combine(rule, of)
}

func (b *builder) alarmNames() (names []string) {
	for i := range b.doc.Components {
		if l := b.doc.Components[i].Link; l.Section == alarmSection {
			names = append(names, l.Name)
		}
	}
	return names
}

// looksAt reports whether an alarm is another one, or looks at it by itself or through others.
func (b *builder) looksAt(alarm, other spec.Link, seen map[spec.Link]bool) bool {
	c := b.doc.Component(alarm)
	if alarm == other || c == nil || seen[alarm] {
		return alarm == other
	}
	seen[alarm] = true
	if rule := c.Spec.(*cloudwatch.Spec).Rule; rule != nil {
		for _, name := range rule.Names() {
			if b.looksAt(spec.Link{Section: alarmSection, Name: name}, other, seen) {
				return true
			}
		}
	}
	return false
}

// addActions connects an alarm with the topics and functions that it tells.
func (b *builder) addActions(c *scenario.Component, a *cloudwatch.Alarm) {
	s := c.Spec.(*cloudwatch.Spec)
	for _, list := range []struct {
		field string
		links []spec.Link
		state cloudwatch.State
	}{
		{"alarm_actions", s.AlarmActions, cloudwatch.Alarming},
		{"ok_actions", s.OKActions, cloudwatch.OK},
		{"insufficient_data_actions", s.InsufficientDataActions, cloudwatch.InsufficientData},
	} {
		if most := b.board().Limits().ActionsMax; int64(len(list.links)) > most {
			b.fail(c, list.field, "has %d actions: AWS allows %d for a state in profile %s", len(list.links), most,
				b.profile.Name)
		}
		for i, link := range list.links {
			field := fmt.Sprintf("%s[%d]", list.field, i)
			if spec.IsFIFO(link) {
				b.fail(c, field, "an alarm tells standard topics, and %s is a FIFO one", link)
			}
			to, ok := linked[sdk.Inlet](b, c, field, link)
			if !ok {
				continue
			}
			if f, is := to.(*lambda.Function); is {
				to = lambda.ServiceInlet{Function: f}
			}
			parts := cloudwatch.NotifierParts{
				Name: list.field + "/" + link.String(), To: to, Keys: b.sendKeys(c, link), States: []cloudwatch.State{list.state},
			}
			if d := b.sendDenial(c, link); d != nil {
				parts.To, parts.Keys = iam.Closed{Denial: d}, nil
			}
			a.Tell(b.store, parts)
		}
	}
}

// happening is what an alarm under test can be held to tell of, such as a fault.
type happening interface {
	// OnBegin has a function called when it begins. It is called before the run.
	OnBegin(tell func(now sim.Time))
}

// expect puts an alarm under test.
func (b *builder) expect(c *scenario.Component, a *cloudwatch.Alarm) {
	s := c.Spec.(*cloudwatch.Spec).Expect
	var within sim.Duration
	if s.FiresWithin != nil {
		within = s.FiresWithin.Sim()
	}
	e := a.Expect(within, s.Silent)
	ledger := &b.store.Ledger
	switch {
	case s.Silent:
	case s.After.Link != nil:
		if b.doc.Component(*s.After.Link) == nil {
			b.fail(c, "expect.after", "there is no %s", s.After.Link)
			return
		}
		if h, ok := linked[happening](b, c, "expect.after", *s.After.Link); ok {
			h.OnBegin(e.Happened)
		}
	case s.After.Event == cloudwatch.FirstLoss:
		places := []message.Place{message.Lost, message.ExpiredInQueue, message.Rejected, message.Failed}
		b.board().WhenEnded(ledger, cloudwatch.FirstLoss, places, e.Happened)
	case s.After.Event == cloudwatch.FirstDeadLetter:
		places := []message.Place{
			message.DeadByError, message.DeadByTimeout, message.DeadByThrottle, message.DeadByPoison, message.DeadByCrash,
		}
		b.board().WhenEnded(ledger, cloudwatch.FirstDeadLetter, places, e.Happened)
	default:
		due := sim.NewEvent(b.eng, c.Path()+"/expected", func(uint8) { e.Happened(b.eng.Now()) })
		due.At(sim.Time(s.After.At), 0)
	}
}

// alarmFigures are the figures that tell whether an alarm under test did as it should.
var alarmFigures = []string{"fired_after_s", "in_alarm_s", "missed", "happened", "already_in_alarm_s"}

// alarmsUnderTest returns the alarms of which something is expected.
func (d *Design) alarmsUnderTest() (all []*scenario.Component) {
	for i := range d.Document.Components {
		c := &d.Document.Components[i]
		if a, ok := c.Spec.(*cloudwatch.Spec); ok && a.Expect != nil {
			all = append(all, c)
		}
	}
	return all
}

// judgeAlarms says of each alarm under test whether it did as it should, in every replication.
func (d *Design) judgeAlarms(seen Figures, truncated bool) (judged []results.Objective) {
	for _, c := range d.alarmsUnderTest() {
		expect := c.Spec.(*cloudwatch.Spec).Expect
		metric := func(name string) measure.Estimate {
			e, _ := seen.Find(name, c.Path())
			return e
		}
		o := results.Objective{Text: c.Path() + " " + expect.Text(), Observed: metric("fired_after_s"), Unit: "s"}
		if expect.Silent {
			o.Observed = metric("in_alarm_s")
		}
		missed := metric("missed")
		switch {
		case missed.Value > 0:
		case !expect.Silent && metric("happened").Value < 1:
			o.Undecided = "not decided: what it waits for did not happen in each run"
		case truncated:
			o.Undecided = "not decided: the run ended early"
		default:
			o.Met = true
		}
		if since := metric("already_in_alarm_s"); since.Value >= 0 { // NaN when it was not
			o.Note = "already in ALARM for " + results.Interval(since, results.Seconds) + " as it happened, and told nobody"
		}
		o.Certain = o.Undecided == "" && (missed.Value == 0 || missed.Value == 1) && measure.SameByLuck(missed.N) <= 0.05
		judged = append(judged, o)
	}
	return judged
}
