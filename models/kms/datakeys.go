package kms

import (
	"weir/models/aws"
	"weir/sim"
)

// DataKeys are the data keys with which one queue or topic encrypts and decrypts.
type DataKeys struct {
	key        *Key
	reuse      sim.Duration
	throttled  *aws.Error
	principals []principal
}

// Principal names a user or role that sends to a queue or receives from it. Principals share no data keys.
type Principal uint32

type principal struct {
	quota              *Quota
	sending, receiving dataKey
}

// dataKey is one that is kept for a principal: it is there from ready on, and used until its period is over.
type dataKey struct{ ready, until sim.Time }

// NewDataKeys returns the data keys of a queue, topic or stream that uses the key. Calls that KMS throttles end with
// the given error: ErrSQSThrottled, ErrSNSThrottled or ErrKinesisThrottled.
func (k *Key) NewDataKeys(reuse sim.Duration, throttled *aws.Error) *DataKeys {
	return &DataKeys{key: k, reuse: reuse, throttled: throttled}
}

// Add returns the number of a further principal, of the account whose quota is given.
func (d *DataKeys) Add(quota *Quota) Principal {
	d.principals = append(d.principals, principal{quota: quota})
	return Principal(len(d.principals) - 1)
}

// Send prepares a send of a principal. It returns how much longer the send takes for it, and the send's error.
func (d *DataKeys) Send(p Principal) (sim.Duration, error) {
	who := &d.principals[p]
	if wait, ok := who.sending.wait(d.key.eng.Now()); ok {
		return wait, nil
	}
	generate, err := d.key.call(who.quota, &d.key.GenerateDataKey, d.throttled)
	if err != nil {
		return generate, err
	}
	verify, err := d.key.call(who.quota, &d.key.Decrypt, d.throttled)
	if err != nil {
		return generate + verify, err
	}
	return d.keep(&who.sending, generate+verify), nil
}

// Receive prepares a receive of a principal, as Send does a send.
func (d *DataKeys) Receive(p Principal) (sim.Duration, error) {
	who := &d.principals[p]
	if wait, ok := who.receiving.wait(d.key.eng.Now()); ok {
		return wait, nil
	}
	decrypt, err := d.key.call(who.quota, &d.key.Decrypt, d.throttled)
	if err != nil {
		return decrypt, err
	}
	return d.keep(&who.receiving, decrypt), nil
}

// wait returns how long until the data key is there, and false when there is none.
func (k *dataKey) wait(now sim.Time) (sim.Duration, bool) {
	return max(k.ready.Sub(now), 0), now < k.until
}

// keep begins the period of a new data key, which is there after the wait.
func (d *DataKeys) keep(k *dataKey, wait sim.Duration) sim.Duration {
	now := d.key.eng.Now()
	*k = dataKey{ready: now.Add(wait), until: now.Add(max(d.reuse, wait+1))} // whoever waited finds it
	return wait
}

// Sender prepares the sends of a principal.
type Sender struct {
	Keys      *DataKeys
	Principal Principal
}

// Prepare prepares a send.
func (s Sender) Prepare() (sim.Duration, error) { return s.Keys.Send(s.Principal) }

// Recipient prepares the receives of a principal.
type Recipient struct {
	Keys      *DataKeys
	Principal Principal
}

// Prepare prepares a receive.
func (r Recipient) Prepare() (sim.Duration, error) { return r.Keys.Receive(r.Principal) }
