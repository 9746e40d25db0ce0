package results

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"weir/sim/measure"
)

// yields is what the replications of a design yield in a test.
type yields struct {
	cost   []float64
	rate   float64 // of the 100 messages a second that are sent
	p99    []float64
	few    []string
	dead   []float64
	path   string
	digest string
}

func contender(name string, y yields) Contender {
	if y.path == "" {
		y.path = "producers.p -> fleets.f"
	}
	n := max(len(y.cost), len(y.p99), len(y.dead))
	every := func(v float64) measure.Estimate {
		values := make([]float64, n)
		for i := range values {
			values[i] = v
		}
		return measure.EstimateOf(values)
	}
	if y.dead == nil {
		y.dead = make([]float64, n)
	}
	s := &Summary{
		Scenario: Scenario{Name: "test", Digest: name + y.digest},
		Run:      Run{Replications: n, DurationSeconds: 100},
		Paths: map[string]PathSummary{y.path: {
			Latency: map[string]measure.Estimate{"p99": measure.EstimateOf(y.p99)}, Rate: every(y.rate), FewSamples: y.few,
		}},
		Senders: map[string]LedgerSummary{"producers.p": {
			Sent: every(10_000), DeadLettered: map[string]measure.Estimate{"error": measure.EstimateOf(y.dead)},
		}},
		Cost: CostSummary{MonthUSD: measure.EstimateOf(y.cost)},
	}
	return Contender{Name: name, Summary: s}
}

func compared(designs ...Contender) *Comparison {
	replications := make([]int, designs[0].Summary.Run.Replications)
	for i := range replications {
		replications[i] = i
	}
	return Compare(Build{}, replications, designs)
}

func (c *Comparison) figure(t *testing.T, metric string) *Contrast {
	t.Helper()
	for i := range c.Figures {
		if c.Figures[i].Metric == metric && c.Figures[i].Kind != ObjectiveKind {
			return &c.Figures[i]
		}
	}
	t.Fatalf("there is no figure %s", metric)
	return nil
}

// With six designs that are equal but for luck, common and of their own, no more than 5 % of the families may find a
// difference: at most 70 of 1,000 with 99.8 % probability. Without the correction, a fifth of the comparisons with the
// baseline, and a third of all pairs, would.
func TestAFamilyOfEqualDesignsIsRightTogether(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const families, k, n = 1000, 6, 6
	fromBaseline, inRanking, uncorrected := 0, 0, 0
	for range families {
		costs := make([][]float64, k)
		for range n {
			common := r.NormFloat64()
			for d := range costs {
				costs[d] = append(costs[d], 100+common+r.NormFloat64())
			}
		}
		var designs []Contender
		for d, cost := range costs {
			designs = append(designs, contender(fmt.Sprint(d), yields{cost: cost}))
		}
		comparer := &comparer{designs: designs, Comparison: &Comparison{}}
		comparer.Method.Replications = make([]int, n)
		comparer.Method.Differences, comparer.Method.Ranking = familyOf(k-1, 0.95), familyOf(k*(k-1)/2, 0.95)
		comparer.add(Contrast{Kind: CostKind, Metric: CostMetric, Better: "lower"}, make([]string, k))
		found, ranked, naive := false, false, false
		for i, d := range comparer.Figures[0].Others {
			found = found || d.Certain
			e := measure.DifferenceOf(costs[0], costs[i+1])
			naive = naive || e.Low > 0 || e.High < 0
		}
		for _, rank := range comparer.Figures[0].Ranking {
			ranked = ranked || rank.Rank != RankWith
		}
		for count, is := range map[*int]bool{&fromBaseline: found, &inRanking: ranked, &uncorrected: naive} {
			if is {
				*count++
			}
		}
	}
	if fromBaseline > 70 || inRanking > 70 {
		t.Errorf("%d families find a difference from the baseline and %d among all", fromBaseline, inRanking)
	}
	if uncorrected < 120 {
		t.Errorf("without correction %d families do: the test tells nothing", uncorrected)
	}
}

