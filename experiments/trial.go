package experiments

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"weir/experiments/scenario"
	"weir/models/aws"
	"weir/models/cloudwatch"
	"weir/models/fault"
	"weir/models/iam"
	"weir/models/kms"
	"weir/models/message"
	"weir/models/meter"
	"weir/models/spec"
	"weir/models/workload"
	"weir/results"
	"weir/sim"
	"weir/sim/measure"
)

// Design is a scenario that has been checked and can be run.
type Design struct {
	Document *scenario.Document
	Profile  *aws.Profile
	Prices   *aws.PriceList
	records  map[string]*workload.Record
	overlay  overlay
	denied   []*iam.Denial
	units    map[string]map[string]string // of the figures, by component
	deadline map[string]bool              // the origins whose messages have one
	tap      tap                          // of a test that watches what passes, or nil
	whole    bool                         // for tests: all parts are run together
}

// Open reads a scenario file and checks it whole. The design is the file's own, or that of one of its variants. The
// error is a spec.Errors when the file is wrong.
func Open(file, variant string, settings []string) (*Design, error) {
	doc, err := language.Load(file, settings...)
	if err != nil {
		return nil, err
	}
	if variant != "" {
		if doc, err = doc.With(variant); err != nil {
			return nil, err
		}
	}
	d, err := newDesign(doc)
	if err != nil || variant != "" || len(settings) > 0 { // a setting may be meant for the base alone
		return d, err
	}
	var problems spec.Errors
	for _, name := range doc.VariantNames() {
		if _, err := d.With(name); err != nil && !errors.As(err, &problems) {
			return nil, err
		}
		if len(problems) > 0 {
			return nil, problems
		}
	}
	return d, nil
}

// New checks a scenario whose text is at hand. The files that it names are opened in folder.
func New(file string, data []byte, settings []string, folder fs.FS) (*Design, error) {
	doc, err := language.Decode(file, data, scenario.FromFS(folder), settings...)
	if err != nil {
		return nil, err
	}
	return newDesign(doc)
}

// With returns the design of one of the file's variants.
func (d *Design) With(variant string) (*Design, error) {
	doc, err := d.Document.With(variant)
	if err != nil {
		return nil, err
	}
	return newDesign(doc)
}

// Set returns the design with further settings, each written path=value.
func (d *Design) Set(settings ...string) (*Design, error) {
	parsed := make([]scenario.Setting, len(settings))
	for i, text := range settings {
		var err error
		if parsed[i], err = d.Document.Setting(text); err != nil {
			return nil, err
		}
	}
	doc, err := d.Document.With(d.Document.Variant, parsed...)
	if err != nil {
		return nil, err
	}
	return newDesign(doc)
}

func newDesign(doc *scenario.Document) (*Design, error) {
	return newDesignOf(doc, map[string]*workload.Record{})
}

// newDesignOf checks a document of which some recorded workloads have been read.
func newDesignOf(doc *scenario.Document, records map[string]*workload.Record) (*Design, error) {
	d := &Design{Document: doc, records: records}
	var err error
	if d.Profile, err = loadProfile(doc.Profile); err != nil {
		return nil, err
	}
	if d.Prices, err = loadPrices(doc.Region); err != nil {
		return nil, err
	}
	if d.Profile, err = d.Profile.In(doc.Region); err != nil {
		return nil, err
	}
	for _, o := range doc.Overrides {
		if err := d.Profile.Override(o.Key, o.Value); err != nil {
			return nil, err // the decoder has checked it
		}
	}
	if err := d.checkRun(); err != nil {
		return nil, err
	}
	t, err := d.build(0)
	if err != nil {
		return nil, err
	}
	d.units, d.deadline = map[string]map[string]string{}, map[string]bool{}
	for i, c := range t.components {
		d.units[c.Name()] = map[string]string{}
		d.deadline[c.Name()] = t.store.Ledger.Deadline(c.Name()) > 0
		t.figures(i, 0, func(name, unit string, _ float64) { d.units[c.Name()][name] = unit })
	}
	d.denied = t.denials
	for _, r := range t.store.Ledger.Routes() {
		if r.Sender != r.Origin || d.units[r.Origin] == nil {
			continue
		}
		d.units[r.Origin][results.ProcessedShare] = "share"
		if d.deadline[r.Origin] {
			d.units[r.Origin][results.InTimeShare] = "share"
		}
	}
	return d, d.checkObjectives()
}

