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

// Run runs all replications of a design, as many at a time as there are processors. When the context is done, the
// replications that are finished are kept; those under way are dropped unless none is finished. The progress function
// may be called from several goroutines at once.
func (d *Design) Run(ctx context.Context, progress Progress) (*results.Ensemble, error) {
	n := d.Document.Run.Replications
	outcomes := make([]*results.Outcome, n)
	errs := make([]error, n)
	next := make(chan int)
	var group sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n) {
		group.Go(func() {
			for i := range next {
				outcomes[i], errs[i] = d.Trial(ctx, i, progress)
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
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return keep(ctx, outcomes)
}

// keep drops what has nothing to show, and what a stopped run left unfinished.
func keep(ctx context.Context, outcomes []*results.Outcome) (*results.Ensemble, error) {
	var e results.Ensemble
	var partial []*results.Outcome
	for i, o := range outcomes {
		switch {
		case o == nil:
		case o.Window() <= 0:
			e.Dropped = append(e.Dropped, fmt.Sprintf("replication %d has no results: %s", i, o.Truncated))
		case o.Truncated != "" && ctx.Err() != nil:
			partial = append(partial, o)
		default:
			e.Outcomes = append(e.Outcomes, o)
		}
	}
	finished := len(e.Outcomes)
	if finished == 0 && len(partial) > 0 { // pieces of unequal length are no replications: the longest is shown
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
	if finished < len(outcomes) && ctx.Err() != nil {
		e.Dropped = append(e.Dropped, fmt.Sprintf("stopped by the user: %d of %d replications are finished",
			finished, len(outcomes)))
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
	s.Run.WarmupSeconds = doc.Run.Warmup.Sim().Seconds()
	s.Run.Warmup = "none"
	if doc.Run.Warmup > 0 {
		s.Run.Warmup = "fixed"
	}
	s.Run.Replications = len(e.Outcomes)
	s.Run.WallSeconds = wallSeconds
	for i := range doc.Objectives {
		s.Objectives = append(s.Objectives, judge(&doc.Objectives[i], s))
	}
	s.Objectives = append(s.Objectives, d.judgeAlarms(s)...)
	return s
}
