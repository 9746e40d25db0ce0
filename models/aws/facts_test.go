package aws_test

import (
	"math"
	"reflect"
	"testing"

	"weir/models/aws"
	"weir/models/spec"
	"weir/models/sqs"
	"weir/sim"
	"weir/sim/random"
)

func fill[T any](t *testing.T, profile string) (constants T) {
	t.Helper()
	p, err := aws.Load(profile)
	if err != nil {
		t.Fatal(err)
	}
	p.Fill(&constants)
	return constants
}

// Each line is a sentence of AWS's documentation; the data files name the pages.
func TestTheQuotasAreAWSs(t *testing.T) {
	for _, year := range []string{"aws-2021", "aws-2026"} {
		q := fill[sqs.Limits](t, year)
		for _, c := range []struct {
			sentence  string
			got, want int64
		}{
			{"a batch holds up to 10 messages", q.BatchSizeMax, 10},
			{"about 120,000 messages in flight", q.InFlightMax, 120000},
			{"the maximum delay is 15 minutes", int64(q.DelayMax), int64(15 * 60 * sim.Second)},
			{"retention from 60 seconds", int64(q.RetentionMin), int64(60 * sim.Second)},
			{"retention to 1,209,600 seconds", int64(q.RetentionMax), int64(1209600 * sim.Second)},
			{"visibility timeout 0 to 43,200 seconds", int64(q.VisibilityMax), int64(43200 * sim.Second)},
			{"the maximum long polling wait time is 20 seconds", int64(q.WaitTimeMax), int64(20 * sim.Second)},
			{"the message deletion process takes up to 60 seconds", int64(q.PurgeTime), int64(60 * sim.Second)},
		} {
			if c.got != c.want {
				t.Errorf("%s: %s: the profile holds %d, not %d", year, c.sentence, c.got, c.want)
			}
		}
	}
	old, new := fill[sqs.Limits](t, "aws-2021"), fill[sqs.Limits](t, "aws-2026")
	if old.MessageSizeMax != 262144 || old.BatchBytesMax != 262144 {
		t.Error("2021: the maximum is 262,144 bytes (256 KiB)")
	}
	if new.MessageSizeMax != 1048576 || new.BatchBytesMax != 1048576 {
		t.Error("2026: the maximum is 1,048,576 bytes (1 MiB)")
	}
	if new.BackOfQueueReceives != 3 || old.BackOfQueueReceives != math.MaxInt64 {
		t.Error("2026: after 3 receives a message goes to the back of the queue")
	}
}

// "Amazon SQS API Reference", CreateQueue (read 2026-07): MessageRetentionPeriod 345,600 s, VisibilityTimeout 30 s,
// ReceiveMessageWaitTimeSeconds 0, DelaySeconds 0.
func TestAQueueUnlessSetIsAWSsDefault(t *testing.T) {
	for field, want := range map[string]sim.Duration{
		"Retention": 345_600 * sim.Second, "VisibilityTimeout": 30 * sim.Second, "ReceiveWaitTime": 0, "Delay": 0,
	} {
		f, ok := reflect.TypeFor[sqs.Spec]().FieldByName(field)
		var got spec.Duration
		if err := got.UnmarshalText([]byte(f.Tag.Get("default"))); !ok || err != nil || sim.Duration(got) != want {
			t.Errorf("the default %s of a scenario's queue is %v, not %v (%v)", field, got, want, err)
		}
	}
}

// latencies are the round trips as random.Dist in nanoseconds.
type latencies struct {
	Send    spec.Durations `aws:"sdk.sqs.send.latency"`
	Receive spec.Durations `aws:"sdk.sqs.receive.latency"`
	Delete  spec.Durations `aws:"sdk.sqs.delete.latency"`
}

const millisecond = 1e6

// shareUpTo returns the share of a distribution's values up to x, from its quantiles.
func shareUpTo(d random.Dist, x float64) float64 {
	low, high := 0.0, 1.0
	for range 50 {
		if p := (low + high) / 2; d.Quantile(p) <= x {
			low = p
		} else {
			high = p
		}
	}
	return low
}

