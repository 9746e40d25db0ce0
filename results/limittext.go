package results

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// MethodText tells how the limit was found.
func (l *LoadLimit) MethodText() string {
	m := &l.Method
	return fmt.Sprintf("%d loads tried, %d replications or more of %s each: %d trials, %s events in %.1f s", len(l.Points),
		m.Replications, Seconds(m.DurationSeconds), m.Trials, Quantity(float64(m.Events)), m.WallSeconds)
}

// WriteText writes the limit for a terminal.
func (l *LoadLimit) WriteText(w io.Writer) error {
	t := &textWriter{w: w}
	t.printf("%s\n%s  %s\n", l.Scenario.Title(), strings.ToUpper(l.Verdict), l.Headline())
	if text := l.Certainty(); text != "" {
		t.printf("%s\n", text)
	}
	for _, b := range l.Breaks {
		t.printf("beyond it  %s\n", b)
	}
	if l.Hysteresis != nil {
		t.printf("%s\n", l.Hysteresis.Text())
	}
	t.printf("%s\n", l.MethodText())
	for _, n := range l.Notes {
		t.printf("NOTE  %s\n", n)
	}
	t.printf("\n")
	head, rows := l.Rows()
	t.grid(head, rows)
	return t.err
}

// Rows returns the table of the loads, its head first.
func (l *LoadLimit) Rows() (head []string, rows [][]string) {
	sweep := l.Sweep()
	columns := []FigureName{{Metric: "offered"}}
	paths := sweep.Paths()
	for _, path := range paths[:min(len(paths), pathsShown)] {
		columns = append(columns, FigureName{"latency.p99", path})
	}
	columns = append(columns, FigureName{Metric: "under_way"}, FigureName{Metric: "unserved"})
	head = []string{"load"}
	for _, c := range columns {
		name := strings.ReplaceAll(strings.TrimPrefix(c.Metric, "latency."), "_", " ")
		switch {
		case c.Metric == "offered":
			name = "messages/s"
		case c.Metric == "under_way":
			name = "under way at the end"
		case len(paths) > 1 && c.Of != "":
			name += " of " + c.Of
		}
		head = append(head, name)
	}
	head = append(head, "replications", "holds", "")
	for i, p := range l.Points {
		row := slices.Clone(p.Settings)
		for _, c := range columns {
			text := Interval(sweep.Figure(i, c), FormatOf(sweep.unit(c)))
			if slices.Contains(p.FewSamples, c.String()) {
				text += " *"
			}
			row = append(row, text)
		}
		word := map[string]string{"meets": "yes", "misses": "no"}[p.Status]
		if !p.Certain {
			word += "?"
		}
		note := p.Problem
		if note == "" {
			note = p.Truncated
		}
		rows = append(rows, append(row, fmt.Sprint(p.Replications), word, note))
	}
	return head, rows
}

// WriteMarkdown writes the limit as Markdown.
func (l *LoadLimit) WriteMarkdown(w io.Writer) error {
	t := &textWriter{w: w}
	t.printf("# %s: %s\n\n", l.Scenario.Title(), l.Headline())
	if text := l.Certainty(); text != "" {
		t.printf("%s%s. ", strings.ToUpper(text[:1]), text[1:])
	}
	t.printf("%s.\n\n", l.MethodText())
	for _, b := range l.Breaks {
		t.printf("- beyond it: %s\n", b)
	}
	if l.Hysteresis != nil {
		t.printf("- %s\n", l.Hysteresis.Text())
	}
	t.printf("\n")
	head, rows := l.Rows()
	t.markdownTable(head, rows)
	for _, n := range l.Notes {
		t.printf("\n%s\n", n)
	}
	return t.err
}
