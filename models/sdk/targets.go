package sdk

import (
	"fmt"

	"weir/models/message"
	"weir/models/spec"
	"weir/sim"
)

// Targets are where processed messages are sent on to.
type Targets []TargetSpec

// OneOrMore lets one target be written without a list.
func (Targets) OneOrMore() {}

// Choice is which targets a message goes to.
type Choice string

// The choices.
const (
	ToAll Choice = "all"
	ToOne Choice = "one"
)

// Values lists the choices, for the decoder and the schema.
func (Choice) Values() []string { return []string{string(ToAll), string(ToOne)} }

// TargetSpec is one way on for processed messages. It can be written as its link alone.
type TargetSpec struct {
	// The queue, topic, function, event bus, table, stream or delivery stream.
	To spec.Link `yaml:"to" required:"true" link:"queues topics functions event_buses tables streams delivery_streams" flow:"out"`
	// The share of the messages that takes this way, each by chance; all unless set. Of then_to: one, the target without a
	// share takes what is left.
	Share *spec.Share `yaml:"share"`
	// Only messages whose body is larger take it.
	LargerThan *spec.Size `yaml:"larger_than"`
	// Only messages whose body is smaller take it.
	SmallerThan *spec.Size `yaml:"smaller_than"`
	// How many messages each one becomes.
	Messages int `yaml:"messages" default:"1" min:"1" max:"10000"`
	// How often in its life a message may be sent back by this way and others with rounds: the way of a loop.
	Rounds *int `yaml:"rounds" min:"1" max:"65535"`
	// Sends one message on for several that belong together.
	Join *JoinSpec `yaml:"join"`
}

// Shorthand lets a target be written as its link.
func (TargetSpec) Shorthand() string { return "to" }

// Bounded reports whether not every message takes the way every time.
func (t *TargetSpec) Bounded(spec.Link) bool {
	return t.Rounds != nil || t.Share != nil && *t.Share < 1 && t.Messages == 1 || t.Join != nil && t.Messages == 1
}

// Validate returns what is wrong with a target.
func (t *TargetSpec) Validate() (problems []spec.Problem) {
	if t.LargerThan != nil && t.SmallerThan != nil && *t.LargerThan >= *t.SmallerThan {
		problems = append(problems, spec.Problem{Field: "larger_than", Text: "must be below smaller_than: no message fits"})
	}
	return problems
}

// JoinSpec is how several messages become one. The last one to be processed goes on for all: what its way on is late by
// is its own lateness.
type JoinSpec struct {
	// How many belong together.
	Messages int `yaml:"messages" required:"true" min:"2" max:"1000000"`
	// What they have in common: key, or family: they are copies of one message.
	By JoinBy `yaml:"by" default:"family"`
	// How long after the first of them the others count; then counting begins anew.
	Within spec.Duration `yaml:"within" default:"1h" min:"1ms"`
}

// JoinBy is what joined messages have in common.
type JoinBy string

// What joined messages may have in common.
const (
	JoinFamily JoinBy = "family"
	JoinKey    JoinBy = "key"
)

// Values lists the choices, for the decoder and the schema.
func (JoinBy) Values() []string { return []string{string(JoinFamily), string(JoinKey)} }

// CheckTargets returns what is wrong with the targets together, by their places in the list.
func CheckTargets(targets Targets, to Choice) (problems []spec.Problem) {
	if to != ToOne {
		return nil
	}
	rest, sum := -1, 0.0
	for i := range targets {
		switch t := &targets[i]; {
		case t.Share != nil:
			sum += float64(*t.Share)
		case rest >= 0:
			problems = append(problems, spec.Problem{Field: fmt.Sprintf("then[%d].share", i),
				Text: "is needed: one target only takes what is left"})
		default:
			rest = i
		}
	}
	if sum > 1+1e-9 {
		problems = append(problems, spec.Problem{Field: "then", Text: fmt.Sprintf("the shares add up to %.4g %%", 100*sum)})
	}
	return problems
}

// join counts the messages that belong together.
type join struct {
	spec    *JoinSpec
	counted map[uint32]joined // by family or key
	order   []begun           // when counting began, the first from head on
	head    int
}

type joined struct {
	messages int
	since    sim.Time
}

type begun struct {
	id uint32
	at sim.Time
}

func newJoin(s *JoinSpec) *join {
	if s == nil {
		return nil
	}
	return &join{spec: s, counted: map[uint32]joined{}}
}

// complete counts a message, and reports whether it is the last of those that belong together.
func (j *join) complete(now sim.Time, id uint32) (last bool, lapsed uint64) {
	for j.head < len(j.order) && now.Sub(j.order[j.head].at) > j.spec.Within.Sim() {
		first := j.order[j.head]
		if c, ok := j.counted[first.id]; ok && c.since == first.at {
			delete(j.counted, first.id)
			lapsed++
		}
		if j.head++; j.head > 1024 && 2*j.head > len(j.order) {
			j.order = append(j.order[:0], j.order[j.head:]...)
			j.head = 0
		}
	}
	c, ok := j.counted[id]
	if !ok {
		c.since = now
		j.order = append(j.order, begun{id, now})
	}
	if c.messages++; c.messages < j.spec.Messages {
		j.counted[id] = c
		return false, lapsed
	}
	delete(j.counted, id)
	return true, lapsed
}

// reopen takes the last message back: it could not be sent on, and will be counted again.
func (j *join) reopen(now sim.Time, id uint32) {
	j.counted[id] = joined{j.spec.Messages - 1, now}
	j.order = append(j.order, begun{id, now})
}

func (j *join) idOf(store *message.Store, r message.Ref) uint32 {
	if j.spec.By == JoinKey {
		return store.At(r).Key
	}
	return store.ID(r)
}
