package story

import (
	"os"
	"path/filepath"
	"testing"
)

// Each story is a sentence of AWS's documentation, or was run against AWS by the source that it names.
func TestStoriesAreAnsweredAsAWSAnswersThem(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no stories", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		stories, err := Parse(string(text))
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, s := range stories {
			t.Run(s.ID, func(t *testing.T) {
				steps, err := s.Run()
				if err != nil {
					t.Fatalf("%s: %v", file, err)
				}
				expected := 0
				for _, step := range steps {
					if step.Expected == "" {
						continue
					}
					expected++
					if step.Observed != step.Expected {
						t.Errorf("%s:%d: %s: got\n%swant\n%s", file, step.Line, step.Command, step.Observed, step.Expected)
					}
				}
				if expected == 0 {
					t.Error("the story expects nothing")
				}
			})
		}
	}
}
