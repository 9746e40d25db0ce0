package experiments

import (
	"strings"
	"testing"
)

func TestAQueueChangesAsTheScenarioSays(t *testing.T) {
	s, _ := played(t, `
name: changes
profile: ideal
run: {duration: 300s, replications: 1}
queues:
  q:
    changes:
    - {at: 100s, delete: true}
    - {at: 200s, create: true}
    - {at: 250s, set: {maximum_message_size: 1KiB}}
  purged: {changes: [{at: 150s, purge: true}]}
producers:
  p: {to: queues.q, arrivals: {constant: 1/s}, size: 2KiB}
  r: {to: queues.purged, arrivals: {constant: 1/s}}
`)
	for name, want := range map[string][2]float64{
		"sent": {149, 300}, "purged": {99, 149}, "visible_end": {50, 151},
	} {
		for i, queue := range []string{"queues.q", "queues.purged"} {
			if got := figure(t, s, queue, name); got < want[i]-2 || got > want[i]+2 {
				t.Errorf("%s of %s is %v, want %v", name, queue, got, want[i])
			}
		}
	}
	if got := s.Senders["producers.p"].Rejected.Value; got < 149 || got > 153 {
		t.Errorf("%v messages rejected, want those of 150 s", got)
	}
}

func TestAChangeThatAWSWouldRefuseIsRefusedWithItsPlace(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"[{at: 1m, delete: true}, {at: 90s, create: true}]", "queues.q.changes[1].at: AWS refuses to create"},
		{"[{at: 1m, set: {visibility_timeout: 13h}}]", "changes[0].set.visibility_timeout: 13h is out of range"},
		{"[{at: 1m, set: {maximum_message_size: 2MiB}}]", "changes[0].set.maximum_message_size: 2MiB is out of range"},
		{"[{at: 1m}]", "changes[0]: needs one of purge, delete, create and set"},
		{"[{at: 1m, set: {visibility: 1s}}]", "visibility_timeout"},
	} {
		_, err := New("test.yaml", []byte("name: test\nqueues: {q: {changes: "+c.text+"}}\n"), nil, nil)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, not %q", c.text, err, c.want)
		}
	}
}
