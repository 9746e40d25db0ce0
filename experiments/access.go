package experiments

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"

	"weir/experiments/scenario"
	"weir/models/analytics"
	"weir/models/cloudwatch"
	"weir/models/ec2"
	"weir/models/eventbridge"
	"weir/models/firehose"
	"weir/models/iam"
	"weir/models/kcl"
	"weir/models/kinesis"
	"weir/models/kms"
	"weir/models/lambda"
	"weir/models/message"
	"weir/models/sdk"
	"weir/models/sns"
	"weir/models/spec"
	"weir/models/sqs"
	"weir/models/storage"
)

// An edge of the design is decided once, when it is built. A policy that the scenario does not give is held to allow
// what its own account may allow: a role without identity policies may do everything, and a resource without a policy
// serves its own account and the services that work for it. So a design that says nothing of access is granted all,
// and one that says something is judged by what it says.

// identityOf and resourceOf return what a component's Spec says of access, or nil.
func identityOf(c *scenario.Component) *iam.IdentitySpec {
	switch s := c.Spec.(type) {
	case *sdk.ProducerSpec:
		return &s.IdentitySpec
	case *ec2.Spec:
		return &s.IdentitySpec
	case *lambda.Spec:
		return &s.IdentitySpec
	case *kcl.Spec:
		return &s.IdentitySpec
	case *firehose.Spec:
		return &s.IdentitySpec
	case *analytics.Spec:
		return &s.IdentitySpec
	case *cloudwatch.Spec:
		return &iam.IdentitySpec{Account: s.Account}
	}
	return nil
}

func resourceOf(c *scenario.Component) *iam.ResourceSpec {
	switch s := c.Spec.(type) {
	case *sqs.Spec:
		return &s.ResourceSpec
	case *sns.Spec:
		return &s.ResourceSpec
	case *storage.BucketSpec:
		return &s.ResourceSpec
	case *kms.Spec:
		return &s.ResourceSpec
	case *eventbridge.Spec:
		return &s.ResourceSpec
	case *storage.TableSpec:
		return &s.ResourceSpec
	case *kinesis.Spec:
		return &s.ResourceSpec
	case *lambda.Spec:
		return &iam.ResourceSpec{Account: s.Account, Policy: s.Policy}
	case *firehose.Spec:
		return &iam.ResourceSpec{Account: s.Account} // it has no policy of its own
	}
	return nil
}

// readPolicies reads all policies of the design.
func (b *builder) readPolicies() {
	d := b.doc.Decoder()
	read := func(c *scenario.Component, field string, node *yaml.Node, kind iam.Kind) {
		if node != nil {
			path := spec.Join(c.Path(), field)
			b.policies[path] = iam.Decode(d, node, path, kind)
		}
	}
	for i := range b.doc.Components {
		c := &b.doc.Components[i]
		if s := identityOf(c); s != nil {
			for i, node := range s.IdentityPolicies {
				read(c, fmt.Sprintf("identity_policies[%d]", i), node, iam.Identity)
			}
		}
		if s := resourceOf(c); s != nil {
			read(c, "policy", s.Policy, iam.Resource)
		}
	}
	b.problems = append(b.problems, d.Errors...)
}

// principal is who makes the calls on an edge.
type principal struct {
	path     string // of the component
	id       string // ARN of a role, or a service
	account  iam.Account
	service  bool
	policies []*iam.Policy
	context  map[string]string
}

// everything are the identity policies of a role that the scenario says nothing of.
var everything = []*iam.Policy{func() *iam.Policy {
	p, err := iam.Parse("its identity policies, which are not given,", []byte(
		`{Version: "2012-10-17", Statement: {Effect: Allow, Action: "*", Resource: "*"}}`), iam.Identity)
	if err != nil {
		panic(err)
	}
	return p
}()}

// principalOf returns who makes a component's calls: a role of its own name, or the service that it is.
func (b *builder) principalOf(c *scenario.Component) principal {
	p := principal{path: c.Path(), policies: everything}
	switch s := c.Spec.(type) {
	case *sdk.ProducerSpec:
		p.service, p.id = s.Service != "", string(s.Service)
	case *sns.Spec:
		p.service, p.id = true, "sns.amazonaws.com"
	case *storage.BucketSpec:
		p.service, p.id = true, "s3.amazonaws.com"
	case *eventbridge.Spec:
		p.service, p.id = true, "events.amazonaws.com"
	case *cloudwatch.Spec:
		p.service, p.id = true, "cloudwatch.amazonaws.com"
	}
	if p.service {
		if r := resourceOf(c); r != nil {
			p.account = r.Account
			p.context = map[string]string{"aws:SourceArn": b.arn(c), "aws:SourceAccount": string(r.Account)}
		} else {
			p.account = identityOf(c).Account
			p.context = map[string]string{
				"aws:SourceArn": b.sourceARN(p.id, p.account, c.Link.Name), "aws:SourceAccount": string(p.account),
			}
		}
		return p
	}
	s := identityOf(c)
	p.account = s.Account
	p.id = iam.ARN("iam", "", string(s.Account), "role/"+c.Link.Name)
	if s.IdentityPolicies != nil {
		p.policies = nil
		for i := range s.IdentityPolicies {
			p.policies = append(p.policies, b.policies[spec.Join(c.Path(), fmt.Sprintf("identity_policies[%d]", i))])
		}
	}
	return p
}

