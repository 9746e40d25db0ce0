package report

import (
	"fmt"

	"weir/results"
)

// scalingColumns are the columns of the table of scaling activities.
var scalingColumns = []string{"component", "time since the start of the run", "from", "to", "cause"}

// scalingMost is how many scaling activities a page tells; summary.json has all.
const scalingMost = 200

// scalingRows are the cells of the scaling activities of the first replication.
func scalingRows(s *results.Summary) (rows [][]string) {
	for i, a := range s.Scaling {
		if i == scalingMost {
			return rows
		}
		rows = append(rows, []string{a.Component, results.Seconds(s.Run.WarmupSeconds + a.AtSeconds), fmt.Sprint(a.From),
			fmt.Sprint(a.To), a.Cause})
	}
	return rows
}

// scalingRest says how many activities the table leaves out.
func scalingRest(s *results.Summary) string {
	if n := len(s.Scaling) - scalingMost; n > 0 {
		return fmt.Sprintf("And %d more: summary.json has them.", n)
	}
	return ""
}
