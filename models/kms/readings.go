package kms

import (
	"weir/models/aws"
	"weir/models/meter"
	"weir/sim"
)

// Name returns the key's path in the scenario.
func (k *Key) Name() string { return k.name }

// Kind returns "kms.key".
func (k *Key) Kind() string { return "kms.key" }

// Reset begins the window of observation.
func (k *Key) Reset(now sim.Time) {
	k.Stats = Stats{}
	k.begun = now
}

// Figures reports the key's figures of the window.
func (k *Key) Figures(_ sim.Time, report func(name, unit string, value float64)) {
	report("calls", "calls", float64(k.requests()))
	report("generate_data_key_calls", "calls", float64(k.GenerateDataKey.Value()))
	report("decrypt_calls", "calls", float64(k.Decrypt.Value()))
	report("throttled_calls", "calls", float64(k.Throttled.Value()))
}

// Curves declares the key's quantities over time.
func (k *Key) Curves(declare func(meter.Curve)) {
	declare(meter.Curve{Name: "calls", Unit: "calls/s", Kind: meter.Rate, Read: func(sim.Time) float64 {
		return float64(k.requests())
	}})
	declare(meter.Curve{Name: "throttled", Unit: "calls/s", Kind: meter.Rate, Read: func(sim.Time) float64 {
		return float64(k.Throttled.Value())
	}})
}

// Usage reports the calls and, of a customer's key, how long it was there.
func (k *Key) Usage(now sim.Time, report func(item, variant string, quantity float64)) {
	report("kms.requests", "", float64(k.requests()))
	if k.spec.Manager == Customer {
		report("kms.key_months", "", now.Sub(k.begun).Seconds()/3600/aws.HoursPerMonth)
	}
}

func (k *Key) requests() uint64 { return k.GenerateDataKey.Value() + k.Decrypt.Value() }
