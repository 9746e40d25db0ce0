package results

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/dustin/go-humanize"

	"weir/sim/measure"
)

// WriteText writes the summary for a terminal.
func (s *Summary) WriteText(w io.Writer) error {
	t := &textWriter{w: w}
	t.printf("%s  profile %s, %s, seed %d\n", s.Scenario.Title(), s.Scenario.Profile, s.Scenario.Region, s.Scenario.Seed)
	t.printf("%s: %s messages, %s events in %.1f s\n", s.Run.Text(), humanize.Comma(int64(s.Run.Messages)),
		humanize.Comma(int64(s.Run.Events)), s.Run.WallSeconds)
	for _, p := range s.Run.Partial {
		t.printf("PARTIAL  %s\n", p)
	}
	for _, w := range s.Warnings() {
		t.printf("WARNING  %s\n", w)
	}
	for _, o := range s.Objectives {
		doubt := ""
		if !o.Certain {
			doubt = " (" + o.Doubt() + ")"
		}
		if o.Note != "" {
			doubt += "; " + o.Note
		}
		t.printf("%s  %s: %s%s\n", verdict(o), o.Text, o.Shown(), doubt)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Paths)) {
		t.path(name, s)
	}
	t.faults(s)
	for _, l := range s.Ledgers() {
		t.ledger(l)
	}
	t.account(s.AccountRows())
	t.components(s.ComponentRows())
	t.scaling(s.Scaling, s.Run.WarmupSeconds)
	t.bill(s)
	return t.err
}

type textWriter struct {
	w   io.Writer
	err error
}

func (t *textWriter) printf(format string, args ...any) {
	if t.err == nil {
		_, t.err = fmt.Fprintf(t.w, format, args...)
	}
}

