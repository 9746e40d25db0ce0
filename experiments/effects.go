package experiments

import (
	"weir/models/ec2"
	"weir/models/lambda"
)

// checkDropLate refuses to drop what is late in a design in which nothing can be.
func (b *builder) checkDropLate() {
	if b.store.Ledger.Deadlines() {
		return
	}
	for i := range b.doc.Components {
		c := &b.doc.Components[i]
		fleet, isFleet := c.Spec.(*ec2.Spec)
		function, isFunction := c.Spec.(*lambda.Spec)
		if isFleet && fleet.DropLate || isFunction && function.DropLate {
			b.fail(c, "drop_late", "has no effect: no producer has a deadline, so that nothing is late")
		}
	}
}
