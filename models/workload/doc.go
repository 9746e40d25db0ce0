// Package workload is what producers have to send and when: arrival processes, recorded traces, and the distributions
// of size, key and poison. It only yields instants and properties; package sdk's producer turns them into messages.
//
// # What is modelled
//
// Open processes, whose arrivals do not depend on the design: evenly spaced (constant), Poisson, renewal with any
// gap, on-off, Markov-modulated Poisson (MMPP), a rate that varies in time (spike, ramp, diurnal, piecewise),
// recorded traces, and several messages at each arrival of any of these (together). A closed loop has a fixed number
// of clients instead, each of which thinks after every answer.
//
//	constant   one gap, two gaps, … after the start
//	poisson    independent exponential gaps
//	renewal    independent gaps of any distribution; the first arrival comes one gap after the start
//	on_off     Poisson in each state; begins with an on-time
//	mmpp       Poisson at the rate of the present state, stays exponential, the next state any of the others alike;
//	           begins in equilibrium
//	spike, ramp, diurnal, piecewise
//	           a non-homogeneous Poisson process, exact by thinning; with spacing even, the k-th arrival comes when the
//	           rate has brought k messages
//	trace      timestamps: each message at its instant; counts: n messages in an interval from s arrive at s + k/n of the
//	           interval, k from 0 (even), at random instants (uniform), or as a Poisson process of that rate (poisson)
//
// Instants inside arrivals count from the producer's start; stop and the run's end cut them off.
//
// A trace can be scaled in rate and in time. Counts carry what a scaled count leaves of a message into the next
// interval, so the total stays within one message of exact; spacing poisson scales the rate and carries nothing. A
// timestamp turns into as many messages at the same instant as the scale has wholes, and into one more with the
// probability that is left: below 1 this is thinning, above 1 it makes bursts larger, not more frequent (for that,
// use time_scale).
//
// # What is not
//
// Arrivals that react to the design, other than a closed loop: users who give up, retries by hand. MMPP with unequal
// ways from state to state. Self-similar traffic, other than by a trace or by heavy-tailed on-times. Correlation
// between a message's size, key and instant, other than sizes recorded with timestamps.
//
// # Facts
//
// AWS has no say in what arrives. Lewis and Shedler's thinning is in Naval Research Logistics Quarterly 26(3), 1979;
// the index of dispersion of a two-state MMPP that the tests use is in Heffes and Lucantoni, IEEE Journal on Selected
// Areas in Communications 4(6), 1986.
//
// # Statistics
//
// None: the producer counts what it sends. [Spec.Expected] tells how many messages a span of the run should bring,
// for charts of the load and for the size of a run.
//
// # Example
//
//	producers:
//	  checkout:
//	    to: queues.orders
//	    arrivals: {spike: {base: 200/s, peak: 2000/s, at: 30m, for: 5m}}
//	    size: {lognormal: {p50: 2KiB, p99: 40KiB}}
//	    key: {hot: {keys: 5000, named: {acme: 20%}}}
//	    poison: 0.01%
package workload
