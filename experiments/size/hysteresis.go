package size

import (
	"context"
	"fmt"
	"math"

	"weir/experiments"
	"weir/experiments/scenario"
	"weir/models/spec"
	"weir/results"
	"weir/sim"
	"weir/sim/measure"
)

// Of the overload that a design is to come back from.
const (
	calmLoad     = 0.8 // of the limit, before and after
	overload     = 2.0 // of the limit
	overloadMost = 10 * sim.Minute
	overloadPart = 12.0 // of the run: what piles up takes five times as long to drain, and is to fit
	calmPart     = 0.2  // of the run, before it
	endPart      = 0.1  // of the run, at its end
)

// hysteresis runs the design with an overload and without, and tells whether and when it comes back. It returns nothing
// where that cannot be shown, and says why.
func (l *limiter) hysteresis(ctx context.Context, doc *results.LoadLimit) (*results.Hysteresis, error) {
	switch changes := l.base.Changes(); {
	case l.load != "":
		return nil, nil
	case l.closed() != "":
		l.notes = append(l.notes, "hysteresis is not shown: "+l.closed()+" is a closed loop, which nothing overloads")
		return nil, nil
	case len(changes) > 0:
		l.notes = append(l.notes, "hysteresis is not shown: the design changes with time, by "+changes[0])
		return nil, nil
	}
	calm, err := l.base.AtLoad(calmLoad * float64(doc.Factor))
	if err == nil {
		calm, err = l.unbatched(calm)
	}
	if err != nil {
		return nil, err
	}
	study, err := calm.NewStudy(ctx, nil)
	if err != nil {
		return nil, err
	}
	warmup, window := study.Warmup().Length, calm.Document.Run.Duration.Sim()
	length := min(overloadMost, sim.Duration(float64(window)/overloadPart))
	from := sim.Duration(float64(window) * calmPart)
	var ensembles []*results.Ensemble
	for _, factor := range []float64{overload / calmLoad, 1} {
		surged, err := calm.Surged(warmup, warmup+from, length, factor)
		if err != nil {
			return nil, err
		}
		e, err := surged.Run(ctx, nil)
		if err != nil {
			return nil, err
		}
		if ctx.Err() != nil {
			return nil, experiments.ErrNothingFinished
		}
		ensembles = append(ensembles, e)
	}
	return compareCurves(ensembles[0], ensembles[1], window, from, length), nil
}

// unbatched returns a design that is run in replications, each as long as a batch is, where it was to be run in
// batches: an overload in one long run would be in one of its batches only.
func (l *limiter) unbatched(d *experiments.Design) (*experiments.Design, error) {
	run := d.Document.Run
	if run.Batches == 1 {
		return d, nil
	}
	length := spec.Duration(run.Duration.Sim() / sim.Duration(run.Batches))
	l.notes = append(l.notes, fmt.Sprintf("the overload is shown by %d replications of %s each, in place of batches",
		run.Batches, length))
	var settings []scenario.Setting
	for _, text := range []string{
		"run.batches=1", fmt.Sprintf("run.replications=%d", run.Batches), "run.duration=" + length.String(),
	} {
		s, err := d.Document.Setting(text)
		if err != nil {
			return nil, err
		}
		settings = append(settings, s)
	}
	return d.Vary(settings...)
}

// compareCurves tells how what is under way after an overload differs from before, and from runs without.
func compareCurves(surged, calm *results.Ensemble, window, from, length sim.Duration) *results.Hysteresis {
	h := &results.Hysteresis{
		Load: calmLoad, Overload: overload, OverloadSeconds: length.Seconds(), From: from.Seconds(),
		WatchedSeconds: (window - from - length).Seconds(), Replications: len(surged.Outcomes),
	}
	var curves []*measure.Series
	var before, recovery, after, earlier, steady []float64
	for _, o := range surged.Outcomes {
		values, width := o.UnderWay.Values(), o.UnderWay.Width()
		begins, ends := int(from/width), int((from+length)/width)+1
		if ends >= len(values) {
			h.Never++
			continue
		}
		curves = append(curves, o.UnderWay)
		before = append(before, mean(values[:begins]))
		if t := results.BackAfter(values, ends, results.Usual(values[:begins]), width.Seconds()); math.IsInf(t, 1) {
			h.Never++
		} else {
			recovery = append(recovery, t+(sim.Duration(ends)*width-from-length).Seconds())
		}
		part := max(int(float64(len(values))*endPart), 1)
		after = append(after, mean(values[len(values)-part:]))
		earlier = append(earlier, mean(values[max(len(values)-2*part, 0):len(values)-part]))
	}
	var calmCurves []*measure.Series
	for _, o := range calm.Outcomes {
		values := o.UnderWay.Values()
		calmCurves = append(calmCurves, o.UnderWay)
		steady = append(steady, mean(values[len(values)-max(int(float64(len(values))*endPart), 1):]))
	}
	h.RecoverySeconds, h.Before = measure.EstimateOf(recovery), measure.EstimateOf(before)
	h.After, h.Steady = measure.EstimateOf(after), measure.EstimateOf(steady)
	const trifle = 0.98 // a backlog that hovers does not shrink
	h.Shrinks = h.After.Value < trifle*measure.EstimateOf(earlier).Value
	if len(curves) > 0 {
		h.Surged, h.Calm = measure.BandOf(curves, 0.05, 0.95), measure.BandOf(calmCurves, 0.05, 0.95)
		h.Width = h.Surged.Width.Seconds()
	}
	return h
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}
