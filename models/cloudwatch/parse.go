package cloudwatch

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"weir/models/spec"
)

// mathMax is the longest expression (CloudWatch API reference, MetricDataQuery: Expression).
const mathMax = 2048

// Math is an expression that has been read.
type Math struct {
	text  string
	root  node
	names []string
}

// mathParser reads an expression token by token; the present one is empty at the end.
type mathParser struct {
	math  *Math
	rest  string
	token string
}

// levels are the operators, those that bind least first.
var levels = [][]string{{"OR"}, {"AND"}, {"==", "!=", "<=", ">=", "<", ">"}, {"+", "-"}, {"*", "/"}}

// words are other ways to write operators.
var words = map[string]string{"||": "OR", "&&": "AND"}

func (p *mathParser) next() error {
	p.rest = strings.TrimLeft(p.rest, " \t\r\n")
	n := 0
	for n < len(p.rest) && isWord(p.rest[n]) {
		n++
	}
	switch {
	case n > 0 || p.rest == "":
	case len(p.rest) > 1 && slices.Contains([]string{"==", "!=", "<=", ">=", "||", "&&"}, p.rest[:2]):
		n = 2
	case strings.IndexByte("+-*/<>()[],", p.rest[0]) >= 0:
		n = 1
	default:
		return fmt.Errorf("%s cannot stand in an expression", spec.Quote(p.rest))
	}
	p.token, p.rest = p.rest[:n], p.rest[n:]
	if word := words[p.token]; word != "" {
		p.token = word
	}
	return nil
}

func isWord(c byte) bool {
	return c == '_' || c == '.' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func (p *mathParser) wrong() error {
	if p.token == "" {
		return fmt.Errorf("the expression ends too early: write for example m1 / m2")
	}
	return fmt.Errorf("%s cannot stand there: write for example m1 / m2, or FILL(m1, 0) + m2", spec.Quote(p.token))
}

// level reads operators of one level and those that bind more.
func (p *mathParser) level(i, depth int) (node, error) {
	if i == len(levels) {
		return p.unary(depth)
	}
	left, err := p.level(i+1, depth)
	for n := depth; err == nil && slices.Contains(levels[i], p.token); n++ {
		if n >= depthMax {
			return left, fmt.Errorf("has more than %d parts", depthMax)
		}
		op := p.token
		if err = p.next(); err != nil {
			return left, err
		}
		var right node
		right, err = p.level(i+1, depth)
		left = node{op: op, of: []node{left, right}}
	}
	return left, err
}

func (p *mathParser) unary(depth int) (node, error) {
	switch {
	case depth >= depthMax:
		return node{}, fmt.Errorf("is nested deeper than %d", depthMax)
	case p.token == "-":
		if err := p.next(); err != nil {
			return node{}, err
		}
		inner, err := p.unary(depth + 1)
		return node{op: negate, of: []node{inner}}, err
	case p.token == "(":
		all, err := p.list(")", depth)
		if err == nil && len(all) != 1 {
			err = fmt.Errorf("a list stands in brackets: write for example MAX([m1, m2])")
		}
		if err != nil {
			return node{}, err
		}
		return all[0], nil
	case p.token != "" && isWord(p.token[0]):
		return p.word(depth)
	}
	return node{}, p.wrong()
}

// list reads what stands between the present token and the closing one, divided by commas.
func (p *mathParser) list(closing string, depth int) (all []node, err error) {
	for {
		if err := p.next(); err != nil {
			return nil, err
		}
		var n node
		if p.token == "[" {
			n.op = opList
			n.of, err = p.list("]", depth+1)
		} else {
			n, err = p.level(0, depth+1)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, n)
		if p.token == "," {
			continue
		}
		if p.token != closing {
			return nil, p.wrong()
		}
		return all, p.next()
	}
}

// word reads a number, a metric or a function.
func (p *mathParser) word(depth int) (node, error) {
	word := p.token
	if c := word[0]; c == '.' || c >= '0' && c <= '9' {
		v, err := strconv.ParseFloat(word, 64)
		if err != nil || strings.ContainsAny(word, "_xXpP") {
			return node{}, fmt.Errorf("%s is no number", spec.Quote(word))
		}
		return node{op: opNumber, number: v}, p.next()
	}
	if err := p.next(); err != nil {
		return node{}, err
	}
	if c := word[0]; c >= 'a' && c <= 'z' {
		i := slices.Index(p.math.names, word)
		if i < 0 {
			i = len(p.math.names)
			p.math.names = append(p.math.names, word)
		}
		return node{op: opName, input: i}, nil
	}
	if word == opRepeat {
		return node{op: opRepeat}, nil
	}
	if p.token != "(" {
		return node{}, fmt.Errorf("%s is no metric and no function: names of metrics begin with a small letter, and there are "+
			"the functions %s", spec.Quote(word), functionNames)
	}
	args, err := p.list(")", depth)
	if err != nil {
		return node{}, err
	}
	return function(word, args)
}

// function returns a call of a function, or says what is wrong with it.
func function(word string, args []node) (node, error) {
	n := node{op: word, of: args}
	need := func(ok bool, form string) (node, error) {
		if !ok {
			return n, fmt.Errorf("%s is called as in %s", word, form)
		}
		return n, nil
	}
	switch word {
	case "FILL":
		return need(len(args) == 2, "FILL(m1, 0) or FILL(m1, REPEAT)")
	case "IF":
		return need(len(args) == 2 || len(args) == 3, "IF(m1 > 10, m1, 0)")
	case "ABS", "CEIL", "FLOOR", "DIFF", "RATE", "PERIOD":
		return need(len(args) == 1, word+"(m1)")
	case "MAX", "MIN", "SUM", "AVG":
		return need(len(args) == 1, word+"([m1, m2])")
	}
	return n, fmt.Errorf("there is no function %s%s here; there are %s", spec.Quote(word),
		spec.DidYouMean(word, strings.Split(functionNames, ", ")), functionNames)
}

// differencesMax is how many differences of differences there can be: each asks twice for the one below.
const differencesMax = 8

// misplaced returns a list that no function of lists has, or a REPEAT that fills nothing, or one in what another fills:
// each looks at all datapoints that there are.
func (n *node) misplaced() string {
	switch {
	case n.repeats() && n.of[0].anyRepeats():
		return opRepeat + " in what another fills"
	case n.differences() > differencesMax:
		return fmt.Sprintf("a difference of more than %d others", differencesMax)
	}
	gathers := slices.Contains([]string{"MAX", "MIN", "SUM", "AVG"}, n.op)
	for i := range n.of {
		part := &n.of[i]
		switch {
		case part.op == opRepeat && (n.op != "FILL" || i != 1):
			return opRepeat
		case part.op == opList && !gathers:
			return "a list"
		case part.op != opList && gathers:
			return "what is no list"
		}
		if wrong := part.misplaced(); wrong != "" {
			return wrong
		}
	}
	return ""
}

// repeats reports whether a part fills in what is missing by the last datapoint before.
func (n *node) repeats() bool { return n.op == "FILL" && len(n.of) == 2 && n.of[1].op == opRepeat }

// anyRepeats reports whether a part does so, or one of its own.
func (n *node) anyRepeats() bool {
	return n.repeats() || slices.ContainsFunc(n.of, func(part node) bool { return part.anyRepeats() })
}

// differences returns how many differences stand in one another.
func (n *node) differences() (deepest int) {
	for i := range n.of {
		deepest = max(deepest, n.of[i].differences())
	}
	if n.op == "DIFF" || n.op == "RATE" {
		deepest++
	}
	return deepest
}
