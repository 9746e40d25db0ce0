package chart

import (
	"strings"
	"testing"
)

// A wide design is not shrunk to a page until nobody reads it: it says how wide it must be.
func TestAWideDesignSaysHowWideItMustBeShown(t *testing.T) {
	var nodes []Node
	var edges []Edge
	for i := range 8 {
		nodes = append(nodes, Node{Title: "a"})
		if i > 0 {
			edges = append(edges, Edge{From: i - 1, To: i})
		}
	}
	f, err := Design("wide", "wide", nodes, edges, nil)
	if err != nil {
		t.Fatal(err)
	}
	if width := 8*(nodeWidth+layerGap) - layerGap; f.Least() < width {
		t.Errorf("%d pixels for %d points", f.Least(), width)
	}
	if f, err = Histogram("a", nil, nil); err != nil || f.Least() != 0 {
		t.Errorf("a histogram must be %d pixels wide: %v", f.Least(), err)
	}
}

// The names of the percentiles are drawn after all of their lines: none is crossed.
func TestNoLineCrossesTheNameOfAPercentile(t *testing.T) {
	f, err := Histogram("a", []Bar{{From: 1, To: 2, Count: 1}}, []Mark{{"p50", 1.2}, {"p90", 1.3}, {"p99", 1.4}})
	if err != nil {
		t.Fatal(err)
	}
	svg := wellFormed(t, f)
	if last, name := strings.LastIndex(svg, "stroke-dasharray"), strings.Index(svg, ">p50 "); last < 0 || last > name {
		t.Errorf("a line at %d, the first name at %d", last, name)
	}
}
