package sqs

import (
	"fmt"

	"weir/models/message"
	"weir/models/spec"
	"weir/sim"
)

// ChangeSpec is something that is done to a queue at an instant of the run: one of purge, delete, create and set.
type ChangeSpec struct {
	// When it is done.
	At spec.Duration `yaml:"at" required:"true"`
	// Deletes all messages (AWS: PurgeQueue).
	Purge bool `yaml:"purge" default:"false"`
	// Deletes the queue, with its messages.
	Delete bool `yaml:"delete" default:"false"`
	// Creates the queue. One whose first such change is this does not exist before.
	Create bool `yaml:"create" default:"false"`
	// Sets attributes, which takes effect some time later (AWS: SetQueueAttributes).
	Set *AttributesSpec `yaml:"set"`
}

// AttributesSpec is the attributes of a queue that can be set while it runs; those that are not given stay.
type AttributesSpec struct {
	// How long a received message stays invisible, from the next receive on.
	VisibilityTimeout *spec.Duration `yaml:"visibility_timeout"`
	// How long a receive waits for the first message.
	ReceiveWaitTime *spec.Duration `yaml:"receive_wait_time"`
	// How long messages stay invisible after they are sent; in a FIFO queue, those that are delayed already, too.
	Delay *spec.Duration `yaml:"delay"`
	// How long a message is kept; those that are there already, too.
	Retention *spec.Duration `yaml:"retention"`
	// Largest message accepted.
	MaximumMessageSize *spec.Size `yaml:"maximum_message_size"`
	// How often a message is delivered before it is moved to the dead-letter queue.
	MaxReceiveCount *int `yaml:"max_receive_count" min:"1" max:"1000"`
}

// Validate checks that the change is one.
func (c *ChangeSpec) Validate() []spec.Problem {
	n := 0
	for _, is := range []bool{c.Purge, c.Delete, c.Create, c.Set != nil} {
		if is {
			n++
		}
	}
	if n != 1 {
		return []spec.Problem{{Field: "", Text: "needs one of purge, delete, create and set"}}
	}
	if c.Set != nil && *c.Set == (AttributesSpec{}) {
		return []spec.Problem{{Field: "set", Text: "sets nothing: give an attribute, such as visibility_timeout"}}
	}
	return nil
}

// recreateTime is how long the name of a deleted queue cannot be used: "If you delete a queue, you must wait at least
// 60 seconds before creating a queue with the same name" (SQS API reference, DeleteQueue; aws/aws-sdk-go @41631974).
const recreateTime = 60 * sim.Second

// checkChanges checks the changes against each other.
func (s *Spec) checkChanges() []spec.Problem {
	exists, deleted, first := true, sim.Time(-1), true
	for i := range s.Changes {
		c := &s.Changes[i]
		wrong := func(field, format string, args ...any) []spec.Problem {
			return []spec.Problem{{Field: spec.Join(fmt.Sprintf("changes[%d]", i), field), Text: fmt.Sprintf(format, args...)}}
		}
		if i > 0 && c.At < s.Changes[i-1].At {
			return wrong("at", "%s comes before the change above it, at %s: put them in order", c.At, s.Changes[i-1].At)
		}
		switch {
		case c.Create && !exists && deleted >= 0 && sim.Time(c.At).Sub(deleted) < recreateTime:
			return wrong("at", "AWS refuses to create a queue less than 60s after one of its name was deleted "+
				"(QueueDeletedRecently)")
		case c.Create && exists && !first:
			return wrong("create", "the queue exists at that time")
		case !c.Create && !exists:
			return wrong("", "the queue does not exist at that time")
		case c.Set != nil && c.Set.MaxReceiveCount != nil && s.Redrive == nil:
			return wrong("set.max_receive_count", "the queue has no redrive policy")
		}
		if c.Delete {
			exists, deleted = false, sim.Time(c.At)
		} else if c.Create {
			exists = true
		}
		first = first && !c.Create && !c.Delete
	}
	return nil
}

// ScheduleChanges schedules the changes of the queue's Spec. It is called before the run.
func (q *Queue) ScheduleChanges() {
	if len(q.spec.Changes) == 0 {
		return
	}
	for i := range q.spec.Changes {
		if c := &q.spec.Changes[i]; c.Create || c.Delete {
			q.absent = c.Create
			break
		}
	}
	due := sim.NewEvent(q.eng, q.name+"/change", q.change)
	for i := range q.spec.Changes {
		due.At(sim.Time(q.spec.Changes[i].At), uint32(i))
	}
	q.takesEffect = sim.NewEvent(q.eng, q.name+"/attributes", q.takeEffect)
	q.propagation = q.eng.Rand(q.name + "/propagation")
}

// change is the event that a change of the Spec is due.
func (q *Queue) change(i uint32) {
	switch c := &q.spec.Changes[i]; {
	case c.Purge:
		_ = q.PurgeQueue() // one in progress goes on
	case c.Delete:
		_ = q.DeleteQueue()
	case c.Create:
		_ = q.CreateQueue()
	default:
		q.setAttributes(i)
	}
}

