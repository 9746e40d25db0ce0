package experiments

import "fmt"

// InputError says what is wrong with what was asked for, where there is no place in a file to tell it at.
type InputError struct{ text string }

func (e *InputError) Error() string { return e.text }

// InputErrorf returns an *InputError, formatted as fmt.Sprintf does.
func InputErrorf(format string, args ...any) error { return &InputError{fmt.Sprintf(format, args...)} }
