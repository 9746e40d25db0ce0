package experiments

import (
	"sync"

	"weir/models/aws"
)

// profiles are those that have been read, by name: their files are long, and each override of a scenario asks for one.
var profiles sync.Map

// loadProfile returns a profile of its own for who asks.
func loadProfile(name string) (*aws.Profile, error) {
	if p, ok := profiles.Load(name); ok {
		return p.(*aws.Profile).Clone(), nil
	}
	p, err := aws.Load(name)
	if err != nil {
		return nil, err
	}
	profiles.Store(name, p)
	return p.Clone(), nil
}

// priceLists are those that have been read, by region: nothing changes one.
var priceLists sync.Map

// loadPrices returns the price list of a region.
func loadPrices(region string) (*aws.PriceList, error) {
	if l, ok := priceLists.Load(region); ok {
		return l.(*aws.PriceList), nil
	}
	l, err := aws.LoadPrices(region)
	if err != nil {
		return nil, err
	}
	priceLists.Store(region, l)
	return l, nil
}