// trial is the components of one replication.
type trial struct {
	eng        *sim.Engine
	store      *message.Store
	components []meter.Component
	curves     [][]*curve       // by component
	underWay   *measure.Series  // messages, read with the curves
	tick       sim.Event[int32] // with the number of the batch
	batch      int32            // the present one
	width      sim.Duration
	from       sim.Time
	carriedIn  []message.Route
	overdue    []uint64 // by route, at the begin of the window
	denials    []*iam.Denial
	kmsQuotas  []*kms.Quota
	recovery   *fault.Recovery      // nil without faults
	board      *cloudwatch.Board    // nil when nobody watches a metric
	recorder   *cloudwatch.Recorder // nil unless metrics are exported
	follower   follower             // nil unless messages are traced
}

// curve is a quantity that is read at every tick.
type curve struct {
	meter.Curve
	last   float64
	series *measure.Series
}

func (d *Design) build(replication int) (*trial, error) {
	eng := sim.NewEngine(d.Document.Run.Seed, replication)
	t := &trial{eng: eng, store: message.NewStore(d.Document.Run.MaxMessages)}
	b := newBuilder(d, eng, t.store)
	b.readPolicies()
	lane := d.lanes()
	for _, k := range kinds {
		for i := range d.Document.Components {
			c := &d.Document.Components[i]
			if c.Link.Section != k.section.Key {
				continue
			}
			first := len(b.after)
			eng.Lane(lane[c.Link])
			if built := k.build(b, c); built != nil {
				b.built[c.Link] = built
				t.components = append(t.components, built)
			}
			for i := first; i < len(b.after) && lane != nil; i++ {
				start := b.after[i]
				b.after[i] = func() { eng.Lane(lane[c.Link]); start() }
			}
		}
	}
	b.checkRoutes()
	b.checkPayloads()
	b.checkDropLate()
	if len(b.problems) == 0 {
		b.findLoops()
		for _, f := range slices.Concat(b.after, b.last) {
			f()
		}
	}
	if len(b.problems) == 0 {
		for _, f := range b.watching {
			f()
		}
	}
	eng.Lane(0)
	if err := b.problems.Sorted(); err != nil {
		return nil, err
	}
	t.components = append(t.components, b.extra...)
	t.denials, t.kmsQuotas, t.board, t.recovery = b.denials, b.kmsQuotas, b.watch, b.faults.recovery
	t.tick = sim.NewEvent(eng, "observe/tick", t.read)
	return t, nil
}

// curvePoints is how many points a curve has at the least; it is a round part of an hour or a minute where possible.
const curvePoints = 240

// tickWidth returns the time between two readings of the curves.
func tickWidth(window sim.Duration) sim.Duration {
	most := max(window/curvePoints, 1)
	for _, unit := range []sim.Duration{sim.Hour, sim.Minute, sim.Second, sim.Millisecond, sim.Microsecond} {
		for _, n := range []sim.Duration{30, 20, 10, 5, 2, 1} {
			if width := n * unit; width <= most {
				return width
			}
		}
	}
	return most
}

// observe begins the window: statistics begin anew and curves are read from now on.
func (t *trial) observe(window sim.Duration) {
	now := t.eng.Now()
	t.from, t.width = now, tickWidth(window)
	t.curves, t.carriedIn = nil, nil
	t.underWay = measure.NewSeries(measure.Means, t.width, 4*curvePoints)
	if t.board != nil {
		t.board.Settle(now)
		defer t.board.Rebase(now)
	}
	if t.recorder != nil && t.batch == 0 {
		t.recorder.Begin(now)
	}
	if t.recorder != nil {
		t.recorder.Settle(now)
		defer t.recorder.Rebase(now)
	}
	if t.follower != nil {
		t.follower.observe()
	}
	for _, c := range t.components {
		c.Reset(now)
		var curves []*curve
		c.Curves(func(m meter.Curve) {
			curves = append(curves, &curve{m, m.Read(now), measure.NewSeries(measure.Means, t.width, 4*curvePoints)})
		})
		t.curves = append(t.curves, curves)
	}
	t.carriedIn, t.overdue = slices.Clone(t.store.Ledger.Routes()), t.store.Overdue(now)
	for _, q := range t.kmsQuotas {
		q.Reset(now)
	}
	for _, d := range t.denials {
		d.Calls = measure.Counter{}
	}
	t.watch()
}

