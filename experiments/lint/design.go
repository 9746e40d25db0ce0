package lint

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"weir/experiments"
	"weir/experiments/scenario"
	"weir/models/ec2"
	"weir/models/fault"
	"weir/models/kinesis"
	"weir/models/lambda"
	"weir/models/sdk"
	"weir/models/service"
	"weir/models/spec"
	"weir/models/sqs"
	"weir/sim"
	"weir/sim/random"
)

// design is a checked design, as rules look at it.
type design struct {
	*experiments.Design
	doc     *scenario.Document
	queues  sqs.Limits
	lambda  lambda.Limits
	streams kinesis.Limits
}

func newDesign(of *experiments.Design) *design {
	d := &design{Design: of, doc: of.Document}
	of.Profile.Fill(&d.queues)
	of.Profile.Fill(&d.lambda)
	of.Profile.Fill(&d.streams)
	return d
}

// each calls f for each component that is described by an S.
func each[S any](d *design, f func(link spec.Link, s *S)) {
	for i := range d.doc.Components {
		if s, ok := d.doc.Components[i].Spec.(*S); ok {
			f(d.doc.Components[i].Link, s)
		}
	}
}

// at returns what describes the component that a link leads to, or nil when it is no S.
func at[S any](d *design, link spec.Link) *S {
	if c := d.doc.Component(link); c != nil {
		if s, ok := c.Spec.(*S); ok {
			return s
		}
	}
	return nil
}

// consumer is who takes messages from a queue: a fleet, or a function with the number of its event source.
type consumer struct {
	link    spec.Link
	fleet   *ec2.Spec
	fn      *lambda.Spec
	mapping *lambda.MappingSpec
	source  int
}

// field returns a field of the consumer's event source.
func (c *consumer) field(name string) string {
	return fmt.Sprintf("event_sources[%d].%s", c.source, name)
}

// set returns a setting of the consumer's event source.
func (c *consumer) set(name string, value any) string {
	return fmt.Sprintf("%s.%s=%v", c.link, c.field(name), value)
}

// consumers returns who takes messages from a queue, stream or table.
func (d *design) consumers(from spec.Link) (all []consumer) {
	each(d, func(link spec.Link, s *lambda.Spec) {
		for i := range s.EventSources {
			if s.EventSources[i].From == from {
				all = append(all, consumer{link: link, fn: s, mapping: &s.EventSources[i], source: i})
			}
		}
	})
	each(d, func(link spec.Link, s *ec2.Spec) {
		if slices.ContainsFunc(s.From, func(f ec2.SourceSpec) bool { return f.Queue == from }) {
			all = append(all, consumer{link: link, fleet: s})
		}
	})
	return all
}

// producers returns the producers that send to a component themselves.
func (d *design) producers(to spec.Link) (links []spec.Link, specs []*sdk.ProducerSpec) {
	each(d, func(link spec.Link, s *sdk.ProducerSpec) {
		if s.To == to {
			links, specs = append(links, link), append(specs, s)
		}
	})
	return links, specs
}

// onlyProducers reports whether nothing but producers sends to a component, so that all its load is known.
func (d *design) onlyProducers(to spec.Link) bool {
	for _, found := range d.doc.Links {
		owner := strings.SplitN(found.Path, ".", 2)[0]
		if found.Link == to && found.Flow == "out" && owner != "producers" {
			return false
		}
	}
	each(d, func(_ spec.Link, s *sdk.ProducerSpec) { // the rate of a closed loop is not known
		if s.To == to && s.Arrivals.Closed != nil {
			to = spec.Link{}
		}
	})
	return to != spec.Link{}
}

// How long a rate must hold to count: for what waits in a line meanwhile, and for what is refused at once. windowsMax
// bounds how many of them are looked at.
const (
	lasting    = sim.Minute
	moment     = 10 * sim.Second
	windowsMax = 3000
)

// horizon is how long the design is run.
func (d *design) horizon() sim.Duration {
	return d.doc.Run.Warmup.Sim() + d.doc.Run.Duration.Sim()
}

