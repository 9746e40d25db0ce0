package sns

import (
	"fmt"

	"weir/models/spec"
)

// Check returns what AWS would refuse of the topic's subscriptions.
func (t *Topic) Check() (problems []spec.Problem) {
	count := 0
	for i := range t.subscriptions {
		s := &t.subscriptions[i]
		count += s.spec.Subscribers
		if text, field := t.checkSubscription(s); text != "" {
			problems = append(problems, spec.Problem{Field: fmt.Sprintf("subscriptions[%d].%s", i, field), Text: text})
		}
	}
	most := t.limit.SubscriptionsMax
	if t.spec.FIFOTopic {
		most = t.limit.FIFOSubscriptionsMax
	}
	if int64(count) > most {
		problems = append(problems, spec.Problem{Field: "subscriptions", Text: fmt.Sprintf(
			"there are %d: AWS allows %d of one topic", count, most)})
	}
	return append(problems, t.checkSize(count)...)
}

// largeSubscriptions is how many subscriptions a topic may have whose largest message is above the service's default,
// all of queues, functions or Firehose (models/aws/data/constants/sns.yaml, sns.message_size_most).
const largeSubscriptions = 100

// checkSize checks the topic's largest message.
func (t *Topic) checkSize(subscriptions int) []spec.Problem {
	size := t.spec.MaximumMessageSize
	if size == nil {
		return nil
	}
	text := ""
	switch others := t.reaches(func(p Protocol) bool { return !p.managed() }); {
	case *size < 1024 || *size > t.limit.MessageSizeMost:
		text = fmt.Sprintf("%s is out of range: AWS allows 1KiB to %s in this profile", size, t.limit.MessageSizeMost)
	case *size > t.limit.MessageSizeMax && (others || subscriptions > largeSubscriptions):
		text = fmt.Sprintf("above %s a topic has at most %d subscriptions, all of queues, functions or delivery streams", t.limit.MessageSizeMax,
			largeSubscriptions)
	default:
		return nil
	}
	return []spec.Problem{{Field: "maximum_message_size", Text: text}}
}

func (t *Topic) checkSubscription(s *subscription) (text, field string) {
	web := s.Protocol.web()
	switch {
	case t.spec.FIFOTopic && s.Queue == nil:
		return "a FIFO topic delivers to queues only", "to"
	case t.spec.FIFOTopic && !s.FIFO && !t.limit.FIFOStandardQueues:
		return "a FIFO topic delivers to FIFO queues only in this profile", "to"
	case !t.spec.FIFOTopic && s.FIFO:
		return "a standard topic cannot deliver to a FIFO queue", "to"
	case s.spec.DeliveryPolicy != nil && !web:
		return "only HTTP and HTTPS endpoints have a policy of their own", "delivery_policy"
	case s.spec.MaxReceivesPerSecond != nil && !web:
		return "only HTTP and HTTPS endpoints have a rate of their own", "max_receives_per_second"
	case s.spec.Subscribers > 1 && s.Protocol.managed():
		return "a queue, function or delivery stream is one subscriber", "subscribers"
	}
	return "", ""
}
