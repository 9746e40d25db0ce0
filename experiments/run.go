package experiments

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"weir/results"
	"weir/results/parallel"
)

// ErrNothingFinished is returned when a run was stopped before any trial had something to show.
var ErrNothingFinished = errors.New("stopped before anything was finished")

// Run runs all replications of a design, as many at a time as there are processors, and more until the intervals are as
// narrow as the scenario asks. When the context is done, the replications that are finished are kept; those under way
// are dropped unless none is finished. The progress function may be called from several goroutines at once.
func (d *Design) Run(ctx context.Context, progress Progress) (*results.Ensemble, error) {
	all, err := runAll(ctx, []*Design{d}, func(int) Progress { return progress }, keep)
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// RunTogether runs all replications of several designs, so that they can be compared: all with the first one's number
// of replications and after the same warm-up, replication by replication, that when the context is done all designs
// have finished about as many. It keeps those that all have finished. The progress functions, one for each design, may
// be called from several goroutines at once.
func RunTogether(
	ctx context.Context, designs []*Design, progress func(design int) Progress,
) ([]*results.Ensemble, error) {
	return runAll(ctx, designs, progress, keepTogether)
}

// keeper makes ensembles of the outcomes of runners.
type keeper func(context.Context, []*runner) ([]*results.Ensemble, error)

func runAll(
	ctx context.Context, designs []*Design, progress func(design int) Progress, keep keeper,
) ([]*results.Ensemble, error) {
	runners, err := settle(ctx, designs)
	if err != nil {
		return nil, err
	}
	for i, r := range runners {
		r.progress = progress(i)
	}
	for wanted := runners[0].design.first(); ; {
		if err := extend(ctx, runners, wanted); err != nil {
			return nil, err
		}
		all, err := keep(ctx, runners)
		if err != nil {
			return nil, err
		}
		more := 0
		for i, r := range runners {
			all[i].Warmup, all[i].Inputs = r.warmup, r.inputs
			more = max(more, r.design.wanted(all[i]))
		}
		if more <= wanted || ctx.Err() != nil {
			return all, nil
		}
		wanted = more
	}
}

// runner runs the replications of a design, some and then more.
type runner struct {
	design   *Design
	warmup   results.Warmup
	progress Progress
	outcomes [][]*results.Outcome // by replication, then by batch
	drawn    []*Design            // by group, where something is uncertain
	inputs   []results.Input
}

// extend runs replications until all runners have n.
func extend(ctx context.Context, runners []*runner, n int) error {
	first := len(runners[0].outcomes)
	for _, r := range runners {
		if err := r.draw(n); err != nil {
			return err
		}
		r.outcomes = append(r.outcomes, make([][]*results.Outcome, n-first)...)
	}
	return parallel.Do(ctx, (n-first)*len(runners), func(ctx context.Context, i int) (err error) {
		r, replication := runners[i%len(runners)], first+i/len(runners)
		design, group := r.of(replication)
		r.outcomes[replication], err = r.trial(ctx, design, group, replication)
		return err
	})
}

// of returns the design of a replication, and its group where something is uncertain. It has been drawn.
func (r *runner) of(replication int) (d *Design, group int) {
	if len(r.drawn) == 0 {
		return r.design, 0
	}
	group = replication / r.design.Document.Run.Group
	return r.drawn[group], group
}

// trial runs a replication of the design that of returned for it.
func (r *runner) trial(ctx context.Context, d *Design, group, replication int) ([]*results.Outcome, error) {
	outcomes, err := d.Trial(ctx, replication, r.progress)
	for _, o := range outcomes {
		o.Group = group
	}
	return outcomes, err
}

// keep drops what has nothing to show of one design, and what a stopped run left unfinished.
func keep(ctx context.Context, runners []*runner) ([]*results.Ensemble, error) {
	replications := runners[0].outcomes
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
	return []*results.Ensemble{&e}, nil
}

// keepTogether keeps the replications that all designs have finished.
func keepTogether(ctx context.Context, runners []*runner) ([]*results.Ensemble, error) {
	kept := make([]*results.Ensemble, len(runners))
	for i := range kept {
		kept[i] = &results.Ensemble{}
	}
	finished, wanted := 0, len(runners[0].outcomes)
	for replication := range wanted {
		reason := ""
		for _, r := range runners {
			if reason == "" {
				reason = unfinished(ctx, replication, r.outcomes[replication])
			}
		}
		if reason == "" {
			finished++
		}
		for i, r := range runners {
			switch {
			case reason == "":
				kept[i].Outcomes = append(kept[i].Outcomes, r.outcomes[replication]...)
			case ctx.Err() == nil:
				kept[i].Dropped = append(kept[i].Dropped, reason)
			}
		}
	}
	if finished == 0 {
		return nil, errors.Join(ErrNothingFinished, ctx.Err(), firstDropped(kept[0]))
	}
	if finished < wanted && ctx.Err() != nil {
		for _, e := range kept {
			e.Dropped = append(e.Dropped, fmt.Sprintf("stopped by the user: all designs have finished %d of %d replications",
				finished, wanted))
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
func unfinished(ctx context.Context, replication int, batches []*results.Outcome) string {
	if len(batches) == 0 {
		return fmt.Sprintf("replication %d is not finished", replication)
	}
	for _, o := range batches {
		switch {
		case o.Truncated != "" && ctx.Err() != nil:
			return fmt.Sprintf("replication %d is not finished", replication)
		case o.Window() <= 0:
			return fmt.Sprintf("replication %d has no results: %s", replication, o.Truncated)
		}
	}
	return ""
}

// Scenario returns what results are of.
func (d *Design) Scenario() results.Scenario {
	doc := d.Document
	return results.Scenario{
		Name: doc.Name, Variant: doc.Variant, Digest: doc.Digest(), Profile: doc.Profile, Region: doc.Region,
		Seed: doc.Run.Seed,
	}
}

// Summarise returns the document of a run.
func (d *Design) Summarise(e *results.Ensemble, build results.Build, wallSeconds float64) *results.Summary {
	doc := d.Document
	s := e.Summarise(d.Prices, doc.Cost.FreeTier)
	s.Weir = build
	s.Scenario = d.Scenario()
	s.Run.DurationSeconds = doc.Run.Duration.Sim().Seconds()
	s.Run.Precision = d.reached(s)
	s.Recur(d.Changes())
	s.Run.WallSeconds = wallSeconds
	s.Objectives = append(s.Objectives, d.Judge(s, s.Run.Truncated, s.Cost.Unpriced)...)
	return s
}
