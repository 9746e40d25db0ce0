package gateway

import "weir/sim"

// Limited reports whether there is a limit to the rate of requests that the gateway takes.
func (g *Gateway) Limited() bool { return g.stage != nil || g.account != nil }

// Throttle multiplies that limit: its own, or its account's where it has none.
func (g *Gateway) Throttle(now sim.Time, factor float64) {
	switch {
	case g.stage != nil:
		g.stage.Scale(now, factor)
	case g.account != nil:
		g.account.bucket.Scale(now, factor)
	}
}
