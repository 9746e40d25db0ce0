package experiments

import (
	"testing"
)

// Work that takes longer than there are nanoseconds ends in no run: a function times out, and others go on with it.
func TestWorkThatTakesTooLongEndsInNoRun(t *testing.T) {
	s, _ := played(t, `
name: long
run: {duration: 5m, replications: 1}
producers:
  p: {to: queues.q, arrivals: {constant: 1/s}, size: 256KiB}
  r: {to: streams.s, arrivals: {constant: 1/s}, size: 256KiB, key: {uniform: 10}}
queues: {q: {visibility_timeout: 60s}}
streams: {s: {shards: 2}}
functions:
  f:
    {memory: 128MiB, timeout: 10s, work: 7000w, work_per_kib: 7000w, cpu_share: 100%,
     event_sources: [{from: queues.q, batch_size: 1}]}
consumers:
  a: {from: streams.s, work: 7000w, work_per_kib: 7000w}
`)
	if got := figure(t, s, "consumers.a", "processed"); got != 0 {
		t.Errorf("the application has processed %v records", got)
	}
	errors, out := figure(t, s, "functions.f", "errors"), figure(t, s, "functions.f", "timeouts")
	if errors != out || out < 100 {
		t.Errorf("%v invocations failed, %v by their timeout", errors, out)
	}
	if ended := figure(t, s, "functions.f", "processed"); ended != 0 {
		t.Errorf("the function has processed %v messages", ended)
	}
}
