package results

import (
	"bytes"
	"strings"
	"testing"

	"weir/sim/measure"
)

// stood is a design with an objective on its p99, below 1.5 s, and one on its cost, below 100 USD.
func stood(name string, p99, cost []float64) Contender {
	c := contender(name, yields{p99: p99, cost: cost, rate: 100})
	judge := func(metric, of, text string, limit float64, values []float64) Objective {
		e := measure.EstimateOf(values)
		return Objective{
			Text: text, Metric: metric, Of: of, Below: &limit, Observed: e, Met: e.Value < limit,
			Certain: e.High < limit || e.Low > limit,
		}
	}
	const path = "producers.p -> fleets.f"
	c.Summary.Objectives = []Objective{
		judge("latency.p99", path, "latency.p99 of "+path+" below 1.5s", 1.5, p99),
		judge("cost", "", "cost below 100", 100, cost),
	}
	return c
}

// The question of a board is which design meets the objectives, and for how much.
func TestTheVerdictOverAllSaysWhichDesignsMeetTheObjectives(t *testing.T) {
	slow, fast, open := []float64{2, 2.1, 2.2, 2.1}, []float64{1, 1.01, 1.02, 1}, []float64{1, 1.1, 1.2, 1.9}
	dear, cheap, low := []float64{200, 201, 200, 201}, []float64{50, 51, 50, 51}, []float64{40, 40, 41, 41}
	early := stood("now", fast, cheap)
	early.Summary.Objectives[0].Met, early.Summary.Objectives[0].Certain = false, false
	early.Summary.Objectives[0].Undecided = "not decided: the run ended early"
	for _, c := range []struct {
		designs []Contender
		want    []string
	}{
		{
			[]Contender{stood("base", slow, low), stood("eight", fast, cheap), stood("rich", fast, dear)},
			[]string{
				"Only eight meets both objectives, for +$10.00 ± $1.71 a month against base.",
				"base misses latency.p99 below 1.5s.", "rich misses cost below 100.",
			},
		},
		{
			[]Contender{stood("base", slow, cheap), stood("rich", fast, dear)},
			[]string{
				"None of the 2 designs meets both objectives.", "base misses latency.p99 below 1.5s.",
				"rich misses cost below 100.",
			},
		},
		{
			[]Contender{stood("base", fast, cheap), stood("now", fast, low)},
			[]string{"All 2 designs meet both objectives; the cheapest of them is now, for −$10.00 ± $1.30 a month against base."},
		},
		{
			[]Contender{stood("base", slow, cheap), stood("now", open, cheap)},
			[]string{
				"Only now meets both objectives, for as much a month as base, which is not certain.",
				"base misses latency.p99 below 1.5s.", "now seems to meet, not certainly, latency.p99 below 1.5s.",
			},
		},
		{
			[]Contender{stood("base", slow, cheap), early},
			[]string{
				"No design is known to meet both objectives.", "base misses latency.p99 below 1.5s.",
				"now has not decided: latency.p99 below 1.5s.",
			},
		},
		{[]Contender{contender("base", yields{cost: cheap}), contender("now", yields{cost: low})}, nil},
	} {
		got := compared(c.designs...).Overall
		if strings.Join(got, "\n") != strings.Join(c.want, "\n") {
			t.Errorf("it says\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
	}
}

// An objective that one design meets and the other misses is no better or worse figure: it is met, or missed.
func TestAVerdictNamesWhatTheBaselineMisses(t *testing.T) {
	c := compared(stood("base", []float64{2, 2.1, 2.2, 2.1}, []float64{50, 51, 50, 51}),
		stood("rich", []float64{1, 1.01, 1.02, 1}, []float64{200, 201, 200, 201}))
	const want = "is a trade against base: meets latency.p99 of producers.p -> fleets.f below 1.5s, which base misses; " +
		"misses cost below 100, which base meets; better producers.p -> fleets.f p99 −52.0 %; worse cost a month +297.0 %"
	if got := c.Verdicts[0].Text("base"); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// A warning that all designs have is told once.
func TestAWarningOfAllDesignsIsToldOnce(t *testing.T) {
	c := compared(contender("base", yields{cost: []float64{1, 2}}), contender("now", yields{cost: []float64{3, 4}}))
	for i := range c.Designs {
		c.Designs[i].Warnings = []string{"730 spikes"}
	}
	c.Designs[1].Warnings = append(c.Designs[1].Warnings, "idle")
	var text bytes.Buffer
	if err := c.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"WARNING  all designs: 730 spikes\n", "WARNING  now: idle\n"} {
		if strings.Count(text.String(), want) != 1 {
			t.Errorf("the text lacks %q:\n%s", want, text.String())
		}
	}
}
