package results

import (
	"fmt"
	"math"
	"strings"

	"weir/models/aws"
	"weir/models/message"
	"weir/results/cost"
	"weir/sim"
	"weir/sim/measure"
)

// Summarise computes the document's paths, ledger, components and cost; the caller fills in the rest.
func (e *Ensemble) Summarise(prices *aws.PriceList, freeTier bool) *Summary {
	s := &Summary{
		Paths: map[string]PathSummary{}, Senders: map[string]LedgerSummary{},
		Components: map[string]ComponentSummary{}, Objectives: []Objective{},
	}
	for _, name := range e.PathNames() {
		s.Paths[name] = e.summarisePath(name)
	}
	senders := map[string]bool{}
	s.Run.Replications = len(e.Outcomes)
	whole := e.Outcomes
	if last := len(e.Outcomes) - 1; e.Outcomes[last].Batch > 0 { // the last batch has counted all of the replication
		s.Run.Replications, s.Run.Batches = 1, len(e.Outcomes)
		s.Run.BatchCorrelation = e.batchCorrelation()
		whole = e.Outcomes[last:]
	}
	for _, o := range whole {
		s.Run.Events += o.Events
		s.Run.Messages += o.Messages
	}
	s.Run.Inputs = e.Inputs
	s.Run.WarmupSeconds, s.Run.Warmup = e.Warmup.Length.Seconds(), e.Warmup.Rule
	s.Run.WarmupNote, s.Run.Unsteady = e.Warmup.Note, e.Warmup.Unsteady
	for _, o := range e.Outcomes {
		if o.Truncated != "" {
			s.Run.Truncated = true
			s.Run.Partial = append(s.Run.Partial, fmt.Sprintf("replication %d: %s", o.Replication, o.Truncated))
		}
		for _, a := range o.Ledger {
			senders[a.Sender] = true
		}
	}
	s.Run.Partial = append(s.Run.Partial, e.Dropped...)
	s.Ledger = e.summariseLedger("")
	for sender := range senders {
		s.Senders[sender] = e.summariseLedger(sender)
	}
	for i, c := range e.Outcomes[0].Components {
		s.Components[c.Name] = e.summariseComponent(i)
		for _, a := range c.Activities {
			s.Scaling = append(s.Scaling, ScalingSummary{c.Name, a.At.Seconds(), a.From, a.To, a.Cause})
		}
	}
	for i, d := range e.Outcomes[0].Denials {
		calls := e.each(func(o *Outcome) float64 { return float64(o.Denials[i].Calls) })
		s.Denied = append(s.Denied, DenialSummary{d.Principal, d.Action, d.Resource, d.Reason, calls})
	}
	e.summariseOrigins(s)
	s.Account = e.summariseShares()
	s.Faults = e.summariseFaults()
	s.Cost = e.summariseCost(prices, freeTier)
	return s
}

// batchCorrelation returns the greatest correlation of the mean latencies of successive batches, of all paths.
func (e *Ensemble) batchCorrelation() (greatest float64) {
	for _, name := range e.PathNames() {
		means := make([]float64, len(e.Outcomes))
		for i, o := range e.Outcomes {
			means[i] = o.path(name).Latency.Mean()
		}
		if r := measure.LagOne(means); r > greatest {
			greatest = r
		}
	}
	return greatest
}

// summariseShares tells who takes what of the quotas that an account's workloads have together.
func (e *Ensemble) summariseShares() (all []ShareSummary) {
	for i, first := range e.Outcomes[0].Shares {
		all = append(all, ShareSummary{
			Quota: first.Quota, Unit: first.Unit, Limit: first.Limit, User: first.User,
			Used: e.each(func(o *Outcome) float64 { return o.Shares[i].Used }),
			Share: e.each(func(o *Outcome) float64 {
				total := 0.0
				for _, s := range o.Shares {
					if s.Quota == first.Quota {
						total += s.Used
					}
				}
				return o.Shares[i].Used / total
			}),
			Refused: e.each(func(o *Outcome) float64 { return o.Shares[i].Refused }),
		})
	}
	return all
}

const nsPerSecond = float64(sim.Second)