// peak returns the highest rate of messages a second that the producers have together over a minute of the run, and
// crest that over ten seconds.
func (d *design) peak(producers ...spec.Link) float64  { return d.highest(lasting, producers) }
func (d *design) crest(producers ...spec.Link) float64 { return d.highest(moment, producers) }

func (d *design) highest(width sim.Duration, producers []spec.Link) (highest float64) {
	width = min(width, d.horizon())
	if n := int64(d.horizon() / width); n > windowsMax {
		width = d.horizon() / windowsMax
	}
	for from := sim.Duration(0); from+width <= d.horizon(); from += width {
		sum := 0.0
		for _, p := range producers {
			sum += d.Expected(p, sim.Time(from), sim.Time(from+width))
		}
		highest = max(highest, sum/width.Seconds())
	}
	return highest
}

// mean returns the mean rate of messages a second of the producers together over the run.
func (d *design) mean(producers ...spec.Link) (sum float64) {
	for _, p := range producers {
		sum += d.Expected(p, 0, sim.Time(d.horizon()))
	}
	return sum / d.horizon().Seconds()
}

// hottest returns the greatest share of the messages of producers that one key has, by the peak rates. Keys of the same
// number are the same key.
func (d *design) hottest(links []spec.Link, specs []*sdk.ProducerSpec) (share, rate float64, of spec.Link) {
	total := d.peak(links...)
	for i, s := range specs {
		if own := d.peak(links[i]) * s.Key.Hottest(); own > rate {
			rate, of = own, links[i]
		}
	}
	return rate / max(total, 1e-9), rate, of
}

// oneKey reports whether all messages of producers have one key.
func oneKey(specs []*sdk.ProducerSpec) bool {
	for _, s := range specs {
		if s.Key.Hottest() < 1 || s.FirstKey != specs[0].FirstKey || s.Arrivals.Trace != nil {
			return false
		}
	}
	return len(specs) > 0
}

// unitSize is the size of a message of which the scenario says nothing.
const unitSize = 1024

// meanSize returns the mean size of a producer's messages, or 0 where it is not known.
func meanSize(s *sdk.ProducerSpec) float64 {
	switch {
	case s.Compression != nil || s.ClientEncryption != nil || s.ExtendedClient != nil:
		return 0
	case s.Size != nil:
		return s.Size.Dist().Mean()
	case s.Arrivals.Trace != nil && s.Arrivals.Trace.SizeColumn != "":
		return 0
	}
	return unitSize
}

// above returns the share of a producer's messages that are larger than a limit.
func above(s *sdk.ProducerSpec, limit float64) float64 {
	if s.Size == nil || meanSize(s) == 0 {
		return 0
	}
	return 1 - s.Size.Dist().CDF(limit)
}

func distOf(s *spec.Durations) random.Dist {
	if s == nil {
		return random.Constant{}
	}
	return s.Dist()
}

// meanOf and p99Of return the mean and the 99th percentile of a time, in seconds; 0 of one that is not given.
func meanOf(s *spec.Durations) float64 { return distOf(s).Mean() / float64(sim.Second) }
func p99Of(s *spec.Durations) float64  { return distOf(s).Quantile(0.99) / float64(sim.Second) }

// callTime returns what a call takes at the least on average, in seconds: the time of a database or service, which a
// timeout cuts short.
func (d *design) callTime(to spec.Link, time *spec.Durations, timeout *spec.Duration) float64 {
	if s := at[service.Spec](d, to); s != nil && time == nil {
		time = s.Time
	}
	mean := meanOf(time)
	if timeout != nil {
		mean = min(mean, timeout.Sim().Seconds())
	}
	return mean
}

// fleetTime returns what a fleet works on a message at the least: on average and at the 99th percentile, in seconds.
func (d *design) fleetTime(s *ec2.Spec, size float64) (mean, p99 float64) {
	mean = meanOf(s.Work)
	p99 = p99Of(s.Work)
	if s.WorkPerKiB != nil {
		perKiB := s.WorkPerKiB.Sim().Seconds() * size / 1024
		mean, p99 = mean+perKiB, p99+perKiB
	}
	for i := range s.Calls {
		c := &s.Calls[i]
		time := d.callTime(c.To, c.Time, c.Timeout)
		mean, p99 = mean+time, p99+time
	}
	return mean, p99
}

