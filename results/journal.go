package results

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/gofrs/flock"
)

// Journal is what a study in progress has done: a file to which each trial is added as it ends, so that a study that
// is stopped, by whatever, goes on where it was. It stands in a folder beside that of the results.
type Journal struct {
	path string
	file *os.File
	size int64 // of the whole lines
	lock *flock.Flock
}

// JournalHeader says what a journal is of. Two journals of one header hold the same trials.
type JournalHeader struct {
	Kind         string   `json:"kind"` // sweep
	Weir         Build    `json:"weir"`
	Architecture string   `json:"architecture"`
	Scenario     Scenario `json:"scenario"`
	Plan         string   `json:"plan"` // a digest of the points and of what is kept of them
	Check        string   `json:"check,omitempty"`
}

// NewJournalHeader returns the header of a study that this program runs.
func NewJournalHeader(kind string, weir Build, scenario Scenario, plan string) JournalHeader {
	return JournalHeader{Kind: kind, Weir: weir, Architecture: runtime.GOARCH, Scenario: scenario, Plan: plan}
}

// JournalError says why a journal cannot be gone on with.
type JournalError struct{ text string }

func (e *JournalError) Error() string { return e.text }

// JournalFolder returns the folder of the journal of a study whose results go to dir.
func JournalFolder(dir string) string { return filepath.Clean(dir) + ".partial" }

const journalName = "journal.jsonl"

// OpenJournal opens the journal beside the folder of results, or begins one, and returns the trials that it holds and
// what is to be told of them. A last line that was not written whole, and lines that are damaged, are dropped: their
// trials are run again. With fresh, what is there is replaced. The error is a *JournalError when the journal is of
// another study, or another process is at work with it.
func OpenJournal(dir string, header JournalHeader, fresh bool) (*Journal, []Trial, []string, error) {
	folder := JournalFolder(dir)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, nil, nil, err
	}
	j := &Journal{path: filepath.Join(folder, journalName), lock: flock.New(filepath.Join(folder, "lock"))}
	switch alone, err := j.lock.TryLock(); {
	case err != nil:
		return nil, nil, nil, err
	case !alone:
		return nil, nil, nil, &JournalError{folder + " is in use: another weir is at work there; wait for it, or write elsewhere " +
			"with --out"}
	}
	trials, notices, err := j.open(header, fresh)
	if err != nil {
		return nil, nil, nil, errors.Join(err, j.lock.Unlock())
	}
	return j, trials, notices, nil
}

func (j *Journal) open(header JournalHeader, fresh bool) ([]Trial, []string, error) {
	data, err := os.ReadFile(j.path)
	switch {
	case errors.Is(err, fs.ErrNotExist) || fresh:
		return nil, nil, j.rewrite(header, nil)
	case err != nil:
		return nil, nil, err
	case !bytes.ContainsRune(data, '\n'): // its first line was not written whole: there is no trial to lose
		return nil, []string{j.path + " was begun and holds no trial: begun anew"}, j.rewrite(header, nil)
	}
	trials, notices, whole, err := readJournal(j.path, data, header)
	if err != nil {
		return nil, nil, err
	}
	if !whole {
		return trials, notices, j.rewrite(header, trials)
	}
	j.size = int64(len(data))
	j.file, err = os.OpenFile(j.path, os.O_WRONLY|os.O_APPEND, 0o644)
	return trials, notices, err
}

// readJournal returns the good trials of a journal, what is to be told, and whether all of it was good.
func readJournal(path string, data []byte, header JournalHeader) (trials []Trial, notices []string, whole bool,
	err error,
) {
	lines := bytes.SplitAfter(data, []byte("\n"))
	var found JournalHeader
	if len(lines) == 0 || decodeLine(lines[0], &found, &found.Check) != nil {
		return nil, nil, false, &JournalError{fmt.Sprintf("the first line of %s is damaged, so that nobody knows what it is "+
			"of: begin anew with --fresh", path)}
	}
	if problem := found.differs(&header); problem != "" {
		return nil, nil, false, &JournalError{fmt.Sprintf("%s is %s: begin anew with --fresh, or write elsewhere with --out",
			path, problem)}
	}
	whole = true
	seen := map[[2]int]bool{}
	for i, line := range lines[1:] {
		if len(line) == 0 {
			continue
		}
		var t Trial
		switch {
		case line[len(line)-1] != '\n':
			notices = append(notices, fmt.Sprintf("the last line of %s was not written whole: its trial is run again", path))
			whole = false
			continue
		case decodeLine(line, &t, &t.Check) != nil || seen[[2]int{t.Point, t.Replication}]:
			notices = append(notices, fmt.Sprintf("line %d of %s is damaged: its trial is run again", i+2, path))
			whole = false
			continue
		}
		seen[[2]int{t.Point, t.Replication}] = true
		trials = append(trials, t)
	}
	return trials, notices, whole, nil
}

