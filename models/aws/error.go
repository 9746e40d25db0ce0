package aws

// Error is an error that an AWS API answers with, by the name AWS gives it.
type Error struct {
	Code      string
	Retryable bool // whether an SDK tries again: throttling and server faults, not the caller's own mistakes
	Throttle  bool // whether SDKs count it as throttling
}

// Error returns the code.
func (e *Error) Error() string { return e.Code }
