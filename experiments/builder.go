package experiments

import (
	"weir/experiments/scenario"
	"weir/models/analytics"
	"weir/models/aws"
	"weir/models/cloudwatch"
	"weir/models/ec2"
	"weir/models/eventbridge"
	"weir/models/firehose"
	"weir/models/gateway"
	"weir/models/iam"
	"weir/models/kcl"
	"weir/models/kinesis"
	"weir/models/kms"
	"weir/models/lambda"
	"weir/models/message"
	"weir/models/meter"
	"weir/models/sdk"
	"weir/models/sns"
	"weir/models/spec"
	"weir/models/storage"
	"weir/models/video"
	"weir/models/workload"
	"weir/sim"
)

// builder makes the components of one trial. What a scenario asks that a service refuses is added to problems.
type builder struct {
	doc       *scenario.Document
	eng       *sim.Engine
	store     *message.Store
	profile   *aws.Profile
	records   map[string]*workload.Record
	built     map[spec.Link]meter.Component
	policies  map[string]*iam.Policy // by their paths
	denials   []*iam.Denial
	dataKeys  map[spec.Link]*kms.DataKeys    // of queues and topics
	users     map[[2]spec.Link]kms.Principal // of a queue's or topic's data keys, by the component
	keyUsers  map[spec.Link][]iam.Account    // that make calls of a key
	quotas    map[iam.Account]*kms.Quota
	kmsQuotas []*kms.Quota      // the same, in the order of their first use
	account   *lambda.Account   // nil without functions
	gateways  *gateway.Account  // nil without gateways
	streams   *kinesis.Account  // nil without streams of On-demand Advantage
	watch     *cloudwatch.Board // nil without alarms and scaling
	onDemand  int64             // streams on demand
	extra     []meter.Component // that are no component of the scenario
	problems  spec.Errors
	faults    faults
	after     []func() // what is left to do when all components exist
	last      []func() // what is left to do then
	watching  []func() // what reads metrics, when all that publishes them is complete
	tap       tap
}

func newBuilder(d *Design, eng *sim.Engine, store *message.Store) *builder {
	return &builder{
		doc: d.Document, eng: eng, store: store, profile: d.Profile, records: d.records, tap: d.tap,
		built: map[spec.Link]meter.Component{}, policies: map[string]*iam.Policy{}, dataKeys: map[spec.Link]*kms.DataKeys{},
		users: map[[2]spec.Link]kms.Principal{}, keyUsers: map[spec.Link][]iam.Account{},
		quotas: map[iam.Account]*kms.Quota{}, faults: newFaults(),
	}
}

// tap stands between a component and one that it links to, for tests that watch what passes: it returns what takes the
// place of the linked one. Where that is not what is needed, the linked one stays.
type tap func(to spec.Link, linked any) any

func (b *builder) fail(c *scenario.Component, field, format string, args ...any) {
	b.problems = append(b.problems, b.doc.ErrorAt(c.Link, field, format, args...))
}

// linked returns the component that a field links to, as what the linking one needs of it.
func linked[T any](b *builder, c *scenario.Component, field string, link spec.Link) (needed T, ok bool) {
	needed, ok = b.built[link].(T)
	if !ok && (b.built[link] != nil || len(b.problems) == 0) { // else what is wrong with it has been told
		b.fail(c, field, "%s cannot be linked to here", link)
	}
	if ok && b.tap != nil {
		if between, fits := b.tap(link, needed).(T); fits {
			needed = between
		}
	}
	if ok {
		needed = disturbed(b, c, field, link, needed)
	}
	return needed, ok
}

// checkRoutes refuses a design with more pairs of origin and sender than the ledger has accounts for: a producer sends
// what was born with it, and whatever sends on may send what was born anywhere.
func (b *builder) checkRoutes() {
	origins, senders := 0, 0
	var last *scenario.Component
	for i := range b.doc.Components {
		c := &b.doc.Components[i]
		switch s := c.Spec.(type) {
		case *sdk.ProducerSpec:
			origins++
		case *video.CameraSpec:
			origins++
		case *video.ViewerSpec:
			senders++
		case *ec2.Spec:
			senders++
		case *kcl.Spec:
			if senders++; s.Then != nil { // the copies that it sends on
				senders++
			}
		case *analytics.Spec:
			senders += 1 + len(s.Then) // what it reads is an account of its own
		case *eventbridge.Spec:
			senders += len(s.Rules)
		case *lambda.Spec:
			senders += functionSenders(s)
		case *sns.Spec:
			senders += len(s.Subscriptions)
		case *firehose.Spec:
			senders++ // of what it reads
		case *cloudwatch.Spec:
			origins++ // of its notifications
		case *storage.BucketSpec:
			origins++ // of what it tells of payloads
			senders += len(s.Notifications)
		}
		if origins*(senders+1) > message.RoutesMax && last == nil {
			last = c
		}
	}
	if last != nil {
		b.fail(last, "", "the design has %d producers and %d senders (fleets, functions, consumers, subscriptions, rules and "+
			"notifications), and the ledger has accounts for %d pairs: give subscribers that are all alike one subscription with "+
			"subscribers: N", origins, senders, message.RoutesMax)
	}
}

// functionSenders returns how many ways a function sends on: its own, its destinations, and those of its streams.
func functionSenders(s *lambda.Spec) (n int) {
	if s.Then != nil || s.OnFailureTo != nil {
		n++
	}
	for _, to := range []*spec.Link{
		s.Asynchronous.OnSuccess, s.Asynchronous.OnFailure, s.Asynchronous.DeadLetter,
	} {
		if to != nil {
			n++
		}
	}
	for i := range s.EventSources {
		if n++; s.EventSources[i].OnFailure != nil {
			n++
		}
	}
	return n
}

// within checks a length of time against a limit of the profile.
func (b *builder) within(c *scenario.Component, field string, d, least, most spec.Duration) {
	if d < least || d > most {
		b.fail(c, field, "%s is out of range: AWS allows %s to %s in profile %s", d, least, most, b.profile.Name)
	}
}
