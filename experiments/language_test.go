package experiments

import (
	"bytes"
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"weir/experiments/library"
	"weir/experiments/scenario/godoc"

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
