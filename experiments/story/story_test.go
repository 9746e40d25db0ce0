package story

import "testing"

// Each story is a sentence of AWS's documentation, or was run against AWS by the source that it names.
func TestStoriesAreAnsweredAsAWSAnswersThem(t *testing.T) {
	stories, err := Shipped()
	if err != nil || len(stories) == 0 {
		t.Fatal("no stories", err)
	}
	for _, s := range stories {
		t.Run(s.ID, func(t *testing.T) {
			steps, err := s.Run()
			if err != nil {
				t.Fatal(err)
			}
			expected := 0
			for _, step := range steps {
				if step.Expected == "" {
					continue
				}
				expected++
				if step.Observed != step.Expected {
					t.Errorf("line %d: %s: got\n%swant\n%s", step.Line, step.Command, step.Observed, step.Expected)
				}
			}
			if expected == 0 {
				t.Error("the story expects nothing")
			}
		})
	}
}
