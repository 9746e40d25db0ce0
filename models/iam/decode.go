package iam

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"

	"weir/models/spec"
)

// Limits of a policy. AWS's own are lower: 10,240 characters at most for a policy of IAM, 20 KB for a bucket's.
const (
	policyBytesMax = 32 << 10
	textBytesMax   = 2048
)

// Parse reads a policy from a file of YAML or JSON. The error is a spec.Errors, each with its line and column.
func Parse(file string, data []byte, kind Kind) (*Policy, error) {
	source, err := spec.Parse(file, data)
	if err != nil {
		return nil, err
	}
	d := &spec.Decoder{Source: source}
	p := Decode(d, source.Root, "", kind)
	if err := d.Errors.Sorted(); err != nil {
		return nil, err
	}
	p.Name = file
	return p, nil
}

// Decode reads a policy from a node of a file that is being decoded: a scenario keeps a policy as *yaml.Node and hands
// it here. What is wrong is added to d.Errors; the policy is then of no use.
func Decode(d *spec.Decoder, n *yaml.Node, path string, kind Kind) *Policy {
	r := reader{Decoder: d, policy: &Policy{Name: path, Kind: kind}, left: policyBytesMax}
	var document struct {
		Version   Version    `yaml:"Version" default:"2008-10-17"`
		ID        string     `yaml:"Id"`
		Statement *yaml.Node `yaml:"Statement" required:"true"`
	}
	before := len(d.Errors)
	d.Decode(n, &document, path)
	if len(d.Errors) > before {
		return r.policy
	}
	r.policy.Version, r.policy.ID = document.Version, document.ID
	if document.ID != "" && kind == Identity {
		d.Fail(n, spec.Join(path, "Id"), "the policy of an identity has no Id: remove it")
	}
	path = spec.Join(path, "Statement")
	for i, item := range r.items(document.Statement, path) {
		r.statement(item, fmt.Sprintf("%s[%d]", path, i))
	}
	for i := range r.policy.Statements {
		r.policy.Statements[i].Policy = r.policy
	}
	return r.policy
}

// reader reads one policy.
type reader struct {
	*spec.Decoder
	policy *Policy
	left   int // bytes that the policy may still hold
}

// items returns the items of a list; what is no list stands for a list of itself.
func (r *reader) items(n *yaml.Node, path string) []*yaml.Node {
	n = resolve(n)
	if n.Kind != yaml.SequenceNode {
		return []*yaml.Node{n}
	}
	if len(n.Content) == 0 {
		r.Fail(n, path, "the list is empty: write at least one value")
	}
	items := make([]*yaml.Node, len(n.Content))
	for i, item := range n.Content {
		items[i] = resolve(item)
	}
	return items
}

