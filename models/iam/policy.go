package iam

import (
	"fmt"
	"strings"

	"weir/models/aws"
)

// ErrAccessDenied is the answer to a request that the policies do not allow. SDKs do not try it again.
var ErrAccessDenied = &aws.Error{Code: "AccessDenied"}

// Kind is what a policy is attached to.
type Kind uint8

// The kinds of policy.
const (
	Identity Kind = iota // a user or role: it says what they may do
	Resource             // a queue, topic, bucket or key: it says who may do what with it
)

// String returns the kind in lower case.
func (k Kind) String() string { return [...]string{"identity", "resource"}[k] }

// Policy is a policy as it was read. Parse and Decode make one.
type Policy struct {
	Name       string // its path in the scenario or its file, for texts about decisions
	Kind       Kind
	Version    Version
	ID         string
	Statements []Statement
}

// Version is a version of the policy language.
type Version string

// The versions of the policy language. In the earlier one, ${aws:username} stands for itself.
const (
	Version2008 Version = "2008-10-17"
	Version2012 Version = "2012-10-17"
)

// Values returns the versions, for the decoder.
func (Version) Values() []string { return []string{string(Version2008), string(Version2012)} }

// Effect is what a statement does with the requests it applies to.
type Effect string

// The effects.
const (
	Allow Effect = "Allow"
	Deny  Effect = "Deny"
)

// Values returns the effects, for the decoder.
func (Effect) Values() []string { return []string{string(Allow), string(Deny)} }

// Statement is one statement of a policy. Of each pair such as Action and NotAction at most one is set.
type Statement struct {
	Sid                     string
	Effect                  Effect
	Principal, NotPrincipal []Principal // in policies of resources
	Action, NotAction       []string
	Resource, NotResource   []string
	Condition               []Condition // all must hold

	Policy *Policy // it belongs to
	Index  int     // in its policy, from 0
}

// String names the statement: its policy, its place there, and its Sid.
func (s *Statement) String() string {
	text := fmt.Sprintf("%s: Statement[%d]", s.Policy.Name, s.Index)
	if s.Sid != "" {
		text += " (" + s.Sid + ")"
	}
	return text
}

// PrincipalType is what a principal's ID names.
type PrincipalType string

// The types of principal. The ID of type AWS is an account's number, the ARN of an account, user, role or role session,
// or *, everyone.
const (
	PrincipalAWS     PrincipalType = "AWS"
	PrincipalService PrincipalType = "Service"
)

// Principal is who a statement is about.
type Principal struct {
	Type PrincipalType
	ID   string
}

// Condition is a comparison that must hold for a statement to apply: of the request's value of a key with any of the
// values.
type Condition struct {
	Operator string // as it is written, such as ForAnyValue:StringLikeIfExists
	Key      string // as it is written; case does not matter
	Values   []string

	operator
}

// Request is what is asked of a resource.
type Request struct {
	// Principal is the ARN of a user, role or role session, a service such as s3.amazonaws.com, or empty: anonymous.
	Principal string
	// Account of the principal; the one that its ARN names unless set.
	Account string
	// Action with its service's prefix, such as sqs:SendMessage.
	Action string
	// Resource is the ARN of what is acted on.
	Resource string
	// ResourceAccount owns the resource; the one that its ARN names unless set. ARNs of buckets name none.
	ResourceAccount string
	// Context holds what else conditions may ask for, by key, such as aws:SourceArn. What follows from the other fields
	// need not be given.
	Context map[string]string
}

// ARN returns the ARN of a resource in the partition aws.
func ARN(service, region, account, resource string) string {
	return strings.Join([]string{"arn", "aws", service, region, account, resource}, ":")
}

// arnParts is how many parts of an ARN colons separate; the last may hold further colons.
const arnParts = 6

// splitARN returns the parts of an ARN, and false when it is none.
func splitARN(text string) (parts [arnParts]string, ok bool) {
	found := strings.SplitN(text, ":", arnParts)
	if len(found) != arnParts || found[0] != "arn" {
		return parts, false
	}
	return [arnParts]string(found), true
}

// The parts of an ARN.
const (
	arnPartition = iota + 1
	arnService
	arnRegion
	arnAccount
	arnResource
)

func isAccount(text string) bool {
	if len(text) != 12 {
		return false
	}
	return strings.Trim(text, "0123456789") == ""
}
