package sdk

import (
	"weir/models/spec"
	"weir/sim"
)

// CompressionSpec is the compression of messages before they are sent.
type CompressionSpec struct {
	// How many times smaller a message gets.
	Ratio float64 `yaml:"ratio" required:"true" min:"1"`
	// Bytes that the producer compresses in a second, one message after the other; at once unless set.
	Throughput *spec.Size `yaml:"throughput" min:"1B"`
}

// shrunk returns what is left of a number of bytes.
func (s *CompressionSpec) shrunk(bytes uint32) uint32 {
	if s == nil {
		return bytes
	}
	return max(uint32(float64(bytes)/s.Ratio), 1)
}

// time returns how long it took to compress a message to the number of bytes that it has now.
func (s *CompressionSpec) time(bytes uint32) sim.Duration {
	if s == nil || s.Throughput == nil {
		return 0
	}
	return sim.Seconds(float64(float64(bytes)*s.Ratio) / float64(*s.Throughput))
}

// prepares reports whether the producer works on messages before it sends them.
func (p *Producer) prepares() bool {
	return p.spec.ClientEncryption != nil || p.spec.Compression != nil && p.spec.Compression.Throughput != nil
}

// preparation returns how long it takes to compress a message to the number of bytes given, and to encrypt these.
func (p *Producer) preparation(bytes uint32) sim.Duration {
	takes := p.spec.Compression.time(bytes)
	if e := p.spec.ClientEncryption; e != nil {
		takes = takes.Plus(e.Time(bytes))
	}
	return takes
}
