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
	outcomes, err := trials(ctx, []*Design{d}, func(int) Progress { return progress })
	if err != nil {
		return nil, err
	}
	return keep(ctx, outcomes[0])
}

// RunTogether runs all replications of several designs, so that they can be compared: replication by replication, that
// when the context is done all designs have finished about as many. It keeps those that all have finished. The progress
// functions, one for each design, may be called from several goroutines at once.
func RunTogether(
	ctx context.Context, designs []*Design, progress func(design int) Progress,
) ([]*results.Ensemble, error) {
	outcomes, err := trials(ctx, designs, progress)
	if err != nil {
		return nil, err
	}
	kept := make([]*results.Ensemble, len(designs))
	for i := range kept {
		kept[i] = &results.Ensemble{}
	}
	wanted := 0
	for replication := range outcomes[0] {
		wanted++
		reason := ""
		for _, of := range outcomes {
			if reason == "" && replication < len(of) {
				reason = unfinished(ctx, replication, of[replication])
			}
		}
		for i, of := range outcomes {
			switch {
			case reason == "":
				kept[i].Outcomes = append(kept[i].Outcomes, of[replication])
			case ctx.Err() == nil:
				kept[i].Dropped = append(kept[i].Dropped, reason)
			}
		}
	}
	if n := len(kept[0].Outcomes); n == 0 {
		return nil, errors.Join(ErrNothingFinished, ctx.Err(), firstDropped(kept[0]))
	} else if n < wanted && ctx.Err() != nil {
		for _, e := range kept {
			e.Dropped = append(e.Dropped, fmt.Sprintf("stopped by the user: all designs have finished %d of %d replications", n,
				wanted))
		}
	}
	return kept, nil
}

func firstDropped(e *results.Ensemble) error {
	if len(e.Dropped) == 0 {
		return nil
	}
	return errors.New(e.Dropped[0])
}

// unfinished says why a replication cannot be compared, or nothing.
func unfinished(ctx context.Context, replication int, o *results.Outcome) string {
	switch {
	case o == nil || o.Truncated != "" && ctx.Err() != nil:
		return fmt.Sprintf("replication %d is not finished", replication)
	case o.Window() <= 0:
		return fmt.Sprintf("replication %d has no results: %s", replication, o.Truncated)
	}
	return ""
}

// trials runs the replications of all designs, replication by replication, as many at a time as there are processors.
// An outcome is nil when its trial did not begin before the context was done.
func trials(ctx context.Context, designs []*Design, progress func(design int) Progress) ([][]*results.Outcome, error) {
	type job struct{ design, replication int }
	var jobs []job
	outcomes := make([][]*results.Outcome, len(designs))
	for i, d := range designs {
		n := d.Document.Run.Replications
		outcomes[i] = make([]*results.Outcome, n)
		for replication := range n {
			jobs = append(jobs, job{i, replication})
		}
	}
	slices.SortStableFunc(jobs, func(a, b job) int { return cmp.Compare(a.replication, b.replication) })
	errs := make([]error, len(jobs))
	next := make(chan int)
	var group sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(jobs)) {
		group.Go(func() {
			for k := range next {
				j := jobs[k]
				outcomes[j.design][j.replication], errs[k] = designs[j.design].Trial(ctx, j.replication, progress(j.design))
			}
		})
	}
	for k := range jobs {
		if ctx.Err() != nil {
			break
		}
		next <- k
	}
	close(next)
	group.Wait()
	return outcomes, errors.Join(errs...)
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
