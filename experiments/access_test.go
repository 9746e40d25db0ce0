package experiments

import (
	"math"
	"strings"
	"testing"
)

const edgesText = `
name: access
profile: ideal
run: {duration: 100s, replications: 1}
queues:
  q: {%QUEUE%}
  then: {%THEN%}
  dead: {}
topics: {t: {%TOPIC%subscriptions: [{to: queues.q, dead_letter: queues.dead}]}}
buckets: {b: {notifications: [{to: queues.then}]}}
keys: {k: {%KEY%}}
producers:
  direct: {to: queues.q, arrivals: {constant: 1/s}, limit: 50, %PRODUCER%}
  publisher: {to: topics.t, arrivals: {constant: 1/s}, limit: 50}
  uploader: {to: buckets.b, arrivals: {constant: 1/s}, limit: 50}
fleets:
  f: {from: queues.q, work: 1ms, then: queues.then, heartbeat: {every: 10s, extend: 1m}, %FLEET%}
  g: {from: queues.then, work: 1ms}
`

// designed fills in a template, what is not given being left out.
func designed(text string, fill map[string]string) string {
	for _, name := range []string{"QUEUE", "THEN", "TOPIC", "KEY", "PRODUCER", "FLEET"} {
		text = strings.ReplaceAll(text, "%"+name+"%", fill[name])
	}
	return text
}

// policyOf writes a policy of one statement.
func policyOf(statement string) string {
	return `{Version: "2012-10-17", Statement: [{` + statement + `}]}`
}

