package sns

import (
	"fmt"

	"weir/models/iam"
	"weir/models/spec"
	"weir/sim"
)

// Spec is a topic as the scenario describes it.
type Spec struct {
	// Whether it is a FIFO topic. Its name ends in .fifo then.
	FIFOTopic bool `yaml:"fifo_topic" default:"false"`
	// Whether a FIFO topic tells repeats by their content. Messages are told by their identity, so that it makes no
	// difference here: a repeat has the content and the deduplication ID of its original.
	ContentBasedDeduplication bool `yaml:"content_based_deduplication" default:"false"`
	// What a FIFO topic's quota and its deduplication count for: Topic or MessageGroup.
	FIFOThroughputScope Scope `yaml:"fifo_throughput_scope" default:"Topic"`
	// Largest message accepted; the profile's limit unless set.
	MaximumMessageSize *spec.Size `yaml:"maximum_message_size"`
	// How failed deliveries to HTTP and HTTPS endpoints are tried again, where the subscription does not say.
	DeliveryPolicy *PolicySpec `yaml:"delivery_policy"`
	// The KMS key that messages are encrypted with while the topic holds them (SSE-KMS).
	KMSKey *spec.Link `yaml:"kms_key" link:"keys"`
	iam.ResourceSpec
	// Who gets the messages.
	Subscriptions []SubscriptionSpec `yaml:"subscriptions"`
}

// Scope is what a FIFO topic's quota and its deduplication count for.
type Scope string

// The scopes, in AWS's words.
const (
	ScopeTopic Scope = "Topic"
	ScopeGroup Scope = "MessageGroup"
)

// Values returns the scopes.
func (Scope) Values() []string { return []string{string(ScopeTopic), string(ScopeGroup)} }

// Validate checks the settings of a FIFO topic, and that no subscriber stands twice.
func (s *Spec) Validate() (problems []spec.Problem) {
	if !s.FIFOTopic && s.FIFOThroughputScope != ScopeTopic {
		problems = append(problems, spec.Problem{Field: "fifo_throughput_scope", Text: "only a FIFO topic has a scope"})
	}
	if !s.FIFOTopic && s.ContentBasedDeduplication {
		problems = append(problems,
			spec.Problem{Field: "content_based_deduplication", Text: "only a FIFO topic deduplicates messages"})
	}
	seen := map[spec.Link]bool{}
	for i := range s.Subscriptions {
		to := s.Subscriptions[i].To
		if seen[to] {
			problems = append(problems, spec.Problem{
				Field: fmt.Sprintf("subscriptions[%d].to", i), Text: to.String() + " has a subscription already",
			})
		}
		seen[to] = true
	}
	return problems
}

// SubscriptionSpec is one subscription.
type SubscriptionSpec struct {
	// The queue, function, delivery stream or endpoint that gets the messages. A function is invoked asynchronously.
	To spec.Link `yaml:"to" required:"true" link:"queues functions delivery_streams endpoints" flow:"out"`
	// Whether the message comes bare, without the envelope that tells of the topic. Queues and HTTP endpoints only.
	RawMessageDelivery bool `yaml:"raw_message_delivery" default:"false"`
	// Which messages are delivered; all unless set.
	Filter *FilterSpec `yaml:"filter"`
	// How failed deliveries to an HTTP or HTTPS endpoint are tried again.
	DeliveryPolicy *PolicySpec `yaml:"delivery_policy"`
	// Most deliveries in a second, to an HTTP or HTTPS endpoint.
	MaxReceivesPerSecond *int `yaml:"max_receives_per_second" min:"1"`
	// The queue for what could not be delivered. Without one it is lost.
	DeadLetter *spec.Link `yaml:"dead_letter" link:"queues" flow:"out"`
	// How many subscribers there are of this kind, all alike: the filter lets the same messages pass for all of them.
	// Endpoints only.
	Subscribers int `yaml:"subscribers" default:"1" min:"1" max:"12500000"`
}

// FilterSpec is a filter policy: by share or by key.
type FilterSpec struct {
	// The share of the messages that pass.
	Share *spec.Share `yaml:"share"`
	// The keys whose messages pass.
	Keys []int `yaml:"keys"`
	// What the policy looks at: MessageAttributes or MessageBody. Looking at bodies is charged.
	Scope FilterScope `yaml:"scope" default:"MessageAttributes"`
}

// Validate checks that the filter has one rule.
func (f *FilterSpec) Validate() []spec.Problem {
	if (f.Share == nil) == (len(f.Keys) == 0) {
		return []spec.Problem{{Field: "", Text: "a filter has either a share or keys"}}
	}
	return nil
}

// FilterScope is what a filter policy looks at.
type FilterScope string

// The filter scopes, in AWS's words.
const (
	FilterAttributes FilterScope = "MessageAttributes"
	FilterBody       FilterScope = "MessageBody"
)

