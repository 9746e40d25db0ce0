package experiments

import (
	"fmt"

	"weir/experiments/scenario"
	"weir/models/ec2"
	"weir/models/iam"
	"weir/models/lambda"
	"weir/models/meter"
	"weir/models/sdk"
	"weir/models/sns"
	"weir/models/spec"
	"weir/models/sqs"
	"weir/models/storage"
)

// bucketKind is the section of S3 buckets. They tell queues and topics of their objects, which are built before them.
var bucketKind = kind{
	scenario.SectionOf[storage.BucketSpec]("buckets", "S3 buckets, by name."), buildBucket,
}

func buildBucket(b *builder, c *scenario.Component) meter.Component {
	s := c.Spec.(*storage.BucketSpec)
	limits := new(storage.BucketLimits)
	b.profile.Fill(limits)
	bucket := storage.NewBucket(b.eng, b.store, c.Path(), s, limits)
	if faults := b.faultState(c.Link); faults != nil {
		bucket.Disturb(faults)
	}
	for i := range s.Notifications {
		n := &s.Notifications[i]
		field := fmt.Sprintf("notifications[%d].to", i)
		if spec.IsFIFO(n.To) {
			b.fail(c, field, "S3 tells standard queues and topics only, and %s is a FIFO one", n.To)
		}
		if to, ok := linked[storage.Destination](b, c, field, n.To); ok {
			keys := b.sendKeys(c, n.To)
			if f, is := to.(*lambda.Function); is {
				to = lambda.ServiceInlet{Function: f}
			}
			if d := b.sendDenial(c, n.To); d != nil {
				to, keys = iam.Closed{Denial: d}, nil
			}
			bucket.AddDestination(n, n.To.String(), to, keys)
		}
	}
	return bucket
}

// objects returns a client of the bucket that a field links to: that of one process.
func (b *builder) objects(
	c *scenario.Component, field string, link spec.Link, retry sdk.RetrySpec, calls string, denied storage.Denials,
) func() *storage.BucketClient {
	bucket, ok := linked[*storage.Bucket](b, c, field, link)
	if !ok {
		return nil
	}
	rules := new(sdk.RetryRules)
	b.profile.Fill(rules)
	clients := 0
	return func() *storage.BucketClient {
		clients++
		name := fmt.Sprintf("%s/%s/retry/%d", c.Path(), calls, clients)
		return bucket.NewClient(sdk.NewRetry(retry, rules, b.eng.Rand(name)), denied)
	}
}

// fleetPayloads gives a fleet the bucket that its payloads go through, if there is one.
func (b *builder) fleetPayloads(c *scenario.Component, s *ec2.Spec, parts *ec2.Parts) bool {
	if s.ExtendedClient == nil {
		return true
	}
	parts.Extended = new(sdk.ExtendedClientLimits)
	b.profile.Fill(parts.Extended)
	bucket := s.ExtendedClient.Bucket
	denied := storage.Denials{Get: b.denial(c, bucket, actionGet)}
	if s.ExtendedClient.DeletePayload {
		denied.Delete = b.denial(c, bucket, actionDeleteObject)
	}
	if s.Then != nil {
		denied.Put = b.denial(c, bucket, actionPut)
	}
	client := b.objects(c, "extended_client.bucket", bucket, s.Retry, "payloads", denied)
	parts.Payloads = func() ec2.Payloads { return client() }
	return client != nil
}

// checkPayloads refuses consumers that would get a pointer to a payload and cannot fetch it.
func (b *builder) checkPayloads() {
	pointing := map[spec.Link]*spec.Link{} // where pointers come: the bucket that they point into
	var mark func(to spec.Link, bucket *spec.Link)
	mark = func(to spec.Link, bucket *spec.Link) {
		if pointing[to] != nil {
			return
		}
		pointing[to] = bucket
		c := b.doc.Component(to)
		if c == nil {
			return
		}
		switch s := c.Spec.(type) {
		case *sqs.Spec:
			if s.Redrive != nil {
				mark(s.Redrive.To, bucket)
			}
			for _, t := range s.RedriveTasks {
				if t.To != nil {
					mark(*t.To, bucket)
				}
			}
		case *sns.Spec:
			for i := range s.Subscriptions {
				mark(s.Subscriptions[i].To, bucket)
				if dead := s.Subscriptions[i].DeadLetter; dead != nil {
					mark(*dead, bucket)
				}
			}
		}
	}
	for i := range b.doc.Components {
		switch s := b.doc.Components[i].Spec.(type) {
		case *sdk.ProducerSpec:
			if s.ExtendedClient != nil {
				mark(s.To, &s.ExtendedClient.Bucket)
			}
		case *ec2.Spec:
			for i := range s.Then {
				if s.ExtendedClient != nil {
					mark(s.Then[i].To, &s.ExtendedClient.Bucket)
				}
			}
		}
	}
	for i := range b.doc.Components {
		c := &b.doc.Components[i]
		if s, ok := c.Spec.(*lambda.Spec); ok {
			for i := range s.EventSources {
				if from := s.EventSources[i].From; pointing[from] != nil {
					b.fail(c, fmt.Sprintf("event_sources[%d].from", i), "%s gets messages whose payloads are in %s: functions that fetch "+
						"payloads are not modelled", from, pointing[from])
				}
			}
		}
		if s, ok := c.Spec.(*ec2.Spec); ok && s.ExtendedClient == nil {
			for _, from := range s.From {
				if pointing[from.Queue] != nil {
					b.fail(c, "extended_client", "is needed: %s gets messages whose payloads are in %s", from.Queue,
						pointing[from.Queue])
				}
			}
		}
	}
}
