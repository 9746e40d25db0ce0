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
	undecided state = iota
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
	base       *experiments.Design
	notes      []string
}

// newTrier returns a trier of points that the lab opens, judged by the objectives of the base. A point may have most
// replications, or grow times as many as it begins with when most is 0.
func newTrier(
	command string, base *experiments.Design, lab *points.Lab, most, grow int, progress func(int),
) (*trier, error) {
	if err := points.Refuse(command, base); err != nil {
		return nil, experiments.InputErrorf("%s", err)
	}
	run := base.Document.Run
	if most != 0 && most < run.Replications {
		return nil, experiments.InputErrorf("--replications-max %d is less than the %d replications that a point begins with", most,
			run.Replications)
	}
	lab.Extra = base.ObjectiveFigures()
	t := &trier{
		base: base, lab: lab, first: run.Replications, most: most, group: 1, progress: progress,
		confidence: familyConfidence,
	}
	uncertain := len(base.Document.Uncertainty) > 0
	if uncertain {
		t.group = run.Group
	}
	t.trials = results.NewTrials(uncertain)
	if t.most == 0 {
		t.most = min(grow*t.first, max(run.ReplicationsMax, t.first))
	}
	t.most = max(t.most-t.most%t.group, t.first)
	t.judge = func(seen *results.PointFigures) []results.Objective {
		return base.Judge(seen, seen.Truncated != "", seen.Unpriced)
	}
	return t, nil
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
			return undecided, false, err
		}
		if known := t.look(point); known != undecided {
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
		case undecided:
			known = undecided
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
		return undecided
	case numeric && o.Observed.N == 0:
		return misses // nothing comes where something should
	case !numeric && o.Certain && o.Met:
		return meets
	case !numeric && o.Certain:
		return misses
	case !numeric:
		return undecided
	}
	e := results.NatureOf(o.Unit).EstimateAt(t.confidence, o.Observed.Values)
	switch low, high := sign*e.Low, sign*e.High; {
	case math.IsNaN(low):
		return undecided
	case max(low, high) < sign*limit:
		return meets
	case min(low, high) >= sign*limit:
		return misses
	}
	return undecided
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

// document fills a sweep with what was seen of its points, and returns what is known of each.
func (t *trier) document(build results.Build, whole *results.Sweep) (all []results.SizedPoint) {
	run := t.base.Document.Run
	whole.Weir, whole.Scenario = build, t.base.Scenario()
	whole.Method = results.SweepMethod{DurationSeconds: run.Duration.Sim().Seconds(), Replications: run.Replications}
	whole.Fill(t.trials, t.judge)
	for _, p := range whole.Points {
		all = append(all, t.sized(p))
	}
	return all
}

// sized tells what is known of a point.
func (t *trier) sized(p results.SweepPoint) results.SizedPoint {
	out := results.SizedPoint{SweepPoint: p}
	known := t.look(p.Number)
	out.Certain = known != undecided
	if known == undecided {
		known = t.guess(p.Number)
	}
	out.Status = map[state]string{meets: "meets", misses: "misses"}[known]
	for i := range p.Objectives {
		out.Chances = append(out.Chances, results.Number(chance(&p.Objectives[i])))
	}
	return out
}
