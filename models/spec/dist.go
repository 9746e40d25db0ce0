package spec

import (
	"encoding"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"weir/sim/random"
)

// measured is a quantity that a distribution can be of; its base unit is what the number counts.
type measured interface {
	Duration | Size | Number
	encoding.TextMarshaler
}

// Durations is a distribution of lengths of time. A bare length is a constant.
type Durations struct{ Of[Duration] }

// UnmarshalText reads a constant length of time.
func (d *Durations) UnmarshalText(text []byte) error { return constantOf(&d.Of, text) }

// Sizes is a distribution of sizes. A bare size is a constant.
type Sizes struct{ Of[Size] }

// UnmarshalText reads a constant size.
func (d *Sizes) UnmarshalText(text []byte) error { return constantOf(&d.Of, text) }

// Numbers is a distribution of numbers. A bare number is a constant.
type Numbers struct{ Of[Number] }

// UnmarshalText reads a constant number.
func (d *Numbers) UnmarshalText(text []byte) error { return constantOf(&d.Of, text) }

func constantOf[T measured](d *Of[T], text []byte) error {
	var v T
	if err := any(&v).(encoding.TextUnmarshaler).UnmarshalText(text); err != nil {
		return err
	}
	if string(text) == unlimited {
		return errUnlimited
	}
	*d = Of[T]{Constant: &v}
	return nil
}

// Of is a distribution of a quantity: exactly one of its fields is set.
type Of[T measured] struct {
	// Always the same value.
	Constant *T `yaml:"constant"`
	// Uniform between low and high.
	Uniform *Bounds[T] `yaml:"uniform"`
	// Exponential with the given mean.
	Exponential *Mean[T] `yaml:"exponential"`
	// Normal, cut off at low and high; at 0 unless low is set.
	Normal *Normal[T] `yaml:"normal"`
	// Lognormal, by mean and coefficient of variation or by median and 99th percentile.
	Lognormal *Lognormal[T] `yaml:"lognormal"`
	// Gamma, by mean and coefficient of variation.
	Gamma *MeanCV[T] `yaml:"gamma"`
	// The sum of k exponential stages with the given mean in all.
	Erlang *Erlang[T] `yaml:"erlang"`
	// A mixture of two exponentials with balanced means, by mean and squared coefficient of variation.
	Hyperexponential *Hyperexponential[T] `yaml:"hyperexponential"`
	// Weibull.
	Weibull *ShapeScale[T] `yaml:"weibull"`
	// Pareto, from scale on.
	Pareto *ShapeScale[T] `yaml:"pareto"`
	// Pareto between low and high.
	BoundedPareto *ShapeBounds[T] `yaml:"bounded_pareto"`
	// Recorded values, each by its weight.
	Empirical *Empirical[T] `yaml:"empirical"`
	// One of several distributions, by weight.
	Mixture []Weighted[T] `yaml:"mixture"`
	// Another distribution plus a constant.
	Shifted *Shifted[T] `yaml:"shifted"`
}

// OneOf marks that exactly one field is set.
func (Of[T]) OneOf() {}

// Bounds is a range.
type Bounds[T measured] struct {
	// The least value.
	Low T `yaml:"low" required:"true"`
	// The greatest value.
	High T `yaml:"high" required:"true"`
}

// Mean is the parameter of a distribution that has no other. A bare value is the mean.
type Mean[T measured] struct {
	// The mean.
	Mean T `yaml:"mean" required:"true"`
}

// UnmarshalText reads the mean.
func (m *Mean[T]) UnmarshalText(text []byte) error {
	if string(text) == unlimited {
		return errUnlimited
	}
	return any(&m.Mean).(encoding.TextUnmarshaler).UnmarshalText(text)
}

// Normal is the parameters of a normal distribution.
type Normal[T measured] struct {
	// The mean, before the ends are cut off.
	Mean T `yaml:"mean" required:"true"`
	// The standard deviation, before the ends are cut off.
	SD T `yaml:"sd" required:"true"`
	// The least value; 0 unless set.
	Low *T `yaml:"low"`
	// The greatest value; without limit unless set.
	High *T `yaml:"high"`
}

