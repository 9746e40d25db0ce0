package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"weir/experiments"
	"weir/results"
	"weir/results/report"
)

// formats are what a summary can be printed as.
var formats = []string{"text", "json", "markdown"}

// runFlags are the flags of commands that run a scenario.
type runFlags struct {
	set          []string
	variant      string
	seed         uint64
	replications int
	precision    string
	out          string
	format       string
	junit        string
	export       []string
	start        string
	quiet        bool
}

func (f *runFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.variant, "variant", "", "run this variant of the scenario instead of its base")
	f.registerCommon(cmd)
	f.registerExport(cmd)
}

// registerCommon registers the flags of all commands that run designs.
func (f *runFlags) registerCommon(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVar(&f.set, "set", nil, "replace a value of the scenario, `path=value`; may be repeated")
	flags.Uint64Var(&f.seed, "seed", 0, "seed of the random numbers, in place of run.seed")
	flags.IntVar(&f.replications, "replications", 0, "independent repetitions, in place of run.replications")
	flags.StringVar(&f.precision, "precision", "", "add replications until half an interval is at most this `share` of "+
		"its figure, as 5%")
	flags.StringVar(&f.out, "out", "", "folder to write the results to; - writes none (default results/out/NAME)")
	flags.StringVar(&f.format, "format", "text", "what to print: text, json or markdown")
	flags.StringVar(&f.junit, "junit", "", "`file` to write the objectives to as JUnit XML, for CI")
	flags.BoolVar(&f.quiet, "quiet", false, "print no progress and no summary")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(formats,
		cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.MarkFlagDirname("out")
}

// settings returns the values that the flags replace.
func (f *runFlags) settings(cmd *cobra.Command) ([]string, error) {
	if !slices.Contains(formats, f.format) {
		return nil, inputError{fmt.Errorf("--format %q is not one of %s", f.format, strings.Join(formats, ", "))}
	}
	set := f.set
	if cmd.Flags().Changed("seed") {
		set = append(set, "run.seed="+strconv.FormatUint(f.seed, 10))
	}
	if cmd.Flags().Changed("replications") {
		set = append(set, "run.replications="+strconv.Itoa(f.replications))
	}
	if cmd.Flags().Changed("precision") {
		set = append(set, "run.precision="+f.precision)
	}
	return set, nil
}

func runCommand() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run FILE",
		Short: "Run a scenario and write its results",
		Long: `Run a scenario, print what came out and write a result folder: summary, report, figures, latency histograms, series,
usage. Ctrl-C ends the run and keeps the replications that are finished.`,
		Example: `  weir run scenario.yaml
  weir run scenario.yaml --set fleets.workers.instances=4 --out /tmp/four
  weir run scenario.yaml --replications 20 --format json --quiet --out -
  weir run scenario.yaml --export infracost,trace`,
		Args: exactly(1, "weir run scenario.yaml"),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return []string{"yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			set, err := f.settings(cmd)
			if err != nil {
				return err
			}
			design, err := experiments.Open(args[0], f.variant, set)
			if err != nil {
				return err
			}
			return runDesign(cmd.Context(), cmd.OutOrStdout(), args[0], design, &f)
		},
	}
	f.register(cmd)
	return cmd
}

