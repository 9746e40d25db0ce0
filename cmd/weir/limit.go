package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"weir/experiments/size"
	"weir/models/spec"
	"weir/results"
	"weir/results/report"
)

// limitFlags are the flags of weir limit, as they were given.
type limitFlags struct {
	runFlags
	options   size.LimitOptions
	tolerance string
}

func limitCommand() *cobra.Command {
	var f limitFlags
	cmd := &cobra.Command{
		Use:   "limit FILE",
		Short: "Find the largest load under which all objectives hold",
		Long: `Scale the load of a design until its objectives no longer hold or, without objectives, what is sent is no longer served,
and find the limit by bisection, with the loads between which it certainly lies. The cliff is drawn, and whether the
design comes back from an overload of twice the limit. The exit status is 1 when the scenario's own load does not hold.`,
		Example: `  weir limit scenario.yaml
  weir limit scenario.yaml --tolerance 5% --load producers.checkout.arrivals.poisson`,
		Args:              exactly(1, "weir limit scenario.yaml"),
		ValidArgsFunction: completeScenario,
		RunE:              func(cmd *cobra.Command, args []string) error { return f.run(cmd, args[0]) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.options.Load, "load", "", "`path` of the number that is scaled (default the arrivals of all producers)")
	flags.StringVar(&f.tolerance, "tolerance", "2%", "`share` by which the loads may differ between which the limit is found")
	flags.IntVar(&f.options.ReplicationsMax, "replications-max", 0, "replications that a load may have until it is decided "+
		"(default four times run.replications)")
	f.registerStudy(cmd)
	flags.Lookup("out").Usage = "folder to write the limit to; - writes none (default results/out/limit-NAME)"
	return cmd
}

func (f *limitFlags) run(cmd *cobra.Command, file string) error {
	design, dir, err := f.openStudy(cmd, file, "limit")
	if err != nil {
		return err
	}
	var tolerance spec.Share
	if err := tolerance.UnmarshalText([]byte(f.tolerance)); err != nil {
		return inputError{fmt.Errorf("--tolerance: %w", err)}
	}
	f.options.Tolerance = float64(tolerance)
	start := time.Now()
	bar := newTrialBar(f.quiet, 0, 0)
	f.options.Progress = bar.set
	document, err := size.Limit(cmd.Context(), design, version(), f.options)
	bar.wait()
	if err != nil {
		return asked(err)
	}
	document.Method.WallSeconds = time.Since(start).Seconds()
	if dir != "-" {
		err := writeStudy(dir, design, func(folder *results.Folder) error { return report.WriteLimit(folder, document) })
		if err != nil {
			return err
		}
	}
	if err := f.print(cmd.OutOrStdout(), document, document.WriteText, document.WriteMarkdown); err != nil {
		return err
	}
	f.tellFolder(cmd.OutOrStdout(), dir)
	if document.Verdict == results.LimitNone || document.Verdict == results.LimitFound && document.Factor < 1 {
		return errMissed
	}
	return nil
}