// stretch is how much longer than on a whole vCPU a function's work takes with its memory.
func (d *design) stretch(s *lambda.Spec) float64 {
	vcpus := float64(s.Memory) / float64(d.lambda.VCPUMemory)
	share, parallel := float64(s.CPUShare), float64(s.ParallelShare)
	if vcpus >= 1 {
		return 1 - share + share*(1-parallel) + share*parallel/vcpus
	}
	return 1 - share + share/vcpus
}

// functionTime returns what an invocation of a function takes at the least beside its messages, and what each message
// takes on average and at the 99th percentile, in seconds.
func (d *design) functionTime(s *lambda.Spec) (setup, mean, p99 float64) {
	stretch := d.stretch(s)
	setup = meanOf(s.Setup) * stretch
	mean, p99 = meanOf(s.Work)*stretch, p99Of(s.Work)*stretch
	for i := range s.Calls {
		c := &s.Calls[i]
		time := d.callTime(c.To, c.Time, c.Timeout)
		mean, p99 = mean+time, p99+time
	}
	return setup, mean, p99
}

// threads returns how many messages a fleet works on at once at the most.
func threads(s *ec2.Spec) int {
	n := s.Instances
	if s.Scaling != nil {
		n = s.Scaling.Max
	}
	return n * s.Instance.Threads
}

// canFail reports whether something in the scenario lets the work of a consumer fail: its own failures, poison
// messages, a deployment that goes wrong.
func (d *design) canFail(c spec.Link) bool {
	fails := false
	each(d, func(_ spec.Link, s *sdk.ProducerSpec) { fails = fails || s.Poison > 0 })
	each(d, func(_ spec.Link, s *fault.Spec) { fails = fails || s.Poison != nil || s.BadDeploy != nil && s.Of == c })
	if s := at[lambda.Spec](d, c); s != nil {
		fails = fails || s.Failures.Error > 0 || s.Failures.OutOfMemory > 0
		fails = fails || s.NewVersion != nil && s.NewVersion.Failures.Error > 0
	}
	if s := at[ec2.Spec](d, c); s != nil {
		fails = fails || s.Failures.Error > 0
	}
	return fails
}

// paths returns a latency of the ways from the producers that send to a component to who takes from it.
func (d *design) paths(through spec.Link, metric string) (all []figure) {
	links, _ := d.producers(through)
	for _, from := range links {
		for _, c := range d.consumers(through) {
			all = append(all, figure{metric, from.String() + " -> " + c.link.String()})
		}
	}
	return all
}

// of returns a figure of a component.
func of(metric string, link spec.Link) figure { return figure{metric, link.String()} }

// seconds writes a number of seconds as the file would, to three digits or so.
func seconds(s float64) string {
	d, unit := sim.Seconds(s), sim.Microsecond
	switch {
	case d >= sim.Minute:
		unit = sim.Second
	case d >= sim.Second:
		unit = 100 * sim.Millisecond
	case d >= sim.Millisecond:
		unit = 100 * sim.Microsecond
	}
	return spec.Duration((d + unit/2) / unit * unit).String()
}

// rounded returns a length of time as a setting: in whole seconds, rounded up.
func rounded(s float64) string {
	return spec.Duration(sim.Duration(math.Ceil(s-1e-9)) * sim.Second).String()
}

// counted writes a number of things.
func counted(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}

func percent(share float64) string { return fmt.Sprintf("%.3g %%", 100*share) }

// sizeText writes bytes.
func sizeText(bytes float64) string {
	switch {
	case bytes >= 1<<20:
		return fmt.Sprintf("%.3g MiB", bytes/(1<<20))
	case bytes >= 1024:
		return fmt.Sprintf("%.3g KiB", bytes/1024)
	}
	return fmt.Sprintf("%.3g B", bytes)
}
