package storage

import (
	"weir/models/calls"
	"weir/models/message"
	"weir/sim"
	"weir/sim/random"
)

// Client returns the bucket as work calls it: PUTs or GETs of objects of one size, under the prefix of the message's
// key. What is got is there. The time to the first byte is part of the client's round trip (FirstByte), the transfer is
// not. What is put is kept, and tells nobody.
func (b *Bucket) Client(s *calls.TargetSpec) calls.Callee {
	c := &objectClient{bucket: b, put: s.Operation == calls.Write, size: int64(s.Size)}
	c.moved = sim.NewEvent(b.eng, b.name+"/moved", c.move)
	return c
}

// FirstByte returns the time to the first byte of a read or write.
func (l *BucketLimits) FirstByte(o calls.Operation) random.Dist {
	if o == calls.Write {
		return l.PutFirstByte.Dist()
	}
	return l.GetFirstByte.Dist()
}

// objectClient makes the calls of work to a bucket. A transfer under way has a slot.
type objectClient struct {
	bucket    *Bucket
	put       bool
	size      int64
	transfers []transfer
	free      []uint32
	moved     sim.Event[uint32]
}

type transfer struct {
	caller message.Caller
	token  uint64
}

// Call puts or gets an object.
func (c *objectClient) Call(caller message.Caller, token uint64, r calls.Request) uint64 {
	b := c.bucket
	p := &b.prefixes[int(r.Key)%len(b.prefixes)]
	served := &p.reads
	if c.put {
		served = &p.writes
	}
	switch {
	case !served.Permit(b.eng.Now()):
		b.SlowDowns.Inc()
		caller.Answered(token, ErrSlowDown)
		return 0
	case c.put && c.size > int64(b.limit.PutSizeMax):
		caller.Answered(token, ErrEntityTooLarge)
		return 0
	}
	if len(c.free) == 0 {
		c.free = append(c.free, uint32(len(c.transfers)))
		c.transfers = append(c.transfers, transfer{})
	}
	i := c.free[len(c.free)-1]
	c.free = c.free[:len(c.free)-1]
	c.transfers[i] = transfer{caller, token}
	c.moved.After(b.transfer(c.size), i)
	return 0
}

// move is the event that an object's bytes have moved.
func (c *objectClient) move(i uint32) {
	b, t := c.bucket, c.transfers[i]
	c.free = append(c.free, i)
	if c.put {
		b.Puts.Inc()
		b.Uploads.Inc()
		b.UploadBytes.Add(uint64(c.size))
	} else {
		b.Gets.Inc()
	}
	t.caller.Answered(t.token, nil)
}

// GiveUp does nothing: S3 goes on, and its answer is passed over.
func (c *objectClient) GiveUp(uint64) {}

// Reset does nothing: connections to the service are not counted.
func (c *objectClient) Reset() {}
