package cloudwatch

import (
	"fmt"
	"math"
	"strings"

	"weir/models/spec"
	"weir/sim"
)

// Input is a series that an expression names.
type Input struct {
	Name   string // such as m1
	Source Source
}

// Expression is metric math: a series that is computed from others, datapoint by datapoint.
type Expression struct {
	math   *Math
	inputs []Source // in the order of the expression's names
	period sim.Duration
	kept   int
}

// NewExpression returns the series of an expression of others. They must have the same period: "each metric must be
// using the same period" (CloudWatch user guide, AlarmThatSendsEmail.md).
func (b *Board) NewExpression(m *Math, inputs ...Input) (*Expression, error) {
	e := &Expression{math: m, kept: 1}
	for _, name := range m.names {
		found := false
		for _, in := range inputs {
			if in.Name != name {
				continue
			}
			found = true
			if e.period == 0 {
				e.period = in.Source.Period()
			}
			if in.Source.Period() != e.period {
				return nil, fmt.Errorf("%s has a period of %v, and %s one of %v: the metrics of an expression have the same period",
					m.names[0], e.period, name, in.Source.Period())
			}
			e.inputs = append(e.inputs, in.Source)
		}
		if !found {
			return nil, fmt.Errorf("the expression names %s, which is none of its metrics", spec.Quote(name))
		}
	}
	return e, nil
}

// Period returns the length of time that a datapoint is about.
func (e *Expression) Period() sim.Duration { return e.period }

// Metrics returns how many metrics the expression is of.
func (e *Expression) Metrics() (n int) {
	for _, in := range e.inputs {
		n += in.Metrics()
	}
	return n
}

// Keep makes the expression remember so many datapoints.
func (e *Expression) Keep(datapoints int) {
	e.kept = max(e.kept, datapoints)
	for _, in := range e.inputs {
		in.Keep(datapoints + 1) // for DIFF and RATE
	}
}

// Possible returns how many periods have been of which all metrics could be read by now.
func (e *Expression) Possible() int {
	n := math.MaxInt
	for _, in := range e.inputs {
		n = min(n, in.Possible())
	}
	return n
}

// At returns the k-th newest datapoint, or false when it is missing.
func (e *Expression) At(k int) (float64, bool) {
	v := e.math.root.at(e, k)
	return v.v, v.ok && accepted(v.v)
}

// source returns a datapoint of an input. Those before the ones kept are missing.
func (e *Expression) source(i, k int) (float64, bool) {
	if k > e.oldest() {
		return math.NaN(), false
	}
	return e.inputs[i].At(k)
}

func (e *Expression) oldest() int { return e.kept }

func (e *Expression) seconds() float64 { return e.period.Seconds() }

// series is what the parts of an expression read.
type series interface {
	source(i, k int) (float64, bool)
	oldest() int      // the number of the oldest datapoint that source can have
	seconds() float64 // of a period
}

// value is one datapoint of a part of an expression. A number is there at each instant.
type value struct {
	v      float64
	ok     bool
	number bool
}

// node is a part of an expression.
type node struct {
	op     string // a number, a name, an operator or a function
	number float64
	input  int
	of     []node
}

const (
	opNumber = "number"
	opName   = "name"
	opList   = "list"
	opRepeat = "REPEAT"
	negate   = "negate"
)

// at returns the k-th newest datapoint of a part.
func (n *node) at(s series, k int) value {
	switch n.op {
	case opNumber:
		return value{n.number, true, true}
	case opRepeat, opList:
		return value{} // they stand in functions alone
	case opName:
		v, ok := s.source(n.input, k)
		return value{v, ok, false}
	case negate:
		v := n.of[0].at(s, k)
		v.v = -v.v
		return v
	case "PERIOD":
		return value{s.seconds(), true, true}
	case "FILL":
		return n.fill(s, k)
	case "IF":
		return n.choose(s, k)
	case "DIFF", "RATE":
		now, before := n.of[0].at(s, k), n.of[0].at(s, k+1)
		if !now.ok || !before.ok {
			return value{}
		}
		if now.v -= before.v; n.op == "RATE" {
			now.v /= s.seconds()
		}
		return now
	case "ABS", "CEIL", "FLOOR":
		v := n.of[0].at(s, k)
		return n.round(v)
	case "MAX", "MIN", "SUM", "AVG":
		return n.gather(s, k)
	}
	return combine(n.op, n.of[0].at(s, k), n.of[1].at(s, k))
}

// round is ABS, CEIL or FLOOR.
func (n *node) round(v value) value {
	switch n.op {
	case "ABS":
		v.v = math.Abs(v.v)
	case "CEIL":
		v.v = math.Ceil(v.v)
	default:
		v.v = math.Floor(v.v)
	}
	return v
}

