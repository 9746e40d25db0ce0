package scenario

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"weir/experiments/scenario/godoc"
	"weir/models/spec"
)

func testSchema(t testing.TB) spec.Schema {
	t.Helper()
	describe, err := godoc.Describe("weir", "../..")
	if err != nil {
		t.Fatal(err)
	}
	return testLanguage().Schema(describe)
}

func compile(t testing.TB, s spec.Schema) *jsonschema.Schema {
	t.Helper()
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	decoded, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("scenario.json", decoded); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("scenario.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// asJSON turns YAML into what JSON would hold; nil where JSON cannot hold it.
func asJSON(text []byte) any {
	var v any
	if yaml.Load(text, &v) != nil {
		return nil
	}
	out, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	v, err = jsonschema.UnmarshalJSON(bytes.NewReader(out))
	if err != nil {
		return nil
	}
	return v
}

func TestTheSchemaTakesGoodFiles(t *testing.T) {
	schema := compile(t, testSchema(t))
	files, err := filepath.Glob("testdata/good/*.yaml")
	if err != nil || len(files) < 2 {
		t.Fatalf("%d good files, %v", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(asJSON(text)); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	canonical, err := load(t).Canonical()
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(asJSON(canonical)); err != nil {
		t.Errorf("the canonical text: %v\n%s", err, canonical)
	}
}

// TestTheSchemaRefusesWhatAnEditorShouldMark lists the bad files that need no more than the schema to be seen as bad.
func TestTheSchemaRefusesWhatAnEditorShouldMark(t *testing.T) {
	schema := compile(t, testSchema(t))
	for _, name := range strings.Fields(`
		unknown_key unknown_key_far camel_case unknown_section missing_required missing_in_list missing_name
		missing_unit wrong_unit wrong_quantity wrong_size_unit size_without_unit rate_without_unit rate_in_words
		negative_duration negative_rate too_small too_large not_whole quoted_number unknown_word share_as_percentage
		two_choices no_choice wrong_distribution parameters_without_distribution no_value list_wanted mapping_wanted
		keys_wanted scalar_wanted text_wanted bad_name not_a_link warmup_word unknown_profile
		unknown_region zero_replications negative_seed variant_bad variant_of_variants variant_not_mapping top_list`) {
		text, err := os.ReadFile("testdata/bad/" + name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		if v := asJSON(text); v == nil || schema.Validate(v) == nil {
			t.Errorf("the schema takes %s", name)
		}
	}
}

func TestTheSchemaExplains(t *testing.T) {
	s := testSchema(t)
	at := func(path ...string) spec.Schema {
		part := s
		for _, name := range path {
			part = part[name].(spec.Schema)
		}
		return part
	}
	for _, c := range []struct {
		part spec.Schema
		want string
	}{
		{at("properties", "name"), "What the scenario is called."},
		{at("properties", "queues"), "Queues."},
		{at("$defs", "scenario.queueSpec", "properties", "retention"), "How long a message is kept."},
		{at("$defs", "scenario.Run", "properties", "seed"), "Seed of the random numbers."},
		{at("$defs", "scenario.queueSpec.patch", "properties", "retention"), "How long a message is kept."},
	} {
		if c.part["description"] != c.want {
			t.Errorf("the description is %v, want %q", c.part["description"], c.want)
		}
	}
	if got := at("$defs", "scenario.queueSpec", "properties", "retention")["default"]; got != "4d" {
		t.Errorf("the default is %v", got)
	}
	for _, name := range []string{"title", "$schema"} {
		if s[name] == nil {
			t.Errorf("there is no %s", name)
		}
	}
	first, _ := json.Marshal(s)
	second, _ := json.Marshal(testSchema(t))
	if !bytes.Equal(first, second) {
		t.Error("the schema is another one each time")
	}
}

func TestEveryKeyOfTheVocabularyIsExplained(t *testing.T) {
	s := testSchema(t)
	count := 0
	for name, def := range s["$defs"].(spec.Schema) {
		if !strings.HasPrefix(name, "spec.") && name != "scenario.Run" && name != "scenario.Cost" &&
			name != "scenario.Objective" {
			continue
		}
		choices, _ := def.(spec.Schema)["anyOf"].([]spec.Schema)
		for _, part := range append(choices, def.(spec.Schema)) {
			properties, _ := part["properties"].(spec.Schema)
			for key, property := range properties {
				if count++; property.(spec.Schema)["description"] == nil {
					t.Errorf("%s.%s has no description", name, key)
				}
			}
		}
	}
	for key, property := range s["properties"].(spec.Schema) {
		if count++; property.(spec.Schema)["description"] == nil {
			t.Errorf("%s has no description", key)
		}
	}
	if count < 100 {
		t.Errorf("only %d keys were looked at", count)
	}
}

func TestADistributionIsExplainedInTheSchema(t *testing.T) {
	defs := testSchema(t)["$defs"].(spec.Schema)
	def, ok := defs["spec.Durations"].(spec.Schema)
	if !ok {
		t.Fatalf("there is no definition of Durations in %v", defs)
	}
	text, _ := json.Marshal(def)
	for _, want := range []string{"Exponential with the given mean", "A bare length is a constant", `"maxProperties":1`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%q is not in %s", want, text)
		}
	}
}

func TestALanguageRefusesASectionThatStandsTwice(t *testing.T) {
	for _, key := range []string{"queues", "run", "Bad Name"} {
		func() {
			defer func() { _ = recover() }()
			NewLanguage(Language{Sections: []Section{SectionOf[queueSpec]("queues", ""), SectionOf[queueSpec](key, "")}})
			t.Errorf("a second section %s is taken", key)
		}()
	}
}

// FuzzLoad checks that whatever a file says, it is refused with errors that can be shown, or decoded, and then that the
// schema takes it and its canonical text means the same.
func FuzzLoad(f *testing.F) {
	for _, pattern := range []string{"testdata/good/*.yaml", "testdata/bad/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			if len(text) < 4096 {
				f.Add(text, "queues.orders.visibility_timeout=2m")
			}
		}
	}
	f.Add([]byte("name: a\nqueues: {a: }"), "queues.a={delay: 5s, redrive: {to: queues.a, max_receive_count: 1}}")
	schema := compile(f, testLanguage().Schema(func(reflect.Type, string) string { return "" }))
	f.Fuzz(func(t *testing.T, text []byte, setting string) {
		if d, err := testLanguage().Decode("fuzz.yaml", text, nil); err == nil {
			if v := asJSON(text); v != nil {
				if err := schema.Validate(v); err != nil {
					t.Errorf("the decoder takes what the schema refuses: %v", err)
				}
			}
			canonical, err := d.Canonical()
			if err != nil {
				t.Fatal(err)
			}
			again, err := testLanguage().Decode("again.yaml", canonical, nil)
			if err != nil || again.Digest() != d.Digest() {
				t.Errorf("the canonical text means something else: %v\n%s", err, canonical)
			}
		} else if !shown(err) {
			t.Errorf("the error is %q", err)
		}
		if _, err := testLanguage().Decode("fuzz.yaml", text, nil, setting); err != nil && !shown(err) {
			t.Errorf("with a setting, the error is %q", err)
		}
	})
}

func shown(err error) bool {
	_, ok := err.(spec.Errors)
	return ok && err.Error() != "" && len(err.Error()) < 1<<17 && !strings.ContainsAny(err.Error(), "\x00\x1b\r\t")
}
