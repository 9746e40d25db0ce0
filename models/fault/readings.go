package fault

import (
	"math"

	"weir/models/message"
	"weir/models/meter"
	"weir/sim"
)

// Figures reports the means of what was measured each time that the fault struck in the window.
func (f *Fault) Figures(_ sim.Time, report func(name, unit string, value float64)) {
	mean := func(of func(*Occurrence) float64) float64 {
		sum, n := 0.0, 0
		for _, o := range f.occurrences {
			if v := of(o); !math.IsNaN(v) {
				sum, n = sum+v, n+1
			}
		}
		if n == 0 {
			return math.NaN()
		}
		return sum / float64(n)
	}
	length := func(name string, of func(*Occurrence) sim.Duration) {
		report(name, "s", mean(func(o *Occurrence) float64 {
			d := of(o)
			return meter.SecondsOrNone(int64(d), d >= 0)
		}))
	}
	report("occurrences", "", float64(f.Begun.Value()))
	length("lasted_s", (*Occurrence).Lasted)
	length("time_to_drain_s", (*Occurrence).TimeToDrain)
	length("time_to_detect_s", (*Occurrence).TimeToDetect)
	report("recovered_during", "", sum(f.occurrences, (*Occurrence).RecoveredDuring))
	length("time_to_clear_s", (*Occurrence).TimeToClear)
	report("not_recovered", "", sum(f.occurrences, func(o *Occurrence) bool { return o.Recovered == sim.Never }))
	report("metastable", "", sum(f.occurrences, func(o *Occurrence) bool { return o.Metastable != nil }))
	report("backlog_before", "messages", mean(func(o *Occurrence) float64 { return o.BacklogBefore }))
	report("backlog_peak", "messages", mean(func(o *Occurrence) float64 { return o.BacklogPeak }))
	report("backlog_at_end", "messages", mean(func(o *Occurrence) float64 { return o.BacklogAtEnd }))
	report("throughput_kept", "share", mean((*Occurrence).Kept))
	for _, p := range []message.Place{
		message.Lost, message.Rejected, message.Failed, message.ExpiredInQueue, message.DeadByError, message.DeadByTimeout,
		message.DeadByThrottle, message.DeadByPoison, message.DeadByCrash,
	} {
		report(placeName(p), "messages", mean(func(o *Occurrence) float64 { return float64(o.Ends[p]) }))
	}
	report("dead_lettered", "messages", mean(func(o *Occurrence) float64 { return float64(o.Dead()) }))
	report("duplicates", "messages", mean(func(o *Occurrence) float64 { return float64(o.Duplicates) }))
	report("calls_gone_wrong", "calls", mean(func(o *Occurrence) float64 { return o.Wrong }))
}

// placeName returns the name of a figure that counts messages of a place.
func placeName(p message.Place) string {
	if p.DeadLettered() {
		const prefix = "dead_lettered."
		return "dead_lettered_" + p.String()[len(prefix):]
	}
	return p.String()
}

func sum(all []*Occurrence, is func(*Occurrence) bool) (n float64) {
	for _, o := range all {
		if is(o) {
			n++
		}
	}
	return n
}

// Lasted returns how long the fault lasted, or −1 when it has not ended.
func (o *Occurrence) Lasted() sim.Duration { return between(o.Begun, o.Ended) }

// TimeToDrain returns how long after its end the backlog was back at its level before, or −1.
func (o *Occurrence) TimeToDrain() sim.Duration {
	if o.Ended == sim.Never {
		return -1
	}
	return between(o.Ended, o.Recovered)
}

// RecoveredDuring reports whether the backlog was back at its level before when the fault ended.
func (o *Occurrence) RecoveredDuring() bool { return o.Ended < sim.Never && o.Recovered == o.Ended }

// TimeToClear returns how long after the begin of the fault the backlog was back at its level before for good, or −1.
func (o *Occurrence) TimeToClear() sim.Duration {
	if o.Recovered == sim.Never {
		return -1
	}
	return between(o.Begun, o.Cleared)
}

// TimeToDetect returns how long after its begin the first alarm fired, or −1.
func (o *Occurrence) TimeToDetect() sim.Duration { return between(o.Begun, o.Detected) }

func between(from, to sim.Time) sim.Duration {
	if to == sim.Never {
		return -1
	}
	return to.Sub(from)
}

// Dead returns how many messages were dead-lettered, of all causes.
func (o *Occurrence) Dead() (n int64) {
	for p := message.DeadByError; p <= message.DeadByCrash; p++ {
		n += o.Ends[p]
	}
	return n
}

// Kept returns the share of its throughput that the path kept which fared worst, or NaN.
func (o *Occurrence) Kept() float64 {
	worst := math.NaN()
	for _, p := range o.Paths {
		if !math.IsNaN(p.Kept) && !(worst <= p.Kept) {
			worst = p.Kept
		}
	}
	return worst
}
