package main

import "github.com/spf13/cobra"

func validateCommand() *cobra.Command { return &cobra.Command{Use: "validate"} }
