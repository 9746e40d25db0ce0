package experiments

import (
	"context"
	"strings"
	"testing"

	"weir/results"
)

// rare has 0.3 dead letters in a run on average.
const rare = `
name: rare
profile: ideal
run: {duration: 10s, replications: 3}
producers: {p: {to: queues.q, arrivals: {poisson: 10/s}}}
queues: {q: {visibility_timeout: 1s, redrive: {to: queues.d, max_receive_count: 1}}, d: {}}
fleets: {f: {from: queues.q, receive: {max_messages: 1}, work: {constant: 10ms}, failures: {error: 0.3%}}}
objectives:
  - {metric: dead_lettered, below: 0.05}
  - {metric: processed_share, of: producers.p -> fleets.f, above: 99.9%}
`

// What happens in none of a few runs is not known to happen never: neither as a count nor as a share.
func TestWhatIsRareIsNotCertain(t *testing.T) {
	d, err := New("scenario.yaml", []byte(rare), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	met := 0
	for seed := range 30 {
		d.Document.Run.Seed = uint64(seed)
		e, err := d.Run(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range d.Summarise(e, results.Build{}, 0).Objectives {
			if o.Met && o.Certain {
				t.Errorf("seed %d: %s is certain: %s", seed, o.Text, o.Shown())
			}
			if o.Met {
				met++
			}
			if o.Met && o.Metric == "dead_lettered" && o.Shown() != "0 (0 to 1.23) messages" {
				t.Errorf("seed %d: %s is shown as %s", seed, o.Text, o.Shown())
			}
			if o.Met && o.Metric == "processed_share" && !strings.Contains(o.Doubt(), "same in 3 replications") {
				t.Errorf("seed %d: %s: %q", seed, o.Text, o.Doubt())
			}
		}
	}
	if met < 10 {
		t.Errorf("met in %d of 60: it is not rare", met)
	}
}

// A latency that is constant by design is as certain as before, and so is a count that had every occasion to differ.
func TestWhatIsConstantByDesignIsCertain(t *testing.T) {
	text := strings.Replace(strings.Replace(rare, "poisson", "constant", 1), ", failures: {error: 0.3%}", "", 1)
	text, _, _ = strings.Cut(text, "objectives")
	text += `objectives:
  - {metric: latency.mean, of: producers.p -> fleets.f, below: 20ms}
  - {metric: dead_lettered, below: 2}
`
	_, s := studyOf(t, text)
	for _, o := range s.Objectives {
		if !o.Met || !o.Certain {
			t.Errorf("%s: %s, %s", o.Text, o.Shown(), o.Doubt())
		}
	}
}
