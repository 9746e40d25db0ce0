package main

import (
	"errors"
	"time"

	"github.com/spf13/cobra"

	"weir/experiments"
	"weir/experiments/size"
	"weir/results"
	"weir/results/report"
)

// sizeFlags are the flags of weir size, as they were given.
type sizeFlags struct {
	runFlags
	options size.Options
}

func sizeCommand() *cobra.Command {
	var f sizeFlags
	cmd := &cobra.Command{
		Use:   "size FILE",
		Short: "Find the smallest or cheapest setting that meets all objectives",
		Long: `Find the smallest setting of a design that meets all its objectives: by bisection, as long as all that was seen goes one
way, and else by trying all. Of several settings, find the cheapest combination by running all, and those again that may
be the answer. Replications are added until the answer is certain or there may be no more; then it is said to be
uncertain. The exit status is 1 when no setting meets all objectives.`,
		Example: `  weir size scenario.yaml --vary fleets.workers.instances=1..50
  weir size scenario.yaml --vary queues.orders.visibility_timeout=10s..30m:log:12
  weir size scenario.yaml --vary functions.api.memory=256MiB,512MiB,1GiB,2GiB --vary functions.api.reserved_concurrency=10..50:5`,
		Args:              exactly(1, "weir size scenario.yaml --vary fleets.workers.instances=1..50"),
		ValidArgsFunction: completeScenario,
		RunE:              func(cmd *cobra.Command, args []string) error { return f.run(cmd, args[0]) },
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&f.options.Vary, "vary", nil, varyUsage)
	flags.StringVar(&f.options.By, "by", "", "what is to be least: size or cost (default size of one setting, cost of several)")
	f.registerMost(cmd, &f.options.ReplicationsMax)
	f.registerStudy(cmd)
	_ = cmd.RegisterFlagCompletionFunc("by", cobra.FixedCompletions([]string{size.BySize, size.ByCost},
		cobra.ShellCompDirectiveNoFileComp))
	flags.Lookup("out").Usage = "folder to write the answer to; - writes none (default results/out/size-NAME)"
	return cmd
}

// registerMost registers the flag of how many replications a decision may take.
func (f *runFlags) registerMost(cmd *cobra.Command, most *int) {
	cmd.Flags().IntVar(most, "replications-max", 0, "replications that a point may have until it is decided (default eight "+
		"times run.replications, at most run.replications_max)")
}

// asked marks errors of what was asked for, and of a study that was stopped.
func asked(err error) error {
	if errors.Is(err, experiments.ErrNothingFinished) {
		return errors.New("stopped before there was an answer")
	}
	return asInput(err)
}

func (f *sizeFlags) run(cmd *cobra.Command, file string) error {
	design, dir, err := f.openStudy(cmd, file, "size")
	if err != nil {
		return err
	}
	start := time.Now()
	bar := newTrialBar(f.quiet, 0, 0)
	f.options.Progress = bar.set
	document, err := size.Size(cmd.Context(), design, version(), f.options)
	bar.wait()
	if err != nil {
		return asked(err)
	}
	document.Method.WallSeconds = time.Since(start).Seconds()
	if dir != "-" {
		err := writeStudy(dir, design, func(folder *results.Folder) error { return report.WriteSizing(folder, document) })
		if err != nil {
			return err
		}
	}
	if err := f.print(cmd.OutOrStdout(), document, document.WriteText, document.WriteMarkdown); err != nil {
		return err
	}
	f.tellFolder(cmd.OutOrStdout(), dir)
	if document.Verdict == results.SizingInfeasible {
		return errMissed
	}
	return nil
}
