package experiments

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"weir/models/message"
	"weir/results"
)

// pinned are small scenarios that use every way in which numbers reach an event: the distributions' exponentials,
// logarithms and powers, thinning, sharing of vCPUs, back-off with jitter.
var pinned = map[string]struct {
	text        string
	fingerprint uint64
}{
	"distributions": {distributionsText, 0x83accad1e0ac764a},
	"sharing":       {sharingText, 0xa906a6438491ec7},
	"slow":          {slowText, 0xd15332f01e3b4e27},
	"adaptive":      {adaptiveText, 0x1c13d1aa8278e19d},
	"ordered":       {orderedText, 0x1fa2d92a2b78bbca},
	"stored":        {storedText, 0x427f4492d0f7347c},
	"serverless":    {serverlessText, 0x8a1c20526ae24b06},
	"streaming":     {streamingText, 0xdd5739a24debc7ac},
}

const distributionsText = `
name: distributions
run: {duration: 2m, replications: 1, seed: 7}
producers:
  day: {to: queues.a, arrivals: {diurnal: {mean: 20/s, peak: 38/s, period: 50s, peak_at: 9s}},
    size: {lognormal: {p50: 2KiB, p99: 90KiB}}}
  gaps: {to: queues.a, arrivals: {renewal: {gap: {weibull: {shape: 0.7, scale: 80ms}}}},
    key: {zipf: {keys: 100, exponent: 1.2}}}
  heavy: {to: queues.b, arrivals: {renewal: {gap: {pareto: {shape: 1.6, scale: 30ms}}}}}
  bursts: {to: queues.b, arrivals: {mmpp: {states:
    [{rate: 2/s, stay: 3s}, {rate: 90/s, stay: 700ms}, {rate: 9/s, stay: 2s}]}}}
  slope: {to: queues.a, arrivals: {ramp: {from: 1/s, to: 25/s, over: 70s}}, batch: {size: 4, linger: 50ms}}
queues: {a: {visibility_timeout: 5s, receive_wait_time: 20s}, b: {visibility_timeout: 5s}}
fleets:
  one:
    from: queues.a
    instances: 2
    instance: {threads: 4}
    work: {mixture: [{weight: 3, of: {gamma: {mean: 40ms, cv: 1.3}}}, {weight: 1, of: {gamma: {mean: 90ms, cv: 0.4}}}]}
    batch_work: {normal: {mean: 4ms, sd: 3ms}}
  two:
    from: queues.b
    instances: 2
    instance: {threads: 4}
    work: {mixture: [{weight: 2, of: {exponential: 30ms}}, {weight: 1, of: {lognormal: {mean: 50ms, cv: 2.2}}}]}
    batch_work: {bounded_pareto: {shape: 1.1, low: 1ms, high: 1s}}
    failures: {error: 2%, crash: 0.01/s, recovery: {erlang: {k: 4, mean: 3s}}}
`

// slowText has lengths of months, where a float64 of nanoseconds has no digit to spare: a difference in the last bit of
// any step is an event at another nanosecond, which among milliseconds would be rounded away.
const slowText = `
name: slow
profile: ideal
run: {duration: 3650d, replications: 1, seed: 5}
producers:
  lognormal: {to: queues.q, arrivals: {closed: {clients: 40, think: {lognormal: {mean: 100d, cv: 1.2}}}}}
  gamma: {to: queues.q, arrivals: {closed: {clients: 40, think: {gamma: {mean: 100d, cv: 0.7}}}}}
  wide_gamma: {to: queues.q, arrivals: {closed: {clients: 40, think: {gamma: {mean: 100d, cv: 1.6}}}}}
  exponential: {to: queues.q, arrivals: {closed: {clients: 40, think: {exponential: 100d}}}}
  weibull: {to: queues.q, arrivals: {closed: {clients: 40, think: {weibull: {shape: 0.7, scale: 100d}}}}}
  pareto: {to: queues.q, arrivals: {closed: {clients: 40, think: {pareto: {shape: 1.7, scale: 60d}}}}}
  bounded_pareto: {to: queues.q, arrivals: {closed: {clients: 40, think:
    {bounded_pareto: {shape: 1.1, low: 20d, high: 900d}}}}}
  normal: {to: queues.q, arrivals: {closed: {clients: 40, think: {normal: {mean: 100d, sd: 60d}}}}}
  erlang: {to: queues.q, arrivals: {closed: {clients: 40, think: {erlang: {k: 3, mean: 100d}}}}}
  hyperexponential: {to: queues.q, arrivals: {closed: {clients: 40, think: {hyperexponential: {mean: 100d, scv: 3}}}}}
  day: {to: queues.q, arrivals: {diurnal: {mean: 2/d, peak: 3.8/d, period: 90d, peak_at: 9d}}}
  slope: {to: queues.q, arrivals: {ramp: {from: 0.1/d, to: 3/d, over: 2000d}}}
  bursts: {to: queues.q, arrivals: {mmpp: {states:
    [{rate: 3/d, stay: 30d}, {rate: 0.3/d, stay: 50d}, {rate: 1/d, stay: 9d}]}}}
queues: {q: {visibility_timeout: 3000d, retention: 3000d}}
fleets:
  f: {from: queues.q, instances: 70, instance: {type: m5.large, threads: 5}, work: {gamma: {mean: 30d, cv: 1}},
    cpu_share: 83%}
`

