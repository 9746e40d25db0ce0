package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"weir/experiments/validation"
)

func validateCommand() *cobra.Command {
	var kind, id, format string
	var quick bool
	cmd := &cobra.Command{
		Use:   "validate",
		Short: "Compare Weir with theory, AWS's semantics and prices, and published measurements",
		Long: `Run the public scoreboard: closed forms of queueing theory and exact replays, stories that AWS was seen to answer, price
examples, published measurements. Each row has what was expected, what Weir says, the error and the tolerance. The exit
status is 1 when a row misses; a gap is a deviation that is known and explained.`,
		Example: `  weir validate --quick
  weir validate --kind semantics
  weir validate --id A01 --format json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if kind != "" && !slices.Contains(validation.Kinds, kind) {
				return inputError{fmt.Errorf("--kind %q is not one of %s", kind, strings.Join(validation.Kinds, ", "))}
			}
			if !slices.Contains(formats, format) {
				return inputError{fmt.Errorf("--format %q is not one of %s", format, strings.Join(formats, ", "))}
			}
			board, err := validation.Run(cmd.Context(), validation.Filter{Kind: kind, ID: id, Quick: quick}, rowCounter())
			if err != nil {
				return err
			}
			if len(board.Rows) == 0 {
				return inputError{fmt.Errorf("no row is called %q", id)}
			}
			out := cmd.OutOrStdout()
			switch format {
			case "text":
				err = board.WriteText(out)
			case "json":
				err = board.WriteJSON(out)
			case "markdown":
				err = board.WriteMarkdown(out)
			}
			if err == nil && board.Count("", validation.Misses) > 0 {
				return errMissed
			}
			return err
		},
	}
	cmd.Flags().StringVar(&kind, "kind", "", "only rows of a `kind`: theory, semantics, price, measurement")
	cmd.Flags().StringVar(&id, "id", "", "only the row or case of this `id`, such as A01")
	cmd.Flags().BoolVar(&quick, "quick", false, "only rows that take little time: a minute in place of several")
	cmd.Flags().StringVar(&format, "format", "text", "what to print: text, json or markdown")
	return cmd
}

// rowCounter shows how many rows are done, on a terminal.
func rowCounter() func(validation.Row) {
	if !isTerminal(os.Stderr) {
		return nil
	}
	n := 0
	return func(r validation.Row) {
		n++
		fmt.Fprintf(os.Stderr, "\r%d rows, %-40s\r", n, r.ID)
	}
}
