package results

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"

	"weir/sim/measure"
)

// Folder is a result folder in the making: files are written beside it and renamed into place at the end, so that there
// is never half of one. A crash between the two renames leaves the old folder beside its place.
type Folder struct {
	dir  string
	temp string

	mutex sync.Mutex
	names []string // of the files that are written, from the folder on
}

// ErrNotResults is returned when the folder to replace is not a result folder.
var ErrNotResults = errors.New("this folder exists and does not look like one that weir wrote: choose another, or remove it")

// ErrHoldsMore is returned when the folder to replace holds files that were not written with the results.
var ErrHoldsMore = errors.New("this folder of results holds a file that weir did not write: move it, or choose another folder")

// A result folder is known by its manifest, and what is its own by the list of its contents.
const (
	marker   = "manifest.json"
	contents = "contents.txt"
)

// Begin makes a temporary folder beside dir.
func Begin(dir string) (*Folder, error) {
	dir = filepath.Clean(dir) // "out/" would be the place that the files are gathered in
	if target, err := filepath.EvalSymlinks(dir); err == nil {
		dir = target // a link stays one
	}
	if err := Replaceable(dir); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return nil, err
	}
	temp, err := os.MkdirTemp(filepath.Dir(dir), "."+filepath.Base(dir)+"-*")
	if err != nil {
		return nil, err
	}
	return &Folder{dir: dir, temp: temp}, os.Chmod(temp, 0o755)
}

// Replaceable returns why a folder must not be written over: ErrNotResults, unless it is empty, is not there, or is one
// of results that holds nothing else.
func Replaceable(dir string) error {
	if err := replaceable(dir); err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	return nil
}

func replaceable(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case len(entries) == 0:
		return nil
	}
	if _, err := os.Stat(filepath.Join(dir, marker)); err != nil {
		return ErrNotResults
	}
	list, err := os.ReadFile(filepath.Join(dir, contents))
	if err != nil {
		return ErrNotResults
	}
	own := strings.Split(string(list), "\n")
	return filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err == nil && !slices.Contains(own, filepath.ToSlash(name)) && !strings.HasPrefix(name, exportsFolder) {
			return fmt.Errorf("%w: %s", ErrHoldsMore, name)
		}
		return err
	})
}

// exportsFolder is where weir export writes its files later, by default.
const exportsFolder = "exports" + string(filepath.Separator)

// Write writes one file of the folder.
func (f *Folder) Write(name string, write func(io.Writer) error) error {
	path := filepath.Join(f.temp, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	f.mutex.Lock()
	f.names = append(f.names, filepath.ToSlash(name))
	f.mutex.Unlock()
	return errors.Join(write(file), file.Sync(), file.Close())
}

// Commit puts the folder into its place, with the list of what it holds.
func (f *Folder) Commit() error {
	err := f.Write(contents, func(w io.Writer) error {
		slices.Sort(f.names)
		_, err := io.WriteString(w, strings.Join(f.names, "\n")+"\n")
		return err
	})
	if err != nil {
		return err
	}
	old := f.temp + "-old"
	if err := os.Rename(f.dir, old); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Rename(f.temp, f.dir); err != nil {
		if back := os.Rename(old, f.dir); !errors.Is(back, fs.ErrNotExist) {
			err = errors.Join(err, back)
		}
		return err
	}
	return errors.Join(syncFolder(filepath.Dir(f.dir)), os.RemoveAll(old))
}

// Abandon removes what was written.
func (f *Folder) Abandon() error { return os.RemoveAll(f.temp) }

// WriteJSON writes the summary as summary.json holds it.
func (s *Summary) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(s)
}

// WriteTables writes the machine-readable files of a run: summary.json, latency/*.hgrm, series.csv, usage.csv and
// manifest.json.
func (f *Folder) WriteTables(s *Summary, e *Ensemble) error {
	errs := []error{
		f.Write("summary.json", s.WriteJSON),
		f.Write("series.csv", e.writeSeries),
		f.Write("usage.csv", e.writeUsage),
		f.Write(marker, func(w io.Writer) error { return writeManifest(w, s, e) }),
	}
	for _, name := range e.PathNames() {
		errs = append(errs, f.Write("latency/"+fileName(name)+".hgrm", e.Merged(name).WritePercentiles))
	}
	return errors.Join(errs...)
}

