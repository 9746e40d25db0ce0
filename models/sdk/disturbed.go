package sdk

import (
	"weir/models/fault"
	"weir/models/message"
)

// Disturbed is a target whose requests and answers faults may strike.
type Disturbed struct {
	*fault.Gate
	Target Target
}

// Invoke passes a request on. One whose answer is lost is worked on all the same.
func (d Disturbed) Invoke(r message.Receipt, caller message.Caller, token uint64) {
	switch d.Fate() {
	case fault.Refused:
		caller.Answered(token, fault.ErrUnavailable)
	case fault.RequestLost:
		d.NoAnswer(caller, token)
	case fault.AnswerLost:
		d.NoAnswer(caller, token)
		d.Target.Invoke(r, message.Nobody{}, 0)
	default:
		d.Target.Invoke(r, caller, token)
	}
}
