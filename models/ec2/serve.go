package ec2

import "errors"

// ErrFailed is a thread's answer to a request whose work failed.
var ErrFailed = errors.New("the work failed")

// Balancer is the load balancer of a fleet that serves requests. It is the fleet's Inbox beside: each thread asks it
// for the requests to its instance.
type Balancer interface {
	Inbox
	// Attach tells how many threads an instance has, and who is told that a deregistered one has nothing left.
	Attach(threads int, drained func(instance int))
	// InstanceUp registers an instance whose threads poll.
	InstanceUp(instance int)
	// InstanceDown says that an instance has failed or ends. It is silent when its host is gone and nothing answers in its
	// place, not even that the connection is refused.
	InstanceDown(instance int, silent bool)
	// Deregister lets an instance finish what it has, and gives it nothing more.
	Deregister(instance int)
	// InstanceGone takes an instance out that has ended.
	InstanceGone(instance int)
	// Answer is a thread's answer to its request.
	Answer(thread uint32, err error)
}

// drained ends an instance that leaves: its load balancer has nothing left for it, or has waited for long enough.
func (f *Fleet) drained(i int) {
	if f.group == nil || f.group.slots[i].phase != leaving {
		return
	}
	f.group.release(uint32(i))
}

// answered ends the work on a request: its client has the answer, and the thread goes on.
func (f *Fleet) answered(t uint32, err error) {
	f.threads[t].at++
	f.balancer.Answer(t, err)
	f.next(t)
}