// softwaremill/mqperf article.md (20 July 2021), SQS: one thread sends 528 messages a second in batches of 5.5 on
// average, five 2,680, twenty-five 13,345; "send latency" 49 ms in each.
func TestSendsKeepMqperfsThroughputAndTail(t *testing.T) {
	l := fill[latencies](t, "aws-2021")
	send := l.Send.Dist()
	for _, c := range []struct{ threads, messages float64 }{{1, 528}, {5, 2680}, {25, 13345}} {
		predicted := c.threads * 5.5 * 1000 * millisecond / send.Mean()
		if off := predicted/c.messages - 1; math.Abs(off) > 0.02 {
			t.Errorf("%v threads send %v messages/s, measured %v: off by %.1f %%", c.threads, predicted, c.messages, 100*off)
		}
	}
	// Prometheus's histogram_quantile(0.95), where the bucket from 0 to 50 ms holds more than 95 %: linear inside it.
	if printed := 50 * 0.95 / shareUpTo(send, 50*millisecond); math.Abs(printed-49) > 0.2 {
		t.Errorf("mqperf would print a p95 of %.1f ms, not 49", printed)
	}
}

// bitesizedserverless.com, "Serverless Messaging: Latency Compared" (September 2022): SQS standard to Lambda.
// The tolerances are those of the validation cases: p50 25 %, p90 35 %, p99 within a factor of 2.
func TestSendAndReceiveLeaveTenMillisecondsForTheInvocation(t *testing.T) {
	l := fill[latencies](t, "aws-2021")
	r := sim.NewEngine(1, 0).Rand("test")
	send, receive := l.Send.Dist(), l.Receive.Dist()
	const n = 200_000
	oneWay := make([]float64, n)
	for i := range oneWay {
		oneWay[i] = (send.Sample(r)+receive.Sample(r))/2/millisecond + 10
	}
	values, err := random.NewEmpirical(oneWay, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ p, measured, factor float64 }{{0.5, 16.2, 1.25}, {0.9, 33.8, 1.35}, {0.99, 105, 2}} {
		if got := values.Quantile(c.p); got > c.measured*c.factor || got < c.measured/c.factor {
			t.Errorf("p%v is %.1f ms, measured %v", 100*c.p, got, c.measured)
		}
	}
}

// mqperf's receivers use the buffered client of the SDK for Java: per node 10 receives of up to 10 messages and 5
// deletes of up to 10 under way. Two nodes saturate at 14,423 messages/s.
func TestReceivesAndDeletesAreNotSlowerThanMqperfsReceiversShow(t *testing.T) {
	l := fill[latencies](t, "aws-2021")
	perNode := 14423.0 / 2
	if bound := 10 * 10 / perNode * 1000 * millisecond; l.Receive.Dist().Mean() > bound {
		t.Errorf("a receive takes %v ns on average, at most %v", l.Receive.Dist().Mean(), bound)
	}
	bound := 5 * 10 / perNode * 1000 * millisecond
	if mean := l.Delete.Dist().Mean(); mean > bound || mean < 0.99*bound {
		t.Errorf("a delete takes %v ns on average; it was set to the bound, %v", mean, bound)
	}
}

// The note of sqs.short_poll_share.
func TestAShortPollFindsWhatTheRecordingsFound(t *testing.T) {
	q := fill[sqs.Limits](t, aws.Default)
	share := float64(q.ShortPollShare)
	if share < math.Cbrt(0.05) {
		t.Errorf("with a share of %v, 3 of 3 first polls find a lone message in fewer than 5 %% of the tries", share)
	}
	// With n messages spread evenly, one asked for 10 gets fewer when fewer than 10 of n stand on the servers asked.
	fewer := func(n int) (p float64) {
		term := math.Pow(1-share, float64(n))
		for k := range 10 {
			p += term
			term *= float64(n-k) / float64(k+1) * share / (1 - share)
		}
		return p
	}
	if fewer(18) <= 0.5 || fewer(20) >= 0.5 {
		t.Errorf("fewer than 10 most likely while fewer than 19 wait: P(18) = %v, P(20) = %v", fewer(18), fewer(20))
	}
}

