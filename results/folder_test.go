package results

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// A shell completes the name of a folder with a slash.
func TestAFolderThatIsNamedWithASlashIsReplaced(t *testing.T) {
	parent := t.TempDir()
	for range 2 {
		folder, err := Begin(filepath.Join(parent, "out") + "/")
		if err != nil {
			t.Fatal(err)
		}
		nothing := func(io.Writer) error { return nil }
		if err := errors.Join(folder.Write(marker, nothing), folder.Commit()); err != nil {
			t.Fatal(err)
		}
	}
	entries, err := os.ReadDir(parent)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 || entries[0].Name() != "out" {
		t.Errorf("beside the folder there is %v", entries)
	}
	if _, err := os.Stat(filepath.Join(parent, "out", marker)); err != nil {
		t.Error(err)
	}
}