// fill fills in what is missing, by a number, by another series, or by the last datapoint before (REPEAT) of those that
// are looked at.
func (n *node) fill(s series, k int) value {
	v := n.of[0].at(s, k)
	if v.ok {
		return v
	}
	if n.of[1].op != opRepeat {
		v = n.of[1].at(s, k)
		v.number = false
		return v
	}
	for back := k + 1; back <= s.oldest(); back++ {
		if v := n.of[0].at(s, back); v.ok {
			return v
		}
	}
	return value{}
}

// choose is IF(condition, then, else). Without else there is no datapoint where the condition is false.
func (n *node) choose(s series, k int) value {
	condition := n.of[0].at(s, k)
	var chosen value
	switch {
	case !condition.ok:
		return value{}
	case condition.v != 0:
		chosen = n.of[1].at(s, k)
	case len(n.of) == 3:
		chosen = n.of[2].at(s, k)
	}
	chosen.number = false
	return chosen
}

// gather is a function of a list of series at one instant. Missing values of SUM and AVG count as 0.
func (n *node) gather(s series, k int) value {
	list := n.of[0].of
	var out value
	there := 0
	for i := range list {
		v := list[i].at(s, k)
		if !v.ok {
			continue
		}
		switch there++; {
		case !out.ok:
			out = value{v: v.v, ok: true}
		case n.op == "MAX":
			out.v = max(out.v, v.v)
		case n.op == "MIN":
			out.v = min(out.v, v.v)
		default:
			out.v += v.v
		}
	}
	if n.op == "AVG" {
		out.v /= float64(len(list))
	}
	return out
}

// combine applies an operator. AWS: "Missing values in a time series are treated as 0. If the value of a data point
// causes a function to attempt to divide by zero, the data point is dropped" (CloudWatch user guide,
// using-metric-math.md). There is a datapoint where one of the series has one.
func combine(op string, a, b value) value {
	out := value{ok: true, number: a.number && b.number}
	if !(a.ok && !a.number) && !(b.ok && !b.number) && !out.number {
		return value{}
	}
	x, y := a.v, b.v
	if !a.ok {
		x = 0
	}
	if !b.ok {
		y = 0
	}
	truth := func(is bool) float64 {
		if is {
			return 1
		}
		return 0
	}
	switch op {
	case "+":
		out.v = x + y
	case "-":
		out.v = x - y
	case "*":
		out.v = float64(x * y)
	case "/":
		if y == 0 {
			return value{}
		}
		out.v = x / y
	case "<":
		out.v = truth(x < y)
	case ">":
		out.v = truth(x > y)
	case "<=":
		out.v = truth(x <= y)
	case ">=":
		out.v = truth(x >= y)
	case "==":
		out.v = truth(x == y)
	case "!=":
		out.v = truth(x != y)
	case "AND":
		out.v = truth(x != 0 && y != 0)
	case "OR":
		out.v = truth(x != 0 || y != 0)
	}
	return out
}

// String returns the expression as it was written.
func (m *Math) String() string { return m.text }

// Names returns the metrics that the expression names, in their order.
func (m *Math) Names() []string { return m.names }

// UnmarshalText reads an expression.
func (m *Math) UnmarshalText(text []byte) error {
	*m = Math{text: string(text)}
	if len(text) > mathMax {
		return fmt.Errorf("is longer than %d letters", mathMax)
	}
	p := mathParser{math: m, rest: string(text)}
	if err := p.next(); err != nil {
		return err
	}
	root, err := p.level(0, 0)
	if err == nil && p.token != "" {
		err = p.wrong()
	}
	if err == nil && len(m.names) == 0 {
		err = fmt.Errorf("names no metric: write for example m1 / m2")
	}
	whole := node{of: []node{root}}
	if wrong := whole.misplaced(); err == nil && wrong != "" {
		err = fmt.Errorf("%s cannot stand there: write for example FILL(m1, REPEAT), or MAX([m1, m2])", wrong)
	}
	m.root = root
	return err
}

// MarshalText returns the expression as it was written.
func (m Math) MarshalText() ([]byte, error) { return []byte(m.text), nil }

// Schema returns the schema of an expression.
func (Math) Schema() spec.Schema { return spec.Schema{"type": "string"} }

// functionNames are what an expression can call.
var functionNames = strings.Join([]string{
	"FILL", "IF", "MAX", "MIN", "SUM", "AVG", "ABS", "CEIL", "FLOOR", "DIFF", "RATE", "PERIOD",
}, ", ")
