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

// prices are the price lists that have been read, by region: nobody changes one.
var prices sync.Map

// loadPrices returns the price list of a region.
func loadPrices(region string) (*aws.PriceList, error) {
	if p, ok := prices.Load(region); ok {
		return p.(*aws.PriceList), nil
	}
	p, err := aws.LoadPrices(region)
	if err != nil {
		return nil, err
	}
	prices.Store(region, p)
	return p, nil
}
