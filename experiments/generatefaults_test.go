package experiments

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"weir/models/fault"
	"weir/models/message"
	"weir/models/spec"
)

var faultDesignSeed = flag.Uint64("fault-design-seed", 0,
	"the one generated design with faults to check, by the seed that a failure printed")

// faulty writes faults for components of a design: those that can strike what is in a section.
type faulty struct {
	*rand.Rand
	out strings.Builder
}

func (f *faulty) pick(from ...string) string { return from[f.IntN(len(from))] }

// withFaults returns a design with a few random faults of all kinds that its components can meet.
func withFaults(g generated, seed uint64) (generated, error) {
	design, err := New("generated.yaml", []byte(g.text), nil, recording)
	if err != nil {
		return g, err
	}
	f := &faulty{Rand: rand.New(rand.NewPCG(seed, 1))}
	f.out.WriteString(strings.TrimRight(g.text, "\n") + "\nfaults:\n")
	all := design.Document.Components
	for i := range 1 + f.IntN(6) {
		for range 20 { // until there is one that can meet a fault
			c := all[f.IntN(len(all))]
			if kind := f.kind(c.Link, c.Spec); kind != "" {
				fmt.Fprintf(&f.out, "  x%d: {of: %s, %s, %s}\n", i, c.Link, kind, f.when(kind))
				break
			}
		}
	}
	g.text = strings.TrimSuffix(f.out.String(), "faults:\n")
	return g, nil
}

func (f *faulty) kind(l spec.Link, _ any) string {
	calls := []string{
		"outage: {}", "outage: {answers: nothing, timeout: " + f.pick("50ms", "700ms") + "}",
		"brown_out: {errors: " + f.pick("10%", "70%") + ", latency: " + f.pick("1", "3", "50") + "}",
		"packet_loss: {requests: " + f.pick("0%", "30%") + ", answers: " + f.pick("20%", "80%", "100%") + ", timeout: " +
			f.pick("20ms", "300ms") + "}",
	}
	quota := "throttled_quota: {share: " + f.pick("1%", "30%") + "}"
	deploy := "bad_deploy: {errors: " + f.pick("0%", "50%", "100%") + ", duration: " + f.pick("0.5", "4") + "}"
	crash := "instance_crash: {" + f.pick("instances: 1", "share: 50%", "share: 100%") + "}"
	switch l.Section {
	case "producers":
		return f.pick("poison: {share: 40%}", "hot_key: {share: 60%}")
	case "fleets":
		return f.pick(deploy, crash, "zone_loss: {zone: "+f.pick("0", "1")+"}")
	case "consumers":
		return f.pick(deploy, crash)
	case functionSection:
		return f.pick(append(calls, quota, deploy, "environment_loss: {}", "environment_loss: {}")...)
	case databaseSection:
		return f.pick(append(calls, "database_failover: {}", "database_failover: {}")...)
	case streamSection, "keys", tableSection, gatewaySection:
		if l.Section == gatewaySection {
			return f.pick(calls...) // some types have no limit
		}
		return f.pick(append(calls, quota)...)
	}
	if slices.Contains(called, l.Section) {
		return f.pick(calls...)
	}
	return ""
}

func (f *faulty) when(kind string) string {
	length := ", for: " + f.pick("1ns", "300ms", "1s", "{exponential: 500ms}", "1h")
	if strings.HasPrefix(kind, "instance_crash") || strings.HasPrefix(kind, "environment_loss") ||
		strings.HasPrefix(kind, "database_failover") {
		length = ""
	}
	return f.pick("at: 0s", "at: 500ms", "at: 1s", "rate: 1/s", "rate: 3/s") + length
}

// What holds at every instant of every design holds when faults strike it, too; and no queue loses a message that it
// has accepted: what is deleted has been processed, or dropped by a filter.
func TestInvariantsHoldAtEveryInstantOfDesignsWithFaults(t *testing.T) {
	check := func(seed uint64) (uint64, string, error) {
		g, err := withFaults(generate(seed), seed)
		if err != nil {
			return 0, g.text, err
		}
		events, err := checkDesign(g)
		return events, g.text, err
	}
	if *faultDesignSeed != 0 {
		if _, text, err := check(*faultDesignSeed); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		return
	}
	checkSeeds(t, "-run WithFaults -fault-design-seed", check)
}

// answersLost reports whether faults of a design lose answers: then services accept messages twice.
func (w *watch) answersLost() bool {
	for _, c := range w.components {
		if f, ok := c.(*fault.Fault); ok && f.Spec().PacketLoss != nil && f.Spec().PacketLoss.Answers > 0 {
			return true
		}
	}
	return false
}

// DeleteMessageBatch checks that what is deleted has been processed by somebody, or was dropped.
func (q *queueTap) DeleteMessageBatch(receipts []message.Receipt) error {
	store := q.dedup.watch.store
	for _, r := range receipts {
		if m := store.At(r.Ref); m.Generation == r.Generation && !m.Place().Ended() {
			q.dedup.watch.breaks(q.dedup.name, "a message is deleted that is %v", m.Place())
		}
	}
	return q.Queue.DeleteMessageBatch(receipts)
}
