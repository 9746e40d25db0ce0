package kinesis

import (
	"fmt"
	"strings"
	"testing"

	"weir/models/stream"
	"weir/sim"
)

// One test for each sentence of AWS about retention and resharding that can be tested.

// "The default retention period is 24 hours" (kinesis-extended-retention.md).
func TestRecordsStay24HoursUnlessSet(t *testing.T) {
	for settings, want := range map[string]sim.Duration{"": 24 * sim.Hour, "retention: 8760h": 8760 * sim.Hour} {
		x := newStream(t, "aws-2026", settings)
		equal(t, settings, x.log.Retention(), want)
		c := x.consume("late", stream.Way{Start: stream.Start{At: sim.Time(want)}})
		x.put(x.in(0), 1, 100)
		x.at(sim.Second, func() { x.put(x.in(0), 1, 100) })
		x.run(want + sim.Hour)
		equal(t, settings+": records that are left", c.count, 1)
	}
}

// "up to … 8760 hours" and "the minimum value of a stream's retention period is 24 hours"
// (IncreaseStreamRetentionPeriod, DecreaseStreamRetentionPeriod).
func TestRetentionIsFrom24HoursToAYear(t *testing.T) {
	for _, year := range []string{"aws-2021", "aws-2026"} {
		for _, settings := range []string{
			"retention: 23h", "retention: 8761h", "changes: [{at: 1s, set: {retention: 23h}}]",
			"changes: [{at: 1s, set: {retention: 8761h}}]",
		} {
			if found := problems(t, year, settings); len(found) != 1 || !strings.Contains(found[0], "retention: ") {
				t.Errorf("%s: %s gives %q", year, settings, found)
			}
		}
	}
}

// "Decreasing … makes older data inaccessible almost immediately"; what has expired does not come back by an increase
// (kinesis-extended-retention.md).
func TestAChangeOfRetentionIsOneForOldRecordsToo(t *testing.T) {
	x := newStream(t, "aws-2026", "retention: 72h, changes: [{at: 50h, set: {retention: 24h}}, {at: 51h, set: {retention: 72h}}]")
	c := x.consume("late", stream.Way{Start: stream.Start{At: sim.Time(60 * sim.Hour)}})
	for _, at := range []sim.Duration{sim.Hour, 30 * sim.Hour, 40 * sim.Hour} {
		x.at(at, func() { x.put(x.in(0), 1, 100) })
	}
	x.run(50*sim.Hour + sim.Second)
	equal(t, "expired at once", x.log.Expired.Value(), 1)
	x.run(70 * sim.Hour)
	equal(t, "records that are left", c.count, 2)
}

// "Resharding is always pairwise … you cannot split into more than two shards … and you cannot merge more than two"
// (kinesis-using-sdk-java-resharding.md); merged shards must be adjacent (MergeShards).
func TestReshardingIsPairwise(t *testing.T) {
	x := newStream(t, "aws-2026", "shards: 4, changes: [{at: 1m, split: {shard: 0}}, {at: 2m, merge: [1, 2]}, "+
		"{at: 3m, merge: [4, 3]}, {at: 4m, merge: [5, 6]}]")
	x.run(sim.Hour)
	equal(t, "splits and merges", x.Reshardings.Value(), 3)
	equal(t, "refused: two that are not adjacent", x.ReshardRefused.Value(), 1)
	equal(t, "open shards", x.log.Open(), 3)
	equal(t, "the children of shard 0", x.log.Shard(0).Children, [2]int32{4, 5})
	for _, settings := range []string{"merge: [1]", "merge: [1, 2, 3]", "merge: [1, 1]", "merge: [-1, 0]"} {
		if err := decode("changes: [{at: 1s, "+settings+"}]", new(Spec)); err == nil {
			t.Errorf("%s is taken", settings)
		}
	}
}

// SplitShard takes any new starting hash key within the range of the shard (SplitShard).
func TestAShardIsSplitWhereverOneSays(t *testing.T) {
	x := newStream(t, "aws-2026", "changes: [{at: 1m, split: {shard: 0, share: 25%}}, {at: 2m, split: {shard: 2}}]")
	x.run(sim.Hour)
	equal(t, "first hash of the second", x.log.Shard(2).From, stream.Part(1, 4))
	equal(t, "first hash of its second half", x.log.Shard(4).From, stream.Part(5, 8))
}

