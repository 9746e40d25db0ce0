package scenario

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"weir/models/spec"
)

var update = flag.Bool("update", false, "write the golden files anew: read what changed before you commit it")

// TestBadFilesSayWhatToWriteInstead compares all that is said about each bad file with the text beside it. The texts
// are for people: read them when they change.
func TestBadFilesSayWhatToWriteInstead(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) < 100 {
		t.Fatalf("%d bad files, %v", len(files), err)
	}
	t.Chdir("testdata/bad")
	for _, file := range files {
		name := filepath.Base(file)
		t.Run(strings.TrimSuffix(name, ".yaml"), func(t *testing.T) {
			doc, err := testLanguage().Load(name)
			wrong, ok := err.(spec.Errors)
			if !ok || doc != nil {
				t.Fatalf("Load = %v, %v, want errors and no document", doc, err)
			}
			got := wrong.Error() + "\n"
			golden := strings.TrimSuffix(name, ".yaml") + ".txt"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
