package message

// Caller takes the answers to what it asked for: an alias, so that a service that declares what it needs of another
// need not be told where the name stands.
type Caller = interface {
	// Answered takes the answer to a request, once: the token is the one that the request was made with.
	Answered(token uint64, err error)
}

// Nobody is a Caller that waits for no answer.
type Nobody struct{}

// Answered does nothing.
func (Nobody) Answered(uint64, error) {}
