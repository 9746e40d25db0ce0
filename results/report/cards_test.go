package report

import (
	"slices"
	"testing"

	"weir/results"
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