// Each case is a sentence of AWS's guides about who may use a queue, a topic or a key; denied is the edges that are
// refused, by principal, action and resource.
func TestEachEdgeIsDecidedByItsPolicies(t *testing.T) {
	const anyone = `Resource: "*"`
	for _, c := range []struct {
		what   string
		fill   map[string]string
		denied []string
	}{
		{"a design that says nothing is granted all", nil, nil},
		{"SQS developer guide, overview of managing access: a request from another account needs the queue's policy",
			map[string]string{"PRODUCER": "account: 444455556666"},
			[]string{"producers.direct sqs:SendMessage queues.q"}},
		{"… which grants it", map[string]string{
			"PRODUCER": "account: 444455556666",
			"QUEUE":    "policy: " + policyOf(`Effect: Allow, Principal: {AWS: 444455556666}, Action: "sqs:SendMessage", `+anyone),
		}, []string{"topics.t sqs:SendMessage queues.q"}}, // for it now names who may send, and SNS is not named
		{"SNS developer guide, fan-out to SQS: the queue's policy must let the topic send", map[string]string{
			"QUEUE": "policy: " + policyOf(`Effect: Allow, Principal: {Service: sns.amazonaws.com}, Action: "sqs:SendMessage", `+anyone+
				`, Condition: {ArnEquals: {aws:SourceArn: "arn:aws:sns:us-east-1:111122223333:t"}}`),
		}, nil},
		{"… this topic and no other", map[string]string{
			"QUEUE": "policy: " + policyOf(`Effect: Allow, Principal: {Service: sns.amazonaws.com}, Action: "sqs:SendMessage", `+anyone+
				`, Condition: {ArnEquals: {aws:SourceArn: "arn:aws:sns:us-east-1:111122223333:other"}}`),
		}, []string{"topics.t sqs:SendMessage queues.q"}},
		{"S3 user guide, permissions to publish: the queue's policy must let the bucket send", map[string]string{
			"THEN": "policy: " + policyOf(`Effect: Allow, Principal: {Service: s3.amazonaws.com}, Action: "sqs:SendMessage", `+anyone+
				`, Condition: {StringEquals: {aws:SourceAccount: "444455556666"}}`),
		}, []string{"buckets.b sqs:SendMessage queues.then"}},
		{"CloudWatch user guide, SNS topics: the topic's policy must let the alarm publish", map[string]string{
			"PRODUCER": "service: cloudwatch.amazonaws.com",
			"QUEUE": "policy: " + policyOf(`Effect: Allow, Principal: {Service: [cloudwatch.amazonaws.com, sns.amazonaws.com]}, `+
				`Action: "sqs:SendMessage", Resource: "*", `+
				`Condition: {ArnLike: {aws:SourceArn: ["arn:aws:cloudwatch:us-east-1:111122223333:alarm:direct", "arn:aws:sns:*:*:*"]}}`),
		}, nil},
		{"… and not another alarm", map[string]string{
			"PRODUCER": "service: cloudwatch.amazonaws.com",
			"QUEUE": "policy: " + policyOf(`Effect: Allow, Principal: {Service: [cloudwatch.amazonaws.com, sns.amazonaws.com]}, `+
				`Action: "sqs:SendMessage", Resource: "*", `+
				`Condition: {ArnLike: {aws:SourceArn: ["arn:aws:cloudwatch:us-east-1:111122223333:alarm:other", "arn:aws:sns:*:*:*"]}}`),
		}, []string{"producers.direct sqs:SendMessage queues.q"}},
		{"IAM user guide, evaluation logic: an explicit deny wins", map[string]string{
			"QUEUE": "policy: " + policyOf(`Effect: Deny, Principal: "*", Action: "sqs:ReceiveMessage", `+anyone),
		}, []string{"fleets.f sqs:ReceiveMessage queues.q", "topics.t sqs:SendMessage queues.q"}},
		{"IAM user guide: what nothing allows is denied", map[string]string{
			"FLEET": `identity_policies: [` + policyOf(`Effect: Allow, Action: ["sqs:ReceiveMessage", "sqs:SendMessage"], `+anyone) + `]`,
		}, []string{"fleets.f sqs:DeleteMessage queues.q", "fleets.f sqs:ChangeMessageVisibility queues.q"}},
		{"a role without any policy", map[string]string{"FLEET": `identity_policies: []`}, []string{
			"fleets.f sqs:ReceiveMessage queues.q", "fleets.f sqs:DeleteMessage queues.q",
			"fleets.f sqs:ChangeMessageVisibility queues.q", "fleets.f sqs:SendMessage queues.then",
		}},
		{"SNS developer guide, access policies: another account publishes when the topic's policy lets it", map[string]string{
			"TOPIC": "account: 444455556666, ",
		}, []string{"producers.publisher sns:Publish topics.t", "topics.t sqs:SendMessage queues.q",
			"topics.t sqs:SendMessage queues.dead"}},
		{"SQS developer guide, key management: a producer needs kms:GenerateDataKey and kms:Decrypt", map[string]string{
			"QUEUE":    "kms_key: keys.k",
			"PRODUCER": `identity_policies: [` + policyOf(`Effect: Allow, Action: "sqs:*", `+anyone) + `]`,
		}, []string{"producers.direct kms:GenerateDataKey keys.k"}},
		{"… and a consumer kms:Decrypt", map[string]string{
			"QUEUE": "kms_key: keys.k",
			"FLEET": `identity_policies: [` + policyOf(`Effect: Allow, Action: "sqs:*", `+anyone) + `]`,
		}, []string{"fleets.f kms:Decrypt keys.k"}},
		{"SNS developer guide, encrypted queues: the AWS managed key cannot serve a topic", map[string]string{
			"QUEUE": "kms_key: keys.k", "KEY": "manager: aws",
		}, []string{"topics.t kms:GenerateDataKey keys.k"}},
		{"… a key whose policy names SNS can", map[string]string{
			"QUEUE": "kms_key: keys.k",
			"KEY": "policy: " + `{Version: "2012-10-17", Statement: [` +
				`{Effect: Allow, Principal: {AWS: "arn:aws:iam::111122223333:root"}, Action: "kms:*", Resource: "*"}, ` +
				`{Effect: Allow, Principal: {Service: sns.amazonaws.com}, Action: ["kms:GenerateDataKey*", "kms:Decrypt"], Resource: "*"}]}`,
		}, nil},
	} {
		s, _ := played(t, designed(edgesText, c.fill))
		denied := map[string]bool{}
		for _, d := range s.Denied {
			denied[d.Principal+" "+d.Action+" "+d.Resource] = true
		}
		for _, want := range c.denied {
			if !denied[want] {
				t.Errorf("%s: %s is granted", c.what, want)
			}
			delete(denied, want)
		}
		if len(denied) > 0 {
			t.Errorf("%s: also denied: %v", c.what, denied)
		}
	}
}

