package breakeven

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
)

// The surface and the break-evens are of one arithmetic: below a break-even the first is cheaper, above it the second.
func TestBelowABreakEvenTheFirstIsCheaperAndAboveItTheSecond(t *testing.T) {
	a := arithmetic(t)
	byName := map[string]*Design{}
	for _, d := range Designs {
		byName[d.Name] = d
	}
	s := a.Compare(Grid{
		Sizes: []int64{100, 1024, 30_000, 256 << 10}, Batches: []int{1, 10}, Consumers: []int{1, 2, 5}, Peak: 3,
	})
	found := 0
	for _, e := range s.Evens {
		if e.Rate == nil {
			continue
		}
		found++
		l := Load{Peak: 3, Size: e.SizeBytes, Batch: e.Batch, Consumers: e.Consumers}
		for _, side := range []float64{0.999, 1.001} {
			l.Rate = *e.Rate * side
			first, second := a.Month(byName[e.From], l), a.Month(byName[e.To], l)
			if (first > second) != (side > 1) {
				t.Errorf("%+v: at %v/s %s costs $%v and %s $%v", e, l.Rate, e.From, first, e.To, second)
			}
		}
	}
	if found < 50 {
		t.Errorf("%d break-evens were found", found)
	}
}

// Exactly one design of each load is marked, and no other costs less.
func TestTheCheapestDesignIsMarked(t *testing.T) {
	s := arithmetic(t).Compare(Grid{
		Rates: Rates(), Sizes: []int64{1024, 512 << 10, 2 << 20}, Batches: []int{1, 10}, Consumers: []int{1, 30}, Peak: 1,
	})
	for i := 0; i < len(s.Costs); i += len(Designs) {
		var marked []Cost
		least := math.Inf(1)
		for _, c := range s.Costs[i : i+len(Designs)] {
			if c.Cheapest {
				marked = append(marked, c)
			}
			if c.MonthUSD != nil {
				least = min(least, *c.MonthUSD)
			}
		}
		tooLarge := s.Costs[i].SizeBytes > 1<<20
		switch {
		case tooLarge && (len(marked) != 0 || !math.IsInf(least, 1)):
			t.Errorf("a message of 2 MiB costs $%v: %v", least, marked)
		case !tooLarge && (len(marked) != 1 || *marked[0].MonthUSD != least):
			t.Errorf("$%v is least, marked are %v", least, marked)
		}
	}
}

// Tables are tidy: as many fields in each row as in the head, and nothing where a design cannot bear the load.
func TestTablesAreTidy(t *testing.T) {
	s := arithmetic(t).Compare(Grid{
		Rates: []float64{1, 100}, Sizes: []int64{1024, 512 << 10}, Batches: []int{10}, Consumers: []int{2}, Peak: 1,
	})
	var costs, evens, text, markdown, document strings.Builder
	for _, err := range []error{
		s.WriteCosts(&costs), s.WriteEvens(&evens), s.WriteText(&text), s.WriteMarkdown(&markdown), s.WriteJSON(&document),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, table := range []struct {
		text string
		rows int
	}{{costs.String(), 2 * 2 * len(Designs)}, {evens.String(), 2 * len(s.Evens) / 2}} {
		lines := strings.Split(strings.TrimSpace(table.text), "\n")
		if len(lines) != 1+table.rows {
			t.Errorf("%d rows, want %d:\n%s", len(lines)-1, table.rows, table.text)
		}
		for _, line := range lines {
			if strings.Count(line, ",") != strings.Count(lines[0], ",") {
				t.Errorf("%q has other fields than %q", line, lines[0])
			}
		}
	}
	if want := "us-east-1,1,1,524288,10,2,sns_sqs,0,,false\n"; !strings.Contains(costs.String(), want) {
		t.Errorf("no row %q in\n%s", want, costs.String())
	}
	for _, written := range []string{text.String(), markdown.String()} {
		for _, want := range []string{"18.4/s", "$10.99", "–"} {
			if !strings.Contains(written, want) {
				t.Errorf("no %s in\n%s", want, written)
			}
		}
	}
	var back Surface
	if err := json.Unmarshal([]byte(document.String()), &back); err != nil || len(back.Costs) != len(s.Costs) {
		t.Errorf("the JSON document has %d costs, want %d: %v", len(back.Costs), len(s.Costs), err)
	}
}

func TestEachBatchAndNumberOfConsumersHasAFigure(t *testing.T) {
	g := Grid{Batches: []int{1, 10}, Consumers: []int{1, 5}, Peak: 1}
	figures, err := arithmetic(t).Figures(g)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range figures {
		names = append(names, f.Name)
		var svg strings.Builder
		if err := f.WriteSVG(&svg); err != nil || !strings.Contains(svg.String(), "</svg>") {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
	want := "cheapest_batch1_consumers1 cheapest_batch1_consumers5 cheapest_batch10_consumers1 cheapest_batch10_consumers5 " +
		"break_even"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("figures %s, want %s", got, want)
	}
}
