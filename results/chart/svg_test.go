package chart

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
)

// wellFormed checks that a figure is XML with a title and a description, without what is no number, and returns it.
func wellFormed(t *testing.T, f *Figure) string {
	t.Helper()
	var b bytes.Buffer
	if err := f.WriteSVG(&b); err != nil {
		t.Fatal(err)
	}
	svg := b.String()
	decoder := xml.NewDecoder(strings.NewReader(svg))
	open := 0
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%s: %s", f.Name, err)
		}
		switch token.(type) {
		case xml.StartElement:
			open++
		case xml.EndElement:
			open--
		}
	}
	if open != 0 {
		t.Errorf("%s: %d elements are not closed", f.Name, open)
	}
	for _, bad := range []string{"NaN", "Inf"} {
		if strings.Contains(svg, bad) {
			t.Errorf("%s holds %s", f.Name, bad)
		}
	}
	if !strings.Contains(svg, "<title id=") || !strings.Contains(svg, "<desc id=") {
		t.Errorf("%s has no title or description", f.Name)
	}
	return svg
}

func line(name string, values ...float64) Line {
	return Line{Name: name, Width: 60, Median: values, Low: values, High: values}
}

func TestWhatIsHostileIsDrawnAsText(t *testing.T) {
	f, err := OverTime(TimeFigure{
		Name: "t", Title: `<script>alert("1")</script>`, To: 180, Replications: 2,
		Panels: []TimePanel{{Unit: "messages", Lines: []Line{line(`"><b>&`, 1, 2, 3)}}},
		Spans:  []Span{{Name: "<fault>", From: 60, To: 1e9}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if svg := wellFormed(t, f); strings.Contains(svg, "<script") || strings.Contains(svg, "<b>") {
		t.Error("text became part of the figure")
	}
}

// A limit far above what was reached does not set the scale: it is told of.
func TestAnUnreachableLimitIsTold(t *testing.T) {
	ceiling := line("may be", 1000, 1000, 1000)
	ceiling.Limit = true
	f, err := OverTime(TimeFigure{
		Name: "t", To: 180, Replications: 2,
		Panels: []TimePanel{{
			Unit: "executions", Lines: []Line{line("used", 10, 40, 10), ceiling},
			Limits: []Limit{{"near", 60}, {"account", 3000}},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if high := f.panels[0].plot.Y.Max; high < 60 || high > 80 {
		t.Errorf("the axis ends at %v, want a little above the limit that is near", high)
	}
	notes := strings.Join(f.Notes, "\n")
	for _, want := range []string{"account, 3000", "may be, up to 1000"} {
		if !strings.Contains(notes, want) {
			t.Errorf("the notes do not have %q: %s", want, notes)
		}
	}
	if strings.Contains(notes, "near") {
		t.Errorf("the near limit is drawn and noted: %s", notes)
	}
}

// Nothing to draw, or only what is no number, gives an empty figure.
func TestEmptyFiguresAreFigures(t *testing.T) {
	none := math.NaN()
	for _, draw := range []func() (*Figure, error){
		func() (*Figure, error) { return Percentiles(nil) },
		func() (*Figure, error) {
			return Percentiles([]PercentileCurve{{Name: "a", Shares: []float64{0.5}, Value: []float64{none},
				Low: []float64{none}, High: []float64{none}}})
		},
		func() (*Figure, error) { return Histogram("a", nil, nil) },
		func() (*Figure, error) {
			return OverTime(TimeFigure{Panels: []TimePanel{{Unit: "s", Lines: []Line{line("a", none, 0, math.Inf(1))}}}})
		},
		func() (*Figure, error) { return Ledger("a", nil, 0) },
		func() (*Figure, error) { return Cost(nil, "$0") },
		func() (*Figure, error) { return Causes("a", nil, nil) },
		func() (*Figure, error) { return Heat(HeatMap{}) },
		func() (*Figure, error) { return Timeline(StateMap{}) },
		func() (*Figure, error) { return BreakEven("none", nil) },
		func() (*Figure, error) {
			return BreakEven("one", []BreakEvenCurve{{Name: "a", Sizes: []float64{1024}, Rates: []float64{3.5}}})
		},
		func() (*Figure, error) { return Design("none", "", nil, nil, nil) },
	} {
		f, err := draw()
		if err != nil {
			t.Fatal(err)
		}
		wellFormed(t, f)
	}
}

// All figures over time begin and end at the same places, however long their numbers are.
func TestTimeAxesLineUp(t *testing.T) {
	at := map[string]bool{}
	for _, top := range []float64{0.001, 7, 123_456_789} {
		f, err := OverTime(TimeFigure{Name: "t", To: 180, Replications: 2,
			Panels: []TimePanel{{Unit: "messages", Lines: []Line{line("a", 0, top, top)}}}})
		if err != nil {
			t.Fatal(err)
		}
		_, x, found := strings.Cut(wellFormed(t, f), ` data-x="`)
		if !found {
			t.Fatal("the panel does not say where its axis is")
		}
		at[strings.Join(strings.Fields(x)[:2], " ")] = true
	}
	if len(at) != 1 {
		t.Errorf("the axes begin and end at %v", at)
	}
}
