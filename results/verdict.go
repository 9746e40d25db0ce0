package results

import (
	"fmt"
	"slices"
	"strings"

	"weir/sim/measure"
)

// Text tells the verdict in a sentence, of which the design is the subject.
func (v *DesignVerdict) Text(baseline string) string {
	text := map[string]string{
		VerdictBetter: "is better than " + baseline, VerdictWorse: "is worse than " + baseline,
		VerdictTrade: "is a trade against " + baseline, VerdictEqual: "equals " + baseline,
		VerdictOpen: "cannot be judged against " + baseline,
	}[v.Verdict]
	meets, better := objectivesFirst(v.Better, "meets ")
	misses, worse := objectivesFirst(v.Worse, "misses ")
	var parts []string
	list := func(before string, names []string, after string) {
		if len(names) > 0 {
			parts = append(parts, before+strings.Join(names, ", ")+after)
		}
	}
	list("meets ", meets, ", which "+baseline+" misses")
	list("misses ", misses, ", which "+baseline+" meets")
	if v.Verdict == VerdictTrade || v.Verdict == VerdictOpen {
		list("better ", better, "")
		list("worse ", worse, "")
	} else {
		list("", slices.Concat(better, worse), "")
	}
	if len(parts) > 0 {
		text += ": " + strings.Join(parts, "; ")
	}
	if len(v.Open) > 0 {
		text += "; not certain: " + strings.Join(v.Open, ", ")
	}
	return text
}

// objectivesFirst parts what is said of objectives, without the word that it begins with, from what is said of figures.
func objectivesFirst(texts []string, word string) (objectives, figures []string) {
	for _, text := range texts {
		if of, ok := strings.CutPrefix(text, word); ok {
			objectives = append(objectives, of)
		} else {
			figures = append(figures, text)
		}
	}
	return objectives, figures
}

// standing is how a design stands by its objectives, each by its text.
type standing struct {
	number                  int // of the design
	met, missed             []string
	unsure, seemsMissed     []string // met, and missed, by the mean; the interval does not settle it
	undecided               []string
	all                     int
	seemsToMeet, meets, may bool // all of them
}

// standings judges each design by its objectives. The verdicts on all designs hold together with the confidence of the
// method.
func (c *comparer) standings() (all []standing) {
	each := familyOf(len(c.designs), c.Method.Confidence).Interval
	for i, d := range c.designs {
		s := standing{number: i, all: len(d.Summary.Objectives)}
		for k := range d.Summary.Objectives {
			o := &d.Summary.Objectives[k]
			list := &s.missed
			switch certain := o.certainAt(each); {
			case o.Undecided != "":
				list = &s.undecided
			case o.Met && certain:
				list = &s.met
			case o.Met:
				list = &s.unsure
			case !certain:
				list = &s.seemsMissed
			}
			*list = append(*list, shortObjective(o, d.Summary.Objectives))
		}
		s.meets = len(s.met) == s.all && s.all > 0
		s.seemsToMeet = len(s.met)+len(s.unsure) == s.all && s.all > 0
		s.may = len(s.missed) == 0 && s.all > 0
		all = append(all, s)
	}
	return all
}

// shortObjective is the text of an objective without what it is of, where no other reads the same then.
func shortObjective(o *Objective, all []Objective) string {
	without := func(o *Objective) string { return strings.Replace(o.Text, " of "+o.Of, "", 1) }
	short := without(o)
	for i := range all {
		if p := &all[i]; p.Text != o.Text && without(p) == short {
			return o.Text
		}
	}
	return short
}

// overall says which designs meet all of their objectives: what a comparison is made for.
func (c *comparer) overall() {
	all := c.standings()
	objectives, asked := 0, 0
	for _, s := range all {
		objectives = max(objectives, s.all)
		if s.all > 0 {
			asked++
		}
	}
	if objectives == 0 {
		return
	}
	wanted := "the objective"
	if objectives > 1 {
		wanted = fmt.Sprintf("all %d objectives", objectives)
		if objectives == 2 {
			wanted = "both objectives"
		}
	}
	var good, open []standing
	for _, s := range all {
		switch {
		case s.seemsToMeet:
			good = append(good, s)
		case s.may:
			open = append(open, s)
		}
	}
	say := func(format string, args ...any) { c.Overall = append(c.Overall, fmt.Sprintf(format, args...)) }
	switch {
	case len(good) == 0 && len(open) > 0:
		say("No design is known to meet %s.", wanted)
	case len(good) == 0:
		say("None of the %d designs meets %s.", asked, wanted)
	case len(good) == 1:
		say("Only %s meets %s%s%s.", c.designs[good[0].number].Name, wanted, c.forMoney(good[0].number), unsureText(good))
	case len(good) == asked:
		say("All %d designs meet %s%s; %s.", asked, wanted, unsureText(good), c.cheapestOf(good))
	default:
		say("%s meet %s%s; %s.", strings.Join(c.names(good), " and "), wanted, unsureText(good), c.cheapestOf(good))
	}
	for _, s := range all {
		if text := s.lacks(); text != "" {
			say("%s %s.", c.designs[s.number].Name, text)
		}
	}
}

