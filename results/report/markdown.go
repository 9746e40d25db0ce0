// Package report writes what a person reads of a run: the Markdown summary, the HTML page and the figures.
package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"weir/results"
)

// WriteMarkdown writes the summary as Markdown, with the design as a Mermaid diagram.
func WriteMarkdown(w io.Writer, s *results.Summary, diagram string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n", s.Scenario.Title())
	fmt.Fprintf(&b, "Profile %s, region %s, seed %d; %s.\n\n", s.Scenario.Profile, s.Scenario.Region, s.Scenario.Seed,
		s.Run.Text())
	for _, p := range s.Run.Partial {
		fmt.Fprintf(&b, "**Partial results:** %s\n\n", p)
	}
	for _, w := range s.Warnings() {
		fmt.Fprintf(&b, "**Warning:** %s\n\n", w)
	}
	for _, o := range s.Objectives {
		fmt.Fprintf(&b, "- %s: %s, observed %s\n", o.Text, objectiveVerdict(o),
			o.Shown())
	}
	fmt.Fprintf(&b, "\n```mermaid\n%s```\n\n## Latency\n\n", diagram)
	b.WriteString("| path | messages/s | mean | p50 | p90 | p95 | p99 | p99.9 |\n|---|---:|---:|---:|---:|---:|---:|---:|\n")
	for _, name := range slices.Sorted(maps.Keys(s.Paths)) {
		p := s.Paths[name]
		fmt.Fprintf(&b, "| %s | %s |", name, results.Interval(p.Rate, results.Quantity))
		for _, q := range []string{"mean", "p50", "p90", "p95", "p99", "p99_9"} {
			thin := ""
			if slices.Contains(p.FewSamples, q) {
				thin = "*"
			}
			fmt.Fprintf(&b, " %s%s |", results.Interval(p.Latency[q], results.Seconds), thin)
		}
		b.WriteString("\n")
	}
	b.WriteString("\n± is half a 95 % confidence interval over replications; * fewer than ten messages lie beyond. The latency " +
		"is from a message's birth to the end of the work on it, of the messages that were processed.\n\n## Why\n\n")
	for _, name := range slices.Sorted(maps.Keys(s.Paths)) {
		for _, note := range []string{s.Paths[name].Note(), s.Run.InputsText(s.Paths[name])} {
			if note != "" {
				fmt.Fprintf(&b, "- %s: %s\n", name, note)
			}
		}
		for _, q := range []string{"p50", "p99"} {
			fmt.Fprintf(&b, "- %s, %s: %s\n", name, q, results.CausesText(s.Paths[name].Causes[q]))
		}
	}
	if rows := s.AccountRows(); len(rows) > 0 {
		b.WriteString("\n## Account\n\n| quota | used by | mean | of all use | limit | refused |\n|---|---|---:|---:|---:|---:|\n")
		for _, a := range rows {
			fmt.Fprintf(&b, "| %s | %s | %s %s | %s | %s | %s |\n", a.Quota, a.User, results.Interval(a.Used, results.Quantity),
				a.Unit, results.Interval(a.Share, results.Percent), results.Quantity(a.Limit),
				results.Interval(a.Refused, results.Quantity))
		}
	}
	writeFaults(&b, s)
	b.WriteString("\n## Components\n\n| component | figures |\n|---|---|\n")
	for _, c := range s.ComponentRows() {
		fmt.Fprintf(&b, "| %s | %s |\n", c.Name, c.Headline)
	}
	writeLedger(&b, s)
	writeBill(&b, s)
	_, err := io.WriteString(w, b.String())
	return err
}

// writeFaults writes how the design recovered from its faults.
func writeFaults(b *strings.Builder, s *results.Summary) {
	if len(s.Faults) == 0 {
		return
	}
	b.WriteString("\n## Faults\n\n| " + strings.Join(results.FaultColumns, " | ") + " |\n|---")
	b.WriteString(strings.Repeat("|---:", len(results.FaultColumns)-1) + "|\n")
	for i := range s.Faults {
		b.WriteString("| " + strings.Join(s.FaultRow(&s.Faults[i]), " | ") + " |\n")
	}
	b.WriteString("\n" + strings.Join(results.FaultsNote, " ") + "\n")
	for i := range s.Faults {
		if note := s.Faults[i].BesideNote(); note != "" {
			fmt.Fprintf(b, "\n%s.\n", note)
		}
		if stuck := s.Faults[i].Stuck(); stuck != "" {
			fmt.Fprintf(b, "\n**%s** %s\n", s.Faults[i].Name, stuck)
		}
	}
}

func objectiveVerdict(o results.Objective) string {
	verdict := "missed"
	if o.Met {
		verdict = "met"
	}
	if !o.Certain {
		verdict += " (" + o.Doubt() + ")"
	}
	if o.Note != "" {
		verdict += "; " + o.Note
	}
	return verdict
}

func writeLedger(b *strings.Builder, s *results.Summary) {
	for _, l := range s.Ledgers() {
		fmt.Fprintf(b, "\n## Ledger of %s\n\n| where | messages per replication |\n|---|---:|\n", l.Name)
		for _, row := range ledgerRows(l) {
			fmt.Fprintf(b, "| %s | %s |\n", row[0], row[1])
		}
	}
}

// ledgerRows lists what came into a ledger and where it is or ended.
func ledgerRows(l results.NamedLedger) [][2]string {
	rows := [][2]string{
		{"carried in", results.Interval(l.CarriedIn, results.Quantity)},
		{"sent", results.Interval(l.Sent, results.Quantity)},
	}
	for _, r := range l.Rows() {
		rows = append(rows, [2]string{r.Name, results.Interval(r.Messages, results.Quantity)})
	}
	return rows
}

func writeBill(b *strings.Builder, s *results.Summary) {
	fmt.Fprintf(b, "\n## Cost\n\n%s for %s.\n\n", s.Cost.Total(), s.Assumes())
	b.WriteString("| component | item | quantity | USD | price of |\n|---|---|---:|---:|---|\n")
	for _, l := range s.Cost.Lines {
		price := results.USD(l.MonthUSD)
		if l.Problem != "" {
			price = l.Problem
		}
		fmt.Fprintf(b, "| %s | %s | %s %s | %s | %s |\n", l.Component, l.Item, results.Quantity(l.Quantity), l.Units(), price,
			l.Date)
	}
}
