package results

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"weir/sim/measure"
)

// Replications are paired: a change that each of them shows is certain, however much they differ among themselves.
func TestAFigureBeforeAndAfterIsPaired(t *testing.T) {
	before := measure.EstimateOf([]float64{10, 200, 3000})
	after := measure.EstimateOf([]float64{9, 199, 2999})
	if f := NewLintFigure("m", "x", "s", before, after); !f.Certain || f.Change.Value != -1 {
		t.Errorf("change %v, certain %v", f.Change, f.Certain)
	}
	after = measure.EstimateOf([]float64{11, 190, 3001})
	if f := NewLintFigure("m", "x", "s", before, after); f.Certain || !strings.Contains(f.Text(), "not certain") {
		t.Errorf("%s", f.Text())
	}
	if f := NewLintFigure("m", "x", "s", before, before); f.Certain || !strings.Contains(f.Text(), "the same") {
		t.Errorf("%s", f.Text())
	}
	one := measure.EstimateOf([]float64{1})
	if f := NewLintFigure("m", "", "USD", one, measure.EstimateOf([]float64{5})); f.Certain {
		t.Error("one replication says nothing for certain")
	}
}

func TestFindingsAreWrittenWhateverTheyHold(t *testing.T) {
	nan := math.NaN()
	none := measure.Estimate{Value: nan, Low: nan, High: nan}
	l := Lint{Scenario: Scenario{Name: "a | b"}, Rules: 2, Run: &LintRun{Replications: 1, Partial: []string{"stopped"}}}
	rule := LintRule{ID: "r", Severity: LintAdvice, Reason: "Why.", Source: "s", Date: "2026"}
	grave := rule
	grave.Severity = LintError
	l.Findings = []LintFinding{
		{LintRule: rule, Text: "x | y", File: "f.yaml", Line: 3, Column: 4, Shown: "f.yaml:3:4: advice",
			Fix: []string{"a=b"}, Proof: &LintProof{Figures: []LintFigure{NewLintFigure("cost", "", "USD", none, none)}}},
		{LintRule: grave, File: "--set a=b", Shown: "--set a=b: error", Proof: &LintProof{Failed: "it cannot be"}},
	}
	l.SortFindings()
	if l.Findings[0].Severity != LintError || !l.Grave() {
		t.Error("the gravest does not come first")
	}
	for what, test := range map[string]struct {
		write func(*bytes.Buffer) error
		want  []string
	}{
		"text": {func(b *bytes.Buffer) error { return l.WriteText(b) },
			[]string{"fix: --set 'a=b'", "run: cost: –, then –, the same", "the fix was not run: it cannot be",
				"PARTIAL  stopped", "1 error, 1 advice by 2 rules"}},
		"json":     {func(b *bytes.Buffer) error { return l.WriteJSON(b) }, []string{`"value": null`, `"failed": "it cannot be"`}},
		"markdown": {func(b *bytes.Buffer) error { return l.WriteMarkdown(b) }, []string{`a \| b`, `x \| y`, "f.yaml:3:4"}},
	} {
		var b bytes.Buffer
		if err := test.write(&b); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		for _, want := range test.want {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s has no %q:\n%s", what, want, b.String())
			}
		}
	}
}
