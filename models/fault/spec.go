package fault

import (
	"fmt"

	"weir/models/spec"
)

// Spec is a fault as the scenario describes it: what it strikes, one kind, when it begins, and how long it lasts.
type Spec struct {
	// The component that the fault strikes.
	Of spec.Link `yaml:"of" required:"true"`
	// All calls to the component are answered with errors, or with nothing.
	Outage *OutageSpec `yaml:"outage"`
	// Some calls are answered with errors, and all of them late.
	BrownOut *BrownOutSpec `yaml:"brown_out"`
	// Requests and answers get lost on the network: the caller waits for its timeout and then tries again.
	PacketLoss *PacketLossSpec `yaml:"packet_loss"`
	// The component has a share of its quota only: a function of its concurrency, a stream of its shards' rates, a table
	// of its capacity, a key of its account's rate of requests, a gateway of its rate.
	ThrottledQuota *QuotaSpec `yaml:"throttled_quota"`
	// Instances of a fleet crash, or workers of a consumer.
	InstanceCrash *InstancesSpec `yaml:"instance_crash"`
	// All instances of a fleet in one zone are gone.
	ZoneLoss *ZoneSpec `yaml:"zone_loss"`
	// Spot instances of a fleet are interrupted.
	SpotInterruption *InstancesSpec `yaml:"spot_interruption"`
	// A share of a producer's messages is poison from now on: work on them fails always.
	Poison *ShareSpec `yaml:"poison"`
	// The work of a function, fleet or consumer fails or takes longer from now on.
	BadDeploy *DeploySpec `yaml:"bad_deploy"`
	// A share of a producer's messages goes to one key that it had not before.
	HotKey *ShareSpec `yaml:"hot_key"`
	// A database fails over to its standby.
	DatabaseFailover *FailoverSpec `yaml:"database_failover"`
	// All warm environments of a function are gone.
	EnvironmentLoss *EnvironmentSpec `yaml:"environment_loss"`

	// When the fault begins, from the start of the run.
	At *spec.Duration `yaml:"at"`
	// How often it begins at random: exponentially distributed gaps from the end of one to the begin of the next.
	Rate *spec.Rate `yaml:"rate"`
	// The alarm that lets it begin when it fires.
	When *spec.Link `yaml:"when" link:"alarms"`
	// The alarm that ends it when it fires, as one that rolls a bad deployment back does; for ends it at the latest.
	Until *spec.Link `yaml:"until" link:"alarms"`
	// How long it lasts. Poison, hot_key and bad_deploy last until the end of the run unless set.
	For *spec.Durations `yaml:"for"`
	// Queues, streams, functions and producers whose backlog tells when the design has recovered; those that the fault can
	// reach unless set.
	Watch []spec.Link `yaml:"watch" link:"queues streams functions topics consumers delivery_streams producers"`
	// Share of the goodput before the fault below which a design whose fault is over counts as stuck (metastable).
	MetastableBelow spec.Share `yaml:"metastable_below" default:"90%"`
	// How long it must have been stuck for that; until the end of the run unless set.
	MetastableAfter *spec.Duration `yaml:"metastable_after" min:"1s"`
}

// OutageSpec is how an outage shows.
type OutageSpec struct {
	// Whether callers get an error at once, or nothing until their timeout.
	Answers OutageAnswers `yaml:"answers" default:"errors"`
	// How long a caller waits for an answer that does not come; the SDK's read timeout unless set.
	Timeout *spec.Duration `yaml:"timeout" min:"1ms"`
}

// OutageAnswers is what callers get in an outage.
type OutageAnswers string

// The answers of an outage.
const (
	AnswersErrors  OutageAnswers = "errors"
	AnswersNothing OutageAnswers = "nothing"
)

// Values lists the answers, for the decoder and the schema.
func (OutageAnswers) Values() []string {
	return []string{string(AnswersErrors), string(AnswersNothing)}
}

// BrownOutSpec is how much of a service is left.
type BrownOutSpec struct {
	// Share of the calls that are answered with an error.
	Errors spec.Share `yaml:"errors" default:"0%"`
	// Factor of how long calls take.
	Latency float64 `yaml:"latency" default:"1" min:"1" max:"1000000"`
}

// PacketLossSpec is what the network loses.
type PacketLossSpec struct {
	// Share of the requests that do not reach the service.
	Requests spec.Share `yaml:"requests" default:"0%"`
	// Share of the other calls whose answer does not reach the caller: the service has acted.
	Answers spec.Share `yaml:"answers" default:"0%"`
	// How long a caller waits for an answer; the SDK's read timeout unless set.
	Timeout *spec.Duration `yaml:"timeout" min:"1ms"`
}

// QuotaSpec is what is left of a quota.
type QuotaSpec struct {
	// Share of the quota that is left.
	Share spec.Share `yaml:"share" required:"true"`
}

// InstancesSpec is how many instances or workers are hit: a number, or a share of those that run, rounded up.
type InstancesSpec struct {
	// How many.
	Instances *int `yaml:"instances" min:"1" max:"1000000"`
	// Share of those that run.
	Share *spec.Share `yaml:"share"`
}

// ZoneSpec is which zone is lost.
type ZoneSpec struct {
	// Number of the zone, from 0.
	Zone int `yaml:"zone" default:"0" min:"0" max:"5"`
}

// ShareSpec is a share of messages.
type ShareSpec struct {
	// Share of the messages.
	Share spec.Share `yaml:"share" required:"true"`
}

// DeploySpec is what a bad deployment does to the work.
type DeploySpec struct {
	// Share of the messages whose work fails at its end, beside those that failed before.
	Errors spec.Share `yaml:"errors" default:"0%"`
	// Factor of how long the work takes.
	Duration float64 `yaml:"duration" default:"1" min:"0.001" max:"1000000"`
}

