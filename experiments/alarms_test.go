package experiments

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"weir/models/meter"
	"weir/results"
)

// alarmsText is a queue whose only worker stands still, with 1/s coming: each figure of its alarms can be told by hand.
const alarmsText = `
name: alarms
run: {duration: 40m, replications: 1}
producers: {web: {to: queues.orders, arrivals: {constant: 1/s}}}
queues: {orders: {}, pager: {}}
topics: {ops: {subscriptions: [{to: queues.pager}]}}
functions: {page: {timeout: 5s, work: 100ms}}
metrics:
  half: {metrics: {m1: {of: queues.orders, metric: ApproximateNumberOfMessagesVisible}}, expression: m1 / 2, every: 10s}
alarms:
  backlog:
    of: queues.orders
    metric: ApproximateNumberOfMessagesVisible
    statistic: Maximum
    evaluation_periods: 3
    threshold: 599
    alarm_actions: [topics.ops, functions.page]
    ok_actions: [topics.ops]
    expect: {fires_within: 5m, after: 10m}
  late:
    of: queues.orders
    metric: ApproximateAgeOfOldestMessage
    period: 5m
    threshold: 1190
    expect: {fires_within: 1m, after: 20m}
  rate:
    expression: sent / PERIOD(sent)
    metrics: {sent: {of: queues.orders, metric: NumberOfMessagesSent, statistic: Sum}}
    comparison_operator: LessThanThreshold
    threshold: 1.1
  fast: {of: metrics.half, period: 10s, threshold: 59}
  both: {rule: ALARM(backlog) AND ALARM(late), expect: {fires_within: 2m, after: 24m}}
  quiet: {of: queues.pager, metric: NumberOfEmptyReceives, statistic: Sum, threshold: 1, expect: {silent: true}}
`

// A minute ends with 60 messages more, the last one still on its way. The 599th is there at the end of minute 10, and
// the third datapoint with as many at that of minute 12, which can be read at 13:30 and is seen at 14:00. The mean over
// five minutes of the age of the oldest message, which is read at 18, 19 … 22 minutes, is some 20 minutes at 22:00, and
// seen at 24:00. Half of the queue is 59.5 at 2:00, put then, and seen at 2:10.
func TestAlarmsFireWhenTheyCan(t *testing.T) {
	s, _ := played(t, alarmsText)
	for name, want := range map[string]float64{
		"alarms.backlog": 14 * 60, "alarms.late": 24 * 60, "alarms.rate": 3 * 60, "alarms.fast": 130, "alarms.both": 24 * 60,
	} {
		if got := figure(t, s, name, "first_alarm_at_s"); got != want {
			t.Errorf("%s fires at %v s, want %v", name, got, want)
		}
		if got := figure(t, s, name, "in_alarm_s"); got != 2400-want {
			t.Errorf("%s was in ALARM for %v s, want %v", name, got, 2400-want)
		}
	}
	for _, c := range []struct {
		component, figure string
		want              float64
	}{
		{"alarms.backlog", "fired_after_s", 240}, {"alarms.backlog", "notifications", 3}, // OK at first, then ALARM
		{"alarms.late", "missed", 1}, {"topics.ops", "delivered", 2}, {"functions.page", "invocations", 1},
		{"metrics.half", "puts", 240}, {"metrics.half", "value_end", 1199.5},
	} {
		if got := figure(t, s, c.component, c.figure); got != c.want {
			t.Errorf("%s of %s is %v, want %v", c.figure, c.component, got, c.want)
		}
	}
	met := map[string]bool{}
	for _, o := range judgedOf(t, alarmsText) {
		met[o.Text] = o.Met
		if o.Note != "" {
			t.Errorf("%s: %s, though none was in ALARM before", o.Text, o.Note)
		}
		if o.Unit != "s" {
			t.Errorf("%s: observed in %s", o.Text, o.Unit)
		}
	}
	for text, want := range map[string]bool{
		"alarms.backlog is in ALARM within 5m after 10m": true,
		"alarms.late is in ALARM within 1m after 20m":    false,
		"alarms.both is in ALARM within 2m after 24m":    true,
		"alarms.quiet is never in ALARM":                 true,
	} {
		if got, is := met[text]; !is || got != want {
			t.Errorf("%s: %t, %t; want %t", text, got, is, want)
		}
	}
}