// fileName turns a path's name into a file's.
func fileName(path string) string {
	return strings.NewReplacer(" -> ", "-to-", ".", "-").Replace(path)
}

// Band returns a curve over all replications, and its unit.
func (e *Ensemble) Band(component, curve string) (measure.Band, string, bool) {
	var series []*measure.Series
	unit := ""
	for _, o := range e.Outcomes {
		for i := range o.Components {
			if o.Components[i].Name != component {
				continue
			}
			for _, c := range o.Components[i].Curves {
				if c.Name == curve {
					series, unit = append(series, c.Values), c.Unit
				}
			}
		}
	}
	if len(series) == 0 {
		return measure.Band{}, "", false
	}
	return measure.BandOf(series, 0.05, 0.95), unit, true
}

// SeriesRow is a point of a curve over all replications.
type SeriesRow struct {
	Time      float64 // s since the start of the window
	Component string
	Curve     string
	Unit      string
	Median    float64
	Low, High float64 // that nine of ten replications lie between
}

// Series returns the points of all curves.
func (e *Ensemble) Series() iter.Seq[SeriesRow] {
	return func(yield func(SeriesRow) bool) {
		for _, c := range e.Outcomes[0].Components {
			for _, k := range c.Curves {
				band, unit, _ := e.Band(c.Name, k.Name)
				for i := range band.Median {
					at := float64(i+1) * band.Width.Seconds()
					if !yield(SeriesRow{at, c.Name, k.Name, unit, band.Median[i], band.Low[i], band.High[i]}) {
						return
					}
				}
			}
		}
	}
}

func (e *Ensemble) writeSeries(w io.Writer) error {
	if _, err := fmt.Fprintln(w, "time_s,component,curve,unit,median,low,high"); err != nil {
		return err
	}
	for r := range e.Series() {
		_, err := fmt.Fprintf(w, "%s,%s,%s,%s,%s,%s,%s\n", number(r.Time), r.Component, r.Curve, r.Unit, number(r.Median),
			number(r.Low), number(r.High))
		if err != nil {
			return err
		}
	}
	return nil
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', 9, 64) }

func (e *Ensemble) writeUsage(w io.Writer) error {
	if _, err := fmt.Fprintln(w, "replication,window_s,component,item,variant,quantity"); err != nil {
		return err
	}
	for _, o := range e.Outcomes {
		for _, c := range o.Components {
			for _, u := range c.Usage {
				_, err := fmt.Fprintf(w, "%d,%s,%s,%s,%s,%s\n", o.Replication, number(o.Window().Seconds()), u.Component,
					u.Item, u.Variant, strconv.FormatFloat(u.Quantity, 'g', -1, 64))
				if err != nil {
					return err
				}
			}
		}
	}
	return nil
}

type manifest struct {
	Weir         Build    `json:"weir"`
	Go           string   `json:"go"`
	Architecture string   `json:"architecture"`
	Scenario     Scenario `json:"scenario"`
	Replications []trial  `json:"replications"`
}

type trial struct {
	Replication int    `json:"replication"`
	Fingerprint string `json:"fingerprint"`
	Events      uint64 `json:"events"`
	Partial     string `json:"partial,omitempty"`
}

func writeManifest(w io.Writer, s *Summary, e *Ensemble) error {
	m := manifest{Weir: s.Weir, Go: runtime.Version(), Architecture: runtime.GOARCH, Scenario: s.Scenario}
	for _, o := range e.Outcomes {
		m.Replications = append(m.Replications, trial{o.Replication, fmt.Sprintf("%016x", o.Fingerprint), o.Events,
			o.Truncated})
	}
	slices.SortFunc(m.Replications, func(a, b trial) int { return a.Replication - b.Replication })
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(m)
}

// Quantile returns a quantile of a path's latency in seconds, over replications.
func (e *Ensemble) Quantile(path string, p float64) measure.Estimate {
	return e.each(func(o *Outcome) float64 {
		ns, ok := o.path(path).Latency.Quantile(p)
		if !ok {
			return math.NaN()
		}
		return float64(ns) / nsPerSecond
	})
}
