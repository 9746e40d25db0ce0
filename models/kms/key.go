package kms

import (
	"weir/models/aws"
	"weir/models/fault"
	"weir/models/iam"
	"weir/models/meter"
	"weir/models/quota"
	"weir/models/spec"
	"weir/sim"
	"weir/sim/measure"
	"weir/sim/random"
)

// Errors by AWS's names (KMS API reference; SQS and SNS API references for what their callers see). The codes of SQS
// and SNS are not among those that SDKs try again (boto/botocore, retries/standard.py).
var (
	ErrThrottling   = &aws.Error{Code: "ThrottlingException", Retryable: true, Throttle: true}
	ErrSQSThrottled = &aws.Error{Code: "KmsThrottled", Throttle: true}
	ErrSNSThrottled = &aws.Error{Code: "KMSThrottling", Throttle: true}

	// ErrUnavailable is what calls end with while KMS has a fault, and with them the send or receive.
	ErrUnavailable = &aws.Error{Code: "KMSInternalException", Retryable: true}

	ErrKinesisThrottled = &aws.Error{Code: "KMSThrottlingException", Throttle: true}
)

// Spec is a key as the scenario describes it.
type Spec struct {
	// Who manages the key: customer, or aws for the key that a service has in every account, such as aws/sqs.
	Manager Manager `yaml:"manager" default:"customer"`
	iam.ResourceSpec
}

// Manager is who manages a key.
type Manager string

// The managers of keys.
const (
	Customer   Manager = "customer"
	AWSManaged Manager = "aws"
)

// Values returns the managers, for the decoder and the schema.
func (Manager) Values() []string { return []string{string(Customer), string(AWSManaged)} }

// Limits are the constants of the service that a profile holds.
type Limits struct {
	RequestRate spec.Rate      `aws:"kms.request_rate"`
	Burst       spec.Duration  `aws:"kms.request_burst"`
	Latency     spec.Durations `aws:"kms.latency"`
}

// Stats is what a key measures.
type Stats struct {
	GenerateDataKey measure.Counter // calls that went well
	Decrypt         measure.Counter // calls that went well
	Throttled       measure.Counter // calls that the quota refused
}

// Key is a symmetric key.
type Key struct {
	Stats

	name    string
	spec    *Spec
	eng     *sim.Engine
	latency random.Duration
	begun   sim.Time     // of the window
	faults  *fault.State // that may strike the key, or nil
	luck    *sim.Rand
}

// New returns a key.
func New(eng *sim.Engine, name string, s *Spec, limit *Limits) *Key {
	return &Key{
		name: name, spec: s, eng: eng, latency: random.NewDuration(limit.Latency.Dist(), eng.Rand(name+"/latency")),
	}
}

// Disturb lets faults strike the calls to the key. It is called before the run.
func (k *Key) Disturb(faults *fault.State) { k.faults, k.luck = faults, k.eng.Rand(k.name+"/fault") }

// call makes a call that counts for a quota; beyond it the error is throttled. It returns how long the answer takes.
func (k *Key) call(account *Quota, done *measure.Counter, throttled *aws.Error) (sim.Duration, *aws.Error) {
	if !account.Permit(k.eng.Now()) {
		k.Throttled.Inc()
		return k.latency.Sample(), throttled
	}
	latency := k.latency.Sample()
	if k.faults != nil {
		latency = k.faults.Stretch(latency)
		switch k.faults.Fate(k.luck) {
		case fault.Refused:
			return latency, ErrUnavailable
		case fault.RequestLost, fault.AnswerLost:
			return k.faults.Timeout(), ErrUnavailable
		}
	}
	done.Inc()
	return latency, nil
}

// Quota is how many calls an account may make in its region, with all its symmetric keys together. It is the caller's
// account that counts, not the key's.
type Quota struct {
	quota.Bucket
	account *Quota // whose bucket this user takes from, nil for the account itself

	user          string
	taken, denied measure.Counter
	users         []*Quota
	rate          float64
	begun         sim.Time
}

// For returns the quota as one component uses it, together with others.
func (q *Quota) For(user string) *Quota {
	for _, u := range q.users {
		if u.user == user {
			return u
		}
	}
	u := &Quota{account: q, user: user}
	q.users = append(q.users, u)
	return u
}

// Permit takes a call from the account's quota.
func (q *Quota) Permit(now sim.Time) bool {
	if q.account == nil {
		return q.Bucket.Permit(now)
	}
	if q.account.Bucket.Permit(now) {
		q.taken.Inc()
		return true
	}
	q.denied.Inc()
	return false
}

// Reset begins a new window of observation.
func (q *Quota) Reset(now sim.Time) {
	q.begun = now
	for _, u := range q.users {
		u.taken, u.denied = measure.Counter{}, measure.Counter{}
	}
}

// Shares reports what each user takes of the quota.
func (q *Quota) Shares(now sim.Time, report func(meter.Share)) {
	for _, u := range q.users {
		if !q.Endless() {
			report(meter.Share{
				Quota: "kms calls", Unit: "calls/s", User: u.user, Limit: q.rate,
				Used: float64(u.taken.Value()) / max(now.Sub(q.begun).Seconds(), 1e-9), Refused: float64(u.denied.Value()),
			})
		}
	}
}

// NewQuota returns the quota of an account.
func NewQuota(limit *Limits) *Quota {
	rate := limit.RequestRate.PerSecond()
	return &Quota{Bucket: quota.NewBucket(rate, limit.Burst.Sim()), rate: rate}
}
