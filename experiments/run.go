package experiments

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"weir/results"
)

// ErrNothingFinished is returned when a run was stopped before any trial had something to show.
var ErrNothingFinished = errors.New("stopped before anything was finished")

// Run runs all replications of a design, as many at a time as there are processors, and more until the intervals are as
// narrow as the scenario asks. When the context is done, the replications that are finished are kept; those under way
// are dropped unless none is finished. The progress function may be called from several goroutines at once.
func (d *Design) Run(ctx context.Context, progress Progress) (*results.Ensemble, error) {
	settled, warmup, err := d.settle(ctx)
	if err != nil {
		return nil, err
	}
	r := runner{design: settled, progress: progress}
	for wanted := settled.Document.Run.Replications; ; {
		if err := r.extend(ctx, wanted); err != nil {
			return nil, err
		}
		e, err := keep(ctx, r.outcomes)
		if err != nil {
			return nil, err
		}
		e.Warmup, e.Inputs = warmup, r.inputs
		more := settled.wanted(e)
		if more <= wanted || ctx.Err() != nil {
			return e, nil
		}
		wanted = more
	}
}

// runner runs the replications of a design, some and then more.
type runner struct {
	design   *Design
	progress Progress
	outcomes [][]*results.Outcome // by replication, then by batch
	drawn    []*Design            // by group, where something is uncertain
	inputs   []results.Input
}

// extend runs replications until there are n.
func (r *runner) extend(ctx context.Context, n int) error {
	if err := r.draw(n); err != nil {
		return err
	}
	first := len(r.outcomes)
	r.outcomes = append(r.outcomes, make([][]*results.Outcome, n-first)...)
	return inParallel(ctx, n-first, func(i int) (err error) {
		r.outcomes[first+i], err = r.trial(ctx, first+i)
		return err
	})
}

func (r *runner) trial(ctx context.Context, replication int) ([]*results.Outcome, error) {
	if len(r.drawn) == 0 {
		return r.design.Trial(ctx, replication, r.progress)
	}
	group := replication / r.design.Document.Run.Group
	outcomes, err := r.drawn[group].Trial(ctx, replication, r.progress)
	for _, o := range outcomes {
		o.Group = group
	}
	return outcomes, err
}

// inParallel calls do with 0 to n-1, as many at a time as there are processors, and returns what failed. When the
// context is done, no more calls begin.
func inParallel(ctx context.Context, n int, do func(int) error) error {
	errs := make([]error, n)
	next := make(chan int)
	var group sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n) {
		group.Go(func() {
			for i := range next {
				errs[i] = do(i)
			}
		})
	}
	for i := range n {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	group.Wait()
	return errors.Join(errs...)
}

// keep drops what has nothing to show, and what a stopped run left unfinished.
func keep(ctx context.Context, replications [][]*results.Outcome) (*results.Ensemble, error) {
	var e results.Ensemble
	var partial []*results.Outcome
	finished := 0
	for i, outcomes := range replications {
		if len(outcomes) == 0 {
			continue
		}
		whole := true
		for _, o := range outcomes {
			switch {
			case o.Window() <= 0:
				e.Dropped = append(e.Dropped, fmt.Sprintf("replication %d has no results: %s", i, o.Truncated))
				whole = false
			case o.Truncated != "" && ctx.Err() != nil:
				partial = append(partial, o)
				whole = false
			default:
				e.Outcomes = append(e.Outcomes, o)
			}
		}
		if whole {
			finished++
		}
	}
	if len(e.Outcomes) == 0 && len(partial) > 0 { // pieces of unequal length are no replications: the longest is shown
		e.Outcomes = []*results.Outcome{slices.MaxFunc(partial, func(a, b *results.Outcome) int {
			return cmp.Compare(a.Window(), b.Window())
		})}
	}
	if len(e.Outcomes) == 0 {
		if len(e.Dropped) > 0 {
			return nil, fmt.Errorf("%w: %s", ErrNothingFinished, e.Dropped[0])
		}
		return nil, ErrNothingFinished
	}
	if finished < len(replications) && ctx.Err() != nil {
		e.Dropped = append(e.Dropped, fmt.Sprintf("stopped by the user: %d of %d replications are finished",
			finished, len(replications)))
	}
	return &e, nil
}

// Summarise returns the document of a run.
func (d *Design) Summarise(e *results.Ensemble, build results.Build, wallSeconds float64) *results.Summary {
	doc := d.Document
	s := e.Summarise(d.Prices, doc.Cost.FreeTier)
	s.Weir = build
	s.Scenario = results.Scenario{
		Name: doc.Name, Variant: doc.Variant,
		Digest: doc.Digest(), Profile: doc.Profile, Region: doc.Region, Seed: doc.Run.Seed,
	}
	s.Run.DurationSeconds = doc.Run.Duration.Sim().Seconds()
	s.Run.Precision = d.reached(s)
	s.Run.WallSeconds = wallSeconds
	for i := range doc.Objectives {
		s.Objectives = append(s.Objectives, judge(&doc.Objectives[i], s))
	}
	s.Objectives = append(s.Objectives, d.judgeAlarms(s)...)
	return s
}
