package breakeven

import (
	"fmt"
	"math"

	"weir/results/chart"
)

// The axes of the figures: rates by the tenth of a power of ten, sizes by half a power of two.
const (
	perDecade = 10
	perOctave = 2
)

func ladder(from, to, steps float64, base float64) (values []float64) {
	for k := 0.0; ; k++ {
		v := from * math.Pow(base, k/steps)
		if v > to*(1+accuracy) {
			return values
		}
		values = append(values, v)
	}
}

// Rates returns the rates of a whole surface, four to each power of ten.
func Rates() []float64 { return ladder(0.1, 100_000, 4, 10) }

// Figures draws which design is cheapest by rate and size, for each batch and number of consumers, and the break-evens
// by size.
func (a *Arithmetic) Figures(g Grid) (all []*chart.Figure, err error) {
	for _, batch := range g.Batches {
		for _, consumers := range g.Consumers {
			f, err := chart.Cheapest(a.heat(Load{Peak: g.Peak, Batch: batch, Consumers: consumers}))
			if err != nil {
				return nil, err
			}
			all = append(all, f)
		}
	}
	var curves []chart.BreakEvenCurve
	for _, batch := range g.Batches {
		for _, consumers := range g.Consumers {
			curves = append(curves, a.curve(Load{Peak: g.Peak, Batch: batch, Consumers: consumers}))
		}
	}
	f, err := chart.BreakEven("Rate from which on a provisioned stream costs less than queues"+ofPeak(g.Peak), curves)
	return append(all, f), err
}

// hues are the designs in the order of their colours: the grey, which is that of the strengths too, goes to one that is
// never the cheapest.
var hues = []*Design{Queues, FanOut, Stream, Advantage, OnDemand, Pushed, OnDemandPushed}

// heat computes the cells of one figure.
func (a *Arithmetic) heat(l Load) chart.CheapestMap {
	m := chart.CheapestMap{
		Name: fmt.Sprintf("cheapest_batch%d_consumers%d", l.Batch, l.Consumers),
		Title: fmt.Sprintf("Which costs least: %s, %s", plural(l.Batch, "message a call", "messages a call"),
			plural(l.Consumers, "consumer", "consumers")) + ofPeak(l.Peak),
		Rates: ladder(0.1, 100_000, perDecade, 10), Sizes: ladder(64, 1<<20, perOctave, 2),
	}
	numbers := map[*Design]int{}
	for i, d := range hues {
		numbers[d], m.Designs = i, append(m.Designs, d.Title)
	}
	for _, size := range m.Sizes {
		cells := make([]chart.Cell, len(m.Rates))
		for i, rate := range m.Rates {
			l.Size, l.Rate = int64(math.Round(size)), rate
			best, factor := a.advantageOf(l)
			cells[i] = chart.Cell{Design: -1}
			if best != nil {
				cells[i] = chart.Cell{Design: numbers[best], Factor: factor}
			}
		}
		m.Cells = append(m.Cells, cells)
	}
	return m
}

// ofPeak ends the title of a figure of a load that is not steady.
func ofPeak(peak float64) string {
	if peak == 1 {
		return ""
	}
	return fmt.Sprintf(", peak %g times", peak)
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// curve computes the break-even of the plainest designs by size.
func (a *Arithmetic) curve(l Load) chart.BreakEvenCurve {
	c := chart.BreakEvenCurve{Name: fmt.Sprintf("batch %d, %s", l.Batch, plural(l.Consumers, "consumer", "consumers"))}
	for _, size := range ladder(64, 1<<20, 8, 2) {
		l.Size = int64(math.Round(size))
		if rate, ok := a.BreakEven(Queues, Stream, l); ok {
			c.Sizes, c.Rates = append(c.Sizes, size), append(c.Rates, rate)
		}
	}
	return c
}
