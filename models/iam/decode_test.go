package iam

import (
	"errors"
	"strings"
	"testing"
	"time"

	"weir/models/spec"
)

func TestYAMLAndJSONAreTheSamePolicy(t *testing.T) {
	inYAML := parse(t, Resource, `
Version: 2012-10-17
Id: Queue1_Policy_UUID
Statement:
  Sid: Queue1_SendMessage
  Effect: Allow
  Principal: {AWS: 111122223333}
  Action: sqs:SendMessage
  Resource: arn:aws:sqs:us-east-2:444455556666:queue1
`)
	inJSON := parse(t, Resource, crossAccount)
	tabs := parse(t, Resource, strings.ReplaceAll(crossAccount, "   ", "\t"))
	for _, p := range []*Policy{inYAML, inJSON, tabs} {
		s := p.Statements[0]
		if p.Version != Version2012 || p.ID != "Queue1_Policy_UUID" || len(p.Statements) != 1 || s.Effect != Allow ||
			s.Sid != "Queue1_SendMessage" || s.Principal[0] != (Principal{PrincipalAWS, "111122223333"}) ||
			s.Action[0] != "sqs:SendMessage" || s.Resource[0] != queue {
			t.Errorf("%+v", p)
		}
	}
}

func TestWhatIsWrongWithAPolicyIsToldWithItsPlace(t *testing.T) {
	long := strings.Repeat("x", textBytesMax)
	for name, c := range map[string]struct {
		kind       Kind
		text, want string
	}{
		"an unknown key":             {Identity, "Statement:\n  Effekt: Allow", `p:2:3: Statement[0].Effekt: there is no such key: did you mean Effect?`},
		"no statement":               {Identity, "Version: 2012-10-17", "Statement: is missing"},
		"a version":                  {Identity, "Version: 2012-10-18\nStatement: []", `p:1:10: Version: "2012-10-18" is not known here`},
		"an empty list":              {Identity, "Statement: []", "p:1:12: Statement: the list is empty"},
		"an effect":                  {Identity, "Statement: {Effect: allow, Action: '*', Resource: '*'}", `"allow" is not known here: did you mean Allow?`},
		"no action":                  {Identity, "Statement: {Effect: Allow, Resource: '*'}", "either Action or NotAction"},
		"two actions":                {Identity, "Statement: {Effect: Allow, Action: '*', NotAction: '*', Resource: '*'}", "either Action or NotAction"},
		"no resource":                {Identity, "Statement: {Effect: Allow, Action: '*'}", "either Resource or NotResource"},
		"an action's form":           {Identity, "Statement: {Effect: Allow, Action: SendMessage, Resource: '*'}", `"SendMessage" is not an action`},
		"a resource's form":          {Identity, "Statement: {Effect: Allow, Action: '*', Resource: queues.orders}", `"queues.orders" is not an ARN`},
		"a list in a list":           {Identity, "Statement: {Effect: Allow, Action: [['*']], Resource: '*'}", "must be a text, or a list of texts"},
		"an empty value":             {Identity, "Statement: {Effect: Allow, Action: , Resource: '*'}", "must be a text, or a list of texts"},
		"an identity's principal":    {Identity, "Statement: {Effect: Allow, Principal: '*', Action: '*', Resource: '*'}", "has no Principal"},
		"an identity's id":           {Identity, "Id: a\nStatement: {Effect: Allow, Action: '*', Resource: '*'}", "has no Id"},
		"a resource's principal":     {Resource, "Statement: {Effect: Allow, Action: '*', Resource: '*'}", "either Principal or NotPrincipal"},
		"both principals":            {Resource, "Statement: {Effect: Deny, Principal: '*', NotPrincipal: '*', Action: '*', Resource: '*'}", "either Principal or NotPrincipal"},
		"NotPrincipal and Allow":     {Resource, "Statement: {Effect: Allow, NotPrincipal: '*', Action: '*', Resource: '*'}", "NotPrincipal goes with Effect: Deny alone"},
		"a principal's type":         {Resource, "Statement: {Effect: Allow, Principal: {Aws: '*'}, Action: '*', Resource: '*'}", "there is no such key; there are AWS, Service"},
		"a federated principal":      {Resource, "Statement: {Effect: Allow, Principal: {Federated: x}, Action: '*', Resource: '*'}", "not modelled"},
		"part of a principal":        {Resource, "Statement: {Effect: Allow, Principal: {AWS: 'arn:aws:iam::111122223333:user/*'}, Action: '*', Resource: '*'}", "a wildcard cannot stand for part of a principal"},
		"no principal's form":        {Resource, "Statement: {Effect: Allow, Principal: {AWS: 1234}, Action: '*', Resource: '*'}", `"1234" is not a principal`},
		"a group":                    {Resource, "Statement: {Effect: Allow, Principal: {AWS: 'arn:aws:iam::111122223333:group/x'}, Action: '*', Resource: '*'}", "is not a principal"},
		"a bare principal":           {Resource, "Statement: {Effect: Allow, Principal: 111122223333, Action: '*', Resource: '*'}", "must be *, or hold AWS or Service"},
		"no principal":               {Resource, "Statement: {Effect: Allow, Principal: {}, Action: '*', Resource: '*'}", "names nobody"},
		"a service":                  {Resource, "Statement: {Effect: Allow, Principal: {Service: sqs}, Action: '*', Resource: '*'}", `"sqs" is not a service`},
		"an operator":                {Identity, "Statement: {Effect: Allow, Action: '*', Resource: '*', Condition: {StringEqual: {aws:SourceArn: x}}}", "there is no such operator: did you mean StringEquals?"},
		"an operator of dates":       {Identity, "Statement: {Effect: Allow, Action: '*', Resource: '*', Condition: {DateLessThan: {aws:CurrentTime: x}}}", "this operator is not modelled"},
		"NullIfExists":               {Identity, "Statement: {Effect: Allow, Action: '*', Resource: '*', Condition: {NullIfExists: {aws:SourceArn: x}}}", "there is no such operator"},
		"a condition key":            {Identity, "Statement: {Effect: Allow, Action: '*', Resource: '*', Condition: {StringEquals: {aws:SourceARNs: x}}}", "did you mean aws:SourceArn?"},
		"a key no request carries":   {Identity, "Statement: {Effect: Allow, Action: '*', Resource: '*', Condition: {StringEquals: {aws:SourceIp: x}}}", "a request here does not carry this key"},
		"an ARN to compare with":     {Identity, "Statement: {Effect: Allow, Action: '*', Resource: '*', Condition: {ArnLike: {aws:SourceArn: 'arn:aws:sns'}}}", `"arn:aws:sns" is not an ARN`},
		"a flag":                     {Identity, "Statement: {Effect: Allow, Action: '*', Resource: '*', Condition: {Bool: {aws:SecureTransport: 'yes'}}}", "must be true or false"},
		"a condition without values": {Identity, "Statement: {Effect: Allow, Action: '*', Resource: '*', Condition: }", "must hold keys with values"},
		"a long text":                {Identity, "Statement: {Effect: Allow, Action: '*', Resource: 'arn:" + long + "'}", "the text is too long"},
		"a large policy":             {Identity, "Statement: {Effect: Allow, Resource: '*', Action: [" + strings.Repeat("sqs:"+long[:2000]+", ", 20) + "]}", "the policy is too large"},
		"twice the same key":         {Identity, "Statement: {Effect: Allow, Effect: Deny, Action: '*', Resource: '*'}", "stands already"},
		"a list of statements' item": {Identity, "Statement: [x]", "p:1:13: Statement[0]: must hold keys with values"},
	} {
		_, err := Parse("p", []byte(c.text), c.kind)
		if found, ok := errors.AsType[spec.Errors](err); !ok || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v (%d errors), want %q", name, err, len(found), c.want)
		}
	}
}

