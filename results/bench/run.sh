#!/bin/sh
# Prints the speed of the kernel and of the whole path, beside a C reference that does the same work (limit.c), all on one
# core in turns, in processor time. BENCH_REFERENCE is the reference's folder. The ratios of each run are appended to
# bench.jsonl with the commit.
set -eu
cd "$(dirname "$0")/../.."
reference=${BENCH_REFERENCE:-../shared/bench}
turns=${BENCH_TURNS:-3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
pin=
command -v taskset >/dev/null && pin="taskset -c 0"

profile=
[ -f cmd/weir/default.pgo ] && profile="-pgo=$PWD/cmd/weir/default.pgo"
go test $profile -c -o "$work/sim" ./sim
go test $profile -c -o "$work/path" ./experiments
go test $profile -c -o "$work/lambda" ./models/lambda
if [ -f "$reference/limit.c" ]; then
	cc -O3 -march=native -o "$work/limit" "$reference/limit.c" -lm
else
	echo "no C reference in $reference: set BENCH_REFERENCE for ratios"
fi

# median prints the middle one of the numbers it is given.
median() { printf '%s\n' "$@" | sort -g | sed -n "$(( ($# + 1) / 2 ))p"; }

# metric NAME REGEXP PACKAGE COUNT prints the value of a metric of a benchmark.
metric() { (cd "$3" && $pin "$work/$4" -test.run xxx -test.bench "$2" -test.benchtime "$5") | awk -v unit="$1" \
	'{for (i = 2; i <= NF; i++) if ($i == unit) print $(i-1)}' | tail -n 1; }

limit() { [ -x "$work/limit" ] && $pin "$work/limit" "$1" "$2" | awk -v key="$3" '{for (i = 1; i < NF; i++) if ($i == key) print $(i+1)}' || echo nan; }

line="{\"commit\":\"$(git rev-parse --short HEAD 2>/dev/null || echo none)\",\"go\":\"$(go env GOVERSION)\",\"cpu\":\"$(awk -F': ' '/model name/ {print $2; exit}' /proc/cpuinfo 2>/dev/null)\""

# row TITLE WEIR C TARGET NAME: the ratio of Weir to C, higher is better.
row() {
	ratio=$(awk -v a="$2" -v b="$3" 'BEGIN {printf (b + 0 > 0) ? "%.3f" : "-", a / (b + 0 ? b : 1)}')
	printf '%-28s %14s %14s %8s   target %s\n' "$1" "$2" "$3" "$ratio" "$4"
	line="$line,\"$5\":$( [ "$ratio" = - ] && echo null || echo "$ratio")"
}

collect() { # KIND METRIC REGEXP PACKAGE BINARY COUNT MODE N KEY: medians over turns, in turns with C
	w= ; c=
	for _ in $(seq "$turns"); do
		w="$w $(metric "$1" "$2" "$3" "$4" "$5")"
		c="$c $(limit "$6" "$7" "$8")"
	done
	weir=$(median $w)
	ref=$(median $c)
}

printf '%-28s %14s %14s %8s\n' "" weir C ratio
collect Mcustomers/s 'BenchmarkMM1$' sim sim 10000000x mm1 10000000 customers_per_s
mm1=$ref
row "M/M/1 customers/s" "$(awk -v v="$weir" 'BEGIN {print v * 1e6}')" "$ref" ">= 0.60" mm1
collect Mcustomers/s 'BenchmarkStations$' sim sim 5000000x stations 5000000 customers_per_s
row "1,000 stations, customers/s" "$(awk -v v="$weir" 'BEGIN {print v * 1e6}')" "$ref" ">= 0.70" stations
for pending in 10 1000 100000 1000000; do
	collect ns/hold "BenchmarkHold/$pending\$" sim sim 4000000x hold "$pending" ns_per_hold
	row "hold, $pending pending, ns" "$weir" "$ref" "<= 1.50" "hold_$pending"
done
collect Mcustomers/s 'BenchmarkProcess$' sim sim 2000000x mm1 10000000 customers_per_s
row "process style, customers/s" "$(awk -v v="$weir" 'BEGIN {print v * 1e6}')" "$ref" ">= 0.12" process
collect messages/s 'BenchmarkPath$' experiments path 3000000x mm1 10000000 customers_per_s
row "SQS to fleet, messages/s" "$weir" "$mm1" ">= 0.083" path
collect messages/s 'BenchmarkFIFOPath$' experiments path 3000000x mm1 10000000 customers_per_s
row "FIFO to fleet, messages/s" "$weir" "$mm1" ">= 0.050" fifo_path
collect messages/s 'BenchmarkFanOut$' experiments path 3000000x mm1 10000000 customers_per_s
row "fan-out, copies/s" "$weir" "$mm1" ">= 0.083" fan_out
collect messages/s 'BenchmarkFanOutToQueues$' experiments path 3000000x mm1 10000000 customers_per_s
row "fan-out to queues, copies/s" "$weir" "$mm1" ">= 0.083" fan_out_queues
collect messages/s 'BenchmarkMapped$' experiments path 3000000x mm1 10000000 customers_per_s
row "SQS to Lambda, messages/s" "$weir" "$mm1" ">= 0.067" mapped
for shards in 1 100 10000; do
	collect messages/s "BenchmarkStream/$shards\$" experiments path 3000000x mm1 10000000 customers_per_s
	case $shards in
	1) row "producer to stream to consumer, records/s" "$weir" "$mm1" ">= 0.083" stream ;;
	100) row "through 100 shards" "$weir" "$mm1" ">= 0.083" stream_100 ;;
	*) row "through 10,000 shards" "$weir" "$mm1" ">= 0.083" stream_10000 ;;
	esac
done
collect messages/s 'BenchmarkClient$' experiments path 3000000x mm1 10000000 customers_per_s
row "client library" "$weir" "$mm1" ">= 0.083" client
collect requests/s 'BenchmarkKeepAlive$' models/lambda lambda 3000000x mm1 10000000 customers_per_s
row "keep-alive, requests/s" "$weir" "$mm1" ">= 0.125" keep_alive
collect messages/s 'BenchmarkAsked$' experiments path 3000000x mm1 10000000 customers_per_s
row "asked through an SDK, requests/s" "$weir" "$mm1" "-" asked
collect messages/s 'BenchmarkFleet10000/idle$' experiments path 3000000x mm1 10000000 customers_per_s
row "10,000 instances, messages/s" "$weir" "$mm1" ">= 0.050" fleet_10000
collect messages/s 'BenchmarkFleet10000/busy$' experiments path 3000000x mm1 10000000 customers_per_s
row "10,000 of them busy, messages/s" "$weir" "$mm1" ">= 0.050" fleet_10000_busy
collect messages/s 'BenchmarkComponents1000$' experiments path 3000000x mm1 10000000 customers_per_s
row "1,000 components, messages/s" "$weir" "$mm1" ">= 0.050" components_1000
bytes=$(metric B/live-message 'BenchmarkWaiting$' experiments path 1x)
printf '%-28s %14s %33s\n' "bytes per waiting message" "$bytes" "target <= 160"
echo "$line,\"bytes_per_message\":${bytes:-null}}" >> results/bench/bench.jsonl
