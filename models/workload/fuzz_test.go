package workload

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode"

	"weir/sim"
)

// FuzzTrace reads any bytes as a record, under any settings. What is refused is told with a place that exists; what
// is read is replayed in order, within its span, and brings the messages that Expected tells.
func FuzzTrace(f *testing.F) {
	for i, file := range []string{
		countsFile, timestampsFile, nasaHead, "minute,n\r\n0,45\r\n1,40", "n\n3\n", "\ufeff\"t\", \"bytes\"\n\"1.5\",7\n",
		"t,n\n2014-04-10 00:04:00,1\n2014-04-10T00:09:00Z,4.0\n",
		"# a\n\nt,n\n1e0,1\n2e0,2\n", "t;n\n1;2\n", "t,n\n1,\"", "\x00",
		"t,n\n5,1\n6,2\n9,1\n", "t,n\n1404172800,1\n", "a,t,n,bytes\n,0,0,0\n,0,1,1\n",
	} {
		f.Add([]byte(file), uint16(i*37))
	}
	f.Fuzz(func(t *testing.T, file []byte, choice uint16) {
		pick := func(words ...string) string {
			word := words[int(choice)%len(words)]
			choice /= uint16(len(words))
			return word
		}
		settings := pick("counts: n, interval: 1s", "counts: n, interval: 1m", "counts: n, interval: 5m, missing: zero",
			"timestamps: t", "timestamps: t, size_column: bytes", "counts: n, interval: 1s, at: t",
			"counts: requests, interval: 1s")
		isCounts := strings.HasPrefix(settings, "counts")
		settings += pick("", ", unit: ms", ", unit: ns")
		settings += pick("", ", rate_scale: 0.5", ", rate_scale: 3", ", time_scale: 0.1")
		settings += pick("", ", start: 5m", ", length: 10m", ", length: 5m, repeat: true", ", start: 1404172800s")
		if isCounts {
			settings += pick("", ", spacing: uniform", ", spacing: poisson")
		}
		s, err := tryDecode("arrivals: {trace: {file: x.csv, " + settings + "}}")
		if err != nil {
			t.Fatalf("%s: %v", settings, err)
		}
		rec, err := ReadRecord("x.csv", bytes.NewReader(file), s.Arrivals.Trace)
		if err != nil {
			checkRecordError(t, err, file)
			return
		}
		checkReplay(t, s, rec)
	})
}

func checkRecordError(t *testing.T, err error, file []byte) {
	var bad *RecordError
	lines := bytes.Count(file, []byte("\n")) + 1
	if !errors.As(err, &bad) || bad.Text == "" || bad.Line < 0 || bad.Line > lines || bad.Column > len(file)+1 {
		t.Fatalf("%d lines: %v", lines, err)
	}
	if len(bad.Text) > 2000 || strings.ContainsFunc(bad.Text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		text := err.Error()
		t.Fatalf("the error holds what a terminal cannot show: %q", text)
	}
}

func checkReplay(t *testing.T, s *Spec, rec *Record) {
	trace := s.Arrivals.Trace
	span := float64(rec.Span(trace)) * trace.TimeScale
	src := newSource(s, rec, 0)
	last, n := sim.Time(-1), 0
	for ; n < 10_000; n++ {
		at, ok := src.Next()
		if !ok {
			break
		}
		if at < last || !trace.Repeat && float64(at) > span+1 {
			t.Fatalf("an arrival at %s, after %s, in %s", at, last, fmt.Sprint(rec.Span(trace)))
		}
		last = at
		src.Size()
	}
	if trace.Repeat || n == 10_000 || trace.spacing() == CountsPoisson || trace.RateScale == 0.5 {
		return
	}
	if want := s.Expected(0, sim.Time(span)+2, rec); float64(n) != want {
		t.Fatalf("%d messages, want %v", n, want)
	}
}