// Values returns the filter scopes.
func (FilterScope) Values() []string { return []string{string(FilterAttributes), string(FilterBody)} }

// PolicySpec is a custom delivery policy of HTTP and HTTPS endpoints. The retries that are in no other phase are those
// of the back-off.
type PolicySpec struct {
	// The delay of the retries before the back-off, and of its first.
	MinDelayTarget spec.Duration `yaml:"min_delay_target" default:"20s" min:"1s" max:"1h"`
	// The delay of the retries after the back-off, and of its last.
	MaxDelayTarget spec.Duration `yaml:"max_delay_target" default:"20s" min:"1s" max:"1h"`
	// All retries.
	NumRetries int `yaml:"num_retries" default:"3" min:"0" max:"100"`
	// Retries at once, without delay.
	NumNoDelayRetries int `yaml:"num_no_delay_retries" default:"0" min:"0" max:"100"`
	// Retries before the back-off.
	NumMinDelayRetries int `yaml:"num_min_delay_retries" default:"0" min:"0" max:"100"`
	// Retries after the back-off.
	NumMaxDelayRetries int `yaml:"num_max_delay_retries" default:"0" min:"0" max:"100"`
	// How the delay grows during the back-off: linear, arithmetic, geometric or exponential.
	BackoffFunction Growth `yaml:"backoff_function" default:"linear"`
}

// retryTimeMax is the longest that a policy may go on. AWS: "the total policy retry time for a HTTP/S endpoint cannot
// be greater than 3600 seconds. This is a hard limit and cannot be increased" (SNS developer guide, delivery retries).
const retryTimeMax = 3600 * sim.Second

// Validate checks what AWS refuses.
func (s *PolicySpec) Validate() (problems []spec.Problem) {
	if s.MinDelayTarget > s.MaxDelayTarget {
		problems = append(problems, spec.Problem{Field: "min_delay_target", Text: "must not be longer than max_delay_target"})
	}
	if s.NumNoDelayRetries+s.NumMinDelayRetries+s.NumMaxDelayRetries > s.NumRetries {
		return append(problems, spec.Problem{Field: "num_retries", Text: "must not be less than the retries of the phases"})
	}
	if s.Total() > retryTimeMax {
		problems = append(problems, spec.Problem{Field: "", Text: fmt.Sprintf(
			"the retries take %s in all: AWS allows 1h", spec.Duration(s.Total()))})
	}
	return problems
}

// Total returns how long a delivery is tried again.
func (s *PolicySpec) Total() sim.Duration {
	p := s.policy()
	return p.Total()
}

func (s *PolicySpec) policy() Policy {
	return Policy{
		Immediate: s.NumNoDelayRetries, Before: s.NumMinDelayRetries, After: s.NumMaxDelayRetries,
		BackOff: s.NumRetries - s.NumNoDelayRetries - s.NumMinDelayRetries - s.NumMaxDelayRetries,
		Min:     s.MinDelayTarget.Sim(), Max: s.MaxDelayTarget.Sim(), Growth: s.BackoffFunction,
	}
}

// Limits are the constants of the service that a profile holds.
type Limits struct {
	MessageSizeMax   spec.Size      `aws:"sns.message_size_max"`
	MessageSizeMost  spec.Size      `aws:"sns.message_size_most"`
	BatchSizeMax     int64          `aws:"sns.batch_size_max"`
	SubscriptionsMax int64          `aws:"sns.subscriptions_max"`
	PublishRate      spec.Rate      `aws:"sns.publish_rate"`
	Burst            spec.Duration  `aws:"sns.publish_burst"`
	DeliveryLatency  spec.Durations `aws:"sns.delivery.latency"`
	EnvelopeSize     spec.Size      `aws:"sns.envelope_size"`
	RetryJitter      spec.Share     `aws:"sns.retry_jitter"`
	EmailRate        spec.Rate      `aws:"sns.email_rate"`
	HTTPTimeout      spec.Duration  `aws:"sns.http_timeout"`
	FIFOLimits
}

// FIFOLimits are the constants of FIFO topics.
type FIFOLimits struct {
	FIFOSubscriptionsMax int64         `aws:"sns.fifo.subscriptions_max"`
	FIFOPublishRate      spec.Rate     `aws:"sns.fifo.publish_rate"`
	FIFOTopicRate        spec.Rate     `aws:"sns.fifo.topic_rate"`
	FIFOTopicBytes       spec.Size     `aws:"sns.fifo.topic_bytes"`
	FIFOGroupRate        spec.Rate     `aws:"sns.fifo.group_rate"`
	DeduplicationTime    spec.Duration `aws:"sns.fifo.deduplication_time"`
	FIFOGroupScope       bool          `aws:"sns.fifo.group_scope"`
	FIFOStandardQueues   bool          `aws:"sns.fifo.standard_queues"`
}
