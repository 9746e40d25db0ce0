package scenario

import (
	"errors"
	"strings"

	"go.yaml.in/yaml/v4"

	"weir/models/spec"
)

// Head is the part of a scenario file that is not components.
type Head struct {
	// What the scenario is called.
	Name string `yaml:"name" required:"true"`
	// What the scenario asks, in a sentence or more.
	Description string `yaml:"description"`
	// The dated profile of AWS's quotas, prices and behaviour, or ideal for theory.
	Profile string `yaml:"profile" default:"aws-2026"`
	// The AWS region, for prices.
	Region string `yaml:"region" default:"us-east-1"`
	// How long to run, how often, and with which luck.
	Run Run `yaml:"run"`
	// How the bill is made.
	Cost Cost `yaml:"cost"`
	// Constants of the profile with other values, by their keys, such as sqs.message_size_max: 256KiB.
	Override map[string]*yaml.Node `yaml:"override"`
	// What the design must reach.
	Objectives []Objective `yaml:"objectives"`
	// Other designs, by name: each a patch on the rest of the file, in which null removes a key.
	Variants map[string]*yaml.Node `yaml:"variants" keys:"names"`
	// Settings that are not known exactly, by their paths: each group of replications draws a value of its own, and the
	// results tell which share of their intervals comes from not knowing.
	Uncertainty map[string]*Uncertain `yaml:"uncertainty"`
	// Values that weir sweep tries, by the path of the setting: a list, or a range. Several settings make a grid.
	Sweep map[string]*Levels `yaml:"sweep"`
	// Points of the sweep that are tried in place of its whole grid.
	Sample *Sample `yaml:"sample"`
}

// notInVariants are the keys that a variant cannot patch.
var notInVariants = []string{"variants", "sweep", "sample", "uncertainty"}

// Cost is how the bill is made.
type Cost struct {
	// Whether the account's free tier is taken off.
	FreeTier bool `yaml:"free_tier" default:"false"`
}

// Objective is what a design must reach: a metric below or above a value.
type Objective struct {
	// The metric: latency.p99, wait.mean, rate_per_s, goodput, late_share, in_time_share, processed_share, overtaken or
	// amplification of a path, in_time_share and processed_share of a producer with all its paths, a figure of a component
	// such as dead_lettered, or of the whole design cost, duplicates, dead_lettered, lost and the like.
	Metric string `yaml:"metric" required:"true"`
	// What it is of: a path such as producers.checkout -> fleets.workers, or a component such as queues.orders;
	// nothing for the whole design.
	Of string `yaml:"of"`
	// Met when the metric is below this value.
	Below *Value `yaml:"below"`
	// Met when the metric is above this value.
	Above *Value `yaml:"above"`
}

// Validate returns what is wrong with an objective.
func (o *Objective) Validate() []spec.Problem {
	switch {
	case o.Metric == "":
		return []spec.Problem{{Field: "metric", Text: "names no metric: write for example latency.p99"}}
	case o.Below == nil && o.Above == nil:
		return []spec.Problem{{Text: "needs below or above: the limit"}}
	case o.Below != nil && o.Above != nil:
		return []spec.Problem{{Text: "has two limits, below and above: write two objectives, one with each"}}
	}
	return nil
}

// Value is a value with its unit: a length of time, a size, a rate, a percentage, or a bare number.
type Value struct {
	Text string
	Unit Unit
	In   float64 // of the unit
}

// Unit is what a Value counts.
type Unit string

// The units.
const (
	Bare      Unit = ""
	Seconds   Unit = "s"
	Bytes     Unit = "B"
	PerSecond Unit = "/s"
	Part      Unit = "1" // of the whole
)

// UnmarshalText reads a value with or without a unit.
func (v *Value) UnmarshalText(text []byte) error {
	s := string(text)
	var number spec.Number
	var share spec.Share
	var duration spec.Duration
	var size spec.Size
	var rate spec.Rate
	switch {
	case s == "none":
	case number.UnmarshalText(text) == nil:
		*v = Value{s, Bare, float64(number)}
		return nil
	case strings.HasSuffix(s, "%") && share.UnmarshalText(text) == nil:
		*v = Value{s, Part, float64(share)}
		return nil
	case duration.UnmarshalText(text) == nil:
		*v = Value{s, Seconds, duration.Sim().Seconds()}
		return nil
	case size.UnmarshalText(text) == nil:
		*v = Value{s, Bytes, float64(size)}
		return nil
	case rate.UnmarshalText(text) == nil:
		*v = Value{s, PerSecond, rate.PerSecond()}
		return nil
	}
	return errors.New(spec.Quote(s) + " is not a value: write a number, alone or with a unit, as in 2s, 64KiB, 500/s or 1%")
}

// MarshalText writes the value as it was read.
func (v Value) MarshalText() ([]byte, error) { return []byte(v.Text), nil }

// Schema returns the schema of a value.
func (Value) Schema() spec.Schema { return spec.Schema{"type": []string{"number", "string"}} }
