package experiments

import (
	"context"
	"math"
	"strings"
	"testing"

	"weir/results"
)

// stormText is a service of ten servers at 80 %, behind a client that waits for 300 ms, and that stands still for 20
// s: with three attempts a call, what comes is more than it serves for as long as calls time out.
const stormText = `
name: storm
profile: ideal
run: {duration: 10m, replications: 1}
producers: {p: {to: queues.q, arrivals: {spike: {base: 80/s, peak: 250/s, at: 60s, for: 20s}}}}
queues: {q: {}}
services: {pay: {time: {exponential: 100ms}, concurrency: 10}}
fleets:
  f:
    from: queues.q
    instance: {threads: 2000}
    receive: {max_messages: 1}
    calls:
      - {to: services.pay, timeout: 300ms, retry: {max_attempts: 3, base_delay: 50ms}, optional: true}
variants:
  bucket: {fleets: {f: {calls: [{to: services.pay, timeout: 300ms, optional: true,
    retry: {max_attempts: 3, base_delay: 50ms, token_bucket: true}}]}}}
  breaker: {fleets: {f: {calls: [{to: services.pay, timeout: 300ms, optional: true,
    retry: {max_attempts: 3, base_delay: 50ms}, circuit_breaker: {}}]}}}
  once: {fleets: {f: {calls: [{to: services.pay, timeout: 300ms, optional: true}]}}}
`

// A retry storm feeds itself: three attempts of each call are 240 a second where 100 are served, the line grows, and
// nobody waits for what is served any more. Without retries the same load is borne; a token bucket holds the
// amplification near 1; a breaker keeps the calls away and lets the service come back.
func TestARetryStormFeedsItselfUnlessItIsBounded(t *testing.T) {
	amplification, lost := map[string]float64{}, map[string]float64{}
	for _, variant := range []string{"", "bucket", "breaker", "once"} {
		s := playedVariant(t, stormText, variant)
		calls, attempts := figure(t, s, "fleets.f/services.pay", "calls"), figure(t, s, "fleets.f/services.pay", "attempts")
		amplification[variant] = figure(t, s, "fleets.f/services.pay", "amplification")
		if math.Abs(amplification[variant]-attempts/calls) > 1e-9 {
			t.Errorf("%q: amplification %v of %v attempts and %v calls", variant, amplification[variant], attempts, calls)
		}
		lost[variant] = figure(t, s, "fleets.f/services.pay", "given_up") / calls
	}
	if amplification[""] < 2.5 || lost[""] < 0.9 {
		t.Errorf("without bounds: amplification %v, %v of the calls lost; want a storm", amplification[""], lost[""])
	}
	if amplification["once"] != 1 || amplification["bucket"] > 1.15 || lost["bucket"] > 0.5 || lost["breaker"] > 0.5 {
		t.Errorf("amplification %v; lost %v", amplification, lost)
	}
}