func (c *comparer) names(all []standing) (names []string) {
	for _, s := range all {
		names = append(names, c.designs[s.number].Name)
	}
	return names
}

// unsureText says of which of the objectives it is not certain that they are met.
func unsureText(good []standing) string {
	unsure := 0
	for _, s := range good {
		if !s.meets {
			unsure++
		}
	}
	switch {
	case unsure == 0:
		return ""
	case unsure == len(good):
		return ", which is not certain"
	}
	return ", which is not certain of each"
}

// lacks says what of its objectives a design misses, or may miss, or nothing.
func (s *standing) lacks() string {
	var parts []string
	list := func(word string, texts []string) {
		if len(texts) > 0 {
			parts = append(parts, word+strings.Join(texts, ", "))
		}
	}
	list("misses ", s.missed)
	list("seems to miss, not certainly, ", s.seemsMissed)
	list("seems to meet, not certainly, ", s.unsure)
	list("has not decided: ", s.undecided)
	return strings.Join(parts, "; ")
}

// forMoney says how much more a design costs a month than the baseline, or nothing of the baseline itself.
func (c *comparer) forMoney(design int) string {
	if design == 0 {
		return ""
	}
	for i := range c.Figures {
		f := &c.Figures[i]
		if d := &f.Others[design-1]; f.Kind == CostKind && d.Difference.N > 0 {
			text := ", for " + SignedInterval(d.Difference, USD) + " a month against " + c.Baseline
			if d.Difference.Value == 0 {
				text = ", for as much a month as " + c.Baseline
			}
			if c.designs[design].Summary.Cost.Unpriced+c.designs[0].Summary.Cost.Unpriced > 0 {
				text += " (bills with lines without a price)"
			} else if d.Doubt != "" {
				text += " (not certain)"
			}
			return text
		}
	}
	return ""
}

// cheapestOf says which of some designs costs least a month, and whether that is certain.
func (c *comparer) cheapestOf(good []standing) string {
	cost := func(s standing) measure.Estimate { return c.designs[s.number].Summary.Cost.MonthUSD }
	unpriced := false
	for _, s := range good {
		unpriced = unpriced || c.designs[s.number].Summary.Cost.Unpriced > 0
	}
	if unpriced {
		return "which is the cheapest is not known: bills have lines without a price"
	}
	best := slices.MinFunc(good, func(a, b standing) int {
		switch x, y := cost(a).Value, cost(b).Value; {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	certain, alike := true, true
	for _, s := range good {
		if s.number == best.number {
			continue
		}
		alike = alike && cost(s).Value == cost(best).Value
		if a, b := cost(best).Values, cost(s).Values; len(a) != len(b) ||
			!(measure.DifferenceAt(c.Method.Ranking.Interval, a, b).Low > 0) {
			certain = false
		}
	}
	if alike {
		return "they cost the same, " + USD(cost(best).Value) + " a month"
	}
	name := c.designs[best.number].Name
	text := "the cheapest of them is " + name
	if !certain {
		text = "the cheapest of them seems to be " + name + ", not certainly"
	}
	if best.number == 0 {
		return text + ", at " + Interval(cost(best), USD) + " a month"
	}
	return text + c.forMoney(best.number)
}

// Warned is a warning, and the designs that have it.
type Warned struct{ Designs, Text string }

// Warned returns the warnings of all designs, each once.
func (c *Comparison) Warned() (all []Warned) {
	by := map[string][]string{}
	var order []string
	for _, d := range c.Designs {
		for _, text := range d.Warnings {
			if by[text] == nil {
				order = append(order, text)
			}
			by[text] = append(by[text], d.Name)
		}
	}
	for _, text := range order {
		names := strings.Join(by[text], ", ")
		if len(by[text]) == len(c.Designs) {
			names = "all designs"
		}
		all = append(all, Warned{names, text})
	}
	return all
}
