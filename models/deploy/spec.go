package deploy

import (
	"fmt"
	"regexp"
	"strconv"

	"weir/models/spec"
	"weir/sim"
)

// Spec is a deployment, as the scenario describes it.
type Spec struct {
	// The function whose new_version is deployed.
	Of spec.Link `yaml:"of" required:"true" link:"functions"`
	// When it begins, from the start of the run.
	At spec.Duration `yaml:"at" required:"true"`
	// How traffic is shifted, by CodeDeploy's names without their prefix: AllAtOnce, Canary10Percent5Minutes,
	// Linear10PercentEvery1Minute, or such with another share and interval.
	Type Type `yaml:"type" default:"AllAtOnce"`
	// Runs before traffic is shifted.
	BeforeAllowTraffic *HookSpec `yaml:"before_allow_traffic"`
	// Runs when all traffic is shifted.
	AfterAllowTraffic *HookSpec `yaml:"after_allow_traffic"`
	// Any of them in ALARM stops the deployment.
	Alarms []AlarmSpec `yaml:"alarms"`
	// Whether a deployment that fails or is stopped is rolled back.
	Rollback bool `yaml:"rollback" default:"true"`
}

// HookSpec is a function that validates a deployment.
type HookSpec struct {
	// How long it takes to call back.
	Takes spec.Durations `yaml:"takes" required:"true"`
	// Whether it reports success.
	Succeeds bool `yaml:"succeeds" default:"true"`
}

// AlarmSpec is a CloudWatch alarm of the design, such as alarms.errors, or one of the deployment's own on the errors of
// the alias, both versions together, or on their share.
type AlarmSpec struct {
	// An alarm of the design. Its metrics come as late as CloudWatch's do; those of the deployment's own alarms do not.
	Alarm *spec.Link `yaml:"alarm" link:"alarms"`
	// Errors in a minute that are too many.
	Errors *int `yaml:"errors" min:"1"`
	// Share of the invocations of a minute whose errors are too many.
	ErrorShare *spec.Share `yaml:"error_share"`
	// Minutes in a row that breach.
	EvaluationPeriods int `yaml:"evaluation_periods" default:"1" min:"1" max:"60"`
}

// UnmarshalText reads an alarm of the design.
func (a *AlarmSpec) UnmarshalText(text []byte) error {
	*a = AlarmSpec{Alarm: new(spec.Link), EvaluationPeriods: 1}
	return a.Alarm.UnmarshalText(text)
}

// Validate checks that the alarm has one threshold.
func (a *AlarmSpec) Validate() []spec.Problem {
	given := 0
	for _, is := range []bool{a.Alarm != nil, a.Errors != nil, a.ErrorShare != nil} {
		if is {
			given++
		}
	}
	if given != 1 {
		return []spec.Problem{{Text: "an alarm is one of the design, such as alarms.errors, or has errors or error_share"}}
	}
	return nil
}

// alarmsMax is how many alarms a deployment group may have (monitoring-create-alarms.md).
const alarmsMax = 10

// shiftMax is the longest time between the first and the last shift (limits.md: 2,880 minutes).
const shiftMax = 2880 * sim.Minute

// Validate checks what CodeDeploy refuses.
func (s *Spec) Validate() (problems []spec.Problem) {
	if len(s.Alarms) > alarmsMax {
		problems = append(problems, spec.Problem{Field: "alarms", Text: fmt.Sprintf("%d alarms: CodeDeploy allows %d",
			len(s.Alarms), alarmsMax)})
	}
	steps := s.Type.steps()
	if last := steps[len(steps)-1].after; last > shiftMax {
		problems = append(problems, spec.Problem{Field: "type", Text: fmt.Sprintf(
			"its last shift comes %v after the first: CodeDeploy allows 2,880 minutes", last)})
	}
	return problems
}

// Type is how traffic is shifted.
type Type string

var typePattern = regexp.MustCompile(`^(?:Lambda)?(?:AllAtOnce|Canary(\d{1,2})Percent(\d{1,4})Minutes?|Linear(\d{1,2})PercentEvery(\d{1,4})Minutes?)$`)

// UnmarshalText reads a type.
func (t *Type) UnmarshalText(text []byte) error {
	*t = Type(text)
	m := typePattern.FindStringSubmatch(string(text))
	if m == nil || m[1] == "0" || m[3] == "0" || m[2] == "0" || m[4] == "0" {
		return fmt.Errorf("%s is no deployment type: write AllAtOnce, Canary10Percent5Minutes or Linear10PercentEvery1Minute, or "+
			"such with another share, up to 99, and other minutes", spec.Quote(string(text)))
	}
	return nil
}

// MarshalText returns the type.
func (t Type) MarshalText() ([]byte, error) { return []byte(t), nil }

// step is a shift of traffic: the share of the new version from then on.
type step struct {
	after sim.Duration // the first shift
	share float64
}

// steps returns the shifts of a type.
func (t Type) steps() []step {
	m := typePattern.FindStringSubmatch(string(t))
	number := func(i int) float64 {
		n, _ := strconv.Atoi(m[i]) // the pattern matches digits
		return float64(n)
	}
	switch {
	case m == nil || m[1]+m[3] == "":
		return []step{{0, 1}}
	case m[1] != "":
		return []step{{0, number(1) / 100}, {sim.Duration(number(2)) * sim.Minute, 1}}
	}
	var steps []step
	for i := 0; ; i++ {
		share := min(number(3)*float64(i+1)/100, 1)
		steps = append(steps, step{sim.Duration(i) * sim.Duration(number(4)) * sim.Minute, share})
		if share >= 1 {
			return steps
		}
	}
}
