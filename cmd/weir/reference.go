package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"weir/experiments"
	"weir/experiments/reference"
)

func referenceCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "reference [TOPIC]",
		Short: "Look up the keys of a scenario, figures, bill lines, fields of summary.json",
		Long: `Look up what a scenario can say and what results hold. Without a topic, the keys at the top of a scenario; a path such as
fleets or fleets.scaling is that part of it. The other topics are ` + strings.Join(reference.Topics, ", ") + `.`,
		Example: `  weir reference
  weir reference queues
  weir reference fleets.scaling.target_tracking
  weir reference figures
  weir reference usage --region eu-central-1 --format markdown`,
		ValidArgs: slices.Concat(reference.Topics, experiments.Sections()),
		Args:      cobra.MaximumNArgs(1),
	}
	format := cmd.Flags().String("format", "text", "what to print: text or markdown")
	region := cmd.Flags().String("region", "us-east-1", "the region of the prices")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"text", "markdown"},
		cobra.ShellCompDirectiveNoFileComp))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *format != "text" && *format != "markdown" {
			return inputError{fmt.Errorf("--format %q is not one of text, markdown", *format)}
		}
		page, err := reference.Of(strings.Join(args, ""), *region)
		if err != nil {
			return inputError{err}
		}
		if *format == "markdown" {
			return page.WriteMarkdown(cmd.OutOrStdout())
		}
		return page.WriteText(cmd.OutOrStdout())
	}
	return cmd
}
