package experiments

import (
	"cmp"
	"context"
	"reflect"
	"slices"
	"sync"

	"weir/experiments/scenario"
	"weir/models/sdk"
	"weir/models/spec"
	"weir/models/workload"
	"weir/results"
	"weir/sim"
)

// Vary returns the design with further settings.
func (d *Design) Vary(settings ...scenario.Setting) (*Design, error) {
	doc, err := d.Document.With(d.Document.Variant, settings...)
	if err != nil {
		return nil, err
	}
	return d.derive(doc)
}

// overlay is what a design has that its file does not say. A document that is made of the design's by further settings
// is decoded anew, and is to have it, too.
type overlay struct {
	load  float64         // by which the arrivals of all producers are scaled; 0 when they are not
	surge *workload.Surge // of all producers, or nil
}

// derive checks a document that was decoded anew of the design's, and takes over what the design has besides: its load,
// and the recorded workloads that were read.
func (d *Design) derive(doc *scenario.Document) (*Design, error) {
	if err := d.overlay.put(doc); err != nil {
		return nil, err
	}
	records := map[string]*workload.Record{}
	for i := range d.Document.Components {
		c := &d.Document.Components[i]
		other := doc.Component(c.Link)
		if r := d.records[c.Path()]; r != nil && other != nil && sameRecord(c, other) {
			records[c.Path()] = r
		}
	}
	derived, err := newDesignOf(doc, records)
	if err != nil {
		return nil, err
	}
	derived.overlay = d.overlay
	return derived, nil
}

// put changes a document that is as its file has it.
func (o overlay) put(doc *scenario.Document) error {
	var problems spec.Errors
	for i := range doc.Components {
		c := &doc.Components[i]
		p, ok := c.Spec.(*sdk.ProducerSpec)
		if !ok {
			continue
		}
		var wrong []spec.Problem
		if o.load != 0 {
			wrong = p.Spec.Scale(o.load)
		}
		if o.surge != nil {
			p.Surge = o.surge
			wrong = append(wrong, p.Validate()...)
		}
		for _, problem := range wrong {
			problems = append(problems, doc.ErrorAt(c.Link, problem.Field, "%s", problem.Text))
		}
	}
	return problems.Sorted()
}

// sameRecord reports whether two producers read the same recorded workload. How often each message comes is not of it.
func sameRecord(a, b *scenario.Component) bool {
	first, second := a.Spec.(*sdk.ProducerSpec).Arrivals.Trace, b.Spec.(*sdk.ProducerSpec).Arrivals.Trace
	if first == nil || second == nil {
		return false
	}
	x, y := *first, *second
	x.RateScale, y.RateScale = 1, 1
	return reflect.DeepEqual(x, y)
}

// AtLoad returns the design with the arrivals of all producers scaled: k times as many messages, or clients, at the
// same instants of a day. The error is a spec.Errors when some arrivals cannot be scaled.
func (d *Design) AtLoad(k float64) (*Design, error) {
	if !slices.ContainsFunc(d.Document.Components, isProducer) {
		return nil, spec.Errors{d.Document.ErrorAt(spec.Link{}, "", "there are no producers, whose load could be scaled: "+
			"name what to scale with --load PATH")}
	}
	scaled := *d
	scaled.overlay.load = cmp.Or(d.overlay.load, 1) * k
	return scaled.Vary()
}

func isProducer(c scenario.Component) bool {
	_, ok := c.Spec.(*sdk.ProducerSpec)
	return ok
}

// Surged returns the design with an overload: the arrivals of all producers come so many times as fast for a while. The
// instant is since the start of the run, and the warm-up is of the length given.
func (d *Design) Surged(warmup, at, length sim.Duration, factor float64) (*Design, error) {
	overloaded := *d
	overloaded.overlay.surge = &workload.Surge{At: spec.Duration(at), For: spec.Duration(length), Factor: factor}
	surged, err := overloaded.Vary()
	if err != nil {
		return nil, err
	}
	surged.Document.Run.Warmup = scenario.Warmup(warmup)
	return surged, nil
}

// Study runs replications of a design one by one, as whoever asks for them chooses. It can be used by several
// goroutines at once.
type Study struct {
	runner runner
	mutex  sync.Mutex // of what is drawn
}

// NewStudy returns a study of the design, its warm-up found where it is to be found. A warm-up that was found before
// may be given, and is taken as it is.
func (d *Design) NewStudy(ctx context.Context, known *results.Warmup) (*Study, error) {
	if known == nil {
		runners, err := settle(ctx, []*Design{d})
		if err != nil {
			return nil, err
		}
		return &Study{runner: *runners[0]}, nil
	}
	settled, doc := *d, *d.Document
	doc.Run.Warmup = scenario.Warmup(known.Length)
	settled.Document = &doc
	return &Study{runner: runner{design: &settled, warmup: *known}}, nil
}

// Warmup returns the warm-up and how it was found.
func (s *Study) Warmup() results.Warmup { return s.runner.warmup }

// Trial runs a replication and returns its outcomes, one for each batch, as an ensemble. When the context is done
// before the replication is, the error is ErrNothingFinished.
func (s *Study) Trial(ctx context.Context, replication int) (*results.Ensemble, error) {
	s.mutex.Lock()
	err := s.runner.draw(replication + 1)
	if err != nil {
		s.mutex.Unlock()
		return nil, err
	}
	design, group := s.runner.of(replication) // another goroutine may draw more in a moment
	s.mutex.Unlock()
	outcomes, err := s.runner.trial(ctx, design, group, replication)
	if err == nil && ctx.Err() != nil && unfinished(ctx, replication, outcomes) != "" {
		err = ErrNothingFinished
	}
	if err != nil {
		return nil, err
	}
	return &results.Ensemble{Outcomes: outcomes, Warmup: s.runner.warmup}, nil
}
