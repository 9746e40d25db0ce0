package experiments

import (
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

// derive checks a document that was made of the design's, and takes over the recorded workloads that it has, too.
func (d *Design) derive(doc *scenario.Document) (*Design, error) {
	records := map[string]*workload.Record{}
	for i := range d.Document.Components {
		c := &d.Document.Components[i]
		other := doc.Component(c.Link)
		if r := d.records[c.Path()]; r != nil && other != nil && sameRecord(c, other) {
			records[c.Path()] = r
		}
	}
	return newDesignOf(doc, records)
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
	doc, err := d.Document.With(d.Document.Variant)
	if err != nil {
		return nil, err
	}
	var problems spec.Errors
	producers := 0
	for i := range doc.Components {
		c := &doc.Components[i]
		p, ok := c.Spec.(*sdk.ProducerSpec)
		if !ok {
			continue
		}
		producers++
		for _, problem := range p.Spec.Scale(k) {
			problems = append(problems, doc.ErrorAt(c.Link, problem.Field, "%s", problem.Text))
		}
	}
	if producers == 0 {
		problems = append(problems, doc.ErrorAt(spec.Link{}, "", "there are no producers, whose load could be scaled: "+
			"name what to scale with --load PATH"))
	}
	if err := problems.Sorted(); err != nil {
		return nil, err
	}
	return d.derive(doc)
}

// Steady returns the settings by which the design changes with time, of which a steady one has none.
func (d *Design) Steady() (changes []string) { return d.changes() }

// Surged returns the design with an overload: the arrivals of all producers come so many times as fast for a while. The
// instant is since the start of the run, and the warm-up is of the length given.
func (d *Design) Surged(warmup, at, length sim.Duration, factor float64) (*Design, error) {
	surged, doc := *d, *d.Document
	doc.Run.Warmup = scenario.Warmup(warmup)
	doc.Components = slices.Clone(doc.Components)
	for i := range doc.Components {
		c := &doc.Components[i]
		if p, ok := c.Spec.(*sdk.ProducerSpec); ok {
			own := *p
			own.Surge = &workload.Surge{At: spec.Duration(at), For: spec.Duration(length), Factor: factor}
			if problems := own.Validate(); len(problems) > 0 {
				return nil, spec.Errors{doc.ErrorAt(c.Link, problems[0].Field, "%s", problems[0].Text)}
			}
			c.Spec = &own
		}
	}
	surged.Document = &doc
	return &surged, nil
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
	s.mutex.Unlock()
	if err != nil {
		return nil, err
	}
	outcomes, err := s.runner.trial(ctx, replication)
	if err == nil && ctx.Err() != nil && unfinished(ctx, replication, outcomes) != "" {
		err = ErrNothingFinished
	}
	if err != nil {
		return nil, err
	}
	return &results.Ensemble{Outcomes: outcomes, Warmup: s.runner.warmup}, nil
}
