package storage

import (
	"math"

	"weir/models/aws"
	"weir/models/fault"
	"weir/models/iam"
	"weir/models/message"
	"weir/models/quota"
	"weir/models/spec"
	"weir/sim"
	"weir/sim/measure"
	"weir/sim/random"
)

// Errors of S3's API, by AWS's names.
var (
	ErrSlowDown       = &aws.Error{Code: "SlowDown", Retryable: true, Throttle: true}
	ErrEntityTooLarge = &aws.Error{Code: "EntityTooLarge"}
	ErrNoSuchKey      = &aws.Error{Code: "NoSuchKey"}
)

// BucketSpec is an S3 bucket as the scenario describes it.
type BucketSpec struct {
	// Prefixes that S3 has partitioned the bucket by, each with request rates of its own.
	Prefixes int `yaml:"prefixes" default:"1" min:"1" max:"100000"`
	// How long objects that producers put are kept, by a lifecycle rule; for ever unless set, and the bill is then that of
	// the first month.
	Expiration *spec.Duration `yaml:"expiration" min:"1d"`
	iam.ResourceSpec
	// What is told of the objects created (s3:ObjectCreated:Put).
	Notifications []NotificationSpec `yaml:"notifications"`
}

// NotificationSpec is a destination of a bucket's event notifications.
type NotificationSpec struct {
	// The queue or topic that is told; standard ones only.
	To spec.Link `yaml:"to" required:"true" link:"queues topics functions" flow:"out"`
	// The share of the objects that it is told of, as a filter by key name would have it.
	Share spec.Share `yaml:"share" default:"100%"`
}

// BucketLimits are the constants of S3 that a profile holds.
type BucketLimits struct {
	PutRate             spec.Rate      `aws:"s3.put_rate"`
	GetRate             spec.Rate      `aws:"s3.get_rate"`
	Burst               spec.Duration  `aws:"s3.request_burst"`
	PutSizeMax          spec.Size      `aws:"s3.put_size_max"`
	Throughput          spec.Size      `aws:"s3.throughput"`
	PutFirstByte        spec.Durations `aws:"s3.put.first_byte"`
	GetFirstByte        spec.Durations `aws:"s3.get.first_byte"`
	DeleteLatency       spec.Durations `aws:"s3.delete.latency"`
	NotificationLatency spec.Durations `aws:"s3.notification.latency"`
	NotificationSize    spec.Size      `aws:"s3.notification.size"`
}

// BucketStats is what a bucket measures.
type BucketStats struct {
	Objects measure.Level // payloads stored
	Bytes   measure.Level // of them

	Uploads, UploadBytes measure.Counter // objects that are messages, and their bytes: they are kept

	Puts, Gets, Deletes measure.Counter    // requests that went well
	SlowDowns           measure.Counter    // requests that a prefix's rate refused
	Missing             measure.Counter    // GETs of what was not there
	Notifications       measure.Counter    // delivered, to each destination
	Lost                measure.Counter    // notifications that a destination refused for good
	PutTime, GetTime    *measure.Histogram // of calls that went well, from the call to the answer, retries included
}

// Bucket is an S3 bucket.
type Bucket struct {
	BucketStats

	name        string
	spec        *BucketSpec
	eng         *sim.Engine
	limit       *BucketLimits
	faults      *fault.State // that may strike the bucket, or nil
	luck        *sim.Rand
	firstByte   [requestKinds]random.Duration
	prefixes    []prefix
	objects     []object
	freeObjects []uint32
	calls       []bucketCall
	freeCalls   []uint32
	notifier    *notifier

	ended sim.Event[uint32] // an attempt's answer is there
	again sim.Event[uint32] // a call is tried again
}

// request is what a call asks for.
type request uint8

const (
	put request = iota
	get
	del

	requestKinds = 3
)

// object is a slot for an object.
type object struct {
	size   int64
	prefix uint32
	turn   uint32 // of the slot, to tell its objects apart
	stored bool
}

// NewBucket returns an empty bucket.
func NewBucket(
	eng *sim.Engine, store *message.Store, name string, s *BucketSpec, limit *BucketLimits,
) *Bucket {
	b := &Bucket{name: name, spec: s, eng: eng, limit: limit, prefixes: make([]prefix, s.Prefixes)}
	b.PutTime, b.GetTime = measure.NewHistogram(), measure.NewHistogram()
	b.firstByte = [requestKinds]random.Duration{
		put: random.NewDuration(limit.PutFirstByte.Dist(), eng.Rand(name+"/put")),
		get: random.NewDuration(limit.GetFirstByte.Dist(), eng.Rand(name+"/get")),
		del: random.NewDuration(limit.DeleteLatency.Dist(), eng.Rand(name+"/delete")),
	}
	b.notifier = newNotifier(b, store)
	for i := range b.prefixes {
		b.prefixes[i] = prefix{
			quota.NewBucket(limit.PutRate.PerSecond(), limit.Burst.Sim()),
			quota.NewBucket(limit.GetRate.PerSecond(), limit.Burst.Sim()),
		}
	}
	b.ended = sim.NewEvent(eng, name+"/ended", b.end)
	b.again = sim.NewEvent(eng, name+"/again", b.try)
	return b
}

// prefix is the requests that a partitioned prefix serves.
type prefix struct{ writes, reads quota.Bucket }

// reserve returns a new object, which is not stored yet.
func (b *Bucket) reserve(prefix uint32, size int64) message.Object {
	if len(b.freeObjects) == 0 {
		b.freeObjects = append(b.freeObjects, uint32(len(b.objects)))
		b.objects = append(b.objects, object{})
	}
	i := b.freeObjects[len(b.freeObjects)-1]
	b.freeObjects = b.freeObjects[:len(b.freeObjects)-1]
	o := &b.objects[i]
	*o = object{size: size, prefix: prefix % uint32(len(b.prefixes)), turn: o.turn + 1}
	return message.Object(uint64(o.turn)<<32 | uint64(i))
}

// at returns an object's slot, or nil when the object is gone.
func (b *Bucket) at(o message.Object) *object {
	if i := uint32(o); int(i) < len(b.objects) && b.objects[i].turn == uint32(o>>32) {
		return &b.objects[i]
	}
	return nil
}

// store is the end of a PUT that went well: of a payload, or of a message, whose object nobody asks for by its name.
func (b *Bucket) store(o message.Object, ref message.Ref) {
	now, at := b.eng.Now(), b.at(o)
	if ref != message.None {
		b.Uploads.Inc()
		b.UploadBytes.Add(uint64(at.size))
		b.free(o)
		return
	}
	at.stored = true
	b.Objects.Add(now, 1)
	b.Bytes.Add(now, at.size)
}

// remove is the end of a DELETE that went well. One that overtakes the object's PUT finds nothing.
func (b *Bucket) remove(o message.Object) {
	at := b.at(o)
	if at == nil || !at.stored {
		return
	}
	now := b.eng.Now()
	b.Objects.Add(now, -1)
	b.Bytes.Add(now, -at.size)
	b.free(o)
}

// free gives an object's slot back.
func (b *Bucket) free(o message.Object) {
	b.at(o).stored = false
	b.freeObjects = append(b.freeObjects, uint32(o))
}

// transfer returns how long the bytes of an object take.
func (b *Bucket) transfer(size int64) sim.Duration {
	if b.limit.Throughput == math.MaxInt64 {
		return 0
	}
	return sim.Seconds(float64(size) / float64(b.limit.Throughput))
}
