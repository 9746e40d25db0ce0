package experiments

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"weir/results"
	"weir/sim"
)

// vague is a design of which a setting is not known that is of no consequence.
const vague = `
name: vague
profile: ideal
run: {duration: 20s, replications: 4}
uncertainty: {queues.q.visibility_timeout: {from: 30s, to: 31s}}
producers: {p: {to: queues.q, arrivals: {poisson: 40/s}}}
queues: {q: {}}
fleets: {f: {from: queues.q, receive: {max_messages: 1}, work: {constant: 1ms}}}
`

// sentBy returns how many messages a design sends in its first replication.
func sentBy(t *testing.T, d *Design) (n uint64) {
	t.Helper()
	s, err := d.NewStudy(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	e, err := s.Trial(context.Background(), 0)
	if err != nil {
		t.Fatal(err)
	}
	return e.Outcomes[0].Messages
}

// What is drawn for uncertain settings is drawn of the design as it was scaled, overloaded and settled.
func TestTheDrawnHaveTheLoadOfTheirDesign(t *testing.T) {
	known, _, _ := strings.Cut(vague, "uncertainty")
	_, rest, _ := strings.Cut(vague, "}}\n")
	for name, text := range map[string]string{"uncertain": vague, "known": known + rest} {
		d, err := New("scenario.yaml", []byte(text), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		double, err := d.AtLoad(2)
		if err != nil {
			t.Fatal(err)
		}
		quadruple, err := double.AtLoad(2)
		if err != nil {
			t.Fatal(err)
		}
		surged, err := double.Surged(10*sim.Second, 20*sim.Second, 5*sim.Second, 4)
		if err != nil {
			t.Fatal(err)
		}
		longer, err := double.Vary()
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			of   string
			d    *Design
			sent uint64
		}{
			{"the design", d, 800}, {"at twice the load", double, 1600}, {"at four times", quadruple, 3200},
			{"with a surge", surged, 80*30 + 80*3*5}, {"a variation", longer, 1600},
		} {
			if sent := sentBy(t, c.d); sent < c.sent*9/10 || sent > c.sent*11/10 {
				t.Errorf("%s, %s: %d messages, not about %d", name, c.of, sent, c.sent)
			}
		}
	}
}

// A warm-up that was found is that of all groups.
func TestTheDrawnHaveTheWarmupThatWasFound(t *testing.T) {
	d, err := New("scenario.yaml", []byte(vague), []string{"run.warmup=auto"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	study, err := d.NewStudy(context.Background(), &results.Warmup{Length: 7 * sim.Second, Rule: "mser-5"})
	if err != nil {
		t.Fatal(err)
	}
	e, err := study.Trial(context.Background(), 3)
	if err != nil {
		t.Fatal(err)
	}
	if from := e.Outcomes[0].From; from != sim.Time(7*sim.Second) {
		t.Errorf("the window begins at %s, after a warm-up of 7s", from)
	}
}

// Several goroutines run replications of a study while others draw more groups: under the race detector this tells
// whether they may.
func TestTrialsOfAStudyRunAtOnce(t *testing.T) {
	d, err := New("scenario.yaml", []byte(vague), []string{"run.duration=1s", "run.replications=40"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := d.NewStudy(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var next atomic.Int64
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < 40; i = int(next.Add(1)) - 1 {
				if _, err := s.Trial(context.Background(), i); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}