// DeleteQueue deletes the queue with its messages, those in flight too. AWS may take up to 60 s; here it is done at
// once. It returns NonExistentQueue when there is none.
func (q *Queue) DeleteQueue() error {
	q.bill(ActionOther, 0)
	if q.absent {
		return ErrNonExistentQueue
	}
	q.purgeAll()
	q.clear()
	q.absent = true
	q.settings++
	q.task.to = nil
	for q.waiters.Len() > 0 {
		w := q.waiters.Pop()
		q.bill(ActionReceive, 0)
		w.poller.Received(w.token, nil, ErrNonExistentQueue)
	}
	q.deletedAt = q.eng.Now()
	return nil
}

// CreateQueue creates the queue, as its Spec has it. It returns QueueDeletedRecently within 60 s of its deletion. One
// that exists stays as it is.
func (q *Queue) CreateQueue() error {
	q.bill(ActionOther, 0)
	switch {
	case !q.absent:
		return nil
	case q.deletedAt >= 0 && q.eng.Now().Sub(q.deletedAt) < recreateTime:
		return ErrQueueDeletedRecently
	}
	q.absent, q.purged = false, -1
	q.attributes = attributesOf(q.spec, q.limit)
	q.settings++
	if q.fifo != nil { // what expired in flight keeps its group until its delivery is over
		q.fifo.repeats, q.fifo.quota = q.fifo.newMemory()
	}
	return nil
}

// attributes are the settings of a queue that may change while it runs.
type attributes struct {
	visibility, wait, delay, retention sim.Duration
	sizeMax                            int64
	receivesMax                        int
}

func attributesOf(s *Spec, limit *Limits) attributes {
	a := attributes{
		visibility: s.VisibilityTimeout.Sim(), wait: s.ReceiveWaitTime.Sim(), delay: s.Delay.Sim(),
		retention: s.Retention.Sim(), sizeMax: int64(limit.MessageSizeMax),
	}
	if s.MaximumMessageSize != nil {
		a.sizeMax = int64(*s.MaximumMessageSize)
	}
	if s.Redrive != nil {
		a.receivesMax = s.Redrive.MaxReceiveCount
	}
	return a
}

// setAttributes sets the attributes of a change of the Spec (AWS: SetQueueAttributes). They take effect within a
// minute, the retention within 15, at an instant of which AWS says no more: any is as likely here.
func (q *Queue) setAttributes(change uint32) {
	q.bill(ActionOther, 0)
	arg := uint64(q.settings)<<32 | uint64(change)<<1
	s := q.spec.Changes[change].Set
	most := q.limit.PropagationTime.Sim()
	q.takesEffect.After(sim.Duration(float64(most)*q.propagation.Float64()), arg)
	if s.Retention != nil {
		most := q.limit.RetentionPropagationTime.Sim()
		q.takesEffect.After(sim.Duration(float64(most)*q.propagation.Float64()), arg|1)
	}
}

// takeEffect is the event that attributes take effect: the retention, or all others. Those of a queue that was deleted
// meanwhile do not.
func (q *Queue) takeEffect(arg uint64) {
	if uint32(arg>>32) != q.settings {
		return
	}
	s, a := q.spec.Changes[uint32(arg)>>1].Set, &q.attributes
	if arg&1 == 1 {
		a.retention = s.Retention.Sim()
		if _, enqueued, ok := q.ages.oldest(q.store); ok {
			q.armExpiry(enqueued)
		}
		return
	}
	for _, set := range []struct {
		to   *sim.Duration
		from *spec.Duration
	}{{&a.visibility, s.VisibilityTimeout}, {&a.wait, s.ReceiveWaitTime}} {
		if set.from != nil {
			*set.to = set.from.Sim()
		}
	}
	if s.MaximumMessageSize != nil {
		a.sizeMax = int64(*s.MaximumMessageSize)
	}
	if s.MaxReceiveCount != nil {
		a.receivesMax = *s.MaxReceiveCount
	}
	if s.Delay != nil {
		q.setDelay(s.Delay.Sim())
	}
}

// setDelay sets the delay of messages. "For standard queues, the per-queue delay setting is not retroactive … for FIFO
// queues, the per-queue delay setting is retroactive" (SQS developer guide, delay queues).
func (q *Queue) setDelay(delay sim.Duration) {
	q.attributes.delay = delay
	if q.fifo == nil {
		return
	}
	var delayed []message.Ref
	q.delayed.sweep(func(d deadline) bool {
		if m := q.store.At(d.ref); m.Receipt == d.receipt {
			delayed = append(delayed, d.ref)
		}
		return false
	})
	q.delayed.live = 0
	for _, ref := range delayed {
		m := q.store.At(ref)
		q.delayed.add(max(m.Enqueued.Add(delay), q.eng.Now()), ref, m.Receipt)
	}
}
