package results

import (
	"fmt"
	"strings"
)

// Observations returns how many values the intervals of a run's figures come from, and what they are of: replications,
// batches of one run, or groups of replications that have drawn the same for what is uncertain.
func (r Run) Observations() (n int, of string) {
	switch {
	case r.Batches > 1:
		return r.Batches, "batches"
	case len(r.Inputs) > 0:
		return len(r.Inputs[0].Values), "groups of replications"
	}
	return r.Replications, "replications"
}

// Text tells in a line how a scenario was run: how often and how long, after which warm-up, how precisely.
func (r Run) Text() string {
	var b strings.Builder
	if r.Batches > 1 {
		fmt.Fprintf(&b, "%d batches of %s of one run", r.Batches, Seconds(r.DurationSeconds/float64(r.Batches)))
	} else {
		fmt.Fprintf(&b, "%d × %s", r.Replications, Seconds(r.DurationSeconds))
	}
	switch {
	case r.WarmupSeconds > 0:
		b.WriteString(" after a warm-up of " + Seconds(r.WarmupSeconds))
	default:
		b.WriteString(", no warm-up")
	}
	if r.WarmupNote != "" && !r.Unsteady { // what is not steady is a warning
		b.WriteString(" (" + r.WarmupNote + ")")
	}
	if r.WarmupSeconds > 0 {
		b.WriteString(", times from the start of the run")
	}
	if p := r.Precision; p != nil && p.Of == NothingPrecise {
		b.WriteString("; nothing was observed whose interval could be as narrow as asked")
	} else if p != nil {
		verdict := "as asked"
		if p.Reached > p.Wanted {
			verdict = "not the " + Percent(p.Wanted) + " asked"
		}
		fmt.Fprintf(&b, "; intervals within %s of their figures, %s (the widest is %s)", Percent(p.Reached), verdict, p.Of)
	}
	return b.String()
}

// InputsText tells which share of the variance behind a path's intervals comes from settings that are not known
// exactly, or nothing when all are.
func (r Run) InputsText(p PathSummary) string {
	if len(r.Inputs) == 0 {
		return ""
	}
	names := make([]string, len(r.Inputs))
	for i, in := range r.Inputs {
		names[i] = in.Path
	}
	return fmt.Sprintf("not knowing %s makes %s of the variance of the mean, %s of that of p99", strings.Join(names, ", "),
		Percent(p.Latency["mean"].Inputs), Percent(p.Latency["p99"].Inputs))
}