// playedVariant runs a scenario, or one of its variants, once.
func playedVariant(t *testing.T, text, variant string) *results.Summary {
	t.Helper()
	d := designOf(t, text)
	if variant != "" {
		var err error
		if d, err = d.With(variant); err != nil {
			t.Fatal(err)
		}
	}
	e, err := d.Run(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return e.Summarise(d.Prices, false)
}

// everythingText calls each kind of thing that can be called, from a fleet, a function and an application.
const everythingText = `
name: everything
run: {duration: 10m, replications: 1}
producers:
  p: {to: queues.q, arrivals: {constant: 20/s}, key: {uniform: 1000}}
  s: {to: streams.s, arrivals: {constant: 4/s}, key: {uniform: 1000}}
  e: {to: functions.f, arrivals: {constant: 20/s}, connections: 1000}
  w: {to: gateways.lb, arrivals: {constant: 20/s}, connections: 1000}
queues: {q: {receive_wait_time: 20s}}
streams: {s: {}}
services: {pay: {time: 20ms, price_per_call: 0.001}}
tables: {t: {capacity: {mode: provisioned, write_units: 200, read_units: 100}, storage: 10GiB}}
caches: {c: {hit_share: 75%, nodes: 2}}
databases: {d: {instance: db.m5.large, multi_az: true, proxy: {}}}
buckets: {b: {}}
networks: {n: {nat_gateways: 1}}
fleets:
  w:
    from: queues.q
    instance: {threads: 10}
    calls: &calls
      - {to: services.pay, timeout: 1s, via: networks.n, size: 10KiB}
      - {to: tables.t, operation: write, size: 3KiB}
      - {to: tables.t, consistency: strong, size: 5KiB}
      - {to: caches.c, cross_az: 50%, size: 4KiB, miss: {to: databases.d, time: 5ms, timeout: 1s}}
      - {to: buckets.b, operation: write, size: 1MiB}
      - {to: buckets.b, size: 1MiB}
  web: {instance: {threads: 10}, work: 10ms, calls: [{to: services.pay}]}
functions: {f: {timeout: 10s, calls: *calls}}
consumers: {k: {from: streams.s, calls: *calls}}
gateways: {lb: {type: load_balancer, to: fleets.web, response_size: 10KiB, to_internet: 100%}}
`

// All that is asked is asked of everybody, and the bill has what each is billed by: 26,400 items of 3 and 5 KB,
// objects, 26,400 calls through the NAT gateway of 10 KiB each, half of 26,400 × 4 KiB across zones each way, a tenth
// of a cent for 38,400 calls to the service.
func TestEverythingThatCanBeCalledIs(t *testing.T) {
	s := playedVariant(t, everythingText, "")
	for component, want := range map[string]map[string]float64{
		"services.pay": {"requests": 38_400, "answered": 38_400}, "tables.t": {"writes": 26_400, "reads": 26_400,
			"write_units": 79_200, "read_units": 52_800, "throttled": 0, "reads_throttled": 0},
		"buckets.b": {"puts": 26_400, "gets": 26_400}, "caches.c": {"commands": 26_400, "misses": 6600},
		"databases.d": {"queries": 6600},
		"gateways.lb": {"requests": 12_000, "answered": 12_000},
		"networks.n":  {"nat_gb": 26_400 * 10 / 1024.0 / 1024},
	} {
		for name, n := range want {
			if got := figure(t, s, component, name); math.Abs(got-n) > 0.03*n {
				t.Errorf("%s: %s is %v, want about %v", component, name, got, n)
			}
		}
	}
	month := 730 * 6.0 // windows of ten minutes
	for item, want := range map[string]float64{
		"scenario.usd": 38.4 * month, "transfer.cross_az_gb": 26_400 * 4 / 1024.0 / 1024 * month,
		"transfer.internet_gb": 12_000 * 10 / 1024.0 / 1024 * month, "rds.proxy_vcpu_hours": 1460,
		"elasticache.node_hours/cache.m4.large": 1460, "dynamodb.write_capacity_hours": 200 * 730,
		"dynamodb.storage_gb_months": 10, "s3.requests.put": 26_400 * month, "alb.hours": 730,
	} {
		got := 0.0
		for _, line := range s.Cost.Lines {
			if line.Item == item {
				got += line.Quantity
			}
		}
		if math.Abs(got-want) > 0.04*want {
			t.Errorf("%s: %v a month, want about %v", item, got, want)
		}
	}
}

// What a scenario asks of calls that has no meaning is told with its place.
func TestCallsThatMakeNoSenseAreRefused(t *testing.T) {
	const base = `
name: wrong
producers: {p: {to: queues.q, arrivals: {constant: 1/s}}}
queues: {q: {}}
tables: {t: {}}
databases: {d: {}}
services: {v: {}}
`
	const front = "\ngateways: {g: {type: load_balancer, to: fleets.f}}"
	for text, want := range map[string]string{
		"fleets: {f: {from: queues.q, calls: [{to: databases.d}]}}":                    "calls[0].time",
		"fleets: {f: {from: queues.q, calls: [{to: services.v}]}}":                     "has no time of its own",
		"fleets: {f: {from: queues.q, calls: [{to: tables.t, time: 1s}]}}":             "takes its own time",
		"fleets: {f: {from: queues.q, calls: [{to: tables.t, miss: {to: tables.t}}]}}": "only a cache has misses",
		"fleets: {f: {from: queues.q, calls: [{to: queues.q}]}}":                       "cannot stand here",
		"fleets: {f: {}}":                                                "a queue to consume",
		"fleets: {f: {from: queues.q}}" + front:                          "has no from",
		"fleets: {f: {}}\ngateways: {g: {type: http_api, to: fleets.f}}": "only a load_balancer",
		"fleets: {f: {heartbeat: {every: 1s, extend: 5s}}}" + front:      "has no meaning for a fleet that serves",
	} {
		_, err := New("test.yaml", []byte(base+text+"\n"), nil, nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

// An Auto Scaling group behind a load balancer loses no request when it shrinks: "Elastic Load Balancing stops sending
// requests to targets that are deregistering … which can help in-flight requests to the target to complete"
// (Application Load Balancer guide, edit-target-group-attributes). A spot instance that is taken back fails what it
// has.
func TestAGroupBehindALoadBalancerDrainsWhatItTerminates(t *testing.T) {
	const text = `
name: drains
run: {duration: 3h, replications: 1}
producers:
  p:
    to: gateways.lb
    arrivals: {spike: {base: 10/s, peak: 30/s, at: 30m, for: 60m}}
    connections: 10000
    retry: {mode: none}
gateways: {lb: {type: load_balancer, to: fleets.web, targets: {routing: least_outstanding_requests}}}
fleets:
  web:
    instance: {threads: 10, detailed_monitoring: true}
    work: {lognormal: {p50: 400ms, p99: 1500ms}}
    scaling: {min: 1, max: 20, desired: 8, target_tracking: {metric: busy_share, target: 30}}
variants:
  spot: {fleets: {web: {scaling: {spot: {share: 100%, interruptions: 2/h}}}}}
`
	s := playedVariant(t, text, "")
	requests, answered := figure(t, s, "gateways.lb", "requests"), figure(t, s, "gateways.lb", "answered")
	if failed := figure(t, s, "gateways.lb", "function_failed"); failed != 0 || requests-answered > 60 {
		t.Errorf("%v of %v requests failed, %v were answered", failed, requests, answered)
	}
	mean, ended := figure(t, s, "fleets.web", "in_service_mean"), figure(t, s, "fleets.web", "terminations")
	if mean > 7 || ended < 3 {
		t.Errorf("%v in service on average, %v terminated", mean, ended)
	}
	spot := playedVariant(t, text, "spot")
	if failed := figure(t, spot, "gateways.lb", "function_failed"); failed == 0 || failed > requests/50 {
		t.Errorf("%v of %v requests failed with interruptions", failed, requests)
	}
}

// A load balancer has a public address in each zone of what it leads to, unless it is internal, and a NAT gateway has
// one: $0.005 an hour each, $3.65 a month of 730 hours.
func TestPublicAddressesAreBilled(t *testing.T) {
	for _, c := range []struct {
		fleet, gateway string
		addresses      float64
	}{
		{"", "fleets.f", 3}, {"scaling: {max: 2, zones: 2}", "fleets.f", 2}, {"scaling: {max: 2, zones: 1}", "fleets.f", 2},
		{"", "fleets.f, zones: 2", 2}, {"", "fleets.f, scheme: internal", 0},
	} {
		s := playedVariant(t, `
name: addresses
run: {duration: 10m, replications: 1}
producers: {p: {to: gateways.g, arrivals: {constant: 1/s}}, q: {to: gateways.h, arrivals: {constant: 1/s}}}
functions: {f: {work: 1ms}}
networks: {n: {nat_gateways: 2}}
fleets: {f: {work: 1ms, `+c.fleet+`}}
gateways: {g: {type: load_balancer, to: `+c.gateway+`}, h: {type: load_balancer, to: functions.f}}
`, "")
		got := map[string]float64{}
		for _, l := range s.Cost.Lines {
			if l.Item == "vpc.public_ipv4_hours" {
				got[l.Component] = l.MonthUSD
			}
		}
		for of, n := range map[string]float64{"gateways.g": c.addresses, "gateways.h": 3, "networks.n": 2} {
			if math.Abs(got[of]-3.65*n) > 0.005 {
				t.Errorf("%s, %s: $%v a month of %s, want that of %v addresses", c.fleet, c.gateway, got[of], of, n)
			}
		}
	}
	for _, wrong := range []string{"scheme: internal", "zones: 3"} {
		_, err := New("test.yaml", []byte(`
name: wrong
producers: {p: {to: gateways.g, arrivals: {constant: 1/s}}}
functions: {f: {}}
gateways: {g: {type: http_api, to: functions.f, `+wrong+`}}
`), nil, nil)
		if err == nil || !strings.Contains(err.Error(), "only a load_balancer") {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}

// With Capacity Rebalancing a load balancer drains the old instance when the new one is there, unless that comes too
// late: "If the time to drain connections and complete lifecycle actions takes too long, the instance may be
// interrupted" (EC2 Auto Scaling user guide, ec2-auto-scaling-capacity-rebalancing.md @0b8b3aea).
func TestCapacityRebalancingDrainsBehindALoadBalancer(t *testing.T) {
	for launch, cut := range map[string]bool{"30s": false, "115s": true} {
		s := playedVariant(t, `
name: rebalanced
run: {duration: 20m, replications: 1}
producers:
  p: {to: gateways.g, arrivals: {constant: 20/s}, retry: {mode: none}, connections: 2000, read_timeout: 60s}
gateways: {g: {type: load_balancer, to: fleets.w, targets: {deregistration_delay: 30s}}}
fleets:
  w:
    instance: {threads: 200}
    work: 10s
    scaling: {min: 4, max: 8, launch_time: `+launch+`, zones: 2, spot: {rebalance: true}}
faults: {z: {of: fleets.w, spot_interruption: {instances: 2}, at: 10m}}
`, "")
		failed, drained := figure(t, s, "gateways.g", "function_failed"), figure(t, s, "fleets.w", "drained")
		if cut != (failed > 0) || cut != (drained == 0) {
			t.Errorf("launched in %s: %v requests were cut off, %v instances drained", launch, failed, drained)
		}
	}
}

// An instance has drained when it finished what it had, and not when its load balancer cut that off after the delay.
func TestWhatIsCutOffHasNotDrained(t *testing.T) {
	for delay, want := range map[string]float64{"1s": 0, "1m": 1} {
		s := playedVariant(t, `
name: cut
run: {duration: 20m, replications: 1}
producers: {p: {to: gateways.lb, arrivals: {constant: 2/s}, connections: 100, retry: {mode: none}}}
gateways: {lb: {type: load_balancer, to: fleets.web, targets: {deregistration_delay: `+delay+`}}}
fleets:
  web:
    instance: {threads: 50}
    work: 20s
    scaling: {min: 1, max: 2, desired: 2, scheduled: [{at: 10m, desired: 1}]}
`, "")
		drained, killed := figure(t, s, "fleets.web", "drained"), figure(t, s, "fleets.web", "killed_mid_message")
		if drained != want || (killed == 0) != (want == 1) {
			t.Errorf("after %s: %v drained and %v requests were cut off, want %v drained", delay, drained, killed, want)
		}
	}
}
