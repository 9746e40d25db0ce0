package aws

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// HoursPerMonth is the month of AWS's price examples and calculators.
const HoursPerMonth = 730

// GB is the gigabyte of AWS's bills, in bytes.
const GB = 1 << 30

// Usage is one metered quantity of a component, by the price list's item and variant.
type Usage struct {
	Component string
	Item      string // such as ec2.instance_hours
	Variant   string // such as m5.large, or empty
	Quantity  float64
}

// requestChunkBytes is the payload of one billed request. AWS: each 64 KB chunk of a payload is billed as one request;
// an API action with a 256 KB payload is billed as four (SQS FAQ).
const requestChunkBytes = 64 << 10

// BilledRequests returns how many requests a call of SQS with the given payload is billed as: at least one. The queue
// meters its calls by it, the payload of a batch being that of its messages together, so that usage lines and price
// lists know only billed requests.
func BilledRequests(payloadBytes int64) int64 {
	return max(1, (payloadBytes+requestChunkBytes-1)/requestChunkBytes)
}

// Price is what one item of a price list costs, and where that is known from.
type Price struct {
	Unit     string
	Per      float64 // the prices are for this many units
	Tiers    []Tier
	Free     float64 // units that are free each month
	FreePool string  // items of one pool share the free units; empty: the item has them alone
	Source   string
	Date     string
	Grade    string
	Note     string
}

// Tier is one step of a price over the account's month.
type Tier struct {
	UpTo float64 `yaml:"up_to"` // the quantity at which it ends; 0: without end
	USD  float64 `yaml:"usd"`
}

// Cost returns what the quantity costs, in USD, when the account has used nothing of the item yet this month.
func (p Price) Cost(quantity float64) (usd float64) {
	from := 0.0
	for _, t := range p.Tiers {
		to := t.UpTo
		if to == 0 {
			to = math.Inf(1)
		}
		if quantity > from {
			part := (min(quantity, to) - from) / p.Per
			usd += float64(part * t.USD)
		}
		from = to
	}
	return usd
}

// PriceList is the prices of one region.
type PriceList struct {
	Region string
	items  map[string]priceItem
}

type priceItem struct {
	Unit string  `yaml:"unit"`
	Per  float64 `yaml:"per"` // 1 unless given
	Free struct {
		Quantity float64 `yaml:"quantity"`
		Pool     string  `yaml:"pool"`
	} `yaml:"free"`
	As    string `yaml:"as"` // the item whose prices these are
	Rates []rate `yaml:"rates"`
}

// rate is prices that share a source: the tiers of an item, or the price of each of its variants.
type rate struct {
	Source   string             `yaml:"source"`
	Date     string             `yaml:"date"`
	Grade    string             `yaml:"grade"`
	Note     string             `yaml:"note"`
	Tiers    []Tier             `yaml:"tiers"`
	Variants map[string]float64 `yaml:"variants"`
}

const priceFolder = "data/prices"

// Regions returns the regions that have a price list, in alphabetical order.
func Regions() (regions []string) {
	found, _ := files.ReadDir(priceFolder)
	for _, f := range found {
		regions = append(regions, strings.TrimSuffix(f.Name(), ".yaml"))
	}
	return regions
}

// LoadPrices returns the price list of a region. The error names the regions that have one.
func LoadPrices(region string) (*PriceList, error) {
	regions := Regions()
	if !slices.Contains(regions, region) {
		return nil, fmt.Errorf("there are no sourced prices of region %q: there are some of %s%s", region,
			strings.Join(regions, ", "), didYouMean(region, regions))
	}
	l := &PriceList{Region: region}
	if err := decodeFile(priceFolder+"/"+region+".yaml", &l.items); err != nil {
		return nil, err
	}
	return l, nil
}

// Each reports the prices of all items and variants, in no order.
func (l *PriceList) Each(report func(item, variant string, p Price)) {
	for item, i := range l.items {
		variants := map[string]bool{}
		for _, r := range i.Rates {
			for v := range r.Variants {
				variants[v] = true
			}
			if len(r.Tiers) > 0 {
				variants[""] = true
			}
		}
		for v := range variants {
			if p, ok := l.LookUp(item, v); ok {
				report(item, v, p)
			}
		}
	}
}

// ScenarioUSD is the item of what a scenario prices by itself: its quantity is USD.
const ScenarioUSD = "scenario.usd"

// LookUp returns the price of an item's variant, and false when the list has none. An item without variants takes the
// empty variant.
func (l *PriceList) LookUp(item, variant string) (Price, bool) {
	if item == ScenarioUSD {
		return Price{Unit: "USD", Per: 1, Tiers: []Tier{{USD: 1}}, Source: "the scenario", Grade: "P"}, true
	}
	i, ok := l.items[item]
	if !ok {
		return Price{}, false
	}
	if i.As != "" {
		of, share, discounted := strings.Cut(variant, "@")
		p, ok := l.LookUp(i.As, of)
		if p.Unit = i.Unit; ok && discounted {
			return p.at(share)
		}
		return p, ok
	}
	p := Price{Unit: i.Unit, Per: max(i.Per, 1), Free: i.Free.Quantity, FreePool: i.Free.Pool}
	for _, r := range i.Rates {
		p.Source, p.Date, p.Grade, p.Note = r.Source, r.Date, r.Grade, r.Note
		if usd, found := r.Variants[variant]; found {
			p.Tiers = []Tier{{USD: usd}}
			return p, true
		}
		if variant == "" && len(r.Tiers) > 0 {
			p.Tiers = r.Tiers
			return p, true
		}
	}
	return Price{}, false
}

// at returns a price of which only a share is paid, such as 0.3, and whether the share is one.
func (p Price) at(share string) (Price, bool) {
	factor, err := strconv.ParseFloat(share, 64)
	if err != nil || !(factor >= 0 && factor <= 1) {
		return Price{}, false
	}
	p.Tiers = slices.Clone(p.Tiers)
	for i := range p.Tiers {
		p.Tiers[i].USD = float64(p.Tiers[i].USD * factor)
	}
	return p, true
}

// At names the variant of an item of which a share of the price is paid.
func At(variant string, share float64) string {
	return variant + "@" + strconv.FormatFloat(share, 'g', 6, 64)
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// UnitOf returns the unit that an item is billed in, from whichever price list knows it, or nothing.
func UnitOf(item string) string {
	for _, region := range Regions() {
		if l, err := LoadPrices(region); err == nil {
			if unit := l.items[item].Unit; unit != "" {
				return unit
			}
		}
	}
	return ""
}
