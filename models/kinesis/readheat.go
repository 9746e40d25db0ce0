package kinesis

import (
	"weir/models/meter"
	"weir/sim"
)

// readCount is what polls took of a shard.
type readCount struct{ calls, bytes uint64 }

// readHeat is how near the busiest shard is to the limit of its reads, since it was last asked.
type readHeat struct {
	at   sim.Time
	last []readCount // by shard
}

// share returns what was read of a shard in some seconds, as a part of what all who poll it share: its calls or its
// bytes, whichever is nearer.
func (l *Limits) share(taken readCount, seconds float64) float64 {
	if seconds <= 0 {
		return 0
	}
	share := 0.0
	if most := float64(l.ReadBytes); most < endless {
		share = float64(taken.bytes) / seconds / most
	}
	if most := l.ReadCalls.PerSecond(); most < endless {
		share = max(share, float64(taken.calls)/seconds/most)
	}
	return share
}

// readUtilisation returns what was read of the busiest shard over the window, as a part of its limit: by those who
// poll, and by the consumer with enhanced fan-out that took most of a shard.
func (st *Stream) readUtilisation(now sim.Time) (polled, pushed float64) {
	for n := range st.shards {
		sh := &st.shards[n]
		over := now.Sub(max(st.log.Shard(n).Opened, st.window)).Seconds()
		polled = max(polled, st.limit.share(sh.reads.taken, over))
		for i := range sh.pushes {
			pushed = max(pushed, float64(sh.pushes[i].pushed)/max(over, 1e-9)/float64(st.limit.PushBytes))
		}
	}
	return polled, pushed
}

// curve declares how busy the reads of the busiest shard are in each interval.
func (h *readHeat) curve(st *Stream) meter.Curve {
	h.at = st.eng.Now()
	return meter.Curve{
		Name: "read_utilisation", Unit: "share", Kind: meter.Instant,
		Read: func(now sim.Time) (hottest float64) {
			for len(h.last) < len(st.shards) {
				h.last = append(h.last, readCount{})
			}
			for n := range st.shards {
				taken, last := st.shards[n].reads.taken, h.last[n]
				h.last[n] = taken
				hottest = max(hottest, st.limit.share(
					readCount{taken.calls - last.calls, taken.bytes - last.bytes}, now.Sub(h.at).Seconds()))
			}
			h.at = now
			return hottest
		},
	}
}

// resetReads begins the window of observation.
func (st *Stream) resetReads() {
	st.reading = readHeat{at: st.eng.Now()}
	for n := range st.shards {
		sh := &st.shards[n]
		sh.reads.taken = readCount{}
		for i := range sh.pushes {
			sh.pushes[i].pushed = 0
		}
	}
}
