package experiments

import "fmt"

// writeCallees writes a service, a cache and a table that work may call.
func (g *generator) writeCallees() {
	if g.callees = g.chance(0.5); !g.callees {
		return
	}
	g.line("services:")
	g.line("  pay: {time: %s, concurrency: %d, error: %s%s%s}", g.lengths(40), 1+g.IntN(3), g.pick("0%", "20%"),
		g.maybe(0.4, ", max_waiting: 2"), g.maybe(0.3, ", rate_limit: 20/s, burst_limit: 3"))
	g.line("caches:")
	g.line("  c: {nodes: %d, hit_share: %s, command_time: %s}", 1+g.IntN(3), g.pick("0%", "50%", "100%"), g.lengths(10))
}

// callShare writes how much of a query computes, and a proxy, or nothing.
func (g *generator) callShare() string {
	return g.maybe(0.3, fmt.Sprintf(", cpu_share: %d%%", g.IntN(101))) +
		g.maybe(0.3, fmt.Sprintf(", proxy: {connection_borrow_timeout: 1s, pinned: %s}", g.pick("0%", "50%", "100%")))
}

// calleeCalls writes the to what writeCallees wrote, one a line.
func (g *generator) calleeCalls() (lines []string) {
	if !g.callees || g.chance(0.4) {
		return nil
	}
	lines = append(lines, fmt.Sprintf("{to: services.pay%s}", g.policy()))
	miss := ""
	if len(g.calls) > 0 && g.chance(0.5) {
		miss = fmt.Sprintf(", miss: {to: databases.%s, time: %s%s}", g.pick(g.calls...), g.lengths(20),
			g.maybe(0.5, ", timeout: 30ms"))
	}
	return append(lines, fmt.Sprintf("{to: caches.c%s%s}", miss, g.policy()))
}

// policy writes how a call is made, with a comma before it, or nothing.
func (g *generator) policy() string {
	if !g.callees {
		return ""
	}
	return g.maybe(0.5, ", timeout: "+g.pick("1ms", "20ms", "200ms")) +
		g.maybe(0.4, fmt.Sprintf(", retry: {max_attempts: %d, base_delay: %s, jitter: %s, token_bucket: %s}", 1+g.IntN(4),
			g.pick("1ms", "30ms"), g.pick("full", "equal", "none"), g.pick("true", "false"))) +
		g.maybe(0.3, ", circuit_breaker: {minimum_calls: 3, open_for: 100ms, probes: 2}") +
		g.maybe(0.2, ", max_concurrent: 1") + g.maybe(0.3, ", optional: true")
}
