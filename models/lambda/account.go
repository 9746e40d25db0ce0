package lambda

import (
	"weir/models/meter"
	"weir/models/quota"
	"weir/sim"
	"weir/sim/measure"
)

// Account is what the functions of a design share: the concurrency of their account, its rate of requests and, until
// November 2023, the burst of new environments.
type Account struct {
	Concurrent measure.Level   // executions under way
	Throttled  measure.Counter // requests refused for want of what all share

	eng        *sim.Engine
	limit      *Limits
	functions  []*Function
	unreserved int64 // executions that functions without reservation may have
	inUse      int64 // by them, provisioned ones aside
	requests   quota.Bucket
	burst      quota.Bucket
}

// NewAccount returns an account without functions.
func NewAccount(eng *sim.Engine, limit *Limits) *Account {
	return &Account{
		eng: eng, limit: limit, unreserved: limit.Concurrent, burst: newBurst(limit),
		requests: quota.NewBucket(min(float64(limit.RequestRate*float64(limit.Concurrent)), maxRate), sim.Second),
	}
}

// maxRate is a rate that stands for none, still a number that can be worked with.
const maxRate = 1e18

// newBurst returns a full pool of new environments.
func newBurst(limit *Limits) quota.Bucket {
	rate := min(limit.BurstRate.PerSecond(), maxRate)
	return quota.NewBucket(rate, sim.Seconds(min(float64(limit.Burst)/max(rate, 1e-9), 1e9)))
}

// add makes a function one of the account's.
func (a *Account) add(f *Function) {
	a.functions = append(a.functions, f)
	if r := f.spec.ReservedConcurrency; r != nil {
		a.unreserved -= int64(*r)
	}
}

// Limits returns the constants of Lambda.
func (a *Account) Limits() *Limits { return a.limit }

// Unreserved returns the concurrency that no function has reserved.
func (a *Account) Unreserved() int64 { return a.unreserved }

// Name returns "lambda".
func (a *Account) Name() string { return "lambda" }

// Kind returns "lambda.account".
func (a *Account) Kind() string { return "lambda.account" }

// Reset begins the window of observation. The level keeps its present value.
func (a *Account) Reset(now sim.Time) {
	a.Concurrent.Reset(now)
	a.Throttled = measure.Counter{}
}

// Figures reports the account's figures of the window.
func (a *Account) Figures(now sim.Time, report func(name, unit string, value float64)) {
	report("concurrent_executions_mean", "executions", a.Concurrent.Mean(now))
	report("concurrent_executions_max", "executions", float64(a.Concurrent.Max()))
	if a.limit.Concurrent < 1<<62 {
		report("concurrent_executions_limit", "executions", float64(a.limit.Concurrent))
		report("unreserved_limit", "executions", float64(a.unreserved))
	}
	report("throttles", "requests", float64(a.Throttled.Value()))
}

// Curves declares the account's quantities over time.
func (a *Account) Curves(declare func(meter.Curve)) {
	declare(meter.Curve{Name: "concurrent", Unit: "executions", Kind: meter.Mean, Read: a.Concurrent.Integral})
}

// Shares reports what a function without reservation takes of the account's concurrency.
func (f *Function) Shares(now sim.Time, report func(meter.Share)) {
	a := f.account
	if f.spec.ReservedConcurrency != nil || a.limit.Concurrent >= 1<<62 {
		return
	}
	report(meter.Share{
		Quota: "lambda concurrency", Unit: "executions", User: f.name, Limit: float64(a.unreserved),
		Used: f.Concurrent.Mean(now) - f.ProvisionedBusy.Mean(now), Refused: float64(f.Crowded.Value()),
	})
}

// crowdedOut counts a request that was refused for want of what all functions share.
func (f *Function) crowdedOut() {
	f.account.Throttled.Inc()
	f.Crowded.Inc()
}

// Usage reports nothing: the functions are billed.
func (a *Account) Usage(sim.Time, func(item, variant string, quantity float64)) {}
