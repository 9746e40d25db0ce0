package aws

import (
	"math"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"weir/models/spec"
	"weir/sim"
)

func TestAnUnknownProfileIsAnErrorThatSuggestsTheOneThatWasMeant(t *testing.T) {
	_, err := Load("aws2026")
	if err == nil || !strings.Contains(err.Error(), "aws-2021, aws-2026, ideal; did you mean aws-2026?") {
		t.Errorf("got %v", err)
	}
	if _, err := Load("../instances"); err == nil {
		t.Error("a path is not a profile")
	}
}

func TestOverrideTakesAValueOfTheUnit(t *testing.T) {
	p := load(t, Default)
	var got struct {
		InFlight int64          `aws:"sqs.in_flight_max"`
		Delay    spec.Duration  `aws:"sqs.delay_max"`
		Share    spec.Share     `aws:"sqs.duplicate_share"`
		Send     spec.Durations `aws:"sdk.sqs.send.latency"`
		Receive  spec.Durations `aws:"sdk.sqs.receive.latency"`
	}
	for _, o := range []struct{ key, text string }{
		{"sqs.in_flight_max", "20_000"}, {"sqs.delay_max", "none"}, {"sqs.duplicate_share", "0.5%"},
		{"sdk.sqs.send.latency", "4ms"}, {"sdk.sqs.receive.latency", "{uniform: {low: 2ms, high: 4ms}}"},
	} {
		if err := p.OverrideText(o.key, o.text); err != nil {
			t.Fatalf("%s: %v", o.key, err)
		}
	}
	p.Fill(&got)
	if got.InFlight != 20000 || got.Delay != math.MaxInt64 || got.Share != 0.005 || got.Send.Dist().Mean() != 4e6 ||
		got.Receive.Dist().Mean() != 3e6 {
		t.Errorf("got %+v, means %v and %v", got, got.Send.Dist().Mean(), got.Receive.Dist().Mean())
	}
	for _, e := range p.Entries() {
		if e.Overridden != (e.Grade == "S") || e.Overridden && e.Source != "the scenario" {
			t.Errorf("%+v", e)
		}
	}
	first := Difference{"sdk.sqs.send.latency", "{lognormal: {mean: 10.3ms, cv: 2.1}}", "4ms"}
	if d := Diff(load(t, Default), p); len(d) != 5 || d[0] != first {
		t.Errorf("the difference is %v", d)
	}
}

func TestOverrideRefusesWhatIsNotAValueOfTheUnit(t *testing.T) {
	for _, c := range []struct{ key, text, want string }{
		{"sqs.in_fligt_max", "3", "did you mean sqs.in_flight_max?"},
		{"sqs.in_flight_max", "20KiB", "not a count"},
		{"sqs.in_flight_max", "-1", "not a count"},
		{"sqs.in_flight_max", "[1, 2]", "must be a single value"},
		{"sqs.delay_max", "15", "no unit"},
		{"sqs.message_size_max", "15s", "15s"},
		{"sqs.duplicate_share", "200%", "200%"},
		{"sqs.duplicate_share", "none", "not a limit"},
		{"kcl.failover_time", "none", "is no limit"},
		{"kinesis.put_rounding", "none", "is no limit"},
		{"kinesis.efo.subscribe_rate", "2/s", "changes nothing: subscriptions are renewed without a gap here"},
		{"sqs.instant_polling", "perhaps", "true or false"},
		{"sqs.servers", "0", "at least 1"},
		{"sqs.servers", "none", "at most 64"},
		{"sdk.sqs.send.latency", "{lognorml: {p50: 5ms, p99: 9ms}}", "did you mean lognormal?"},
		{"sdk.sqs.send.latency", "{lognormal: {p50: 5ms, p99: 9}}", "lognormal.p99"},
		{"sdk.sqs.send.latency", "{lognormal: {p50: 9ms, p99: 5ms}}", "lognormal"},
		{"sqs.servers", "&a [*a]", "not a value"},
		{"sqs.servers", "[1", "not a value"},
		{"sqs.servers", "", "not a value"},
	} {
		p := load(t, Default)
		err := p.OverrideText(c.key, c.text)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %s: got %v, not %q", c.key, c.text, err, c.want)
		}
		if d := Diff(load(t, Default), p); len(d) > 0 {
			t.Errorf("%s: %s: the failed override changed %v", c.key, c.text, d)
		}
	}
}

func TestTheYearsDifferInWhatAWSChanged(t *testing.T) {
	want := []Difference{
		{"ec2.launch_time", "{lognormal: {mean: 29.3s, cv: 0.1}}", "{lognormal: {mean: 25.8s, cv: 0.1}}"},
		{"sqs.message_size_max", "256KiB", "1MiB"},
		{"sqs.batch_bytes_max", "256KiB", "1MiB"},
		{"sqs.back_of_queue_receives", "none", "3"},
		{"sqs.fifo.in_flight_max", "20000", "120000"},
		{"sqs.fifo.scan_window", "20000", "120000"},
		{"sqs.fifo.dead_letter_keeps_age", "true", "false"},
	}
	got := Diff(load(t, "aws-2021"), load(t, "aws-2026"))
	for _, d := range want {
		if !slices.Contains(got, d) {
			t.Errorf("%v is missing in %v", d, got)
		}
	}
	if slices.ContainsFunc(got, func(d Difference) bool { return d.A == d.B }) {
		t.Errorf("some of %v do not differ", got)
	}
}

