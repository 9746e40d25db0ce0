package lint

import (
	"context"
	"maps"
	"math"
	"slices"
	"strings"

	"weir/experiments"
	"weir/results"
	"weir/sim/measure"
)

// Prove holds a design against the rules and puts each finding that a run can show to the test: the design is run as
// it is, and with the fix, under the same random numbers. Step is told before each run how many there are, which it
// is, and the design that is run; it returns who is told how far that is. When the context is done, what is finished
// is kept.
func Prove(
	ctx context.Context, of *experiments.Design, selected Selection,
	step func(run, runs int, d *experiments.Design) experiments.Progress,
) (*results.Lint, error) {
	out := Check(of, selected)
	all := find(of, selected)
	var fixes []string // each once: several findings may have the same
	for i := range all {
		if key := all[i].key(); key != "" && !slices.Contains(fixes, key) {
			fixes = append(fixes, key)
		}
	}
	if len(fixes) == 0 {
		return out, nil
	}
	run := of.Document.Run
	out.Run = &results.LintRun{DurationSeconds: run.Duration.Sim().Seconds(), Replications: run.Replications}
	before, err := summary(ctx, of, step(0, len(fixes)+1, of))
	if err != nil {
		return nil, err
	}
	out.Run.Partial = before.Run.Partial
	proofs := map[string]*results.LintProof{}
	for n, key := range fixes {
		if ctx.Err() != nil {
			out.Run.Partial = append(out.Run.Partial, "stopped by the user: not all fixes were run")
			break
		}
		i := slices.IndexFunc(all, func(f found) bool { return f.key() == key })
		proof, err := prove(ctx, of, all, i, before, func(d *experiments.Design) experiments.Progress {
			return step(n+1, len(fixes)+1, d)
		})
		if err != nil {
			return nil, err
		}
		proofs[key] = proof
	}
	for i := range out.Findings {
		f := &out.Findings[i]
		f.Proof = proofs[strings.Join(f.Fix, "\n")]
	}
	return out, nil
}

// key tells fixes apart; it is empty where no run can show anything.
func (f *found) key() string {
	if len(f.figures) == 0 {
		return ""
	}
	return strings.Join(f.fix, "\n")
}

// prove runs the fix of a finding and returns the figures that the findings with this fix look at.
func prove(
	ctx context.Context, of *experiments.Design, all []found, first int, before *results.Summary,
	step func(*experiments.Design) experiments.Progress,
) (*results.LintProof, error) {
	proof := &results.LintProof{Figures: []results.LintFigure{}}
	fixed, err := of.Set(all[first].fix...)
	if err != nil {
		proof.Failed = firstLine(err.Error())
		return proof, nil
	}
	after, err := summary(ctx, fixed, step(fixed))
	if err != nil {
		if ctx.Err() != nil {
			proof.Failed = "stopped by the user"
			return proof, nil
		}
		return nil, err
	}
	var done []figure
	for i := range all {
		if all[i].key() != all[first].key() {
			continue
		}
		for _, f := range all[i].figures {
			if slices.Contains(done, f) {
				continue
			}
			done = append(done, f)
			a, unit := experiments.Figure(before, f.metric, f.of)
			b, other := experiments.Figure(after, f.metric, f.of)
			if unit == "" {
				unit = other
			}
			shown := results.LintFigure{
				Metric: f.metric, Of: f.of, Unit: unit, Before: a, After: b, Certain: results.Apart(a, b),
			}
			if slices.Contains(ends, f.metric) {
				shown.BeforeShare, shown.AfterShare = shareOf(a, before), shareOf(b, after)
			}
			proof.Figures = append(proof.Figures, shown)
		}
	}
	return proof, nil
}

// ends are the figures that count messages which ended in a way.
var ends = []string{"dead_lettered", "expired", "lost", "rejected", "rejected_too_large", "duplicates", "skipped"}

// shareOf returns the share that messages are of those that all producers had, or nil when there were none.
func shareOf(e measure.Estimate, s *results.Summary) *float64 {
	born := 0.0
	for _, name := range slices.Sorted(maps.Keys(s.Components)) {
		if strings.HasPrefix(name, "producers.") {
			born += s.Components[name].Metrics["born"].Value
		}
	}
	if share := e.Value / born; born > 0 && !math.IsNaN(share) {
		return &share
	}
	return nil
}

func summary(
	ctx context.Context, d *experiments.Design, progress experiments.Progress,
) (*results.Summary, error) {
	e, err := d.Run(ctx, progress)
	if err != nil {
		return nil, err
	}
	return d.Summarise(e, results.Build{}, 0), nil
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