// What is denied does not go through: a producer's messages are rejected, a topic's copies go to the dead-letter queue,
// what a fleet may not receive stays, and what it may not delete comes back.
func TestADeniedEdgeCarriesNothing(t *testing.T) {
	allow := func(actions string) string {
		return `identity_policies: [` + policyOf(`Effect: Allow, Resource: "*", Action: [`+actions+`]`) + `]`
	}
	s, _ := played(t, designed(edgesText, map[string]string{"PRODUCER": allow(`"sqs:ReceiveMessage"`)}))
	if got := s.Senders["producers.direct"].Rejected.Value; got != 50 || s.Denied[0].Calls.Value != 50 {
		t.Errorf("%v rejected, %+v", got, s.Denied)
	}
	s, _ = played(t, designed(edgesText, map[string]string{
		"QUEUE": "policy: " + policyOf(`Effect: Deny, Principal: {Service: sns.amazonaws.com}, Action: "sqs:*", Resource: "*"`),
	}))
	if got := s.Senders["topics.t -> queues.q"].DeadLettered["error"].Value; got != 50 {
		t.Errorf("%v of the topic's copies are dead-lettered, want 50", got)
	}
	s, _ = played(t, designed(edgesText, map[string]string{"FLEET": allow(`"sqs:DeleteMessage"`)}))
	if got := figure(t, s, "queues.q", "visible_end"); got != 100 {
		t.Errorf("%v messages wait, want 100", got)
	}
	s, _ = played(t, designed(edgesText, map[string]string{
		"FLEET": allow(`"sqs:ReceiveMessage", "sqs:SendMessage"`), "QUEUE": "visibility_timeout: 10s",
	}))
	if again := figure(t, s, "queues.q", "redelivered"); again < 500 {
		t.Errorf("%v deliveries again of 100 messages in 100 s", again)
	}
	warnings := strings.Join(s.Warnings(), "\n")
	if !strings.Contains(warnings, "fleets.f may not sqs:DeleteMessage on queues.q") {
		t.Errorf("warned: %s", warnings)
	}
}

// R = B/D × (2P + C) (SQS developer guide, key management): two producers and a topic send, a fleet receives, for
// 1,000 s at a reuse period of 100 s.
func TestAnEncryptedQueueCallsKMSByTheFormula(t *testing.T) {
	s, _ := played(t, `
name: encrypted
run: {duration: 1000s, warmup: 200s, replications: 1}
keys: {k: {}, topic: {}}
queues: {q: {kms_key: keys.k, data_key_reuse_period: 100s, receive_wait_time: 1s}}
topics: {t: {kms_key: keys.topic, subscriptions: [{to: queues.q}]}}
producers:
  a: {to: queues.q, arrivals: {constant: 10/s}}
  b: {to: queues.q, arrivals: {constant: 10/s}}
  c: {to: topics.t, arrivals: {constant: 10/s}}
fleets: {f: {from: queues.q, instances: 3, work: 1ms}}
`)
	for name, want := range map[string]float64{"generate_data_key_calls": 30, "decrypt_calls": 40} {
		if got := figure(t, s, "keys.k", name); math.Abs(got-want) > 1 {
			t.Errorf("%v %s, want %v", got, name, want)
		}
	}
	if got := figure(t, s, "keys.topic", "generate_data_key_calls"); math.Abs(got-1000.0/300) > 1 {
		t.Errorf("%v calls for the topic, want 3 or 4", got)
	}
	found := false
	for _, line := range s.Cost.Lines {
		found = found || line.Component == "keys.k" && strings.HasPrefix(line.Item, "kms.requests")
	}
	if !found {
		t.Errorf("the bill has no KMS requests: %+v", s.Cost.Lines)
	}
}

