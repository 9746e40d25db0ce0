package experiments

import (
	"fmt"

	"weir/experiments/scenario"
	"weir/models/lambda"
	"weir/results/report"
)

// bounds lists the settings that bound how much of a function is used at once. What bounds the components of other
// kinds stands in their figures.
func bounds(doc *scenario.Document) (all []report.Bound) {
	for i := range doc.Components {
		c := &doc.Components[i]
		s, ok := c.Spec.(*lambda.Spec)
		if !ok {
			continue
		}
		path := c.Path()
		if n := s.ReservedConcurrency; n != nil {
			all = append(all, report.Bound{
				Component: path, Setting: path + ".reserved_concurrency", Short: "reserved", At: float64(*n), Unit: "executions",
				Mean: "concurrent_executions_mean", Curve: "concurrent", Node: path,
			})
		}
		for k := range s.EventSources {
			m := &s.EventSources[k]
			if n := m.MaximumConcurrency; n != nil {
				all = append(all, report.Bound{
					Component: path + "/" + m.From.String(), Short: "maximum", At: float64(*n), Unit: "invocations",
					Setting: fmt.Sprintf("%s.event_sources[%d].maximum_concurrency", path, k), Mean: "invoked_mean",
					Curve: "invoked", Node: path,
				})
			}
		}
	}
	return all
}
