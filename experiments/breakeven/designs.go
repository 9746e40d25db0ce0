package breakeven

import (
	"math"

	"weir/models/aws"
)

// Design is a way of getting every message to every application.
type Design struct {
	Name    string // in tables
	Title   string // in figures
	Service Service
	// usage returns what a month of a load uses, or nothing when the design cannot bear it.
	usage func(c *constants, l *Load) []aws.Usage
}

// Service is what the messages go through: a queue deletes them, a stream keeps them.
type Service string

// The services.
const (
	SQS     Service = "SQS"
	Kinesis Service = "Kinesis"
)

// The designs.
var (
	Queues = &Design{"sqs", "SQS, a queue for each", SQS, queues}
	FanOut = &Design{"sns_sqs", "SNS to SQS queues", SQS, fanOut}
	Stream = &Design{"kinesis", "Kinesis, provisioned", Kinesis, provisioned}
	Pushed = &Design{"kinesis_efo", "Kinesis, enhanced fan-out", Kinesis, pushed}

	OnDemand       = &Design{"kinesis_on_demand", "Kinesis on demand", Kinesis, onDemand}
	OnDemandPushed = &Design{"kinesis_on_demand_efo", "on demand, fan-out", Kinesis, onDemandPushed}
	Advantage      = &Design{"kinesis_advantage", "On-demand Advantage", Kinesis, advantage}
)

// Designs are all designs; those of a service with the plainest first.
var Designs = []*Design{Queues, FanOut, Stream, Pushed, OnDemand, OnDemandPushed, Advantage}

// used is a quantity of an item of the price list.
func used(item string, quantity float64) aws.Usage { return aws.Usage{Item: item, Quantity: quantity} }

// perCall returns how many messages a call holds: no more than are allowed, nor than fit in.
func (l *Load) perCall(most, bytes int64) float64 {
	return float64(max(1, min(int64(l.Batch), most, bytes/l.Size)))
}

// billed returns what a call with so many messages is billed as.
func (l *Load) billed(messages float64) float64 {
	return float64(aws.BilledRequests(int64(messages) * l.Size))
}

const standard = "sqs.requests.standard"

// queues: the producer sends each message to a queue of each application, which receives and deletes it.
func queues(c *constants, l *Load) []aws.Usage {
	if l.Size > int64(c.SQSMessageMax) {
		return nil
	}
	n := l.perCall(c.SQSBatchMax, int64(c.SQSBatchBytes))
	requests := l.messages() / n * (2*l.billed(n) + 1)
	return []aws.Usage{used(standard, requests*float64(l.Consumers))}
}

// fanOut: the producer publishes each message once; the topic sends a copy to the queue of each application, as a
// request for each. Deliveries of a topic to queues are free; that the queue bills them as any SendMessage is what Weir
// takes AWS's pages to say.
func fanOut(c *constants, l *Load) []aws.Usage {
	if l.Size > int64(min(c.SNSMessageMax, c.SQSMessageMax)) {
		return nil
	}
	published := l.perCall(c.SNSBatchMax, int64(c.SNSMessageMax))
	received := l.perCall(c.SQSBatchMax, int64(c.SQSBatchBytes))
	requests := l.messages() * (l.billed(1) + (l.billed(received)+1)/received)
	return []aws.Usage{
		used("sns.requests", l.messages()/published*l.billed(published)),
		used(standard, requests*float64(l.Consumers)),
	}
}

// shards returns how many shards the busiest second needs when so many applications share the reads.
func (c *constants) shards(l *Load, sharing int) float64 {
	rate, readers := float64(l.Rate*l.Peak), float64(sharing)
	put := l.perCall(c.PutMax, math.MaxInt64)
	counted := roundUp(put*float64(l.Size), float64(c.PutRounding)) / put // a call's bytes are rounded up together
	need := max(rate/c.WriteRecords.PerSecond(), rate*counted/float64(c.WriteBytes))
	if sharing > 0 {
		need = max(need, rate*readers/c.ReadRecords.PerSecond(), rate*readers*float64(l.Size)/float64(c.ReadBytes))
	}
	const slack = 1e-9 // what is exactly full may come out a bit above
	return max(1, math.Ceil(need-slack))
}

func roundUp(v, unit float64) float64 { return math.Ceil(v/unit) * unit }

// gigabytes returns those of a month that come in, and that each application gets out.
func (l *Load) gigabytes() float64 { return l.messages() * float64(l.Size) / aws.GB }

func (l *Load) puts(c *constants) float64 {
	return l.messages() * math.Ceil(float64(l.Size)/float64(c.PutUnit))
}

// provisioned: a stream whose applications share the reads.
func provisioned(c *constants, l *Load) []aws.Usage {
	if l.Size > int64(c.RecordMax) {
		return nil
	}
	hours := c.shards(l, l.Consumers) * aws.HoursPerMonth
	return []aws.Usage{used("kinesis.shard_hours", hours), used("kinesis.put_units", l.puts(c))}
}

// pushed: a stream that pushes to each application as fast as a shard can.
func pushed(c *constants, l *Load) []aws.Usage {
	if l.Size > int64(c.RecordMax) || int64(l.Consumers) > c.PushedMax {
		return nil
	}
	hours, readers := c.shards(l, 0)*aws.HoursPerMonth, float64(l.Consumers)
	return []aws.Usage{
		used("kinesis.shard_hours", hours), used("kinesis.put_units", l.puts(c)),
		used("kinesis.efo.consumer_shard_hours", hours*readers), used("kinesis.efo.gb", l.gigabytes()*readers),
	}
}

// rounded returns the gigabytes that come in as a stream on demand bills them.
func (l *Load) rounded(c *constants) float64 {
	return l.messages() * roundUp(float64(l.Size), float64(c.OnDemandRounding)) / aws.GB
}

func onDemand(c *constants, l *Load) []aws.Usage {
	return metered(c, l, "kinesis.on_demand.out_gb", math.MaxInt64)
}

func onDemandPushed(c *constants, l *Load) []aws.Usage {
	return metered(c, l, "kinesis.on_demand.efo_out_gb", c.PushedMax)
}

// metered: a stream on demand, with the price of what goes out.
func metered(c *constants, l *Load, out string, most int64) []aws.Usage {
	if !c.OnDemand || l.Size > int64(c.RecordMax) || int64(l.Consumers) > most {
		return nil
	}
	return []aws.Usage{
		used("kinesis.on_demand.stream_hours", aws.HoursPerMonth), used("kinesis.on_demand.in_gb", l.rounded(c)),
		used(out, l.gigabytes()*float64(l.Consumers)),
	}
}

// advantage: a stream on demand of an account with On-demand Advantage and nothing else. Reads cost the same pushed or
// not; less than the minimum is billed as the minimum, in and out.
func advantage(c *constants, l *Load) []aws.Usage {
	if !c.Advantage || l.Size > int64(c.RecordMax) {
		return nil
	}
	least := float64(c.AdvantageMinimum) * month.Seconds() / aws.GB
	return []aws.Usage{
		used("kinesis.advantage.in_gb", max(l.rounded(c), least)),
		used("kinesis.advantage.out_gb", max(l.gigabytes()*float64(l.Consumers), least)),
	}
}
