package fault

import (
	"math"

	"weir/models/message"
	"weir/sim"
)

// Observed is what a design shows to whoever measures how it recovers from faults.
type Observed struct {
	Ledger *message.Ledger
	// Paths returns the paths so far, always in the same order. Processed is the running number of messages that went the
	// whole way in time for whoever waits for them.
	Paths      func() []PathCount
	Offered    func() uint64 // messages that the producers had to send
	Duplicates func() uint64 // work that was done again
	// Attempts returns those of everyone who calls or delivers, always in the same order.
	Attempts func() []AttemptCount
}

// AttemptCount is how often somebody has called or delivered, and how many of these attempts were not the first of
// their call or message.
type AttemptCount struct {
	Name         string
	All, Retries uint64
}

// PathCount is how many messages a path has processed.
type PathCount struct {
	Name      string
	Processed uint64
}

// Recovery measures for all faults of a design how it fares while they strike, and how it recovers. It looks at regular
// instants.
type Recovery struct {
	eng    *sim.Engine
	seen   Observed
	every  sim.Duration // between two looks at backlogs, a millisecond at the least
	faults []*Fault
	look   sim.Event[uint8]
	looks  int
	window int     // looks
	before [2]flow // at the last two turns of windows
	stale  bool    // before is of counters that have been reset since
}

const (
	looksPerRun   = 20_000
	windowsPerRun = 80
	steady        = 0.1    // by which share the offered load may differ from before the fault to count as the same
	stuckWindows  = 8      // that a design must have been stuck for at the least: a tenth of the run
	measuredMost  = 10_000 // occurrences of a fault that are measured
)

// flow is the counts of an instant.
type flow struct {
	at       sim.Time
	offered  uint64
	attempts []AttemptCount
	paths    []PathCount
	good     uint64
}

// NewRecovery returns who measures the recovery in a run that ends at an instant.
func NewRecovery(eng *sim.Engine, end sim.Time) *Recovery {
	r := &Recovery{eng: eng, every: max(sim.Duration(end)/looksPerRun, sim.Millisecond)}
	r.window = max(int(sim.Duration(end)/r.every)/windowsPerRun, 1)
	r.look = sim.NewEvent(eng, "faults/look", r.tick)
	return r
}

// Watch tells what there is to see, and begins to look.
func (r *Recovery) Watch(seen Observed) {
	r.seen = seen
	r.before = [2]flow{r.flow(), r.flow()}
	r.look.After(r.every, 0)
}

// rate returns how many a second there were between two instants.
func rate(from, to uint64, since, until sim.Time) float64 {
	if until <= since || to < from {
		return 0
	}
	return float64(to-from) / until.Sub(since).Seconds()
}

func (r *Recovery) flow() flow {
	f := flow{at: r.eng.Now(), offered: r.seen.Offered(), paths: r.seen.Paths(), attempts: r.seen.Attempts()}
	for _, p := range f.paths {
		f.good += p.Processed
	}
	return f
}

// of returns the count of a path, 0 when it was not there.
func (f *flow) of(name string) uint64 {
	for _, p := range f.paths {
		if p.Name == name {
			return p.Processed
		}
	}
	return 0
}

// counts is what has happened up to an instant.
type counts struct {
	ends       [message.Places]int64
	duplicates int64
	wrong      uint64
}

func (r *Recovery) counts(f *Fault) (c counts) {
	for _, route := range r.seen.Ledger.Routes() {
		for p := message.Processed; p < message.Places; p++ {
			c.ends[p] += int64(route.Count[p])
		}
	}
	c.duplicates = int64(r.seen.Duplicates()) - c.ends[message.Deduplicated]
	for _, s := range f.parts.Calls {
		c.duplicates += int64(s.Twins.Value())
		c.wrong += s.Wrong()
	}
	return c
}

// reset forgets what was seen before the window of observation.
func (r *Recovery) reset() { r.stale = true }

func (r *Recovery) refresh() {
	if r.stale {
		r.stale = false
		r.before = [2]flow{r.flow(), r.flow()}
	}
}

// begin notes that a fault begins. What is still measured of the time before ends.
func (r *Recovery) begin(f *Fault) {
	r.refresh()
	f.finish()
	if len(f.occurrences) == measuredMost {
		return
	}
	backlog := f.parts.Backlog()
	usual := f.usual.level(backlog)
	f.occurrences = append(f.occurrences, &Occurrence{
		Begun: r.eng.Now(), Cleared: r.eng.Now(), Ended: sim.Never, Recovered: sim.Never, Detected: sim.Never,
		Beside:        r.beside(f, r.before[0].at),
		BacklogBefore: usual.mean, BacklogPeak: backlog, BacklogAtEnd: math.NaN(), counted: r.counts(f),
		flowing: r.before[0], started: r.flow(),
		usual: usual, away: backlog > usual.most,
	})
}

// beside names the faults that struck since an instant, or that the design had not recovered from, itself an earlier
// time of this one.
func (r *Recovery) beside(f *Fault, since sim.Time) (names []string) {
	for _, g := range r.faults {
		o := g.latest()
		if g != f && g.active || o != nil && (o.Recovered == sim.Never || o.Recovered > since) {
			names = append(names, g.name)
		}
	}
	return names
}

// over notes that a fault has ended.
func (r *Recovery) over(f *Fault) {
	o := f.measured()
	if o == nil {
		return
	}
	o.Ended = r.eng.Now()
	o.BacklogAtEnd = f.parts.Backlog()
	o.BacklogPeak = max(o.BacklogPeak, o.BacklogAtEnd)
	o.stopped = r.flow()
	o.turn, o.stuck = o.stopped, true
	o.fared()
	if !o.away {
		f.recovered(o, o.Ended)
	}
}

// hold returns how long a backlog has to keep to its level until a recovery stands.
func (r *Recovery) hold() sim.Duration { return sim.Duration(r.window) * r.every }

// tick is the event that backlogs are looked at.
func (r *Recovery) tick(uint8) {
	r.refresh()
	r.looks++
	turn := r.looks%r.window == 0
	var now flow
	if turn {
		now = r.flow()
	}
	for _, f := range r.faults {
		if f.active && f.parts.Over != nil && f.parts.Over() {
			f.end()
		}
		f.looked(r.eng.Now(), turn)
		if o := f.latest(); turn && o != nil && o.stuck {
			o.judge(f.spec, &now)
		}
	}
	if turn {
		r.before = [2]flow{r.before[1], now}
	}
	r.look.After(r.every, 0)
}

// detectedWithin is how long after a recovery an alarm still tells of the fault: what alarms look at is older by their
// evaluation periods and CloudWatch's delay, often by more than a fail-over lasts.
const detectedWithin = 30 * sim.Minute

// Alarmed notes that an alarm of the design has fired: it detects the faults that are there, or were a short time ago.
func (r *Recovery) Alarmed(now sim.Time) {
	for _, f := range r.faults {
		if o := f.latest(); o != nil && o.Detected == sim.Never && o.shows(now) {
			o.Detected = now
		}
	}
}

// shows reports whether an alarm tells of the occurrence: it is measured, or the design has recovered from it a short
// time ago. One that was measured to its end and not recovered from has given way to others.
func (o *Occurrence) shows(now sim.Time) bool {
	return !o.done || o.Recovered != sim.Never && now.Sub(o.Recovered) <= detectedWithin
}

// Close ends all measurements, at the end of the run.
func (r *Recovery) Close() {
	for _, f := range r.faults {
		f.finish()
	}
}