func TestWhatIsCertainIsRanked(t *testing.T) {
	costs := func(mean float64) []float64 { return []float64{mean, mean + 1, mean + 2, mean + 1.5, mean + 0.5} }
	near := costs(50)
	near[0] += 0.3
	near[1] -= 0.2
	c := compared(contender("dear", yields{cost: costs(100)}), contender("cheap", yields{cost: costs(50)}),
		contender("near", yields{cost: near}))
	f := c.figure(t, CostMetric)
	var ranks []string
	for _, r := range f.Ranking {
		ranks = append(ranks, r.Rank)
	}
	if got := strings.Join(ranks, ", "); got != "worse, not distinguishable, not distinguishable" {
		t.Errorf("the ranks are %s", got)
	}
	d := f.Others[0]
	if d.Verdict != VerdictBetter || !d.Certain || d.Difference.Value != -50 || math.Abs(*d.Relative+50.0/101) > 1e-12 {
		t.Errorf("cheap differs by %+v", d)
	}
	if text := c.Verdicts[0].Text("dear"); !strings.Contains(text, "better than dear: cost a month −49.5 %") {
		t.Errorf("the verdict is %q", text)
	}
	if e := c.Method; e.Differences.Interval != 0.975 || math.Abs(e.Ranking.Interval-(1-0.05/3)) > 1e-12 {
		t.Errorf("the confidences are %+v", e)
	}
}

// What seems better is not certain when the messages that would be slow are missing, or too few lie beyond.
func TestALatencyWithoutItsSlowMessagesIsNotCertain(t *testing.T) {
	slow, fast := []float64{2, 2.1, 2.2, 1.9}, []float64{1, 1.1, 1, 0.9}
	for _, c := range []struct {
		name      string
		base, now yields
		verdict   string
		certain   bool
		doubt     string
	}{
		{"all", yields{p99: slow, rate: 100}, yields{p99: fast, rate: 100}, VerdictBetter, true, ""},
		{"lacks the slow", yields{p99: slow, rate: 100}, yields{p99: fast, rate: 97}, VerdictBetter, false, "3 %"},
		{"even so worse", yields{p99: fast, rate: 100}, yields{p99: slow, rate: 97}, VerdictWorse, true, ""},
		{"the baseline lacks them", yields{p99: fast, rate: 97}, yields{p99: slow, rate: 100}, VerdictWorse, false, "3 %"},
		{
			"few", yields{p99: slow, rate: 100}, yields{p99: fast, rate: 100, few: []string{"p99"}}, VerdictBetter, false,
			"fewer than ten",
		},
		{
			"some have none", yields{p99: slow, rate: 100}, yields{p99: []float64{1, 1.1, math.NaN(), 0.9}, rate: 100},
			VerdictBetter, false, "only 3 of 4",
		},
		{
			"none has any", yields{p99: slow, rate: 100},
			yields{p99: []float64{math.NaN(), math.NaN(), math.NaN(), math.NaN()}}, VerdictUnknown, false, "nothing",
		},
	} {
		d := compared(contender("base", c.base), contender("now", c.now)).figure(t, "latency.p99").Others[0]
		if d.Verdict != c.verdict || d.Certain != c.certain || !strings.Contains(d.Doubt, c.doubt) ||
			c.certain != (d.Doubt == "") {
			t.Errorf("%s: %+v", c.name, d)
		}
	}
}

// The same count more in each of a few replications has an interval without width, and is not certain for it.
func TestAFewEqualCountsAreNotCertain(t *testing.T) {
	for n, certain := range map[int]bool{3: false, 5: false, 6: true} {
		dead := make([]float64, n)
		for i := range dead {
			dead[i] = 1
		}
		c := compared(contender("base", yields{dead: make([]float64, n)}), contender("now", yields{dead: dead}))
		d := c.figure(t, "dead_lettered").Others[0]
		if d.Verdict != VerdictWorse || d.Certain != certain || d.Relative != nil {
			t.Errorf("of %d: %+v", n, d)
		}
	}
}

// A design that seems much worse in a figure, though that is not certain, is not called better for another.
func TestADesignThatMayBeMuchWorseIsNotCalledBetter(t *testing.T) {
	cheap := []float64{50, 51, 52, 49}
	c := compared(contender("base", yields{cost: []float64{100, 101, 102, 99}, p99: []float64{1, 1.1, 1, 0.9}, rate: 100}),
		contender("now", yields{cost: cheap, p99: []float64{1, 9, 1, 0.9}, rate: 100}))
	if v := c.Verdicts[0]; v.Verdict != VerdictOpen || len(v.Better) != 1 || len(v.Open) != 1 {
		t.Errorf("the verdict is %+v", v)
	}
}