const sharingText = `
name: sharing
run: {duration: 3m, replications: 1, seed: 11}
producers:
  p: {to: queues.q, arrivals: {poisson: 60/s}, size: {lognormal: {mean: 20KiB, cv: 1.1}}}
queues:
  q: {visibility_timeout: 2s, receive_wait_time: 1s, redrive: {to: queues.dead, max_receive_count: 3}}
  dead: {}
databases:
  d: {max_connections: 12, concurrency: 5}
fleets:
  f:
    from: queues.q
    instances: 3
    instance: {type: m5.large, threads: 7}
    work: {hyperexponential: {mean: 70ms, scv: 3}}
    work_per_kib: 130us
    cpu_share: 37%
    heartbeat: {every: 300ms, extend: 2s}
    failures: {error: 3%}
    calls: [{to: databases.d, time: {gamma: {mean: 20ms, cv: 0.8}}, pool: 4, pool_timeout: 200ms}]
`

const adaptiveText = `
name: adaptive
run: {duration: 3m, replications: 1, seed: 13}
override: {sdk.fault_share: 20%, sqs.in_flight_max: 9, sqs.duplicate_share: 10%}
producers:
  p: {to: queues.q, arrivals: {on_off: {on: {exponential: 4s}, off: {lognormal: {mean: 2s, cv: 1}}, rate: 90/s}},
    retry: {mode: adaptive}}
  closed: {to: queues.q, arrivals: {closed: {clients: 5, think: {exponential: 150ms}}},
    retry: {mode: adaptive, max_attempts: 6}}
queues: {q: {visibility_timeout: 1s, receive_wait_time: 1s}}
fleets:
  f: {from: queues.q, instances: 3, instance: {threads: 6}, work: {exponential: 30ms}, delete: async,
    retry: {mode: adaptive}}
`

const orderedText = `
name: ordered
run: {duration: 3m, replications: 1, seed: 17}
override: {sdk.fault_share: 5%, sqs.fifo.scan_window: 40, sqs.fair.in_flight_min: 3}
producers:
  p: {to: topics.t.fifo, arrivals: {poisson: 60/s}, key: {zipf: {keys: 30, exponent: 1.1}}}
  q: {to: topics.s, arrivals: {poisson: 40/s}, key: {uniform: 5}, size: {lognormal: {mean: 20KiB, cv: 1.1}}}
topics:
  t.fifo: {fifo_topic: true, subscriptions: [{to: queues.a.fifo}, {to: queues.b.fifo, filter: {share: 37%}}]}
  s:
    subscriptions:
      - {to: queues.fair}
      - {to: endpoints.hook, delivery_policy: {num_retries: 5, min_delay_target: 1s, max_delay_target: 9s,
        backoff_function: exponential}, max_receives_per_second: 30, dead_letter: queues.dead}
endpoints: {hook: {response_time: {gamma: {mean: 80ms, cv: 0.8}}, error: 20%, outages: [{at: 1m, for: 20s}]}}
queues:
  a.fifo: {visibility_timeout: 2s, receive_wait_time: 1s, redrive: {to: queues.dead.fifo, max_receive_count: 2}}
  b.fifo: {deduplication_scope: messageGroup, fifo_throughput_limit: perMessageGroupId, receive_wait_time: 1s}
  dead.fifo: {}
  fair: {fair_queue: true, receive_wait_time: 1s}
  dead: {}
fleets:
  a: {from: queues.a.fifo, instances: 2, instance: {threads: 4}, work: {exponential: 60ms}, failures: {error: 10%},
    then: queues.fair}
  b: {from: queues.b.fifo, instances: 1, instance: {threads: 4}, work: {lognormal: {mean: 60ms, cv: 1}}}
  f: {from: queues.fair, instances: 2, instance: {threads: 4}, work: {exponential: 70ms}, delete: batch}
`

