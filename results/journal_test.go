package results

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func trialOf(point int) Trial {
	return Trial{Point: point, Fingerprints: []string{"ab"}, Events: 7, Figures: []TrialFigure{
		{Metric: "cost", Unit: "USD", Values: []Number{
			1.25, Number(math.NaN()), Number(math.Inf(1)), Number(math.Inf(-1)), 0.1,
		}},
	}}
}

// When the disk is full the error says so, and what was written before is whole: the next run goes on with it.
func TestAFullDiskLosesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	header := NewJournalHeader("sweep", Build{Version: "1"}, Scenario{Digest: "d"}, "plan")
	j, _, _, err := OpenJournal(dir, header, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(j.Add(trialOf(0)), j.Add(trialOf(1))); err != nil {
		t.Fatal(err)
	}
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("there is no full disk here")
	}
	good := j.file
	j.file = full
	if err := j.Add(trialOf(2)); !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "are kept in") {
		t.Errorf("a full disk: %v", err)
	}
	if err := errors.Join(full.Close(), good.Close(), j.lock.Unlock()); err != nil {
		t.Fatal(err)
	}
	j, done, notices, err := OpenJournal(dir, header, false)
	if err != nil || len(done) != 2 || len(notices) > 0 {
		t.Fatalf("%d trials, notices %q, %v", len(done), notices, err)
	}
	if v := done[1].Figures[0].Values; !math.IsNaN(float64(v[1])) || !math.IsInf(float64(v[2]), 1) || v[4] != 0.1 {
		t.Errorf("the values come back as %v", v)
	}
	_, _, _, err = OpenJournal(dir, header, false)
	if err == nil || !strings.Contains(err.Error(), "another weir is at work") {
		t.Errorf("a second study opens the journal: %v", err)
	}
	if err := errors.Join(j.Close(), j.Remove()); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(JournalFolder(dir)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder of the journal is still there: %v", err)
	}
}
