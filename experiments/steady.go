package experiments

import (
	"reflect"
	"slices"
	"strings"

	"weir/experiments/scenario"
	"weir/models/spec"
)

// instants are the keys of a scenario that say when something happens or ends, or that something changes over time.
var instants = []string{
	"at", "start", "stop", "limit", "schedule", "scheduled", "spike", "ramp", "diurnal", "piecewise", "trace",
}

// Changes returns the settings that make a design another one at another time, such as producers.p.arrivals.spike. A
// design without any is steady in the long run if it can be: its load, its capacity and its faults have no clock.
func (d *Design) Changes() (paths []string) {
	for i := range d.Document.Components {
		c := &d.Document.Components[i]
		paths = appendInstants(paths, reflect.ValueOf(c.Spec), c.Path())
	}
	return paths
}

// checkRun returns what is wrong with how the design is to be run.
func (d *Design) checkRun() error {
	run := &d.Document.Run
	fail := func(field, format string, args ...any) error {
		return spec.Errors{d.Document.ErrorAt(spec.Link{}, "run."+field, format, args...)}
	}
	if run.Batches > 1 {
		changes := d.Changes()
		if i := slices.IndexFunc(d.Document.Components, isFault); i >= 0 {
			changes = append(changes, d.Document.Components[i].Path())
		}
		switch {
		case len(changes) > 0:
			return fail("batches", "are of a design that is steady, and this one changes by %s: use replications", changes[0])
		case len(d.Document.Uncertainty) > 0:
			return fail("batches", "are of one run, and what is uncertain is drawn for each group of several: use replications")
		}
	}
	if n := run.Replications; len(d.Document.Uncertainty) > 0 && (n < 2*run.Group || n%run.Group != 0) {
		return fail("replications", "must be a multiple of run.group, %d, and twice as many at least: each group draws its own "+
			"values for what is uncertain", run.Group)
	}
	return nil
}

func isFault(c scenario.Component) bool { return c.Link.Section == "faults" }

func appendInstants(paths []string, v reflect.Value, path string) []string {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return paths
		}
		return appendInstants(paths, v.Elem(), path)
	case reflect.Slice:
		for i := range v.Len() {
			paths = appendInstants(paths, v.Index(i), path)
		}
		return paths
	case reflect.Struct:
	default:
		return paths
	}
	for i := range v.NumField() {
		field := v.Type().Field(i)
		key, _, _ := strings.Cut(field.Tag.Get("yaml"), ",")
		switch {
		case !field.IsExported():
		case key == "" || key == "-":
			if field.Anonymous {
				paths = appendInstants(paths, v.Field(i), path)
			}
		case slices.Contains(instants, key) && (!v.Field(i).IsZero() || key == "at" && v.Field(i).Kind() != reflect.Pointer):
			if p := spec.Join(path, key); !slices.Contains(paths, p) {
				paths = append(paths, p)
			}
		default:
			paths = appendInstants(paths, v.Field(i), spec.Join(path, key))
		}
	}
	return paths
}
