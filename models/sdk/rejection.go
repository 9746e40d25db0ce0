package sdk

import (
	"weir/models/aws"
	"weir/models/message"
	"weir/sim/measure"
)

// Reason is why a producer gave a message up.
type Reason uint8

// The reasons.
const (
	BufferFull  Reason = iota // there was no room at the producer
	TooLarge                  // it is no record
	TriesUsedUp               // the last call failed that the producer makes, or it makes no other
	TooOld                    // the library's record_ttl was over
	Refused                   // the service does not take it, however often it is asked

	reasons = 5
)

// Reasons are the figures of messages rejected, by reason, and how each is told.
var Reasons = [reasons]struct{ Figure, Text string }{
	{"rejected_buffer_full", "its buffer was full"},
	{"rejected_too_large", "too large for a record"},
	{"rejected_tries_used_up", "no attempt succeeded"},
	{"rejected_too_old", "record_ttl was over"},
	{"rejected_refused", "the service refused them"},
}

// reasonOf returns why a message is given up whose last call ended with an error, or left it out.
func reasonOf(err error) Reason {
	if api := aws.ErrorOf(err); api != nil && !api.Retryable {
		return Refused
	}
	return TriesUsedUp
}

// reject gives a message up.
func (p *Producer) reject(ref message.Ref, why Reason) {
	p.Rejected.Inc()
	p.Rejections[why].Inc()
	p.store.Move(ref, p.store.At(ref), message.Rejected)
	p.store.Free(ref)
}

// rejections are the messages given up, by reason.
type rejections [reasons]measure.Counter

func (r *rejections) figures(report func(name, unit string, value float64)) {
	for why := range r {
		report(Reasons[why].Figure, "messages", float64(r[why].Value()))
	}
}
