package results

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// ComparisonRow is a line of a comparison's table: the heading of a group when it has one cell.
type ComparisonRow []string

// Table returns the figures as a table, its head first: the headline ones, or the others. With two designs a figure is
// a line; with more it is a group of lines, one for each design.
func (c *Comparison) Table(headline bool) (head ComparisonRow, rows []ComparisonRow) {
	two := len(c.Designs) == 2
	head = ComparisonRow{"", "value", "− " + c.Baseline, "relative", "verdict", "ranking"}
	if two {
		head = ComparisonRow{"", c.Baseline, c.Designs[1].Name, c.Designs[1].Name + " − " + c.Baseline, "relative", "verdict"}
	}
	group := ""
	for i := range c.Figures {
		f := &c.Figures[i]
		if f.Headline != headline || f.unanswered() {
			continue
		}
		if g := f.group(); two && g != group {
			group, rows = g, append(rows, ComparisonRow{g})
		}
		if two {
			d := &f.Others[0]
			rows = append(rows, append(ComparisonRow{f.Label(), f.shown(-1), f.shown(0)}, f.cells(d)...))
			continue
		}
		if alike := f.AllAlike(); alike != "" {
			rows = append(rows, ComparisonRow{alike})
			continue
		}
		rows = append(rows, ComparisonRow{f.Name()}, ComparisonRow{c.Baseline, f.shown(-1), "", "", "", f.rank(0)})
		for k := range f.Others {
			d := &f.Others[k]
			row := append(ComparisonRow{d.Design, f.shown(k)}, f.cells(d)...)
			rows = append(rows, append(row, f.rank(k+1)))
		}
	}
	return head, rows
}

// unanswered reports whether the figure is the baseline's alone.
func (c *Contrast) unanswered() bool {
	return c.Kind != ObjectiveKind && !slices.ContainsFunc(c.Others, func(d Difference) bool {
		return d.Verdict != VerdictUnknown
	})
}

// group is the heading that a figure stands under.
func (c *Contrast) group() string {
	switch {
	case c.Kind == ObjectiveKind:
		return "objectives"
	case c.Of != "":
		return c.Of
	}
	return "whole design"
}

// shown writes a design's value, or the baseline's when the number is negative; of an objective, whether it is met.
func (c *Contrast) shown(other int) string {
	value, met, undecided := c.Baseline, c.Met, c.Undecided
	if other >= 0 {
		d := &c.Others[other]
		value, met, undecided = d.Value, d.Met, d.Undecided
	}
	text := Interval(value, c.format())
	switch {
	case c.Kind == ObjectiveKind && met == nil:
		return "–"
	case undecided != "":
		return text + ", undecided"
	case c.Kind == ObjectiveKind && *met:
		return text + ", met"
	case c.Kind == ObjectiveKind:
		return text + ", missed"
	}
	return text
}

// cells write the difference, its share of the baseline's value, and the verdict.
func (c *Contrast) cells(d *Difference) ComparisonRow {
	row := ComparisonRow{"–", "", c.Word(d)}
	if d.Difference.N > 0 {
		row[0] = SignedInterval(d.Difference, c.format())
	}
	if d.Relative != nil {
		row[1] = Signed(*d.Relative, Share)
	}
	return row
}

// AllAlike is the line of a figure in which no design differs by more than a trifle, or nothing.
func (c *Contrast) AllAlike() string {
	word := "equal"
	for i := range c.Others {
		switch d := &c.Others[i]; {
		case c.Kind == ObjectiveKind || !d.Certain && !d.Alike || d.Verdict != VerdictEqual && !c.trifling(d):
			return ""
		case d.Verdict != VerdictEqual:
			word = "within half a percent"
		}
	}
	return fmt.Sprintf("%s: %s, %s in all designs", c.Name(), Interval(c.Baseline, c.format()), word)
}

// Word is the verdict on a difference in a word, with a question mark when it is not certain.
func (c *Contrast) Word(d *Difference) string {
	word := d.Verdict
	switch {
	case c.undecided(d):
		return "undecided"
	case d.Verdict == VerdictUnknown:
		return "–"
	case c.Kind == ObjectiveKind && d.Verdict == VerdictEqual && *d.Met:
		word = "both met"
	case c.Kind == ObjectiveKind && d.Verdict == VerdictEqual:
		word = "both missed"
	case !d.Certain && d.Alike:
		return "alike"
	}
	if !d.Certain {
		word += "?"
	}
	return word
}

func (c *Contrast) rank(design int) string {
	if r := c.Ranking[:min(len(c.Ranking), design+1)]; len(r) > design {
		switch r[design].Rank {
		case RankWith:
			return "may be best"
		case RankBest:
			return "best"
		}
	}
	return ""
}

// Title names what is compared.
func (c *Comparison) Title() string {
	names := make([]string, len(c.Designs))
	same := true
	for i, d := range c.Designs {
		names[i] = d.Name
		same = same && d.Scenario.Name == c.Designs[0].Scenario.Name
	}
	title := strings.Join(names, " against ")
	if len(names) > 2 {
		title = fmt.Sprintf("%d designs against %s", len(names)-1, names[0])
	}
	if same {
		return c.Designs[0].Scenario.Name + ": " + title
	}
	return title
}

