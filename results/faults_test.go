package results

import (
	"encoding/json"
	"strings"
	"testing"

	"weir/models/fault"
	"weir/sim"
)

// Of a fault that strikes often, the first hundred times are told of each replication, and all are counted.
func TestEveryTimeThatADesignStayedStuckCounts(t *testing.T) {
	var trials []*Outcome
	for range 2 {
		f := Fault{Name: "faults.x", Kind: "outage", Of: "queues.q"}
		for k := range 150 {
			o := &fault.Occurrence{Begun: sim.Time(k), Ended: sim.Never, Recovered: sim.Never, Detected: sim.Never}
			if k >= 120 {
				o.Metastable = &fault.Metastable{Since: sim.Time(sim.Hour), Goodput: 0.25, Retries: 0.5}
			}
			f.Occurrences = append(f.Occurrences, o)
		}
		trials = append(trials, &Outcome{Faults: []Fault{f}})
	}
	s := (&Ensemble{Outcomes: trials}).summariseFaults()[0]
	if n := len(s.Occurrences); n != 200 {
		t.Errorf("%d occurrences are told, want 200", n)
	}
	if got := s.Stuck(); !strings.Contains(got, "25.0 %") || !strings.HasSuffix(got, "(60 of 300 times)") {
		t.Errorf("told as %q, want 60 of 300 times", got)
	}
}

func TestAFaultThatNeverStruckHasNoOccurrences(t *testing.T) {
	s := (&Ensemble{Outcomes: []*Outcome{{Faults: []Fault{{Name: "faults.x"}}}}}).summariseFaults()
	text, err := json.Marshal(s)
	if err != nil || !strings.Contains(string(text), `"occurrences":[]`) {
		t.Errorf("%s, %v", text, err)
	}
	if got := s[0].Stuck(); got != "" {
		t.Errorf("told as %q", got)
	}
}
