package validation

import (
	"context"
	"os"
	"strings"
	"testing"
)

// Every row of the scoreboard holds or is a gap that is explained.
func TestScoreboardHolds(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	board, err := Run(context.Background(), Filter{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range Kinds {
		if board.Count(kind, Holds) == 0 {
			t.Errorf("no %s row holds", kind)
		}
	}
	for _, r := range board.Rows {
		if r.Verdict == Misses {
			t.Errorf("%s (%s): expected %s, observed %s: off by %.3g, allowed %s", r.ID, r.What, r.Expected, r.Observed, r.Error,
				r.Tolerance)
		}
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var summary strings.Builder
	if err := board.WriteSummary(&summary); err != nil || !strings.Contains(string(readme), summary.String()) {
		t.Errorf("the README does not have the summary (%v)\n%s", err, summary.String())
	}
	if t.Failed() {
		_ = board.WriteText(os.Stdout)
	}
}
