package lint

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"weir/experiments"
	"weir/experiments/library"
	"weir/results"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares a text with a file.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got == string(want) {
		return
	}
	g, w := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range max(len(g), len(w)) {
		switch {
		case i >= len(g):
			t.Fatalf("%s:%d: missing: %s", file, i+1, w[i])
		case i >= len(w) || g[i] != w[i]:
			t.Fatalf("%s:%d: got %s", file, i+1, g[i])
		}
	}
}

// scenarioOf reads the scenario of a rule.
func scenarioOf(t *testing.T, id string) (*experiments.Design, string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "rules", id+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	d, err := experiments.New(id+".yaml", data, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return d, string(data)
}

// places writes where the findings of a rule are.
func places(l *results.Lint) string {
	var all []string
	for _, f := range l.Findings {
		all = append(all, fmt.Sprintf("%s %d:%d %s", f.Severity, f.Line, f.Column, f.Path))
	}
	return strings.Join(all, "; ")
}

// Each rule has a scenario in which it finds one thing, at the place that the first line of the file names, and a
// variant of it, which is good. The fix mends what was found, and its figures are those that a run has.
func TestEachRuleFindsWhatIsBadAndIsSilentWhereItIsGood(t *testing.T) {
	for _, id := range IDs() {
		t.Run(id, func(t *testing.T) {
			d, text := scenarioOf(t, id)
			only := Selection{Only: []string{id}}
			found := Check(d, only)
			if len(found.Findings) != 1 {
				t.Fatalf("%d findings: %s", len(found.Findings), places(found))
			}
			_, rest, _ := strings.Cut(text, "\n")
			golden(t, filepath.Join("testdata", "rules", id+".yaml"), "# want "+places(found)+"\n"+rest)
			good, err := d.With("good")
			if err != nil {
				t.Fatal(err)
			}
			if found := Check(good, only); len(found.Findings) > 0 {
				t.Errorf("the good variant: %s: %s", places(found), found.Findings[0].Text)
			}
			mended(t, d, id)
		})
	}
}

// mended checks the fix of a rule's finding.
func mended(t *testing.T, d *experiments.Design, id string) {
	t.Helper()
	for _, f := range find(d, Selection{Only: []string{id}}) {
		fixed := d
		if f.fix != nil {
			var err error
			if fixed, err = d.Set(f.fix...); err != nil {
				t.Fatalf("the fix is wrong: %s", err)
			}
			if again := Check(fixed, Selection{Only: []string{id}}); len(again.Findings) > 0 {
				t.Errorf("the fix %v leaves %s: %s", f.fix, places(again), again.Findings[0].Text)
			}
		}
		for _, figure := range f.figures {
			_, before := d.FigureUnit(figure.metric, figure.of)
			_, after := fixed.FigureUnit(figure.metric, figure.of)
			if before != nil && after != nil {
				t.Error(before)
			}
		}
	}
}

// Nothing but rules has a scenario.
func TestEachScenarioIsOfARule(t *testing.T) {
	files, err := filepath.Glob("testdata/rules/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if id := strings.TrimSuffix(filepath.Base(file), ".yaml"); !slices.Contains(IDs(), id) {
			t.Errorf("%s is of no rule", file)
		}
	}
}

