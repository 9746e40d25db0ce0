package report

import (
	"cmp"
	"fmt"
	"slices"

	"weir/results"
	"weir/results/chart"
	"weir/results/cost"
)

// ledgerLeast is from how many messages on a ledger is drawn: less is said by the table.
const ledgerLeast = 10

// ledgers draws the ledgers of those whose messages went wrong most often, if any went wrong.
func (d *drawings) ledgers() error {
	worst := most(d.s.Ledgers(), func(l results.NamedLedger) (bad float64) {
		for _, r := range l.Rows() {
			if r.Bad {
				bad += r.Messages.Value
			}
		}
		return bad
	})
	drawn := 0
	for _, l := range worst {
		whole := l.CarriedIn.Value + l.Sent.Value
		if whole < ledgerLeast {
			continue
		}
		var items []chart.Item
		wrong := false
		for _, r := range l.Rows() {
			wrong = wrong || r.Bad
			text := fmt.Sprintf("%s  (%.3g %%)", results.Quantity(r.Messages.Value), 100*r.Messages.Value/whole)
			items = append(items, chart.Item{Name: r.Name, Value: r.Messages.Value, Text: text, Bad: r.Bad})
		}
		if !wrong {
			continue
		}
		f, err := chart.Ledger(short(l.Name), items, whole)
		if err == nil {
			f.Name = numbered(f.Name, drawn)
			drawn++
		}
		if err := d.add(inLedger, f, err); err != nil {
			return err
		}
	}
	return nil
}

// costLeast is from which share of the bill on a line is drawn by itself.
const costLeast = 0.01

// bill draws a month's bill, the dearest line first and the small ones as one.
func (d *drawings) bill() error {
	lines := slices.Clone(d.s.Cost.Lines)
	slices.SortStableFunc(lines, func(a, b cost.Line) int { return cmp.Compare(b.MonthUSD, a.MonthUSD) })
	total := 0.0
	for _, l := range lines {
		total += l.MonthUSD
	}
	var items []chart.Item
	small, others := 0.0, 0
	for _, l := range lines {
		switch {
		case l.MonthUSD <= 0:
		case l.MonthUSD < costLeast*total:
			small, others = small+l.MonthUSD, others+1
		default:
			items = append(items, chart.Item{Name: short(l.Component) + ": " + itemName(l.Item), Value: l.MonthUSD,
				Text: results.USD(l.MonthUSD) + fmt.Sprintf("  (%.0f %%)", 100*l.MonthUSD/total)})
		}
	}
	if others > 0 {
		items = append(items, chart.Item{Name: fmt.Sprintf("others, below 1 %% each (%d lines)", others), Value: small,
			Text: results.USD(small)})
	}
	if len(items) == 0 {
		return nil
	}
	f, err := chart.Cost(items, d.s.Cost.Total())
	if err == nil && d.s.Cost.Unpriced > 0 {
		f.Notes = append(f.Notes, fmt.Sprintf("%d lines have no sourced price and are not in it.", d.s.Cost.Unpriced))
	}
	return d.add(inCost, f, err)
}