type embedded struct {
	Retention spec.Duration `aws:"sqs.retention_max"`
}

func TestFillSetsTheTaggedFieldsAlsoOfEmbeddedStructs(t *testing.T) {
	var got struct {
		embedded
		Untagged int
		Size     spec.Size `aws:"sqs.message_size_max"`
		Flag     bool      `aws:"sqs.instant_polling"`
	}
	got.Untagged = 7
	load(t, "aws-2026").Fill(&got)
	if got.Retention.Sim() != 14*24*sim.Hour || got.Size != 1<<20 || got.Flag || got.Untagged != 7 {
		t.Errorf("got %+v", got)
	}
}

func TestALimitThatDoesNotExistIsTheGreatestValueOfItsType(t *testing.T) {
	p := load(t, "ideal")
	var got struct {
		Size     spec.Size     `aws:"sqs.message_size_max"`
		Duration spec.Duration `aws:"sqs.wait_time_max"`
		Count    int64         `aws:"sqs.in_flight_max"`
	}
	p.Fill(&got)
	if got.Size != math.MaxInt64 || got.Duration != math.MaxInt64 || got.Count != math.MaxInt64 {
		t.Errorf("got %+v", got)
	}
	p.entries = append(p.entries, Entry{Key: "r", Unit: "rate", node: p.entries[0].node},
		Entry{Key: "n", Unit: "number", node: p.entries[0].node})
	p.index()
	for _, key := range []string{"r", "n"} {
		if err := p.OverrideText(key, "none"); err != nil {
			t.Error(err)
		}
	}
	var unlimited struct {
		Rate   spec.Rate `aws:"r"`
		Number float64   `aws:"n"`
	}
	p.Fill(&unlimited)
	if unlimited.Rate != math.MaxFloat64 || unlimited.Number != math.MaxFloat64 {
		t.Errorf("got %+v", unlimited)
	}
}

func TestFillPanicsOnAFieldThatCannotBeRight(t *testing.T) {
	p := load(t, Default)
	for _, target := range []any{
		&struct {
			A int64 `aws:"sqs.in_flight"`
		}{},
		&struct {
			A int64 `aws:"sqs.delay_max"`
		}{},
		&struct {
			A sim.Duration `aws:"sqs.delay_max"`
		}{},
		&struct {
			A sim.Duration `aws:"sqs.in_flight_max"`
		}{},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%T was filled", target)
				}
			}()
			p.Fill(target)
		}()
	}
}

func TestADataFileThatIsWrongIsAnError(t *testing.T) {
	for _, c := range []struct{ entry, want string }{
		{"unit: count\naws: {value: 3}\nideal: none", ""},
		{"unit: count\naws: {value: 3}\nideal: same", ""},
		{"unit: count\naws: {value: 3}\nideal: none\nunits: count", "there is no such key: units"},
		{"unit: count\naws: {value: 3, from: here}\nideal: none", "there is no such key: from"},
		{"unit: count\naws: {value: 3}\nideal: none\nunit: size", "twice"},
		{"unit: count\naws-2021: {value: 3}\nideal: same", "no value for aws-2026"},
		{"unit: count\naws: {source: here}\nideal: none", "has no value"},
		{"unit: count\naws: 3\nideal: none", "must be a mapping"},
		{"unit: bushel\naws: {value: 3}\nideal: none", "there is no unit"},
		{"unit: count\naws: {value: 3s}\nideal: none", "not a count"},
		{"unit: count\nmin: 4\naws: {value: 3}\nideal: none", "at least 4"},
		{"unit: count\naws: {value: 3}", "no value for ideal"},
	} {
		var document yaml.Node
		err := yaml.Unmarshal([]byte(c.entry), &document)
		for _, profile := range Names {
			var e Entry
			if err == nil {
				e, err = newEntry("key", document.Content[0], profile)
			}
			if err == nil {
				err = e.check()
			}
		}
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: got %v, not %q", c.entry, err, c.want)
		}
	}
}

func TestAQuotaThatDiffersByRegionHasTheRegionsValue(t *testing.T) {
	for region, want := range map[string]string{"us-east-1": "70000/s", "eu-west-2": "4500/s", "eu-north-1": "2400/s"} {
		p, err := load(t, Default).In(region)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range p.Entries() {
			if e.Key == "sqs.fifo.region_call_rate" && e.Value != want {
				t.Errorf("in %s the quota is %s, not %s", region, e.Value, want)
			}
		}
	}
}