// table writes rows whose cells are parted by tabs; all but the first column are right-aligned.
func (t *textWriter) table(rows []string) {
	tw := tabwriter.NewWriter(t.w, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, row := range rows {
		if t.err == nil {
			_, t.err = fmt.Fprintln(tw, "  "+row+"\t")
		}
	}
	if t.err == nil {
		t.err = tw.Flush()
	}
}

// verdict says in a word whether an objective was met; a question mark says that the interval does not settle it.
func verdict(o Objective) string {
	if o.Undecided != "" {
		return "UNDECIDED"
	}
	word := "MISSED"
	if o.Met {
		word = "MET"
	}
	if !o.Certain {
		word += "?"
	}
	return fmt.Sprintf("%-7s", word)
}

// Doubt says why an objective's verdict is not certain, or nothing.
func (o Objective) Doubt() string {
	switch {
	case o.Undecided != "":
		return o.Undecided
	case o.Certain:
		return ""
	case o.Observed.N == 0 || math.IsNaN(o.Observed.Value):
		return "nothing was observed"
	case o.Observed.N < 2:
		return "one replication: there is no interval"
	case math.IsNaN(o.Observed.Low) && !math.IsInf(o.Observed.Value, 0):
		return fmt.Sprintf("not certain: the same in %d replications, too few to tell it from luck", o.Observed.N)
	}
	return "not certain: the interval reaches over the limit"
}

// Shown writes what was observed, in the objective's unit.
func (o Objective) Shown() string {
	shown := Interval(o.Observed, FormatOf(o.Unit))
	if math.IsNaN(o.Observed.Value) {
		return shown
	}
	return shown + unitWord(o.Unit)
}

// FormatOf returns how values of a unit are written.
func FormatOf(unit string) func(float64) string {
	switch unit {
	case "s":
		return Seconds
	case "share":
		return Percent
	case "USD":
		return USD
	}
	return Quantity
}

// unitWord returns what is to be written behind values of a unit that FormatOf does not write.
func unitWord(unit string) string {
	switch unit {
	case "", "s", "share", "USD":
		return ""
	}
	return " " + unit
}

func (t *textWriter) path(name string, s *Summary) {
	p := s.Paths[name]
	t.printf("\n%s  %s\n", name, Interval(p.Rate, func(v float64) string { return Quantity(v) + "/s" }))
	names := []string{"mean"}
	for _, q := range Quantiles {
		names = append(names, q.Name)
	}
	head, latency, wait := "", "latency", "wait"
	for _, q := range append(names, "max") {
		mark := ""
		if slices.Contains(p.FewSamples, q) {
			mark = "*"
		}
		head += "\t" + q + mark
		latency += "\t" + Interval(p.Latency[q], Seconds)
		wait += "\t" + Interval(p.Wait[q], Seconds)
	}
	t.table([]string{head, latency, wait})
	for _, note := range []string{p.Note(), s.Run.InputsText(p)} {
		if note != "" {
			t.printf("  %s\n", note)
		}
	}
	if len(p.FewSamples) > 0 {
		t.printf("  * fewer than ten messages of a replication lie beyond: run longer before you rely on it\n")
	}
	for _, q := range []string{"p50", "p99"} {
		t.printf("  why %s: %s\n", q, CausesText(p.Causes[q]))
	}
}

// amplified is from how many attempts at a message on it is told of them.
const amplified = 1.005

// Note tells how much was in time, where there is a deadline, and how often messages were worked on, where that is more
// than once.
func (p PathSummary) Note() string {
	var parts []string
	if p.Deadline != nil {
		parts = append(parts, fmt.Sprintf("deadline %s: goodput %s, %s of what was due in time", Seconds(*p.Deadline),
			Interval(*p.Goodput, func(v float64) string { return Quantity(v) + "/s" }), Interval(*p.InTimeShare, Percent)))
	} else if p.ProcessedShare.Value < 1-lossShare {
		parts = append(parts, "processed "+Interval(p.ProcessedShare, Percent)+" of what ended on the way")
	}
	if p.Astray != nil {
		parts = append(parts, Quantity(p.Astray.Value)+" messages went astray where the ways of the origin part: not in the share")
	}
	if p.Begun.Value > amplified*p.Processed.Value {
		parts = append(parts, fmt.Sprintf("the wait is of the %s messages that work began on, the latency of the %s that were "+
			"processed", Quantity(p.Begun.Value), Quantity(p.Processed.Value)))
	}
	if p.Amplification.Value > amplified {
		parts = append(parts, "worked on "+Interval(p.Amplification, Quantity)+" times each (amplification)")
	}
	return strings.Join(parts, "; ")
}

// CausesText writes a split by cause as shares, the largest first.
func CausesText(causes map[string]measure.Estimate) string {
	total := 0.0
	names := slices.Sorted(maps.Keys(causes))
	for _, name := range names {
		total += causes[name].Value
	}
	slices.SortStableFunc(names, func(a, b string) int {
		switch {
		case causes[a].Value > causes[b].Value:
			return -1
		case causes[a].Value < causes[b].Value:
			return 1
		}
		return 0
	})
	var parts []string
	for _, name := range names {
		if share := causes[name].Value / total; share >= 0.005 {
			parts = append(parts, fmt.Sprintf("%.0f%% %s", 100*share, strings.ReplaceAll(name, "_", " ")))
		}
	}
	if len(parts) == 0 {
		return "nothing was observed"
	}
	return strings.Join(parts, ", ")
}

func (t *textWriter) ledger(l NamedLedger) {
	t.printf("\nledger of %s  carried in %s + sent %s =\n", l.Name, Interval(l.CarriedIn, Quantity),
		Interval(l.Sent, Quantity))
	var rows []string
	for _, r := range l.Rows() {
		rows = append(rows, r.Name+"\t"+Interval(r.Messages, Quantity))
	}
	t.table(rows)
}

// account writes who takes what of the quotas that workloads have together, and whom they refused.
func (t *textWriter) account(shares []ShareSummary) {
	if len(shares) == 0 {
		return
	}
	t.printf("\naccount: what its workloads have together\n")
	rows := []string{"quota\tused by\tmean\tof all use\tlimit\trefused"}
	for _, s := range shares {
		rows = append(rows, fmt.Sprintf("%s\t%s\t%s %s\t%s\t%s\t%s", s.Quota, s.User, Interval(s.Used, Quantity), s.Unit,
			Interval(s.Share, Percent), Quantity(s.Limit), Interval(s.Refused, Quantity)))
	}
	t.table(rows)
}

// headline names the figures of a component that the terminal shows.
var headline = map[string][]string{
	"producer": {"born", "in_time_share", "processed_share", "rejected", "repeated", "retries", "amplification",
		"send_p99_s"},
	"sqs.queue": {"visible_max", "in_flight_max", "redelivered", "empty_receives", "dead_lettered", "expired",
		"arrived_dead", "redriven", "over_limit", "throttled", "repeated", "noisy_tenants_max", "dwell_quiet_p99_s",
		"dwell_noisy_p99_s"},
	"sns.topic": {"delivered", "filtered", "retries", "throttled", "lost", "dead_lettered", "backlog_max",
		"slowest_branch_p99_s"},
	"sns.endpoint": {"busy_max", "failed", "unavailable", "refused", "timed_out"},
	"s3.bucket": {"uploads", "puts", "gets", "deletes", "objects_end", "slow_downs", "missing", "notifications",
		"notifications_lost", "put_p99_s", "get_p99_s"},
	"firehose.delivery_stream": {"incoming_records", "throttled_records", "objects", "object_mean_bytes", "buffered_max",
		"delivery_to_s3_data_freshness_max_s", "delivery_to_redshift_data_freshness_max_s",
		"delivery_to_opensearch_data_freshness_max_s", "delivery_to_splunk_data_freshness_max_s",
		"delivery_to_http_endpoint_data_freshness_max_s", "processing_failed", "dropped", "backup_to_s3_records", "lost",
		"unread_end", "caught_up_at_s"},
	"kms.key": {"generate_data_key_calls", "decrypt_calls", "throttled_calls"},
	"ec2.fleet": {"utilisation", "utilisation_peak", "saturated_share", "busy_max", "failed", "duplicates",
		"worked_for_nobody", "amplification", "dropped_late", "receives_without_payload", "crashes",
		"in_service_mean", "in_service_max", "scaling_activities", "direction_changes", "held_by_cooldown",
		"time_to_scale_mean_s", "killed_mid_message", "taken_by_dead_polls", "unhealthy_replaced", "spot_interruptions",
		"launches_failed", "launches_abandoned", "nodes_mean"},
	"kcl.application": {"duplicates", "amplification", "failed", "skipped", "missed", "crashes", "leases_per_worker_max",
		"leases_per_worker_min", "idle_workers_mean", "leases_stolen", "leases_handed_over", "failover_max_s",
		"iterator_age_p99_s", "caught_up_at_s"},
	"lambda.function": {"invocations", "errors", "throttles", "cold_start_share", "concurrent_executions_max",
		"environments_max", "timeouts", "out_of_memory", "duplicates", "worked_for_nobody", "amplification",
		"dropped_late", "provisioned_concurrency_spillover_invocations",
		"provisioned_concurrency_utilization", "async_retries", "async_throttles", "async_events_dropped",
		"async_dead_letters", "duration_p99_s"},
	"eventbridge.bus": {"events", "throttled", "retries", "dead_lettered", "lost", "under_way_max"},
	"gateway": {"requests", "cache_hits", "throttled", "function_failed", "function_throttled", "timed_out", "active_max",
		"latency_p99_s"},
	"codedeploy.deployment": {"new_version_invocations", "new_version_errors", "share_max", "stopped_by_alarm",
		"failed_by_hook", "rolled_back", "succeeded", "took_s"},
	"lambda.mapping": {"concurrency_max", "batch_size_mean", "throttled", "failed", "given_up", "filtered"},
	"lambda.stream_mapping": {"batch_size_mean", "read_ahead_max", "unread_end", "throttled", "failed", "given_up",
		"expired", "filtered", "iterator_age_p99_s", "caught_up_at_s"},
	"kinesis.stream": {"incoming_records", "write_provisioned_throughput_exceeded", "refused",
		"read_provisioned_throughput_exceeded", "read_utilisation", "push_utilisation", "open_shards_max",
		"hottest_shard_offered_records_per_s", "reshardings", "reshardings_refused", "iterator_age_p99_s", "expired",
		"kept_end"},
	"kinesis.account": {"minimum_in_missing", "minimum_out_missing"},
	"vpc":             {"calls_without_route", "calls_via_nat", "calls_via_endpoint"},
	"dynamodb.table":  {"writes", "throttled"},
	"analytics.flink": {"cpu_utilization", "millis_behind_latest_max", "results", "result_delay_p50_s",
		"result_delay_p99_s", "num_late_records_dropped", "refused", "duplicates", "output_retries", "crashes", "scalings",
		"downtime", "kpus_max"},
	"analytics.sql": {"cpu_utilization", "millis_behind_latest_max", "results", "refused", "duplicates", "output_retries",
		"crashes", "downtime", "kpus_max"},
	"kinesisvideo.stream": {"acks_received", "acks_error", "throttled", "connections_refused", "sessions_revoked",
		"to_persisted_p99_s"},
	"kinesisvideo.producer": {"captured", "overflown", "resent", "max_fragment_size_reached",
		"max_fragment_duration_reached", "min_fragment_duration_reached", "too_many_tracks", "connection_limit_exceeded",
		"connections_replaced", "connection_drops"},
	"kinesisvideo.consumer": {"connected_mean", "played", "stalls", "skipped", "throttled", "connection_limit_exceeded",
		"sessions_revoked"},
	"cloudwatch.alarm": {"alarms", "first_alarm_at_s", "in_alarm_s", "insufficient_data_s", "notifications",
		"notifications_lost"},
	"cloudwatch.composite_alarm": {"alarms", "first_alarm_at_s", "in_alarm_s", "notifications", "notifications_lost"},
	"cloudwatch.metric":          {"puts", "value_end"},
	"lambda.account":             {"concurrent_executions_max", "concurrent_executions_limit", "throttles"},
	"rds.database": {"connections_max", "connections_limit", "busy_mean", "waiting_max", "too_many_connections",
		"response_p99_s", "unread_answers", "fail_overs", "down_s", "proxy_clients_max", "proxy_borrow_timeouts"},
	"calls": {"calls", "amplification", "timed_out", "failed", "retries_without_tokens", "circuit_opened",
		"short_circuited", "bulkhead_full", "given_up", "misses", "latency_p99_s"},
	"http.service": {"requests", "utilisation", "waiting_max", "rate_limited", "unavailable", "failed", "unread",
		"response_p99_s"},
	"elasticache.cache": {"commands", "misses", "engine_utilisation", "connections_max", "connections_refused",
		"response_p99_s"},
}

func (t *textWriter) components(rows []ComponentRow) {
	t.printf("\ncomponents\n")
	for _, c := range rows {
		t.printf("  %-24s %s\n", c.Name, c.Headline)
	}
}

// activitiesShown is how many scaling activities the terminal shows.
const activitiesShown = 20

// scaling writes when and why the groups changed their capacity, in the first replication. All times of the text are
// from the start of the run, as those in the scenario are, and the window begins after the warm-up.
func (t *textWriter) scaling(activities []ScalingSummary, warmup float64) {
	if len(activities) == 0 {
		return
	}
	t.printf("\nscaling activities of the first replication, by the time since the start of the run\n")
	for i, a := range activities {
		if i == activitiesShown {
			t.printf("  and %d more: summary.json has them\n", len(activities)-i)
			break
		}
		t.printf("  %-24s %8s  %4d -> %-4d  %s\n", a.Component, Seconds(warmup+a.AtSeconds), a.From, a.To, a.Cause)
	}
}

// plainer are names of figures that would be taken for something else, by the kind of the component.
var plainer = map[string]string{
	"ec2.fleet.time_to_scale_mean_s": "scale-out_until_in_service_(before_start_up)_mean_s",
	"ec2.fleet.saturated_share":      "share_of_the_time_at_95_%_or_more",
	"calls.timed_out":                "attempts_timed_out",
	"calls.failed":                   "attempts_failed",
}

// Headline writes the figures of a component that matter first.
func (c ComponentSummary) Headline() string {
	var parts []string
	for _, m := range headline[c.Kind] {
		if e, known := c.Metrics[m]; known && tells(m, e.Value) {
			name, ok := plainer[c.Kind+"."+m]
			if !ok {
				name = m
			}
			text := labelled(name, c.Units[m], e.Value)
			if _, ok := c.Ranges[m]; ok {
				text = strings.ReplaceAll(name, "_", " ") + " " + c.Count(m)
			}
			text += c.ofThem(m)
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, ", ")
}

// ofThem tells how many of a queue's dead letters a consumer had processed: in the ledger they are processed, and
// objectives on dead letters leave them out.
func (c ComponentSummary) ofThem(metric string) string {
	if n := c.Metrics[metric+"_processed"]; n.Value > 0 && c.Kind == "sqs.queue" {
		return " (" + c.Count(metric+"_processed") + " of them processed before)"
	}
	return ""
}

// tells reports whether a figure says something: 0 does of a limit, and of a share that should be 1.
func tells(metric string, v float64) bool {
	switch {
	case math.IsNaN(v):
		return false
	case metric == ProcessedShare || metric == InTimeShare:
		return v != 1
	case metric == "amplification":
		return v > amplified
	}
	return v != 0 || strings.HasSuffix(metric, "_max") || strings.HasSuffix(metric, "_min")
}

// labelled writes a figure with its name, in which the unit is left out that the value is written with.
func labelled(name, unit string, value float64) string {
	name = strings.ReplaceAll(name, "_", " ")
	switch unit {
	case "s":
		return strings.TrimSuffix(name, " s") + " " + Seconds(value)
	case "ms":
		return name + " " + Seconds(value/1000)
	case "share":
		return name + " " + Percent(value)
	case "B", "bytes":
		return strings.TrimSuffix(name, " bytes") + " " + humanize.IBytes(uint64(max(value, 0)))
	case "records/s":
		return strings.TrimSuffix(name, " per s") + " " + Quantity(value) + "/s"
	case "user records":
		return name + " " + Quantity(value) + " " + unit
	}
	return name + " " + Quantity(value)
}

// Total writes the month's bill; one with lines that have no price is a lower bound.
func (c *CostSummary) Total() string {
	if c.Unpriced > 0 {
		return fmt.Sprintf("at least %s (%d lines have no sourced price)", Interval(c.MonthUSD, USD), c.Unpriced)
	}
	return Interval(c.MonthUSD, USD)
}

func (t *textWriter) bill(s *Summary) {
	c := s.Cost
	tier := "without free tier"
	if c.FreeTier {
		tier = "free tier taken off"
	}
	t.printf("\ncost  %s for %s, %s\n", c.Total(), s.Assumes(), tier)
	var rows []string
	for _, l := range c.Lines {
		switch {
		case l.Problem != "":
			rows = append(rows, fmt.Sprintf("%s %s\t%s %s\tNO PRICE: %s", l.Component, l.Item, Quantity(l.Quantity), l.Units(),
				l.Problem))
		case l.MonthUSD > 0:
			rows = append(rows, fmt.Sprintf("%s %s\t%s %s\t%s", l.Component, l.Item, Quantity(l.Quantity), l.Units(),
				USD(l.MonthUSD)))
		}
	}
	t.table(rows)
}

// Interval writes an estimate of what cannot be negative with half the width of its interval, or with its ends where it
// reaches below 0, or up only.
func Interval(e measure.Estimate, format func(float64) string) string {
	switch {
	case math.IsNaN(e.Value):
		return "–"
	case math.IsNaN(e.Low) || e.High == e.Low:
		return format(e.Value)
	case e.Low < 0 && e.Value >= 0 || e.Low == e.Value: // what cannot be negative is not shown so
		return format(e.Value) + " (" + format(max(e.Low, 0)) + " to " + format(e.High) + ")"
	}
	return format(e.Value) + " ± " + format(e.HalfWidth())
}

// Signed writes a difference with its sign.
func Signed(v float64, format func(float64) string) string {
	switch {
	case v > 0:
		return "+" + format(v)
	case v < 0:
		return "−" + format(-v)
	}
	return format(v)
}

// SignedInterval writes a difference with its sign and half the width of its interval.
func SignedInterval(e measure.Estimate, format func(float64) string) string {
	if math.IsNaN(e.Value) || math.IsNaN(e.Low) {
		return Signed(e.Value, format)
	}
	return Signed(e.Value, format) + " ± " + format(e.HalfWidth())
}

// Seconds writes a length of time in seconds with the unit that suits it.
func Seconds(s float64) string {
	switch a := math.Abs(s); {
	case math.IsNaN(s):
		return "–"
	case math.IsInf(s, 1):
		return "never"
	case a == 0:
		return "0"
	case a < 0.9995e-3: // what is rounded to 1,000 of a unit is 1 of the next
		return fmt.Sprintf("%.3g µs", s*1e6)
	case a < 0.9995:
		return fmt.Sprintf("%.3g ms", s*1e3)
	case a < 120:
		return fmt.Sprintf("%.3g s", s)
	case a < 7200:
		return fmt.Sprintf("%.3g min", s/60)
	case a < 172800:
		return fmt.Sprintf("%.3g h", s/3600)
	}
	return fmt.Sprintf("%.3g d", s/86400)
}

// Quantity writes a number with thousands parted.
func Quantity(v float64) string {
	switch a := math.Abs(v); {
	case math.IsNaN(v):
		return "–"
	case a >= 1000 || v == math.Trunc(v):
		return humanize.Commaf(math.Round(v))
	}
	return fmt.Sprintf("%.3g", v)
}

// Percent writes a share. One that is not quite nothing or not quite all is not written as if it were.
func Percent(v float64) string {
	switch a := math.Abs(v); {
	case a > 0 && a < 0.0005:
		return fmt.Sprintf("%.1g %%", 100*v)
	case a > 0.9995 && a < 1: // as many nines as it has
		return fmt.Sprintf("%.*f %%", min(int(math.Ceil(-math.Log10(100*(1-a))-1e-9)), 6), 100*v)
	}
	return fmt.Sprintf("%.1f %%", 100*v)
}

// Share writes a relative difference: with one digit after the point where it is short.
func Share(v float64) string {
	if math.Abs(v) >= 10 {
		return Quantity(100*v) + " %"
	}
	return Percent(v)
}

// USD writes an amount of money.
func USD(v float64) string { return "$" + humanize.FormatFloat("#,###.##", v) }