func (e *Ensemble) summarisePath(name string) PathSummary {
	s := PathSummary{
		Latency: e.times(name, func(p *message.Path) *measure.Histogram { return p.Latency }),
		Wait:    e.times(name, func(p *message.Path) *measure.Histogram { return p.Wait }),
		Causes:  map[string]map[string]measure.Estimate{},

		Processed: e.each(func(o *Outcome) float64 { return float64(o.path(name).Latency.Count()) }),
		Begun:     e.each(func(o *Outcome) float64 { return float64(o.path(name).Wait.Count()) }),
		Rate: e.each(func(o *Outcome) float64 {
			return float64(o.path(name).Latency.Count()) / o.Window().Seconds()
		}),
		Waited: e.each(func(o *Outcome) float64 {
			w := o.path(name).Wait
			return 1 - float64(w.Zeros())/float64(w.Count())
		}),
		Overtaken: e.each(func(o *Outcome) float64 {
			p := o.path(name)
			return float64(p.Overtaken.Value()) / float64(p.Watched.Value())
		}),
	}
	e.summariseWork(name, &s)
	e.summariseFates(name, &s)
	for _, q := range Quantiles {
		enough := true
		for _, o := range e.Outcomes {
			enough = enough && o.path(name).Latency.Enough(q.P)
		}
		if !enough {
			s.FewSamples = append(s.FewSamples, q.Name)
		}
		width := min((1-q.P)/2, 0.01)
		s.Causes[q.Name] = e.causes(name, q.P-width, q.P+width)
	}
	s.Causes["mean"] = e.causes(name, 0, 1)
	return s
}

// summariseWork tells how often messages were worked on, and how many in time.
func (e *Ensemble) summariseWork(name string, s *PathSummary) {
	s.Amplification = e.each(func(o *Outcome) float64 {
		p := o.path(name)
		return float64(p.Attempts.Value()) / float64(p.Wait.Count())
	})
	for _, o := range e.Outcomes {
		if d := o.path(name).Deadline; d > 0 {
			seconds := d.Seconds()
			s.Deadline = &seconds
		}
	}
	if s.Deadline == nil {
		return
	}
	goodput := e.each(func(o *Outcome) float64 {
		p := o.path(name)
		return float64(p.Latency.Count()-p.Late.Value()) / o.Window().Seconds()
	})
	s.Goodput = &goodput
}

func (e *Ensemble) times(name string, of func(*message.Path) *measure.Histogram) map[string]measure.Estimate {
	times := map[string]measure.Estimate{
		"mean": e.each(func(o *Outcome) float64 {
			h := of(o.path(name))
			if h.Count() == 0 {
				return math.NaN()
			}
			return h.Mean() / nsPerSecond
		}),
		"max": e.each(func(o *Outcome) float64 {
			h := of(o.path(name))
			if h.Count() == 0 {
				return math.NaN()
			}
			return float64(h.Max()) / nsPerSecond
		}),
	}
	for _, q := range Quantiles {
		times[q.Name] = e.each(func(o *Outcome) float64 {
			ns, ok := of(o.path(name)).Quantile(q.P)
			if !ok {
				return math.NaN()
			}
			return float64(ns) / nsPerSecond
		})
	}
	return times
}

// causes returns the mean split of the latencies between two quantiles; causes that never ran are left out.
func (e *Ensemble) causes(name string, low, high float64) map[string]measure.Estimate {
	splits := make([][]float64, len(e.Outcomes))
	for i, o := range e.Outcomes {
		splits[i], _ = o.path(name).Causes.Around(low, high)
	}
	causes := map[string]measure.Estimate{}
	for c := message.Cause(0); c < message.Causes; c++ {
		values := make([]float64, len(splits))
		ran := false
		for i := range splits {
			values[i] = splits[i][c] / nsPerSecond
			ran = ran || values[i] > 0
		}
		if ran {
			causes[e.CauseName(c, name)] = e.estimate(values)
		}
	}
	return causes
}

// CauseName returns the name of a cause of a path's lateness: where each message is sent by itself, what is called
// batching is the wait for a connection.
func (e *Ensemble) CauseName(c message.Cause, path string) string {
	origin, _, _ := strings.Cut(path, " -> ")
	if c == message.Batching && e.figure(origin, "batch_size_max") == 1 {
		return message.Connection
	}
	return c.String()
}