const storedText = `
name: stored
run: {duration: 3m, replications: 1, seed: 23}
override: {s3.put_rate: 14/s, kms.request_rate: 9/s, sdk.fault_share: 3%}
keys: {k: {}}
buckets:
  scans: {prefixes: 2, notifications: [{to: queues.scans}, {to: topics.t, share: 41%}]}
  payloads: {}
topics: {t: {kms_key: keys.k, subscriptions: [{to: queues.jobs}]}}
queues:
  scans: {kms_key: keys.k, data_key_reuse_period: 1m, visibility_timeout: 20s, changes: [{at: 70s, set: {visibility_timeout: 5s}},
    {at: 100s, purge: true}]}
  jobs: {kms_key: keys.k, receive_wait_time: 1s, changes: [{at: 150s, delete: true}]}
producers:
  p: {to: buckets.scans, arrivals: {poisson: 30/s}, size: {lognormal: {mean: 3MB, cv: 1.2}}}
  q: {to: queues.jobs, arrivals: {poisson: 20/s}, size: {lognormal: {mean: 700KiB, cv: 2}}, batch: {size: 3, linger: 90ms},
    extended_client: {bucket: buckets.payloads}, client_encryption: {message: 1ms, per_kib: 7us},
    repeats: {share: 13%, after: {exponential: 2s}}}
fleets:
  f: {from: queues.scans, instance: {threads: 6}, work: {gamma: {mean: 90ms, cv: 0.6}}, failures: {error: 3%}}
  g: {from: queues.jobs, instances: 2, instance: {threads: 6}, work: {exponential: 80ms}, work_per_kib: 11us,
    extended_client: {bucket: buckets.payloads}, client_encryption: {per_kib: 5us}, failures: {crash: 0.02/s, recovery: 2s}}
`

// One trajectory for every processor: make arm64 runs this test on an emulated one, whose compiler fuses x*y+z into one
// rounding unless the product is written float64(x*y). A change of the models' behaviour changes these numbers too:
// then pin what this test prints.
// serverlessText is functions that are asked, invoked and fed, with what stands around them.
const serverlessText = `
name: serverless
run: {duration: 60s, replications: 1, seed: 7}
producers:
  web: {to: gateways.api, arrivals: {poisson: 60/s}, key: {zipf: {keys: 50, exponent: 1}}, poison: 1%}
  users: {to: functions.api, arrivals: {poisson: 5/s}, caller: step_functions}
  jobs: {to: queues.jobs, arrivals: {spike: {base: 10/s, peak: 100/s, at: 10s, for: 10s}}, poison: 2%}
  changes: {to: tables.items, arrivals: {poisson: 40/s}, key: {uniform: 100}}
  events: {to: event_buses.bus, arrivals: {poisson: 20/s}}
gateways: {api: {type: rest_api, to: functions.api, timeout: 1s, cache: {ttl: 5s}}}
functions:
  api:
    memory: 300MiB
    work: {lognormal: {p50: 60ms, p99: 900ms}}
    cpu_share: 40%
    reserved_concurrency: 12
    provisioned_concurrency: {concurrency: 3, target_tracking: {max: 9}}
    new_version: {weight: 20%, work: {gamma: {mean: 80ms, cv: 1.4}}, failures: {error: 5%}}
    tracing: true
  worker:
    work: {weibull: {shape: 0.8, scale: 70ms}}
    event_sources: [{from: queues.jobs, batch_size: 5, report_batch_item_failures: true}]
    then: queues.done
  index:
    work: {erlang: {k: 3, mean: 10ms}}
    failures: {error: 1%, out_of_memory: 0.1%}
    event_sources: [{from: tables.items, parallelization_factor: 2, bisect_batch_on_function_error: true, maximum_retry_attempts: 2}]
  mail: {runtime: java21, work: {exponential: 200ms}, failures: {error: 10%}, asynchronous: {on_failure: queues.done}}
tables: {items: {partitions: 2}}
event_buses: {bus: {rules: [{to: functions.mail, match: 50%}, {to: queues.done}]}}
queues: {jobs: {visibility_timeout: 10s, redrive: {to: queues.done, max_receive_count: 2}}, done: {}}
deployments: {release: {of: functions.api, at: 20s, type: Linear40PercentEvery1Minute, alarms: [{error_share: 1%}]}}
`

func TestFingerprintIsTheSameOnEveryProcessor(t *testing.T) {
	for name, p := range pinned {
		outcome := trialOf(t, p.text)
		if outcome.Fingerprint != p.fingerprint {
			t.Errorf("%s: fingerprint %#x after %d events on %s, pinned is %#x", name, outcome.Fingerprint, outcome.Events,
				runtime.GOARCH, p.fingerprint)
		}
		if outcome.Events < 10_000 {
			t.Errorf("%s: %d events are too few to show a difference", name, outcome.Events)
		}
	}
}

