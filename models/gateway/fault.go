package gateway

import "weir/sim"

// Throttle multiplies the rate of requests that the gateway takes: its own limit, or its account's where it has none.
// It returns false when it has neither.
func (g *Gateway) Throttle(now sim.Time, factor float64) bool {
	switch {
	case g.stage != nil:
		g.stage.Scale(now, factor)
	case g.account != nil:
		g.account.bucket.Scale(now, factor)
	default:
		return false
	}
	return true
}
