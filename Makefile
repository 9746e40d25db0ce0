# make test is the whole gate; the other targets are for work on Weir itself.

GO ?= go

.PHONY: demo test check build bench race arm64 figures fuzz

# demo runs the main job: the shipped scenario on a recorded day. Results go to results/out.
demo:
	$(GO) run ./cmd/weir demo nasa-day

# test passes every test and check that needs nothing but Go.
test: check
	$(GO) test -timeout 30m ./...

check:
	@test -z "$$(gofmt -l .)" || { echo "not gofmt-ed:"; gofmt -l .; exit 1; }
	$(GO) vet ./...

build:
	$(GO) build -o weir ./cmd/weir

# bench prints the kernel's and the whole path's speed, as ratios to a C reference when BENCH_REFERENCE has one.
bench:
	sh results/bench/run.sh

# race runs, under the race detector, which needs a C compiler, the tests that let goroutines share what they use.
race:
	$(GO) test -race -run AtOnce ./experiments ./experiments/size

# arm64 runs the tests that pin trajectories on an emulated arm64 processor. It installs the emulator where it is missing.
arm64:
	@command -v qemu-aarch64-static >/dev/null || { apt-get update -qq && apt-get install -y -qq qemu-user-static; }
	GOARCH=arm64 $(GO) test -exec qemu-aarch64-static -run EveryProcessor ./sim/... ./experiments

# figures draws the tracked figures of the shipped questions again.
figures:
	for question in nasa-day: polling:long visibility-timeout:heartbeat dead-letters: fifo-groups:ten fan-out: large-payloads:both noisy-tenant:fair mapping-limits: starved-account: lambda-dead-letters: less-concurrency: ec2-or-lambda: zone-loss: fargate-ec2-or-lambda: shared-account: firehose-buffer: video-wall: poison-record: replay-a-day: on-demand-or-provisioned:on_demand kcl-worker-lost: window-aggregation:two how-many-shards: hot-key: sdk-or-kpl:kpl backlog-drain: late-alarm:failing spot-fleet:often; do \
		name=$${question%:*}; variant=$${question#*:}; \
		$(GO) run ./cmd/weir run experiments/library/$$name/scenario.yaml $${variant:+--variant $$variant} --quiet \
			--out results/out/figures || test $$? -eq 1; \
		for figure in experiments/library/$$name/*.svg; do \
			cp results/out/figures/figures/$${figure##*/} $$figure; \
		done; \
	done
	$(GO) run ./cmd/weir breakeven --out results/out/breakeven >/dev/null
	for figure in experiments/library/sqs-sns-kinesis/*.svg; do cp results/out/breakeven/figures/$${figure##*/} $$figure; done

fuzz:
	$(GO) test ./experiments -run xxx -fuzz FuzzScenario -fuzztime 60s -fuzzminimizetime 20x
	$(GO) test ./models/workload -run xxx -fuzz FuzzTrace -fuzztime 60s
