package fault

import (
	"math"

	"weir/models/message"
	"weir/sim"
)

// Occurrence is what was measured of one time that a fault struck. Instants are since the start of the run.
type Occurrence struct {
	Begun     sim.Time
	Ended     sim.Time // or sim.Never
	Recovered sim.Time // when the backlog was back at its level before for good, but not before the end, or sim.Never
	Cleared   sim.Time // when it was so, also while the fault struck; the begin when it never was away from that level
	Detected  sim.Time // when the first alarm fired, or sim.Never

	// Messages that waited in what is watched: on average for some time before, at the most until the recovery, and when
	// the fault ended (NaN while it has not).
	BacklogBefore, BacklogPeak, BacklogAtEnd float64

	// From the begin to the recovery, or to the end of the run or the next time that the fault strikes:
	Ends       [message.Places]int64 // messages that ended, by place; a dead letter that was processed counts −1 there
	Duplicates int64                 // work done again, and messages accepted again whose sender got no answer
	// Wrong is calls that ended with an error or without an answer because of the fault; NaN of a fault that strikes no
	// calls, whose errors are among those of its target: nobody can tell which of them are its own.
	Wrong float64

	Paths      []PathRecovery
	Metastable *Metastable // nil unless the design stayed stuck

	// Beside are the faults that struck, or that the design had not recovered from, while its usual throughput was
	// measured: what is told as a share of it may be a share of too little.
	Beside []string

	usual   level  // the backlog's before
	away    bool   // the backlog is away from it
	counted counts // at the begin
	until   counts // at the recovery
	flowing flow   // some time before it
	started flow   // at the begin
	stopped flow   // at the end of the fault
	turn    flow   // at the last turn of windows since
	stuck   bool   // since the end, in every window that tells
	windows int    // that told so
	done    bool
}

// PathRecovery is how a path fared while a fault struck.
type PathRecovery struct {
	Name           string
	Before, During float64 // messages processed a second: for some time before, and while the fault struck
	Kept           float64 // the latter as a share of the former, above 1 when more came; NaN with nothing before
}

// Metastable is a state that a design does not leave by itself though its fault is over and the load is as before.
type Metastable struct {
	Since   sim.Time // the end of the fault
	Goodput float64  // since then, as a share of what it was before the fault
	Retries float64  // share of the attempts of calls and deliveries since then that were not the first
	// By is who made most of those retries, and Share their share of its own attempts: what keeps a design stuck may be
	// few attempts among those of everybody.
	By    string
	Share float64
}

// usual is the backlog while no fault strikes: in the present window and in the one before.
type usual struct{ now, before stretch }

// stretch is samples of a backlog.
type stretch struct{ n, sum, squares, most float64 }

// level is where a backlog usually is.
type level struct {
	mean float64
	back float64 // at the most when it is there again
	most float64 // above that, it is away
}

// A backlog is away from its level when it strays above all that it was before, by awaySpreads standard deviations, and
// by awayShare of the way to the highest that it has been since the fault began. The last keeps the noise of a long
// while after a recovery from passing for a part of the fault: what little a run has seen before it tells of its tail.
const (
	awaySpreads = 8
	awayShare   = 0.5
)

func (u *usual) add(backlog float64, turn bool) {
	if turn {
		u.now, u.before = stretch{}, u.now
	}
	s := &u.now
	s.n++
	s.sum += backlog
	s.squares += float64(backlog * backlog)
	s.most = max(s.most, backlog)
}

// level returns the level of the last one to two windows, or the present backlog when there was none.
func (u *usual) level(present float64) level {
	n := u.now.n + u.before.n
	if n == 0 {
		return level{present, present, present}
	}
	mean := (u.now.sum + u.before.sum) / n
	spread := math.Sqrt(max((u.now.squares+u.before.squares)/n-float64(mean*mean), 0))
	return level{
		mean: mean, back: math.Ceil(mean + spread),
		most: max(u.now.most, u.before.most, math.Ceil(mean+float64(awaySpreads*spread))),
	}
}

// latest returns the last occurrence, or nil.
func (f *Fault) latest() *Occurrence {
	if n := len(f.occurrences); n > 0 {
		return f.occurrences[n-1]
	}
	return nil
}

// measured returns the occurrence that is being measured, or nil.
func (f *Fault) measured() *Occurrence {
	if o := f.latest(); o != nil && !o.done {
		return o
	}
	return nil
}

// looked takes a look at the backlog. It is away from its level from when it strays too far until it is within a
// standard deviation of its mean again: in between, noise decides nothing. The recovery stands when the backlog has
// kept to its level for a window, since what a fault does may show after its end.
func (f *Fault) looked(now sim.Time, turn bool) {
	backlog := f.parts.Backlog()
	o := f.measured()
	if o == nil || o.Recovered < sim.Never {
		f.usual.add(backlog, turn)
	}
	if o == nil {
		return
	}
	if o.away || o.Recovered == sim.Never {
		o.BacklogPeak = max(o.BacklogPeak, backlog)
	}
	switch {
	case o.away && backlog <= o.usual.back:
		o.away, o.Cleared = false, now
		if o.Ended < sim.Never {
			f.recovered(o, now)
		}
	case !o.away && o.strays(backlog):
		o.away, o.Recovered = true, sim.Never
		o.BacklogPeak = max(o.BacklogPeak, backlog)
	case o.Recovered < sim.Never && now.Sub(o.Recovered) >= f.parts.Recovery.hold():
		f.count(o)
	}
}