// sourceARN returns the ARN of what a service sends for: of the alarm, rule or stack that has the producer's name.
func (b *builder) sourceARN(service string, account iam.Account, name string) string {
	prefix, _, _ := strings.Cut(service, ".")
	kind := map[string]string{"cloudwatch": "alarm:", "events": "rule/", "cloudformation": "stack/"}[prefix]
	return iam.ARN(prefix, b.doc.Region, string(account), kind+name)
}

// arn returns the ARN of a resource; of a bucket, that of the bucket.
func (b *builder) arn(c *scenario.Component) string {
	region, account, name := b.doc.Region, string(resourceOf(c).Account), c.Link.Name
	switch c.Link.Section {
	case "queues":
		return iam.ARN("sqs", region, account, name)
	case "topics":
		return iam.ARN("sns", region, account, name)
	case tableSection:
		return iam.ARN("dynamodb", region, account, "table/"+name)
	case deliverySection:
		return iam.ARN("firehose", region, account, "deliverystream/"+name)
	case streamSection:
		return iam.ARN("kinesis", region, account, "stream/"+name)
	case busSection:
		return iam.ARN("events", region, account, "event-bus/"+name)
	case "functions":
		return iam.ARN("lambda", region, account, "function:"+name)
	case "keys":
		return iam.ARN("kms", region, account, "key/"+name)
	}
	return iam.ARN("s3", "", "", name)
}

// denial decides whether a component may do all of the actions with the resource that a link leads to, and returns the
// first that it may not, or nil.
func (b *builder) denial(c *scenario.Component, to spec.Link, actions ...string) *iam.Denial {
	resource := b.doc.Component(to)
	if resource == nil || resourceOf(resource) == nil || len(b.problems) > 0 {
		return nil // what is wrong has been told
	}
	p := b.principalOf(c)
	for _, action := range actions {
		if reason := b.refusal(&p, action, resource); reason != "" {
			d := &iam.Denial{Principal: p.path, Action: action, Resource: to.String(), Reason: reason}
			b.denials = append(b.denials, d)
			return d
		}
	}
	return nil
}

// refusal returns why a principal may not do something with a resource, or nothing.
func (b *builder) refusal(p *principal, action string, c *scenario.Component) string {
	r := resourceOf(c)
	policy := b.policies[spec.Join(c.Path(), "policy")]
	key, isKey := c.Spec.(*kms.Spec)
	switch {
	case isKey && key.Manager == kms.AWSManaged && (p.service || p.account != r.Account):
		return "denied: a key that AWS manages serves the roles of its own account alone, and its policy cannot be changed"
	case p.service && policy == nil && p.account == r.Account:
		return ""
	case isKey && policy == nil:
		policy = b.defaultKeyPolicy(r.Account)
	}
	request := iam.Request{
		Principal: p.id, Account: string(p.account), Action: action, Resource: b.arn(c), ResourceAccount: string(r.Account),
		Context: p.context,
	}
	if _, ok := c.Spec.(*storage.BucketSpec); ok {
		request.Resource += "/object"
	}
	if p.service {
		request.Account = ""
	}
	if d := iam.Decide(p.policies, policy, request); !d.Allowed() {
		return d.String()
	}
	return ""
}

// defaultKeyPolicy is the policy that AWS gives a new key: the identity policies of its account decide (KMS developer
// guide, default key policy).
func (b *builder) defaultKeyPolicy(account iam.Account) *iam.Policy {
	p, err := iam.Parse("the default key policy", []byte(fmt.Sprintf(
		`{Version: "2012-10-17", Statement: {Effect: Allow, Principal: {AWS: "arn:aws:iam::%s:root"}, Action: "kms:*", Resource: "*"}}`,
		account)), iam.Resource)
	if err != nil {
		panic(err)
	}
	return p
}

