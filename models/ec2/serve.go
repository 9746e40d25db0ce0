package ec2

import "errors"

// ErrFailed is a thread's answer to a request whose work failed.
var ErrFailed = errors.New("the work failed")

// Balancer is the load balancer of a fleet that serves requests. It is the fleet's Inbox beside: each thread asks it
// for the requests to its instance.
type Balancer interface {
	Inbox
	InstanceUp(instance int)
	InstanceDown(instance int)
	Answer(thread uint32, err error)
}

// answered ends the work on a request: its client has the answer, and the thread goes on.
func (f *Fleet) answered(t uint32, err error) {
	f.threads[t].at++
	f.balancer.Answer(t, err)
	f.next(t)
}
