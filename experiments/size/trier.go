package size

import (
	"context"
	"math"

	"weir/experiments"
	"weir/experiments/points"
	"weir/results"
)

// state is what is known of whether a point meets all objectives.
type state int

const (
	open state = iota
	meets
	misses
)

// trier runs replications at points until it is known whether they meet the objectives.
type trier struct {
	lab    *points.Lab
	trials *results.Trials
	judge  func(seen *results.PointFigures) []results.Objective
	first  int // replications that a point begins with
	most   int // and has at the most
	group  int // replications that are added together
	// confidence is that of each interval that decides something, so that all of them together are right with 95 %.
	confidence float64
	progress   func(trials int)
}

// replicationsGrow is how many times as many replications as a point begins with it may get for a decision.
const replicationsGrow = 8

func newTrier(base *experiments.Design, lab *points.Lab, most int, progress func(int)) *trier {
	run := base.Document.Run
	t := &trier{lab: lab, first: run.Replications, most: most, group: 1, progress: progress, confidence: familyConfidence}
	uncertain := len(base.Document.Uncertainty) > 0
	if uncertain {
		t.group = run.Group
	}
	t.trials = results.NewTrials(uncertain)
	if t.most == 0 {
		t.most = min(replicationsGrow*t.first, max(run.ReplicationsMax, t.first))
	}
	t.most = max(t.most-t.most%t.group, t.first)
	return t
}

// familyConfidence is that of all decisions together.
const familyConfidence = 0.95

// divide parts the confidence among so many decisions at each stage (Bonferroni).
func (t *trier) divide(decisions int) {
	stages := 1
	for n := t.first; n < t.most; n *= 2 {
		stages++
	}
	t.confidence = 1 - (1-familyConfidence)/float64(max(decisions*stages, 1))
}

// extend runs replications until all points have n.
func (t *trier) extend(ctx context.Context, at []int, n int) error {
	var tasks []points.Task
	for _, point := range at {
		for replication := range n {
			if !t.trials.Has(point, replication) {
				tasks = append(tasks, points.Task{Point: point, Replication: replication})
			}
		}
	}
	err := t.lab.Run(ctx, tasks, func(trial results.Trial) error {
		t.trials.Add(trial)
		t.progress(t.trials.Len())
		return nil
	})
	if err == nil && ctx.Err() != nil {
		err = experiments.ErrNothingFinished
	}
	return err
}

// more returns the number of replications after n.
func (t *trier) more(n int) int {
	n = min(2*n, t.most)
	return max(n-n%t.group, t.first)
}

// decide runs replications at a point until it is known whether it meets the objectives, or as many as there may be.
// The second result is false when it is not certain: then the means decide.
func (t *trier) decide(ctx context.Context, point int) (state, bool, error) {
	for n := t.first; ; n = t.more(n) {
		if err := t.extend(ctx, []int{point}, n); err != nil {
			return open, false, err
		}
		if known := t.look(point); known != open {
			return known, true, nil
		}
		if n >= t.most {
			return t.guess(point), false, nil
		}
	}
}

// look tells what is certain of a point.
func (t *trier) look(point int) state {
	seen := t.trials.At(point)
	if seen.Problem != "" || seen.Truncated != "" {
		return misses
	}
	known := meets
	for _, o := range t.judge(seen) {
		switch t.side(&o) {
		case misses:
			return misses
		case open:
			known = open
		}
	}
	return known
}

// guess tells what the means say of a point.
func (t *trier) guess(point int) state {
	seen := t.trials.At(point)
	if seen.Problem != "" || seen.Truncated != "" {
		return misses
	}
	for _, o := range t.judge(seen) {
		if !o.Met {
			return misses
		}
	}
	return meets
}

// side tells what is certain of an objective.
func (t *trier) side(o *results.Objective) state {
	limit, sign, numeric := limitOf(o)
	switch {
	case o.Undecided != "":
		return open
	case numeric && o.Observed.N == 0:
		return misses // nothing comes where something should
	case !numeric && o.Certain && o.Met:
		return meets
	case !numeric && o.Certain:
		return misses
	case !numeric:
		return open
	}
	e := results.NatureOf(o.Unit).EstimateAt(t.confidence, o.Observed.Values)
	switch low, high := sign*e.Low, sign*e.High; {
	case math.IsNaN(low):
		return open
	case max(low, high) < sign*limit:
		return meets
	case min(low, high) >= sign*limit:
		return misses
	}
	return open
}

// limitOf returns the limit of an objective and 1 when values below it are good, −1 when those above are.
func limitOf(o *results.Objective) (limit, sign float64, ok bool) {
	switch {
	case o.Below != nil:
		return *o.Below, 1, true
	case o.Above != nil:
		return *o.Above, -1, true
	}
	return 0, 1, false
}

// chance returns how probable it is that an objective is met; NaN when that cannot be said.
func chance(o *results.Objective) float64 {
	limit, sign, ok := limitOf(o)
	if !ok || o.Undecided != "" {
		return math.NaN()
	}
	below := results.NatureOf(o.Unit).ChanceBelow(o.Observed.Values, limit)
	if sign < 0 {
		return 1 - below
	}
	return below
}
