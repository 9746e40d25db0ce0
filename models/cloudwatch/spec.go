package cloudwatch

import (
	"fmt"
	"strings"

	"weir/models/iam"
	"weir/models/spec"
)

// Spec is an alarm, as the scenario describes it: one on a metric (of and metric), on an expression of metrics
// (expression and metrics), or a composite alarm on other alarms (rule).
type Spec struct {
	// The component that publishes the metric, or a metric of the design's own, such as metrics.backlog_per_instance.
	Of *spec.Link `yaml:"of"`
	// The metric's name in CloudWatch, such as ApproximateNumberOfMessagesVisible.
	Metric string `yaml:"metric"`
	// How the observations of a period become its datapoint: Average, Sum, Minimum, Maximum, SampleCount, or p99.
	Statistic Statistic `yaml:"statistic" default:"Average"`
	// The length of time that a datapoint is about: 10s, 30s or a multiple of 1m.
	Period spec.Duration `yaml:"period" default:"1m" min:"10s" max:"1d"`
	// The metrics of the expression, by the names that it uses.
	Metrics map[string]MetricSpec `yaml:"metrics" keys:"names"`
	// What is compared, computed from the metrics, as in m1 / FILL(m2, 1).
	Expression *Math `yaml:"expression"`
	// When a composite alarm is in ALARM, as in ALARM("backlog") AND NOT OK("errors").
	Rule *Rule `yaml:"rule"`
	AlarmSettings
	// What is told when the alarm goes into ALARM: topics, and functions, which are invoked asynchronously.
	AlarmActions []spec.Link `yaml:"alarm_actions" link:"topics functions" flow:"out"`
	// What is told when it becomes OK.
	OKActions []spec.Link `yaml:"ok_actions" link:"topics functions" flow:"out"`
	// What is told when it has too little data.
	InsufficientDataActions []spec.Link `yaml:"insufficient_data_actions" link:"topics functions" flow:"out"`
	// Puts the alarm under test: the run says whether it did as it should.
	Expect *ExpectSpec `yaml:"expect"`
	// The account that owns it.
	Account iam.Account `yaml:"account" default:"111122223333"`
}

// MetricSpec is a metric, as an expression reads it.
type MetricSpec struct {
	// The component that publishes it.
	Of spec.Link `yaml:"of" required:"true"`
	// Its name in CloudWatch, such as ApproximateNumberOfMessagesVisible.
	Metric string `yaml:"metric"`
	// How the observations of a period become its datapoint: Average, Sum, Minimum, Maximum, SampleCount, or p99.
	Statistic Statistic `yaml:"statistic" default:"Average"`
}

// CustomSpec is a metric of the design's own, which a program of the design puts into CloudWatch: one that is computed
// from what components say of themselves at that moment, or the latency of a path.
type CustomSpec struct {
	// What it is computed from, by the names that the expression uses.
	Metrics map[string]MetricSpec `yaml:"metrics" keys:"names"`
	// How it is computed, as in visible / instances.
	Expression *Math `yaml:"expression"`
	// A path whose latency it is, in seconds, such as producers.checkout -> fleets.workers.
	LatencyOf string `yaml:"latency_of"`
	// How often it is put: each 10s or 30s for a high-resolution metric, or a multiple of 1m.
	Every spec.Duration `yaml:"every" default:"1m" min:"10s" max:"1d"`
	// CloudWatch's unit.
	Unit string `yaml:"unit" default:"None"`
}

// ExpectSpec is what an alarm under test is held to.
type ExpectSpec struct {
	// How soon it must be in ALARM.
	FiresWithin *spec.Duration `yaml:"fires_within" min:"0s"`
	// From when on: a time in the run, first_loss (the first message lost, failed or expired), first_dead_letter, or a
	// fault, such as faults.zone. An alarm that is in ALARM already has to become OK, and go into ALARM again.
	After Moment `yaml:"after" default:"0s"`
	// Whether it must never be in ALARM.
	Silent bool `yaml:"silent" default:"false"`
}

// Moment is when something happens: a time in the run, or an event.
type Moment struct {
	At    spec.Duration
	Event string     // first_loss or first_dead_letter, or empty
	Link  *spec.Link // to a fault, or nil
}

// The events that an alarm can be held to tell of.
const (
	FirstLoss       = "first_loss"
	FirstDeadLetter = "first_dead_letter"
)

