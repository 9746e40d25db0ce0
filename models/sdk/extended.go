package sdk

import (
	"errors"

	"weir/models/message"
	"weir/models/spec"
	"weir/sim"
	"weir/sim/ring"
)

// ExtendedClientSpec is an extended client library: a large payload goes through a bucket, and the message that is sent
// is a pointer to it.
type ExtendedClientSpec struct {
	// The bucket of the payloads.
	Bucket spec.Link `yaml:"bucket" required:"true" link:"buckets" flow:"out"`
	// Payloads above it go through the bucket; the library's default unless set.
	Threshold *spec.Size `yaml:"threshold" min:"0B"`
	// Whether all payloads go through the bucket.
	Always bool `yaml:"always" default:"false"`
}

// ExtendedClientLimits are the constants of the library that a profile holds.
type ExtendedClientLimits struct {
	Threshold   spec.Size `aws:"sqs.extended_client.threshold"`
	PayloadMax  spec.Size `aws:"sqs.extended_client.payload_max"`
	PointerSize spec.Size `aws:"sqs.extended_client.pointer_size"`
}

// ErrPayloadTooLarge is the library's refusal of a payload above its limit.
var ErrPayloadTooLarge = errors.New("the payload is larger than the extended client takes")

// Objects is what a client needs of the bucket that it puts objects into: the client of one process.
type Objects interface {
	PutObject(caller message.Caller, token uint64, prefix uint32, size int64) message.Object
	PutMessage(caller message.Caller, token uint64, ref message.Ref)
}

// Uploader is who sends messages of which something goes into a bucket first.
type Uploader interface {
	// Messages returns the messages of a call.
	Messages(Call) []message.Ref
	// Attempt tells that a call, after having waited, is on its way to the bucket.
	Attempt(Call)
	// Uploaded tells that the call's objects are in the bucket, or that one is not, with the reason.
	Uploaded(Call, error)
}

// Uploads puts into a bucket what belongs there of the messages of a call: those above the threshold of an extended
// client, one after the other as its libraries do, or, for who sends to the bucket itself, the messages.
type Uploads struct {
	owner   Uploader
	store   *message.Store
	bucket  Objects
	whole   bool  // the messages are the objects
	above   int64 // payloads above it are put
	most    int64
	pointer uint32
	prefix  uint32 // of the next object
	calls   []upload
	busy    int64
	atOnce  int64 // calls; 0: without limit
	waiting ring.Buffer[Call]
}

// upload is how far a call has come.
type upload struct {
	at     int32 // the message whose payload is on its way
	object message.Object
}

// NewUploads returns what puts the payloads of an extended client. At most atOnce calls put at a time (0: without
// limit).
func NewUploads(
	owner Uploader, store *message.Store, s *ExtendedClientSpec, limit *ExtendedClientLimits, bucket Objects, atOnce int64,
) *Uploads {
	u := &Uploads{
		owner: owner, store: store, bucket: bucket, above: int64(limit.Threshold), most: int64(limit.PayloadMax),
		pointer: uint32(limit.PointerSize), atOnce: atOnce,
	}
	if s.Threshold != nil {
		u.above = int64(*s.Threshold)
	}
	if s.Always {
		u.above = -1
	}
	store.KeepPayloads()
	return u
}

// NewObjectUploads returns what puts the messages themselves, one a call.
func NewObjectUploads(owner Uploader, store *message.Store, bucket Objects, atOnce int64) *Uploads {
	return &Uploads{owner: owner, store: store, bucket: bucket, whole: true, atOnce: atOnce}
}

// Begin puts what is to be put of a call's messages, and tells the owner when that is done: at once, if there is
// nothing.
func (u *Uploads) Begin(call Call) {
	for int(call) >= len(u.calls) {
		u.calls = append(u.calls, upload{})
	}
	u.calls[call] = upload{}
	if !u.whole && u.next(call) < 0 {
		u.owner.Uploaded(call, nil)
		return
	}
	if u.atOnce > 0 && u.busy >= u.atOnce {
		u.waiting.Push(call)
		return
	}
	u.start(call)
}

func (u *Uploads) start(call Call) {
	u.busy++
	u.owner.Attempt(call)
	u.put(call)
}

// next returns the first message, from the present one on, whose payload is to be put, or a number below 0.
func (u *Uploads) next(call Call) int32 {
	refs := u.owner.Messages(call)
	for at := u.calls[call].at; int(at) < len(refs); at++ {
		if int64(u.store.At(refs[at]).SizeBytes) > u.above {
			return at
		}
	}
	return -1
}

// put puts the next payload of a call, or ends the call's uploads.
func (u *Uploads) put(call Call) {
	refs := u.owner.Messages(call)
	if u.whole {
		u.bucket.PutMessage(u, uint64(call), refs[0])
		return
	}
	at := u.next(call)
	if at < 0 {
		u.end(call, nil)
		return
	}
	size := int64(u.store.At(refs[at]).SizeBytes)
	if size > u.most {
		u.end(call, ErrPayloadTooLarge)
		return
	}
	u.prefix++
	u.calls[call] = upload{at, u.bucket.PutObject(u, uint64(call), u.prefix, size)}
}

// Answered takes the bucket's answer.
func (u *Uploads) Answered(token uint64, err error) {
	call := Call(token)
	if err != nil || u.whole {
		u.end(call, err)
		return
	}
	c := &u.calls[call]
	u.store.PutAway(u.owner.Messages(call)[c.at], c.object, u.pointer)
	c.at++
	u.put(call)
}

func (u *Uploads) end(call Call, err error) {
	u.busy--
	u.owner.Uploaded(call, err)
	if u.waiting.Len() > 0 && u.busy < u.atOnce {
		u.start(u.waiting.Pop())
	}
}

// EncryptionSpec is client-side encryption: what its CPU time costs.
type EncryptionSpec struct {
	// For each message, whatever its size.
	Message spec.Duration `yaml:"message" default:"0s"`
	// For each KiB of it.
	PerKiB spec.Duration `yaml:"per_kib" default:"0s"`
}

// Time returns how long a message of so many bytes takes to encrypt or to decrypt.
func (s *EncryptionSpec) Time(bytes uint32) sim.Duration {
	return s.Message.Sim().Plus(s.PerKiB.ForKiB(bytes))
}
