package storage

import (
	"weir/models/aws"
	"weir/models/fault"
	"weir/models/iam"
	"weir/models/message"
	"weir/models/sdk"
	"weir/sim"
)

// BucketClient makes the calls of one process to a bucket, as an SDK does: what fails is tried again by the rules of
// its retry mode.
type BucketClient struct {
	bucket *Bucket
	retry  *sdk.Retry
	denied Denials
}

// Denials are the requests to a bucket that a client's role may not make; nil for those that it may.
type Denials struct{ Put, Get, Delete *iam.Denial }

// bucketCall is a call under way.
type bucketCall struct {
	client  *BucketClient
	caller  message.Caller
	token   uint64
	object  message.Object
	ref     message.Ref // of a message that is the object, or message.None
	begun   sim.Time
	attempt int32
	request request
	err     *aws.Error
}

// NewClient returns a client; without a retry state it tries every call once.
func (b *Bucket) NewClient(retry *sdk.Retry, denied Denials) *BucketClient {
	return &BucketClient{bucket: b, retry: retry, denied: denied}
}

// PutObject stores a new object of so many bytes under one of the bucket's prefixes, and returns the object: it is
// there once the caller is answered without error. Other answers are ErrSlowDown and ErrEntityTooLarge.
func (c *BucketClient) PutObject(caller message.Caller, token uint64, prefix uint32, size int64) message.Object {
	o := c.bucket.reserve(prefix, size)
	c.bucket.call(c, put, caller, token, o, message.None)
	return o
}

// PutMessage stores a message as an object under the prefix of its key. The message is the bucket's once the caller is
// answered without error; nothing reads the object.
func (c *BucketClient) PutMessage(caller message.Caller, token uint64, ref message.Ref) {
	m := c.bucket.notifier.store.At(ref)
	c.bucket.call(c, put, caller, token, c.bucket.reserve(m.Key, int64(m.SizeBytes)), ref)
}

// GetObject reads an object. The caller is answered with the last byte, or with ErrNoSuchKey or ErrSlowDown.
func (c *BucketClient) GetObject(caller message.Caller, token uint64, o message.Object) {
	c.bucket.call(c, get, caller, token, o, message.None)
}

// DeleteObject removes an object. That an object is not there is no error. ErrSlowDown leaves it where it is.
func (c *BucketClient) DeleteObject(caller message.Caller, token uint64, o message.Object) {
	c.bucket.call(c, del, caller, token, o, message.None)
}

func (b *Bucket) call(
	c *BucketClient, r request, caller message.Caller, token uint64, o message.Object, ref message.Ref,
) {
	if len(b.freeCalls) == 0 {
		b.freeCalls = append(b.freeCalls, uint32(len(b.calls)))
		b.calls = append(b.calls, bucketCall{})
	}
	i := b.freeCalls[len(b.freeCalls)-1]
	b.freeCalls = b.freeCalls[:len(b.freeCalls)-1]
	b.calls[i] = bucketCall{
		client: c, caller: caller, token: token, object: o, ref: ref, begun: b.eng.Now(), request: r,
	}
	b.try(i)
}

// try makes an attempt of a call.
func (b *Bucket) try(i uint32) {
	call := &b.calls[i]
	if retry := call.client.retry; retry != nil {
		if wait := retry.Permit(b.eng.Now()); wait > 0 {
			b.again.After(wait, i)
			return
		}
	}
	call.attempt++
	takes := b.firstByte[call.request].Sample()
	o := b.at(call.object)
	if b.faults != nil && b.struck(i, takes) {
		return
	}
	if call.err = b.admit(call.client, call.request, o); call.err == nil && call.request != del {
		takes += b.transfer(o.size)
	}
	if b.faults != nil {
		takes = b.faults.Stretch(takes)
	}
	b.ended.After(takes, i)
}

// Disturb lets faults strike the requests to the bucket. It is called before the run.
func (b *Bucket) Disturb(faults *fault.State) { b.faults, b.luck = faults, b.eng.Rand(b.name+"/fault") }

// struck reports whether a fault ends an attempt, and ends it then. A request that is lost leaves nothing behind; nor
// does one whose answer is lost, for the attempt after it does the same once more.
func (b *Bucket) struck(i uint32, takes sim.Duration) bool {
	switch b.faults.Fate(b.luck) {
	case fault.Served:
		return false
	case fault.Refused:
		b.calls[i].err = fault.ErrUnavailable
		b.ended.After(b.faults.Stretch(takes), i)
	default:
		b.calls[i].err = fault.ErrNoAnswer
		b.ended.After(b.faults.Timeout(), i)
	}
	return true
}

// admit decides whether a request is served; o is nil when the object is gone, and the first prefix is asked for it.
func (b *Bucket) admit(c *BucketClient, r request, o *object) *aws.Error {
	if d := [requestKinds]*iam.Denial{put: c.denied.Put, get: c.denied.Get, del: c.denied.Delete}[r]; d != nil {
		d.Calls.Inc()
		return iam.ErrAccessDenied
	}
	p := &b.prefixes[0]
	if o != nil {
		p = &b.prefixes[o.prefix]
	}
	served := &p.writes
	if r == get {
		served = &p.reads
	}
	switch {
	case !served.Permit(b.eng.Now()):
		b.SlowDowns.Inc()
		return ErrSlowDown
	case r == put && o.size > int64(b.limit.PutSizeMax):
		return ErrEntityTooLarge
	case r == get && (o == nil || !o.stored):
		b.Missing.Inc()
		return ErrNoSuchKey
	}
	return nil
}

// end is the event that the answer to an attempt is there.
func (b *Bucket) end(i uint32) {
	call := b.calls[i]
	now := b.eng.Now()
	if call.client.retry != nil {
		if delay, again := call.client.retry.Answered(now, int(call.attempt), call.err); again {
			b.again.After(delay, i)
			return
		}
	}
	b.freeCalls = append(b.freeCalls, i)
	if call.err != nil {
		if call.request == put {
			b.free(call.object)
		}
		call.caller.Answered(call.token, call.err)
		return
	}
	switch call.request {
	case put:
		b.Puts.Inc()
		b.PutTime.Record(int64(now.Sub(call.begun)))
		b.store(call.object, call.ref)
		b.notifier.created(call.ref)
	case get:
		b.Gets.Inc()
		b.GetTime.Record(int64(now.Sub(call.begun)))
	default:
		b.Deletes.Inc()
		b.remove(call.object)
	}
	call.caller.Answered(call.token, nil)
}