func TestPathsAreMatchedByNameAndByOrigin(t *testing.T) {
	with := func(paths ...string) *Summary {
		s := &Summary{Paths: map[string]PathSummary{}}
		for _, p := range paths {
			s.Paths[p] = PathSummary{}
		}
		return s
	}
	for _, c := range []struct {
		a, b *Summary
		want string
	}{
		{with("p -> f", "p -> g"), with("p -> f", "p -> h"), "map[p -> f:p -> f] []"},
		{with("p -> f", "q -> f"), with("p -> g", "q -> g"), "map[p -> f:p -> g q -> f:q -> g] [p -> f q -> f]"},
		{with("p -> f"), with("q -> g"), "map[p -> f:q -> g] [p -> f]"},
		{with("p -> f"), with("p -> g", "p -> h"), "map[] []"},
		{with("p -> f", "p -> g"), with("p -> h"), "map[] []"},
		{with("p -> f", "q -> g"), with("q -> h"), "map[q -> g:q -> h] [q -> g]"},
	} {
		matched, otherwise := matchPaths(c.a, c.b)
		if got := fmt.Sprint(matched, otherwise); got != c.want {
			t.Errorf("matched are %s, want %s", got, c.want)
		}
	}
}

// An objective that one of them meets is told with both verdicts; one on a path of another name is found.
func TestObjectivesAreCompared(t *testing.T) {
	limit := 1.5
	judged := func(name, path string, p99 []float64, met bool) Contender {
		c := contender(name, yields{p99: p99, rate: 100, path: path})
		c.Summary.Objectives = []Objective{{
			Text: "latency.p99 of " + path + " below 1.5s", Unit: "s", Metric: "latency.p99", Of: path, Below: &limit,
			Observed: measure.EstimateOf(p99), Met: met, Certain: true,
		}}
		return c
	}
	c := compared(judged("base", "producers.p -> fleets.f", []float64{2, 2.1, 2.2}, false),
		judged("now", "producers.p -> functions.f", []float64{1, 1.1, 1.2}, true))
	f := c.Figures[0]
	if f.Kind != ObjectiveKind || len(f.Others) != 1 || f.Others[0].Verdict != VerdictBetter || !f.Others[0].Certain {
		t.Errorf("the objective is compared as %+v", f)
	}
	if text := c.Verdicts[0].Text("base"); !strings.Contains(text, "meets latency.p99") {
		t.Errorf("the verdict is %q", text)
	}
	var text bytes.Buffer
	if err := c.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"BETTER  now", ", missed", ", met", "functions.f of now: they are the only ones"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the text lacks %q:\n%s", want, text.String())
		}
	}
}

// An objective of a run that ended early is neither met nor missed: the comparison says so, as the run does.
func TestAnObjectiveThatIsNotDecidedIsNotMissed(t *testing.T) {
	limit := 10.0
	judged := func(name string, undecided string) Contender {
		p99 := []float64{1, 1.1, 1.2}
		c := contender(name, yields{p99: p99, rate: 100})
		c.Summary.Objectives = []Objective{{
			Text: "latency.p99 below 10s", Unit: "s", Metric: "latency.p99", Below: &limit,
			Observed: measure.EstimateOf(p99), Met: undecided == "", Certain: undecided == "", Undecided: undecided,
		}}
		return c
	}
	const early = "not decided: the run ended early"
	for _, c := range [][2]string{{early, early}, {early, ""}, {"", early}} {
		compared := compared(judged("base", c[0]), judged("two", c[1]))
		d := compared.Figures[0].Others[0]
		var text bytes.Buffer
		if err := compared.WriteText(&text); err != nil {
			t.Fatal(err)
		}
		if d.Verdict != VerdictUnknown || d.Certain || d.Doubt != early || strings.Contains(text.String(), "missed") ||
			!strings.Contains(text.String(), "below 10s (not decided)") || !strings.Contains(text.String(), ", undecided") {
			t.Errorf("%q: %+v\n%s", c, d, text.String())
		}
	}
}

