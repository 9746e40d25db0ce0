package kcl

import (
	"weir/models/spec"
	"weir/models/stream"
	"weir/sim"
)

// Limits are the constants that an application takes from a profile.
type Limits struct {
	FailoverTime    spec.Duration  `aws:"kcl.failover_time"`
	Epsilon         spec.Duration  `aws:"kcl.renew_epsilon"`
	StealMax        int64          `aws:"kcl.steal_max"`
	VeryOld         float64        `aws:"kcl.very_old_factor"`
	ByLoad          bool           `aws:"kcl.balance_by_load"`
	Threshold       spec.Share     `aws:"kcl.rebalance_threshold"`
	Dampening       spec.Share     `aws:"kcl.rebalance_dampening"`
	BalanceEvery    int64          `aws:"kcl.rebalance_every"`
	Alpha           float64        `aws:"kcl.throughput_alpha"`
	Handoff         spec.Duration  `aws:"kcl.handoff_timeout"`
	LeaderLock      spec.Duration  `aws:"kcl.leader_lock"`
	LeaderHeartbeat spec.Duration  `aws:"kcl.leader_heartbeat"`
	FanOut          bool           `aws:"kcl.enhanced_fan_out"`
	Idle            spec.Duration  `aws:"kcl.idle_between_reads"`
	Idle1           spec.Duration  `aws:"kcl.idle_between_reads_1x"`
	IdleMin         spec.Duration  `aws:"kcl.idle_between_reads_min"`
	MaxRecords      int64          `aws:"kcl.max_records"`
	AheadRecords    int64          `aws:"kcl.prefetch_records"`
	AheadBytes      spec.Size      `aws:"kcl.prefetch_bytes"`
	AheadBatches    int64          `aws:"kcl.prefetch_batches"`
	TrimHorizon     bool           `aws:"kcl.trim_horizon"`
	TaskBackOff     spec.Duration  `aws:"kcl.task_backoff"`
	TableOnDemand   bool           `aws:"kcl.lease_table.on_demand"`
	TableReadUnits  int64          `aws:"kcl.lease_table.read_units"`
	TableWriteUnits int64          `aws:"kcl.lease_table.write_units"`
	LeaseBytes      spec.Size      `aws:"kcl.lease_table.lease_bytes"`
	Checkpoint      spec.Durations `aws:"sdk.dynamodb.put.latency"`
	Get             spec.Durations `aws:"sdk.kinesis.get.latency"`
	Push            spec.Durations `aws:"kinesis.efo.push"`
	CallBytes       spec.Size      `aws:"kinesis.shard.read_call_bytes"`
}

// settings is what an application does, with the defaults of its library.
type settings struct {
	leased   bool // it has leases and checkpoints: it is no plain poller
	version  int
	ahead    bool // it reads ahead
	failover sim.Duration
	renew    sim.Duration // between two renewals of a lease
	every    sim.Duration // between two looks for leases, of a worker or the leader
	retry    sim.Duration
}

// Resolve returns how an application fetches, with the defaults of its library, and problems with what its Spec says
// of it. A stream of a table cannot be pushed.
func Resolve(s *Spec, k *Limits, pushes bool) (way stream.Way, problems []spec.Problem) {
	set := settingsOf(s, k)
	refuse := func(field, text string) { problems = append(problems, spec.Problem{Field: field, Text: text}) }
	way = stream.Way{
		Paced: true, Every: k.Idle.Sim(), Latency: k.Get.Dist(), Push: k.Push.Dist(), Most: int(min(k.MaxRecords, 1<<30)),
		Bytes: int64(k.CallBytes),
	}
	way.At = sim.Time(s.Start.Sim())
	if set.version == 1 {
		way.Every = k.Idle1.Sim()
	}
	way.Pushed = pushes && set.leased && set.version > 1 && k.FanOut
	if s.Retrieval != nil {
		way.Pushed = *s.Retrieval == EnhancedFanOut
		switch {
		case way.Pushed && !pushes:
			refuse("retrieval", "the stream of a table can be polled only")
		case way.Pushed && set.version == 1:
			refuse("retrieval", "version 1 of the KCL polls: enhanced fan-out came with version 2")
		}
	}
	if idle := s.IdleTimeBetweenReads; idle != nil {
		way.Every = idle.Sim()
		if set.leased && *idle < k.IdleMin {
			refuse("idle_time_between_reads", "the KCL polls no more often than every "+k.IdleMin.String())
		}
	}
	if s.MaxRecords != nil {
		way.Most = *s.MaxRecords
	}
	way.From = from(s, k, set, refuse)
	if s.Version != nil && *s.Version == 3 && !k.ByLoad {
		refuse("version", "there was no version 3 yet: it came in November 2024")
	}
	if !set.leased && s.Workers > 1 {
		refuse("workers", "a plain poller is one process, which has all shards: remove workers, or use library: kcl")
	}
	if s.Host.VCPUs != nil && s.Host.Type != OnPremises {
		refuse("host.vcpus", "an instance type has its vCPUs: remove it, or write type: on_premises")
	}
	return way, problems
}

// from returns the instant of the first records that an application reads.
func from(s *Spec, k *Limits, set settings, refuse func(field, text string)) sim.Time {
	position := stream.Latest
	if set.leased && set.version > 1 && k.TrimHorizon {
		position = stream.TrimHorizon
	}
	if s.StartingPosition != nil {
		position = *s.StartingPosition
	}
	at := s.StartingPositionTimestamp
	switch {
	case position == stream.AtTimestamp && at == nil:
		refuse("starting_position", "at_timestamp needs starting_position_timestamp: the instant of the first records")
	case position != stream.AtTimestamp && at != nil:
		refuse("starting_position_timestamp", "belongs to starting_position: at_timestamp")
	case position == stream.AtTimestamp && *at > s.Start:
		refuse("starting_position_timestamp", "lies after the start of the application: write starting_position: latest and a "+
			"later start")
	case position == stream.AtTimestamp:
		return sim.Time(at.Sim())
	case position == stream.Latest:
		return sim.Time(s.Start.Sim())
	}
	return 0
}

func settingsOf(s *Spec, k *Limits) settings {
	set := settings{leased: s.Library == KCL, version: 2, failover: k.FailoverTime.Sim(), retry: k.TaskBackOff.Sim()}
	switch {
	case s.Version != nil:
		set.version = *s.Version
	case k.ByLoad:
		set.version = 3
	}
	set.ahead = set.leased && set.version > 1
	if s.FailoverTime != nil {
		set.failover = s.FailoverTime.Sim()
	}
	epsilon := k.Epsilon.Sim()
	set.renew = max(set.failover/3-epsilon, 1)
	set.every = 2 * (set.failover + epsilon)
	if set.version == 3 {
		set.every = 2 * set.failover
	}
	if s.RetryDelay != nil {
		set.retry = s.RetryDelay.Sim()
	}
	return set
}