var (
	idPattern   = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)+$`)
	datePattern = regexp.MustCompile(`^20\d\d(-(0[1-9]|1[0-2]))?$`)
)

func TestEachRuleSaysWhatWhyAndWhere(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Rules() {
		switch {
		case !idPattern.MatchString(r.ID) || seen[r.ID]:
			t.Errorf("%s is no name of a rule, or stands twice", r.ID)
		case r.Title == "" || r.Source == "" || !datePattern.MatchString(r.Date) || r.check == nil:
			t.Errorf("%s lacks something", r.ID)
		case !slices.Contains(results.Severities, r.Severity):
			t.Errorf("%s has no severity", r.ID)
		case !strings.HasSuffix(r.Reason, "."):
			t.Errorf("the reason of %s is no sentence", r.ID)
		}
		seen[r.ID] = true
	}
	if len(seen) < 30 {
		t.Errorf("there are %d rules", len(seen))
	}
}

// What the rules find in the shipped questions, base and variants, is what the questions are about, or an advice that
// is right. A finding that is new here has to be looked at.
func TestTheFindingsInTheLibrary(t *testing.T) {
	var out bytes.Buffer
	for _, name := range library.Names() {
		text, folder, err := library.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		base, err := experiments.New(name, text, nil, folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, variant := range append([]string{""}, base.Document.VariantNames()...) {
			d := base
			if variant != "" {
				if d, err = base.With(variant); err != nil {
					t.Fatal(err)
				}
			}
			for _, f := range Check(d, Selection{}).Findings {
				fmt.Fprintf(&out, "%s %s %d:%d %s %s\n", strings.Trim(name+"/"+variant, "/"), f.Severity, f.Line, f.Column, f.Path,
					f.ID)
			}
		}
	}
	golden(t, "testdata/library.golden", out.String())
}

func TestTheReferencePageIsThatOfTheTable(t *testing.T) {
	var page bytes.Buffer
	if err := List().WriteMarkdown(&page); err != nil {
		t.Fatal(err)
	}
	golden(t, "README.md", page.String())
}

func TestASelectionOfRules(t *testing.T) {
	err := Selection{Only: []string{"short-poling"}}.Check()
	if err == nil || !strings.Contains(err.Error(), "short-polling") {
		t.Errorf("a wrong name: %v", err)
	}
	d, _ := scenarioOf(t, "short-polling")
	if n := len(Check(d, Selection{Ignore: []string{"short-polling"}}).Findings); n != 1 { // no-dead-letter-queue
		t.Errorf("%d findings", n)
	}
	if l := Check(d, Selection{Only: []string{"short-polling"}}); l.Rules != 1 || !l.Grave() {
		t.Errorf("%d rules, grave %v", l.Rules, l.Grave())
	}
}

// Other profiles have other limits, or none: a rule then says nothing wrong, and does not fail.
func TestEachRuleLooksAtEachProfile(t *testing.T) {
	for _, id := range IDs() {
		d, _ := scenarioOf(t, id)
		for _, profile := range []string{"ideal", "aws-2021"} {
			other, err := d.Set("profile=" + profile)
			if err != nil {
				continue // there was no such thing then
			}
			for _, f := range Check(other, Selection{}).Findings {
				if strings.Contains(f.Text, "NaN") || strings.Contains(f.Text, "Inf") || strings.Contains(f.Text, "%!") {
					t.Errorf("%s, %s: %s", id, profile, f.Text)
				}
			}
		}
	}
}

// What bounds a function is told by the setting that the file has: its reserved concurrency, or the maximum concurrency
// of the mapping. Twenty at once with 0.1 s each bear 200 messages a second, of 300.
func TestTheSettingThatBoundsAFunctionIsNamed(t *testing.T) {
	for settings, want := range map[string]string{
		"reserved_concurrency: 20, event_sources: [{from: queues.q, batch_size: 1}]": "functions.f.reserved_concurrency: " +
			"functions.f.reserved_concurrency=40",
		"event_sources: [{from: queues.q, batch_size: 1, maximum_concurrency: 20}]": "functions.f.event_sources[0]." +
			"maximum_concurrency: functions.f.event_sources[0].maximum_concurrency=40",
	} {
		d, err := experiments.New("test.yaml", []byte(`
name: bounded
profile: ideal
producers: {p: {to: queues.q, arrivals: {poisson: 300/s}}}
queues: {q: {}}
functions: {f: {work: 100ms, `+settings+`}}
`), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		l := Check(d, Selection{Only: []string{"consumer-below-load"}})
		if len(l.Findings) != 1 {
			t.Fatalf("%s: %d findings", settings, len(l.Findings))
		}
		if got := l.Findings[0].Path + ": " + strings.Join(l.Findings[0].Fix, " "); got != want {
			t.Errorf("found %s, want %s", got, want)
		}
	}
}
