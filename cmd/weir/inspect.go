package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"weir/experiments"
	"weir/experiments/library"
	"weir/models/aws"
)

func demoCommand() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "demo [NAME]",
		Short: "List the shipped questions, or run one",
		Example: `  weir demo
  weir demo nasa-day
  weir demo nasa-day --set fleets.workers.instances=3
  weir demo noisy-tenant --variant fair`,
		ValidArgs: library.Names(),
	}
	show := cmd.Flags().Bool("show", false, "print the scenario file instead of running it")
	f.register(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			tw := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			for _, name := range library.Names() {
				fmt.Fprintf(tw, "%s\t%s\n", name, library.Question(name))
			}
			return tw.Flush()
		}
		name := args[0]
		if len(args) > 1 {
			return inputError{fmt.Errorf("demo takes one name: %s", strings.Join(library.Names(), ", "))}
		}
		set, err := f.settings(cmd)
		if err != nil {
			return err
		}
		text, folder, err := library.Open(name)
		if err != nil {
			return inputError{err}
		}
		if *show {
			_, err := cmd.OutOrStdout().Write(text)
			return err
		}
		design, err := experiments.New(name+"/scenario.yaml", text, set, folder)
		if err == nil && f.variant != "" {
			design, err = design.With(f.variant)
		}
		if err != nil {
			return err
		}
		return runDesign(cmd.Context(), cmd.OutOrStdout(), "", design, &f)
	}
	return cmd
}

func schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "schema",
		Short:   "Print the JSON Schema of the scenario file, for editors",
		Example: "  weir schema > scenario.schema.json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return experiments.WriteSchema(cmd.OutOrStdout())
		},
	}
}

func profileCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "profile [NAME]",
		Short: "Print the constants of a profile, each with its source, date and grade",
		Example: `  weir profile aws-2026
  weir profile diff aws-2021 aws-2026`,
		ValidArgs: aws.Names,
		RunE: func(cmd *cobra.Command, args []string) error {
			name := "aws-2026"
			if len(args) > 1 {
				return inputError{fmt.Errorf("profile takes one name: %s", strings.Join(aws.Names, ", "))}
			}
			if len(args) == 1 {
				name = args[0]
			}
			p, err := aws.Load(name)
			if err != nil {
				return inputError{err}
			}
			return writeProfile(cmd.OutOrStdout(), p)
		},
	}
	cmd.AddCommand(&cobra.Command{
		Use:       "diff A B",
		Short:     "Print the constants that two profiles set differently",
		Example:   "  weir profile diff aws-2021 aws-2026",
		ValidArgs: aws.Names,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 {
				return inputError{fmt.Errorf("diff takes two profiles: for example weir profile diff aws-2021 aws-2026")}
			}
			a, err := aws.Load(args[0])
			if err != nil {
				return inputError{err}
			}
			b, err := aws.Load(args[1])
			if err != nil {
				return inputError{err}
			}
			tw := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			for _, d := range aws.Diff(a, b) {
				fmt.Fprintf(tw, "%s\t%s\t%s\n", d.Key, d.A, d.B)
			}
			return tw.Flush()
		},
	})
	return cmd
}

func writeProfile(w io.Writer, p *aws.Profile) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, e := range p.Entries() {
		note := e.Source
		if e.Note != "" {
			note += ". " + e.Note
		}
		if e.Unread != "" {
			note += ". Nothing reads it: " + e.Unread
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\n", e.Key, e.Value, e.Grade, e.Date, note)
	}
	return tw.Flush()
}
