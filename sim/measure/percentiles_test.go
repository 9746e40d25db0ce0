package measure

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
)

// Each line says: so many observations do not exceed this value. The histogram must say the same.
func TestPercentileLinesAgreeWithTheHistogram(t *testing.T) {
	r := luck(t)
	h := NewHistogram()
	for range 100_000 {
		h.Record(max(0, int64(exponential(r, 1e9))-1e9)) // 63 % are 0
	}
	var text strings.Builder
	if err := h.WritePercentiles(&text); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(text.String(), "\n")
	if got := strings.Fields(lines[0]); len(got) != 4 || got[0] != "Value" || got[1] != "Percentile" {
		t.Fatalf("the head is %q", lines[0])
	}
	last, read := -1.0, 0
	for _, line := range lines[2:] {
		if line == "" || line[0] == '#' {
			continue
		}
		var value, share, odds float64
		var count uint64
		fields, _ := fmt.Sscan(line, &value, &share, &count, &odds)
		if fields < 4 && share != 1 {
			t.Fatalf("line %q", line)
		}
		quantile, _ := h.Quantile(share)
		if math.Abs(value-float64(quantile)/1e9) > 1e-6 || share < last || float64(count) < share*1e5-0.5 {
			t.Errorf("line %q, but the quantile is %d", line, quantile)
		}
		last = share
		read++
	}
	if last != 1 || read < 40 {
		t.Errorf("%d lines up to %v", read, last)
	}
	want := fmt.Sprintf("#[Max     = %12.6f, Total count    = %12d]\n", float64(h.Max())/1e9, 100_000)
	if !strings.HasSuffix(text.String(), want) {
		t.Errorf("the foot is not %q", want)
	}
}

func TestPercentilesOfNothingHaveNoLines(t *testing.T) {
	var text strings.Builder
	if err := NewHistogram().WritePercentiles(&text); err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(text.String(), "\n"); lines != 3 || strings.Contains(text.String(), "0.0") {
		t.Errorf("an empty histogram is written as\n%s", text.String())
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestAWriteThatFailsIsReported(t *testing.T) {
	h := NewHistogram()
	if h.WritePercentiles(full{}) == nil {
		t.Error("an empty histogram on a full disk is no error")
	}
	h.Record(1)
	if h.WritePercentiles(full{}) == nil {
		t.Error("a histogram on a full disk is no error")
	}
}
