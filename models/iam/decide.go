package iam

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Verdict is what the policies say of a request.
type Verdict uint8

// The verdicts.
const (
	ImplicitDeny Verdict = iota // nothing allows it, or not all that must
	ExplicitDeny                // a statement denies it
	Allowed
)

// Decision is what the policies say of a request, and why.
type Decision struct {
	Verdict Verdict
	// By are the statements that decided: the one that denies, or those that allow.
	By []*Statement
	// Lacking are the kinds of policy that would have to allow the request and do not. Either is enough when OrEither is
	// set.
	Lacking  []Kind
	OrEither bool
	why      string
}

// Allowed reports whether the request may go ahead.
func (d Decision) Allowed() bool { return d.Verdict == Allowed }

// String returns the decision with its reason, as in: denied: no statement of the resource's policy allows it (a
// service has no identity policies).
func (d Decision) String() string {
	by := make([]string, len(d.By))
	for i, s := range d.By {
		by[i] = s.String()
	}
	switch d.Verdict {
	case Allowed:
		return "allowed by " + cmp.Or(strings.Join(by, " and "), d.why)
	case ExplicitDeny:
		return "denied by " + by[0]
	}
	kinds := make([]string, len(d.Lacking))
	for i, k := range d.Lacking {
		kinds[i] = k.String()
	}
	joint := " and none of the "
	if d.OrEither {
		joint = " or "
	}
	text := "denied: no statement of the " + strings.Join(kinds, joint) + " policy allows it"
	if d.why != "" {
		text += " (" + d.why + ")"
	}
	return text
}

// Decide evaluates a request: identity are the policies of its principal, resource is that of the resource, or nil.
func Decide(identity []*Policy, resource *Policy, r Request) Decision {
	e := newEvaluation(r)
	for _, p := range append(slices.Clone(identity), resource) {
		if s, _ := e.find(p, Deny); s != nil {
			return Decision{Verdict: ExplicitDeny, By: []*Statement{s}}
		}
	}
	var identityAllows *Statement
	for _, p := range identity {
		if s, _ := e.find(p, Allow); s != nil {
			identityAllows = s
			break
		}
	}
	resourceAllows, how := e.find(resource, Allow)
	return e.weigh(identityAllows, resourceAllows, how)
}

// weigh decides a request that nothing denies, by what allows it on either side.
func (e *evaluation) weigh(identity, resource *Statement, how naming) Decision {
	switch {
	case e.who.kind == service:
		return need("a service has no identity policies", side{Resource, resource})
	case e.who.kind == anonymous:
		return need("the request is anonymous", side{Resource, resource})
	case strings.HasPrefix(strings.ToLower(e.request.Action), "kms:"):
		if how == byName && e.sameAccount() {
			return need("", side{Resource, resource})
		}
		return need("a key's policy must let its account's identity policies decide",
			side{Resource, resource}, side{Identity, identity})
	case !e.sameAccount():
		return need("the principal is of another account: both sides must allow",
			side{Identity, identity}, side{Resource, resource})
	case e.who.kind == account:
		return Decision{Verdict: Allowed, why: "being the account's root user"}
	case how == byName:
		return Decision{Verdict: Allowed, By: []*Statement{resource}}
	case identity != nil:
		return Decision{Verdict: Allowed, By: []*Statement{identity}}
	case how == byAccount:
		return Decision{Lacking: []Kind{Identity}, why: resource.String() + " leaves it to the account's identity policies"}
	}
	return Decision{Lacking: []Kind{Identity, Resource}, OrEither: true}
}

// side is the statement that allows a request on one side, or nil.
type side struct {
	kind   Kind
	allows *Statement
}

// need allows a request when every side does.
func need(why string, sides ...side) Decision {
	d := Decision{Verdict: Allowed}
	for _, s := range sides {
		if s.allows == nil {
			d.Verdict, d.Lacking = ImplicitDeny, append(d.Lacking, s.kind)
			continue
		}
		d.By = append(d.By, s.allows)
	}
	if d.Verdict != Allowed {
		d.By, d.why = nil, why
	}
	return d
}

// evaluation is a request with what follows from it.
type evaluation struct {
	request         Request
	who             who
	resourceAccount string
	context         map[string]string // by key in lower case
}

func newEvaluation(r Request) *evaluation {
	e := &evaluation{request: r, who: whoIs(&r), resourceAccount: r.ResourceAccount, context: map[string]string{}}
	parts, _ := splitARN(r.Resource)
	if e.resourceAccount == "" {
		e.resourceAccount = parts[arnAccount]
	}
	set := func(key, value string) {
		if value != "" {
			e.context[strings.ToLower(key)] = value
		}
	}
	set("aws:SecureTransport", "true") // SDKs use HTTPS
	set("aws:ViaAWSService", "false")
	set("aws:RequestedRegion", parts[arnRegion])
	set("aws:ResourceAccount", e.resourceAccount)
	set("aws:PrincipalAccount", e.who.account)
	set("aws:PrincipalType", principalTypes[e.who.kind])
	set("aws:PrincipalIsAWSService", strconv.FormatBool(e.who.kind == service))
	switch e.who.kind {
	case service:
		set("aws:PrincipalServiceName", e.who.name)
	case session:
		set("aws:PrincipalArn", e.who.role)
	default:
		set("aws:PrincipalArn", e.who.name)
	}
	if e.who.kind == user {
		set("aws:username", e.who.name[strings.LastIndexByte(e.who.name, '/')+1:])
	}
	for _, key := range slices.Sorted(maps.Keys(r.Context)) {
		set(key, r.Context[key])
	}
	return e
}

// principalTypes are the values of aws:PrincipalType; services have none.
var principalTypes = [...]string{
	anonymous: "Anonymous", service: "", account: "Account", user: "User", role: "AssumedRole", session: "AssumedRole",
}

func (e *evaluation) sameAccount() bool {
	return e.who.account != "" && e.who.account == e.resourceAccount
}

// value looks up a condition key.
func (e *evaluation) value(key string) (string, bool) {
	value, ok := e.context[strings.ToLower(key)]
	return value, ok
}

// find returns the statement of a policy with the given effect that applies to the request, and how it names the
// principal: one that names it itself before one that names its account.
func (e *evaluation) find(p *Policy, effect Effect) (found *Statement, how naming) {
	if p == nil {
		return nil, unnamed
	}
	for i := range p.Statements {
		s := &p.Statements[i]
		if s.Effect != effect {
			continue
		}
		if named := s.names(&e.who); named > how && e.applies(s) {
			found, how = s, named
		}
	}
	return found, how
}

// applies reports whether a statement is about the action and the resource, and whether its conditions hold.
func (e *evaluation) applies(s *Statement) bool {
	variables := e.value
	if s.Policy.Version != Version2012 {
		variables = nil
	}
	action := func(text string) bool {
		p, _ := compile(text, anywhere, nil)
		return p.folded().matches(strings.ToLower(e.request.Action))
	}
	resource := func(text string) bool {
		p, ok := compile(text, bySegment, variables)
		return ok && p.matches(e.request.Resource)
	}
	if !about(s.Action, s.NotAction, action) || !about(s.Resource, s.NotResource, resource) {
		return false
	}
	for i := range s.Condition {
		if !s.Condition[i].holds(e.value, variables) {
			return false
		}
	}
	return true
}

// about reports whether one of the texts matches or, of the pair's other element, none does.
func about(texts, not []string, match func(string) bool) bool {
	if len(not) > 0 {
		return !slices.ContainsFunc(not, match)
	}
	return slices.ContainsFunc(texts, match)
}
