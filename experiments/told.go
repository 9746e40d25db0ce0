package experiments

import (
	"fmt"
	"strings"

	"weir/models/cloudwatch"
	"weir/results/report"
)

// Told returns what a report says of the design beside its results.
func (d *Design) Told() *report.Design {
	doc := d.Document
	out := &report.Design{Question: doc.Description, Graph: d.Graph(), Expected: map[string]report.Expectation{}}
	var b strings.Builder
	if err := doc.WriteEffective(&b); err == nil { // a builder does not fail
		out.Scenario = b.String()
	}
	for _, o := range doc.Overrides {
		out.Overrides = append(out.Overrides, fmt.Sprintf("%s: %s", o.Key, o.Value.Value))
	}
	out.Bounds = bounds(doc)
	for i := range doc.Components {
		a, ok := doc.Components[i].Spec.(*cloudwatch.Spec)
		if !ok || a.Expect == nil || a.Expect.FiresWithin == nil || a.Expect.After.Event != "" {
			continue
		}
		e := report.Expectation{
			Within: a.Expect.FiresWithin.Sim().Seconds(), After: a.Expect.After.At.Sim().Seconds(),
		}
		if l := a.Expect.After.Link; l != nil {
			e.Fault = l.String()
		}
		out.Expected[doc.Components[i].Path()] = e
	}
	return out
}
