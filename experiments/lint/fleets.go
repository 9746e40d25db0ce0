package lint

import (
	"fmt"
	"math"

	"weir/models/ec2"
	"weir/models/fault"
	"weir/models/kinesis"
	"weir/models/spec"
	"weir/models/sqs"
	"weir/results"
)

var fleetRules = []Rule{
	{
		ID: "consumer-below-load", Severity: results.LintWarning,
		Title: "a queue gets more work than its consumers can do, on average over the run",
		Reason: "Consumers bear as many messages a second as they work on at once, divided by the time of one. A queue that gets more " +
			"than that has a backlog that grows until messages expire.",
		Source: "EC2 Auto Scaling user guide, as-using-sqs-queue.md (awsdocs/amazon-ec2-auto-scaling-user-guide @5f2b71d)",
		Date:   "2023-05", check: consumerBelowLoad,
	},
	{
		ID: "retention-below-outage", Severity: results.LintWarning,
		Title: "messages expire before a fault of their consumer is over",
		Reason: "A message that is older than the retention of its queue, or a record older than that of its stream, is deleted, consumed " +
			"or not. The retention is to be longer than the longest time that a consumer may stand still.",
		Source: guideAttr, Date: "2020", check: retentionBelowOutage,
	},
	{
		ID: "zone-is-all-there-is", Severity: results.LintWarning,
		Title:  "a group keeps all its capacity in one zone",
		Reason: "A group over several availability zones launches in the others what it lost in one. Over one zone it has nowhere to go.",
		Source: "EC2 Auto Scaling user guide, auto-scaling-benefits.md (awsdocs/amazon-ec2-auto-scaling-user-guide @5f2b71d)",
		Date:   "2023-05", check: oneZone,
	},
	{
		ID: "spot-without-drain", Severity: results.LintWarning,
		Title: "workers on spot instances make no use of the notice",
		Reason: "EC2 tells two minutes before it takes a spot instance back. A worker that then receives no more and finishes what it has " +
			"loses nothing; one that works on leaves its messages hidden until their timeout, and they are worked on again.",
		Source: "EC2 user guide, spot-instance-termination-notices.html", Date: "2023", check: spotWithoutDrain,
	},
	{
		ID: "scale-in-kills-work", Severity: results.LintWarning,
		Title: "workers are ended in the midst of their work when a group scales in",
		Reason: "A group does not know which instance is busy: one that is ended while it holds messages leaves them hidden until their " +
			"timeout, and their work is done again. Busy workers are to be protected, or to be let finish.",
		Source: "EC2 Auto Scaling user guide, as-using-sqs-queue.md (awsdocs/amazon-ec2-auto-scaling-user-guide @5f2b71d)",
		Date:   "2023-05", check: scaleInKills,
	},
	{
		ID: "drain-below-work", Severity: results.LintWarning,
		Title:  "a worker that is to go has less time than its work takes",
		Reason: "What is not finished when the time for it is over is killed, as if there had been none.",
		Source: "EC2 Auto Scaling user guide, lifecycle-hooks.md (awsdocs/amazon-ec2-auto-scaling-user-guide @5f2b71d)",
		Date:   "2023-05", check: drainBelowWork,
	},
}

func consumerBelowLoad(d *design, report func(hit)) {
	each(d, func(link spec.Link, s *sqs.Spec) {
		consumers := d.consumers(link)
		links, specs := d.producers(link)
		if len(consumers) == 0 || len(links) == 0 {
			return
		}
		capacity, figures := 0.0, append([]figure{of("visible_end", link)}, d.paths(link, "latency.p99")...)
		size := meanSize(specs[0])
		for _, p := range specs {
			size = min(size, meanSize(p))
		}
		for _, c := range consumers {
			rate, known := d.rateOf(&c, size)
			if !known {
				return
			}
			capacity += rate
		}
		rate := d.mean(links...)
		if rate <= capacity {
			return
		}
		c := consumers[0]
		h := hit{
			of: c.link,
			text: fmt.Sprintf("%.4g messages a second come to %s on average over the run, and %.4g can be worked on: the backlog grows",
				rate, link, capacity),
			figures: figures,
		}
		switch need := rate / capacity * 1.3; {
		case c.fleet != nil && c.fleet.Scaling != nil:
			h.field = "scaling.max"
			h.fix = []string{fmt.Sprintf("%s.scaling.max=%.0f", c.link, need*float64(c.fleet.Scaling.Max)+1)}
		case c.fleet != nil:
			h.field = "instances"
			h.fix = []string{fmt.Sprintf("%s.instances=%.0f", c.link, need*float64(c.fleet.Instances)+1)}
		default:
			h.field, h.fix = d.moreConcurrency(&c, need)
		}
		if len(consumers) > 1 {
			h.fix = nil
		}
		report(h)
	})
}