// judgedOf returns the objectives of a design that was run, and those of its alarms under test.
func judgedOf(t *testing.T, text string) []results.Objective {
	t.Helper()
	d := designOf(t, text)
	e, err := d.Run(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return d.Summarise(e, results.Build{}, 0).Objectives
}

// The window of observation begins in the midst of a period, and alarms see what they would have seen without it.
func TestAlarmsDoNotSeeTheWarmUpEnd(t *testing.T) {
	text := strings.Replace(alarmsText, "duration: 40m", "duration: 37m30s, warmup: 2m30s", 1)
	s, _ := played(t, text)
	for name, want := range map[string]float64{"alarms.backlog": 14 * 60, "alarms.late": 24 * 60, "alarms.rate": 3 * 60} {
		if got := figure(t, s, name, "first_alarm_at_s"); got != want {
			t.Errorf("%s fires at %v s, want %v", name, got, want)
		}
		if got := figure(t, s, name, "transitions"); name == "alarms.rate" && got != 1 {
			t.Errorf("%s has changed %v times, want 1", name, got)
		}
	}
}

// The first message expires a minute after the first, at 60 s; the dead-letter queue gets none. An alarm on the age of
// the oldest message of 50 s sees it at the end of minute 1, and is in ALARM at 3:00.
func TestAnAlarmThatIsHeldToTheFirstLoss(t *testing.T) {
	const text = `
name: loss
run: {duration: 20m, replications: 1}
producers: {web: {to: queues.orders, arrivals: {constant: 1/s}}}
queues: {orders: {retention: 1m}}
alarms:
  age:
    of: queues.orders
    metric: ApproximateAgeOfOldestMessage
    threshold: 50
    expect: {fires_within: 3m, after: first_loss}
  dead:
    of: queues.orders
    metric: ApproximateAgeOfOldestMessage
    threshold: 50
    expect: {fires_within: 3m, after: first_dead_letter}
`
	s, _ := played(t, text)
	if got := figure(t, s, "alarms.age", "fired_after_s"); got < 117 || got > 120 {
		t.Errorf("fired %v s after the first loss, want 120 less the first gap", got)
	}
	for _, o := range judgedOf(t, text) {
		if o.Met != strings.HasPrefix(o.Text, "alarms.age") || (o.Undecided == "") != o.Met {
			t.Errorf("%s: met %t, %s", o.Text, o.Met, o.Undecided)
		}
	}
}

// A deployment looks at the design's own alarms: it is stopped and rolled back when one is in ALARM, which is two
// minutes after the minute in which the new version failed.
func TestAnAlarmStopsADeployment(t *testing.T) {
	s, _ := played(t, `
name: rollback
run: {duration: 30m, replications: 1}
producers: {web: {to: functions.api, arrivals: {constant: 20/s}}}
functions:
  api: {timeout: 3s, work: 10ms, new_version: {work: 10ms, failures: {error: 100%}}}
alarms:
  errors: {of: functions.api, metric: Errors, statistic: Sum, threshold: 1, treat_missing_data: notBreaching}
deployments:
  release: {of: functions.api, at: 10m, type: Canary10Percent5Minutes, alarms: [alarms.errors]}
  again: {of: functions.api, at: 13m30s, alarms: [{alarm: alarms.errors}]}
`)
	for _, c := range []struct {
		component, figure string
		want              float64
	}{
		{"deployments.release", "stopped_by_alarm", 1}, {"deployments.release", "rolled_back", 1},
		{"deployments.release", "took_s", 180}, {"deployments.again", "stopped_by_alarm", 1},
		{"deployments.again", "took_s", 0},
	} {
		if got := figure(t, s, c.component, c.figure); got != c.want {
			t.Errorf("%s of %s is %v, want %v", c.figure, c.component, got, c.want)
		}
	}
}

// "A queue is active for up to 6 hours … there can be up to a 15-minute delay when it is activated" (SQS developer
// guide, sqs-available-cloudwatch-metrics.md): an alarm has no data of the sleeping queue, and sees the message that
// wakes it up to 15 minutes late.
func TestAQueueThatSleepsWakesUpLate(t *testing.T) {
	s, _ := played(t, `
name: sleep
run: {duration: 9h, replications: 1}
producers: {web: {to: queues.orders, arrivals: {schedule: [8h]}}}
queues: {orders: {}}
alarms:
  any: {of: queues.orders, metric: ApproximateNumberOfMessagesVisible, threshold: 1}
`)
	got := figure(t, s, "alarms.any", "first_alarm_at_s")
	if got < 8*3600+15*60 || got > 8*3600+18*60 {
		t.Errorf("in ALARM at %v s, want 15 to 18 minutes after 8 h", got)
	}
	// Until the first datapoint, and from the last one before 6 h until the wake.
	if got := figure(t, s, "alarms.any", "insufficient_data_s"); got < 2*3600 || got > 2*3600+25*60 {
		t.Errorf("%v s without data, want some more than two hours", got)
	}
}

func TestAlarmsThatCloudWatchRefuses(t *testing.T) {
	const head = `
name: refused
producers: {web: {to: queues.orders, arrivals: {constant: 1/s}}}
queues: {orders: {}, q.fifo: {}}
topics: {t.fifo: {fifo_topic: true}, ops: {}}
databases: {d: {}}
fleets: {w: {from: queues.orders, work: 1s}}
`
	for text, want := range map[string]string{
		"alarms: {a: {}}": "needs of and metric",
		"alarms: {a: {of: queues.orders, threshold: 1}}":                                    "needs metric",
		"alarms: {a: {of: queues.orders, metric: Visible}}":                                 "publishes no metric",
		"alarms: {a: {of: queues.order, metric: Visible}}":                                  "did you mean queues.orders",
		"alarms: {a: {of: producers.web, metric: Sent}}":                                    "publishes no metrics",
		"alarms: {a: {SENT, statistic: p99}}":                                               "percentiles need",
		"alarms: {a: {SENT, statistic: Median}}":                                            "is no statistic",
		"alarms: {a: {SENT, period: 10s}}":                                                  "is published every",
		"alarms: {a: {SENT, period: 90s}}":                                                  "multiple of 1m",
		"alarms: {a: {SENT, evaluation_periods: 0}}":                                        "too small",
		"alarms: {a: {SENT, period: 1h, evaluation_periods: 25}}":                           "longer than the 1d that AWS allows",
		"alarms: {a: {SENT, datapoints_to_alarm: 2}}":                                       "no more than",
		"alarms: {a: {SENT, comparison_operator: more}}":                                    "is no comparison",
		"alarms: {a: {SENT, treat_missing_data: ok}}":                                       "is no treatment",
		"alarms: {a: {SENT, threshold: 0}}":                                                 "true of every datapoint",
		"alarms: {a: {SENT, comparison_operator: LessThanThreshold}}":                       "true of no datapoint",
		"alarms: {a: {rule: ALARM(b)}}":                                                     "there is no alarm",
		"alarms: {a: {rule: ALARM(a)}}":                                                     "in a circle",
		"alarms: {a: {rule: ALARM(b)}, b: {rule: NOT OK(c)}, c: {rule: ALARM(a)}}":          "in a circle",
		"alarms: {a: {rule: ALARM b}}":                                                      "cannot stand there",
		"alarms: {a: {rule: 'TRUE', of: queues.orders}}":                                    "composite",
		"alarms: {a: {expression: m1 / m2, metrics: {m1: {of: queues.orders, metric: X}}}}": "stands not under metrics",
		"alarms: {a: {expression: m1, metrics: {m1: {of: queues.orders, metric: X}}}}":      "publishes no metric",
		"alarms: {a: {expression: m1 +, metrics: {m1: {of: queues.orders, metric: X}}}}":    "ends too early",
		"alarms: {a: {SENT, alarm_actions: [topics.t.fifo]}}":                               "cannot stand|FIFO|not a link|is a FIFO one",
		"alarms: {a: {SENT, alarm_actions: [queues.orders]}}":                               "here",
		"alarms: {a: {SENT, expect: {}}}":                                                   "fires_within",
		"alarms: {a: {SENT, expect: {fires_within: 1m, after: soon}}}":                      "is no moment",
		"alarms: {a: {SENT, expect: {fires_within: 1m, after: queues.orders}}}":             "linked to here",
		"alarms: {a: {of: fleets.w, metric: CPUUtilization, period: 5m}}":                   "set cpu_share",
		"alarms: {a: {of: databases.d, metric: CPUUtilization}}":                            "databases.d has cpu_share: 0%",
		"metrics: {m: {}}": "needs expression",
		"metrics: {m: {expression: m1, metrics: {m1: {of: databases.d, metric: DBLoad}}, every: 7s}}": "too small|multiple",
		"metrics: {m: {latency_of: queues.orders}}":                                                   "there is no path",
		"metrics: {m: {expression: m1, metrics: {m1: {SENT}, m2: {SENT}}}}":                           "does not name it",
	} {
		text = strings.ReplaceAll(text, "SENT", "of: queues.orders, metric: NumberOfMessagesSent")
		_, err := New("a.yaml", []byte(head+text+"\n"), nil, nil)
		if err == nil {
			t.Errorf("%s was taken", text)
			continue
		}
		says := func(w string) bool { return strings.Contains(err.Error(), w) }
		found := slices.ContainsFunc(strings.Split(want, "|"), says)
		if !found || !strings.HasPrefix(err.Error(), "a.yaml:7:") && !strings.HasPrefix(err.Error(), "a.yaml:") {
			t.Errorf("%s:\n%v\nwant %s", text, err, want)
		}
	}
}

// Every component that publishes metrics does so under names of its own, and each can be read.
func TestEveryMetricCanBeRead(t *testing.T) {
	published := map[string]bool{}
	for _, text := range []string{streamsText, alarmsText, metricsText, everythingText} {
		d := designOf(t, text)
		tr, err := d.build(0)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range tr.components {
			p, ok := c.(meter.Publisher)
			if !ok {
				continue
			}
			names := map[string]bool{}
			p.Metrics(func(m meter.Metric) {
				if names[m.Name] || m.Name == "" {
					t.Errorf("%s publishes %q twice, or without a name", c.Name(), m.Name)
				}
				names[m.Name] = true
				published[c.Kind()] = true
				switch {
				case m.Kind == meter.Observed && (m.Values() == nil || m.Scale <= 0):
					t.Errorf("%s of %s has no values", m.Name, c.Name())
				case m.Kind != meter.Observed && math.IsInf(m.Read(0), 0):
					t.Errorf("%s of %s is %v", m.Name, c.Name(), m.Read(0))
				}
			})
		}
	}
	for _, kind := range []string{
		"sqs.queue", "sns.topic", "lambda.function", "kinesis.stream", "kcl.application", "analytics.flink",
		"firehose.delivery_stream", "rds.database", "dynamodb.table", "s3.bucket", "eventbridge.bus", "gateway", "ec2.fleet",
		"cloudwatch.metric", "elasticache.cache",
	} {
		if !published[kind] {
			t.Errorf("%s publishes nothing; there are %v", kind, published)
		}
	}
}

const metricsText = `
name: metrics
run: {duration: 10m, replications: 1}
producers:
  web: {to: gateways.api, arrivals: {poisson: 5/s}}
  sign: {to: event_buses.bus, arrivals: {poisson: 1/s}}
  scan: {to: buckets.b, arrivals: {poisson: 1/s}}
  work: {to: queues.q, arrivals: {poisson: 5/s}}
gateways: {api: {type: rest_api, to: functions.f}}
functions: {f: {timeout: 3s, work: 10ms, then: tables.t, provisioned_concurrency: {concurrency: 1}}}
tables: {t: {}}
event_buses: {bus: {rules: [{to: queues.q}]}}
buckets: {b: {notifications: [{to: queues.q}]}}
queues: {q: {}}
databases: {d: {cpu_share: 50%}}
fleets: {w: {from: queues.q, work: 10ms, cpu_share: 50%, calls: [{to: databases.d, time: 1ms}]}}
metrics: {p99: {latency_of: producers.work -> fleets.w}}
alarms:
  slow: {of: metrics.p99, statistic: p99, threshold: 0.001}
  ok: {of: gateways.api, metric: 5XXError, threshold: 0.01}
  cpu: {of: fleets.w, metric: CPUUtilization, period: 5m, threshold: 3, comparison_operator: LessThanThreshold}
  db: {of: databases.d, metric: CPUUtilization, threshold: 50}
`

// The latency of a path is a metric of the design's own: work takes 10 ms, and never less than 1.
func TestTheLatencyOfAPathIsAMetric(t *testing.T) {
	s, _ := played(t, metricsText)
	if got := figure(t, s, "alarms.slow", "first_alarm_at_s"); got != 120 {
		t.Errorf("in ALARM at %v s, want 120: a period, and the next evaluation", got)
	}
	// 7 messages a second of 10 ms, half of it on one of two vCPUs, are 1.75 % of the processors.
	if got := figure(t, s, "alarms.cpu", "first_alarm_at_s"); got != 7*60 {
		t.Errorf("in ALARM at %v s, want 420: five minutes, and the delay", got)
	}
	if got := figure(t, s, "alarms.ok", "alarms") + figure(t, s, "alarms.db", "alarms"); got != 0 {
		t.Errorf("%v alarms of what is well", got)
	}
}

// A function publishes IteratorAge because of its mapping, and a delivery stream that reads a stream is watched as any
// other: neither is known, or looks innocent, before all that a design links is built.
func TestAlarmsWatchWhatReadsStreams(t *testing.T) {
	s, _ := played(t, `
name: watched
run: {duration: 20m, replications: 1}
producers: {web: {to: streams.clicks, arrivals: {constant: 10/s}, batch: {size: 10, linger: 100ms}}}
streams: {clicks: {}}
functions:
  index: {timeout: 60s, work: 20s, event_sources: [{from: streams.clicks, batch_size: 10}]}
delivery_streams: {lake: {from: streams.clicks, buffer: {interval: 60s}}}
metrics: {late: {metrics: {m: {of: functions.index, metric: IteratorAge}}, expression: m / 1000}}
alarms:
  late: {of: functions.index, metric: IteratorAge, statistic: Maximum, threshold: 300000}
  fresh: {of: delivery_streams.lake, metric: DeliveryToS3.DataFreshness, statistic: Maximum, threshold: 30}
  custom: {of: metrics.late, threshold: 300}
`)
	for _, name := range []string{"alarms.late", "alarms.fresh", "alarms.custom"} {
		if got := figure(t, s, name, "alarms"); got < 1 {
			t.Errorf("%s was never in ALARM", name)
		}
	}
}
