package iam

import (
	"strings"
	"testing"
)

// Names that AWS's examples use.
const (
	here111 = "111122223333"
	there   = "444455556666"
	queue   = "arn:aws:sqs:us-east-2:444455556666:queue1"
	bob     = "arn:aws:iam::444455556666:user/Bob"
	alice   = "arn:aws:iam::111122223333:user/Alice"
)

func parse(t *testing.T, kind Kind, text string) *Policy {
	t.Helper()
	if strings.TrimSpace(text) == "" {
		return nil
	}
	p, err := Parse(kind.String(), []byte(text), kind)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func identities(t *testing.T, text string) []*Policy {
	t.Helper()
	if p := parse(t, Identity, text); p != nil {
		return []*Policy{p}
	}
	return nil
}

// allow returns a statement of an identity that allows an action on a resource.
func allow(action, resource string) string {
	return `{Statement: {Effect: Allow, Action: "` + action + `", Resource: "` + resource + `"}}`
}

// grant returns the policy of a queue that allows principals, in YAML, an action.
func grant(principal, action string) string {
	return `{Statement: {Effect: Allow, Principal: ` + principal + `, Action: "` + action + `", Resource: "` + queue + `"}}`
}

// Each case is a sentence of AWS's documentation: of the IAM user guide (awsdocs/iam-user-guide @149cf97f and the pages
// of 2026), by the ending of its page's name. What follows a colon is the case.
var sentences = []struct {
	page, sentence     string
	identity, resource string
	request            Request
	want               bool
}{
	{"evaluation-logic", "by default, all requests are implicitly denied", "", "",
		Request{Principal: bob, Action: "sqs:SendMessage", Resource: queue}, false},
	{"evaluation-logic", "with the exception of the AWS account root user, which has full access", "", "",
		Request{Principal: "arn:aws:iam::444455556666:root", Action: "sqs:SendMessage", Resource: queue}, true},
	{"evaluation-logic", "if an action is allowed by an identity-based policy … then AWS allows the action",
		allow("sqs:SendMessage", queue), "",
		Request{Principal: bob, Action: "sqs:SendMessage", Resource: queue}, true},
	{"evaluation-logic", "… a resource-based policy, or both, then AWS allows the action",
		"", grant("{AWS: "+bob+"}", "sqs:SendMessage"),
		Request{Principal: bob, Action: "sqs:SendMessage", Resource: queue}, true},
	{"evaluation-logic", "an explicit deny in either of these policies overrides the allow: the identity's",
		`{Statement: [{Effect: Allow, Action: "*", Resource: "*"}, {Effect: Deny, Action: sqs:SendMessage, Resource: "*"}]}`,
		grant("{AWS: "+bob+"}", "sqs:*"),
		Request{Principal: bob, Action: "sqs:SendMessage", Resource: queue}, false},
	{"evaluation-logic", "an explicit deny in either of these policies overrides the allow: the resource's",
		allow("sqs:*", "*"), `{Statement: {Effect: Deny, Principal: "*", Action: "sqs:*", Resource: "*"}}`,
		Request{Principal: bob, Action: "sqs:SendMessage", Resource: queue}, false},
	{"evaluation-logic", "KMS key policies … must explicitly allow access for principals",
		allow("kms:Decrypt", "*"), "",
		Request{Principal: bob, Action: "kms:Decrypt", Resource: "arn:aws:kms:us-east-2:444455556666:key/1"}, false},
	{"cross-account", "the request is allowed only if both evaluations return a decision of Allow: identity alone",
		allow("sqs:SendMessage", queue), "",
		Request{Principal: alice, Action: "sqs:SendMessage", Resource: queue}, false},
	{"cross-account", "the request is allowed only if both evaluations return a decision of Allow: resource alone",
		"", grant("{AWS: "+alice+"}", "sqs:SendMessage"),
		Request{Principal: alice, Action: "sqs:SendMessage", Resource: queue}, false},
	{"cross-account", "the request is allowed only if both evaluations return a decision of Allow: both",
		allow("sqs:SendMessage", queue), grant("{AWS: "+alice+"}", "sqs:SendMessage"),
		Request{Principal: alice, Action: "sqs:SendMessage", Resource: queue}, true},
	{"cross-account", "you can specify the entire account",
		allow("sqs:SendMessage", queue), grant("{AWS: 111122223333}", "sqs:SendMessage"),
		Request{Principal: alice, Action: "sqs:SendMessage", Resource: queue}, true},
	{"principal", "you can specify AWS account identifiers: another account is not meant",
		allow("sqs:SendMessage", queue), grant("{AWS: 999999999999}", "sqs:SendMessage"),
		Request{Principal: alice, Action: "sqs:SendMessage", Resource: queue}, false},
	{"principal", "the account ARN and the shortened account ID behave the same way. Both delegate permissions to the account",
		"", grant("{AWS: arn:aws:iam::444455556666:root}", "sqs:*"),
		Request{Principal: bob, Action: "sqs:SendMessage", Resource: queue}, false},
	{"principal", "using the account ARN … does not limit permissions to only the root user of the account",
		allow("sqs:SendMessage", "*"), grant("{AWS: arn:aws:iam::444455556666:root}", "sqs:*"),
		Request{Principal: bob, Action: "sqs:SendMessage", Resource: queue}, true},
	{"principal", "when you specify more than one principal in an element, you grant permissions to each principal",
		"", grant("{AWS: ["+alice+", "+bob+"]}", "sqs:*"),
		Request{Principal: bob, Action: "sqs:SendMessage", Resource: queue}, true},
	{"principal", "the user name part of the ARN is case sensitive",
		"", grant("{AWS: arn:aws:iam::444455556666:user/bob}", "sqs:*"),
		Request{Principal: bob, Action: "sqs:SendMessage", Resource: queue}, false},
	{"principal", "they use those session credentials … they become a role session principal: the role is named",
		"", grant("{AWS: arn:aws:iam::444455556666:role/path/worker}", "sqs:*"),
		Request{Principal: "arn:aws:sts::444455556666:assumed-role/worker/i-1", Action: "sqs:SendMessage", Resource: queue}, true},
	{"principal", "principals must always name a specific session",
		"", grant("{AWS: arn:aws:sts::444455556666:assumed-role/worker/i-2}", "sqs:*"),
		Request{Principal: "arn:aws:sts::444455556666:assumed-role/worker/i-1", Action: "sqs:SendMessage", Resource: queue}, false},
	{"principal", "a wildcard with an Allow effect grants access to all users, including anonymous users",
		"", grant(`"*"`, "sqs:*"), Request{Action: "sqs:SendMessage", Resource: queue}, true},
	{"principal", "for IAM users and role principals within your account, no other permissions are required",
		"", grant(`{AWS: "*"}`, "sqs:*"), Request{Principal: bob, Action: "sqs:SendMessage", Resource: queue}, true},
	{"principal", "for principals in other accounts, they must also have identity-based permissions in their account",
		"", grant(`"*"`, "sqs:*"), Request{Principal: alice, Action: "sqs:SendMessage", Resource: queue}, false},
	{"principal", "you can specify AWS services in the Principal element of a resource-based policy",
		"", grant("{Service: [events.amazonaws.com, sns.amazonaws.com]}", "sqs:SendMessage"),
		Request{Principal: "sns.amazonaws.com", Action: "sqs:SendMessage", Resource: queue}, true},
	{"principal", "you can specify AWS services: another service is not meant",
		allow("*", "*"), grant("{Service: sns.amazonaws.com}", "sqs:SendMessage"),
		Request{Principal: "s3.amazonaws.com", Action: "sqs:SendMessage", Resource: queue}, false},
	{"notprincipal", "explicitly denied to all principals except for the ones specified: Bob and his account",
		allow("sqs:*", "*"), `{Statement: {Effect: Deny, NotPrincipal: {AWS: [` + bob + `, 444455556666]}, Action: "*", Resource: "*"}}`,
		Request{Principal: bob, Action: "sqs:SendMessage", Resource: queue}, true},
	{"notprincipal", "you must also specify the account ARN of the not-denied principal",
		allow("sqs:*", "*"), `{Statement: {Effect: Deny, NotPrincipal: {AWS: ` + bob + `}, Action: "*", Resource: "*"}}`,
		Request{Principal: bob, Action: "sqs:SendMessage", Resource: queue}, false},
	{"notprincipal", "include both the ARN for a role and the ARN for the account: a session with role and account",
		allow("sqs:*", "*"), `{Statement: {Effect: Deny, NotPrincipal: {AWS: [444455556666,
			arn:aws:iam::444455556666:role/worker, arn:aws:sts::444455556666:assumed-role/worker/i-1]}, Action: "*", Resource: "*"}}`,
		Request{Principal: "arn:aws:sts::444455556666:assumed-role/worker/i-1", Action: "sqs:SendMessage", Resource: queue}, true},
	{"notprincipal", "include both the ARN for a role and the ARN for the account: a session without its role",
		allow("sqs:*", "*"), `{Statement: {Effect: Deny, NotPrincipal: {AWS: [444455556666,
			arn:aws:sts::444455556666:assumed-role/worker/i-1]}, Action: "*", Resource: "*"}}`,
		Request{Principal: "arn:aws:sts::444455556666:assumed-role/worker/i-1", Action: "sqs:SendMessage", Resource: queue}, false},
	{"notprincipal", "an exception to a list of principals: another one is denied",
		allow("sqs:*", "*"), `{Statement: {Effect: Deny, NotPrincipal: {AWS: [` + bob + `, 444455556666]}, Action: "*", Resource: "*"}}`,
		Request{Principal: "arn:aws:iam::444455556666:user/Eve", Action: "sqs:SendMessage", Resource: queue}, false},
	{"action", "the prefix and the action name are case insensitive",
		allow("SQS:sendmessage", "*"), "", Request{Principal: bob, Action: "sqs:SendMessage", Resource: queue}, true},
	{"action", "you can use a wildcard (*) to give access to all the actions the specific AWS product offers",
		allow("sqs:*", "*"), "", Request{Principal: bob, Action: "sns:Publish", Resource: queue}, false},
	{"action", "you can also use wildcards (*) as part of the action name",
		allow("sqs:*Message", "*"), "", Request{Principal: bob, Action: "sqs:DeleteMessage", Resource: queue}, true},
	{"notaction", "NotAction … matches everything except the specified list of actions",
		`{Statement: {Effect: Allow, NotAction: [sqs:SendMessage], Resource: "*"}}`, "",
		Request{Principal: bob, Action: "sqs:SendMessage", Resource: queue}, false},
	{"notaction", "NotAction … matches everything except the specified list of actions: another",
		`{Statement: {Effect: Allow, NotAction: [sqs:SendMessage], Resource: "*"}}`, "",
		Request{Principal: bob, Action: "sqs:DeleteMessage", Resource: queue}, true},
	{"resource", "you can use wildcard characters (* and ?) within any ARN segment",
		allow("*", "arn:aws:sqs:us-*-?:444455556666:queue?"), "",
		Request{Principal: bob, Action: "sqs:SendMessage", Resource: queue}, true},
	{"resource", "within the individual segments of an ARN: not over a colon",
		allow("*", "arn:aws:s*2:444455556666:news:1"), "",
		Request{Principal: bob, Action: "sns:Publish", Resource: "arn:aws:sns:us-east-2:444455556666:news:1"}, false},
	{"resource", "within the individual segments of an ARN: nor a ?",
		allow("*", "arn:aws:sns:us-east-2:444455556666:news?1"), "",
		Request{Principal: bob, Action: "sns:Publish", Resource: "arn:aws:sns:us-east-2:444455556666:news:1"}, false},
	{"resource", "if the * wildcard is the last character of a resource ARN segment, it can expand to match beyond the colon",
		allow("*", "arn:aws:sqs:*:queue1"), "",
		Request{Principal: bob, Action: "sqs:SendMessage", Resource: queue}, true},
	{"notresource", "NotResource … matches every resource except those specified",
		`{Statement: {Effect: Allow, Action: "*", NotResource: "arn:aws:sqs:*:*:queue1"}}`, "",
		Request{Principal: bob, Action: "sqs:SendMessage", Resource: queue}, false},
	{"variables", "a policy variable is replaced by the value of the request",
		`{Version: 2012-10-17, Statement: {Effect: Allow, Action: "*", Resource: "arn:aws:sqs:*:*:${aws:username}-*"}}`, "",
		Request{Principal: bob, Action: "sqs:SendMessage", Resource: "arn:aws:sqs:us-east-2:444455556666:Bob-jobs"}, true},
	{"version", "without a Version of 2012-10-17, variables … are treated as literal strings",
		`{Statement: {Effect: Allow, Action: "*", Resource: "arn:aws:sqs:*:*:${aws:username}-*"}}`, "",
		Request{Principal: bob, Action: "sqs:SendMessage", Resource: "arn:aws:sqs:us-east-2:444455556666:Bob-jobs"}, false},
}

func TestRequestsAreDecidedAsTheIAMUserGuideSays(t *testing.T) {
	for _, c := range sentences {
		d := Decide(identities(t, c.identity), parse(t, Resource, c.resource), c.request)
		if d.Allowed() != c.want {
			t.Errorf("%s: %q: %v", c.page, c.sentence, d)
		}
	}
}

// topic and others are values of condition keys.
const topic = "arn:aws:sns:us-east-2:123456789012:news"

// Each case is a sentence of the IAM user guide's pages on conditions: whether the condition holds.
func TestConditionsHoldAsTheIAMUserGuideSays(t *testing.T) {
	from := map[string]string{"aws:SourceArn": topic, "aws:SourceAccount": "123456789012"}
	for _, c := range []struct {
		sentence, condition string
		context             map[string]string
		want                bool
	}{
		{"StringEquals: exact matching, case sensitive", `{StringEquals: {"aws:PrincipalTag/team": Red}}`,
			map[string]string{"aws:PrincipalTag/team": "red"}, false},
		{"StringEquals: exact matching: wildcards are characters", `{StringEquals: {aws:SourceArn: "` + topic[:20] + `*"}}`, from, false},
		{"StringEqualsIgnoreCase: exact matching, ignoring case", `{StringEqualsIgnoreCase: {"aws:PrincipalTag/team": Red}}`,
			map[string]string{"aws:PrincipalTag/team": "rED"}, true},
		{"StringLike: multi-character (*) and single-character match wildcards (?) anywhere in the string",
			`{StringLike: {aws:SourceArn: "arn:*:new?"}}`, from, true},
		{"condition key names are not case-sensitive", `{StringEquals: {AWS:sourceaccount: 123456789012}}`, from, true},
		{"each of the six colon-delimited components of the ARN is checked separately",
			`{ArnLike: {aws:SourceArn: "arn:aws:someservice:*:111122223333:finance/*"}}`, map[string]string{"aws:SourceArn": "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt"}, false},
		{"with a StringLike condition, the match succeeds",
			`{StringLike: {aws:SourceArn: "arn:aws:someservice:*:111122223333:finance/*"}}`, map[string]string{"aws:SourceArn": "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt"}, true},
		{"the ArnEquals and ArnLike condition operators behave identically", `{ArnEquals: {aws:SourceArn: "arn:aws:sns:*:*:n*s"}}`, from, true},
		{"ArnNotEquals: negated matching", `{ArnNotEquals: {aws:SourceArn: "` + topic + `"}}`, from, false},
		{"Bool: boolean matching", `{Bool: {aws:SecureTransport: "false"}}`, nil, false},
		{"the aws:SecureTransport key is always present", `{Bool: {aws:SecureTransport: true}}`, nil, true},
		{"if the key … is not present in the request context, the values do not match and the condition is false",
			`{ArnLike: {aws:SourceArn: "arn:aws:sns:*:*:*"}}`, nil, false},
		{"if the policy condition requires that the key is not matched … and the right key is not present, the condition is true",
			`{StringNotLike: {aws:SourceAccount: "*"}}`, nil, true},
		{"IfExists: if the key is not present, evaluate the condition element as true",
			`{StringEqualsIfExists: {aws:SourceAccount: 999999999999}}`, nil, true},
		{"IfExists: if the key is present, process the key as specified",
			`{StringEqualsIfExists: {aws:SourceAccount: 999999999999}}`, from, false},
		{"Null true: the key doesn't exist", `{"Null": {aws:SourceAccount: "true"}}`, nil, true},
		{"Null true: the key doesn't exist: it does", `{"Null": {aws:SourceAccount: "true"}}`, from, false},
		{"Null false: the key exists and its value is not null", `{"Null": {aws:SourceAccount: false}}`, from, true},
		{"several values of a key: OR", `{StringEquals: {aws:SourceAccount: [999999999999, 123456789012]}}`, from, true},
		{"several values of a negated operator: NOR", `{StringNotEquals: {aws:SourceAccount: [999999999999, 123456789012]}}`, from, false},
		{"several keys: AND", `{StringEquals: {aws:SourceAccount: 123456789012, aws:ResourceAccount: 999999999999}}`, from, false},
		{"several operators: AND", `{StringEquals: {aws:SourceAccount: 123456789012}, ArnLike: {aws:SourceArn: "arn:aws:s3:::*"}}`, from, false},
		{"ForAllValues: an empty data set returns true", `{"ForAllValues:StringEquals": {aws:SourceAccount: 999999999999}}`, nil, true},
		{"ForAnyValue: an empty data set returns false", `{"ForAnyValue:StringNotEquals": {aws:SourceAccount: 999999999999}}`, nil, false},
		{"a policy variable in a condition", `{StringEquals: {aws:PrincipalTag/account: "${aws:SourceAccount}"}}`,
			map[string]string{"aws:SourceAccount": "1", "aws:PrincipalTag/account": "1"}, true},
		{"a policy variable without a value matches nothing", `{StringLike: {aws:PrincipalTag/a: "${aws:SourceAccount}*"}}`,
			map[string]string{"aws:PrincipalTag/a": "1"}, false},
		{"a default value of a policy variable", `{StringEquals: {aws:PrincipalTag/a: "${aws:SourceAccount, 'none'}"}}`,
			map[string]string{"aws:PrincipalTag/a": "none"}, true},
		{"${*} is a *", `{StringLike: {aws:PrincipalTag/a: "${*}"}}`, map[string]string{"aws:PrincipalTag/a": "x"}, false},
		{"aws:PrincipalArn of a user", `{ArnEquals: {aws:PrincipalArn: "` + bob + `"}}`, nil, true},
		{"aws:PrincipalAccount", `{StringEquals: {aws:PrincipalAccount: 444455556666}}`, nil, true},
	} {
		p := parse(t, Identity, `{Version: 2012-10-17, Statement: {Effect: Allow, Action: "*", Resource: "*", Condition: `+c.condition+`}}`)
		r := Request{Principal: bob, Action: "sqs:SendMessage", Resource: queue, Context: c.context}
		d := Decide([]*Policy{p}, nil, r)
		if d.Allowed() != c.want {
			t.Errorf("%q: %v", c.sentence, d)
		}
	}
}

func TestASessionsPrincipalArnIsItsRoles(t *testing.T) {
	p := parse(t, Resource, `{Statement: {Effect: Allow, Principal: "*", Action: "*", Resource: "*",
		Condition: {ArnEquals: {aws:PrincipalArn: "arn:aws:iam::444455556666:role/worker"}}}}`)
	r := Request{Principal: "arn:aws:sts::444455556666:assumed-role/worker/i-1", Action: "sqs:SendMessage", Resource: queue}
	if d := Decide(nil, p, r); !d.Allowed() {
		t.Error(d)
	}
}

func TestAnArnThatNamesNoAccountNeedsTheOwnersToBeGiven(t *testing.T) {
	identity := identities(t, allow("s3:PutObject", "arn:aws:s3:::uploads/*"))
	r := Request{Principal: bob, Action: "s3:PutObject", Resource: "arn:aws:s3:::uploads/a"}
	if d := Decide(identity, nil, r); d.Allowed() {
		t.Errorf("nobody knows whose bucket it is: %v", d)
	}
	if r.ResourceAccount = there; !Decide(identity, nil, r).Allowed() {
		t.Error("the bucket is the user's account's")
	}
	if r.ResourceAccount = here111; Decide(identity, nil, r).Allowed() {
		t.Error("the bucket is another account's")
	}
}

func TestADecisionSaysWhy(t *testing.T) {
	for _, c := range []struct{ identity, resource, principal, want string }{
		{"", "", bob, "denied: no statement of the identity or resource policy allows it"},
		{"", "", alice, "denied: no statement of the identity and none of the resource policy allows it " +
			"(the principal is of another account: both sides must allow)"},
		{allow("*", "*"), "", alice, "denied: no statement of the resource policy allows it " +
			"(the principal is of another account: both sides must allow)"},
		{"", "", "s3.amazonaws.com", "denied: no statement of the resource policy allows it (a service has no identity policies)"},
		{"", grant("{AWS: 444455556666}", "*"), bob, "denied: no statement of the identity policy allows it " +
			"(resource: Statement[0] leaves it to the account's identity policies)"},
		{allow("*", "*"), grant("{AWS: 111122223333}", "*"), alice, "allowed by identity: Statement[0] and resource: Statement[0]"},
		{`{Statement: [{Effect: Deny, Action: sns:Publish, Resource: "*"}, {Sid: Stop, Effect: Deny, Action: "*", Resource: "*"}]}`,
			"", bob, "denied by identity: Statement[1] (Stop)"},
		{"", "", "arn:aws:iam::444455556666:root", "allowed by being the account's root user"},
	} {
		d := Decide(identities(t, c.identity), parse(t, Resource, c.resource),
			Request{Principal: c.principal, Action: "sqs:SendMessage", Resource: queue})
		if d.String() != c.want {
			t.Errorf("%s\nnot %s", d, c.want)
		}
	}
}

func TestAKeysPolicyDecidesOrLeavesItToItsAccount(t *testing.T) {
	key := ARN("kms", "us-east-2", there, "key/1")
	r := Request{Principal: bob, Action: "kms:Decrypt", Resource: key}
	named := parse(t, Resource, `{Statement: {Effect: Allow, Principal: {AWS: `+bob+`}, Action: kms:Decrypt, Resource: "*"}}`)
	left := parse(t, Resource, `{Statement: {Effect: Allow, Principal: {AWS: 444455556666}, Action: "kms:*", Resource: "*"}}`)
	may := identities(t, allow("kms:Decrypt", key))
	for _, c := range []struct {
		identity []*Policy
		resource *Policy
		want     bool
	}{{nil, named, true}, {nil, left, false}, {may, left, true}, {may, nil, false}} {
		if d := Decide(c.identity, c.resource, r); d.Allowed() != c.want {
			t.Error(d)
		}
	}
	r.Principal = "arn:aws:iam::444455556666:root"
	if d := Decide(nil, left, r); !d.Allowed() {
		t.Errorf("the account is named, and its root user is the account: %v", d)
	}
	r.Principal = alice
	if d := Decide(nil, parse(t, Resource, strings.ReplaceAll(`{Statement: {Effect: Allow, Principal: {AWS: X}, Action: "*",
		Resource: "*"}}`, "X", alice)), r); d.Allowed() {
		t.Error(d)
	}
}