// Lognormal is the parameters of a lognormal distribution: mean and cv, or p50 and p99.
type Lognormal[T measured] struct {
	// The mean; goes with cv.
	Mean *T `yaml:"mean"`
	// The coefficient of variation: the standard deviation over the mean.
	CV *Number `yaml:"cv"`
	// The median; goes with p99.
	P50 *T `yaml:"p50"`
	// The 99th percentile.
	P99 *T `yaml:"p99"`
}

// MeanCV is a mean and a coefficient of variation.
type MeanCV[T measured] struct {
	// The mean.
	Mean T `yaml:"mean" required:"true"`
	// The coefficient of variation: the standard deviation over the mean.
	CV Number `yaml:"cv" required:"true"`
}

// Erlang is the parameters of an Erlang distribution.
type Erlang[T measured] struct {
	// The number of stages.
	K int `yaml:"k" required:"true" min:"1" max:"1000000"`
	// The mean of their sum.
	Mean T `yaml:"mean" required:"true"`
}

// Hyperexponential is the parameters of a hyperexponential distribution.
type Hyperexponential[T measured] struct {
	// The mean.
	Mean T `yaml:"mean" required:"true"`
	// The squared coefficient of variation, above 1: the variance over the squared mean.
	SCV Number `yaml:"scv" required:"true"`
}

// ShapeScale is a shape and a scale.
type ShapeScale[T measured] struct {
	// The shape; the smaller, the heavier the tail.
	Shape Number `yaml:"shape" required:"true"`
	// The scale; of a Pareto distribution, the least value.
	Scale T `yaml:"scale" required:"true"`
}

// ShapeBounds is a shape and a range.
type ShapeBounds[T measured] struct {
	// The shape; the smaller, the heavier the tail.
	Shape Number `yaml:"shape" required:"true"`
	// The least value.
	Low T `yaml:"low" required:"true"`
	// The greatest value.
	High T `yaml:"high" required:"true"`
}

// Weighted is one distribution of a mixture.
type Weighted[T measured] struct {
	// How often the distribution is chosen, over the sum of all weights.
	Weight Number `yaml:"weight" required:"true"`
	// The distribution.
	Of Of[T] `yaml:"of" required:"true"`
}

// Shifted is a distribution moved by a constant.
type Shifted[T measured] struct {
	// The constant.
	By T `yaml:"by" required:"true"`
	// The distribution.
	Of Of[T] `yaml:"of" required:"true"`
}

// UnmarshalText reads a constant.
func (d *Of[T]) UnmarshalText(text []byte) error { return constantOf(d, text) }

// Dist returns the distribution, in nanoseconds, bytes or bare numbers. The decoder has checked it: it panics if the
// parameters are out of range.
func (d *Of[T]) Dist() random.Dist {
	dist, problems := d.build()
	if len(problems) > 0 {
		panic("spec: " + problems[0].Field + " " + problems[0].Text)
	}
	return dist
}

// Validate returns what is wrong with the parameters.
func (d *Of[T]) Validate() []Problem {
	dist, problems := d.build()
	if len(problems) > 0 {
		return problems
	}
	if middle := dist.Quantile(0.5); math.IsNaN(middle) || math.IsInf(middle, 0) {
		return []Problem{{"", "the parameters are too extreme to calculate with"}}
	}
	return nil
}

