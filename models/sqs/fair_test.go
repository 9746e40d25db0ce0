package sqs

import (
	"testing"

	"weir/models/message"
	"weir/models/spec"
	"weir/sim"
)

func newFairDesk() *desk {
	limits := roomy()
	limits.FairLimits = FairLimits{
		FairShare: 0.1, FairInFlightMin: 30, FairSilence: spec.Duration(5 * sim.Minute),
		FairWindow: spec.Duration(sim.Minute),
	}
	s := standing()
	s.FairQueue = true
	s.VisibilityTimeout = spec.Duration(12 * sim.Hour)
	return newDesk("q", s, limits)
}

// hold sends messages of a tenant and has them received.
func (d *desk) hold(t *testing.T, tenant uint32, n int) (held []message.Receipt) {
	t.Helper()
	for range n {
		if _, err := d.send(tenant); err != nil {
			t.Fatal(err)
		}
		held = append(held, d.receive(1)...)
	}
	return held
}

// order sends one message of each tenant, in this order, and returns the tenants in the order of their deliveries.
func (d *desk) order(tenants ...uint32) (delivered []uint32) {
	for _, tenant := range tenants {
		_, _ = d.send(tenant)
		d.pass(sim.Millisecond)
	}
	for _, r := range d.receive(10) {
		delivered = append(delivered, d.store.At(r.Ref).Key)
	}
	return delivered
}

func (d *desk) wantOrder(t *testing.T, what string, got []uint32, want ...uint32) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: delivered %v, want %v", what, got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("%s: delivered %v, want %v", what, got, want)
		}
	}
}

// SQS developer guide, sqs-fair-queues-detailed.html (zh_cn): a tenant is noisy with more than 10 % of the messages in
// flight and at least 30 of its own; messages of quiet tenants are returned first; of several noisy tenants the one
// with the fewest in flight comes first.
func TestQuietTenantsComeFirst(t *testing.T) {
	d := newFairDesk()
	d.hold(t, 1, 29)
	d.wantOrder(t, "29 in flight", d.order(1, 2), 1, 2)
	d.hold(t, 1, 10) // 40 of 41
	d.wantOrder(t, "40 in flight", d.order(1, 2, 1, 3), 2, 3, 1, 1)
	d.hold(t, 4, 35)
	d.wantOrder(t, "two noisy tenants", d.order(1, 4, 5), 5, 4, 1)
}

func TestATenantWithLessThanTheShareIsQuiet(t *testing.T) {
	d := newFairDesk()
	for tenant := range uint32(12) {
		d.hold(t, 10+tenant, 35) // each 1/12
	}
	d.wantOrder(t, "a twelfth each", d.order(10, 2), 10, 2)
}

// The same page: noise ends when the tenant has sent nothing for five minutes.
func TestNoiseEndsAfterFiveMinutesOfSilence(t *testing.T) {
	d := newFairDesk()
	d.hold(t, 1, 50)
	_, _ = d.send(1)
	_, _ = d.send(2)
	d.wantOrder(t, "at once", []uint32{d.store.At(d.receive(1)[0].Ref).Key}, 2)
	d.pass(5 * sim.Minute)
	_, _ = d.send(2)
	if key := d.store.At(d.receive(1)[0].Ref).Key; key != 1 {
		t.Errorf("after five minutes tenant %d comes first, want the older message of 1", key)
	}
}

// The same page: a tenant that takes more than 10 % of the consumers' working time is noisy.
func TestATenantThatTakesTheWorkersTimeIsNoisy(t *testing.T) {
	d := newFairDesk()
	for range 20 { // ten of twenty seconds
		held := append(d.hold(t, 1, 1), d.hold(t, 2, 1)...)
		d.pass(sim.Second)
		d.end(held)
	}
	d.wantOrder(t, "two of the same", d.order(1, 3, 2), 3, 1, 2)
}
