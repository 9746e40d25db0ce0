package experiments

import (
	"errors"
	"io"
)

// WriteSchema writes the JSON Schema of the scenario file.
func WriteSchema(io.Writer) error { return errors.New("not there yet") }
