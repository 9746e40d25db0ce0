package results

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// verdictWord is a verdict as a heading.
func (s *Sizing) verdictWord() string {
	return map[string]string{
		SizingCertain: "FOUND", SizingUncertain: "FOUND?", SizingInfeasible: "INFEASIBLE",
	}[s.Verdict]
}

// MethodText tells how the answer was found.
func (s *Sizing) MethodText() string {
	m := &s.Method
	search := map[string]string{"bisection": "by bisection", "ranking": "by ranking all"}[m.Search]
	return fmt.Sprintf("%d of %d points tried %s, with %d to %d replications of %s: %d trials, %s events in %.1f s", len(s.Points),
		m.Points, search, m.Replications, s.mostReplications(), Seconds(m.DurationSeconds), m.Trials,
		Quantity(float64(m.Events)), m.WallSeconds)
}

func (s *Sizing) mostReplications() (most int) {
	for _, p := range s.Points {
		most = max(most, p.Replications)
	}
	return most
}

// Certainty tells how sure the answer is.
func (s *Sizing) Certainty() string {
	switch s.Verdict {
	case SizingCertain:
		return fmt.Sprintf("certain: all that it rests on holds together with %s confidence", Percent(s.Method.Confidence))
	case SizingUncertain:
		return fmt.Sprintf("not certain with the %d replications that a point may have: --replications-max gives it more",
			s.Method.ReplicationsMax)
	}
	return ""
}

// WriteText writes the sizing for a terminal.
func (s *Sizing) WriteText(w io.Writer) error {
	t := &textWriter{w: w}
	t.printf("%s\n%s  %s\n", s.Scenario.Title(), s.verdictWord(), s.Headline())
	if text := s.Certainty(); text != "" {
		t.printf("%s\n", text)
	}
	t.printf("%s\n", s.MethodText())
	for _, n := range s.Notes {
		t.printf("NOTE  %s\n", n)
	}
	t.printf("\n")
	for i, o := range s.Point(s.Choice).Objectives {
		t.printf("%s  %s: %s%s\n", verdict(o), o.Text, o.Shown(), s.chanceText(i))
	}
	if len(s.Others) > 0 {
		t.printf("\nwhat comes next\n")
	}
	for _, o := range s.Others {
		t.printf("  %s  %s\n", s.Name(o.Point), o.text())
	}
	t.printf("\ntried\n")
	head, rows := s.Rows()
	t.grid(head, rows)
	return t.err
}

// text tells why a point is not the answer, and what it would cost.
func (o *SizingOther) text() string {
	if o.CostDifference.N == 0 || math.IsNaN(o.CostDifference.Value) {
		return o.Why
	}
	return fmt.Sprintf("%s; %s a month", o.Why, SignedInterval(o.CostDifference, USD))
}

// chanceText tells how probable it is that an objective is met at the choice.
func (s *Sizing) chanceText(objective int) string {
	c := float64(s.Point(s.Choice).Chances[objective])
	switch {
	case math.IsNaN(c):
		return ""
	case c > 0.999:
		return ", met with a probability above 99.9 %"
	case c < 0.001:
		return ", met with a probability below 0.1 %"
	}
	return fmt.Sprintf(", met with a probability of %s", Percent(c))
}

// Rows returns the table of the points that were tried, its head first.
func (s *Sizing) Rows() (head []string, rows [][]string) {
	sweep := s.Sweep()
	head, rows = sweep.Rows()
	at := slices.Index(head, "objectives")
	head = slices.Insert(head, len(head)-1, "replications")
	for i, p := range s.Points {
		rows[i] = slices.Insert(rows[i], len(rows[i])-1, fmt.Sprint(p.Replications))
		word := p.Status
		if !p.Certain {
			word += "?"
		}
		if at >= 0 {
			rows[i][at] = word
		}
		if p.Number == s.Choice && s.Verdict != SizingInfeasible {
			rows[i][len(rows[i])-1] = "the answer"
		}
	}
	return head, rows
}

// WriteMarkdown writes the sizing as Markdown.
func (s *Sizing) WriteMarkdown(w io.Writer) error {
	t := &textWriter{w: w}
	headline := s.Headline()
	t.printf("# %s: %s\n\n", s.Scenario.Title(), headline)
	if text := s.Certainty(); text != "" {
		t.printf("%s%s. ", strings.ToUpper(text[:1]), text[1:])
	}
	t.printf("%s.\n\n", s.MethodText())
	for i, o := range s.Point(s.Choice).Objectives {
		t.printf("- %s: %s: %s%s\n", verdict(o), o.Text, o.Shown(), s.chanceText(i))
	}
	for _, o := range s.Others {
		t.printf("- %s: %s\n", s.Name(o.Point), o.text())
	}
	t.printf("\n")
	head, rows := s.Rows()
	t.markdownTable(head, rows)
	for _, n := range s.Notes {
		t.printf("\n%s\n", n)
	}
	return t.err
}