// runDesign runs the design of a file, or of none, writes the folder and prints the summary.
func runDesign(ctx context.Context, out io.Writer, file string, design *experiments.Design, f *runFlags) error {
	exports, err := f.exports()
	if err != nil {
		return err
	}
	if err := f.checkJUnit(file); err != nil {
		return err
	}
	dir := f.out
	if dir == "" {
		dir = "results/out/" + folderName(strings.TrimSpace(design.Document.Name+" "+f.variant))
	}
	var folder *results.Folder
	if dir != "-" {
		if folder, err = results.Begin(dir); err != nil {
			return err
		}
		defer folder.Abandon() // nothing is left to remove once it is committed
	}
	if n := len(design.Document.Factors); n > 0 && !f.quiet {
		fmt.Fprintf(os.Stderr, "the sweep of %d settings is not run: weir run takes the values of the scenario itself; weir sweep runs it\n", n)
	}
	start := time.Now()
	bar := newProgress(f.quiet, design)
	ensemble, err := design.Run(ctx, bar.of(0))
	bar.wait()
	if err != nil {
		return err
	}
	summary := design.Summarise(ensemble, version(), time.Since(start).Seconds())
	if folder != nil {
		if err := folder.Write("scenario.yaml", design.Document.WriteEffective); err != nil {
			return err
		}
		if err := report.Write(folder, summary, ensemble, design.Told()); err != nil {
			return err
		}
		if err := exports.write(ctx, folder, design, summary, ensemble); err != nil {
			return err
		}
		if err := folder.Commit(); err != nil {
			return err
		}
	}
	if err := f.writeJUnit([]*results.Summary{summary}); err != nil {
		return err
	}
	if err := printSummary(out, summary, design, f); err != nil {
		return err
	}
	if folder != nil && !f.quiet && f.format == "text" {
		fmt.Fprintf(out, "\nresults in %s\n", dir)
	}
	if reasons := summary.Run.Partial; len(reasons) > 0 {
		return fmt.Errorf("the results are partial: %s", reasons[len(reasons)-1])
	}
	for _, o := range summary.Objectives {
		if !o.Met {
			return errMissed
		}
	}
	return nil
}

// checkJUnit refuses, before any work, a report for CI that could not be written, or would replace a scenario.
func (f *runFlags) checkJUnit(scenarios ...string) error {
	if f.junit == "" {
		return nil
	}
	if info, err := os.Stat(f.junit); err == nil {
		for _, file := range scenarios {
			if other, err := os.Stat(file); err == nil && os.SameFile(info, other) {
				return inputError{fmt.Errorf("--junit %s is the scenario itself: name another file", f.junit)}
			}
		}
	}
	if err := results.Writable(f.junit); err != nil {
		return inputError{fmt.Errorf("--junit: %w", err)}
	}
	return nil
}

// writeJUnit writes the objectives for CI when it was asked for.
func (f *runFlags) writeJUnit(summaries []*results.Summary) error {
	if f.junit == "" {
		return nil
	}
	for _, s := range summaries {
		if len(s.Objectives) == 0 {
			fmt.Fprintf(os.Stderr, "%s has no objectives: %s has no test case of it\n", s.Scenario.Title(), f.junit)
		}
	}
	return results.WriteFile(f.junit, func(w io.Writer) error { return results.WriteJUnit(w, summaries) })
}

func printSummary(out io.Writer, s *results.Summary, design *experiments.Design, f *runFlags) error {
	switch {
	case f.format == "json":
		return s.WriteJSON(out)
	case f.format == "markdown":
		return report.WriteMarkdown(out, s, design.Diagram())
	case f.quiet:
		return nil
	}
	return s.WriteText(out)
}

// folderName turns a scenario's name into a folder's.
func folderName(name string) string {
	out := make([]rune, 0, len(name))
	for _, r := range name {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '_':
			out = append(out, r)
		case r >= 'A' && r <= 'Z':
			out = append(out, r+'a'-'A')
		case len(out) > 0 && out[len(out)-1] != '-':
			out = append(out, '-')
		}
	}
	if len(out) == 0 {
		return "scenario"
	}
	return string(out[:min(len(out), 80)])
}

func reportCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "report DIR",
		Short:   "Print the summary of a result folder again",
		Example: "  weir report results/out/a-day-of-orders",
		Args:    exactly(1, "weir report results/out/a-day-of-orders"),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := results.ReadSummary(args[0])
			if errors.Is(err, os.ErrNotExist) {
				return inputError{fmt.Errorf("%s has no summary.json: name a folder that weir run wrote", args[0])}
			}
			if err != nil {
				return inputError{err}
			}
			return s.WriteText(cmd.OutOrStdout())
		},
	}
}
