// Package cost prices what a trial used, scaled to a month.
package cost

import (
	"strings"
	"sync"

	"weir/models/aws"
	"weir/sim"
)

// Options are how a bill is made.
type Options struct {
	FreeTier bool // whether the account's free units of each month are taken off
}

// Line is one line of a month's bill.
type Line struct {
	Component  string  `json:"component"`
	Item       string  `json:"item"` // with its variant: ec2.instance_hours/m5.large
	Quantity   float64 `json:"quantity"`
	Unit       string  `json:"unit"`
	USDPerUnit float64 `json:"usd_per_unit"` // on average over tiers and free units
	MonthUSD   float64 `json:"month_usd"`
	Source     string  `json:"source"`
	Date       string  `json:"date"`
	Grade      string  `json:"grade"`
	Problem    string  `json:"problem,omitempty"` // why the line has no price, or empty
}

// Units returns the unit of the quantity in the plural.
func (l *Line) Units() string {
	switch {
	case l.Unit == "", strings.HasSuffix(l.Unit, "GB"):
		return l.Unit
	case strings.HasSuffix(l.Unit, "y"):
		return strings.TrimSuffix(l.Unit, "y") + "ies"
	}
	return l.Unit + "s"
}

// Bill is a month's bill.
type Bill struct {
	Lines    []Line // in the order of the usage
	MonthUSD float64
	Unpriced int // lines with a problem: the sum leaves them out
}

// Of prices the usage of a window as if the month went on like it.
//
// AWS counts tiers and free units over the account. So the quantities of all components are added for each item, and
// the cost of the sum is shared by quantity: each component pays the account's average price. Free units are taken as
// the first of the first tier, whose quantities AWS counts from 0; items of one pool share them by quantity.
func Of(usage []aws.Usage, prices *aws.PriceList, window sim.Duration, o Options) Bill {
	a := account{prices: prices, free: o.FreeTier, month: map[item]float64{}, pools: map[string]float64{}}
	if window > 0 {
		a.scale = aws.HoursPerMonth * 3600 / window.Seconds()
	}
	for _, u := range usage {
		a.add(u)
	}
	var b Bill
	for _, u := range usage {
		line := a.line(u)
		if line.Problem != "" {
			b.Unpriced++
		}
		b.MonthUSD += line.MonthUSD
		b.Lines = append(b.Lines, line)
	}
	return b
}

// account is what the components use of each item together.
type account struct {
	prices *aws.PriceList
	free   bool
	scale  float64 // from the window to the month; 0 when the window is empty
	month  map[item]float64
	pools  map[string]float64 // of free units, by name: what its items sum up to
}

type item struct{ name, variant string }

func (i item) String() string {
	if i.variant == "" {
		return i.name
	}
	return i.name + "/" + i.variant
}

func (a *account) add(u aws.Usage) {
	if !(u.Quantity > 0) {
		return
	}
	quantity := float64(u.Quantity * a.scale)
	a.month[item{u.Item, u.Variant}] += quantity
	if p, ok := a.prices.LookUp(u.Item, u.Variant); ok && p.FreePool != "" {
		a.pools[p.FreePool] += quantity
	}
}

func (a *account) line(u aws.Usage) Line {
	i := item{u.Item, u.Variant}
	line := Line{Component: u.Component, Item: i.String()}
	p, known := a.prices.LookUp(u.Item, u.Variant)
	switch {
	case !(u.Quantity >= 0):
		line.Problem = "the quantity is not a number from 0"
	case u.Quantity == 0:
		line.Unit, line.Source, line.Date, line.Grade = p.Unit, p.Source, p.Date, p.Grade
	case a.scale == 0:
		line.Problem = "the window is empty: there is nothing to scale to a month"
	case !known:
		line.Quantity = float64(u.Quantity * a.scale)
		line.Unit = unitOf(u.Item)
		line.Problem = "there is no sourced price of " + i.String() + " in " + a.prices.Region
	default:
		line.Unit, line.Source, line.Date, line.Grade = p.Unit, p.Source, p.Date, p.Grade
		line.Quantity = float64(u.Quantity * a.scale)
		line.USDPerUnit = a.average(p, a.month[i])
		line.MonthUSD = float64(line.USDPerUnit * line.Quantity)
	}
	return line
}

// average returns what a unit costs the account when it uses the given number of them.
func (a *account) average(p aws.Price, total float64) float64 {
	free := 0.0
	if a.free {
		free = p.Free
		if p.FreePool != "" {
			free = p.Free * (total / a.pools[p.FreePool])
		}
		free = min(free, total)
	}
	return (p.Cost(total) - p.Cost(free)) / total
}

// units are what unitOf has looked up: price lists are read for each, and a surface of bills asks a thousand times.
var units sync.Map

// unitOf returns the unit that an item without a price in a region is billed in elsewhere.
func unitOf(item string) string {
	if unit, ok := units.Load(item); ok {
		return unit.(string)
	}
	unit := aws.UnitOf(item)
	units.Store(item, unit)
	return unit
}
