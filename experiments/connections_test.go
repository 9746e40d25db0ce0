package experiments

import (
	"strings"
	"testing"
)

// A front door of the internet has as many connections as it has visitors: 200 requests a second that take a second
// need 200, and the 50 of an SDK let each wait.
func TestAProducerAtItsConnectionsIsWarnedOf(t *testing.T) {
	const door = `
name: front door
profile: ideal
run: {duration: 1m, replications: 1}
producers: {web: {to: functions.api, arrivals: {constant: 200/s}, connections: %C}}
functions: {api: {memory: 1769MiB, work: 1s}}
`
	for connections, want := range map[string]string{
		"50":  "producers.web is at its 50 connections: 99.6 % of its calls wait for one",
		"201": "",
	} {
		s, _ := played(t, strings.Replace(door, "%C", connections, 1))
		got := strings.Join(s.Warnings(), "\n")
		if !strings.Contains(got, "connections") && want != "" || !strings.Contains(got, want) || want == "" &&
			strings.Contains(got, "connections:") {
			t.Errorf("%s connections: %q", connections, got)
		}
		if waited := figure(t, s, "producers.web", "waited_for_connection"); (waited > 0) != (want != "") {
			t.Errorf("%s connections: %v calls waited", connections, waited)
		}
	}
}
