package godoc

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// Sample is a struct of this test.
// Its comment has two lines.
type Sample[T any] struct {
	// First is first.
	First T
	Last  int // Last is last.
	Bare  int
}

func TestCommentsOfTypesAndFieldsAreFound(t *testing.T) {
	describe, err := Describe("weir/experiments/scenario/godoc", ".")
	if err != nil {
		t.Fatal(err)
	}
	for field, want := range map[string]string{
		"": "Sample is a struct of this test. Its comment has two lines.", "First": "First is first.", "Last": "Last is last.", "Bare": "",
	} {
		if got := describe(reflect.TypeFor[Sample[int]](), field); got != want {
			t.Errorf("the comment of %q is %q, want %q", field, got, want)
		}
	}
}

func TestSourceThatCannotBeReadIsAnError(t *testing.T) {
	dir := t.TempDir()
	if _, err := Comments("m", filepath.Join(dir, "none")); err == nil {
		t.Error("a folder that is not there has comments")
	}
	if err := os.WriteFile(filepath.Join(dir, "a.go"), []byte("not Go"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Comments("m", dir); err == nil {
		t.Error("a file that is not Go has comments")
	}
}
