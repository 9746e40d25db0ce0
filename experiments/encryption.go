package experiments

import (
	"slices"

	"weir/experiments/scenario"
	"weir/models/iam"
	"weir/models/kinesis"
	"weir/models/kms"
	"weir/models/meter"
	"weir/models/sdk"
	"weir/models/sns"
	"weir/models/spec"
	"weir/models/sqs"
	"weir/sim"
)

// keyKind is the section of KMS keys, which queues and topics are encrypted with.
var keyKind = kind{
	scenario.SectionOf[kms.Spec]("keys", "KMS keys, by name."), buildKey,
}

func buildKey(b *builder, c *scenario.Component) meter.Component {
	key := kms.New(b.eng, c.Path(), c.Spec.(*kms.Spec), b.keyLimits())
	if faults := b.faultState(c.Link); faults != nil {
		key.Disturb(faults)
	}
	return key
}

func (b *builder) keyLimits() *kms.Limits {
	limits := new(kms.Limits)
	b.profile.Fill(limits)
	return limits
}

// keyOf returns the key that a queue or topic is encrypted with, or nil.
func (b *builder) keyOf(l spec.Link) *spec.Link {
	if c := b.doc.Component(l); c != nil {
		switch s := c.Spec.(type) {
		case *sqs.Spec:
			return s.KMSKey
		case *sns.Spec:
			return s.KMSKey
		case *kinesis.Spec:
			return s.KMSKey
		}
	}
	return nil
}

// topicReuse is how long a topic uses a data key again: "Amazon SNS … reuses a data key for up to 5 minutes" (SNS
// developer guide, server-side encryption).
const topicReuse = 5 * sim.Minute

// dataKeysOf returns the data keys of a queue or topic, and the number of a component among those that use them; nil
// when it is not encrypted.
func (b *builder) dataKeysOf(c *scenario.Component, l spec.Link) (*kms.DataKeys, kms.Principal) {
	link := b.keyOf(l)
	if link == nil {
		return nil, 0
	}
	key, ok := b.built[*link].(*kms.Key)
	if !ok {
		return nil, 0 // the link has been checked
	}
	keys := b.dataKeys[l]
	if keys == nil {
		keys = key.NewDataKeys(topicReuse, kms.ErrSNSThrottled)
		switch s := b.doc.Component(l).Spec.(type) {
		case *sqs.Spec:
			keys = key.NewDataKeys(s.DataKeyReusePeriod.Sim(), kms.ErrSQSThrottled)
		case *kinesis.Spec:
			limits := new(kinesis.Limits)
			b.profile.Fill(limits)
			keys = key.NewDataKeys(limits.KeyReuse.Sim(), kms.ErrKinesisThrottled)
		}
		b.dataKeys[l] = keys
	}
	at := [2]spec.Link{l, c.Link}
	user, ok := b.users[at]
	if !ok {
		account := b.principalOf(c).account
		if !slices.Contains(b.keyUsers[*link], account) {
			b.keyUsers[*link] = append(b.keyUsers[*link], account)
		}
		user = keys.Add(b.quotaOf(account).For(c.Path()))
		b.users[at] = user
	}
	return keys, user
}

// quotaOf returns an account's quota of KMS calls.
func (b *builder) quotaOf(account iam.Account) *kms.Quota {
	if b.quotas[account] == nil {
		b.quotas[account] = kms.NewQuota(b.keyLimits())
		b.kmsQuotas = append(b.kmsQuotas, b.quotas[account])
	}
	return b.quotas[account]
}

// sendKeys returns the data keys that a component's sends to a queue or topic wait for, or nil.
func (b *builder) sendKeys(c *scenario.Component, to spec.Link) sdk.Encryption {
	if keys, user := b.dataKeysOf(c, to); keys != nil {
		return kms.Sender{Keys: keys, Principal: user}
	}
	return nil
}

// receiveKeys returns the data keys that a component's receives from a queue wait for, or nil.
func (b *builder) receiveKeys(c *scenario.Component, from spec.Link) sdk.Encryption {
	if keys, user := b.dataKeysOf(c, from); keys != nil {
		return kms.Recipient{Keys: keys, Principal: user}
	}
	return nil
}
