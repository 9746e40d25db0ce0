package firehose

import (
	"fmt"

	"weir/models/spec"
)

// Check returns what a profile's Firehose refuses of a delivery stream.
func Check(s *Spec, l *Limits) (problems []spec.Problem) {
	r := l.rules(s)
	refuse := func(field, format string, args ...any) {
		problems = append(problems, spec.Problem{Field: field, Text: fmt.Sprintf(format, args...)})
	}
	if z := s.Buffer.Size; z != nil && (*z < r.sizeMin || *z > r.sizeMax) {
		refuse("buffer.size", "%s is out of range: AWS allows %s to %s", *z, r.sizeMin, r.sizeMax)
	}
	if d := s.Buffer.Interval; d != nil && (*d < r.intervalMin || *d > r.intervalMax) {
		refuse("buffer.interval", "%s is out of range: AWS allows %s to %s", *d, r.intervalMin, r.intervalMax)
	}
	s3 := s.Destination.Type == S3
	switch d := s.Destination.RetryDuration; {
	case d != nil && s3:
		refuse("destination.retry_duration", "S3 is tried for %s, which cannot be set: remove it", l.S3Retry)
	case d != nil && *d > l.RetryMax:
		refuse("destination.retry_duration", "%s is out of range: AWS allows 0s to %s", *d, l.RetryMax)
	}
	if s.Destination.Type != Splunk {
		if s.Destination.AcknowledgmentTimeout != nil {
			refuse("destination.acknowledgment_timeout", "only Splunk acknowledges: remove it")
		}
		if s.Destination.Unacknowledged > 0 {
			refuse("destination.unacknowledged", "only Splunk acknowledges: remove it")
		}
	}
	switch {
	case s.DynamicPartitioning && !l.Partitioning:
		refuse("dynamic_partitioning", "there was none before August 2021")
	case s.DynamicPartitioning && !s3:
		refuse("dynamic_partitioning", "is for the destination s3")
	}
	if s.FormatConversion != NoConversion && !s3 {
		refuse("format_conversion", "is for the destination s3")
	}
	return append(problems, checkTransform(s.Transform, l)...)
}

// checkTransform returns what Firehose refuses of a transformation, or of none.
func checkTransform(t *TransformSpec, l *Limits) []spec.Problem {
	if t == nil || t.BufferSize == nil {
		return nil
	}
	if z := *t.BufferSize; z < l.TransformSizeMin || z > l.TransformSizeMax {
		return []spec.Problem{{Field: "transform.buffer_size", Text: fmt.Sprintf(
			"%s is out of range: AWS allows %s to %s", z, l.TransformSizeMin, l.TransformSizeMax)}}
	}
	return nil
}
