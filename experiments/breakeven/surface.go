package breakeven

import (
	"math"
	"slices"
)

// Grid is the loads that are compared: every combination.
type Grid struct {
	Rates     []float64
	Sizes     []int64
	Batches   []int
	Consumers []int
	Peak      float64
}

// Surface is what the loads of a grid cost, and where the designs break even.
type Surface struct {
	Region   string  `json:"region"`
	Profile  string  `json:"profile"`
	FreeTier bool    `json:"free_tier"`
	Peak     float64 `json:"peak"`
	Evens    []Even  `json:"break_even"`
	Costs    []Cost  `json:"costs"`
}

// Even is the rate from which on the first design costs more than the second.
type Even struct {
	SizeBytes int64    `json:"size_bytes"`
	Batch     int      `json:"batch"`
	Consumers int      `json:"consumers"`
	From      string   `json:"from"`
	To        string   `json:"to"`
	Rate      *float64 `json:"rate_per_s"` // nil: there is none
}

// Cost is a month's bill of one design at one load.
type Cost struct {
	Rate      float64  `json:"rate_per_s"`
	SizeBytes int64    `json:"size_bytes"`
	Batch     int      `json:"batch"`
	Consumers int      `json:"consumers"`
	Design    string   `json:"design"`
	Shards    int      `json:"shards"`    // of the provisioned streams, or 0
	MonthUSD  *float64 `json:"month_usd"` // nil: the design cannot bear the load
	Cheapest  bool     `json:"cheapest"`
}

// evens are the pairs of designs whose break-even is told.
var evens = []struct{ from, to *Design }{{Queues, Stream}, {FanOut, Stream}, {Queues, OnDemand}, {Queues, Advantage}}

// Compare computes the surface of a grid.
func (a *Arithmetic) Compare(g Grid) *Surface {
	s := &Surface{Region: a.Region, Profile: a.profile, FreeTier: a.options.FreeTier, Peak: g.Peak}
	for _, size := range g.Sizes {
		for _, batch := range g.Batches {
			for _, consumers := range g.Consumers {
				l := Load{Peak: g.Peak, Size: size, Batch: batch, Consumers: consumers}
				for _, pair := range evens {
					e := Even{SizeBytes: size, Batch: batch, Consumers: consumers, From: pair.from.Name, To: pair.to.Name}
					if rate, ok := a.BreakEven(pair.from, pair.to, l); ok {
						e.Rate = &rate
					}
					s.Evens = append(s.Evens, e)
				}
				for _, l.Rate = range g.Rates {
					s.Costs = append(s.Costs, a.costs(l)...)
				}
			}
		}
	}
	return s
}

// costs returns what a load costs through each design.
func (a *Arithmetic) costs(l Load) (all []Cost) {
	best, _ := a.Cheapest(l, Designs)
	for _, d := range Designs {
		c := Cost{
			Rate: l.Rate, SizeBytes: l.Size, Batch: l.Batch, Consumers: l.Consumers, Design: d.Name, Cheapest: d == best,
		}
		if usd := a.Month(d, l); !math.IsNaN(usd) {
			c.MonthUSD = &usd
			c.Shards = a.shardsOf(d, &l)
		}
		all = append(all, c)
	}
	return all
}

// shardsOf returns how many shards a design is billed for.
func (a *Arithmetic) shardsOf(d *Design, l *Load) int {
	switch d {
	case Stream:
		return int(a.limit.shards(l, l.Consumers))
	case Pushed:
		return int(a.limit.shards(l, 0))
	}
	return 0
}

// Cheapest returns the design that costs least of some, the earlier of equals, and what it costs; nil when none of them
// can bear the load.
func (a *Arithmetic) Cheapest(l Load, of []*Design) (best *Design, usd float64) {
	for _, d := range of {
		if c := a.Month(d, l); !math.IsNaN(c) && (best == nil || c < usd) {
			best, usd = d, c
		}
	}
	return best, usd
}

// advantageOf returns the cheapest design, and how many times as much the cheapest of the other service costs; infinite
// when that has none.
func (a *Arithmetic) advantageOf(l Load) (best *Design, factor float64) {
	best, usd := a.Cheapest(l, Designs)
	if best == nil {
		return nil, 0
	}
	others := slices.DeleteFunc(slices.Clone(Designs), func(d *Design) bool { return d.Service == best.Service })
	other, more := a.Cheapest(l, others)
	if other == nil {
		return best, math.Inf(1)
	}
	return best, more / usd
}
