package aws

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"weir/models/spec"
)

// Usage is one metered quantity of a component, by the price list's item and variant.
type Usage struct {
	Component string
	Item      string
	Variant   string
	Quantity  float64
}

// requestChunkBytes is what one billed SQS or SNS request holds. AWS: each 64 KB chunk of a payload is billed as one
// request (SQS FAQ; a payload of 256 KB is 4 requests).
const requestChunkBytes = 64 << 10

// BilledRequests returns how many requests a call with the given payload is billed as: at least one.
func BilledRequests(payloadBytes int64) int64 {
	return max(1, (payloadBytes+requestChunkBytes-1)/requestChunkBytes)
}

// Price is one item of a price list.
type Price struct {
	Unit     string             `yaml:"unit"`
	Tiers    []Tier             `yaml:"tiers"`
	Variants map[string]float64 `yaml:"variants"`
	Free     float64            `yaml:"free"`
	Source   string             `yaml:"source"`
	Date     string             `yaml:"date"`
	Grade    string             `yaml:"grade"`
	Note     string             `yaml:"note"`
}

// Tier is one step of a price over the account's month.
type Tier struct {
	UpTo float64 `yaml:"up_to"` // 0: without end
	USD  float64 `yaml:"usd"`
}

// PriceList is the prices of one region.
type PriceList struct {
	Region string
	items  map[string]Price
}

// LoadPrices returns the price list of a region. The error names the regions that have one.
func LoadPrices(region string) (*PriceList, error) {
	data, err := files.ReadFile("data/prices.yaml")
	if err != nil {
		return nil, err
	}
	var all map[string]map[string]Price
	if err := yaml.Unmarshal(data, &all); err != nil {
		return nil, err
	}
	if _, ok := all[region]; !ok {
		regions := slices.Sorted(maps.Keys(all))
		hint := ""
		if s := spec.Suggest(region, regions); s != "" {
			hint = "; did you mean " + s + "?"
		}
		return nil, fmt.Errorf("no sourced prices of region %q: there are %s%s", region, strings.Join(regions, ", "), hint)
	}
	return &PriceList{region, all[region]}, nil
}

// LookUp returns the price of an item, and false when the list has none.
func (l *PriceList) LookUp(item, variant string) (Price, bool) {
	p, ok := l.items[item]
	if !ok || len(p.Variants) == 0 {
		return p, ok
	}
	usd, ok := p.Variants[variant]
	p.Tiers = []Tier{{USD: usd}}
	return p, ok
}

// Cost returns what the account's monthly quantity costs, in USD.
func (p Price) Cost(quantity float64) (usd float64) {
	from := 0.0
	for _, t := range p.Tiers {
		to := t.UpTo
		if to == 0 {
			to = math.Inf(1)
		}
		if quantity > from {
			usd += (min(quantity, to) - from) * t.USD
		}
		from = to
	}
	return usd
}