func TestAPolicyInsideAScenarioIsReadWhereItStands(t *testing.T) {
	source, err := spec.Parse("scenario.yaml", []byte("queues:\n  orders:\n    policy:\n      Statement:\n        Effekt: Allow\n"))
	if err != nil {
		t.Fatal(err)
	}
	d := &spec.Decoder{Source: source}
	Decode(d, spec.Find(source.Root, "queues.orders.policy"), "queues.orders.policy", Resource)
	const want = "scenario.yaml:5:9: queues.orders.policy.Statement[0].Effekt: there is no such key"
	if len(d.Errors) == 0 || !strings.HasPrefix(d.Errors[0].Error(), want) {
		t.Errorf("%v, want %s", d.Errors, want)
	}
}

// What anyone may feed as a policy is read or refused with errors of the file, and decided, without panics and soon.
func FuzzPolicy(f *testing.F) {
	f.Add([]byte(crossAccount), "arn:aws:iam::111122223333:user/Alice", "sqs:SendMessage", queue)
	f.Add([]byte(fromBucket), "s3.amazonaws.com", "sqs:SendMessage", queue)
	f.Add([]byte("a: &a [*a]"), "", "", "")
	f.Add([]byte("Statement: &s [{Effect: Deny, NotPrincipal: {AWS: 111122223333}, NotAction: 'a:*', NotResource: '*',"+
		" Condition: {'ForAnyValue:StringLikeIfExists': {aws:username: '${aws:username}${*}'}}}]"), "x", "\xff", ":::::::")
	f.Add([]byte("{Version: 2012-10-17, Statement: {Effect: Allow, Action: '*', Resource: 'arn:${aws:username, ''x''}*'}}"),
		"arn:aws:sts::111122223333:assumed-role/", "a:b", "arn:")
	f.Fuzz(func(t *testing.T, text []byte, principal, action, resource string) {
		if len(text) > 1<<16 || len(principal)+len(action)+len(resource) > textBytesMax {
			return
		}
		start := time.Now()
		for _, kind := range []Kind{Identity, Resource} {
			p, err := Parse("fuzz", text, kind)
			if err != nil {
				if found, ok := errors.AsType[spec.Errors](err); !ok || len(found) == 0 {
					t.Fatalf("the error is not one of the file: %v", err)
				}
				continue
			}
			r := Request{Principal: principal, Action: action, Resource: resource}
			d := Decide([]*Policy{p}, p, r)
			if other := Decide([]*Policy{p}, p, r); d.String() != other.String() || d.String() == "" {
				t.Fatalf("%v, then %v", d, other)
			}
		}
		if passed := time.Since(start); passed > 5*time.Second {
			t.Fatalf("took %s", passed)
		}
	})
}