func (d *Of[T]) build() (random.Dist, []Problem) {
	switch {
	case d.Constant != nil:
		return wrap[T]("constant")(random.NewConstant(float64(*d.Constant)))
	case d.Uniform != nil:
		return wrap[T]("uniform")(random.NewUniform(float64(d.Uniform.Low), float64(d.Uniform.High)))
	case d.Exponential != nil:
		return wrap[T]("exponential")(random.NewExponential(float64(d.Exponential.Mean)))
	case d.Normal != nil:
		low, high := 0.0, math.Inf(1)
		if d.Normal.Low != nil {
			low = float64(*d.Normal.Low)
		}
		if d.Normal.High != nil {
			high = float64(*d.Normal.High)
		}
		return wrap[T]("normal")(random.NewNormal(float64(d.Normal.Mean), float64(d.Normal.SD), low, high))
	case d.Lognormal != nil:
		return d.Lognormal.build()
	case d.Gamma != nil:
		return wrap[T]("gamma")(random.NewGamma(float64(d.Gamma.Mean), float64(d.Gamma.CV)))
	case d.Erlang != nil:
		return wrap[T]("erlang")(random.NewErlang(d.Erlang.K, float64(d.Erlang.Mean)))
	case d.Hyperexponential != nil:
		h := d.Hyperexponential
		return wrap[T]("hyperexponential")(random.NewHyperexponential(float64(h.Mean), float64(h.SCV)))
	case d.Weibull != nil:
		return wrap[T]("weibull")(random.NewWeibull(float64(d.Weibull.Shape), float64(d.Weibull.Scale)))
	case d.Pareto != nil:
		return wrap[T]("pareto")(random.NewPareto(float64(d.Pareto.Shape), float64(d.Pareto.Scale)))
	case d.BoundedPareto != nil:
		b := d.BoundedPareto
		return wrap[T]("bounded_pareto")(random.NewBoundedPareto(float64(b.Shape), float64(b.Low), float64(b.High)))
	case d.Empirical != nil:
		values, weights := d.Empirical.recorded()
		return wrap[T]("empirical")(random.NewEmpirical(floats(values), floats(weights)))
	case d.Mixture != nil:
		return d.mixture()
	case d.Shifted != nil:
		of, problems := d.Shifted.Of.build()
		if problems != nil {
			return nil, below("shifted.of", problems)
		}
		return wrap[T]("shifted")(random.NewShifted(float64(d.Shifted.By), of))
	}
	return random.Constant{}, nil
}

func (l *Lognormal[T]) build() (random.Dist, []Problem) {
	switch {
	case l.Mean != nil && l.CV != nil && l.P50 == nil && l.P99 == nil:
		return wrap[T]("lognormal")(random.NewLognormal(float64(*l.Mean), float64(*l.CV)))
	case l.P50 != nil && l.P99 != nil && l.Mean == nil && l.CV == nil:
		return wrap[T]("lognormal")(random.NewLognormalFromQuantiles(float64(*l.P50), float64(*l.P99)))
	}
	return nil, []Problem{{"lognormal", "needs mean and cv, or p50 and p99, and nothing else"}}
}

func (d *Of[T]) mixture() (random.Dist, []Problem) {
	var weights []float64
	var of []random.Dist
	for i := range d.Mixture {
		dist, problems := d.Mixture[i].Of.build()
		if problems != nil {
			return nil, below(fmt.Sprintf("mixture.%d.of", i), problems)
		}
		weights = append(weights, float64(d.Mixture[i].Weight))
		of = append(of, dist)
	}
	mixture, problems := wrap[T]("mixture")(random.NewMixture(weights, of))
	for i := range problems { // they are about the weights, which stand in the items
		problems[i] = Problem{"mixture", "the weights " + problems[i].Text}
	}
	if len(of) == 0 {
		problems = []Problem{{"mixture", "needs at least one distribution with its weight"}}
	}
	return mixture, problems
}

func below(field string, problems []Problem) []Problem {
	for i := range problems {
		problems[i].Field = field + "." + problems[i].Field
	}
	return problems
}

func floats[T ~float64 | ~int64](values []T) []float64 {
	if values == nil {
		return nil
	}
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = float64(v)
	}
	return out
}

// wrap turns the result of a constructor into a distribution or a problem of the field.
func wrap[T measured](field string) func(random.Dist, error) (random.Dist, []Problem) {
	return func(d random.Dist, err error) (random.Dist, []Problem) {
		if err == nil {
			return d, nil
		}
		parameter, ok := errors.AsType[*random.ParameterError](err)
		if !ok {
			return nil, []Problem{{field, err.Error()}}
		}
		text := parameter.Problem
		if slices.Contains(quantities, parameter.Field) {
			text = withUnit[T](text)
		}
		if parameter.Field == field {
			return nil, []Problem{{field, text}}
		}
		return nil, []Problem{{field + "." + parameter.Field, text}}
	}
}

// quantities are the parameters that are of the distribution's own kind, not bare numbers.
var quantities = []string{"constant", "low", "high", "mean", "sd", "p50", "p99", "scale", "by", "values"}

// withUnit writes the number at the end of a text with the unit of T.
func withUnit[T measured](text string) string {
	head, last := text, ""
	if i := strings.LastIndexByte(text, ' '); i >= 0 {
		head, last = text[:i+1], text[i+1:]
	}
	number, ok := parseFloat(last)
	if !ok || math.Abs(number) > longest {
		return text
	}
	written, err := T(number).MarshalText()
	if err != nil {
		return text
	}
	return head + string(written)
}
