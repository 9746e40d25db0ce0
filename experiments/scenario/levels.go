package scenario

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"weir/models/spec"
	"weir/sim"
	"weir/sim/random"
)

// Levels are the values that a setting is tried with: a list, or a range.
type Levels struct {
	// The values of a list.
	Values []*yaml.Node `yaml:"values"`
	// The first value of a range.
	From *Value `yaml:"from"`
	// Its last value, in the same unit.
	To *Value `yaml:"to"`
	// How many values it has, both ends among them; each whole number, or ten unless set.
	Steps *int `yaml:"steps" min:"2" max:"100000"`
	// Whether the values lie at equal distances or at equal ratios.
	Scale Scale `yaml:"scale" default:"linear"`
}

// Shorthand says that a list stands for its values.
func (Levels) Shorthand() string { return "values" }

// Scale is how the values of a range lie.
type Scale string

// The scales.
const (
	Linear Scale = "linear"
	Log    Scale = "log"
)

// Values lists the scales, for the decoder and the schema.
func (Scale) Values() []string { return []string{string(Linear), string(Log)} }

// Sample is points of a sweep that are chosen at random.
type Sample struct {
	// How many: a Latin hypercube, in which each setting's range is cut into as many parts and each part is tried once.
	Points int `yaml:"points" required:"true" min:"1" max:"100000"`
}

// Validate returns what is wrong with the levels.
func (l *Levels) Validate() []spec.Problem {
	problem := func(field, format string, args ...any) []spec.Problem {
		return []spec.Problem{{Field: field, Text: fmt.Sprintf(format, args...)}}
	}
	switch {
	case l.Values != nil && (l.From != nil || l.To != nil || l.Steps != nil):
		return problem("values", "are a list: write them, or from and to, not both")
	case l.Values != nil && len(l.Values) == 0:
		return problem("", "needs at least one value to try")
	case l.Values != nil:
		return nil
	case l.From == nil || l.To == nil:
		return problem("", "needs a list of values, or from and to, as in {from: 1, to: 10}")
	case l.From.Unit != l.To.Unit:
		return problem("to", "must have the unit of from, %s", l.From.Text)
	case l.From.Text == "none" || l.To.Text == "none" || math.IsInf(l.To.In-l.From.In, 0):
		return problem("", "needs two ends with a finite distance")
	case !(l.From.In < l.To.In):
		return problem("to", "must be more than from, %s", l.From.Text)
	case l.Scale == Log && l.From.In <= 0:
		return problem("from", "must be above 0 for a log scale")
	}
	return nil
}

// Of the values of a range that does not say how many it has.
const (
	stepsUnset = 10
	wholesMost = 100_000
)

// texts returns the values in their order, as they are written. A range of whole numbers that does not say how many
// has each of them.
func (l *Levels) texts() (texts []string) {
	if l.Values != nil {
		for _, value := range l.Values {
			texts = append(texts, flow(value))
		}
		return texts
	}
	steps := stepsUnset
	if n := l.To.In - l.From.In + 1; areWhole(*l.From, *l.To) && l.Scale == Linear {
		steps = int(min(n, wholesMost))
	}
	if l.Steps != nil {
		steps = *l.Steps
	}
	for i := range steps {
		text := l.at(float64(i)/float64(steps-1), steps)
		if i == 0 || texts[len(texts)-1] != text { // whole numbers may fall together
			texts = append(texts, text)
		}
	}
	return texts
}

// at returns the value of a range at a share of the way from its beginning to its end, one of so many.
func (l *Levels) at(share float64, of int) string {
	low, high := l.From.In, l.To.In
	switch {
	case share <= 0:
		return l.From.Text
	case share >= 1:
		return l.To.Text
	case l.Scale == Log:
		ratio := random.Log(high / low)
		x := random.Exp(random.Log(low) + float64(share*ratio))
		return l.text(x, float64(x*ratio)/float64(of))
	}
	return l.text(low+float64((high-low)*share), (high-low)/float64(of))
}

// Digits of a value between the ends of a range: few enough to read, and enough to tell it from its neighbours.
const (
	digitsLeast = 3
	digitsMost  = 15
)

