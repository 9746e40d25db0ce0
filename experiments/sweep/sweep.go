// Package sweep runs a design at all points of a grid of its settings, or at some that are drawn, under common random
// numbers.
package sweep

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"weir/experiments"
	"weir/experiments/points"
	"weir/experiments/scenario"
	"weir/models/spec"
	"weir/results"
)

// Bounds of a sweep: more would take months, and fill memory with what nobody reads.
const (
	pointsMost = 100_000
	trialsMost = 1_000_000
)

// Plan is the points of a sweep.
type Plan struct {
	Base    *experiments.Design
	Factors []scenario.Factor
	Points  [][]scenario.Setting // by point, the setting of each factor
	Sampled bool                 // the points are drawn, and no grid
	Metrics []results.FigureName // asked for besides those that are always kept
}

// New returns the plan of a sweep: of the scenario's factors and those of vary, which are written path=values and
// replace the file's of the same path, as a grid, or as so many points that are drawn when sample is above 0 or the
// scenario says so. The error is an *experiments.InputError or a spec.Errors.
func New(base *experiments.Design, vary []string, sample int, metrics []string) (*Plan, error) {
	if err := points.Refuse("sweep", base); err != nil {
		return nil, experiments.InputErrorf("%s", err)
	}
	doc := base.Document
	p := &Plan{Base: base}
	var err error
	if p.Factors, err = Factors(doc, vary); err != nil {
		return nil, err
	}
	for _, text := range metrics {
		name := results.ParseFigureName(text)
		if _, err := base.FigureUnit(name.Metric, name.Of); err != nil {
			why := err.Error()
			if wrong, ok := errors.AsType[spec.Errors](err); ok {
				why = wrong[0].Text
			}
			return nil, experiments.InputErrorf("--metric %s: %s", spec.Quote(text), why)
		}
		p.Metrics = append(p.Metrics, name)
	}
	if sample == 0 && doc.Sample != nil {
		sample = doc.Sample.Points
	}
	switch n := gridSize(p.Factors); {
	case len(p.Factors) == 0:
		return nil, experiments.InputErrorf("there is nothing to vary: write a sweep: section, as in sweep: {fleets.workers.instances: " +
			"[2, 4, 8]}, or --vary fleets.workers.instances=2..8")
	case sample > pointsMost || sample == 0 && n > pointsMost:
		return nil, experiments.InputErrorf("the grid has %.3g points: at most %d; draw some of them with --sample 100", float64(n), pointsMost)
	case sample > 0:
		p.Sampled = true
		p.Points, err = doc.Hypercube(p.Factors, sample)
	default:
		p.Points = grid(p.Factors)
	}
	if trials := len(p.Points) * doc.Run.Replications; trials > trialsMost {
		return nil, experiments.InputErrorf("there are %d trials, %d at each of %d points: at most %d; take fewer with --replications 3",
			trials, doc.Run.Replications, len(p.Points), trialsMost)
	}
	return p, err
}

// Factors returns the factors of a document and those that are written path=values, which come first.
func Factors(doc *scenario.Document, vary []string) ([]scenario.Factor, error) {
	var factors []scenario.Factor
	for _, text := range vary {
		f, err := doc.Vary(text)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(factors, func(g scenario.Factor) bool { return g.Path == f.Path }) {
			return nil, experiments.InputErrorf("--vary gives %s twice", f.Path)
		}
		factors = append(factors, f)
	}
	for _, f := range doc.Factors {
		if !slices.ContainsFunc(factors, func(g scenario.Factor) bool { return g.Path == f.Path }) {
			factors = append(factors, f)
		}
	}
	return factors, checkPower(doc, factors)
}

// checkPower refuses a sweep of how fast something computes whose work, as the scenario has it, does not compute: all
// points would be as quick, and the cheapest would seem the best.
func checkPower(doc *scenario.Document, factors []scenario.Factor) error {
	for _, f := range factors {
		for section, setting := range map[string]string{"functions": "memory", "fleets": "instance.type"} {
			name, ofSection := strings.CutPrefix(f.Path, section+".")
			name, ofSetting := strings.CutSuffix(name, "."+setting)
			if !ofSection || !ofSetting {
				continue
			}
			share := section + "." + name + ".cpu_share"
			varied := slices.ContainsFunc(factors, func(g scenario.Factor) bool { return g.Path == share })
			if v, ok := doc.NumberAt(share); ok && v.In == 0 && !varied {
				return experiments.InputErrorf("%s changes the price and no time while %s is 0%%: say which part of the work computes, for "+
					"example with --set %s=50%%", f.Path, share, share)
			}
		}
	}
	return nil
}

func gridSize(factors []scenario.Factor) int {
	n := 1
	for _, f := range factors {
		if n *= len(f.Values); n > trialsMost {
			return n
		}
	}
	return n
}

// grid returns all combinations of the factors' values; those of the last change first.
func grid(factors []scenario.Factor) (all [][]scenario.Setting) {
	all = [][]scenario.Setting{nil}
	for _, f := range factors {
		var longer [][]scenario.Setting
		for _, point := range all {
			for _, value := range f.Values {
				longer = append(longer, append(slices.Clone(point), value))
			}
		}
		all = longer
	}
	return all
}

