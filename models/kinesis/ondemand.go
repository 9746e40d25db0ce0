package kinesis

import (
	"weir/models/stream"
	"weir/sim"
)

// onDemand is how the service makes the shards of a stream on demand follow its load: a shard that takes more than half
// of what it can for a quarter of an hour is split, and neighbours that took little for a day are merged.
type onDemand struct {
	st     *Stream
	minute sim.Event[uint8]
	begun  bool
	floor  int // shards that stay
	nights sim.Time
}

// minute is what a shard took by the last look at it.
type minute struct {
	records, bytes uint64
	hot            sim.Time // since when it takes too much, or 0
	peak           float64  // share of the trigger in the busiest minute since the last look at quiet ones
}

func (o *onDemand) init(st *Stream) {
	o.st = st
	o.minute = sim.NewEvent(st.eng, st.name+"/minute", o.look)
	o.floor = int(st.limit.StartShards)
}

// begin lets the service look at the shards each minute.
func (o *onDemand) begin() {
	if !o.begun && float64(o.st.limit.SplitBytes) < endless {
		o.begun = true
		o.nights = o.st.eng.Now().Add(o.st.limit.ScaleDown.Sim())
		o.minute.After(sim.Minute, 0)
	}
}

// look is the event that a minute is over.
func (o *onDemand) look(uint8) {
	st, now := o.st, o.st.eng.Now()
	if o.begun = st.mode == OnDemand; !o.begun {
		return
	}
	o.minute.After(sim.Minute, 0)
	for i := st.log.Open() - 1; i >= 0; i-- {
		n := st.log.OpenShard(i)
		use := o.use(&st.shards[n])
		c := &st.shards[n].counted
		c.peak = max(c.peak, use)
		switch {
		case use <= 1:
			c.hot = 0
		case c.hot == 0:
			c.hot = now
		case now.Sub(c.hot) >= st.limit.SplitAfter.Sim()-sim.Minute && st.log.Open() < o.most():
			s := st.log.Shard(n)
			st.SplitShard(n, stream.Middle(s.From, s.To).Next())
		}
	}
	if now >= o.nights {
		o.nights = now.Add(st.limit.ScaleDown.Sim())
		o.mergeQuiet()
	}
}

// use returns how much of what splits a shard it was offered in the last minute. A shard that takes half of its records
// or half of its bytes a second is at 1: AWS names the bytes, and the records are taken to go with them.
func (o *onDemand) use(sh *shard) float64 {
	c, limit := &sh.counted, o.st.limit
	records, bytes := sh.in-c.records, sh.inBytes-c.bytes
	c.records, c.bytes = sh.in, sh.inBytes
	perSecond := 1 / sim.Minute.Seconds()
	part := float64(limit.SplitBytes) / float64(limit.WriteBytes)
	return max(float64(bytes)*perSecond/float64(limit.SplitBytes),
		float64(records)*perSecond/float64(limit.WriteRecords.PerSecond()*part))
}

// most returns how many shards a stream on demand has at the most.
func (o *onDemand) most() int {
	return int(min(float64(o.st.limit.OnDemandMax)/float64(o.st.limit.WriteBytes), float64(o.st.limit.ShardsMax)))
}

// mergeQuiet merges neighbours that took less together than would split them again.
func (o *onDemand) mergeQuiet() {
	st := o.st
	const quiet = 0.5 // of what splits a shard, so that merging two does not lead to splitting them
	for i := 0; i+1 < st.log.Open() && st.log.Open() > o.floor; i++ {
		a, b := st.log.OpenShard(i), st.log.OpenShard(i+1)
		if st.shards[a].counted.peak+st.shards[b].counted.peak < quiet {
			st.MergeShards(a, b)
		}
	}
	for n := range st.shards {
		st.shards[n].counted.peak = 0
	}
}
