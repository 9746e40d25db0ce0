package iam

import (
	"slices"
	"strings"
)

// comparison is what a condition operator does with one value of the policy and that of the request.
type comparison struct {
	name string
	same func(want, got string, values variables) bool
	not  bool // negated: it holds when no value of the policy is the same
	arn  bool // the values are ARNs
	flag bool // the values are true or false
}

var comparisons = []comparison{
	{name: "StringEquals", same: equal},
	{name: "StringNotEquals", same: equal, not: true},
	{name: "StringEqualsIgnoreCase", same: equalFold},
	{name: "StringNotEqualsIgnoreCase", same: equalFold, not: true},
	{name: "StringLike", same: like},
	{name: "StringNotLike", same: like, not: true},
	{name: "ArnEquals", same: matchARN, arn: true},
	{name: "ArnLike", same: matchARN, arn: true},
	{name: "ArnNotEquals", same: matchARN, not: true, arn: true},
	{name: "ArnNotLike", same: matchARN, not: true, arn: true},
	{name: "Bool", same: equalFold, flag: true},
	{name: null, flag: true},
}

const null = "Null"

// unmodelled begin the names of AWS's other condition operators.
var unmodelled = []string{"Numeric", "Date", "Binary", "IpAddress", "NotIpAddress"}

func equal(want, got string, values variables) bool {
	p, ok := compile(want, literal, values)
	return ok && p.matches(got)
}

func equalFold(want, got string, values variables) bool {
	p, ok := compile(want, literal, values)
	return ok && p.folded().matches(strings.ToLower(got))
}

func like(want, got string, values variables) bool {
	p, ok := compile(want, anywhere, values)
	return ok && p.matches(got)
}

// operator is a condition operator with what its name adds to the comparison.
type operator struct {
	comparison
	ifExists bool
	anyValue bool // ForAnyValue: the request must have a value
	allValue bool // ForAllValues: a request without a value will do
}

// operatorNamed returns the operator of a name; false when there is none.
func operatorNamed(name string) (o operator, ok bool) {
	name, o.anyValue = strings.CutPrefix(name, "ForAnyValue:")
	if !o.anyValue {
		name, o.allValue = strings.CutPrefix(name, "ForAllValues:")
	}
	name, o.ifExists = strings.CutSuffix(name, "IfExists")
	i := slices.IndexFunc(comparisons, func(c comparison) bool { return c.name == name })
	if i < 0 || name == null && (o.ifExists || o.anyValue || o.allValue) {
		return operator{}, false
	}
	o.comparison = comparisons[i]
	return o, true
}

// holds reports whether a request's values satisfy the condition.
func (c *Condition) holds(values, inPolicy variables) bool {
	got, present := values(c.Key)
	switch {
	case c.name == null:
		return slices.ContainsFunc(c.Values, func(want string) bool { return strings.EqualFold(want, "true") != present })
	case !present && (c.ifExists || c.allValue):
		return true
	case !present:
		return c.not && !c.anyValue
	}
	same := slices.ContainsFunc(c.Values, func(want string) bool { return c.same(want, got, inPolicy) })
	return same != c.not
}

// Keys are the condition keys that a request may carry. Those that end in a slash go on with the name of a tag. A
// policy with a condition on another key is refused.
var Keys = []string{
	"aws:PrincipalAccount", "aws:PrincipalArn", "aws:PrincipalIsAWSService", "aws:PrincipalOrgID",
	"aws:PrincipalServiceName", "aws:PrincipalTag/", "aws:PrincipalType", "aws:RequestedRegion", "aws:ResourceAccount",
	"aws:ResourceOrgID", "aws:ResourceTag/", "aws:SecureTransport", "aws:SourceAccount", "aws:SourceArn",
	"aws:SourceOrgID", "aws:SourceOwner", "aws:ViaAWSService", "aws:username", "kms:CallerAccount", "kms:ViaService",
	"sns:Endpoint", "sns:Protocol",
}

func isKey(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc(Keys, func(key string) bool {
		key = strings.ToLower(key)
		if strings.HasSuffix(key, "/") {
			return strings.HasPrefix(name, key) && len(name) > len(key)
		}
		return name == key
	})
}
