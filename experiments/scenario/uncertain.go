package scenario

import (
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

// Uncertain is what is known of a setting whose value is not: where it lies, and how it is spread.
type Uncertain struct {
	// The least it may be.
	From Value `yaml:"from" required:"true"`
	// The most it may be, in the same unit.
	To Value `yaml:"to" required:"true"`
	// How it is spread between them. Where from and to are whole numbers, so is what is drawn.
	Shape Shape `yaml:"shape" default:"uniform"`
}

// Shape is how a value that is not known is spread between two bounds.
type Shape string

// The shapes.
const (
	Uniform    Shape = "uniform"
	LogUniform Shape = "log_uniform" // each factor as likely: for what is known by its order of magnitude
	Triangular Shape = "triangular"  // the middle is likeliest
)

// Values lists the shapes, for the decoder and the schema.
func (Shape) Values() []string {
	return []string{string(Uniform), string(LogUniform), string(Triangular)}
}

// Validate returns what is wrong with the bounds.
func (u *Uncertain) Validate() []spec.Problem {
	switch {
	case u.From.Unit != u.To.Unit:
		return []spec.Problem{{Field: "to", Text: "must have the unit of from, " + u.From.Text}}
	case u.From.Text == "none" || u.To.Text == "none" || math.IsInf(u.To.In-u.From.In, 0):
		return []spec.Problem{{Text: "needs two bounds with a finite distance"}}
	case !(u.From.In < u.To.In):
		return []spec.Problem{{Field: "to", Text: "must be more than from, " + u.From.Text}}
	case u.Shape == LogUniform && u.From.In <= 0:
		return []spec.Problem{{Field: "from", Text: "must be above 0 for a log_uniform shape"}}
	}
	return nil
}

// draw returns a value, as it is written in a scenario.
func (u *Uncertain) draw(r *sim.Rand) string {
	low, high := u.From.In, u.To.In
	x := r.Float64()
	switch u.Shape {
	case LogUniform:
		x = random.Exp(random.Log(low) + float64(x*random.Log(high/low)))
	case Triangular: // the mean of two uniform ones
		x = low + float64((high-low)*(x+r.Float64())/2)
	default:
		if u.whole() { // each whole number as likely
			return strconv.FormatFloat(math.Floor(low+float64((high-low+1)*x)), 'f', -1, 64)
		}
		x = low + float64((high-low)*x)
	}
	return u.text(x)
}

// digits is how many digits a drawn value is written with: fewer than processors may differ in.
const digits = 9

// text writes a value in the unit of the bounds.
func (u *Uncertain) text(x float64) string { return written(x, u.From.Unit, u.whole()) }

// written returns a value of a unit as it is written in a scenario.
func written(x float64, unit Unit, whole bool) string {
	if whole {
		return strconv.FormatFloat(math.Round(x), 'f', -1, 64)
	}
	number := func(x float64) string { return strconv.FormatFloat(x, 'g', digits, 64) }
	switch unit {
	case Seconds:
		return spec.Duration(math.Round(x * float64(sim.Second))).String()
	case Bytes:
		return strconv.FormatFloat(math.Round(x), 'f', -1, 64) + "B"
	case PerSecond:
		return number(x) + "/s"
	case Part:
		return number(x*100) + "%"
	}
	return number(x)
}

// whole reports whether the value is a whole number: both bounds are, and bare.
func (u *Uncertain) whole() bool { return areWhole(u.From, u.To) }

func areWhole(values ...Value) bool {
	for _, v := range values {
		if v.Unit != Bare || strings.ContainsAny(v.Text, ".eE") || v.In != math.Trunc(v.In) {
			return false
		}
	}
	return true
}

// checkUncertainty checks that each setting leads somewhere and that its bounds can stand there.
func (d *Document) checkUncertainty(decoder *spec.Decoder) {
	budget := checkMax
	for _, s := range d.settings {
		if other := d.uncertainAt(s.path); other != "" {
			decoder.Fail(s.value, strings.Join(s.path, "."), "%s is uncertain: what is drawn for it would take the place of this value",
				other)
		}
	}
	for _, path := range slices.Sorted(maps.Keys(d.Uncertainty)) {
		u, at := d.Uncertainty[path], "uncertainty["+path+"]"
		node := spec.Child(spec.Child(d.root, "uncertainty"), path)
		for _, bound := range []string{u.From.Text, u.To.Text} {
			value := &yaml.Node{Kind: yaml.ScalarNode, Value: bound, Line: node.Line, Column: node.Column}
			s := Setting{d.language.splitPath(path), value, path + "=" + bound, "uncertainty"}
			if !d.checkValue(decoder, s, at, &budget) {
				break
			}
		}
	}
}

// Draw returns the settings that a group of replications draws for what is uncertain.
func (d *Document) Draw(group int) (settings []Setting, err error) {
	for _, path := range slices.Sorted(maps.Keys(d.Uncertainty)) {
		s, err := d.Setting(path + "=" + d.Uncertainty[path].draw(sim.NewRand(d.Run.Seed, group, "uncertainty/"+path)))
		if err != nil {
			return nil, err
		}
		settings = append(settings, s)
	}
	return settings, nil
}
