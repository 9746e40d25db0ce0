package message

import (
	"math"

	"weir/sim"
)

// Receipt is what a consumer holds of a delivery (AWS: the receipt handle). Number tells it from later deliveries of
// the same message, Generation from later stays in the same slot.
type Receipt struct {
	Ref        Ref
	Number     uint32
	Generation uint32
	At         sim.Time // when the queue returned the message
}

// Receiver is who asked for messages. The receipts are good until Received returns.
type Receiver interface {
	Received(token uint64, receipts []Receipt, err error)
}

// What a receive may ask instead of a length of time.
const (
	QueueDefault sim.Duration = -1            // the queue's own attribute
	Forever      sim.Duration = math.MaxInt64 // wait until a message comes
)
