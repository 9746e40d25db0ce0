// Package library ships questions: a folder each, with a scenario, what it needs, and a README.
package library

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"
)

//go:embed */scenario.yaml nasa-day/requests.csv
var shipped embed.FS

// questions are the shipped scenarios; the first is the one that weir demo runs.
var questions = []struct{ name, question string }{
	{"nasa-day", "a real web site's busiest day through a queue, a small fleet and a database"},
	{"polling", "short against long polling: calls, cost and latency"},
	{"visibility-timeout", "how long a message is hidden: work done twice against orders that lie about"},
	{"dead-letters", "what fills the dead-letter queue: capacity or poison"},
	{"fifo-groups", "order against throughput: how many message groups a load needs"},
	{"fan-out", "one topic, three applications, one of them out of reach"},
	{"large-payloads", "gigabytes through the extended client: time, cost, and work done twice"},
	{"noisy-tenant", "how long the others wait for one tenant's burst, with and without a fair queue"},
	{"mapping-limits", "reserved concurrency, a maximum or provisioned pollers: what holds a function back, and what it loses"},
	{"starved-account", "one function takes the account's concurrency, and another's requests fail"},
	{"cold-starts", "who meets a cold start, and what memory, runtime, SnapStart and provisioned concurrency do"},
	{"lambda-dead-letters", "what fills the dead-letter queue of a function: poison, timeouts, throttles or batches"},
	{"less-concurrency", "a database with few connections: fewer functions at once are faster"},
	{"bad-canary", "a new version that fails: how many requests until it is rolled back"},
	{"init-outside", "a connection in the handler or outside it"},
	{"lambda-in-a-vpc", "subnets, NAT and endpoints: what a function reaches, and the price"},
	{"firehose-buffer", "how large the buffers before S3 are: latency, objects and the bill"},
	{"video-wall", "how late a guard sees the camera by GetMedia, HLS or DASH, and what a month of fifty cameras costs"},
	{"window-aggregation", "counts of each minute from a stream: when they come, and what they miss"},
	{"ec2-or-lambda", "the same work on instances or in a function: both latencies, both bills"},
	{"retry-storm", "a peak that retries keep alive: attempts, a token bucket, a circuit breaker, or none"},
	{"which-metric", "which metric an Auto Scaling group should follow: backlog, use or CPU; what oscillates, and what it costs"},
	{"backlog-drain", "when the backlog of a spike is gone: a group by its backlog, by ten seconds, by steps, or a fixed fleet"},
	{"late-alarm", "a consumer stops: which alarm tells before the first message is lost, which later, and which never"},
	{"spot-fleet", "workers on spot instances: what is killed and done twice, how late it gets, and what it saves"},
	{"zone-loss", "a zone is lost for half an hour: a fleet that suffices, one with headroom, a group; and the database with it"},
	{"fargate-ec2-or-lambda", "a peak each day on tasks, instances or a function: latency, reaction, bills, and where they break even"},
	{"shared-account", "three workloads share executions, a KMS quota and connections: what gives out first, and who starves"},
	{"kcl-worker-lost", "a worker of the Kinesis Client Library crashes: how long its shards rest, and what is done twice"},
	{"how-many-shards", "how many shards a load needs: uneven keys, the size of calls, and what too few cost"},
	{"hot-key", "one key takes more than a shard: more shards, splits, on demand, or other keys"},
	{"sdk-or-kpl", "records by PutRecord, by PutRecords with a loop, or through the KPL: latency, loss, order, the bill"},
	{"shared-or-fan-out", "one to ten applications on a stream: polls that they share, or enhanced fan-out"},
	{"poison-record", "a record of a stream that a function can never process: what it holds up, and what is lost with it"},
	{"replay-a-day", "a day of a stream is read again: how long it takes, and what the live applications notice"},
	{"on-demand-or-provisioned", "a spiky load through a provisioned stream, one on demand, a warm one or a queue: throttles, latency, cost"},
	{"sqs-sns-kinesis", "one workload through queues, a topic and a stream: latency, loss, replay, order, shards, cost"},
}

// Names returns the names of the shipped scenarios.
func Names() []string {
	names := make([]string, len(questions))
	for i, q := range questions {
		names[i] = q.name
	}
	return names
}

// Question returns what a scenario asks, in a line.
func Question(name string) string {
	for _, q := range questions {
		if q.name == name {
			return q.question
		}
	}
	return ""
}

// Open returns a scenario's text and its folder.
func Open(name string) ([]byte, fs.FS, error) {
	if Question(name) == "" {
		return nil, nil, fmt.Errorf("there is no shipped scenario %q: there are %s", name, strings.Join(Names(), ", "))
	}
	folder, err := fs.Sub(shipped, name)
	if err != nil {
		return nil, nil, err
	}
	text, err := fs.ReadFile(folder, "scenario.yaml")
	return text, folder, err
}
