package experiments

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"weir/models/kcl"
	"weir/models/message"
)

// The scenarios that the README shows are scenarios, and what they read is read before the run ends.
func TestTheREADMEsScenariosAreRight(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	if len(blocks) < 2 {
		t.Fatalf("found %d scenarios", len(blocks))
	}
	for _, b := range blocks {
		scenario := b[1]
		if !strings.HasPrefix(scenario, "name:") {
			scenario = "name: part\n" + scenario
		}
		d, err := New("README.md", []byte(scenario), nil, nil)
		if err != nil {
			t.Error(err)
			continue
		}
		trial, err := d.build(0)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range d.Document.Components {
			if s, ok := c.Spec.(*kcl.Spec); ok && s.Start >= d.Document.Run.Duration {
				t.Errorf("%s begins to read when the run is over", c.Path())
			}
		}
		for _, denied := range trial.denials {
			t.Errorf("%s may not %s on %s: %s", denied.Principal, denied.Action, denied.Resource, denied.Reason)
		}
	}
}

// The README explains every cause, in the words of the report.
func TestTheREADMEExplainsTheCauses(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{message.Connection: true}
	for _, g := range message.Glossary {
		named[g.Name] = true
		if row := "| `" + g.Name + "` | " + g.Text + " |"; !strings.Contains(string(text), row) {
			t.Errorf("there is no line %q", row)
		}
	}
	for c := range message.Cause(message.Causes) {
		if !named[c.String()] {
			t.Errorf("%s is not explained", c)
		}
	}
}