func TestResultsAreTheSameBytesOnOneProcessorAndOnTwo(t *testing.T) {
	text := adaptiveText + "cost: {free_tier: true}\n"
	settings := []string{"run.replications=4", "run.duration=30s", "run.warmup=5s"}
	one := folderOf(t, text, 1, settings)
	for _, other := range []map[string]string{folderOf(t, text, 2, settings), folderOf(t, text, 2, settings)} {
		if len(one) < 5 || len(one) != len(other) {
			t.Fatalf("the folders hold %d and %d files", len(one), len(other))
		}
		for name, bytes := range one {
			if bytes == "" || bytes != other[name] {
				t.Errorf("%s has %d bytes on one processor, other %d bytes on two", name, len(bytes), len(other[name]))
			}
		}
	}
}

func TestAnotherSeedAndAnotherReplicationTakeAnotherCourse(t *testing.T) {
	d := designOf(t, sharingText, "run.duration=10s")
	first, again, second := replicationOf(t, d, 0), replicationOf(t, d, 0), replicationOf(t, d, 1)
	reseeded := trialOf(t, sharingText, "run.duration=10s", "run.seed=12")
	if first.Fingerprint != again.Fingerprint {
		t.Error("the same replication took another course")
	}
	if first.Fingerprint == second.Fingerprint {
		t.Error("two replications took the same course")
	}
	if first.Fingerprint == reseeded.Fingerprint {
		t.Error("two seeds took the same course")
	}
}

// Common random numbers: every stream depends on its name, so what is added elsewhere does not shift it.
func TestComponentsNobodyTalksToChangeNothingElse(t *testing.T) {
	crowd := strings.NewReplacer(
		"producers:\n", "producers:\n"+
			"  aside: {to: queues.aside, arrivals: {poisson: 40/s}, batch: {size: 3, linger: 20ms}}\n",
		"queues:\n", "queues:\n  aside: {visibility_timeout: 1s}\n",
		"databases:\n", "databases:\n  aside: {}\n",
		"fleets:\n", "fleets:\n"+
			"  aside: {from: queues.aside, work: 9ms, calls: [{to: databases.aside, time: {exponential: 5ms}}]}\n",
	)
	base, crowded := trialOf(t, sharingText), trialOf(t, crowd.Replace(sharingText))
	if len(crowded.Components) != len(base.Components)+4 || crowded.Events < base.Events+1000 {
		t.Fatalf("%d components and %d events beside %d and %d: no bystanders", len(crowded.Components), crowded.Events,
			len(base.Components), base.Events)
	}
	for _, c := range base.Components {
		i := slices.IndexFunc(crowded.Components, func(other results.Component) bool { return other.Name == c.Name })
		if i < 0 {
			t.Fatalf("%s is gone", c.Name)
		}
		other := crowded.Components[i]
		if a, b := fmt.Sprint(c.Figures, c.Usage), fmt.Sprint(other.Figures, other.Usage); a != b {
			t.Errorf("%s was moved by bystanders:\n%s\n%s", c.Name, a, b)
		}
	}
	for _, p := range base.Paths {
		i := slices.IndexFunc(crowded.Paths, func(other *message.Path) bool { return other.Name() == p.Name() })
		if i < 0 || crowded.Paths[i].Latency.Mean() != p.Latency.Mean() || p.Latency.Count() < 1000 {
			t.Errorf("the latency of %s, of %d messages, was moved by bystanders", p.Name(), p.Latency.Count())
		}
	}
}

func designOf(t *testing.T, text string, settings ...string) *Design {
	t.Helper()
	d, err := New("scenario.yaml", []byte(text), settings, fstest.MapFS{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func trialOf(t *testing.T, text string, settings ...string) *results.Outcome {
	t.Helper()
	return replicationOf(t, designOf(t, text, settings...), 0)
}

func replicationOf(t *testing.T, d *Design, replication int) *results.Outcome {
	t.Helper()
	outcomes, err := d.Trial(context.Background(), replication, nil)
	if err != nil {
		t.Fatal(err)
	}
	return outcomes[0]
}

// folderOf runs a scenario on so many processors, writes its result folder without the figures, and returns the files
// by name.
func folderOf(t *testing.T, text string, processors int, settings []string) map[string]string {
	t.Helper()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
	d := designOf(t, text, settings...)
	ensemble, err := d.Run(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "out")
	folder, err := results.Begin(dir)
	if err != nil {
		t.Fatal(err)
	}
	const wallSeconds = 0 // the one number that depends on the machine
	summary := d.Summarise(ensemble, results.Build{}, wallSeconds)
	if err := errors.Join(folder.WriteTables(summary, ensemble), folder.Commit()); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		files[strings.TrimPrefix(path, dir)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
