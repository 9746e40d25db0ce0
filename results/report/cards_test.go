package report

import (
	"slices"
	"testing"

	"weir/results"
	"weir/results/cost"
	"weir/sim/measure"
)

// The cards are of the whole design: the copies that a topic makes go wrong in a ledger of their own.
func TestTheCardsAreOfTheWholeDesign(t *testing.T) {
	count := func(n float64) measure.Estimate { return measure.Estimate{Value: n} }
	s := &results.Summary{
		Ledger: results.LedgerSummary{Sent: count(2400), Published: count(2400)},
		Senders: map[string]results.LedgerSummary{
			"producers.web": {Sent: count(2400), Published: count(2400)},
			"topics.t": {
				Sent: count(2400), Processed: count(1800),
				DeadLettered: map[string]measure.Estimate{"max_receive_count": count(600)},
			},
		},
	}
	for _, want := range [][2]string{
		{"messages sent per replication, with copies and those sent on", "4,800"}, {"messages that went wrong", "600"},
	} {
		if got := cards(s); !slices.Contains(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// The month's bill stands with its interval and the dates of its prices.
func TestTheCardOfTheBillHasItsIntervalAndDates(t *testing.T) {
	s := &results.Summary{Cost: results.CostSummary{
		MonthUSD: measure.Estimate{Value: 845.95, Low: 842.54, High: 849.36, N: 5},
		Lines:    []cost.Line{{Date: "2026-05-01"}, {Date: "2026-01-15"}, {}},
	}}
	want := [2]string{"a month, at prices of 2026-01-15 to 2026-05-01", "$845.95 ± $3.41"}
	if got := cards(s); !slices.Contains(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	s.Objectives = []results.Objective{{Met: true}, {Met: true}}
	if got := verdictText(s); got != "Both objectives are met." {
		t.Errorf("%q", got)
	}
}
