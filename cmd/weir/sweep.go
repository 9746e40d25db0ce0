package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"weir/experiments"
	"weir/experiments/sweep"
	"weir/results"
	"weir/results/report"
)

// sweepFlags are the flags of weir sweep, as they were given.
type sweepFlags struct {
	runFlags
	vary    []string
	metrics []string
	sample  int
	fresh   bool
}

const varyUsage = "try these values of a setting, `path=values`: 2..10, 10,20,40 or 10ms..1s:log:8, from and to with the number " +
	"of values; may be repeated"

func sweepCommand() *cobra.Command {
	var f sweepFlags
	cmd := &cobra.Command{
		Use:   "sweep FILE",
		Short: "Run a design at all points of a grid of its settings",
		Long: `Run a design with each combination of the values of its sweep: section and of --vary, or with some of them drawn as a
Latin hypercube, on all processors and under common random numbers. Each trial is written to a journal as it ends: a
sweep that was stopped, by whatever, goes on where it was when the same command is given again. Results are a table as
CSV and Parquet, figures, and the points that no other beats in cost and latency.`,
		Example: `  weir sweep scenario.yaml
  weir sweep scenario.yaml --vary fleets.workers.instances=2..10
  weir sweep scenario.yaml --vary queues.orders.visibility_timeout=10s..10m:log:8 --vary fleets.workers.instances=2,4,8
  weir sweep scenario.yaml --sample 100 --metric "visible_max of queues.orders"`,
		Args:              exactly(1, "weir sweep scenario.yaml"),
		ValidArgsFunction: completeScenario,
		RunE:              func(cmd *cobra.Command, args []string) error { return f.run(cmd, args[0]) },
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&f.vary, "vary", nil, varyUsage)
	flags.StringArrayVar(&f.metrics, "metric", nil, "keep this `figure`, too, as objectives name it: latency.p99 of a -> b")
	flags.IntVar(&f.sample, "sample", 0, "draw so many `points` as a Latin hypercube in place of the whole grid")
	flags.BoolVar(&f.fresh, "fresh", false, "begin anew, whatever a sweep that was stopped has done")
	f.registerStudy(cmd)
	flags.Lookup("out").Usage = "folder to write the sweep to; - writes none, and no journal (default results/out/sweep-NAME)"
	return cmd
}

// completeScenario completes the names of scenario files.
func completeScenario(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt
}

// registerStudy registers the flags of commands that run designs at points of their settings.
func (f *runFlags) registerStudy(cmd *cobra.Command) {
	f.register(cmd)
	for _, name := range []string{"precision", "junit"} { // of summaries, which points have none of
		_ = cmd.Flags().MarkHidden(name)
	}
}

// asInput marks an error of what was asked for.
func asInput(err error) error {
	if sweep.IsInput(err) {
		return inputError{err}
	}
	return err
}

// openStudy opens the design of a study and returns the folder that its results go to, or - for none.
func (f *runFlags) openStudy(cmd *cobra.Command, file, kind string) (*experiments.Design, string, error) {
	set, err := f.settings(cmd)
	if err != nil {
		return nil, "", err
	}
	if f.junit != "" {
		return nil, "", inputError{fmt.Errorf("weir %s writes no --junit: run the setting that you choose", kind)}
	}
	design, err := experiments.Open(file, f.variant, set)
	if err != nil {
		return nil, "", err
	}
	dir := f.out
	if dir == "" {
		dir = "results/out/" + kind + "-" + folderName(strings.TrimSpace(design.Document.Name+" "+f.variant))
	}
	if dir != "-" {
		err = results.Replaceable(dir)
	}
	return design, dir, err
}

func (f *sweepFlags) run(cmd *cobra.Command, file string) error {
	design, dir, err := f.openStudy(cmd, file, "sweep")
	if err != nil {
		return err
	}
	if f.sample < 0 || cmd.Flags().Changed("sample") && f.sample == 0 {
		return inputError{fmt.Errorf("--sample %d is not a number of points", f.sample)}
	}
	plan, err := sweep.New(design, f.vary, f.sample, f.metrics)
	if err != nil {
		return asInput(err)
	}
	start := time.Now()
	document, journal, err := f.trials(cmd.Context(), plan, dir)
	if journal != nil {
		defer journal.Close()
	}
	if err != nil {
		return asInput(err)
	}
	document.Method.WallSeconds = time.Since(start).Seconds()
	if dir != "-" {
		err := writeStudy(dir, design, func(folder *results.Folder) error { return report.WriteSweep(folder, document) })
		if err != nil {
			return fmt.Errorf("%w: the trials are kept in %s; run the same again to write them", err, journal.Path())
		}
		if err := journal.Remove(); err != nil {
			return err
		}
	}
	if err := f.print(cmd.OutOrStdout(), document, document.WriteText, document.WriteMarkdown); err != nil {
		return err
	}
	f.tellFolder(cmd.OutOrStdout(), dir)
	for _, p := range document.Points {
		if p.Problem != "" {
			return inputError{fmt.Errorf("some points cannot be run, the first of them %s: %s", document.Name(p.Number),
				p.Problem)}
		}
		if p.Truncated != "" {
			return fmt.Errorf("the results are partial: at %s, %s", document.Name(p.Number), p.Truncated)
		}
	}
	return nil
}

