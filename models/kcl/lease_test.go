package kcl

import (
	"slices"
	"testing"

	"weir/models/stream"
	"weir/sim"
)

// "Each shard is processed by exactly one KCL worker and has exactly one corresponding record processor, so you never
// need multiple instances to process one shard" (Kinesis developer guide @14ff366,
// kinesis-record-processor-scaling.md). So with ten shards the eleventh worker has nothing to do.
func TestMoreWorkersThanShardsAreIdle(t *testing.T) {
	for _, version := range []string{"1", "2", "3"} {
		s := newScene(t, 10, "workers: 11\nleases: unassigned\nretrieval: polling\nversion: "+version)
		s.run(3600)
		most := slices.Max(s.held())
		if s.IdleWorkers.Value() != 1 || most != 1 || s.Orphans.Value() != 0 {
			t.Errorf("version %s: %v leases held, %d workers idle, want one", version, s.held(), s.IdleWorkers.Value())
		}
	}
}

// "When the KCL worker starts up on the second instance, it load-balances with the first instance, so that each
// instance now processes two shards. If you then decide to split the four shards into five shards … one instance
// processes three shards, and the other processes two shards" (Kinesis developer guide @14ff366,
// kinesis-record-processor-scaling.md).
func TestAFifthShardMakesTwoAndTwoThreeAndTwo(t *testing.T) {
	for _, version := range []string{"1", "2", "3"} {
		s := newScene(t, 4, "workers: 2\nretrieval: polling\nversion: "+version)
		s.run(60)
		s.wantHeld(2, 2)
		s.log.Split(0, stream.Middle(s.log.Shard(0).From, s.log.Shard(0).To))
		s.run(300)
		held := s.held()
		slices.Sort(held)
		if !slices.Equal(held, []int{2, 3}) {
			t.Errorf("version %s: the workers hold %v leases, want 3 and 2", version, held)
		}
	}
}

// "Our target for each worker is numLeases / numWorkers (+1 if numWorkers doesn't evenly divide numLeases)" and "Steal
// up to maxLeasesToStealAtOneTime leases from the most loaded worker", which is 1 (amazon-kinesis-client @0a28837,
// DynamoDBLeaseTaker.java): a new worker has N leases after N looks, one every 20.05 s.
func TestOneLeaseIsStolenInEachLook(t *testing.T) {
	s := newScene(t, 20, "workers: 2\nleases: unassigned\nretrieval: polling\nversion: 2")
	s.run(0)
	// Nobody ever held the leases, so they are very old: the first one that looks takes all of them.
	s.wantHeld(20-1, 1)
	for looks := 1; looks <= 9; looks++ {
		s.run(float64(looks)*20.05 + 0.01)
		s.wantHeld(19-looks, 1+looks)
	}
	s.run(3600)
	s.wantHeld(10, 10)
	if s.Stolen.Value() != 10 {
		t.Errorf("%d leases stolen, want 10", s.Stolen.Value())
	}
}

// "If there are leases that have been expired for an extended period of time, take them with priority, disregarding the
// target": those that nobody ever held are among them (amazon-kinesis-client @0a28837, DynamoDBLeaseTaker.java).
func TestLeasesThatNobodyHeldAreTakenAllAtOnce(t *testing.T) {
	s := newScene(t, 4, "workers: 2\nretrieval: polling\nversion: 2")
	s.run(60)
	for _, n := range slices.Clone(s.workers[0].leases) {
		s.log.Split(int(n), stream.Middle(s.log.Shard(int(n)).From, s.log.Shard(int(n)).To))
	}
	s.wantHeld(0, 2) // of six: the target is three
	for at := 60.0; s.Taken.Value() == 0; at += 0.1 {
		s.run(at)
	}
	if s.Taken.Value() != 4 || slices.Max(s.held()) < 4 {
		t.Errorf("%d leases taken at the first look, want all 4: %v", s.Taken.Value(), s.held())
	}
	s.run(200)
	s.wantHeld(3, 3)
}

// failover finds out for how long the leases of a worker that crashes at an instant rest.
func failover(t *testing.T, settings string, workers int, at string) (least, most float64) {
	s := newScene(t, 2*workers, settings+"\nfailures: {crash_at: ["+at+"]}")
	s.run(400)
	if s.Lost.Value() != 2 || s.Failover.Count() != 2 || s.Orphans.Value() != 0 {
		t.Fatalf("%d leases lost, %d held again, %d not", s.Lost.Value(), s.Failover.Count(), s.Orphans.Value())
	}
	return float64(s.Failover.Min()) / 1e9, float64(s.Failover.Max()) / 1e9
}

// A lease is expired when its counter did not change for failoverTimeMillis, 10 s, where "the counter has changed, set
// lastRenewalNanos to the time of the scan" (amazon-kinesis-client @0a28837, DynamoDBLeaseTaker.java, updateAllLeases),
// and a worker scans every 20.05 s. So one other worker takes the leases of one that is lost with its second scan after
// the last renewal, which lies up to 3.3 s before the crash: after 16.7 to 40.1 s.
func TestTheOtherWorkerTakesTheLeasesOfALostOne(t *testing.T) {
	least, most := 1e9, 0.0
	for _, at := range []string{"60s", "63s", "66s", "69s", "72s", "75s", "78s", "79s"} {
		low, high := failover(t, "workers: 2\nretrieval: polling\nversion: 2", 2, at)
		least, most = min(least, low), max(most, high)
	}
	if least < 20.05-3.31 || most > 40.11 || most-least < 10 {
		t.Errorf("the leases rest for %v to %v s, want within 16.7 to 40.1", least, most)
	}
}

