package results

import (
	"strings"
	"testing"

	"weir/sim/measure"
)

func TestMessagesLeftAtTheEndAreWarnedOfWhenTheyAreMany(t *testing.T) {
	count := func(n float64) measure.Estimate { return measure.Estimate{Value: n, Low: n, High: n, N: 5} }
	for _, c := range []struct {
		sent, queued, inFlight float64
		warned                 bool
	}{
		{10_000, 150, 40, false}, {10_000, 150, 60, true}, {100, 60, 30, false}, {10_000, 0, 0, false},
	} {
		s := &Summary{Senders: map[string]LedgerSummary{"producers.p": {
			Sent:     count(c.sent),
			UnderWay: map[string]measure.Estimate{"in_queue": count(c.queued), "in_flight": count(c.inFlight)},
		}}}
		warnings, want := s.Warnings(), "2.1 % of the messages of producers.p"
		if (len(warnings) > 0) != c.warned || c.warned && !strings.Contains(warnings[0], want) {
			t.Errorf("%v of %v left: %q", c.queued+c.inFlight, c.sent, warnings)
		}
	}
}
