package aws

import "errors"

// Error is an error that an AWS API answers with, by the name AWS gives it.
type Error struct {
	Code      string
	Retryable bool // whether an SDK tries again: throttling and server faults, not the caller's own mistakes
	Throttle  bool // whether SDKs count it as throttling
	Function  bool // whether it is the answer of a function that failed, which SDKs take for a good one
}

// Error returns the code.
func (e *Error) Error() string { return e.Code }

// ErrorOf returns the API's error that an error is or wraps, or nil.
func ErrorOf(err error) *Error {
	if api, ok := err.(*Error); ok || err == nil { // allocates nothing
		return api
	}
	var api *Error
	errors.As(err, &api)
	return api
}