// UnmarshalText reads a moment.
func (m *Moment) UnmarshalText(text []byte) error {
	word := string(text)
	link := new(spec.Link)
	switch {
	case word == FirstLoss || word == FirstDeadLetter:
		*m = Moment{Event: word}
		return nil
	case strings.Contains(word, ".") && link.UnmarshalText(text) == nil:
		*m = Moment{Link: link}
		return nil
	case m.At.UnmarshalText(text) == nil && m.At >= 0:
		*m = Moment{At: m.At}
		return nil
	}
	return fmt.Errorf("%s is no moment%s: write a time in the run such as 30m, %s, %s, or a fault such as faults.zone",
		spec.Quote(word), spec.DidYouMean(word, []string{FirstLoss, FirstDeadLetter}), FirstLoss, FirstDeadLetter)
}

// MarshalText returns the moment as it was written.
func (m Moment) MarshalText() ([]byte, error) {
	switch {
	case m.Event != "":
		return []byte(m.Event), nil
	case m.Link != nil:
		return m.Link.MarshalText()
	}
	return m.At.MarshalText()
}

// Schema returns the schema of a moment.
func (Moment) Schema() spec.Schema { return spec.Schema{"type": "string"} }

// Text returns what the alarm is held to, in words.
func (e *ExpectSpec) Text() string {
	if e.Silent {
		return "is never in ALARM"
	}
	after, _ := e.After.MarshalText()
	return fmt.Sprintf("is in ALARM within %s after %s", *e.FiresWithin, after)
}

// Validate checks what an alarm under test is held to.
func (e *ExpectSpec) Validate() []spec.Problem {
	if (e.FiresWithin == nil) != e.Silent {
		return []spec.Problem{{Text: "needs fires_within or silent: true, one of them"}}
	}
	return nil
}

// Validate checks what CloudWatch refuses, as far as it shows without the limits.
func (s *Spec) Validate() (problems []spec.Problem) {
	fail := func(field, format string, args ...any) {
		problems = append(problems, spec.Problem{Field: field, Text: fmt.Sprintf(format, args...)})
	}
	switch {
	case s.Rule != nil && (s.Of != nil || s.Expression != nil || s.Metrics != nil || s.Metric != ""):
		fail("rule", "a composite alarm looks at other alarms, and at no metric")
	case s.Rule != nil:
	case s.Expression == nil && s.Of == nil:
		fail("", "needs of and metric, or expression and metrics, or rule")
	case s.Expression != nil && (s.Of != nil || s.Metric != ""):
		fail("expression", "an alarm is on a metric or on an expression: remove of and metric, or expression")
	case s.Expression == nil && s.Metrics != nil:
		fail("metrics", "are the metrics of an expression: write it, such as expression: m1 / m2")
	}
	problems = append(problems, checkInputs(s.Expression, s.Metrics)...)
	if m := s.DatapointsToAlarm; m != nil && *m > s.EvaluationPeriods {
		fail("datapoints_to_alarm", "%d of %d datapoints: there are no more than evaluation_periods", *m, s.EvaluationPeriods)
	}
	if !isPeriod(s.Period.Sim()) {
		fail("period", "%s is no period of an alarm: write 10s, 30s or a multiple of 1m", s.Period)
	}
	return problems
}

// Vacuous says that each datapoint, or none, of a metric that is never below 0 breaches the threshold, or nothing.
func (s *Spec) Vacuous() string {
	switch c := s.Comparison; {
	case c == GreaterOrEqual && s.Threshold <= 0, c == Greater && s.Threshold < 0:
		return fmt.Sprintf("%s %g is true of every datapoint, for %s is never below 0: write a threshold above 0, or "+
			"comparison_operator: %s", c, s.Threshold, s.Metric, Greater)
	case c == Less && s.Threshold <= 0, c == LessOrEqual && s.Threshold < 0:
		return fmt.Sprintf("%s %g is true of no datapoint, for %s is never below 0: write a threshold above 0", c, s.Threshold,
			s.Metric)
	}
	return ""
}

// checkInputs checks that an expression names its metrics, all of them.
func checkInputs(m *Math, metrics map[string]MetricSpec) (problems []spec.Problem) {
	if m == nil {
		return nil
	}
	for _, name := range m.Names() {
		if _, ok := metrics[name]; !ok {
			problems = append(problems, spec.Problem{Field: "expression", Text: fmt.Sprintf(
				"names %s, which stands not under metrics", spec.Quote(name))})
		}
	}
	return problems
}

// Validate checks a metric of the design's own.
func (s *CustomSpec) Validate() (problems []spec.Problem) {
	if (s.Expression == nil) == (s.LatencyOf == "") {
		problems = append(problems, spec.Problem{Text: "needs expression and metrics, or latency_of, one of them"})
	}
	if e := s.Every; !isPeriod(e.Sim()) {
		text := fmt.Sprintf("%s: write 10s, 30s or a multiple of 1m", e)
		problems = append(problems, spec.Problem{Field: "every", Text: text})
	}
	return append(problems, checkInputs(s.Expression, s.Metrics)...)
}
