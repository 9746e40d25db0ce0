package kinesis

import (
	"weir/models/aws"
	"weir/models/meter"
	"weir/sim"
)

// Account is what all streams of an account with On-demand Advantage are billed together: what is missing from a least
// number of bytes a second, in and out (AWS Big Data Blog, 9 March 2026: "minimum 25 MiB/s of data ingest and 25 MiB/s
// of data retrieval").
type Account struct {
	limit   *Limits
	streams []*Stream
	window  sim.Time
}

// NewAccount returns an account without streams.
func NewAccount(limit *Limits) *Account { return &Account{limit: limit} }

// Add adds a stream of the account.
func (a *Account) Add(st *Stream) { a.streams = append(a.streams, st) }

// Name returns "account/kinesis".
func (a *Account) Name() string { return "account/kinesis" }

// Kind returns "kinesis.account".
func (a *Account) Kind() string { return "kinesis.account" }

// Reset begins the window of observation.
func (a *Account) Reset(now sim.Time) { a.window = now }

// Figures reports what is billed of the minimum.
func (a *Account) Figures(now sim.Time, report func(name, unit string, value float64)) {
	in, out := a.missing(now)
	report("minimum_in_missing", "GB", in)
	report("minimum_out_missing", "GB", out)
}

// Curves declares nothing.
func (a *Account) Curves(func(meter.Curve)) {}

// missing returns the gigabytes in and out by which the streams stay below the minimum.
func (a *Account) missing(now sim.Time) (in, out float64) {
	least := float64(float64(a.limit.AdvantageMinimum) * now.Sub(a.window).Seconds())
	for _, st := range a.streams { // what a stream took while it was provisioned is billed otherwise
		st.book(now)
		use := &st.bill.onDemand.use
		in += use.rounded
		out += use.read + use.pushed
	}
	return max(least-in, 0) / aws.GB, max(least-out, 0) / aws.GB
}

// Usage reports what is missing from the minimum, at the prices of what there is.
func (a *Account) Usage(now sim.Time, report func(item, variant string, quantity float64)) {
	in, out := a.missing(now)
	report("kinesis.advantage.in_gb", "", in)
	report("kinesis.advantage.out_gb", "", out)
}

var _ meter.Component = (*Account)(nil)