// An account that has used up its quota of KMS calls cannot send: the calls end with KmsThrottled.
func TestAnAccountThatKMSThrottlesCannotSend(t *testing.T) {
	s, _ := played(t, `
name: throttled
profile: ideal
run: {duration: 1000s, replications: 1}
override: {kms.request_rate: 0.001/s, kms.request_burst: 1s}
keys: {k: {}}
queues: {q: {kms_key: keys.k}}
producers: {a: {to: queues.q, arrivals: {constant: 1/s}}}
fleets: {f: {from: queues.q, receive: {wait_time: 20s}, work: 1ms}}
`)
	if got := figure(t, s, "producers.a", "rejected"); got < 990 {
		t.Errorf("%v of 1,000 messages are rejected", got)
	}
	if got := figure(t, s, "keys.k", "throttled_calls"); got < 990 {
		t.Errorf("KMS throttled %v calls", got)
	}
}

func TestWhatIsWrongWithAPolicyIsToldWithItsPlace(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"queues: {q: {policy: {Statement: {Effect: Allow, Principal: '*', Action: Send, Resource: '*'}}}}",
			"sqs:SendMessage"},
		{"queues: {q: {account: 1234}}", "an account has 12 digits"},
		{"queues: {q: {kms_key: keys.none}}", "there is no keys.none"},
		{"queues: {q: {data_key_reuse_period: 30s}}", "60s"},
		{"producers: {p: {to: queues.q, arrivals: {poisson: 1/s}, service: ses}}\nqueues: {q: {}}", "not a service"},
		{"fleets: {f: {from: queues.q, identity_policies: [{Statement: {Effect: Allow, Principal: '*', Action: '*', " +
			"Resource: '*'}}]}}\nqueues: {q: {}}", "has no Principal"},
	} {
		_, err := New("test.yaml", []byte("name: test\n"+c.text+"\n"), nil, nil)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, not %q", c.text, err, c.want)
		}
	}
}

// The first send in a period waits for GenerateDataKey and Decrypt, 3 s each: whoever sends, a producer, a topic, a
// bucket or a fleet that sends on. What is sent a second later waits for the same key, and what is sent later for none.
// (The consumer polls from the start, so that its key is there.)
func TestWhoeverSendsToAnEncryptedQueueFirstWaitsForItsKey(t *testing.T) {
	for to, path := range map[string]string{
		"queues.q": "f", "topics.t": "f", "buckets.b": "f", "topics.e": "h", "topics.t.fifo": "g", "queues.before": "f",
	} {
		s, _ := played(t, `
name: keys
profile: ideal
run: {duration: 200s, replications: 1}
override: {kms.latency: 3s}
keys: {k: {}}
queues: {q: {kms_key: keys.k}, q.fifo: {kms_key: keys.k}, plain: {}, before: {}}
topics:
  t: {subscriptions: [{to: queues.q}]}
  e: {kms_key: keys.k, subscriptions: [{to: queues.plain}]}
  t.fifo: {fifo_topic: true, subscriptions: [{to: queues.q.fifo}]}
buckets: {b: {notifications: [{to: queues.q}]}}
producers: {p: {to: `+to+`, arrivals: {schedule: [100s, 101s, 150s]}, key: {uniform: 1000}}}
fleets:
  f: {from: queues.q}
  g: {from: queues.q.fifo}
  h: {from: queues.plain}
  i: {from: queues.before, instance: {threads: 2}, then: queues.q}
`)
		latency := s.Paths["producers.p -> fleets."+path].Latency
		for name, want := range map[string]float64{"max": 6, "p50": 5, "mean": 11.0 / 3} {
			if got := latency[name].Value; math.Abs(got-want) > 0.001*want {
				t.Errorf("%s: %s latency of %v s, want %v", to, name, got, want)
			}
		}
	}
}
