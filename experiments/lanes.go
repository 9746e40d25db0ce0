package experiments

import (
	"strings"

	"weir/experiments/scenario"
	"weir/models/ec2"
	"weir/models/sdk"
	"weir/models/spec"
	"weir/models/sqs"
	"weir/models/storage"
)

// lanesLeast is from how many parts on that do not touch one another a design is run part by part. With fewer, all
// of it is in the processor's caches anyway.
const lanesLeast = 32

// lanes returns the lane of each component in a design of many parts that do not touch one another, or nil. Only
// parts whose components share nothing but their links may have lanes: what an account's workloads have together,
// such as Lambda's concurrency, ties all that use it. What looks at several components from outside, such as
// alarms, faults and scaling, ties them, too. What they all do share is the memory of messages, whose limit
// (run.max_messages) is thus one of the sum over parts at different instants: it ends a trial and changes no result.
func (d *Design) lanes() map[spec.Link]int {
	if d.whole || d.tap != nil {
		return nil
	}
	part := map[spec.Link]spec.Link{} // towards the first of its part
	for i := range d.Document.Components {
		c := &d.Document.Components[i]
		if !standsAlone(c) {
			return nil
		}
		part[c.Link] = c.Link
	}
	var first func(l spec.Link) spec.Link
	first = func(l spec.Link) spec.Link {
		if part[l] != l {
			part[l] = first(part[l])
		}
		return part[l]
	}
	for _, found := range d.Document.Links {
		steps := strings.SplitN(found.Path, ".", 3)
		owner := spec.Link{Section: steps[0], Name: steps[1]}
		_, known := part[owner]
		if _, ok := part[found.Link]; !ok || !known {
			return nil
		}
		part[first(found.Link)] = first(owner)
	}
	numbers, lane := map[spec.Link]int{}, map[spec.Link]int{}
	for i := range d.Document.Components {
		l := d.Document.Components[i].Link
		root := first(l)
		if numbers[root] == 0 {
			numbers[root] = len(numbers) + 1
		}
		lane[l] = numbers[root]
	}
	if len(numbers) < lanesLeast {
		return nil
	}
	return lane
}

// standsAlone reports whether a component shares nothing with others but what it is linked to.
func standsAlone(c *scenario.Component) bool {
	switch s := c.Spec.(type) {
	case *sqs.Spec:
		return !spec.IsFIFO(c.Link)
	case *ec2.Spec:
		return s.Scaling == nil
	case *sdk.ProducerSpec, *storage.Spec:
		return true
	}
	return false
}
