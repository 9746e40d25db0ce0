package report

import (
	_ "embed" // for the pages' parts
	"fmt"
	"html/template"
	"io"
	"strings"

	"weir/results"
	"weir/results/chart"
)

// WriteComparisonMarkdown writes a comparison as Markdown, the verdict first.
func WriteComparisonMarkdown(w io.Writer, c *results.Comparison) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n", c.Title())
	for _, p := range c.Method.Partial {
		fmt.Fprintf(&b, "**Partial results:** %s\n\n", p)
	}
	if c.Question != "" {
		fmt.Fprintf(&b, "%s\n\n", c.Question)
	}
	for _, text := range c.Overall {
		fmt.Fprintf(&b, "**%s**\n\n", text)
	}
	for _, v := range c.Verdicts {
		fmt.Fprintf(&b, "- **%s** %s\n", v.Design, v.Text(c.Baseline))
	}
	for _, headline := range []bool{true, false} {
		head, rows := c.Table(headline)
		title := map[bool]string{true: "Differences", false: "Further figures"}[headline]
		fmt.Fprintf(&b, "\n## %s\n\n", title)
		fmt.Fprintf(&b, "| %s |\n|---%s|\n", strings.Join(head, " | "), strings.Repeat("|---:", len(head)-1))
		for _, row := range rows {
			if len(row) == 1 {
				row = append(results.ComparisonRow{"**" + row[0] + "**"}, make([]string, len(head)-1)...)
			}
			fmt.Fprintf(&b, "| %s |\n", strings.Join(row, " | "))
		}
		if headline {
			fmt.Fprintf(&b, "\n%s\n", strings.Join(c.Explanation(), "\n"))
		}
	}
	if doubts := c.Doubts(); len(doubts) > 0 {
		fmt.Fprintf(&b, "\n## Notes\n\n- %s\n", strings.Join(doubts, "\n- "))
	}
	b.WriteString("\n## Designs\n\n| design | file | profile | region | digest |\n|---|---|---|---|---|\n")
	for _, d := range c.Designs {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %.12s |\n", d.Name, d.File, d.Scenario.Profile, d.Scenario.Region,
			d.Scenario.Digest)
	}
	for _, warned := range c.Warned() {
		fmt.Fprintf(&b, "\n**Warning, %s:** %s\n", warned.Designs, warned.Text)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// comparisonPart is what pages show of a comparison.
type comparisonPart struct {
	*results.Comparison
	Sections []comparisonTable
	Drawn    []inlined
}

type comparisonTable struct {
	Title string
	Head  results.ComparisonRow
	Rows  []results.ComparisonRow
}

func comparisonPartOf(c *results.Comparison, drawn []*chart.Figure) (*comparisonPart, error) {
	p := &comparisonPart{Comparison: c}
	for _, headline := range []bool{true, false} {
		head, rows := c.Table(headline)
		title := map[bool]string{true: "Differences", false: "Further figures"}[headline]
		p.Sections = append(p.Sections, comparisonTable{title, head, rows})
	}
	var err error
	p.Drawn, err = inline(drawn)
	return p, err
}

// Report returns the name of the report of one of the designs.
func (p *comparisonPart) Report(i int) string { return DesignFile(p.Comparison, i, "html") }

// writeComparisonPage writes the comparison as one file that needs nothing from outside.
func writeComparisonPage(w io.Writer, p *comparisonPart) error {
	return comparisonTemplate.Execute(w, p)
}

//go:embed comparison.html
var comparisonText string

// differencesText is the part that the page of a comparison and the reports of its designs share.
//
//go:embed differences.html
var differencesText string

var comparisonTemplate = template.Must(pages("comparison").Parse(
	headText + styleText + comparisonText + differencesText + scriptText))