// trials runs the trials of a plan, with its journal.
func (f *sweepFlags) trials(
	ctx context.Context, plan *sweep.Plan, dir string,
) (*results.Sweep, *results.Journal, error) {
	var journal *results.Journal
	var done []results.Trial
	if dir != "-" {
		var notices []string
		var err error
		if journal, done, notices, err = results.OpenJournal(dir, plan.Header(version()), f.fresh); err != nil {
			return nil, nil, err
		}
		for _, n := range notices {
			fmt.Fprintln(os.Stderr, n)
		}
		if len(done) > 0 && !f.quiet {
			fmt.Fprintf(os.Stderr, "going on with a sweep that was stopped: %d of %d trials are done, in %s; --fresh begins anew\n",
				len(done), plan.Trials(), journal.Path())
		}
	}
	bar := newTrialBar(f.quiet, plan.Trials(), len(done))
	document, err := plan.Run(ctx, version(), journal, done, bar.set)
	bar.wait()
	if err == nil && document == nil {
		err = errors.New("stopped before all was finished")
		if journal != nil {
			err = fmt.Errorf("%w: the trials that are finished are kept in %s; run the same again to go on", err, journal.Path())
		}
	}
	return document, journal, err
}

// writeStudy writes a folder of results: the scenario as it was run, and what write writes.
func writeStudy(dir string, design *experiments.Design, write func(*results.Folder) error) error {
	folder, err := results.Begin(dir)
	if err != nil {
		return err
	}
	defer folder.Abandon() // nothing is left to remove once it is committed
	if err := folder.Write("scenario.yaml", design.Document.WriteEffective); err != nil {
		return err
	}
	if err := write(folder); err != nil {
		return err
	}
	return folder.Commit()
}

// print prints a document in the format that was asked for.
func (f *runFlags) print(w io.Writer, document interface{ WriteJSON(io.Writer) error }, text,
	markdown func(io.Writer) error,
) error {
	switch {
	case f.format == "json":
		return document.WriteJSON(w)
	case f.format == "markdown":
		return markdown(w)
	case f.quiet:
		return nil
	}
	return text(w)
}

func (f *runFlags) tellFolder(w io.Writer, dir string) {
	if dir != "-" && !f.quiet && f.format == "text" {
		fmt.Fprintf(w, "\nresults in %s\n", dir)
	}
}

// trialBar shows how many trials are done, of how many when that is known. It prints nothing unless
// standard error is a terminal.
type trialBar struct {
	container *mpb.Progress
	bar       *mpb.Bar
}

func newTrialBar(quiet bool, trials, done int) *trialBar {
	if quiet || !isTerminal(os.Stderr) {
		return &trialBar{}
	}
	b := &trialBar{container: mpb.New(mpb.WithOutput(os.Stderr), mpb.WithWidth(64))}
	if trials == 0 { // nobody knows how many it will take
		b.bar = b.container.AddBar(0, mpb.PrependDecorators(decor.Name("trials "), decor.CurrentNoUnit("%d")),
			mpb.BarRemoveOnComplete())
		return b
	}
	b.bar = b.container.AddBar(int64(trials),
		mpb.PrependDecorators(decor.Name("trials "), decor.CountersNoUnit("%d of %d")),
		mpb.AppendDecorators(decor.Name(" left "), decor.AverageETA(decor.ET_STYLE_GO)), mpb.BarRemoveOnComplete())
	b.set(done)
	return b
}

func (b *trialBar) set(done int) {
	if b.bar != nil {
		b.bar.SetCurrent(int64(done))
	}
}

func (b *trialBar) wait() {
	if b.bar != nil {
		b.bar.Abort(true)
		b.container.Wait()
	}
}
