package cloudwatch

import (
	"fmt"
	"strings"

	"weir/models/spec"
	"weir/sim"
)

// ruleMax is the longest rule of a composite alarm (CloudWatch API reference, PutCompositeAlarm: AlarmRule).
const ruleMax = 10240

// depthMax bounds how deep a rule or an expression is nested.
const depthMax = 100

// Rule is the rule of a composite alarm, such as ALARM("backlog") AND NOT OK("errors").
type Rule struct {
	text  string
	root  ruleNode
	names []string // of the alarms, as they come
}

// ruleNode is TRUE, FALSE, a function of an alarm's state, or an operator on others.
type ruleNode struct {
	op    byte // '&', '|', '!', 's', '1' or '0'
	state State
	alarm int // index into names
	of    []ruleNode
}

// UnmarshalText reads a rule: functions ALARM, OK and INSUFFICIENT_DATA of an alarm's name, with or without quotes,
// TRUE, FALSE, AND, OR, NOT and parentheses.
func (r *Rule) UnmarshalText(text []byte) error {
	*r = Rule{text: string(text)}
	if len(text) > ruleMax {
		return fmt.Errorf("is longer than %d letters", ruleMax)
	}
	p := ruleParser{rule: r, rest: string(text)}
	p.next()
	node, err := p.either(0)
	if err == nil && p.token != "" {
		err = p.wrong()
	}
	r.root = node
	return err
}

// MarshalText returns the rule as it was written.
func (r Rule) MarshalText() ([]byte, error) { return []byte(r.text), nil }

// Schema returns the schema of a rule.
func (Rule) Schema() spec.Schema { return spec.Schema{"type": "string"} }

// Names returns the alarms that the rule looks at, as they come in it.
func (r *Rule) Names() []string { return r.names }

// holds reports whether the rule is true of the states of its alarms.
func (n *ruleNode) holds(children []*Alarm) bool {
	switch n.op {
	case 's':
		return children[n.alarm].state == n.state
	case '!':
		return !n.of[0].holds(children)
	case '&':
		return n.of[0].holds(children) && n.of[1].holds(children)
	case '|':
		return n.of[0].holds(children) || n.of[1].holds(children)
	}
	return n.op == '1'
}

// ruleParser reads a rule token by token; the present one is empty at the end.
type ruleParser struct {
	rule  *Rule
	rest  string
	token string
}

func (p *ruleParser) next() {
	p.rest = strings.TrimLeft(p.rest, " \t\r\n")
	n := 0
	switch {
	case p.rest == "":
	case p.rest[0] == '"':
		if n = strings.IndexByte(p.rest[1:], '"') + 2; n == 1 {
			n = len(p.rest)
		}
	case p.rest[0] == '(' || p.rest[0] == ')':
		n = 1
	default:
		if n = strings.IndexAny(p.rest, " \t\r\n()\""); n < 0 {
			n = len(p.rest)
		}
	}
	p.token, p.rest = p.rest[:n], p.rest[n:]
}

func (p *ruleParser) wrong() error {
	at := p.token
	if at == "" {
		return fmt.Errorf("the rule ends too early: write for example ALARM(\"backlog\") AND NOT OK(\"errors\")")
	}
	return fmt.Errorf("%s cannot stand there: write for example ALARM(\"backlog\") AND NOT OK(\"errors\")", spec.Quote(at))
}

func (p *ruleParser) either(depth int) (ruleNode, error) {
	return p.chain('|', "OR", depth, func(d int) (ruleNode, error) {
		return p.chain('&', "AND", d, p.single)
	})
}

func (p *ruleParser) chain(op byte, word string, depth int, part func(int) (ruleNode, error)) (ruleNode, error) {
	left, err := part(depth)
	for n := 0; err == nil && p.token == word; n++ {
		if n+depth >= depthMax {
			return left, fmt.Errorf("has more than %d parts", depthMax)
		}
		p.next()
		var right ruleNode
		right, err = part(depth)
		left = ruleNode{op: op, of: []ruleNode{left, right}}
	}
	return left, err
}

func (p *ruleParser) single(depth int) (node ruleNode, err error) {
	if depth >= depthMax {
		return node, fmt.Errorf("is nested deeper than %d", depthMax)
	}
	word := p.token
	switch word {
	case "NOT":
		p.next()
		inner, err := p.single(depth + 1)
		return ruleNode{op: '!', of: []ruleNode{inner}}, err
	case "(":
		p.next()
		if node, err = p.either(depth + 1); err == nil {
			err = p.close()
		}
		return node, err
	case "TRUE", "FALSE":
		p.next()
		if node.op = '0'; word == "TRUE" {
			node.op = '1'
		}
		return node, nil
	}
	for state, name := range stateNames {
		if word == name {
			p.next()
			return p.function(State(state))
		}
	}
	return node, p.wrong()
}

func (p *ruleParser) close() error {
	if p.token != ")" {
		return p.wrong()
	}
	p.next()
	return nil
}

// function reads the alarm's name in parentheses.
func (p *ruleParser) function(state State) (node ruleNode, err error) {
	if p.token != "(" {
		return node, p.wrong()
	}
	p.next()
	name := strings.Trim(p.token, `"`)
	if name == "" || name == "(" || name == ")" {
		return node, p.wrong()
	}
	p.next()
	node = ruleNode{op: 's', state: state, alarm: len(p.rule.names)}
	p.rule.names = append(p.rule.names, name)
	return node, p.close()
}

// Combine makes it a composite alarm of others, in the order of the rule's names. It is called before the run, and the
// alarms must not look at one another in a circle.
func (a *Alarm) Combine(rule *Rule, of []*Alarm) {
	a.rule, a.children = rule, of
	for i, child := range of {
		known := false
		for _, before := range of[:i] {
			known = known || before == child
		}
		if !known {
			child.parents = append(child.parents, a)
		}
	}
	a.board.wake(standard)
}

// combine finds the state of a composite alarm anew.
func (a *Alarm) combine(now sim.Time) {
	if a.rule.root.holds(a.children) {
		a.become(now, Alarming)
		return
	}
	a.become(now, OK)
}

// begin puts a composite alarm into the board's order, behind those that it looks at. It is evaluated at once: "this
// initial time after creation is the only time that the alarm can be in INSUFFICIENT_DATA state" (CloudFormation
// reference, AWS::CloudWatch::CompositeAlarm).
func (a *Alarm) begin() {
	if a.rule == nil || a.started {
		return
	}
	a.started, a.stale = true, true
	for _, child := range a.children {
		child.begin()
	}
	a.board.composites = append(a.board.composites, a)
}

// combineAll evaluates the composite alarms that look at a state which has changed, when all metric alarms have been
// evaluated: what changes at one instant is seen at once.
func (b *Board) combineAll(now sim.Time) {
	for _, a := range b.composites {
		if a.stale {
			a.stale = false
			a.combine(now)
		}
	}
}