// strays reports whether a backlog is away from its level.
func (o *Occurrence) strays(backlog float64) bool {
	mean := o.usual.mean
	return backlog > max(o.usual.most, mean+float64(awayShare*(o.BacklogPeak-mean)))
}

// recovered notes that a fault is over and the backlog at its level. One that is there at the first look after the end
// was there at the end.
func (f *Fault) recovered(o *Occurrence, now sim.Time) {
	o.Recovered = now
	if now.Sub(o.Ended) <= f.parts.Recovery.every {
		o.Recovered, o.Cleared = o.Ended, min(o.Cleared, o.Ended)
	}
	o.until = f.parts.Recovery.counts(f)
}

// count ends the counts of an occurrence: they go up to the recovery.
func (f *Fault) count(o *Occurrence) {
	o.done = true
	c := o.until
	if o.Recovered == sim.Never {
		c = f.parts.Recovery.counts(f)
	}
	for p := range c.ends {
		o.Ends[p] = c.ends[p] - o.counted.ends[p]
	}
	o.Duplicates = c.duplicates - o.counted.duplicates
	o.Wrong = math.NaN()
	if len(f.parts.Calls) > 0 {
		o.Wrong = float64(c.wrong - o.counted.wrong)
	}
}

// finish ends what is measured of the last occurrence.
func (f *Fault) finish() {
	o := f.latest()
	if o == nil {
		return
	}
	if o.stuck && f.spec.MetastableAfter == nil {
		now := f.parts.Recovery.flow()
		if long := now.at.Sub(o.Ended) >= o.Ended.Sub(o.Begun); long && o.windows >= stuckWindows {
			o.remains(&now)
		}
		o.stuck = false
	}
	if o.done {
		return
	}
	if o.Ended == sim.Never {
		o.stopped = f.parts.Recovery.flow()
		o.fared()
	}
	f.count(o)
}

// fared tells how each path fared while the fault struck.
func (o *Occurrence) fared() {
	for _, p := range o.stopped.paths {
		path := PathRecovery{
			Name:   p.Name,
			Before: rate(o.flowing.of(p.Name), o.started.of(p.Name), o.flowing.at, o.started.at),
			During: rate(o.started.of(p.Name), p.Processed, o.started.at, o.stopped.at),
			Kept:   math.NaN(),
		}
		if path.Before > 0 && o.stopped.at > o.started.at {
			path.Kept = path.During / path.Before
		}
		o.Paths = append(o.Paths, path)
	}
}

// judge looks whether the design is stuck, at a turn of windows after the fault. A window in which the load was not as
// before says nothing.
func (o *Occurrence) judge(s *Spec, now *flow) {
	offered := rate(o.flowing.offered, o.started.offered, o.flowing.at, o.started.at)
	good := rate(o.flowing.good, o.started.good, o.flowing.at, o.started.at)
	last := o.turn
	o.turn = *now
	if last.at == o.stopped.at && now.at.Sub(last.at) <= 0 {
		return
	}
	load := rate(last.offered, now.offered, last.at, now.at)
	switch {
	case good == 0 || offered == 0:
		o.stuck = false
	case math.Abs(load/offered-1) > steady:
		return
	case rate(last.good, now.good, last.at, now.at) >= float64(s.MetastableBelow)*good:
		o.stuck = false
	default:
		o.windows++
	}
	if after := s.MetastableAfter; after != nil && o.stuck && now.at.Sub(o.Ended) >= after.Sim() && o.windows > 0 {
		o.remains(now)
		o.stuck = false
	}
}

// remains names a state that the design has not left until now.
func (o *Occurrence) remains(now *flow) {
	good := rate(o.flowing.good, o.started.good, o.flowing.at, o.started.at)
	o.Metastable = &Metastable{
		Since: o.Ended, Goodput: rate(o.stopped.good, now.good, o.stopped.at, now.at) / good,
	}
	o.Metastable.retried(o.stopped.attempts, now.attempts)
}

// retried tells how many of the attempts between two instants were retries.
func (m *Metastable) retried(since, until []AttemptCount) {
	var all, retries, most uint64
	for i, a := range until {
		if i < len(since) {
			a.All, a.Retries = a.All-since[i].All, a.Retries-since[i].Retries
		}
		all, retries = all+a.All, retries+a.Retries
		if a.Retries > most {
			most, m.By, m.Share = a.Retries, a.Name, float64(a.Retries)/float64(a.All)
		}
	}
	if all > 0 {
		m.Retries = float64(retries) / float64(all)
	}
}