// A count that was 0 in each replication may be up to ln(2/α)/n: of two designs, each verdict at 97.5 %, in four
// replications up to 1.1. Below 1.05 it is certain at 95 % alone, and not of both together.
func TestVerdictsOnCountsHoldTogether(t *testing.T) {
	limit := 1.05
	judged := func(name string) Contender {
		c := contender(name, yields{p99: []float64{1, 1, 1, 1}, rate: 100})
		c.Summary.Objectives = []Objective{{
			Text: "dead_lettered below 1.05", Unit: "messages", Metric: "dead_lettered", Below: &limit,
			Observed: measure.EstimateOf([]float64{0, 0, 0, 0}), Met: true, Certain: true,
		}}
		return c
	}
	f := compared(judged("base"), judged("now")).Figures[0]
	if f.Kind != ObjectiveKind || f.Others[0].Certain {
		t.Errorf("the objective is compared as %+v", f)
	}
}

// Another load, and another profile, are told.
func TestWhatElseDiffersIsNoted(t *testing.T) {
	base, now := contender("base", yields{cost: []float64{1, 2}}), contender("now", yields{cost: []float64{3, 4}})
	base.Summary.Ledger.Sent = measure.EstimateOf([]float64{100, 100})
	now.Summary.Ledger.Sent = measure.EstimateOf([]float64{120, 120})
	now.Summary.Scenario.Profile = "ideal"
	notes := strings.Join(compared(base, now).Notes, "; ")
	if !strings.Contains(notes, "120.0 % messages") || !strings.Contains(notes, "now has profile ideal") {
		t.Errorf("the notes are %s", notes)
	}
	if notes := compared(base, base).Notes; len(notes) > 0 {
		t.Errorf("of the same designs it notes %s", notes)
	}
}

// Figures of the whole design are over all senders and consumers, and none counts twice.
func TestFiguresOfTheWholeDesignAreFound(t *testing.T) {
	two := func(a, b float64) measure.Estimate { return measure.EstimateOf([]float64{a, b}) }
	figures := func(v measure.Estimate) ComponentSummary {
		return ComponentSummary{Metrics: map[string]measure.Estimate{"duplicates": v}}
	}
	s := &Summary{
		Run: Run{Replications: 2},
		Senders: map[string]LedgerSummary{
			"producers.p": {Lost: two(1, 2), DeadLettered: map[string]measure.Estimate{"error": two(1, 1), "crash": two(0, 4)}},
			"topics.t":    {Lost: two(10, 20)},
		},
		Components: map[string]ComponentSummary{
			"fleets.f": figures(two(3, 5)), "functions.g": figures(two(1, 1)), "faults.x": figures(two(100, 100)),
		},
	}
	for metric, want := range map[string][]float64{
		"lost": {11, 22}, "dead_lettered": {1, 5}, "duplicates": {4, 6}, "expired": {0, 0},
	} {
		e, unit := s.Find(metric, "")
		if fmt.Sprint(e.Values) != fmt.Sprint(want) || unit != "messages" || !(e.Low <= e.Value) {
			t.Errorf("%s is %+v %s, want %v", metric, e, unit, want)
		}
	}
	if e, _ := s.Find("duplicates", "fleets.f"); e.Value != 4 {
		t.Errorf("of the fleet it is %v", e)
	}
	if e, _ := s.Find("nothing", ""); !math.IsNaN(e.Value) {
		t.Errorf("what there is not is %v", e)
	}
	data, err := json.Marshal(s)
	var read Summary
	if err != nil || json.Unmarshal(data, &read) != nil {
		t.Fatal(err)
	}
	if e, _ := read.Find("lost", ""); e.Value != 16.5 || !math.IsNaN(e.Low) {
		t.Errorf("of a summary that was read it is %+v", e)
	}
}

func TestAComparisonIsReadAsItWasWritten(t *testing.T) {
	c := compared(contender("base", yields{cost: []float64{1, 2}}), contender("now", yields{cost: []float64{3, 4}}))
	var first, second bytes.Buffer
	if err := c.WriteJSON(&first); err != nil {
		t.Fatal(err)
	}
	var read Comparison
	if err := json.Unmarshal(first.Bytes(), &read); err != nil {
		t.Fatal(err)
	}
	if err := read.WriteJSON(&second); err != nil || first.String() != second.String() {
		t.Errorf("%v: %s is read as %s", err, first.String(), second.String())
	}
}