// text writes a value between the ends of the range whose neighbours are so far away: to three digits, or as many as
// place it to a tenth of that. What has a unit that cannot be parted, such as a size, is in whole units of the
// beginning.
func (l *Levels) text(x, neighbour float64) string {
	if l.From.Unit == Bytes {
		var unit spec.Size
		if at := strings.IndexFunc(l.From.Text, func(r rune) bool { return r >= 'A' }); at < 0 ||
			unit.UnmarshalText([]byte("1"+l.From.Text[at:])) != nil {
			unit = 1
		}
		return spec.Size(math.Round(x/float64(unit)) * float64(unit)).String()
	}
	if areWhole(*l.From, *l.To) {
		return written(x, l.From.Unit, true)
	}
	places := digitsLeast
	for limit := math.Abs(x) / neighbour; places < digitsMost && math.Pow(10, float64(places-2)) < limit; {
		places++
	}
	if l.From.Unit == Seconds {
		return shortDuration(x, places)
	}
	x, _ = strconv.ParseFloat(strconv.FormatFloat(x, 'g', places, 64), 64)
	return written(x, l.From.Unit, false)
}

// shortDuration writes a length of time in one unit, as in 8.41ms, to so many digits, or to the nanosecond.
func shortDuration(seconds float64, places int) string {
	unit, factor := "ns", 1e-9
	for _, u := range []struct {
		from   float64
		name   string
		factor float64
	}{{1e-6, "us", 1e-6}, {1e-3, "ms", 1e-3}, {1, "s", 1}, {120, "m", 60}, {7200, "h", 3600}, {172800, "d", 86400}} {
		if seconds >= u.from {
			unit, factor = u.name, u.factor
		}
	}
	x, _ := strconv.ParseFloat(strconv.FormatFloat(seconds/factor, 'g', places, 64), 64)
	return strconv.FormatFloat(x, 'f', -1, 64) + unit
}

// Factor is a setting that is varied, and the values that it takes.
type Factor struct {
	Path   string
	Values []Setting

	levels *Levels
	by     string // what gave it, for errors
}

// At returns the setting at a share of the factor's range, from 0 to 1, one of so many points: of a list one of its
// values.
func (d *Document) At(f *Factor, share float64, points int) (Setting, error) {
	if f.levels.Values != nil {
		return f.Values[min(int(share*float64(len(f.Values))), len(f.Values)-1)], nil
	}
	text := f.levels.at(share, 100*points)      // drawn values may lie far closer than the parts are wide
	if areWhole(*f.levels.From, *f.levels.To) { // each as likely
		low, high := f.levels.From.In, f.levels.To.In
		text = strconv.FormatFloat(min(math.Floor(low+float64((high-low+1)*share)), high), 'f', -1, 64)
	}
	return d.language.parse(d.source, f.Path+"="+text, f.by)
}

// Numbers returns the factor's values as numbers of one unit, and false when they are no numbers or have several units.
func (f *Factor) Numbers() (unit Unit, ok bool) {
	for i, s := range f.Values {
		v, number := s.Number()
		if !number || i > 0 && v.Unit != unit {
			return "", false
		}
		unit = v.Unit
	}
	return unit, true
}

// Number returns the value of a setting as a number, and false when it is none.
func (s Setting) Number() (Value, bool) {
	var v Value
	_, text := s.Split()
	if v.UnmarshalText([]byte(strings.TrimSpace(text))) != nil || v.Text == "none" {
		return v, false
	}
	return v, true
}

// sweepFactors returns the factors of the file's sweep, by path.
func (d *Document) sweepFactors() (factors []Factor) {
	for _, path := range slices.Sorted(maps.Keys(d.Sweep)) {
		levels := d.Sweep[path]
		f := Factor{Path: path, levels: levels, by: "sweep"}
		if levels.Values != nil {
			for _, value := range levels.Values {
				f.Values = append(f.Values, Setting{d.language.splitPath(path), value, path + "=" + flow(value), f.by})
			}
		} else {
			node := spec.Child(spec.Child(d.root, "sweep"), path)
			for _, text := range levels.texts() {
				value := &yaml.Node{Kind: yaml.ScalarNode, Value: text, Line: node.Line, Column: node.Column}
				f.Values = append(f.Values, Setting{d.language.splitPath(path), value, path + "=" + text, f.by})
			}
		}
		factors = append(factors, f)
	}
	return factors
}

