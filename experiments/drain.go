package experiments

import (
	"weir/models/ec2"
	"weir/models/sqs"
	"weir/results"
	"weir/sim"
)

// figures reports a component's figures: its own, and those that are read off its curves.
func (t *trial) figures(component int, now sim.Time, report func(name, unit string, value float64)) {
	c := t.components[component]
	c.Figures(now, report)
	switch c.(type) {
	case *ec2.Fleet:
		t.saturation(component, report)
		return
	case *sqs.Queue:
	default:
		return
	}
	var backlog []float64
	if t.curves != nil { // without, only the names are asked for
		for _, k := range t.curves[component] {
			if k.Name != "visible" && k.Name != "in_flight" {
				continue
			}
			values := k.series.Values()
			if backlog == nil {
				backlog = make([]float64, len(values))
			}
			for i, v := range values {
				backlog[i] += v
			}
		}
	}
	report("drain_s", "s", results.Drain(backlog, t.width.Seconds()))
}

// messagesUnderWay returns how many messages are under way in the whole design.
func (t *trial) messagesUnderWay() (total float64) {
	for _, n := range t.store.Ledger.UnderWay() {
		total += float64(n)
	}
	return total
}
