package results

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Head tells what a sweep is, in a line.
func (s *Sweep) Head() string {
	var factors []string
	for _, f := range s.Factors {
		factors = append(factors, fmt.Sprintf("%s (%s)", f.Path, valuesText(f.Values)))
	}
	kind := "grid of"
	if s.Method.Sample > 0 {
		kind = "Latin hypercube over"
	}
	return fmt.Sprintf("%s: %d points, %s %s", s.Scenario.Title(), len(s.Points), kind, strings.Join(factors, " × "))
}

func valuesText(values []string) string {
	if len(values) <= 6 {
		return strings.Join(values, ", ")
	}
	return fmt.Sprintf("%s … %s, %d values", values[0], values[len(values)-1], len(values))
}

// pathsShown is how many paths the table of a sweep has columns for: those with the greatest latencies.
const pathsShown = 3

// Columns returns the figures that the table of a sweep shows: median and 99th percentile of the latest paths, what
// went wrong anywhere, and the cost.
func (s *Sweep) Columns() (columns []FigureName) {
	paths := s.Paths()
	worst := func(path string) float64 {
		most := 0.0
		for i := range s.Points {
			if v := s.Figure(i, FigureName{"latency.p99", path}).Value; v > most {
				most = v
			}
		}
		return most
	}
	slices.SortStableFunc(paths, func(a, b string) int {
		switch x, y := worst(a), worst(b); {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return 0
	})
	for _, path := range paths[:min(len(paths), pathsShown)] {
		columns = append(columns, FigureName{"latency.p50", path}, FigureName{"latency.p99", path})
	}
	for _, metric := range []string{"dead_lettered", "rejected", "failed", "lost", "expired"} {
		for i := range s.Points {
			if s.Figure(i, FigureName{Metric: metric}).Value > 0 {
				columns = append(columns, FigureName{Metric: metric})
				break
			}
		}
	}
	return append(columns, FigureName{Metric: CostMetric})
}

// Rows returns the table of a sweep, its head first, with a line for each point.
func (s *Sweep) Rows() (head []string, rows [][]string) {
	columns := s.Columns()
	for _, f := range s.Factors {
		head = append(head, f.Path)
	}
	for _, c := range columns {
		name := strings.TrimPrefix(c.Metric, "latency.")
		switch {
		case c.Metric == CostMetric:
			name = "cost a month"
		case len(s.Paths()) > 1 && c.Of != "":
			name += " of " + c.Of
		}
		head = append(head, strings.ReplaceAll(name, "_", " "))
	}
	objectives := slices.ContainsFunc(s.Points, func(p SweepPoint) bool { return len(p.Objectives) > 0 })
	if objectives {
		head = append(head, "objectives")
	}
	head = append(head, "")
	for i, p := range s.Points {
		row := slices.Clone(p.Settings)
		for _, c := range columns {
			text := Interval(s.Figure(i, c), FormatOf(s.unit(c)))
			if slices.Contains(p.FewSamples, c.String()) {
				text += " *"
			}
			row = append(row, text)
		}
		if objectives {
			row = append(row, p.verdict())
		}
		note := p.Problem
		switch {
		case p.Problem != "":
			note = "cannot be run: " + p.Problem
		case p.Truncated != "":
			note = p.Truncated
		case slices.Contains(s.Front, p.Number):
			note = "front"
		case slices.Contains(s.LeftOut, p.Number):
			note = "lacks messages"
		}
		rows = append(rows, append(row, note))
	}
	return head, rows
}

func (s *Sweep) unit(name FigureName) string {
	for _, f := range s.Figures {
		if f.Name() == name {
			return f.Unit
		}
	}
	return ""
}

// verdict says in a word whether a point meets its objectives.
func (p *SweepPoint) verdict() string {
	missed, open := 0, false
	for _, o := range p.Objectives {
		if !o.Met {
			missed++
		}
		open = open || !o.Certain
	}
	word := "met"
	if missed > 0 {
		word = fmt.Sprintf("%d missed", missed)
	}
	if open {
		word += "?"
	}
	if p.Problem != "" {
		return "–"
	}
	return word
}

// Missed reports whether a point misses an objective.
func (p *SweepPoint) Missed() bool {
	return slices.ContainsFunc(p.Objectives, func(o Objective) bool { return !o.Met })
}

// Notes tells what bears on all of the table.
func (s *Sweep) Notes() (notes []string) {
	columns := s.Columns()
	if slices.ContainsFunc(s.Points, func(p SweepPoint) bool {
		return slices.ContainsFunc(columns, func(c FigureName) bool { return slices.Contains(p.FewSamples, c.String()) })
	}) {
		notes = append(notes, "* fewer than ten messages of some replication lie beyond: the percentile is not to be relied on")
	}
	if s.Method.Replications == 1 && s.Method.Batches == 0 {
		notes = append(notes, "one replication: there are no intervals")
	}
	for _, p := range s.Points {
		if p.Unpriced > 0 {
			notes = append(notes, fmt.Sprintf("costs are at least these: %d lines of the bill have no sourced price", p.Unpriced))
			break
		}
	}
	unsteady := 0
	for _, p := range s.Points {
		if p.Unsteady {
			unsteady++
		}
	}
	if unsteady > 0 {
		notes = append(notes, fmt.Sprintf("at %d points no steady state was found: their figures hold for a run of this length",
			unsteady))
	}
	if n := len(s.LeftOut); n > 0 {
		notes = append(notes, fmt.Sprintf("lacks messages: %d points lose, or leave undone, more of the messages than the best one "+
			"does; their p99 of %s is of the rest, and they are no part of the front", n, s.Trade))
	}
	met, of := s.meet(), ""
	if met > 0 {
		of = ", of those that meet all objectives"
	} else if slices.ContainsFunc(s.Points, func(p SweepPoint) bool { return len(p.Objectives) > 0 }) {
		notes = append(notes, "no point meets all objectives")
	}
	if len(s.Front) > 1 || len(s.Front) == 1 && met > 0 {
		notes = append(notes, fmt.Sprintf("front: no cheaper point%s is certainly as quick in p99 of %s", of, s.Trade))
	}
	return notes
}

// rowsShown is how many points the terminal shows.
const rowsShown = 60

// WriteText writes the sweep for a terminal.
func (s *Sweep) WriteText(w io.Writer) error {
	t := &textWriter{w: w}
	t.printf("%s\n", s.Head())
	t.printf("profile %s, %s, seed %d; %s, %d trials, %s events in %.1f s\n\n", s.Scenario.Profile, s.Scenario.Region,
		s.Scenario.Seed, s.Method.text(), s.Method.Trials, Quantity(float64(s.Method.Events)), s.Method.WallSeconds)
	head, rows := s.Rows()
	more := 0
	if len(rows) > rowsShown {
		rows, more = s.best(rows)
	}
	t.grid(head, rows)
	if more > 0 {
		t.printf("and %d more points: sweep.csv has them all\n", more)
	}
	for _, n := range s.Notes() {
		t.printf("%s\n", n)
	}
	return t.err
}

// best returns the rows that are worth the room: those of the front, or the first ones.
func (s *Sweep) best(rows [][]string) (shown [][]string, more int) {
	for _, p := range s.Front {
		if len(shown) < rowsShown {
			shown = append(shown, rows[p])
		}
	}
	for i := 0; len(shown) < rowsShown; i++ {
		if !slices.Contains(s.Front, i) {
			shown = append(shown, rows[i])
		}
	}
	return shown, len(rows) - len(shown)
}

func (m *SweepMethod) text() string {
	if m.Batches > 0 {
		return fmt.Sprintf("%d batches of one run of %s", m.Batches, Seconds(m.DurationSeconds))
	}
	return fmt.Sprintf("%d replications of %s each", m.Replications, Seconds(m.DurationSeconds))
}

// grid writes a table whose first columns are texts and whose others are aligned to the right.
func (t *textWriter) grid(head []string, rows [][]string) {
	widths := make([]int, len(head))
	width := func(s string) int { return len([]rune(s)) }
	for i, h := range head {
		widths[i] = width(h)
		for _, r := range rows {
			widths[i] = max(widths[i], width(r[i]))
		}
	}
	line := func(cells []string) {
		var b strings.Builder
		for i, c := range cells {
			pad := strings.Repeat(" ", widths[i]-width(c))
			if i == len(cells)-1 { // notes
				b.WriteString("  " + c)
			} else {
				b.WriteString("  " + pad + c)
			}
		}
		t.printf("%s\n", strings.TrimRight(b.String(), " "))
	}
	line(head)
	for _, r := range rows {
		line(r)
	}
}

// WriteMarkdown writes the sweep as Markdown.
func (s *Sweep) WriteMarkdown(w io.Writer) error {
	t := &textWriter{w: w}
	t.printf("# %s\n\n%s.\n\n", s.Head(), s.Method.text())
	head, rows := s.Rows()
	t.markdownTable(head, rows)
	for _, n := range s.Notes() {
		t.printf("\n%s\n", strings.Replace(n, "*", `\*`, 1))
	}
	return t.err
}

// markdownTable writes a table.
func (t *textWriter) markdownTable(head []string, rows [][]string) {
	line := func(cells []string) {
		escaped := make([]string, len(cells))
		for i, c := range cells {
			escaped[i] = strings.NewReplacer("|", `\|`, "*", `\*`, "\n", " ").Replace(c)
		}
		t.printf("| %s |\n", strings.Join(escaped, " | "))
	}
	line(head)
	t.printf("|%s\n", strings.Repeat("---|", len(head)))
	for _, r := range rows {
		line(r)
	}
}
