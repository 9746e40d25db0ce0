package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"weir/experiments"
	"weir/experiments/compare"
	"weir/results"
	"weir/results/report"
)

// compareFlags are the flags of weir compare, as they were given.
type compareFlags struct {
	runFlags
	variants []string
	baseline string
}

func compareCommand() *cobra.Command {
	var f compareFlags
	cmd := &cobra.Command{
		Use:   "compare FILE [FILE...]",
		Short: "Compare designs: a file's base and variants, or several files",
		Long: `Run designs under common random numbers and compare them: of latency, throughput, cost, what was lost and the objectives,
the difference of each design from the baseline with its interval over pairs of replications, which is better and
whether that is certain, and which designs may be the best. The designs are the file's base and its variants, or the
base of each of several files, which must have the same seed, duration, warm-up and replications. Ctrl-C ends the runs and
compares the replications that all designs have finished. The exit status is 1 when one of the designs misses an
objective.`,
		Example: `  weir compare scenario.yaml
  weir compare scenario.yaml --variant lambda --variant kinesis
  weir compare scenario.yaml --baseline lambda --variant kinesis
  weir compare before.yaml after.yaml --seed 7 --replications 20
  weir compare scenario.yaml --quiet --out - --junit objectives.xml`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return inputError{errors.New("compare needs a file: for example weir compare scenario.yaml")}
			}
			return nil
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return []string{"yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt
		},
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args) },
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&f.variants, "variant", nil,
		"compare this `variant` with the baseline; may be repeated (default: the base and all variants)")
	flags.StringVar(&f.baseline, "baseline", "",
		"`design` that the others are compared with: a variant, base, or of several files one (default: the base, the first file)")
	f.registerCommon(cmd)
	flags.Lookup("out").Usage = "folder to write the comparison to; - writes none (default results/out/compare-NAME)"
	return cmd
}

// run compares the designs, writes the folder and prints.
func (f *compareFlags) run(cmd *cobra.Command, files []string) error {
	set, err := f.settings(cmd)
	if err != nil {
		return err
	}
	entries, err := compare.Open(files, f.variants, f.baseline, set)
	if err != nil {
		return asInput(err)
	}
	if err := f.checkJUnit(files...); err != nil {
		return err
	}
	dir := f.out
	if dir == "" {
		dir = "results/out/compare-" + folderName(strings.TrimSpace(entries[0].Design.Document.Name))
	}
	var folder *results.Folder
	if dir != "-" {
		if folder, err = results.Begin(dir); err != nil {
			return err
		}
		defer folder.Abandon() // nothing is left to remove once it is committed
	}
	start := time.Now()
	designs := make([]*experiments.Design, len(entries))
	for i := range entries {
		designs[i] = entries[i].Design
	}
	bar := newProgress(f.quiet, designs...)
	out, err := compare.Run(cmd.Context(), entries, version(), bar.of)
	bar.wait()
	if err != nil {
		return err
	}
	out.Comparison.Method.WallSeconds = time.Since(start).Seconds()
	if folder != nil {
		if err := writeComparison(folder, entries, out); err != nil {
			return err
		}
	}
	if err := f.writeJUnit(out.Summaries); err != nil {
		return err
	}
	if err := f.print(cmd.OutOrStdout(), out.Comparison); err != nil {
		return err
	}
	if folder != nil && !f.quiet && f.format == "text" {
		fmt.Fprintf(cmd.OutOrStdout(), "\nresults in %s\n", dir)
	}
	return outcome(out)
}

func writeComparison(folder *results.Folder, entries []compare.Entry, out *compare.Outcome) error {
	told := make([]*report.Design, len(entries))
	for i, e := range entries {
		told[i] = e.Design.Told()
		name := report.DesignFile(out.Comparison, i, "yaml")
		if err := folder.Write(name, e.Design.Document.WriteEffective); err != nil {
			return err
		}
	}
	if err := report.WriteComparison(folder, out.Comparison, out.Ensembles, out.Summaries, told); err != nil {
		return err
	}
	return folder.Commit()
}

func (f *compareFlags) print(w io.Writer, c *results.Comparison) error {
	switch {
	case f.format == "json":
		return c.WriteJSON(w)
	case f.format == "markdown":
		return report.WriteComparisonMarkdown(w, c)
	case f.quiet:
		return nil
	}
	return c.WriteText(w)
}

// outcome says whether the comparison is whole and each design meets its objectives.
func outcome(out *compare.Outcome) error {
	if reasons := out.Comparison.Method.Partial; len(reasons) > 0 {
		return fmt.Errorf("the results are partial: %s", reasons[len(reasons)-1])
	}
	for _, s := range out.Summaries {
		if reasons := s.Run.Partial; len(reasons) > 0 {
			return fmt.Errorf("the results of %s are partial: %s", s.Scenario.Title(), reasons[len(reasons)-1])
		}
		for _, o := range s.Objectives {
			if !o.Met {
				return errMissed
			}
		}
	}
	return nil
}
