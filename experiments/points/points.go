// Package points runs a design at points of its settings, on all processors, and keeps of each trial its figures only:
// what sweeps, sizes and limits are made of.
package points

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"weir/experiments"
	"weir/models/spec"
	"weir/results"
)

// Task is a replication at a point.
type Task struct{ Point, Replication int }

// Lab runs trials. Common random numbers are in the designs: a replication has the same luck at each point.
type Lab struct {
	// Open makes the design of a point; several goroutines may ask at once. An error that is a spec.Errors says that the
	// point cannot be run.
	Open func(point int) (*experiments.Design, error)
	// Extra are figures that are kept besides those of each path and of the whole design.
	Extra []results.FigureName
	// Derive adds figures that are computed of a trial's outcome and its summary; nil adds none.
	Derive func(o *results.Outcome, s *results.Summary, add func(metric, of, unit string, value float64))

	mutex   sync.Mutex
	warmups map[int]results.Warmup
}

// idleBytes is memory that is asked for and not touched, so that none of it is used: the garbage collector looks for
// garbage when as much is new as lives, which with short trials would be after each one or two of them.
const idleBytes = 64 << 20

// slot is a point at which trials are under way or to come.
type slot struct {
	once  sync.Once
	study *experiments.Study
	base  *experiments.Design
	err   error
	left  atomic.Int64
}

// Run runs trials in their order, as many at a time as there are processors, and gives each to keep when it is
// finished, one at a time. When the context is done, trials under way are dropped and the error is nil: keep knows what
// there is. An error of keep, or a defect of the model, ends the run.
func (l *Lab) Run(ctx context.Context, tasks []Task, keep func(results.Trial) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	idle := make([]byte, idleBytes)
	defer runtime.KeepAlive(idle)
	slots := map[int]*slot{}
	for _, t := range tasks {
		if slots[t.Point] == nil {
			slots[t.Point] = &slot{}
		}
		slots[t.Point].left.Add(1)
	}
	var next atomic.Int64
	var mutex sync.Mutex
	var failed error
	var group sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(tasks)) {
		group.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(tasks) {
					return
				}
				s := slots[tasks[i].Point]
				trial, err := l.trial(ctx, s, tasks[i])
				if s.left.Add(-1) == 0 {
					s.study, s.base = nil, nil // nobody else holds it
				}
				if errors.Is(err, experiments.ErrNothingFinished) {
					return
				}
				mutex.Lock()
				if err == nil && failed == nil {
					err = keep(trial)
				}
				if err != nil {
					failed = errors.Join(failed, err)
					cancel()
				}
				mutex.Unlock()
			}
		})
	}
	group.Wait()
	return failed
}

// open makes the study of a point when it is first needed.
func (l *Lab) open(ctx context.Context, s *slot, point int) {
	if s.base, s.err = l.Open(point); s.err != nil {
		return
	}
	l.mutex.Lock()
	warmup, known := l.warmups[point]
	l.mutex.Unlock()
	if known {
		s.study, s.err = s.base.NewStudy(ctx, &warmup)
		return
	}
	if s.study, s.err = s.base.NewStudy(ctx, nil); s.err != nil {
		return
	}
	l.mutex.Lock()
	if l.warmups == nil {
		l.warmups = map[int]results.Warmup{}
	}
	l.warmups[point] = s.study.Warmup()
	l.mutex.Unlock()
}

func (l *Lab) trial(ctx context.Context, s *slot, task Task) (results.Trial, error) {
	s.once.Do(func() { l.open(ctx, s, task.Point) })
	trial := results.Trial{Point: task.Point, Replication: task.Replication}
	err := s.err
	if err == nil {
		err = l.run(ctx, s, &trial)
	}
	if wrong, ok := errors.AsType[spec.Errors](err); ok {
		trial.Problem = wrong[0].Text
		if wrong[0].Path != "" {
			trial.Problem = wrong[0].Path + ": " + trial.Problem
		}
		return trial, nil
	}
	return trial, err
}

// run runs a trial and reduces what it yields to figures.
func (l *Lab) run(ctx context.Context, s *slot, trial *results.Trial) error {
	ensemble, err := s.study.Trial(ctx, trial.Replication)
	if err != nil {
		return err
	}
	trial.WarmupSeconds, trial.Unsteady = ensemble.Warmup.Length.Seconds(), ensemble.Warmup.Unsteady
	for _, o := range ensemble.Outcomes {
		trial.Fingerprints = append(trial.Fingerprints, fmt.Sprintf("%016x", o.Fingerprint))
		trial.Events, trial.Group = o.Events, o.Group
		if o.Truncated != "" {
			trial.Truncated = o.Truncated
		}
		if o.Window() <= 0 {
			trial.Problem = "it has no results: " + o.Truncated
			return nil
		}
		one := results.Ensemble{Outcomes: []*results.Outcome{o}, Warmup: ensemble.Warmup}
		l.reduce(one.Summarise(s.base.Prices, s.base.Document.Cost.FreeTier), o, trial)
	}
	return nil
}

// reduce adds the figures of an outcome to its trial.
func (l *Lab) reduce(summary *results.Summary, o *results.Outcome, trial *results.Trial) {
	trial.Unpriced = max(trial.Unpriced, summary.Cost.Unpriced)
	add := func(metric, of, unit string, value float64) {
		i := slices.IndexFunc(trial.Figures, func(f results.TrialFigure) bool { return f.Metric == metric && f.Of == of })
		if i < 0 {
			i = len(trial.Figures)
			trial.Figures = append(trial.Figures, results.TrialFigure{Metric: metric, Of: of, Unit: unit})
		}
		trial.Figures[i].Values = append(trial.Figures[i].Values, results.Number(value))
	}
	names := append(summary.Headlines(), l.Extra...)
	for i, name := range names {
		if e, unit := summary.Find(name.Metric, name.Of); unit != "" && !slices.Contains(names[:i], name) {
			add(name.Metric, name.Of, unit, e.Value)
		}
	}
	told := map[string]bool{}
	for _, name := range l.Extra {
		if !told[name.Of] {
			told[name.Of] = summary.AstrayFigures(name, add)
		}
	}
	for path, p := range summary.Paths {
		for _, quantile := range p.FewSamples {
			if name := "latency." + quantile + " of " + path; !slices.Contains(trial.FewSamples, name) {
				trial.FewSamples = append(trial.FewSamples, name)
			}
		}
	}
	slices.Sort(trial.FewSamples)
	if l.Derive != nil {
		l.Derive(o, summary, add)
	}
}

// Refuse says what a design has that trials at points cannot follow, or nothing.
func Refuse(command string, d *experiments.Design) error {
	if d.Document.Run.Precision != nil {
		return fmt.Errorf("run.precision adds replications in weir run and weir compare; weir %s has numbers of replications "+
			"of its own: leave it out, or write --set run.precision=null", command)
	}
	return nil
}