// figure returns a figure of a component in the first replication, or 0.
func (e *Ensemble) figure(component, name string) float64 {
	for _, c := range e.Outcomes[0].Components {
		for _, f := range c.Figures {
			if c.Name == component && f.Name == name {
				return f.Value
			}
		}
	}
	return 0
}

// summariseLedger adds up the accounts of a sender, or of all producers when it is empty: a message sent on is counted
// once there, by its producer.
func (e *Ensemble) summariseLedger(sender string) LedgerSummary {
	sum := func(value func(*Account) float64) measure.Estimate {
		return e.each(func(o *Outcome) (total float64) {
			for i := range o.Ledger {
				a := &o.Ledger[i]
				if a.Sender == sender || sender == "" && a.Sender == a.Origin {
					total += value(a)
				}
			}
			return total
		})
	}
	ended := func(p message.Place) measure.Estimate {
		return sum(func(a *Account) float64 { return float64(a.Ended[p]) })
	}
	s := LedgerSummary{
		CarriedIn: sum(func(a *Account) float64 { return float64(a.CarriedIn) }),
		Sent:      sum(func(a *Account) float64 { return float64(a.Sent) }),
		Processed: ended(message.Processed), Expired: ended(message.ExpiredInQueue), Purged: ended(message.Purged),
		Rejected: ended(message.Rejected), Filtered: ended(message.Filtered), Lost: ended(message.Lost),
		Deduplicated: ended(message.Deduplicated), Published: ended(message.Published),
		Failed: ended(message.Failed), TooLate: ended(message.TooLate),
		DeadLettered: map[string]measure.Estimate{}, UnderWay: map[string]measure.Estimate{},
	}
	for p := message.Place(0); p < message.Places; p++ {
		switch {
		case p.DeadLettered():
			s.DeadLettered[strings.TrimPrefix(p.String(), "dead_lettered.")] = ended(p)
		case !p.Ended():
			s.UnderWay[p.String()] = sum(func(a *Account) float64 { return float64(a.UnderWay[p]) })
		}
	}
	return s
}

// unlimited is how profiles say that there is no limit, the greatest whole number: it is no figure.
const unlimited = float64(math.MaxInt64)

func (e *Ensemble) summariseComponent(i int) ComponentSummary {
	s := ComponentSummary{
		Kind: e.Outcomes[0].Components[i].Kind, Metrics: map[string]measure.Estimate{}, Units: map[string]string{},
		Ranges: map[string][2]float64{},
	}
	for _, f := range e.Outcomes[0].Components[i].Figures {
		s.Units[f.Name] = f.Unit
		s.Metrics[f.Name] = e.each(func(o *Outcome) float64 {
			for _, g := range o.Components[i].Figures {
				if g.Name == f.Name && g.Value != unlimited {
					return g.Value
				}
			}
			return math.NaN()
		})
		if span, ok := smallCounts(f.Unit, s.Metrics[f.Name].Values); ok {
			s.Ranges[f.Name] = span
		}
	}
	return s
}

func (e *Ensemble) summariseCost(prices *aws.PriceList, freeTier bool) CostSummary {
	s := CostSummary{FreeTier: freeTier}
	var mean []aws.Usage
	s.MonthUSD = e.each(func(o *Outcome) float64 {
		var usage []aws.Usage
		for _, c := range o.Components {
			usage = append(usage, c.Usage...)
		}
		hours := o.Window().Seconds() / 3600
		for i, u := range usage {
			u.Quantity /= hours * float64(len(e.Outcomes))
			if i == len(mean) {
				mean = append(mean, u)
			} else {
				mean[i].Quantity += u.Quantity
			}
		}
		return cost.Of(usage, prices, o.Window(), cost.Options{FreeTier: freeTier}).MonthUSD
	})
	bill := cost.Of(mean, prices, sim.Hour, cost.Options{FreeTier: freeTier})
	s.Lines, s.Unpriced = bill.Lines, bill.Unpriced
	return s
}
