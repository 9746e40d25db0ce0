package experiments

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"weir/models/message"
	"weir/sim"
)

const plainDesign = `
name: plain
run: {duration: 10m, replications: 1}
producers: {p: {to: queues.q, arrivals: {constant: 1/s}}}
queues: {q: {}}
fleets: {w: {from: queues.q, work: 1ms}}
`

// What a scenario says that cannot be, or that does nothing, is told by what is wrong with it.
func TestContradictionsAreRefused(t *testing.T) {
	for _, c := range []struct{ old, text, want string }{
		{"work: 1ms", "work: 1ms, drop_late: true", "fleets.w.drop_late: has no effect: no producer has a deadline"},
		{"work: 1ms}}", "work: 1ms, calls: [{to: services.s}]}}\nservices: {s: {time: 1ms, price_per_call: 1e305}}",
			`services.s.price_per_call: "1e305" is too large`},
		{"name: plain", "name: plain\nobjectives: [{metric: cost, below: 1, above: 2}]", "has two limits, below and above"},
		{"name: plain", "name: plain\nobjectives: [{metric: cost}]", "needs below or above"},
		{"name: plain", "name: plain\nfaults: {x: {of: queues.q, outage: {}, rate: 100000/s, for: 1us}}",
			"100000/s is too high: at most 10/s"},
		{"name: plain", "name: plain\nfaults: {x: {of: queues.q, outage: {}, when: alarms.none, for: 1s}}",
			"there is no alarms.none: the scenario has no alarms"},
		{"name: plain", "name: plain\nfaults: {x: {of: queues.z, outage: {}, at: 1s, for: 1s}}",
			"there is no queues.z; there are queues.q, fleets.w, producers.p"},
		{"name: plain", "name: plain\nalarms: {a: {of: queues.q, metric: ApproximateNumberOfMessagesVisible, threshold: 5, " +
			"evaluation_periods: 1, expect: {after: faults.none, fires_within: 1m}}}",
			"alarms.a.expect.after: there is no faults.none"},
	} {
		text := strings.Replace(plainDesign, c.old, c.text, 1)
		if _, err := New("scenario.yaml", []byte(text), nil, nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.text, err, c.want)
		}
	}
}

// A variant that could not be run is told of when the base is, not when its turn comes.
func TestVariantsAreCheckedWithTheBase(t *testing.T) {
	file := filepath.Join(t.TempDir(), "scenario.yaml")
	text := plainDesign + "variants: {good: {fleets: {w: {work: 2ms}}}, bad: {fleets: {nope: {work: 2ms}}}}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(file, "", nil); err == nil || !strings.Contains(err.Error(), "fleets.nope.from: is needed") {
		t.Error(err)
	}
	if _, err := Open(file, "good", nil); err != nil {
		t.Error(err)
	}
	if _, err := Open(file, "", []string{"fleets.w.work=3ms"}); err != nil {
		t.Error(err)
	}
}

// A fault that lies beyond the end of the run is said not to have struck.
func TestAFaultThatDidNotStrikeIsWarnedOf(t *testing.T) {
	const fault = "faults: {x: {of: queues.q, outage: {}, at: %A, for: 1m}}"
	for at, want := range map[string]bool{"1h": true, "1m": false} {
		s, _ := played(t, plainDesign+strings.Replace(fault, "%A", at, 1))
		if got := strings.Contains(strings.Join(s.Warnings(), "\n"), "faults.x did not strike in this run"); got != want {
			t.Errorf("at %s: %q", at, s.Warnings())
		}
	}
}

// A circle that takes no time is told by the events that go round in it.
func TestACircleWithoutTimeIsNamed(t *testing.T) {
	eng := sim.NewEngine(1, 0)
	var again sim.Event[uint8]
	again = sim.NewEvent(eng, "fleets.w/again", func(uint8) { again.After(0, 0) })
	again.At(sim.Time(10*sim.Minute), 0)
	tr := &trial{eng: eng, store: message.NewStore(1)}
	eng.Run(sim.Never, 10)
	e := LoopError{0, eng.Now(), tr.busiest(sim.Never)}
	if !slices.Equal(e.Events, []string{"fleets.w/again"}) || !strings.Contains(e.Error(), "in circles at 10m: ") {
		t.Error(e.Error())
	}
}
