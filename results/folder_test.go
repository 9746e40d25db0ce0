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

// A folder of results is replaced only when all in it is of the results, and what was exported from them: what a user
// put there is not removed.
func TestAUsersFilesAreNotRemoved(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	write := func() error {
		folder, err := Begin(dir)
		if err != nil {
			return err
		}
		defer folder.Abandon()
		nothing := func(io.Writer) error { return nil }
		return errors.Join(folder.Write(marker, nothing), folder.Write("figures/a.svg", nothing), folder.Commit())
	}
	put := func(name string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, nil, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	if err := write(); err != nil {
		t.Fatal(err)
	}
	put("exports/calculator.csv")
	if err := write(); err != nil {
		t.Errorf("a folder with exports is not replaced: %v", err)
	}
	put("figures/notes.txt")
	if err := write(); !errors.Is(err, ErrHoldsMore) {
		t.Errorf("a folder with a user's file: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "figures/notes.txt")); err != nil {
		t.Error(err)
	}
}

// A link, a pipe and a device stay what they are: the link's target is replaced, the others are written to.
func TestAFileIsWrittenWhereItsNameLeads(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "link")
	if err := errors.Join(os.WriteFile(target, []byte("old"), 0o644), os.Symlink(target, link)); err != nil {
		t.Fatal(err)
	}
	hello := func(w io.Writer) error {
		_, err := io.WriteString(w, "hello")
		return err
	}
	if err := errors.Join(Writable(link), WriteFile(link, hello)); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(target); err != nil || string(text) != "hello" {
		t.Errorf("the link's target holds %q, %v", text, err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is %v, %v", info, err)
	}
	if err := errors.Join(Writable(os.DevNull), WriteFile(os.DevNull, hello)); err != nil {
		t.Errorf("a device: %v", err)
	}
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
		t.Fatalf("the device has been replaced: %v, %v", info, err)
	}
	for _, wrong := range []string{dir, filepath.Join(dir, "none", "file")} {
		if Writable(wrong) == nil {
			t.Errorf("%s seems writable", wrong)
		}
	}
}
