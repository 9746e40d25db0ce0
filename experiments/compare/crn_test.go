package compare

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"os"
	"testing"

	"weir/results"
	"weir/results/chart"
	"weir/sim/measure"
)

var update = flag.Bool("update", false, "draw the shipped figure anew: look at it before you commit it")

// crnFigure is shipped, and DESIGN.md shows it.
const crnFigure = "common_random_numbers.svg"

// Of a question of the library, what do short and long polls differ by, common random numbers make the intervals of the
// differences much narrower than runs of independent luck do, with as many replications.
func TestCommonRandomNumbersNarrowTheDifferences(t *testing.T) {
	const file = "../library/polling/scenario.yaml"
	settings := []string{"run.duration=10m"}
	common, err := Open([]string{file}, []string{"long"}, "", settings)
	if err != nil {
		t.Fatal(err)
	}
	other, err := Open([]string{file}, []string{"long"}, "", append(settings, "run.seed=1001"))
	if err != nil {
		t.Fatal(err)
	}
	c := run(t, common).Comparison
	independent := run(t, other).Comparison
	var rows []chart.Difference
	for _, metric := range []string{"latency.p50", "latency.p90", "latency.mean", "rate_per_s"} {
		f := figure(t, c, metric)
		paired := f.Others[0].Difference
		parted := measure.DifferenceOf(f.Baseline.Values, figure(t, independent, metric).Others[0].Value.Values)
		ratio := paired.HalfWidth() / parted.HalfWidth()
		t.Logf("%s: %.3f", metric, ratio)
		if ratio > 0.5 {
			t.Errorf("%s: pairs are %.2f times as wide as independent runs", metric, ratio)
		}
		for i, d := range []measure.Estimate{paired, parted} {
			scale := 1 / f.Baseline.Value
			row := chart.Difference{
				Name: f.Label() + ", common random numbers", Value: d.Value * scale, Low: d.Low * scale, High: d.High * scale,
				Text: results.SignedInterval(d, results.FormatOf(f.Unit)),
			}
			if d.High < 0 {
				row.Judgement = chart.Better
			}
			if i > 0 {
				row.Name = "independent seeds"
				row.Text += fmt.Sprintf(", %.1f × as wide", 1/ratio)
			}
			row.Gap = i == 0 && len(rows) > 0
			rows = append(rows, row)
		}
	}
	percent := func(v float64) string {
		return results.Signed(v, func(v float64) string { return fmt.Sprintf("%.3g %%", 100*v) })
	}
	drawn, err := chart.Differences("common_random_numbers", "Long against short polls, by pairs and by independent runs",
		"Differences with their 95 % intervals over ten replications: with common random numbers, and of runs with other seeds.",
		"difference from short polls, of their value", percent, chart.Round, math.Inf(1), rows)
	if err != nil {
		t.Fatal(err)
	}
	var svg bytes.Buffer
	if err := drawn.WriteSVG(&svg); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(crnFigure, svg.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if shipped, err := os.ReadFile(crnFigure); err != nil || !bytes.Equal(shipped, svg.Bytes()) {
		t.Errorf("the shipped figure is another (%v): run go test ./experiments/compare -update", err)
	}
}
