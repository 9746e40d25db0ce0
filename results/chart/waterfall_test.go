package chart

import (
	"strings"
	"testing"
)

// A waterfall says how long each cause took, where the bars begin and end on one axis, and what all take together.
func TestAWaterfallHasTheTimeOfEachCause(t *testing.T) {
	s := Split{Name: "p99", Latency: 76, Parts: []float64{12.3, 61.7, 0.001, 2}}
	f, err := Waterfall("a → b", []string{"backlog", "throttle", "poll", "work"}, s)
	if err != nil {
		t.Fatal(err)
	}
	svg := wellFormed(t, f)
	for _, want := range []string{">12.3 s  (16.2 %)<", ">61.7 s  (81.2 %)<", ">other causes<", ">76 s  (100 %)<"} {
		if !strings.Contains(svg, want) {
			t.Errorf("the figure lacks %s", want)
		}
	}
	bars, err := Causes("a → b", []string{"backlog", "throttle", "poll", "work"}, []Split{s})
	if err != nil {
		t.Fatal(err)
	}
	if svg = wellFormed(t, bars); !strings.Contains(svg, ">throttle 61.7 s, 81 %<") {
		t.Error("the bar does not tell the time of its cause")
	}
}
