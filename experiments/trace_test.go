package experiments

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"weir/models/message"
	"weir/results"
)

// traced runs a scenario and follows its messages.
func traced(t *testing.T, text string) (*results.Ensemble, []results.Followed) {
	t.Helper()
	d, err := New("scenario.yaml", []byte(text), nil, fstest.MapFS{})
	if err != nil {
		t.Fatal(err)
	}
	e, err := d.Run(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	followed, err := d.Trace(context.Background(), e)
	if err != nil {
		t.Fatal(err)
	}
	return e, followed
}

// A message that fails once waits, is worked on, waits for its visibility timeout, and is worked on again: in this
// order, and as long as it is known to take.
func TestStagesStandInTheOrderInWhichTheyRan(t *testing.T) {
	_, followed := traced(t, `
name: twice
profile: ideal
run: {duration: 20s, replications: 1}
producers: {p: {to: queues.q, arrivals: {schedule: [1s]}}}
queues: {q: {visibility_timeout: 5s, delay: 2s, redrive: {to: queues.dead, max_receive_count: 9}}, dead: {}}
fleets: {f: {from: queues.q, receive: {max_messages: 1}, work: 3s, failures: {error: 50%}}}
`)
	if len(followed) != 1 {
		t.Fatalf("%d messages", len(followed))
	}
	var got []string
	for _, s := range followed[0].Stages {
		got = append(got, fmt.Sprintf("%s %v from %v %v", s.Cause, s.Length, s.From, s.Order))
	}
	want := []string{"delay 2s from 1s true", "work 3s from 3s true", "retry 2s from 6s true", "work 3s from 8s true"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// On AWS, the same message is in a call before it waits in the queue and after.
func TestCallsStandOnBothSidesOfTheQueue(t *testing.T) {
	_, followed := traced(t, `
name: once
run: {duration: 20s, replications: 1}
producers: {p: {to: queues.q, arrivals: {schedule: [1s]}}}
queues: {q: {receive_wait_time: 0s}}
fleets: {f: {from: queues.q, receive: {max_messages: 1}, work: 3s}}
`)
	var got []string
	for _, s := range followed[0].Stages {
		got = append(got, s.Cause.String())
	}
	if want := "api_call poll api_call work"; strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

// Whatever a design is made of: the stages fill a message's life without a gap, add up to its causes, and mostly stand
// in order.
func TestStagesAddUpInAllKindsOfDesign(t *testing.T) {
	many := new(strings.Builder)
	fmt.Fprint(many, "name: many\nrun: {duration: 3s, replications: 1, warmup: 1s}\n")
	for _, section := range []string{
		"producers: {p%d: {to: queues.q%d, arrivals: {poisson: 20/s}}", "queues: {q%d: {}",
		"fleets: {f%d: {from: queues.q%d, work: {exponential: 40ms}}",
	} {
		for i := range lanesLeast {
			row := strings.ReplaceAll(section, "%d", fmt.Sprint(i))
			if i > 0 {
				_, row, _ = strings.Cut(row, "{")
				row = ", " + row
			}
			fmt.Fprint(many, row)
		}
		fmt.Fprint(many, "}\n")
	}
	texts := map[string]string{"many": many.String()}
	for name, p := range pinned {
		if name != "slow" {
			texts[name] = p.text
		}
	}
	texts["batches"] = strings.Replace(sharingText, "replications: 1", "replications: 1, batches: 2", 1)
	texts["uncertain"] = strings.Replace(sharingText, "replications: 1", "replications: 4, group: 2", 1) +
		"uncertainty: {fleets.f.instances: {from: 2, to: 3}}\n"
	for name, text := range texts {
		t.Run(name, func(t *testing.T) {
			_, followed := traced(t, text)
			ordered, stages := 0, 0
			for _, f := range followed {
				var sums [message.Causes]int64
				at := f.Born
				for _, s := range f.Stages {
					if s.From != at || s.Length <= 0 {
						t.Fatalf("%s, message %d: a stage from %v for %v, where the one before ends at %v", f.Path, f.Number,
							s.From, s.Length, at)
					}
					at = at.Add(s.Length)
					sums[s.Cause] += int64(s.Length)
					if stages++; s.Order {
						ordered++
					}
				}
				if at != f.Ended || sums != f.Causes {
					t.Errorf("%s, message %d: the stages end at %v, not %v, with %v, not %v", f.Path, f.Number, at, f.Ended, sums,
						f.Causes)
				}
			}
			for i, f := range followed[1:] {
				if before := followed[i]; f.Path == before.Path && before.Slowest && f.Age() > before.Age() {
					t.Errorf("%s: message %d is slower than number %d of the slowest", f.Path, f.Number, i)
				}
			}
			t.Logf("%d messages, %d of %d stages in order", len(followed), ordered, stages)
			if len(followed) == 0 || ordered == 0 {
				t.Errorf("%d messages were followed, %d stages are in order", len(followed), ordered)
			}
		})
	}
}
