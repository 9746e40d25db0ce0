package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"weir/experiments/breakeven"
	"weir/models/aws"
	"weir/models/spec"
	"weir/results"
	"weir/results/cost"
)

// surfaceFormats are what the surface can be printed as.
var surfaceFormats = []string{"text", "json", "markdown", "csv"}

// breakevenFlags are the flags of weir breakeven, as they were given.
type breakevenFlags struct {
	region, profile, format, out string
	rates, sizes                 []string
	batches, consumers           []int
	peak                         float64
	freeTier                     bool
}

func breakevenCommand() *cobra.Command {
	var f breakevenFlags
	cmd := &cobra.Command{
		Use:   "breakeven",
		Short: "Compare a month's bill of SQS, SNS with SQS and Kinesis over rate, size, batch and consumers",
		Long: `Compute in closed form what a month of the same messages costs through SQS queues, an SNS topic with queues and Kinesis
data streams (provisioned, with enhanced fan-out, on demand, On-demand Advantage), and from which rate on one costs
less than another. Prices are those of the region's price list. With --out, write the surface and the break-evens as
CSV and draw which design is cheapest by rate and size.`,
		Example: `  weir breakeven
  weir breakeven --size 1KiB --batch 1,10 --consumers 1 --rate 10,100,1000
  weir breakeven --peak 10 --format csv > surface.csv
  weir breakeven --region eu-west-1 --out results/out/breakeven`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.region, "region", "us-east-1", "`region` whose prices and quotas hold")
	flags.StringVar(&f.profile, "profile", "aws-2026", "profile of the quotas")
	flags.StringSliceVar(&f.rates, "rate", nil, "messages a second, such as 10/s, to tell the bills of")
	flags.StringSliceVar(&f.sizes, "size", []string{"1KiB", "16KiB", "64KiB", "256KiB"}, "sizes of a message")
	flags.IntSliceVar(&f.batches, "batch", []int{1, 10}, "messages of a call")
	flags.IntSliceVar(&f.consumers, "consumers", []int{1, 2, 5}, "applications that each get every message")
	flags.Float64Var(&f.peak, "peak", 1, "how many times the mean rate the busiest second has: shards must bear it")
	flags.BoolVar(&f.freeTier, "free-tier", false, "take the free requests of each month off")
	flags.StringVar(&f.format, "format", "text", "what to print: text, json, markdown or csv")
	flags.StringVar(&f.out, "out", "", "folder to write tables and figures to")
	for name, values := range map[string][]string{
		"format": surfaceFormats, "region": aws.Regions(), "profile": aws.Names, "batch": {"1", "10"},
		"consumers": {"1", "2", "5"}, "size": {"1KiB", "16KiB", "64KiB", "256KiB"},
		"rate": {"1/s", "10/s", "100/s", "1000/s"},
	} {
		_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	}
	_ = cmd.MarkFlagDirname("out")
	return cmd
}

// run computes the surface, writes the folder and prints.
func (f *breakevenFlags) run(cmd *cobra.Command) error {
	grid, err := f.grid()
	if err != nil {
		return inputError{err}
	}
	a, err := breakeven.New(f.profile, f.region, cost.Options{FreeTier: f.freeTier})
	if err != nil {
		return inputError{err}
	}
	if len(grid.Rates) == 0 && (f.format == "csv" || f.format == "json" || f.out != "") {
		grid.Rates = breakeven.Rates()
	}
	surface := a.Compare(grid)
	if f.out != "" {
		if err := f.write(a, grid, surface); err != nil {
			return err
		}
	}
	out := cmd.OutOrStdout()
	switch f.format {
	case "json":
		return surface.WriteJSON(out)
	case "csv":
		return surface.WriteCosts(out)
	}
	if len(f.rates) == 0 {
		surface.Costs = nil // the whole range of rates is for tables and figures
	}
	if f.format == "markdown" {
		return surface.WriteMarkdown(out)
	}
	return surface.WriteText(out)
}

// grid reads the loads that the flags name.
func (f *breakevenFlags) grid() (g breakeven.Grid, err error) {
	if !slices.Contains(surfaceFormats, f.format) {
		return g, fmt.Errorf("--format %q is not one of %s", f.format, strings.Join(surfaceFormats, ", "))
	}
	g = breakeven.Grid{Batches: f.batches, Consumers: f.consumers, Peak: f.peak}
	for _, text := range f.rates {
		rate, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(text), "/s"), 64)
		if err != nil || !(rate > 0) || math.IsInf(rate, 0) {
			return g, fmt.Errorf("--rate %q is no number of messages a second above 0: write for example 10/s", text)
		}
		g.Rates = append(g.Rates, rate)
	}
	for _, text := range f.sizes {
		var size spec.Size
		if err := size.UnmarshalText([]byte(strings.TrimSpace(text))); err != nil || size < 1 {
			return g, fmt.Errorf("--size %q is no size above 0: write for example 16KiB", text)
		}
		g.Sizes = append(g.Sizes, int64(size))
	}
	for _, n := range slices.Concat(f.batches, f.consumers) {
		if n < 1 || n > 1_000_000 {
			return g, fmt.Errorf("--batch and --consumers are numbers from 1, not %d", n)
		}
	}
	if !(f.peak >= 1) || math.IsInf(f.peak, 0) {
		return g, fmt.Errorf("--peak %g is less than the mean: it is a factor from 1", f.peak)
	}
	for name, n := range map[string]int{"size": len(g.Sizes), "batch": len(g.Batches), "consumers": len(g.Consumers)} {
		if n == 0 {
			return g, fmt.Errorf("--%s is empty", name)
		}
	}
	return g, nil
}

// write writes the tables and the figures.
func (f *breakevenFlags) write(a *breakeven.Arithmetic, g breakeven.Grid, s *breakeven.Surface) error {
	folder, err := results.Begin(f.out)
	if err != nil {
		return err
	}
	defer folder.Abandon() // nothing is left to remove once it is committed
	manifest := func(w io.Writer) error {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return enc.Encode(struct {
			Weir     results.Build `json:"weir"`
			Region   string        `json:"region"`
			Profile  string        `json:"profile"`
			FreeTier bool          `json:"free_tier"`
			Peak     float64       `json:"peak"`
		}{version(), s.Region, s.Profile, s.FreeTier, s.Peak})
	}
	for name, write := range map[string]func(io.Writer) error{
		"manifest.json": manifest, "surface.csv": s.WriteCosts, "break_even.csv": s.WriteEvens,
	} {
		if err := folder.Write(name, write); err != nil {
			return err
		}
	}
	figures, err := a.Figures(g)
	if err != nil {
		return err
	}
	for _, figure := range figures {
		if err := folder.Write("figures/"+figure.Name+".svg", figure.WriteSVG); err != nil {
			return err
		}
		if err := folder.Write("figures/"+figure.Name+".png", figure.WritePNG); err != nil {
			return err
		}
	}
	return folder.Commit()
}
