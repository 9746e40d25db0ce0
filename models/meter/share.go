package meter

import "weir/sim"

// Share is what one component takes of a quota that an account's workloads have together.
type Share struct {
	Quota, Unit string
	User        string  // the component
	Limit       float64 // of all users together
	Used        float64 // mean
	Refused     float64 // requests refused because the quota was used up, by whomever
}

// Sharer is what takes of shared quotas.
type Sharer interface {
	Shares(now sim.Time, report func(Share))
}