// With many workers some look comes soon after the last renewal.
func TestAmongManyWorkersALostOneIsReplacedSooner(t *testing.T) {
	_, most := failover(t, "workers: 50\nretrieval: polling\nversion: 2", 50, "60s")
	if most > 25 || most < 16.7 {
		t.Errorf("the leases rest for up to %v s, want some 20", most)
	}
}

// The leader of version 3 looks every 20 s, and its lock lasts two minutes: without it nobody gives leases.
func TestWithoutALeaderLeasesRestForLonger(t *testing.T) {
	lost := func(leader bool) (rest float64) {
		s := newScene(t, 8, "workers: 4\nretrieval: polling\nversion: 3")
		s.run(60.5)
		i := uint32(s.leader.tk)
		if !leader {
			i = (i + 1) % 4
		}
		s.crash(tokenOf(i, s.workers[i].turn))
		s.run(600)
		if s.Failover.Count() != 2 {
			t.Fatalf("%d leases held again, want 2", s.Failover.Count())
		}
		return float64(s.Failover.Max()) / 1e9
	}
	if rest := lost(false); rest < 16.7 || rest > 43.4 {
		t.Errorf("the leases of a worker rest for %v s, want 17 to 43", rest)
	}
	if rest := lost(true); rest < 110 || rest > 185 {
		t.Errorf("the leases of the leader rest for %v s, want 2 to 3 minutes", rest)
	}
}

// "Child shards will not have leases created until its parent(s) have reached SHARD_END", and "child leases are
// initialized at TRIM_HORIZON to avoid processing gaps from their parent lease(s)" (amazon-kinesis-client @013aeba,
// docs/lease-lifecycle.md).
func TestAChildIsReadAfterItsParent(t *testing.T) {
	for _, settings := range []string{"version: 2", "version: 3", "library: sdk\nstarting_position: trim_horizon"} {
		s := newScene(t, 1, "retrieval: polling\n"+settings)
		s.run(1)
		s.write(0, 30, 0)
		s.run(2)
		low, high := s.log.Split(0, stream.Middle(stream.Hash{}, stream.HashMax))
		s.write(low, 5, 0)
		s.write(high, 5, 0)
		s.run(25) // the parent has been read, and 20 records of it are worked on
		if s.leases[low].state == current || s.Processed.Value() < 20 {
			t.Errorf("%s: a child is %v with %d records processed", settings, s.leases[low].state, s.Processed.Value())
		}
		s.run(200)
		if s.Processed.Value() != 40 || !slices.IsSorted(s.keys[:30]) || slices.Max(s.keys[:30]) != 29 {
			t.Errorf("%s: %d processed, in the order %v", settings, s.Processed.Value(), s.keys)
		}
		s.wantBalance()
	}
}

// A merged shard waits for both of its parents.
func TestAMergedShardWaitsForBothParents(t *testing.T) {
	s := newScene(t, 2, "retrieval: polling\nversion: 2")
	s.run(1)
	s.write(0, 3, 0)
	s.write(1, 40, 0)
	s.run(2)
	child := s.log.Merge(0, 1)
	s.write(child, 2, 0)
	s.run(30)
	if s.leases[0].state != finished || s.leases[child].state != held {
		t.Errorf("the states are %v of the parent that is done, %v of the child", s.leases[0].state, s.leases[child].state)
	}
	s.run(100)
	if s.Processed.Value() != 45 || s.keys[43] < 43 || s.open != 1 {
		t.Errorf("%d processed, the last ones %v, %d leases", s.Processed.Value(), s.keys[40:], s.open)
	}
}

// A worker above the mean of the CPU by more than 10 % hands leases over that carry 60 % of the excess
// (amazon-kinesis-client v3.5.1, LeaseManagementConfig.java), and nothing is processed twice.
func TestTheLeaderBalancesByLoad(t *testing.T) {
	s := newScene(t, 8, "workers: 2\nretrieval: polling\nversion: 3\ncpu_share: 100%\ncheckpoint_interval: 1h", func(p *Parts) {
		p.Work.Record = constant(sim.Second / 2)
	})
	// The even shards are those of the first worker: with all of the load.
	for at := 1.0; at < 1200; at++ {
		s.run(at)
		for n := 0; n < 8; n += 2 {
			s.write(n, 1, 0)
		}
	}
	s.run(1300)
	var busy [2]int
	for n := 0; n < 8; n += 2 {
		busy[s.leases[n].owner]++
	}
	if busy != [2]int{2, 2} || s.HandedOver.Value() == 0 || s.Duplicates.Value() != 0 {
		t.Errorf("the busy shards are held as %v; %d handed over, %d duplicates", busy, s.HandedOver.Value(),
			s.Duplicates.Value())
	}
	s.wantBalance()
}

// A worker that does not end its batch in time loses the lease all the same.
func TestAHandOverTakesOnlySoLong(t *testing.T) {
	s := newScene(t, 1, "workers: 2\nretrieval: polling\nversion: 3", func(p *Parts) {
		p.Work.Record = constant(sim.Hour)
	})
	s.run(30)
	s.write(0, 1, 0)
	s.run(40)
	from := s.leases[0].owner
	s.handTo(0, uint32(1-from))
	s.run(40 + 40 + 3.4)
	if s.leases[0].owner != 1-from || s.HandedOver.Value() != 1 {
		t.Errorf("the lease is held by %d, from %d; %d handed over", s.leases[0].owner, from, s.HandedOver.Value())
	}
	s.run(3600 * 2)
	if s.Processed.Value() != 1 || s.Duplicates.Value() != 0 {
		t.Errorf("%d processed, %d twice", s.Processed.Value(), s.Duplicates.Value())
	}
	if m := s.Paths()[0]; m.Latency.Count() != 1 {
		t.Errorf("%d latencies", m.Latency.Count())
	}
}