func TestMaxConnectionsIsAWSsFormulaOverTheMemoryThatIsLeft(t *testing.T) {
	rds := fill[aws.DatabaseConstants](t, aws.Default)
	const gib = 1 << 30
	for _, c := range []struct {
		source   string
		engine   string
		gib      float64
		measured int64
		within   float64
	}{
		{"gist.github.com/guizmaii/1cacffef793c2ba9645083c3e18b3d8c, db.t2.small", "postgres", 2, 198, 0.015},
		{"the same, db.t2.medium", "postgres", 4, 413, 0.015},
		{"the same, db.t2.large and db.m4.large", "postgres", 8, 856, 0.015},
		{"the same, db.r4.large", "postgres", 15.25, 1660, 0.015},
		{"RDS user guide, CHAP_Limits: around 1,300 with 16 GiB", "mysql", 16, 1300, 0.02},
		{"LEAST(..., 5000)", "postgres", 256, 5000, 0},
	} {
		got := rds.MaxConnections(c.engine, aws.InstanceType{MemoryBytes: int64(c.gib * gib)})
		if off := float64(got)/float64(c.measured) - 1; math.Abs(off) > c.within {
			t.Errorf("%s: %d connections, not %d", c.source, got, c.measured)
		}
	}
	ideal := fill[aws.DatabaseConstants](t, "ideal")
	if got := ideal.MaxConnections("postgres", aws.InstanceType{MemoryBytes: gib}); got < 1e9 {
		t.Errorf("the ideal profile allows only %d connections", got)
	}
	if got := rds.MaxConnections("postgres", aws.InstanceType{MemoryBytes: 1}); got != 1 {
		t.Errorf("a database allows %d connections", got)
	}
}

func TestTheIdealProfileCostsNoTimeAndLosesNothing(t *testing.T) {
	q, l := fill[sqs.Limits](t, "ideal"), fill[latencies](t, "ideal")
	for _, d := range []*spec.Durations{&l.Send, &l.Receive, &l.Delete} {
		if d.Dist().Mean() != 0 || d.Dist().Quantile(0.999) != 0 {
			t.Error("a call takes time")
		}
	}
	if q.Servers != 1 || q.ShortPollShare != 1 || q.DuplicateShare != 0 || !q.InstantPolling {
		t.Errorf("got %+v", q)
	}
}

func TestSizesAreThoseOfTheUserGuides(t *testing.T) {
	for _, c := range []struct {
		look  func(string) (aws.InstanceType, error)
		name  string
		vcpus int
		gib   float64
	}{
		{aws.LookUpInstance, "m5.large", 2, 8}, {aws.LookUpInstance, "t3.nano", 2, 0.5},
		{aws.LookUpInstance, "r5.2xlarge", 8, 64}, {aws.LookUpInstance, "m3.medium", 1, 3.75},
		{aws.LookUpDatabaseClass, "db.m5.large", 2, 8}, {aws.LookUpDatabaseClass, "db.r5.24xlarge", 96, 768},
	} {
		got, err := c.look(c.name)
		if want := (aws.InstanceType{VCPUs: c.vcpus, MemoryBytes: int64(c.gib * (1 << 30))}); err != nil || got != want {
			t.Errorf("%s is %+v, not %+v (%v)", c.name, got, want, err)
		}
	}
}

func TestAnUnknownTypeIsAnErrorThatSuggestsTheOneThatWasMeant(t *testing.T) {
	for name, want := range map[string]string{
		"m5.lrage": `there is no instance type "m5.lrage" of known size and price; did you mean m5.large?`,
		"db.m5":    `there is no instance type "db.m5" of known size and price`,
	} {
		if _, err := aws.LookUpInstance(name); err == nil || err.Error()[:min(len(want), len(err.Error()))] != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := aws.LookUpDatabaseClass("m5.large"); err == nil {
		t.Error("m5.large is not a class of databases")
	}
}
