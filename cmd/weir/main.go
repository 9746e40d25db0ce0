// Command weir runs performance simulations of AWS messaging designs.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"weir/experiments"
	"weir/models/spec"
	"weir/results"
)

// Exit statuses.
const (
	exitMissed = 1 // an objective was missed
	exitInput  = 2 // the input is wrong
	exitFailed = 3 // Weir failed
)

// errMissed says that an objective was missed; it has been told.
var errMissed = errors.New("an objective was missed")

// inputError is an error of what the user gave.
type inputError struct{ err error }

func (e inputError) Error() string { return e.err.Error() }
func (e inputError) Unwrap() error { return e.err }

func main() { os.Exit(run()) }

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // the second Ctrl-C ends the program at once
	err := rootCommand().ExecuteContext(ctx)
	var problems spec.Errors
	var input inputError
	var loop *experiments.LoopError
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errMissed), errors.Is(err, errFound):
		return exitMissed
	case strings.HasPrefix(err.Error(), "unknown command"): // cobra has no type for it
		fmt.Fprintln(os.Stderr, "weir:", err)
		return exitInput
	case errors.As(err, &problems):
		fmt.Fprintln(os.Stderr, err)
		fmt.Fprintf(os.Stderr, "%d to mend; nothing was written\n", len(problems))
		return exitInput
	case errors.As(err, &input), errors.As(err, &loop), errors.Is(err, results.ErrNotResults),
		errors.Is(err, results.ErrHoldsMore):
		fmt.Fprintln(os.Stderr, "weir:", err)
		return exitInput
	}
	fmt.Fprintln(os.Stderr, "weir:", err)
	return exitFailed
}

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "weir",
		Short: "Simulate AWS messaging designs: latency and its causes, backlog, dead letters, cost",
		Long: `Weir runs a design of AWS messaging and serverless services in virtual time: producers, SQS queues, SNS topics, Kinesis
streams and who reads them, Firehose, Flink, Lambda functions, EC2 fleets that scale, databases, S3, CloudWatch alarms. It
tells latency and the cause of every millisecond, throughput, backlog, throttles, dead letters and why, and the month's bill.`,
		Example: `  weir demo                     list the shipped questions
  weir demo nasa-day            run one of them
  weir run scenario.yaml        run your own
  weir compare scenario.yaml    compare it with its variants
  weir run scenario.yaml --set fleets.workers.instances=4 --format json`,
		SilenceUsage: true, SilenceErrors: true,
		Version: version().Version,
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return inputError{err} })
	root.AddCommand(runCommand(), demoCommand(), schemaCommand(), profileCommand(), reportCommand(), validateCommand(),
		breakevenCommand(), compareCommand(), sweepCommand(), sizeCommand(), limitCommand(), lintCommand(),
		referenceCommand(), exportCommand())
	return root
}

// version returns what the build knows of itself.
func version() results.Build {
	b := results.Build{Version: "0.1.0", Commit: "unknown"}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				b.Commit = s.Value
			}
		}
	}
	return b
}

// exactly is cobra.ExactArgs with the project's exit status and an example.
func exactly(n int, example string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return inputError{fmt.Errorf("%s takes %d argument, not %d: for example %s", cmd.Name(), n, len(args), example)}
		}
		return nil
	}
}
