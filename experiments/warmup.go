package experiments

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"weir/experiments/scenario"
	"weir/models/meter"
	"weir/results"
	"weir/sim"
	"weir/sim/measure"
)

// Of the pilot runs that tell how long a design takes to become steady.
const (
	pilots      = 5
	pilotFirst  = 1 << 20 // their replications are of no study
	pilotPoints = 1000
	pilotBatch  = 5 // points, which makes the rule MSER-5
)

// settle returns runners of the designs with the lengths of their warm-ups found, where they are to be found. Designs
// that run together have one window: the longest warm-up of all, and none when one of them has none.
func settle(ctx context.Context, designs []*Design) ([]*runner, error) {
	runners := make([]*runner, len(designs))
	for i, d := range designs {
		warmup, err := d.findWarmup(ctx)
		if err != nil {
			return nil, err
		}
		runners[i] = &runner{design: d, warmup: warmup}
	}
	longest := slices.MaxFunc(runners, func(a, b *runner) int { return cmp.Compare(a.warmup.Length, b.warmup.Length) })
	length := longest.warmup.Length
	note := "as long as " + longest.design.name() + " takes to become steady, " + longest.warmup.Note
	for _, r := range runners {
		if r.design.Document.Run.Warmup == scenario.WarmupAuto && r.warmup.Rule == "none" {
			length, note = 0, "none, as "+r.design.name()+" has none: "+r.warmup.Note
		}
	}
	for _, r := range runners {
		if r.design.Document.Run.Warmup != scenario.WarmupAuto {
			continue
		}
		if r.warmup.Length != length {
			r.warmup.Length, r.warmup.Note = length, note
			if length == 0 {
				r.warmup.Rule = "none"
			}
		}
		settled, doc := *r.design, *r.design.Document
		doc.Run.Warmup = scenario.Warmup(length)
		settled.Document = &doc
		r.design = &settled
	}
	return runners, nil
}

// name is what a design is called beside the others of its file.
func (d *Design) name() string { return cmp.Or(d.Document.Variant, d.Document.Name) }

// findWarmup returns the warm-up of a design.
func (d *Design) findWarmup(ctx context.Context) (results.Warmup, error) {
	run := d.Document.Run
	switch {
	case run.Warmup == 0:
		return results.Warmup{Rule: "none"}, nil
	case run.Warmup > 0:
		return results.Warmup{Length: run.Warmup.Sim(), Rule: "fixed"}, nil
	}
	if changes := d.Changes(); len(changes) > 0 {
		return results.Warmup{Rule: "none", Note: "the design is not steady: it begins as it is and changes by " +
			strings.Join(changes[:min(len(changes), 3)], ", ")}, nil
	}
	length, steady, err := d.transient(ctx)
	switch {
	case err != nil:
		return results.Warmup{}, err
	case !steady:
		return results.Warmup{Rule: "none", Unsteady: true, Note: fmt.Sprintf("no steady state was found within %s: "+
			"the messages under way never settle, so the figures hold for a run of this length only", run.Duration)}, nil
	}
	return results.Warmup{
		Length: length, Rule: "mser-5", Note: fmt.Sprintf("by MSER-5 of the messages under way in %d pilot runs", pilots),
	}, nil
}

// transient returns how long a design takes to become steady, and whether it does within its duration.
func (d *Design) transient(ctx context.Context) (sim.Duration, bool, error) {
	width := max(d.Document.Run.Duration.Sim()/pilotPoints, 1)
	underWay := make([][]float64, pilots)
	err := inParallel(ctx, pilots, func(i int) (err error) {
		underWay[i], err = d.pilot(ctx, pilotFirst+i, width)
		return err
	})
	if err == nil && ctx.Err() != nil {
		err = ErrNothingFinished
	}
	if err != nil {
		return 0, false, err
	}
	mean := make([]float64, pilotPoints)
	for _, points := range underWay {
		if len(points) < pilotPoints {
			return 0, false, nil // it ended early: memory was full
		}
		for i := range mean {
			mean[i] += points[i] / pilots
		}
	}
	cut, steady := measure.Truncation(mean, pilotBatch)
	return sim.Duration(cut) * width, steady, nil
}

// pilot returns how many messages are under way over a run from its start, at instants that lie width apart.
func (d *Design) pilot(ctx context.Context, replication int, width sim.Duration) ([]float64, error) {
	t, err := d.build(replication)
	if err != nil {
		return nil, err
	}
	var points []float64
	t.width = width
	t.curves = [][]*curve{{{
		Curve: meter.Curve{Kind: meter.Instant, Read: func(sim.Time) float64 {
			total := t.messagesUnderWay()
			points = append(points, total)
			return total
		}},
		series: measure.NewSeries(measure.Means, width, 4*curvePoints),
	}}}
	t.watch()
	_, err = t.run(ctx, replication, sim.Time(width)*pilotPoints, nil)
	return points, err
}
