package experiments

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"weir/models/spec"
)

// What anyone may feed to Weir is built or refused with errors that stand in the file: it neither panics nor hangs.
func FuzzScenario(f *testing.F) {
	shipped, err := filepath.Glob("library/*/scenario.yaml")
	if err != nil || len(shipped) == 0 {
		f.Fatal("no shipped scenarios", err)
	}
	bad, err := filepath.Glob("scenario/testdata/bad/*.yaml")
	if err != nil || len(bad) == 0 {
		f.Fatal("no bad scenarios", err)
	}
	for _, file := range append(shipped, bad...) {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	for _, text := range []string{distributionsText, sharingText, adaptiveText, slowText, streamingText} {
		f.Add([]byte(text))
	}
	for _, c := range badStreams {
		f.Add(fmt.Appendf(nil, "name: bad\nrun: {duration: 1s}\nproducers: {p: {to: streams.s, arrivals: {constant: 1/s}, %s}}\n"+
			"streams: {s: {%s}}\n", c.producer, c.stream))
	}
	for seed := range uint64(20) {
		f.Add([]byte(generate(seed).text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		start := time.Now()
		_, err := New("fuzz.yaml", text, nil, recording)
		if passed := time.Since(start); passed > 10*time.Second {
			t.Fatalf("took %s", passed)
		}
		if err == nil {
			return
		}
		found, ok := errors.AsType[spec.Errors](err)
		if !ok || len(found) == 0 {
			t.Fatalf("the error is not one of the file: %v", err)
		}
		for _, e := range found {
			if e.Error() == "" || strings.Contains(e.Error(), "%!") && !bytes.Contains(text, []byte("%!")) {
				t.Errorf("a malformed message: %q", e.Error())
			}
		}
	})
}