// differs says what a journal is of, when that is something else than what is wanted.
func (h *JournalHeader) differs(wanted *JournalHeader) string {
	switch {
	case h.Kind != wanted.Kind:
		return fmt.Sprintf("of weir %s, not of weir %s", h.Kind, wanted.Kind)
	case h.Scenario.Digest != wanted.Scenario.Digest || h.Scenario.Seed != wanted.Scenario.Seed:
		return fmt.Sprintf("of another scenario than %s as it stands now, with seed %d: what was done is of no use for it",
			wanted.Scenario.Title(), wanted.Scenario.Seed)
	case h.Plan != wanted.Plan:
		return "of other points, or keeps other figures of them"
	case h.Weir != wanted.Weir:
		return fmt.Sprintf("written by Weir %s (%s), and this is %s (%s): results of two versions are not to be mixed",
			h.Weir.Version, h.Weir.Commit, wanted.Weir.Version, wanted.Weir.Commit)
	case h.Architecture != wanted.Architecture:
		return fmt.Sprintf("written on %s, and this is %s", h.Architecture, wanted.Architecture)
	}
	return ""
}

// encodeLine writes a line of a journal, with a checksum of what it says without.
func encodeLine(v any, check *string) ([]byte, error) {
	*check = ""
	bare, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	*check = fmt.Sprintf("%08x", crc32.ChecksumIEEE(bare))
	line, err := json.Marshal(v)
	return append(line, '\n'), err
}

var errDamaged = errors.New("damaged")

// decodeLine reads what encodeLine writes.
func decodeLine(line []byte, v any, check *string) error {
	if err := json.Unmarshal(line, v); err != nil {
		return err
	}
	written := *check
	again, err := encodeLine(v, check)
	if err != nil || *check != written || !bytes.Equal(again, line) {
		return errDamaged
	}
	return nil
}

// rewrite writes the journal anew and puts it into its place, whole or not at all.
func (j *Journal) rewrite(header JournalHeader, trials []Trial) error {
	line, err := encodeLine(&header, &header.Check)
	if err != nil {
		return err
	}
	text := line
	for i := range trials {
		if line, err = encodeLine(&trials[i], &trials[i].Check); err != nil {
			return err
		}
		text = append(text, line...)
	}
	temp := j.path + ".new"
	if err := os.WriteFile(temp, text, 0o644); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	if err := os.Rename(temp, j.path); err != nil {
		return err
	}
	j.size = int64(len(text))
	j.file, err = os.OpenFile(j.path, os.O_WRONLY|os.O_APPEND, 0o644)
	return err
}

// Add adds a trial. When the disk is full, the error says so, and what was added before stays whole.
func (j *Journal) Add(t Trial) error {
	line, err := encodeLine(&t, &t.Check)
	if err != nil {
		return err
	}
	if err := j.write(j.file, line); err != nil {
		_ = j.file.Truncate(j.size) // a half line would be dropped when the journal is read
		return fmt.Errorf("%w: the trials that are finished are kept in %s; run the same again to go on", err, j.path)
	}
	return nil
}

func (j *Journal) write(w io.Writer, line []byte) error {
	n, err := w.Write(line)
	if err == nil {
		j.size += int64(n)
	}
	return err
}

// Close closes the journal and keeps it.
func (j *Journal) Close() error {
	return errors.Join(j.file.Sync(), j.file.Close(), j.lock.Unlock())
}

// Path returns where the journal stands.
func (j *Journal) Path() string { return j.path }

// Remove removes the journal, as its study is done and the results are in their place.
func (j *Journal) Remove() error {
	return errors.Join(os.Remove(j.path), os.Remove(j.lock.Path()), os.Remove(filepath.Dir(j.path)))
}