// watch lets the curves of the present batch be read from now on.
func (t *trial) watch() {
	t.tick.After(t.width, t.batch)
}

// read is the event that the curves of a batch are read.
func (t *trial) read(batch int32) {
	if batch != t.batch {
		return
	}
	now := t.eng.Now()
	if t.underWay != nil {
		t.underWay.Cover(sim.Time(now.Sub(t.from)), t.messagesUnderWay())
	}
	for _, curves := range t.curves {
		for _, c := range curves {
			v := c.Read(now)
			if c.Kind != meter.Instant {
				v, c.last = (v-c.last)/t.width.Seconds(), v
			}
			c.series.Cover(sim.Time(now.Sub(t.from)), v)
		}
	}
	t.tick.After(t.width, batch)
}

// Progress tells how far a trial is: virtual time since its start and events fired.
type Progress func(replication int, done sim.Time, events uint64)

// slice is how many events are fired between two looks at the outside world.
const slice = 1 << 19

// stuckAfter is how many events may fire without time passing before a trial counts as stuck.
const stuckAfter = 1 << 26

// Trial runs one replication and returns an outcome for each batch of it; without batches, that is one. It ends early,
// with what it has and the reason in Truncated, when the context is done or memory is full. An error is a defect of the
// model.
func (d *Design) Trial(ctx context.Context, replication int, progress Progress) ([]*results.Outcome, error) {
	t, err := d.build(replication)
	if err != nil {
		return nil, err
	}
	return d.observed(ctx, t, replication, progress)
}

// observed runs the components of a replication through the warm-up and the windows of observation.
func (d *Design) observed(
	ctx context.Context, t *trial, replication int, progress Progress,
) (outcomes []*results.Outcome, err error) {
	run := d.Document.Run
	end := sim.Time(run.Warmup.Sim())
	truncated := ""
	if end > 0 { // without one, the window holds what happens at instant 0 too
		if truncated, err = t.run(ctx, replication, end, progress); err != nil {
			return nil, err
		}
	}
	window := run.Duration.Sim() / sim.Duration(run.Batches)
	for batch := 0; batch < run.Batches && (truncated == "" || batch == 0); batch++ {
		t.batch = int32(batch)
		t.observe(window)
		end = end.Add(window)
		if truncated == "" {
			if truncated, err = t.run(ctx, replication, end, progress); err != nil {
				return nil, err
			}
		}
		if err := t.store.Ledger.Check(); err != nil {
			return nil, err
		}
		o := t.outcome(replication, truncated)
		o.Digits, o.Batch = run.HistogramDigits, batch
		if run.Batches > 1 {
			o.Keep()
		}
		outcomes = append(outcomes, o)
	}
	return outcomes, nil
}

// run runs up to an instant and, where metrics are recorded, reads them at the end of each of their intervals.
func (t *trial) run(ctx context.Context, replication int, until sim.Time, progress Progress) (string, error) {
	if t.recorder != nil {
		for next := t.recorder.Next(t.eng.Now()); next <= until; next = t.recorder.Next(next) {
			if truncated, err := t.piece(ctx, replication, next, progress); truncated != "" || err != nil {
				return truncated, err
			}
			t.recorder.Close(next)
		}
	}
	return t.piece(ctx, replication, until, progress)
}

func (t *trial) piece(ctx context.Context, replication int, until sim.Time, progress Progress) (string, error) {
	stuck, at := uint64(0), t.eng.Now()
	for {
		reason := t.eng.Run(until, slice)
		now := t.eng.Now()
		if progress != nil {
			progress(replication, now, t.eng.Fired())
		}
		switch {
		case t.store.Full():
			t.eng.Settle()
			now = t.eng.Now()
			return fmt.Sprintf("more than %d messages lived at once (run.max_messages), at %s", t.store.Live(), now), nil
		case reason == sim.Reached || reason == sim.Drained:
			return "", nil
		case ctx.Err() != nil:
			t.eng.Settle()
			return fmt.Sprintf("stopped by the user at %s", t.eng.Now()), nil
		}
		if stuck += slice; now > at {
			stuck, at = 0, now
		}
		if stuck > stuckAfter {
			return "", &LoopError{replication, now, t.busiest(until)}
		}
		if err := t.store.Ledger.Check(); err != nil {
			return "", err
		}
	}
}