func resolve(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// spend counts what a policy holds, and reports whether it still may.
func (r *reader) spend(n *yaml.Node, path string, bytes int) bool {
	if r.left < 0 {
		return false
	}
	if r.left -= bytes + 1; r.left < 0 {
		r.Fail(n, path, "the policy is too large: at most %d bytes", policyBytesMax)
	}
	return r.left >= 0
}

// texts returns a text or the texts of a list, each checked.
func (r *reader) texts(n *yaml.Node, path string, check func(text string) string) (texts []string) {
	for _, item := range r.items(n, path) {
		text := item.Value
		problem := ""
		switch {
		case !r.spend(item, path, len(text)):
			return texts
		case item.Kind != yaml.ScalarNode || item.ShortTag() == "!!null":
			problem = "must be a text, or a list of texts"
		case len(text) > textBytesMax:
			problem = fmt.Sprintf("the text is too long: at most %d bytes", textBytesMax)
		default:
			problem = check(text)
		}
		if problem != "" {
			r.Fail(item, path, "%s", problem)
			continue
		}
		texts = append(texts, text)
	}
	return texts
}

// raw is a statement before its elements are read.
type raw struct {
	Sid          string     `yaml:"Sid"`
	Effect       Effect     `yaml:"Effect" required:"true"`
	Principal    *yaml.Node `yaml:"Principal"`
	NotPrincipal *yaml.Node `yaml:"NotPrincipal"`
	Action       *yaml.Node `yaml:"Action"`
	NotAction    *yaml.Node `yaml:"NotAction"`
	Resource     *yaml.Node `yaml:"Resource"`
	NotResource  *yaml.Node `yaml:"NotResource"`
	Condition    *yaml.Node `yaml:"Condition"`
}

func (r *reader) statement(n *yaml.Node, path string) {
	if !r.spend(n, path, 0) {
		return
	}
	var from raw
	r.Decode(n, &from, path)
	if from.Effect == "" {
		return // the decoder has said why
	}
	s := Statement{Sid: from.Sid, Effect: from.Effect, Index: len(r.policy.Statements)}
	s.Action, s.NotAction = r.pair(n, path, "Action", from.Action, from.NotAction, checkAction)
	s.Resource, s.NotResource = r.pair(n, path, "Resource", from.Resource, from.NotResource, checkResource)
	r.principals(n, path, &from, &s)
	if from.Condition != nil {
		s.Condition = r.conditions(from.Condition, spec.Join(path, "Condition"))
	}
	r.policy.Statements = append(r.policy.Statements, s)
}

// pair reads two elements of which a statement has one.
func (r *reader) pair(
	n *yaml.Node, path, name string, given, not *yaml.Node, check func(string) string,
) (texts, notTexts []string) {
	switch {
	case (given == nil) == (not == nil):
		r.Fail(n, path, "a statement has either %s or Not%s", name, name)
	case given != nil:
		texts = r.texts(given, spec.Join(path, name), check)
	default:
		notTexts = r.texts(not, spec.Join(path, "Not"+name), check)
	}
	return texts, notTexts
}

func checkAction(text string) string {
	prefix, name, colon := strings.Cut(text, ":")
	if text != everyone && (!colon || prefix == "" || name == "" || strings.Contains(name, ":")) {
		return spec.Quote(text) + " is not an action: write service:Action, such as sqs:SendMessage, or *"
	}
	return ""
}

func checkResource(text string) string {
	if text == everyone || isARN(text) || strings.HasPrefix(text, "arn:") && strings.Contains(text+":", "*:") {
		return ""
	}
	return spec.Quote(text) + " is not an ARN: write one such as arn:aws:sqs:us-east-1:111122223333:orders, or *"
}

func isARN(text string) bool { _, ok := splitARN(text); return ok }

func (r *reader) principals(n *yaml.Node, path string, from *raw, s *Statement) {
	given := from.Principal != nil || from.NotPrincipal != nil
	switch {
	case r.policy.Kind == Identity && given:
		r.Fail(n, path, "the policy of an identity has no Principal: it is about the identity itself")
	case r.policy.Kind == Identity:
	case from.Principal != nil && from.NotPrincipal != nil || !given:
		r.Fail(n, path, "a statement of a resource's policy has either Principal or NotPrincipal")
	case from.Principal != nil:
		s.Principal = r.principalMap(from.Principal, spec.Join(path, "Principal"))
	case s.Effect == Allow:
		r.Fail(from.NotPrincipal, spec.Join(path, "NotPrincipal"), "NotPrincipal goes with Effect: Deny alone")
	default:
		s.NotPrincipal = r.principalMap(from.NotPrincipal, spec.Join(path, "NotPrincipal"))
	}
}

func (r *reader) principalMap(n *yaml.Node, path string) (principals []Principal) {
	n = resolve(n)
	if n.Kind == yaml.ScalarNode && n.Value == everyone {
		return []Principal{{PrincipalAWS, everyone}}
	}
	if n.Kind == yaml.ScalarNode {
		r.Fail(n, path, "must be *, or hold AWS or Service: write {AWS: 111122223333} or {Service: s3.amazonaws.com}")
		return nil
	}
	for key, value := range r.Pairs(n, path) {
		at := spec.Join(path, key.Value)
		if !r.spend(key, at, len(key.Value)) {
			break
		}
		check, of := checkService, PrincipalType(key.Value)
		switch of {
		case PrincipalAWS:
			check = checkAWS
		case PrincipalService:
		case "Federated", "CanonicalUser":
			r.Fail(key, at, "such principals are not modelled: there are AWS and Service")
			continue
		default:
			names := []string{string(PrincipalAWS), string(PrincipalService)}
			r.Fail(key, at, "there is no such key%s", spec.OrList(spec.DidYouMean(key.Value, names), names))
			continue
		}
		for _, id := range r.texts(value, at, check) {
			principals = append(principals, Principal{of, id})
		}
	}
	if len(n.Content) == 0 {
		r.Fail(n, path, "names nobody: write {AWS: 111122223333} or {Service: s3.amazonaws.com}")
	}
	return principals
}

func checkAWS(id string) string {
	parts, ok := splitARN(id)
	kind, name, _ := strings.Cut(parts[arnResource], "/")
	iam := parts[arnService] == "iam" && (kind == "root" && name == "" || (kind == "user" || kind == "role") && name != "")
	sts := parts[arnService] == "sts" && kind == "assumed-role" && strings.Contains(name, "/")
	switch {
	case id == everyone || isAccount(id):
	case strings.ContainsAny(id, "*?"):
		return spec.Quote(id) + ": a wildcard cannot stand for part of a principal"
	case !ok || !isAccount(parts[arnAccount]) || !iam && !sts:
		return spec.Quote(id) + " is not a principal: write an account's 12 digits, the ARN of an account's root, " +
			"of a user, a role or a role's session, or *"
	}
	return ""
}

func checkService(id string) string {
	if !strings.HasSuffix(id, ".amazonaws.com") || strings.ContainsAny(id, "*?:/ ") {
		return spec.Quote(id) + " is not a service: write one such as s3.amazonaws.com"
	}
	return ""
}

func (r *reader) conditions(n *yaml.Node, path string) (conditions []Condition) {
	for name, keys := range r.Pairs(n, path) {
		at := spec.Join(path, name.Value)
		if !r.spend(name, at, len(name.Value)) {
			break
		}
		o, ok := operatorNamed(name.Value)
		if !ok {
			r.Fail(name, at, "%s", noOperator(name.Value))
			continue
		}
		for key, values := range r.Pairs(keys, at) {
			at := spec.Join(at, key.Value)
			if !r.spend(key, at, len(key.Value)) {
				break
			}
			if !isKey(key.Value) {
				r.Fail(key, at, "a request here does not carry this key, so that nothing can be said of the condition%s",
					spec.OrList(spec.DidYouMean(key.Value, Keys), Keys))
				continue
			}
			texts := r.texts(values, at, o.check)
			conditions = append(conditions, Condition{name.Value, key.Value, texts, o})
		}
	}
	return conditions
}

// noOperator says why there is no condition operator of a name.
func noOperator(name string) string {
	_, base, qualified := strings.Cut(name, ":")
	if !qualified {
		base = name
	}
	for _, other := range unmodelled {
		if strings.HasPrefix(base, other) {
			return "this operator is not modelled: no request here carries a key of its kind"
		}
	}
	names := make([]string, len(comparisons))
	for i, c := range comparisons {
		names[i] = c.name
	}
	return "there is no such operator" + spec.OrList(spec.DidYouMean(base, names), names)
}

// check checks a value that the operator compares with.
func (o operator) check(text string) string {
	switch {
	case o.arn && !strings.Contains(text, "${") && !isARN(text):
		return spec.Quote(text) + " is not an ARN: it has six parts, such as arn:aws:sns:us-east-1:111122223333:news"
	case o.flag && !strings.EqualFold(text, "true") && !strings.EqualFold(text, "false"):
		return spec.Quote(text) + " must be true or false"
	}
	return ""
}