// FailoverSpec is a fail-over; it has no settings.
type FailoverSpec struct{}

// EnvironmentSpec is a loss of environments; it has no settings.
type EnvironmentSpec struct{}

// Kind is what a fault is, by its name in the scenario.
type Kind string

// The kinds.
const (
	Outage           Kind = "outage"
	BrownOut         Kind = "brown_out"
	PacketLoss       Kind = "packet_loss"
	ThrottledQuota   Kind = "throttled_quota"
	InstanceCrash    Kind = "instance_crash"
	ZoneLoss         Kind = "zone_loss"
	SpotInterruption Kind = "spot_interruption"
	Poison           Kind = "poison"
	BadDeploy        Kind = "bad_deploy"
	HotKeyAppears    Kind = "hot_key"
	DatabaseFailover Kind = "database_failover"
	EnvironmentLoss  Kind = "environment_loss"
)

// kinds returns the kinds that are given.
func (s *Spec) kinds() (given []Kind) {
	for _, k := range []struct {
		kind Kind
		set  bool
	}{
		{Outage, s.Outage != nil}, {BrownOut, s.BrownOut != nil}, {PacketLoss, s.PacketLoss != nil},
		{ThrottledQuota, s.ThrottledQuota != nil}, {InstanceCrash, s.InstanceCrash != nil}, {ZoneLoss, s.ZoneLoss != nil},
		{SpotInterruption, s.SpotInterruption != nil}, {Poison, s.Poison != nil}, {BadDeploy, s.BadDeploy != nil},
		{HotKeyAppears, s.HotKey != nil}, {DatabaseFailover, s.DatabaseFailover != nil},
		{EnvironmentLoss, s.EnvironmentLoss != nil},
	} {
		if k.set {
			given = append(given, k.kind)
		}
	}
	return given
}

// Kind returns what the fault is.
func (s *Spec) Kind() Kind {
	if given := s.kinds(); len(given) == 1 {
		return given[0]
	}
	return ""
}

// Calls reports whether the fault strikes calls.
func (s *Spec) Calls() bool { return s.Outage != nil || s.BrownOut != nil || s.PacketLoss != nil }

// lasts reports whether a kind has a length, and whether it lasts to the end of the run without one.
func (k Kind) lasts() (length, endless bool) {
	switch k {
	case InstanceCrash, SpotInterruption, DatabaseFailover, EnvironmentLoss:
		return false, false
	case Poison, BadDeploy, HotKeyAppears:
		return true, true
	}
	return true, false
}

// rateMost is how often a second a fault may begin at the most: recoveries a tenth of a second apart tell nothing.
const rateMost = 10

// Validate returns what is wrong with a fault by itself.
func (s *Spec) Validate() (problems []spec.Problem) {
	wrong := func(field, format string, args ...any) {
		problems = append(problems, spec.Problem{Field: field, Text: fmt.Sprintf(format, args...)})
	}
	given := s.kinds()
	if len(given) != 1 {
		wrong("", "needs one kind: outage, brown_out, packet_loss, throttled_quota, instance_crash, zone_loss, "+
			"spot_interruption, poison, bad_deploy, hot_key, database_failover or environment_loss; it has %d", len(given))
		return problems
	}
	switch length, endless := given[0].lasts(); {
	case !length && s.For != nil:
		wrong("for", "%s happens at one instant: remove it", given[0])
	case !length && s.Until != nil:
		wrong("until", "%s happens at one instant: remove it", given[0])
	case length && !endless && s.For == nil && s.Until == nil:
		wrong("for", "is missing: how long does the %s last?", given[0])
	case s.Rate != nil && endless && s.For == nil && s.Until == nil:
		wrong("for", "is missing: a fault that comes again must end")
	}
	switch {
	case s.BrownOut != nil && s.BrownOut.Errors == 0 && s.BrownOut.Latency == 1:
		wrong("brown_out", "does nothing: give errors, such as 20%%, or latency, such as 5")
	case s.PacketLoss != nil && s.PacketLoss.Requests == 0 && s.PacketLoss.Answers == 0:
		wrong("packet_loss", "loses nothing: give requests or answers, such as 1%%")
	case s.BadDeploy != nil && s.BadDeploy.Errors == 0 && s.BadDeploy.Duration == 1:
		wrong("bad_deploy", "does nothing: give errors, such as 20%%, or duration, such as 3")
	case s.ThrottledQuota != nil && s.ThrottledQuota.Share <= 0:
		wrong("throttled_quota.share", "must be above 0%%: without any quota there is an outage")
	}
	for _, n := range []*InstancesSpec{s.InstanceCrash, s.SpotInterruption} {
		if n != nil && (n.Instances == nil) == (n.Share == nil) {
			wrong(string(given[0]), "needs one of instances and share")
		}
	}
	whens := 0
	for _, set := range []bool{s.At != nil, s.Rate != nil, s.When != nil} {
		if set {
			whens++
		}
	}
	switch {
	case whens != 1:
		wrong("", "needs one of at, rate and when: when does it begin?")
	case s.Rate != nil && s.Rate.PerSecond() <= 0:
		wrong("rate", "must be above 0")
	case s.Rate != nil && s.Rate.PerSecond() > rateMost:
		wrong("rate", "%s is too high: at most %d/s; what happens more often is a share of the calls, such as a brown_out's errors",
			s.Rate, rateMost)
	}
	return problems
}

// Of returns how many of those that run are hit.
func (n *InstancesSpec) Of(running int) int {
	if n.Instances != nil {
		return min(*n.Instances, running)
	}
	share := float64(running) * float64(*n.Share)
	hit := int(share)
	if float64(hit) < share {
		hit++
	}
	return min(hit, running)
}
