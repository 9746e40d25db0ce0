package results

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"

	"weir/sim/measure"
)

var update = flag.Bool("update", false, "write the golden files anew: read what changed before you commit it")

func TestObjectivesAreWrittenAsJUnit(t *testing.T) {
	near := measure.Estimate{Value: 1.9, Low: 1.7, High: 2.1, N: 10}
	far := measure.Estimate{Value: 120, Low: 119, High: 121, N: 10}
	s := &Summary{
		Weir: Build{"1.2.3", "abc"},
		Scenario: Scenario{
			Name: "orders <& more>", Variant: "lambda", Digest: "0123", Profile: "aws-2026", Region: "eu-west-1", Seed: 7,
		},
		Run: Run{Replications: 10, DurationSeconds: 3600, WallSeconds: 1.25},
		Objectives: []Objective{
			{Text: "latency.p99 of a -> b below 2s", Unit: "s", Observed: near, Met: true},
			{Text: "cost below 100", Unit: "USD", Observed: far, Certain: true},
			{Text: "dead_lettered below 1", Unit: "messages", Undecided: "not decided: the run ended early"},
		},
	}
	other := &Summary{Scenario: Scenario{Name: "none"}, Run: Run{Replications: 1, Partial: []string{"stopped"}}}
	var got bytes.Buffer
	if err := WriteJUnit(&got, []*Summary{s, other}); err != nil {
		t.Fatal(err)
	}
	const file = "testdata/junit.xml"
	if *update {
		if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(file); err != nil || !bytes.Equal(want, got.Bytes()) {
		t.Errorf("%v: the report is\n%s", err, got.String())
	}
	if err := xml.Unmarshal(got.Bytes(), new(junitSuites)); err != nil {
		t.Error(err)
	}
}

// A file that cannot be written whole leaves the one before, and nothing else.
func TestAFileIsWrittenWholeOrNotAtAll(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "report.xml")
	text := func(s string, err error) func(io.Writer) error {
		return func(w io.Writer) error {
			_, failed := io.WriteString(w, s)
			return errors.Join(failed, err)
		}
	}
	full := errors.New("no space left")
	if err := WriteFile(file, text("first", nil)); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(file, text("sec", full)); !errors.Is(err, full) {
		t.Errorf("the error is %v", err)
	}
	got, err := os.ReadFile(file)
	entries, _ := os.ReadDir(dir)
	if err != nil || string(got) != "first" || len(entries) != 1 {
		t.Errorf("%v: the file holds %q, beside %v", err, got, entries)
	}
	if err := WriteFile(filepath.Join(dir, "none", "x"), text("", nil)); err == nil {
		t.Error("a folder that is not there is written to")
	}
}