// "After … the stream's status is UPDATING … read and write operations continue to work" (SplitShard). Other changes
// are refused with ResourceInUseException meanwhile.
func TestAStreamThatIsResharededTakesRecordsAndNoOtherChange(t *testing.T) {
	x := newStream(t, "aws-2026", "changes: [{at: 1m, split: {shard: 0}}, {at: 70s, update_shard_count: 2}, "+
		"{at: 75s, set: {retention: 48h}}, {at: 80s, set: {stream_mode: on_demand}}, {at: 2m, set: {retention: 48h}}]")
	c := x.poll("c", sim.Second)
	x.at(75*sim.Second, func() {
		equal(t, "records taken meanwhile", x.put(x.in(0), 10, 100), 10)
		equal(t, "open shards meanwhile", x.log.Open(), 1)
	})
	x.run(89 * sim.Second)
	equal(t, "records read meanwhile", c.count, 10)
	equal(t, "refused", x.ReshardRefused.Value(), 3)
	x.run(sim.Hour)
	equal(t, "open shards", x.log.Open(), 2)
	equal(t, "retention", x.log.Retention(), 48*sim.Hour)
}

// "Data records that were in the parent shards … remain in the parent shards" and can be read until they expire
// (kinesis-using-sdk-java-after-resharding.md).
func TestOldRecordsStayInTheParents(t *testing.T) {
	x := newStream(t, "aws-2026", "changes: [{at: 1m, split: {shard: 0}}]")
	c := x.consume("late", stream.Way{Start: stream.Start{At: sim.Time(sim.Hour)}})
	x.put(stream.HashMax, 3, 100)
	x.at(2*sim.Minute, func() { x.put(stream.HashMax, 2, 100) })
	x.run(2 * sim.Hour)
	var got []string
	for _, r := range c.reads {
		got = append(got, fmt.Sprintf("%d of shard %d", r.records, r.shard))
	}
	equals(t, "reads", got, "3 of shard 0", "2 of shard 2")
	equal(t, "records written to the closed shard after all", x.log.End(0), 3)
}

// A shard has its limits for itself: twice as many shards take twice as much.
func TestTheChildrenOfASplitTakeTwiceAsMuch(t *testing.T) {
	x := newStream(t, "aws-2026", "changes: [{at: 1m, split: {shard: 0}}]")
	x.at(2*sim.Minute, func() {
		equal(t, "records", x.put(stream.Hash{}, 1500, 100)+x.put(stream.HashMax, 1500, 100), 2000)
	})
	x.run(sim.Hour)
}

// "Scale to more than double your current shard count … below half" is refused (UpdateShardCount).
func TestAnUpdateIsFromHalfToDouble(t *testing.T) {
	for n, want := range map[int]int{3: 3, 8: 8, 12: 12, 2: 6, 13: 6} {
		x := newStream(t, "aws-2026", fmt.Sprintf("shards: 6, changes: [{at: 1m, update_shard_count: %d}]", n))
		x.run(sim.Hour)
		equal(t, fmt.Sprint("from 6 to ", n), x.log.Open(), want)
		for i := range want {
			equal(t, "first hash of a shard", x.log.Shard(x.log.OpenShard(i)).From, stream.Part(i, want))
		}
	}
}

// "Scale more than 10 times per rolling 24-hour period per stream" is refused (UpdateShardCount).
func TestAnUpdateComesTenTimesIn24Hours(t *testing.T) {
	var changes []string
	for i := range 12 {
		changes = append(changes, fmt.Sprintf("{at: %dm, update_shard_count: %d}", 60*(i+1), 2+i%2))
	}
	changes = append(changes, "{at: 1501m, update_shard_count: 4}", "{at: 1502m, update_shard_count: 2}")
	x := newStream(t, "aws-2026", "shards: 2, changes: ["+strings.Join(changes, ", ")+"]")
	x.run(12*sim.Hour + sim.Minute)
	equal(t, "refused of twelve", x.ReshardRefused.Value(), 2)
	x.run(30 * sim.Hour)
	equal(t, "refused of two a day after the first: the second comes while the first goes on", x.ReshardRefused.Value(), 3)
	equal(t, "shards", x.log.Open(), 4)
}

