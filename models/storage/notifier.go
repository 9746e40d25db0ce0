package storage

import (
	"weir/models/aws"
	"weir/models/message"
	"weir/models/sdk"
	"weir/sim"
	"weir/sim/random"
)

// Destination is what a bucket's event notifications go to, such as a queue or a topic.
type Destination interface {
	SendMessage(ref message.Ref, delay sim.Duration) error
}

// notifier sends a bucket's event notifications. Each is a message: a copy of the one that the object is, or one that
// is born with an object that holds another message's payload.
type notifier struct {
	bucket       *Bucket
	eng          *sim.Engine
	store        *message.Store
	latency      random.Duration
	fanner       uint16
	kept         bool // the store follows families
	destinations []destination
	chosen       []int32 // the destinations of the object being told of
	notices      []notice
	free         []uint32

	due sim.Event[uint32] // a notification is sent
}

type destination struct {
	to     Destination
	share  float64
	luck   *sim.Rand
	keys   sdk.Encryption // nil unless the destination is encrypted
	own    message.RouteID
	copies message.Accounts
}

// notice is a notification on its way.
type notice struct {
	ref         message.Ref
	destination int32
}

func newNotifier(b *Bucket, store *message.Store) *notifier {
	n := &notifier{bucket: b, eng: b.eng, store: store}
	n.latency = random.NewDuration(b.limit.NotificationLatency.Dist(), b.eng.Rand(b.name+"/notification"))
	n.due = sim.NewEvent(b.eng, b.name+"/notified", n.notify)
	return n
}

// AddDestination makes the bucket send event notifications of the objects created from now on. The name is that of the
// queue or topic; keys may be nil. It is called before the first message is born.
func (b *Bucket) AddDestination(s *NotificationSpec, name string, to Destination, keys sdk.Encryption) {
	n := b.notifier
	if !n.kept {
		n.fanner, n.kept = n.store.KeepFamilies(n), true
	}
	sender := b.name + " -> " + name
	d := destination{
		to: to, copies: message.NewAccounts(&n.store.Ledger, sender), share: float64(s.Share), keys: keys,
		luck: b.eng.Rand(b.name + "/" + name + "/filter"),
	}
	d.own = n.store.Ledger.Open(b.name, sender)
	n.destinations = append(n.destinations, d)
}

// created tells the destinations of an object: of the message that it is, or of one that holds a payload.
func (n *notifier) created(ref message.Ref) {
	n.chosen = n.chosen[:0]
	for i := range n.destinations {
		if d := &n.destinations[i]; d.share >= 1 || d.luck.Float64() < d.share {
			n.chosen = append(n.chosen, int32(i))
		}
	}
	if ref == message.None {
		for _, i := range n.chosen {
			if c, ok := n.store.New(n.eng.Now(), n.destinations[i].own, 0, 0, 0); !n.send(c, ok, i) {
				return
			}
		}
		return
	}
	if len(n.chosen) == 0 {
		end := message.Published
		if len(n.destinations) > 0 {
			end = message.Filtered
		}
		n.store.Move(ref, n.store.At(ref), end)
		n.store.Free(ref)
		return
	}
	n.store.FanOut(ref, len(n.chosen), n.fanner)
	route := n.store.At(ref).Route
	for _, i := range n.chosen {
		if c, ok := n.store.Branch(n.eng.Now(), ref, n.destinations[i].copies.Of(route)); !n.send(c, ok, i) {
			return
		}
	}
}

// send sends a notification on its way. It returns false when memory is full.
func (n *notifier) send(ref message.Ref, born bool, to int32) bool {
	if !born {
		n.eng.Stop()
		return false
	}
	m := n.store.At(ref)
	m.SizeBytes = uint32(n.bucket.limit.NotificationSize)
	m.Enter(n.eng.Now(), message.APICall)
	if len(n.free) == 0 {
		n.free = append(n.free, uint32(len(n.notices)))
		n.notices = append(n.notices, notice{})
	}
	slot := n.free[len(n.free)-1]
	n.free = n.free[:len(n.free)-1]
	n.notices[slot] = notice{ref, to}
	n.due.After(n.latency.Sample(), slot)
	return true
}

// notify is the event that a notification is sent. What the destination could take at another time is sent again.
func (n *notifier) notify(slot uint32) {
	notice := n.notices[slot]
	d := &n.destinations[notice.destination]
	var err error
	if d.keys != nil {
		var wait sim.Duration
		if wait, err = d.keys.Prepare(); err == nil && wait > 0 {
			n.due.After(wait, slot)
			return
		}
	}
	if err == nil {
		err = d.to.SendMessage(notice.ref, message.QueueDefault)
	}
	m := n.store.At(notice.ref)
	switch api := aws.ErrorOf(err); {
	case err == nil:
		n.bucket.Notifications.Inc()
	case api != nil && (api.Retryable || api.Throttle):
		m.Enter(n.eng.Now(), message.Retry)
		n.due.After(max(n.latency.Sample(), sim.Second), slot)
		return
	default:
		n.bucket.Lost.Inc()
		n.store.Move(notice.ref, m, message.Lost)
		n.store.Free(notice.ref)
	}
	n.free = append(n.free, slot)
}

// BranchesEnded does nothing: the ledger tells how the notifications of an object ended.
func (n *notifier) BranchesEnded(*message.Message, bool) {}
