package workload

import (
	"strings"
	"testing"

	"weir/models/spec"
	"weir/sim"
)

// decode reads a workload as the scenario would hold it, and fails the test when something is wrong with it.
func decode(t testing.TB, text string) *Spec {
	t.Helper()
	s, err := tryDecode(text)
	if err != nil {
		t.Fatalf("%s:\n%v", text, err)
	}
	return s
}

func tryDecode(text string) (*Spec, error) {
	src, err := spec.Parse("test.yaml", []byte(text))
	if err != nil {
		return nil, err
	}
	d := spec.Decoder{Source: src}
	s := &Spec{}
	d.Decode(src.Root, s, "")
	return s, d.Errors.Sorted()
}

// arrivals returns a workload of nothing but arrivals.
func arrivals(t testing.TB, text string) *Spec {
	t.Helper()
	return decode(t, "arrivals: "+text)
}

// read reads the record of a trace from the text of its file.
func read(t testing.TB, s *Spec, file string) *Record {
	t.Helper()
	rec, err := ReadRecord("trace.csv", strings.NewReader(file), s.Arrivals.Trace)
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

// newSource returns the source of a replication of a workload.
func newSource(s *Spec, rec *Record, replication int) *Source {
	return NewSource(sim.NewEngine(1, replication), "test", s, rec)
}

// instants returns the first instants of a source, at most n.
func instants(src *Source, n int) (all []sim.Time) {
	for range n {
		at, ok := src.Next()
		if !ok {
			return all
		}
		all = append(all, at)
		src.Together()
	}
	return all
}

// until returns how many arrivals of a source come before the end.
func until(src *Source, end sim.Time, each func(at sim.Time)) (n int) {
	for {
		at, ok := src.Next()
		if !ok || at >= end {
			return n
		}
		n += src.Together()
		if each != nil {
			each(at)
		}
	}
}

const secondsTime = sim.Time(sim.Second)
