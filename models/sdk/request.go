package sdk

import "weir/models/message"

// Target answers requests: a function, or what stands in front of one.
type Target interface {
	// Invoke hands over a request. The receipt is good until the caller is answered, and the message stays the caller's.
	Invoke(r message.Receipt, caller message.Caller, token uint64)
}
