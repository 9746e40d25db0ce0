package breakeven

import (
	"fmt"
	"math"

	"weir/models/aws"
	"weir/models/spec"
	"weir/results/cost"
	"weir/sim"
)

// Load is a month of messages.
type Load struct {
	Rate      float64 // messages a second on average
	Peak      float64 // how many times as many come in the busiest second: what shards must bear; at least 1
	Size      int64   // bytes of a message, with its attributes or its partition key
	Batch     int     // messages of a call, as far as AWS allows so many
	Consumers int     // applications, each of which gets every message
}

// month is the month of AWS's calculators.
const month = sim.Duration(aws.HoursPerMonth) * sim.Hour

func (l *Load) messages() float64 { return float64(l.Rate * month.Seconds()) }

// constants are what the arithmetic needs of a profile.
type constants struct {
	SQSMessageMax spec.Size `aws:"sqs.message_size_max"`
	SQSBatchMax   int64     `aws:"sqs.batch_size_max"`
	SQSBatchBytes spec.Size `aws:"sqs.batch_bytes_max"`
	SNSMessageMax spec.Size `aws:"sns.message_size_max"` // of a batch, too
	SNSBatchMax   int64     `aws:"sns.batch_size_max"`

	RecordMax    spec.Size `aws:"kinesis.record_max"`
	PutMax       int64     `aws:"kinesis.put_records_max"`
	PutRounding  spec.Size `aws:"kinesis.put_rounding"`
	WriteRecords spec.Rate `aws:"kinesis.shard.write_records"`
	WriteBytes   spec.Size `aws:"kinesis.shard.write_bytes"`
	ReadRecords  spec.Rate `aws:"kinesis.shard.read_records"`
	ReadBytes    spec.Size `aws:"kinesis.shard.read_bytes"`

	OnDemand         bool      `aws:"kinesis.on_demand.available"`
	Advantage        bool      `aws:"kinesis.advantage.available"`
	AdvantageMinimum spec.Size `aws:"kinesis.advantage.minimum_bytes"`
	PushedMax        int64     `aws:"kinesis.efo.consumers_max"`
	PutUnit          spec.Size `aws:"kinesis.billing.put_unit"`
	OnDemandRounding spec.Size `aws:"kinesis.billing.on_demand_rounding"`
}

// Arithmetic prices loads by one profile and one region's price list.
type Arithmetic struct {
	Region  string
	profile string
	limit   constants
	prices  *aws.PriceList
	options cost.Options
}

// New returns the arithmetic of a region. The error names what there is, or what has no sourced price there.
func New(profile, region string, options cost.Options) (*Arithmetic, error) {
	p, err := aws.Load(profile)
	if err != nil {
		return nil, err
	}
	prices, err := aws.LoadPrices(region)
	if err != nil {
		return nil, err
	}
	if p, err = p.In(region); err != nil {
		return nil, err
	}
	a := &Arithmetic{Region: region, profile: profile, prices: prices, options: options}
	p.Fill(&a.limit)
	least := Load{Rate: 1, Peak: 1, Size: 1, Batch: 1, Consumers: 1}
	for _, d := range []*Design{Queues, Stream} {
		for _, line := range a.Bill(d, least).Lines {
			if line.Problem != "" {
				return nil, fmt.Errorf("%s: there is nothing to compare in this region", line.Problem)
			}
		}
	}
	return a, nil
}

// Bill returns the bill of a month, without a line when the design cannot bear the load.
func (a *Arithmetic) Bill(d *Design, l Load) cost.Bill {
	return cost.Of(d.usage(&a.limit, &l), a.prices, month, a.options)
}

// Month returns what a month costs, in USD, or NaN when the design cannot bear the load or has no sourced price.
func (a *Arithmetic) Month(d *Design, l Load) float64 {
	b := a.Bill(d, l)
	if len(b.Lines) == 0 || b.Unpriced > 0 {
		return math.NaN()
	}
	return b.MonthUSD
}

// Shards returns how many shards a provisioned stream needs for a load that its applications read together.
func (a *Arithmetic) Shards(l Load) int { return int(a.limit.shards(&l, l.Consumers)) }

// The rates between which a break-even is looked for, and by what factor.
const (
	rateMin  = 1e-3
	rateMax  = 1e7
	rateStep = 1.1
	accuracy = 1e-9
)

// BreakEven returns the lowest rate above which the first design costs more than the second, everything else as in the
// load, or false when there is none. Shards come one by one, so that the second may be the dearer again for a while
// above it.
func (a *Arithmetic) BreakEven(first, second *Design, l Load) (rate float64, ok bool) {
	dearer := func(rate float64) bool {
		l.Rate = rate
		return a.Month(first, l) > a.Month(second, l)
	}
	l.Rate = rateMin
	if a.unpriced(first, l) || a.unpriced(second, l) {
		return 0, false // whatever the rate
	}
	low := rateMin
	for high := low; high <= rateMax; high *= rateStep {
		if !dearer(high) {
			low = high
			continue
		}
		if high == rateMin {
			return 0, true
		}
		for high/low > 1+accuracy { // bisection, of the logarithm
			if middle := math.Sqrt(low * high); dearer(middle) {
				high = middle
			} else {
				low = middle
			}
		}
		return high, true
	}
	return 0, false
}

// unpriced reports whether a design's bill has a line without a price in the region.
func (a *Arithmetic) unpriced(d *Design, l Load) bool { return a.Bill(d, l).Unpriced > 0 }
