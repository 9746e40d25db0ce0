package experiments

import (
	"strings"
	"testing"
)

// A shard that is offered three times what it takes makes producers give up much of what they send, each for its
// reason; and whoever keeps within the limits is not warned.
func TestProducersThatLoseAreWarnedOf(t *testing.T) {
	const head = `
name: losses
run: {duration: 10s, replications: 1}
streams: {clicks: {}}
producers:
  web: {to: streams.clicks, arrivals: {constant: RATE}, size: 100B, key: {uniform: 1000}, `
	for _, c := range []struct{ rate, how, want string }{
		{"3000/s", "batch: {size: 100, linger: 50ms}, partial_failures: {retry: false}", "no attempt succeeded"},
		{"3000/s", "kpl: {record_ttl: 2s, aggregation_enabled: false}", "record_ttl was over"},
		{"900/s", "batch: {size: 100, linger: 50ms}", ""},
	} {
		s, _ := played(t, strings.Replace(head, "RATE", c.rate, 1)+c.how+"}\n")
		got := ""
		for _, w := range s.Warnings() {
			if strings.Contains(w, "gave up") {
				got = w
			}
		}
		if c.want == "" && got != "" || c.want != "" && !strings.HasSuffix(got, ": "+c.want) {
			t.Errorf("%s: warned of %q, want %q", c.how, got, c.want)
		}
	}
}
