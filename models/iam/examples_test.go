package iam

import "testing"

// crossAccount is AWS's policy of a queue for a producer of another account: SQS developer guide, basic examples of
// SQS policies, example 1 (awsdocs/amazon-sqs-developer-guide @24e059f4).
const crossAccount = `{
   "Version": "2012-10-17",
   "Id": "Queue1_Policy_UUID",
   "Statement": [{
      "Sid":"Queue1_SendMessage",
      "Effect": "Allow",
      "Principal": {
         "AWS": [
            "111122223333"
         ]
      },
      "Action": "sqs:SendMessage",
      "Resource": "arn:aws:sqs:us-east-2:444455556666:queue1"
   }]
}`

func TestAnInstanceSendsToAnotherAccountsQueueWithBothPolicies(t *testing.T) {
	queuePolicy := parse(t, Resource, crossAccount)
	may := identities(t, allow("sqs:SendMessage", queue))
	send := Request{
		Principal: "arn:aws:sts::111122223333:assumed-role/producer/i-0abc", Action: "sqs:SendMessage", Resource: queue,
	}
	for _, c := range []struct {
		name     string
		identity []*Policy
		resource *Policy
		change   func(*Request)
		want     bool
	}{
		{"both policies", may, queuePolicy, func(*Request) {}, true},
		{"no policy of the queue", may, nil, func(*Request) {}, false},
		{"no policy of the instance's role", nil, queuePolicy, func(*Request) {}, false},
		{"an account that is not named", may, queuePolicy,
			func(r *Request) { r.Principal = "arn:aws:iam::999999999999:role/x" }, false},
		{"an action that is not granted", identities(t, allow("sqs:*", "*")), queuePolicy,
			func(r *Request) { r.Action = "sqs:ReceiveMessage" }, false},
		{"another queue", identities(t, allow("sqs:*", "*")), queuePolicy,
			func(r *Request) { r.Resource = "arn:aws:sqs:us-east-2:444455556666:queue2" }, false},
	} {
		r := send
		c.change(&r)
		if d := Decide(c.identity, c.resource, r); d.Allowed() != c.want {
			t.Errorf("%s: %v", c.name, d)
		}
	}
}

// fromBucket is AWS's policy of a queue for a bucket's event notifications: S3 user guide, granting permissions to
// publish event notification messages to a destination (awsdocs/amazon-s3-userguide @0bd3dc39), with names filled in.
const fromBucket = `{
    "Version": "2012-10-17",
    "Id": "example-ID",
    "Statement": [
        {
            "Sid": "example-statement-ID",
            "Effect": "Allow",
            "Principal": {
                "Service": "s3.amazonaws.com"
            },
            "Action": [
                "SQS:SendMessage"
            ],
            "Resource": "arn:aws:sqs:us-east-2:444455556666:queue1",
            "Condition": {
                "ArnLike": {
                    "aws:SourceArn": "arn:aws:s3:*:*:awsexamplebucket1"
                },
                "StringEquals": {
                    "aws:SourceAccount": "111122223333"
                }
            }
        }
    ]
}`

func TestABucketWritesToAQueueWhosePolicyNamesIt(t *testing.T) {
	queuePolicy := parse(t, Resource, fromBucket)
	for _, c := range []struct {
		name, bucket, account string
		policy                *Policy
		want                  bool
	}{
		{"the bucket", "arn:aws:s3:::awsexamplebucket1", here111, queuePolicy, true},
		{"another bucket", "arn:aws:s3:::awsexamplebucket2", here111, queuePolicy, false},
		{"a bucket of that name, of another owner", "arn:aws:s3:::awsexamplebucket1", there, queuePolicy, false},
		{"a queue without a policy", "arn:aws:s3:::awsexamplebucket1", here111, nil, false},
	} {
		d := Decide(nil, c.policy, Request{
			Principal: "s3.amazonaws.com", Action: "sqs:SendMessage", Resource: queue,
			Context: map[string]string{"aws:SourceArn": c.bucket, "aws:SourceAccount": c.account},
		})
		if d.Allowed() != c.want {
			t.Errorf("%s: %v", c.name, d)
		}
	}
	if d := Decide(identities(t, allow("*", "*")), queuePolicy,
		Request{Principal: alice, Action: "sqs:SendMessage", Resource: queue}); d.Allowed() {
		t.Errorf("a user is no service: %v", d)
	}
}

// Carlos, of the IAM user guide's page on policy evaluation (awsdocs/iam-user-guide @149cf97f).
func TestCarlosMaySaveToHisBucketAndNotToTheLogs(t *testing.T) {
	identity := identities(t, `{"Version": "2012-10-17", "Statement": [
		{"Sid": "AllowS3ListRead", "Effect": "Allow", "Action": ["s3:GetBucketLocation", "s3:ListAllMyBuckets"],
			"Resource": "arn:aws:s3:::*"},
		{"Sid": "AllowS3Self", "Effect": "Allow", "Action": "s3:*",
			"Resource": ["arn:aws:s3:::carlossalazar/*", "arn:aws:s3:::carlossalazar"]},
		{"Sid": "DenyS3Logs", "Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::*log*"}]}`)
	bucket := parse(t, Resource, `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
		"Principal": {"AWS": "arn:aws:iam::123456789012:user/carlossalazar"}, "Action": "s3:*",
		"Resource": ["arn:aws:s3:::carlossalazar/*", "arn:aws:s3:::carlossalazar"]}]}`)
	save := Request{
		Principal: "arn:aws:iam::123456789012:user/carlossalazar", Action: "s3:PutObject", ResourceAccount: "123456789012",
		Resource: "arn:aws:s3:::carlossalazar-logs/a",
	}
	if d := Decide(identity, nil, save); d.Verdict != ExplicitDeny || d.By[0].Sid != "DenyS3Logs" {
		t.Error(d)
	}
	save.Resource = "arn:aws:s3:::carlossalazar/a"
	for _, p := range []*Policy{bucket, nil} {
		if d := Decide(identity, p, save); !d.Allowed() {
			t.Error(d)
		}
	}
	if d := Decide(nil, bucket, save); !d.Allowed() {
		t.Error(d)
	}
}
