package breakeven

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"weir/models/spec"
	"weir/results"
)

// WriteJSON writes the surface as one document.
func (s *Surface) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(s)
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', 9, 64) }

func optional(v *float64) string {
	if v == nil {
		return ""
	}
	return number(*v)
}

// WriteCosts writes the surface as CSV: a row for each load and design, without a price where the design cannot bear
// the load.
func (s *Surface) WriteCosts(w io.Writer) error {
	_, err := fmt.Fprintln(w, "region,peak,rate_per_s,size_bytes,batch,consumers,design,shards,month_usd,cheapest")
	for _, c := range s.Costs {
		if err == nil {
			_, err = fmt.Fprintf(w, "%s,%s,%s,%d,%d,%d,%s,%d,%s,%v\n", s.Region, number(s.Peak), number(c.Rate), c.SizeBytes,
				c.Batch, c.Consumers, c.Design, c.Shards, optional(c.MonthUSD), c.Cheapest)
		}
	}
	return err
}

// WriteEvens writes the break-evens as CSV, without a rate where there is none.
func (s *Surface) WriteEvens(w io.Writer) error {
	_, err := fmt.Fprintln(w, "region,peak,size_bytes,batch,consumers,from,to,rate_per_s")
	for _, e := range s.Evens {
		if err == nil {
			_, err = fmt.Fprintf(w, "%s,%s,%d,%d,%d,%s,%s,%s\n", s.Region, number(s.Peak), e.SizeBytes, e.Batch, e.Consumers,
				e.From, e.To, optional(e.Rate))
		}
	}
	return err
}

// head says what the figures hold for.
func (s *Surface) head() string {
	tier := "without free tier"
	if s.FreeTier {
		tier = "with free tier"
	}
	return fmt.Sprintf("%s, profile %s, list prices %s, a month of 730 h, the busiest second %s times the mean", s.Region,
		s.Profile, tier, number(s.Peak))
}

// note explains what a message costs.
const note = "A message through a queue is a send, a receive and a delete, for each consumer; calls are full and none finds " +
	"nothing. Shards are as many as the busiest second needs."

// WriteText writes the break-evens for a terminal, and the bills where rates were asked for.
func (s *Surface) WriteText(w io.Writer) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	row := func(cells []string) { fmt.Fprintln(tw, strings.Join(cells, "\t")+"\t") }
	fmt.Fprintf(tw, "%s\n%s\n\nMessages a second from which on the second costs less than the first:\n\n", s.head(), note)
	for _, cells := range s.evenTable() {
		row(cells)
	}
	if len(s.Costs) > 0 {
		fmt.Fprintf(tw, "\nUSD a month; * is the least:\n\n")
		for _, cells := range s.costTable() {
			row(cells)
		}
	}
	return tw.Flush()
}

// WriteMarkdown writes the same as Markdown.
func (s *Surface) WriteMarkdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s. %s\n\nMessages a second from which on the second costs less than the first:\n\n", s.head(), note)
	table(&b, s.evenTable())
	if len(s.Costs) > 0 {
		b.WriteString("\nUSD a month; * is the least:\n\n")
		table(&b, s.costTable())
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteEvenTable writes the break-evens alone as a table of Markdown.
func (s *Surface) WriteEvenTable(w io.Writer) error {
	var b strings.Builder
	table(&b, s.evenTable())
	_, err := io.WriteString(w, b.String())
	return err
}

func table(b *strings.Builder, rows [][]string) {
	for i, cells := range rows {
		b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
		if i == 0 {
			b.WriteString("|" + strings.Repeat("---:|", len(cells)) + "\n")
		}
	}
}

// evenTable has a row for each size, batch and number of consumers, and a column for each pair.
func (s *Surface) evenTable() [][]string {
	head := []string{"size", "batch", "consumers"}
	for _, pair := range evens {
		head = append(head, pair.from.Name+" → "+pair.to.Name)
	}
	rows := [][]string{head}
	for i := 0; i < len(s.Evens); i += len(evens) {
		e := s.Evens[i]
		cells := []string{spec.Size(e.SizeBytes).String(), strconv.Itoa(e.Batch), strconv.Itoa(e.Consumers)}
		for _, e := range s.Evens[i : i+len(evens)] {
			cell := "–"
			if e.Rate != nil {
				cell = Rate(*e.Rate)
			}
			cells = append(cells, cell)
		}
		rows = append(rows, cells)
	}
	return rows
}

// costTable has a row for each load, and a column for each design.
func (s *Surface) costTable() [][]string {
	head := []string{"rate", "size", "batch", "consumers"}
	for _, d := range Designs {
		head = append(head, d.Name)
	}
	rows := [][]string{head}
	for i := 0; i < len(s.Costs); i += len(Designs) {
		c := s.Costs[i]
		cells := []string{Rate(c.Rate), spec.Size(c.SizeBytes).String(), strconv.Itoa(c.Batch), strconv.Itoa(c.Consumers)}
		for _, c := range s.Costs[i : i+len(Designs)] {
			cell := "–"
			if c.MonthUSD != nil {
				cell = results.USD(*c.MonthUSD)
			}
			if c.Cheapest {
				cell += " *"
			}
			cells = append(cells, cell)
		}
		rows = append(rows, cells)
	}
	return rows
}

// Rate writes messages a second.
func Rate(v float64) string { return results.Quantity(v) + "/s" }