// moreConcurrency returns the setting that bounds how often a function works on a queue at once, and what to set so
// that it may do so so many times as often.
func (d *design) moreConcurrency(c *consumer, times float64) (field string, fix []string) {
	bound, _ := d.bound(c.mapping)
	more := func(n int) int { return int(min(times*float64(n)+1, 1e6)) }
	if r := c.fn.ReservedConcurrency; r != nil && *r <= bound {
		field, fix = "reserved_concurrency", append(fix, fmt.Sprintf("%s.reserved_concurrency=%d", c.link, more(*r)))
		bound = min(bound, *r)
	} else {
		field = c.field("maximum_concurrency")
	}
	if m := c.mapping.MaximumConcurrency; m != nil && *m < more(bound) {
		fix = append(fix, c.set("maximum_concurrency", more(*m)))
	}
	return field, fix
}

// rateOf returns how many messages a second a consumer can work on at the most, where that is known.
func (d *design) rateOf(c *consumer, size float64) (rate float64, known bool) {
	if c.fleet != nil {
		mean, _ := d.fleetTime(c.fleet, size)
		return float64(threads(c.fleet)) / mean, mean > 0 && !math.IsInf(mean, 1) && len(c.fleet.From) == 1
	}
	most, _ := d.bound(c.mapping)
	if c.fn.ReservedConcurrency != nil {
		most = min(most, *c.fn.ReservedConcurrency)
	}
	setup, mean, _ := d.functionTime(c.fn)
	batch := float64(d.batchOf(c.mapping))
	return float64(most) * batch / (setup + batch*mean), mean > 0 && !math.IsInf(setup+mean, 1)
}

// stops reports whether a fault lets a consumer stand still while it lasts: one of its own, or an outage of what it
// calls and cannot do without.
func (d *design) stops(f *fault.Spec, c *consumer) bool {
	switch {
	case f.ZoneLoss != nil && c.fleet != nil && f.Of == c.link:
		if c.fleet.Scaling != nil {
			return c.fleet.Scaling.Zones == 1
		}
		return c.fleet.Instances == 1 && f.ZoneLoss.Zone == 0
	case f.Outage == nil:
		return false
	case f.Of == c.link:
		return true
	}
	if c.fn != nil {
		for i := range c.fn.Calls {
			if k := &c.fn.Calls[i]; k.To == f.Of && !k.Optional {
				return true
			}
		}
		return false
	}
	for i := range c.fleet.Calls {
		if k := &c.fleet.Calls[i]; k.To == f.Of && !k.Optional {
			return true
		}
	}
	return false
}

func retentionBelowOutage(d *design, report func(hit)) {
	each(d, func(by spec.Link, f *fault.Spec) {
		lasts := distOf(f.For).Quantile(0.5)
		if f.For == nil || lasts <= 0 {
			return
		}
		tell := func(link spec.Link, retention spec.Duration, most spec.Duration) {
			if float64(retention) > lasts {
				return
			}
			h := hit{
				of: link, field: "retention",
				text: fmt.Sprintf("is %s, and %s stops who takes from it for %s: what comes at its beginning expires", retention, by,
					spec.Duration(lasts)),
				figures: []figure{of("expired", link)},
			}
			if float64(most) > 2*lasts {
				h.fix = []string{fmt.Sprintf("%s.retention=%s", link, spec.Duration(2*lasts))}
			}
			report(h)
		}
		each(d, func(link spec.Link, s *sqs.Spec) {
			consumers := d.consumers(link)
			for i := range consumers {
				if !d.stops(f, &consumers[i]) {
					return
				}
			}
			if len(consumers) > 0 {
				tell(link, s.Retention, d.queues.RetentionMax)
			}
		})
		each(d, func(link spec.Link, s *kinesis.Spec) {
			consumers := d.consumers(link)
			for i := range consumers {
				if d.stops(f, &consumers[i]) {
					tell(link, spec.Duration(d.retentionOf(s)), d.streams.RetentionMax)
					return
				}
			}
		})
	})
}

