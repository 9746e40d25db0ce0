// Package cost prices what a trial used, scaled to a month.
package cost

import (
	"fmt"

	"weir/models/aws"
)

// HoursPerMonth is the month of AWS's price examples and calculators.
const HoursPerMonth = 730

// Line is one line of a month's bill.
type Line struct {
	Component  string  `json:"component"`
	Item       string  `json:"item"`
	Quantity   float64 `json:"quantity"` // in a month
	Unit       string  `json:"unit"`
	USDPerUnit float64 `json:"usd_per_unit"` // on average over the tiers
	MonthUSD   float64 `json:"month_usd"`
	Source     string  `json:"source"`
	Date       string  `json:"date"`
	Grade      string  `json:"grade"`
	Problem    string  `json:"problem,omitempty"` // why the line has no price
}

// Bill is a month's bill.
type Bill struct {
	MonthUSD float64
	Lines    []Line
	Unpriced int // lines without a price: the total leaves them out
}

// Of prices usage lines of a window of the given hours, scaled to a month. Tiers and the free tier apply to the account:
// to the sum of an item over all components, whose cost is then shared by quantity.
func Of(usage []aws.Usage, prices *aws.PriceList, windowHours float64, freeTier bool) Bill {
	type key struct{ item, variant string }
	totals := map[key]float64{}
	for _, u := range usage {
		totals[key{u.Item, u.Variant}] += u.Quantity * HoursPerMonth / windowHours
	}
	var b Bill
	for _, u := range usage {
		month := u.Quantity * HoursPerMonth / windowHours
		item := u.Item
		if u.Variant != "" {
			item += "/" + u.Variant
		}
		line := Line{Component: u.Component, Item: item, Quantity: month}
		price, ok := prices.LookUp(u.Item, u.Variant)
		total := totals[key{u.Item, u.Variant}]
		line.Unit, line.Source, line.Date, line.Grade = price.Unit, price.Source, price.Date, price.Grade
		switch {
		case !ok && month > 0:
			line.Problem = fmt.Sprintf("no sourced price in %s", prices.Region)
			b.Unpriced++
		case month > 0:
			billed := total
			if freeTier {
				billed = max(0, total-price.Free)
			}
			line.MonthUSD = price.Cost(billed) * month / total
			line.USDPerUnit = line.MonthUSD / month
		}
		b.MonthUSD += line.MonthUSD
		b.Lines = append(b.Lines, line)
	}
	return b
}