// Explanation says how the figures were come by and how to read them.
func (c *Comparison) Explanation() (lines []string) {
	m := &c.Method
	times := fmt.Sprintf("%d replications of %s", len(m.Replications), Seconds(m.DurationSeconds))
	if len(m.Replications) == 1 {
		times = "One run of " + Seconds(m.DurationSeconds)
	}
	lines = append(lines, fmt.Sprintf("%s%s of each design, seed %d, with common random numbers: ± is half of an interval "+
		"over %d pairs of %s.", times, warmupWords(m.WarmupSeconds), m.Seed, m.Pairs, m.PairsOf))
	if m.Pairs < 2 {
		lines = append(lines, "One pair has no interval: nothing is certain. Give --replications 10.")
	} else {
		lines = append(lines, "better? and worse? are not certain: the interval of the difference holds 0, or a note says why. "+
			"alike is within half a percent, equal the same in every pair.")
	}
	if m.Differences.Comparisons > 1 {
		lines = append(lines, fmt.Sprintf("Of each figure, the %d differences from %s hold together with %s confidence, each at "+
			"%s (Bonferroni); the ranking is by all %d pairs, each at %s. A design may be best when none is certainly better.",
			m.Differences.Comparisons, c.Baseline, percents(m.Confidence), percents(m.Differences.Interval),
			m.Ranking.Comparisons, percents(m.Ranking.Interval)))
	} else {
		lines = append(lines, fmt.Sprintf("The interval of a difference has %s confidence, figure by figure.",
			percents(m.Confidence)))
	}
	return lines
}

func warmupWords(seconds float64) string {
	if seconds == 0 {
		return ""
	}
	return " after a warm-up of " + Seconds(seconds)
}

func percents(share float64) string { return fmt.Sprintf("%.4g %%", 100*share) }

// Doubts lists why headline figures are not certain whatever their intervals, and what could not be compared.
func (c *Comparison) Doubts() (lines []string) {
	for _, d := range c.Designs {
		if d.SameAs != "" {
			lines = append(lines, fmt.Sprintf("%s says the same as %s: they are one design", d.Name, d.SameAs))
		}
	}
	if c.Method.Pairs < 2 {
		return append(lines, c.Notes...)
	}
	by := map[string][]string{}
	var order []string
	for i := range c.Figures {
		f := &c.Figures[i]
		for k := range f.Others {
			d := &f.Others[k]
			if !f.Headline || d.Doubt == "" || f.Kind == ObjectiveKind || d.Verdict == VerdictUnknown {
				continue
			}
			key := d.Design + ": " + d.Doubt
			if by[key] == nil {
				order = append(order, key)
			}
			by[key] = append(by[key], f.Name())
		}
	}
	for _, key := range order {
		lines = append(lines, fmt.Sprintf("%s (%s)", key, strings.Join(by[key], ", ")))
	}
	return append(lines, c.Notes...)
}

// notesShown is how many notes the terminal shows.
const notesShown = 12

// WriteText writes the comparison for a terminal: the verdict first.
func (c *Comparison) WriteText(w io.Writer) error {
	t := &textWriter{w: w}
	t.printf("%s\n", c.Title())
	for _, p := range c.Method.Partial {
		t.printf("PARTIAL  %s\n", p)
	}
	if c.Question != "" {
		t.printf("%s\n", c.Question)
	}
	for _, text := range c.Overall {
		t.printf("%s\n", text)
	}
	for _, v := range c.Verdicts {
		t.printf("%s  %s %s\n", map[string]string{
			VerdictBetter: "BETTER", VerdictWorse: "WORSE ", VerdictTrade: "TRADE ", VerdictEqual: "EQUAL ",
			VerdictOpen: "OPEN  ",
		}[v.Verdict], v.Design, v.Text(c.Baseline))
	}
	t.printf("\n")
	head, rows := c.Table(true)
	t.comparison(head, rows)
	t.printf("\n")
	for _, line := range c.Explanation() {
		t.printf("%s\n", line)
	}
	for i, line := range c.Doubts() {
		if i == notesShown {
			t.printf("NOTE  and more: comparison.json has them\n")
			break
		}
		t.printf("NOTE  %s\n", line)
	}
	for _, warned := range c.Warned() {
		t.printf("WARNING  %s: %s\n", warned.Designs, warned.Text)
	}
	return t.err
}

// comparison writes a table whose first column, and the one of verdicts, stand to the left.
func (t *textWriter) comparison(head ComparisonRow, rows []ComparisonRow) {
	all := append([]ComparisonRow{head}, rows...)
	widths := make([]int, len(head))
	for _, row := range all {
		for k, cell := range row {
			if len(row) > 1 {
				widths[k] = max(widths[k], utf8.RuneCountInString(cell))
			}
		}
	}
	for _, row := range all {
		if len(row) == 1 {
			t.printf("%s\n", row[0])
			continue
		}
		line := ""
		for k, cell := range row {
			space := strings.Repeat(" ", widths[k]-utf8.RuneCountInString(cell))
			switch {
			case k == 0:
				line = "  " + cell + space
			case isVerdict(head, k):
				line += "  " + cell + space
			default:
				line += "  " + space + cell
			}
		}
		t.printf("%s\n", strings.TrimRight(line, " "))
	}
}

// isVerdict reports whether a column of a comparison's table holds words.
func isVerdict(head ComparisonRow, column int) bool {
	return column > slices.Index(head, "relative")
}