// Vary reads a factor that is written path=values: a list as in 10,20,40, or a range as in 2..10, 10ms..1s:log or
// 1..100:log:7, with the number of values. It checks that each value can stand there. The error is a spec.Errors.
func (d *Document) Vary(text string) (Factor, error) {
	const flag = "--vary"
	f := Factor{by: flag}
	path, values, found := strings.Cut(text, "=")
	f.Path, values = strings.TrimSpace(path), strings.TrimSpace(values)
	fail := func(format string, args ...any) (Factor, error) {
		return f, spec.Errors{{File: flag + " " + text, Text: fmt.Sprintf(format, args...)}}
	}
	if !found || f.Path == "" || values == "" {
		return fail("write path=values, for example %s fleets.workers.instances=2..10, =10,20,40 or =10ms..1s:log:8", flag)
	}
	levels, problem := parseLevels(values)
	if problem != "" {
		return fail("%s", problem)
	}
	f.levels = levels
	texts := levels.texts()
	for _, value := range texts {
		s, err := d.language.parse(d.source, f.Path+"="+value, flag)
		if err != nil {
			return f, err
		}
		f.Values = append(f.Values, s)
	}
	if len(f.Values) > valuesMax {
		return fail("there are %d values: at most %d; say how many with :STEPS", len(f.Values), valuesMax)
	}
	scratch := &spec.Decoder{Source: d.source.Fork()}
	budget := checkMax
	for _, s := range f.Values {
		if !d.checkValue(scratch, s, f.Path, &budget) || len(scratch.Errors) > 0 {
			break // the other values would fail in the same way
		}
	}
	for _, e := range scratch.Errors {
		e.File, e.Line, e.Column = flag+" "+text, 0, 0
	}
	return f, scratch.Errors.Sorted()
}

// parseLevels reads what stands behind the path of a factor.
func parseLevels(text string) (*Levels, string) {
	from, rest, isRange := strings.Cut(text, "..")
	if !isRange {
		l := &Levels{}
		for _, value := range splitList(text) {
			if value = strings.TrimSpace(value); value == "" {
				return nil, "there is an empty value in the list"
			}
			l.Values = append(l.Values, &yaml.Node{Kind: yaml.ScalarNode, Value: value})
		}
		return l, ""
	}
	parts := strings.Split(rest, ":")
	l := &Levels{From: new(Value), To: new(Value), Scale: Linear}
	for i, end := range []string{from, parts[0]} {
		if err := []*Value{l.From, l.To}[i].UnmarshalText([]byte(strings.TrimSpace(end))); err != nil {
			return nil, err.Error()
		}
	}
	for _, part := range parts[1:] {
		switch n, err := strconv.Atoi(part); {
		case slices.Contains(Scale("").Values(), part):
			l.Scale = Scale(part)
		case err == nil && n >= 2 && n <= wholesMost:
			l.Steps = &n
		default:
			return nil, fmt.Sprintf("%s is neither linear nor log nor a number of values from 2 to %d", spec.Quote(part),
				wholesMost)
		}
	}
	for _, p := range l.Validate() {
		return nil, strings.TrimPrefix(p.Field+" "+p.Text, " ")
	}
	return l, ""
}

// splitList parts a list at the commas that stand in no brackets.
func splitList(text string) (parts []string) {
	depth, from := 0, 0
	for i, r := range text {
		switch r {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case ',':
			if depth == 0 {
				parts, from = append(parts, text[from:i]), i+1
			}
		}
	}
	return append(parts, text[from:])
}

// Hypercube returns the settings of so many points of the factors, a Latin hypercube: of each factor each part of its
// range is tried once (McKay, Beckman and Conover, Technometrics 21(2), 1979). They follow from the seed.
func (d *Document) Hypercube(factors []Factor, points int) ([][]Setting, error) {
	all := make([][]Setting, points)
	for i := range factors {
		f := &factors[i]
		r := sim.NewRand(d.Run.Seed, 0, "sweep/"+f.Path)
		order := make([]int, points)
		for k := range order {
			order[k] = k
		}
		for k := points - 1; k > 0; k-- {
			other := int(r.Float64() * float64(k+1))
			order[k], order[other] = order[other], order[k]
		}
		for k := range all {
			s, err := d.At(f, (float64(order[k])+r.Float64())/float64(points), points)
			if err != nil {
				return nil, err
			}
			all[k] = append(all[k], s)
		}
	}
	return all, nil
}

// Log reports whether the factor's values lie at equal ratios.
func (f *Factor) Log() bool { return f.levels.Values == nil && f.levels.Scale == Log }
