package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"weir/experiments"
	"weir/results"
	"weir/results/export"
)

// exportsFolder is where exports stand in a result folder.
const exportsFolder = "exports"

// exports are what is to be exported of a run.
type exports struct {
	formats []export.Format
	start   time.Time
}

// registerExport registers the flags of exports from a run.
func (f *runFlags) registerExport(cmd *cobra.Command) {
	cmd.Flags().StringSliceVar(&f.export, "export", nil, "write the results in other tools' `formats` too, into "+
		exportsFolder+"/ of the result folder: "+strings.Join(export.Names(), ", "))
	cmd.Flags().StringVar(&f.start, "start", "1970-01-01T00:00:00Z", "with --export: the `time` of day at which the run "+
		"begins, as RFC 3339 has it")
	_ = cmd.RegisterFlagCompletionFunc("export", completeFormats(export.Formats))
}

// completeFormats completes a list of formats, separated by commas.
func completeFormats(formats []export.Format) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, typed string) (all []cobra.Completion, _ cobra.ShellCompDirective) {
		before := typed[:strings.LastIndex(typed, ",")+1]
		for _, f := range formats {
			if !strings.Contains(","+before, ","+f.Name+",") {
				all = append(all, cobra.CompletionWithDesc(before+f.Name, f.Text))
			}
		}
		return all, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
}

// exports returns what the flags ask for.
func (f *runFlags) exports() (exports, error) {
	if len(f.export) == 0 {
		return exports{}, nil
	}
	formats, err := export.Parse(f.export)
	if err != nil {
		return exports{}, inputError{fmt.Errorf("--export: %w", err)}
	}
	if f.out == "-" {
		return exports{}, inputError{errors.New("--export needs a result folder: --out - writes none")}
	}
	start, err := time.Parse(time.RFC3339, f.start)
	if err != nil {
		return exports{}, inputError{fmt.Errorf("--start %q is no time as 2026-11-24T08:00:00Z", f.start)}
	}
	return exports{formats, start.UTC()}, nil
}

// write writes the exports of a run into its folder. What takes further runs is left out when the user has stopped.
func (x exports) write(
	ctx context.Context, folder *results.Folder, d *experiments.Design, s *results.Summary, e *results.Ensemble,
) error {
	source := &export.Source{Summary: s, Ensemble: e, Start: x.start}
	for _, format := range x.formats {
		var err error
		switch {
		case format.Needs == export.FromMetrics:
			source.Metrics, err = d.Metrics(ctx, e)
		case format.Needs == export.FromMessages:
			source.Followed, err = d.Trace(ctx, e)
		}
		if ctx.Err() != nil && format.Needs >= export.FromMetrics {
			fmt.Fprintf(os.Stderr, "stopped: there is no %s, which takes another run of the first replication\n",
				format.Files[0].Name)
			continue
		}
		if err != nil {
			return fmt.Errorf("export of %s: %w", format.Name, err)
		}
		for _, file := range format.Files {
			err := folder.Write(exportsFolder+"/"+file.Name, func(w io.Writer) error { return file.Write(source, w) })
			if err != nil {
				return fmt.Errorf("export of %s: %w", format.Name, err)
			}
		}
	}
	return nil
}

// fromSummary are the formats that a summary is enough for.
func fromSummary() (formats []export.Format) {
	for _, f := range export.Formats {
		if f.Needs == export.FromSummary {
			formats = append(formats, f)
		}
	}
	return formats
}

func exportCommand() *cobra.Command {
	var as []string
	var out string
	cmd := &cobra.Command{
		Use:   "export DIR",
		Short: "Write the results of a folder in the formats of other tools",
		Long:  "Write the results of a folder that weir run wrote in the formats of other tools.\n\n" + formatsText(),
		Example: `  weir export results/out/a-day-of-orders --as infracost
  weir export results/out/a-day-of-orders --as infracost,calculator --out /tmp/costs
  weir run scenario.yaml --export cloudwatch,hlog,trace,parquet`,
		Args: exactly(1, "weir export results/out/a-day-of-orders --as infracost"),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveFilterDirs
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			formats, err := export.Parse(as)
			if err != nil {
				return inputError{fmt.Errorf("--as: %w", err)}
			}
			if out == "" {
				out = filepath.Join(args[0], exportsFolder)
			}
			return exportFolder(cmd.OutOrStdout(), args[0], formats, out)
		},
	}
	cmd.Flags().StringSliceVar(&as, "as", nil, "the `formats`, separated by commas")
	cmd.Flags().StringVar(&out, "out", "", "folder to write the files to (default "+exportsFolder+"/ in DIR)")
	_ = cmd.RegisterFlagCompletionFunc("as", completeFormats(fromSummary()))
	_ = cmd.MarkFlagDirname("out")
	return cmd
}

// formatsText lists the formats, and where each can be written.
func formatsText() string {
	var text strings.Builder
	for _, f := range export.Formats {
		where := ""
		if f.Needs != export.FromSummary {
			where = " (weir run --export)"
		}
		fmt.Fprintf(&text, "  %-11s %s%s\n", f.Name, f.Text, where)
	}
	return text.String()
}

// exportFolder writes formats of a result folder's summary, each file whole or not at all.
func exportFolder(report io.Writer, dir string, formats []export.Format, out string) error {
	var needMore []string
	for _, f := range formats {
		if f.Needs != export.FromSummary {
			needMore = append(needMore, f.Name)
		}
	}
	s, err := results.ReadSummary(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return inputError{fmt.Errorf("%s has no summary.json: name a folder that weir run wrote", dir)}
	case err != nil:
		return inputError{err}
	}
	if out == "-" {
		return inputError{errors.New("--out names a folder: the formats are files of their own")}
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	source := &export.Source{Summary: s}
	for _, f := range formats {
		if f.Needs != export.FromSummary {
			continue
		}
		for _, file := range f.Files {
			path := filepath.Join(out, file.Name)
			if err := results.WriteFile(path, func(w io.Writer) error { return file.Write(source, w) }); err != nil {
				return err
			}
			fmt.Fprintln(report, path)
		}
	}
	if len(needMore) > 0 {
		names := strings.Join(needMore, ",")
		return inputError{fmt.Errorf("%s: not written, for a result folder does not hold what it takes; weir run SCENARIO --export "+
			"%s writes it", names, names)}
	}
	return nil
}
