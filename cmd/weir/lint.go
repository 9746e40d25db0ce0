package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"weir/experiments"
	"weir/experiments/lint"
	"weir/results"
)

// errFound says that a design rule found something that is graver than an advice; it has been told.
var errFound = errors.New("a rule found something")

// lintFlags are the flags of weir lint.
type lintFlags struct {
	runFlags
	prove, list bool
	selected    lint.Selection
}

func lintCommand() *cobra.Command {
	var f lintFlags
	cmd := &cobra.Command{
		Use:   "lint FILE",
		Short: "Hold a scenario against design rules, each with its documented reason",
		Long: `Hold a scenario against rules of design: what AWS documents that a design should look like. Each finding has its place in
the file, the reason with its source, and where there is one a fix. Nothing is run, so that the answer is there at once.

With --prove the scenario is run as it is, and with the fix of each finding, for the duration and replications of the
scenario and with the same random numbers: the finding then says what it costs, before and after. That takes one run for
the scenario and one for each fix.

Exit status: 0 when there is nothing, or advice only; 1 when there is an error or a warning; 2 when the input is wrong;
3 when a run failed or was stopped.`,
		Example: `  weir lint scenario.yaml
  weir lint scenario.yaml --prove --replications 5 --set run.duration=20m
  weir lint scenario.yaml --rule short-polling --rule no-dead-letter-queue
  weir lint scenario.yaml --ignore sends-one-by-one --format json
  weir lint --list`,
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return []string{"yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&f.set, "set", nil, "replace a value of the scenario, `path=value`; may be repeated")
	flags.StringVar(&f.variant, "variant", "", "look at this variant of the scenario instead of its base")
	flags.BoolVar(&f.prove, "prove", false, "run the scenario as it is and with the fix of each finding")
	flags.StringArrayVar(&f.selected.Only, "rule", nil, "ask this rule only, by its `id`; may be repeated")
	flags.StringArrayVar(&f.selected.Ignore, "ignore", nil, "do not ask this rule, by its `id`; may be repeated")
	flags.BoolVar(&f.list, "list", false, "list the rules with their reasons and sources")
	flags.Uint64Var(&f.seed, "seed", 0, "with --prove: seed of the random numbers, in place of run.seed")
	flags.IntVar(&f.replications, "replications", 0, "with --prove: independent repetitions, in place of run.replications")
	flags.StringVar(&f.format, "format", "text", "what to print: text, json or markdown")
	flags.BoolVar(&f.quiet, "quiet", false, "print no progress")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(formats, cobra.ShellCompDirectiveNoFileComp))
	for _, name := range []string{"rule", "ignore"} {
		_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(lint.IDs(), cobra.ShellCompDirectiveNoFileComp))
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		set, err := f.settings(cmd)
		if err != nil {
			return err
		}
		if err := f.selected.Check(); err != nil {
			return inputError{err}
		}
		if f.list {
			return f.printRules(cmd.OutOrStdout())
		}
		if err := exactly(1, "weir lint scenario.yaml")(cmd, args); err != nil {
			return err
		}
		design, err := experiments.Open(args[0], f.variant, set)
		if err != nil {
			return err
		}
		return f.lint(cmd.Context(), cmd.OutOrStdout(), design)
	}
	return cmd
}

// printRules prints the rules that are asked.
func (f *lintFlags) printRules(out io.Writer) error {
	rules := slices.DeleteFunc(lint.List(), func(r results.LintRule) bool { return !f.selected.Has(r.ID) })
	switch f.format {
	case "json":
		return rules.WriteJSON(out)
	case "markdown":
		return rules.WriteMarkdown(out)
	}
	return rules.WriteText(out)
}

// lint looks at a design and prints what it finds.
func (f *lintFlags) lint(ctx context.Context, out io.Writer, design *experiments.Design) error {
	found := lint.Check(design, f.selected)
	if f.prove {
		var err error
		if found, err = f.proven(ctx, design); err != nil {
			return err
		}
	}
	write := found.WriteText
	switch f.format {
	case "json":
		write = found.WriteJSON
	case "markdown":
		write = found.WriteMarkdown
	}
	if err := write(out); err != nil {
		return err
	}
	if r := found.Run; r != nil && len(r.Partial) > 0 {
		return fmt.Errorf("the runs are partial: %s", strings.Join(r.Partial, "; "))
	}
	if found.Grave() {
		return errFound
	}
	return nil
}

// proven puts the findings to the test, with a bar for all runs.
func (f *lintFlags) proven(ctx context.Context, design *experiments.Design) (*results.Lint, error) {
	bar := new(progress)
	defer func() { bar.wait() }()
	return lint.Prove(ctx, design, f.selected, func(designs []*experiments.Design) func(int) experiments.Progress {
		bar = newProgress(f.quiet, designs...)
		return bar.of
	})
}