func oneZone(d *design, report func(hit)) {
	each(d, func(link spec.Link, s *ec2.Spec) {
		if s.Scaling == nil || s.Scaling.Zones > 1 {
			return
		}
		report(hit{
			of: link, field: "scaling.zones",
			text: "is 1: when that zone is lost, nothing is left, and nothing can be launched",
			fix:  []string{link.String() + ".scaling.zones=3"},
		})
	})
}

// ended reports whether a fleet's workers are ended without having finished.
func ended(s *ec2.Spec) bool {
	g := s.Scaling
	return g != nil && len(s.From) > 0 && g.Drain == nil && g.TerminateHook == nil
}

// drained returns the setting that lets the workers of a fleet finish, and what to look at.
func (d *design) drained(link spec.Link, s *ec2.Spec) (fix []string, figures []figure) {
	mean, p99 := d.fleetTime(s, 0)
	size := 0.0
	_, producers := d.producers(s.From.First())
	for _, p := range producers {
		size = max(size, meanSize(p))
	}
	if size > 0 {
		mean, p99 = d.fleetTime(s, size)
	}
	need := max(2*float64(s.Receive.MaxMessages)*mean, p99, 10)
	if need > 120 {
		need = 120 // of spot's notice, and of what Fargate gives
	}
	return []string{fmt.Sprintf("%s.scaling.drain=%s", link, rounded(need))},
		[]figure{of("killed_mid_message", link), of("duplicates", link)}
}

func spotWithoutDrain(d *design, report func(hit)) {
	each(d, func(link spec.Link, s *ec2.Spec) {
		if !ended(s) || s.Scaling.Spot == nil || s.Scaling.Spot.Interruptions == nil && !d.interrupted(link) {
			return
		}
		h := hit{
			of: link, field: "scaling.spot",
			text: "is taken back two minutes after a notice, and the workers make no use of it: there is neither drain nor terminate_hook",
		}
		h.fix, h.figures = d.drained(link, s)
		report(h)
	})
}

// interrupted reports whether a fault takes the spot instances of a fleet back.
func (d *design) interrupted(link spec.Link) (is bool) {
	each(d, func(_ spec.Link, f *fault.Spec) { is = is || f.SpotInterruption != nil && f.Of == link })
	return is
}

// shrinks reports whether a group may scale in.
func shrinks(g *ec2.ScalingSpec) bool {
	return g != nil && g.Min < g.Max && (g.TargetTracking != nil && !g.TargetTracking.DisableScaleIn || g.Step != nil ||
		g.Simple != nil || len(g.Policies) > 0 || len(g.Scheduled) > 0 || g.Kind == ec2.KindKEDA)
}

func scaleInKills(d *design, report func(hit)) {
	each(d, func(link spec.Link, s *ec2.Spec) {
		if !ended(s) || !shrinks(s.Scaling) || s.Scaling.ProtectBusy || s.Scaling.Spot != nil {
			return
		}
		h := hit{
			of: link, field: "scaling",
			text: fmt.Sprintf("goes from %d to %d and back, and a worker that is ended has its messages in hand: there is neither drain "+
				"nor protect_busy", s.Scaling.Min, s.Scaling.Max),
		}
		h.fix, h.figures = d.drained(link, s)
		report(h)
	})
}

func drainBelowWork(d *design, report func(hit)) {
	each(d, func(link spec.Link, s *ec2.Spec) {
		g := s.Scaling
		if g == nil || g.Drain == nil || g.ProtectBusy || !shrinks(g) && g.Spot == nil {
			return
		}
		mean, p99 := d.fleetTime(s, 0)
		work := max(p99, float64(s.Receive.MaxMessages)*mean)
		if drain := s.Scaling.Drain.Sim().Seconds(); work > drain {
			report(hit{
				of: link, field: "scaling.drain",
				text: fmt.Sprintf("is %s, and a worker may have %s of work in hand", s.Scaling.Drain, seconds(work)),
				fix:  []string{fmt.Sprintf("%s.scaling.drain=%s", link, rounded(2*work))},
				figures: []figure{
					of("killed_mid_message", link), of("duplicates", link),
				},
			})
		}
	})
}