// scaled is a component whose capacity changes.
type scaled interface {
	Activities(report func(at sim.Time, from, to int, cause string))
}

// pathed is a component where paths end.
type pathed interface{ Paths() []*message.Path }

func (t *trial) outcome(replication int, truncated string) *results.Outcome {
	now := t.eng.Now()
	o := &results.Outcome{
		Replication: replication, Fingerprint: t.eng.Fingerprint(), Events: t.eng.Fired(), From: t.from, To: now,
		Truncated: truncated, UnderWay: t.underWay,
	}
	if t.recovery != nil {
		t.recovery.Close()
	}
	for i, c := range t.components {
		out := results.Component{Name: c.Name(), Kind: c.Kind()}
		t.figures(i, now, func(name, unit string, v float64) {
			out.Figures = append(out.Figures, results.Figure{Name: name, Unit: unit, Value: v})
		})
		for _, k := range t.curves[i] {
			out.Curves = append(out.Curves, results.Curve{Name: k.Name, Unit: k.Unit, Values: k.series})
		}
		c.Usage(now, func(item, variant string, quantity float64) {
			out.Usage = append(out.Usage, aws.Usage{Component: c.Name(), Item: item, Variant: variant, Quantity: quantity})
		})
		if s, ok := c.(meter.Sharer); ok {
			s.Shares(now, func(s meter.Share) { o.Shares = append(o.Shares, s) })
		}
		if g, ok := c.(scaled); ok {
			g.Activities(func(at sim.Time, from, to int, cause string) {
				out.Activities = append(out.Activities, results.Activity{At: at.Sub(t.from), From: from, To: to, Cause: cause})
			})
		}
		if f, ok := c.(*fault.Fault); ok {
			o.Faults = append(o.Faults, results.Fault{
				Name: f.Name(), Kind: string(f.Spec().Kind()), Of: f.Of().String(), Occurrences: f.Occurrences(),
			})
		}
		if p, ok := c.(pathed); ok {
			o.Paths = append(o.Paths, p.Paths()...)
		}
		o.Components = append(o.Components, out)
	}
	for _, q := range t.kmsQuotas {
		q.Shares(now, func(s meter.Share) { o.Shares = append(o.Shares, s) })
	}
	for _, d := range t.denials {
		o.Denials = append(o.Denials, results.Denial{
			Principal: d.Principal, Action: d.Action, Resource: d.Resource, Reason: d.Reason, Calls: d.Calls.Value(),
		})
	}
	t.account(o, now)
	return o
}

// account adds the ledger of the window to an outcome.
func (t *trial) account(o *results.Outcome, now sim.Time) {
	overdue := t.store.Overdue(now)
	for _, r := range t.store.Ledger.Routes() {
		if d := t.store.Ledger.Deadline(r.Origin); d > 0 && r.Origin == r.Sender {
			o.Deadlines = append(o.Deadlines, results.Deadline{Origin: r.Origin, Length: d})
		}
	}
	for i, r := range t.store.Ledger.Routes() {
		o.Messages += r.Sent
		a := results.Account{Origin: r.Origin, Sender: r.Sender, Sent: r.Sent, Late: r.Late, Overdue: overdue[i]}
		var before message.Route
		if i < len(t.carriedIn) {
			before, a.OverdueBefore = t.carriedIn[i], t.overdue[i]
		}
		a.Sent, a.Late = a.Sent-before.Sent, a.Late-before.Late
		for p := message.Place(0); p < message.Places; p++ {
			if p.Ended() {
				a.Ended[p] = int64(r.Count[p]) - int64(before.Count[p])
			} else {
				a.UnderWay[p] = r.Count[p]
				a.CarriedIn += before.Count[p]
			}
		}
		o.Ledger = append(o.Ledger, a)
	}
}
