package experiments

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// The scenarios that the README shows are scenarios.
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
		for _, denied := range trial.denials {
			t.Errorf("%s may not %s on %s: %s", denied.Principal, denied.Action, denied.Resource, denied.Reason)
		}
	}
}