// Trials returns how many trials the plan has.
func (p *Plan) Trials() int { return len(p.Points) * p.Base.Document.Run.Replications }

// Header returns what the plan's journal is known by.
func (p *Plan) Header(build results.Build) results.JournalHeader {
	h := sha256.New()
	for _, point := range p.Points {
		fmt.Fprintf(h, "%q\n", point)
	}
	fmt.Fprintf(h, "%v\n", p.Metrics)
	return results.NewJournalHeader("sweep", build, p.Base.Scenario(), hex.EncodeToString(h.Sum(nil)))
}

// Run runs the trials that are not done yet, on all processors, and returns the document when all are; when the context
// is done before, the document is nil. Each trial is added to the journal as it ends, when there is one. The progress
// function is told how many trials are done.
func (p *Plan) Run(
	ctx context.Context, build results.Build, journal *results.Journal, done []results.Trial, progress func(done int),
) (*results.Sweep, error) {
	lab := &points.Lab{
		Open:  func(point int) (*experiments.Design, error) { return p.Base.Vary(p.Points[point]...) },
		Extra: append(p.Base.ObjectiveFigures(), p.Metrics...),
	}
	trials := results.NewTrials(len(p.Base.Document.Uncertainty) > 0)
	for _, t := range done {
		trials.Add(t)
	}
	if err := again(ctx, lab, done); err != nil {
		return nil, err
	}
	var tasks []points.Task
	for point := range p.Points {
		for replication := range p.Base.Document.Run.Replications {
			if !trials.Has(point, replication) {
				tasks = append(tasks, points.Task{Point: point, Replication: replication})
			}
		}
	}
	err := lab.Run(ctx, tasks, func(t results.Trial) error {
		if journal != nil {
			if err := journal.Add(t); err != nil {
				return err
			}
		}
		trials.Add(t)
		progress(trials.Len())
		return nil
	})
	if err != nil || trials.Len() < p.Trials() {
		return nil, err
	}
	return p.document(build, trials), nil
}

// again runs the shortest of the trials that were done once more: a program that gives other results, for all that it
// calls itself the same, must not go on with them.
func again(ctx context.Context, lab *points.Lab, done []results.Trial) error {
	if len(done) == 0 {
		return nil
	}
	var shortest results.Trial
	for _, t := range done {
		if t.Problem == "" && (shortest.Events == 0 || t.Events < shortest.Events) {
			shortest = t
		}
	}
	if shortest.Events == 0 { // of points that cannot be run
		shortest = done[0]
	}
	task := points.Task{Point: shortest.Point, Replication: shortest.Replication}
	return lab.Run(ctx, []points.Task{task}, func(t results.Trial) error {
		shortest.Check, t.Check = "", ""
		if fmt.Sprintf("%+v", t) != fmt.Sprintf("%+v", shortest) { // NaN does not equal NaN, its text does
			return experiments.InputErrorf("replication %d of point %d gives other results than the journal has: it was written by another "+
				"build of Weir, or for another machine; begin anew with --fresh", task.Replication, task.Point)
		}
		return nil
	})
}

func (p *Plan) document(build results.Build, trials *results.Trials) *results.Sweep {
	run := p.Base.Document.Run
	s := &results.Sweep{
		Weir: build, Scenario: p.Base.Scenario(),
		Method: results.SweepMethod{DurationSeconds: run.Duration.Sim().Seconds(), Replications: run.Replications},
	}
	if run.Batches > 1 {
		s.Method.Batches = run.Batches
	}
	if p.Sampled {
		s.Method.Sample = len(p.Points)
	}
	s.Factors = Describe(p.Factors)
	for i, settings := range p.Points {
		s.Points = append(s.Points, PointOf(i, s.Factors, settings))
	}
	s.Fill(trials, func(seen *results.PointFigures) []results.Objective {
		return p.Base.Judge(seen, seen.Truncated != "", seen.Unpriced)
	})
	return s
}

// Describe returns factors as documents hold them.
func Describe(factors []scenario.Factor) (all []results.SweepFactor) {
	for _, f := range factors {
		described := results.SweepFactor{Path: f.Path, Log: f.Log()}
		unit, numeric := f.Numbers()
		described.Unit, described.Numeric = string(unit), numeric
		for _, value := range f.Values {
			_, text := value.Split()
			described.Values = append(described.Values, text)
		}
		all = append(all, described)
	}
	return all
}

// PointOf returns a point as documents hold it, without its figures.
func PointOf(number int, factors []results.SweepFactor, settings []scenario.Setting) results.SweepPoint {
	p := results.SweepPoint{Number: number}
	for i, s := range settings {
		_, text := s.Split()
		p.Settings = append(p.Settings, text)
		var at *float64
		if v, ok := s.Number(); ok && factors[i].Numeric {
			at = &v.In
		}
		p.Numbers = append(p.Numbers, at)
	}
	return p
}

// IsInput reports whether an error is of what was asked for.
func IsInput(err error) bool {
	_, input := errors.AsType[*experiments.InputError](err)
	_, journal := errors.AsType[*results.JournalError](err)
	return input || journal
}
