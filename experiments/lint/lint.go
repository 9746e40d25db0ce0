package lint

import (
	"fmt"
	"slices"

	"weir/experiments"
	"weir/experiments/scenario"
	"weir/models/spec"
	"weir/results"
)

// Selection says which rules are asked: those named, or all, without those ignored.
type Selection struct {
	Only, Ignore []string
}

// Check returns what is wrong with a selection: a name that no rule has.
func (s Selection) Check() error {
	for _, id := range slices.Concat(s.Only, s.Ignore) {
		if !slices.Contains(IDs(), id) {
			return fmt.Errorf("there is no rule %s%s: weir lint --list names them", spec.Quote(id),
				spec.DidYouMean(id, IDs()))
		}
	}
	return nil
}

// Has reports whether a rule is asked.
func (s Selection) Has(id string) bool {
	return (len(s.Only) == 0 || slices.Contains(s.Only, id)) && !slices.Contains(s.Ignore, id)
}

// Check holds a design against the rules. Nothing is run.
func Check(of *experiments.Design, selected Selection) *results.Lint {
	doc := of.Document
	out := &results.Lint{
		Scenario: of.Scenario(),
		Findings: []results.LintFinding{},
	}
	found := find(of, selected)
	for i := range found {
		out.Findings = append(out.Findings, found[i].document(doc))
	}
	for i := range rules {
		if selected.Has(rules[i].ID) {
			out.Rules++
		}
	}
	out.SortFindings()
	return out
}

// found is a hit and the rule that it is of.
type found struct {
	hit
	rule *Rule
}

func find(of *experiments.Design, selected Selection) (all []found) {
	d := newDesign(of)
	for i := range rules {
		r := &rules[i]
		if selected.Has(r.ID) {
			r.check(d, func(h hit) {
				if h.fix == nil {
					h.figures = nil // there is nothing to run
				}
				all = append(all, found{h, r})
			})
		}
	}
	return all
}

// document returns the finding with its place in the file.
func (f *found) document(doc *scenario.Document) results.LintFinding {
	rule := f.rule.document()
	if f.mild {
		rule.Severity = results.LintAdvice
	}
	at := doc.ErrorAt(f.of, f.field, "%s: %s [%s]", rule.Severity, f.text, rule.ID)
	return results.LintFinding{
		LintRule: rule, Text: f.text, File: at.File, Line: at.Line, Column: at.Column, Path: at.Path, Fix: f.fix,
		Shown: at.Error(),
	}
}
