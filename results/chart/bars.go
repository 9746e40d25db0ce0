package chart

import (
	"gonum.org/v1/plot"
)

// Item is one line of a ledger or a bill.
type Item struct {
	Name  string
	Value float64
	Text  string // the value as it is written beside
	Bad   bool   // something that went wrong
}

// bars draws a bar for each item, the first on top, on an axis from 0.
func (f *Figure) bars(items []Item, longest int, end float64) error {
	names := make([]string, len(items))
	for i, it := range items {
		names[i] = it.Name
	}
	f.rows(names, longest, 24)
	for i, it := range items {
		y := float64(len(items) - 1 - i)
		b := &box{x1: it.Value, y0: y - 0.33, y1: y + 0.33, fill: fill{RGBA: colour(0)}, tip: it.Name + ": " + it.Text}
		if it.Value > 0 {
			b.least = 1.5 // or the few beside the many would not be seen
		}
		if it.Bad {
			b.fill = fill{RGBA: colour(1)}
		}
		l, err := label(it.Value, y, it.Text, 11.5, ink)
		if err != nil {
			return err
		}
		f.plot.Add(b, l)
	}
	f.plot.X.Min, f.plot.X.Max = 0, end
	return nil
}

// Ledger draws where the messages ended, as shares of all.
func Ledger(sender string, items []Item, whole float64) (*Figure, error) {
	f := newFigure("ledger", "Where the messages of "+sender+" ended",
		"Messages by where they ended or are at the end of the run, as shares of all, each with its count.")
	var shares []Item
	for _, it := range items {
		if it.Value > 0 {
			it.Value /= whole
			shares = append(shares, it)
		}
	}
	if err := f.bars(shares, 44, 1); err != nil {
		return nil, err
	}
	f.name("as meant, or under way", swatch{fill{RGBA: colour(0)}})
	f.name("gone wrong", swatch{fill{RGBA: colour(1)}})
	f.plot.X.Tick.Marker = ticks125{percent}
	f.plot.X.Label.Text = "share of the messages"
	return f, nil
}

// Cost draws a month's bill, line by line.
func Cost(items []Item, total string) (*Figure, error) {
	f := newFigure("cost", "Cost a month: "+total, "A month's bill at the load of the run, line by line, in USD, the dearest "+
		"first.")
	most := 0.01
	for _, it := range items {
		most = max(most, it.Value)
	}
	if err := f.bars(items, 72, most*1.02); err != nil {
		return nil, err
	}
	f.plot.X.Tick.Marker = plot.Ticker(ticks125{plain})
	f.plot.X.Label.Text = "USD a month"
	return f, nil
}
