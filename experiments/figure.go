package experiments

import (
	"weir/models/iam"
	"weir/models/sdk"
	"weir/models/spec"
	"weir/sim"
)

// Denials returns the edges of the design on which its access policies deny something.
func (d *Design) Denials() []iam.Denial {
	var all []iam.Denial
	for _, denied := range d.denied {
		all = append(all, *denied)
	}
	return all
}

// Expected returns how many messages a producer of the design is expected to have between two instants of a run.
// Closed loops, whose rate nobody knows beforehand, have none.
func (d *Design) Expected(producer spec.Link, from, to sim.Time) float64 {
	c := d.Document.Component(producer)
	if c == nil {
		return 0
	}
	s, ok := c.Spec.(*sdk.ProducerSpec)
	if !ok {
		return 0
	}
	return s.Expected(from, to, d.records[producer.String()])
}