// "Scale up to more than" 500 shards in 2021, "10000 shards" since (UpdateShardCount), or above the account's limit.
func TestAnUpdateHasACeiling(t *testing.T) {
	for year, most := range map[string]int{"aws-2021": 500, "aws-2026": 10_000} {
		for n, want := range map[int]int{most: most, most + 1: most - 10} {
			x := newStream(t, year, fmt.Sprintf("shards: %d, changes: [{at: 1m, update_shard_count: %d}]", most-10, n))
			x.run(10 * sim.Minute)
			equal(t, fmt.Sprintf("%s: to %d", year, n), x.log.Open(), want)
		}
	}
}

// SplitShard beyond the account's shards is refused with LimitExceededException.
func TestSplitsStopAtTheShardsOfTheAccount(t *testing.T) {
	x := newStream(t, "aws-2021", "shards: 500, changes: [{at: 1m, split: {shard: 0}}]")
	x.run(10 * sim.Minute)
	equal(t, "shards", x.log.Open(), 500)
	equal(t, "refused", x.ReshardRefused.Value(), 1)
}

// "You can't" split or merge the shards of a stream on demand (SplitShard: provisioned mode only).
func TestTheShardsOfAStreamOnDemandAreTheServices(t *testing.T) {
	x := newStream(t, "aws-2026", "stream_mode: on_demand, changes: [{at: 1m, split: {shard: 0}}, {at: 2m, merge: [0, 1]}, "+
		"{at: 3m, update_shard_count: 5}]")
	x.run(sim.Hour)
	equal(t, "refused", x.ReshardRefused.Value(), 3)
	equal(t, "shards", x.log.Open(), 4)
}

// A shard of one hash has nothing to split (SplitShard: the new hash key must lie within the range).
func TestAShardOfOneHashIsNotSplit(t *testing.T) {
	x := newStream(t, "aws-2026", "")
	n := 0
	for i := 0; x.canSplit(n); i++ {
		s := x.log.Shard(n)
		x.SplitShard(n, stream.Middle(s.From, s.To).Next())
		n = x.log.ShardOf(stream.Hash{})
		if i > 128 {
			t.Fatal("a shard is split more often than it has bits")
		}
	}
	equal(t, "shards", x.log.Open(), 129)
	equal(t, "a split of it", x.checkSplit(&SplitSpec{Shard: n}), error(ErrInvalidArgument))
}

// Shards that cannot be there are told before the run.
func TestChangesThatNameNoShardAreTold(t *testing.T) {
	for settings, want := range map[string]string{
		"shards: 4, changes: [{at: 1s, split: {shard: 4}}]": "changes[0].split.shard: there is no shard 4",
		"shards: 2, changes: [{at: 1s, merge: [0, 7]}]":     "changes[0].merge: there is no shard 7",
		"changes: [{at: 1s, split: {shard: 0}}, {at: 2s, split: {shard: 0}}]": "changes[1].split.shard: shard 0 is closed " +
			"by the change at 1s",
		"changes: [{at: 1s, split: {shard: 0}}, {at: 2s, split: {shard: 2}}]":       "",
		"changes: [{at: 1s, update_shard_count: 2}, {at: 2s, split: {shard: 2}}]":   "",
		"stream_mode: on_demand, changes: [{at: 1s, split: {shard: 9}}]":            "",
		"changes: [{at: 2s, split: {shard: 0}}, {at: 1s, update_shard_count: 2}]":   "changes[1].at: 1s comes before",
		"partition_key: " + strings.Repeat("ü", 257):                                "partition_key: has up to 257",
		"partition_key: " + strings.Repeat("ü", 256):                                "",
		"partition_key: '{key}" + strings.Repeat("k", 247) + "'":                    "partition_key: has up to 257",
		"stream_mode: on_demand, shards: 5":                                         "shards: ",
		"warm_throughput: 10MiB":                                                    "warm_throughput: ",
		"stream_mode: on_demand, on_demand_advantage: true, warm_throughput: 11GiB": "warm_throughput: is at most",
		"record_distribution: auto":                                                 "record_distribution: ",
	} {
		found := problems(t, "aws-2026", settings)
		if want == "" && len(found) > 0 || want != "" && (len(found) != 1 || !strings.HasPrefix(found[0], want)) {
			t.Errorf("%.80s: %q, want %q", settings, found, want)
		}
	}
}