// The actions that the components take.
const (
	actionSend             = "sqs:SendMessage"
	actionReceive          = "sqs:ReceiveMessage"
	actionDelete           = "sqs:DeleteMessage"
	actionChangeVisibility = "sqs:ChangeMessageVisibility"
	actionPublish          = "sns:Publish"
	actionPut              = "s3:PutObject"
	actionGet              = "s3:GetObject"
	actionDeleteObject     = "s3:DeleteObject"
	actionGenerate         = "kms:GenerateDataKey"
	actionDecrypt          = "kms:Decrypt"
	actionPutItem          = "dynamodb:PutItem"
	actionDelivery         = "firehose:PutRecord"
	actionDeliveryBatch    = "firehose:PutRecordBatch"
	actionPutRecord        = "kinesis:PutRecord"
	actionPutRecords       = "kinesis:PutRecords"
	actionPutEvents        = "events:PutEvents"
	actionInvoke           = "lambda:InvokeFunction"
	actionAttributes       = "sqs:GetQueueAttributes"
	actionTrace            = "xray:PutTraceSegments"
	actionLog              = "logs:PutLogEvents"
	actionInterface        = "ec2:CreateNetworkInterface"
)

// What consumers do with a stream (Lambda developer guide, with-ddb.md, with-kinesis.md; Kinesis developer guide,
// tutorial-stock-data-kplkcl-iam.md).
var (
	tableStreamActions = []string{
		"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams",
	}
	pollActions = []string{
		"kinesis:DescribeStreamSummary", "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards",
	}
	pushActions = []string{"kinesis:DescribeStreamSummary", "kinesis:ListShards", "kinesis:SubscribeToShard"}
)

// readDenial decides whether a component may read a stream, with its key if it is encrypted.
func (b *builder) readDenial(c *scenario.Component, from spec.Link, pushed bool) *iam.Denial {
	actions := pollActions
	switch {
	case from.Section == tableSection:
		actions = tableStreamActions
	case pushed:
		actions = pushActions
	}
	d := b.denial(c, from, actions...)
	if key := b.keyOf(from); d == nil && key != nil {
		d = b.denial(c, *key, actionDecrypt)
	}
	return d
}

// sendDenial decides whether a component may send to a queue or topic, with its key if it is encrypted.
func (b *builder) sendDenial(c *scenario.Component, to spec.Link) *iam.Denial {
	action := actionSend
	switch to.Section {
	case "topics":
		action = actionPublish
	case functionSection:
		action = actionInvoke
	case busSection:
		action = actionPutEvents
	case tableSection:
		action = actionPutItem
	case deliverySection:
		action = actionDelivery
	case streamSection:
		action = actionPutRecord
	}
	return b.denialWithKey(c, to, action)
}

// denialWithKey decides whether a component may send to a resource by an action, with its key if it is encrypted.
func (b *builder) denialWithKey(c *scenario.Component, to spec.Link, action string) *iam.Denial {
	d := b.denial(c, to, action)
	if key := b.keyOf(to); d == nil && key != nil {
		d = b.denial(c, *key, actionGenerate, actionDecrypt)
	}
	return d
}

// receiveDenials decides what a fleet may do with a queue, of what it does.
func (b *builder) receiveDenials(c *scenario.Component, s *ec2.Spec, from spec.Link) (d ec2.Denials) {
	d.Receive = b.denial(c, from, actionReceive)
	if key := b.keyOf(from); d.Receive == nil && key != nil {
		d.Receive = b.denial(c, *key, actionDecrypt)
	}
	d.Delete = b.denial(c, from, actionDelete)
	if s.Heartbeat != nil || s.OnError == ec2.OnErrorRelease {
		d.ChangeVisibility = b.denial(c, from, actionChangeVisibility)
	}
	return d
}

// mappingDenial decides whether a function's role may read a queue: Lambda reads it in the role's name.
func (b *builder) mappingDenial(c *scenario.Component, from spec.Link) *iam.Denial {
	d := b.denial(c, from, actionReceive, actionDelete, actionAttributes)
	if key := b.keyOf(from); d == nil && key != nil {
		d = b.denial(c, *key, actionDecrypt)
	}
	return d
}

// roleDenial decides whether a component's role may do something that is about no component of the scenario.
func (b *builder) roleDenial(c *scenario.Component, action string) *iam.Denial {
	p := b.principalOf(c)
	d := iam.Decide(p.policies, nil, iam.Request{
		Principal: p.id, Account: string(p.account), Action: action, Resource: "*", ResourceAccount: string(p.account),
		Context: p.context,
	})
	if len(b.problems) > 0 || d.Allowed() {
		return nil
	}
	denial := &iam.Denial{Principal: p.path, Action: action, Resource: "*", Reason: d.String()}
	b.denials = append(b.denials, denial)
	return denial
}

// closedFunction is a function as it answers a topic that may not invoke it.
type closedFunction struct{ *iam.Denial }

// Deliver denies the message.
func (c closedFunction) Deliver(_ message.Ref, from message.Caller, token uint64) {
	from.Answered(token, c.Deny())
}

// Invoke denies the request.
func (c closedFunction) Invoke(_ message.Receipt, caller message.Caller, token uint64) {
	caller.Answered(token, c.Deny())
}
