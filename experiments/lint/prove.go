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

// Prove holds a design against the rules and puts each finding that a run can show to the test: the design is run as it
// is, and with each fix, under the same random numbers. Begin is told the designs that are run, the design itself
// first, and returns who is told how far each is. When the context is done, the replications that all have finished are
// kept; the error is experiments.ErrNothingFinished when there is none.
func Prove(
	ctx context.Context, of *experiments.Design, selected Selection,
	begin func([]*experiments.Design) func(design int) experiments.Progress,
) (*results.Lint, error) {
	out := Check(of, selected)
	all := find(of, selected)
	p := mend(of, all)
	if len(p.proofs) == 0 {
		return out, nil
	}
	run := of.Document.Run
	out.Run = &results.LintRun{DurationSeconds: run.Duration.Sim().Seconds(), Replications: run.Replications}
	if len(p.designs) > 1 {
		ensembles, err := experiments.RunTogether(ctx, p.designs, begin(p.designs))
		if err != nil {
			return nil, err
		}
		summaries := make([]*results.Summary, len(ensembles))
		for i, e := range ensembles {
			summaries[i] = p.designs[i].Summarise(e, results.Build{}, 0)
		}
		out.Run.Replications = len(ensembles[0].Outcomes)
		for _, s := range summaries {
			out.Run.Partial = append(out.Run.Partial, s.Run.Partial...)
		}
		slices.Sort(out.Run.Partial)
		out.Run.Partial = slices.Compact(out.Run.Partial)
		for key, i := range p.number {
			p.proofs[key].Figures = compared(all, key, summaries[0], summaries[i])
		}
	}
	for i := range out.Findings {
		f := &out.Findings[i]
		f.Proof = p.proofs[strings.Join(f.Fix, "\n")]
	}
	return out, nil
}

// mendings are the fixes that are run, each once: several findings may have the same.
type mendings struct {
	designs []*experiments.Design // that are run: the design as it is, and those mended
	number  map[string]int        // of the mended design, by the fix
	proofs  map[string]*results.LintProof
}

func mend(of *experiments.Design, all []found) mendings {
	p := mendings{
		designs: []*experiments.Design{of}, number: map[string]int{}, proofs: map[string]*results.LintProof{},
	}
	for i := range all {
		key := all[i].key()
		if key == "" || p.proofs[key] != nil {
			continue
		}
		p.proofs[key] = &results.LintProof{Figures: []results.LintFigure{}}
		fixed, err := of.Set(all[i].fix...)
		if err != nil {
			p.proofs[key].Failed, _, _ = strings.Cut(err.Error(), "\n")
			continue
		}
		p.number[key] = len(p.designs)
		p.designs = append(p.designs, fixed)
	}
	return p
}

// key tells fixes apart; it is empty where no run can show anything.
func (f *found) key() string {
	if len(f.figures) == 0 {
		return ""
	}
	return strings.Join(f.fix, "\n")
}

// ends are the figures that count messages which ended in a way.
var ends = []string{"dead_lettered", "expired", "lost", "rejected", "rejected_too_large", "duplicates", "skipped"}

// compared returns the figures that the findings with a fix look at.
func compared(all []found, key string, before, after *results.Summary) []results.LintFigure {
	var done []figure
	figures := []results.LintFigure{}
	for i := range all {
		if all[i].key() != key {
			continue
		}
		for _, f := range all[i].figures {
			if slices.Contains(done, f) {
				continue
			}
			done = append(done, f)
			a, unit := before.Find(f.metric, f.of)
			b, other := after.Find(f.metric, f.of)
			if unit == "" {
				unit = other
			}
			shown := results.NewLintFigure(f.metric, f.of, unit, a, b)
			if slices.Contains(ends, f.metric) {
				shown.BeforeShare, shown.AfterShare = shareOf(a, before), shareOf(b, after)
			}
			figures = append(figures, shown)
		}
	}
	return figures
}

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
