package experiments

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"weir/experiments/library"
	"weir/experiments/scenario/godoc"
	"weir/results/cost"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"
)

// The schema explains keys with the comments of the source: docs.json must not lag behind them.
func TestCommentsInTheSchemaAreThoseOfTheSource(t *testing.T) {
	want, err := godoc.OfScenario("..")
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]string
	if err := json.Unmarshal(docs, &got); err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(got, want) {
		t.Error("docs/docs.json is out of date: run go generate ./experiments")
	}
}

// Every shipped scenario is valid by the schema that editors use, and a mistake is not.
func TestShippedScenariosAreValidBySchema(t *testing.T) {
	var text bytes.Buffer
	if err := WriteSchema(&text); err != nil {
		t.Fatal(err)
	}
	parsed, err := jsonschema.UnmarshalJSON(&text)
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("weir.json", parsed); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("weir.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range library.Names() {
		source, _, err := library.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(plain(t, string(source))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		wrong := strings.Replace(string(source), "\nrun:", "\nruns:", 1)
		if schema.Validate(plain(t, wrong)) == nil {
			t.Errorf("%s with an unknown key passes the schema", name)
		}
	}
}

// plain turns YAML into what JSON would hold.
func plain(t *testing.T, source string) any {
	t.Helper()
	var v any
	if err := yaml.Unmarshal([]byte(source), &v); err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	back, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return back
}

// What a result folder holds as scenario.yaml is the run's own scenario.
func TestTheEffectiveScenarioIsTheSameScenario(t *testing.T) {
	for _, name := range library.Names() {
		source, folder, err := library.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		first, err := New(name, source, []string{"run.replications=3"}, folder)
		if err != nil {
			t.Fatal(err)
		}
		designs := []*Design{first}
		for _, variant := range first.Document.VariantNames() {
			d, err := first.With(variant)
			if err != nil {
				t.Fatal(err)
			}
			designs = append(designs, d)
		}
		for _, d := range designs {
			var text bytes.Buffer
			if err := d.Document.WriteEffective(&text); err != nil {
				t.Fatal(err)
			}
			again, err := New("effective.yaml", text.Bytes(), nil, folder)
			if err != nil {
				t.Fatalf("%s %s: %v\n%s", name, d.Document.Variant, err, text.String())
			}
			if a, b := d.Document.Digest(), again.Document.Digest(); a != b {
				t.Errorf("%s %s: the digest is %s, that of the effective scenario %s", name, d.Document.Variant, a, b)
			}
		}
	}
}

// A constant that nothing reads cannot be overridden: the run would show a number that it did not change.
func TestOverridesThatWouldChangeNothingAreRefused(t *testing.T) {
	for _, c := range []struct{ override, want string }{
		{"kinesis.efo.subscribe_rate: 2/s", "s.yaml:2:40: override.kinesis.efo.subscribe_rate: nothing reads " +
			"kinesis.efo.subscribe_rate, so that it changes nothing: subscriptions are renewed without a gap here"},
		{"kinesis.queue.batch_max: 20", "there is no constant"},
		{"kinesis.on_demand.streams_max: 1", "an account has at most 1 streams on demand"},
		{"lambda.stream.batch_max: 9", "event_sources[0].batch_size: 10 is out of range: AWS allows 9"},
		{"lambda.stream.parallelization_max: 1", "parallelization_factor: 2 is out of range: AWS allows 1"},
		{"lambda.stream.retries_max: 1", "maximum_retry_attempts: 2 is out of range: AWS allows 1"},
		{"lambda.stream.record_age_max: 1m", "maximum_record_age: 2m is out of range: AWS allows 1m"},
		{"lambda.stream.tumbling_window_max: 1s", "tumbling_window: 2s is out of range: AWS allows 1s"},
		{"lambda.sqs.provisioned.minimum_max: 2", "provisioned_pollers.minimum: 3 is out of range: AWS allows 2"},
		{"lambda.sqs.provisioned.pollers_max: 3", "provisioned_pollers.maximum: 4 is out of range: AWS allows 3"},
	} {
		_, err := New("s.yaml", []byte("name: overridden\noverride: {"+c.override+`}
producers: {p: {to: streams.a, arrivals: {constant: 1/s}}}
streams: {a: {stream_mode: on_demand}, b: {stream_mode: on_demand}}
queues: {q: {}}
functions:
  f:
    event_sources:
      - {from: streams.a, batch_size: 10, parallelization_factor: 2, maximum_retry_attempts: 2, maximum_record_age: 2m}
      - {from: streams.b, tumbling_window: 2s}
      - {from: queues.q, provisioned_pollers: {minimum: 3, maximum: 4}}
`), nil, nil)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, not %q", c.override, err, c.want)
		}
	}
}

// The lease table of version 3 is billed by requests, unless a scenario gives it capacity.
func TestALeaseTableIsBilledAsItsConstantSays(t *testing.T) {
	for onDemand, item := range map[string]string{
		"true": "dynamodb.write_units", "false": "dynamodb.write_capacity_hours",
	} {
		s, _ := played(t, `
name: leases
run: {duration: 1h, replications: 1}
override: {kcl.lease_table.on_demand: `+onDemand+`}
producers: {p: {to: streams.s, arrivals: {constant: 1/s}}}
streams: {s: {}}
consumers: {c: {from: streams.s}}
`)
		if !slices.ContainsFunc(s.Cost.Lines, func(l cost.Line) bool { return l.Item == item }) {
			t.Errorf("%s: the bill has no %s", onDemand, item)
		}
	}
}

// Every key of a scenario is explained in the schema: a package whose comments are not read would explain none.
func TestTheSchemaExplainsEveryKey(t *testing.T) {
	var text bytes.Buffer
	if err := WriteSchema(&text); err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Defs map[string]struct {
			Properties map[string]struct{ Description string }
		} `json:"$defs"`
	}
	if err := json.Unmarshal(text.Bytes(), &schema); err != nil {
		t.Fatal(err)
	}
	if len(schema.Defs) < 50 {
		t.Errorf("only %d types", len(schema.Defs))
	}
	for name, def := range schema.Defs {
		for key, property := range def.Properties {
			if property.Description == "" {
				t.Errorf("%s of %s has no description", key, name)
			}
		}
	}
}

// Keys that AWS's calls or other tools have are told by the names that they have here.
func TestOtherNamesOfKeysAreTold(t *testing.T) {
	for key, want := range map[string]string{
		"shard_count": "did you mean shards?", "ShardCount": "did you mean shards?", "mode": "did you mean stream_mode?",
	} {
		_, err := New("a.yaml", []byte("name: a\nstreams: {s: {"+key+": 4}}\n"), nil, nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", key, err, want)
		}
	}
}
