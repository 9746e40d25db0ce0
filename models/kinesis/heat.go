package kinesis

import (
	"fmt"

	"weir/models/meter"
	"weir/models/stream"
	"weir/sim"
)

// heat is how hot the shards of a stream are, by bands of the hashes: of each band, the busiest of its shards. Bands
// stay where they are when shards are split and merged.
type heat struct {
	st    *Stream
	bands []band
}

// band is a part of all hashes.
type band struct {
	from, to stream.Hash
	read     sim.Time
	last     []counted // of shards, by number, when the band was last read
}

type counted struct{ records, bytes uint64 }

// bandsMax is how many bands there are at the most: more would not be told apart in a chart.
const bandsMax = 32

func (h *heat) init(st *Stream) {
	h.st = st
	n := min(max(st.log.Open(), 1), bandsMax)
	for i := range n {
		b := band{from: stream.Part(i, n), to: stream.HashMax}
		if i < n-1 {
			b.to = stream.Part(i+1, n).Before()
		}
		h.bands = append(h.bands, b)
	}
}

// read returns what the busiest shard of a band was offered since the last reading, as a part of what a shard takes.
func (h *heat) read(i int, now sim.Time) (hottest float64) {
	b, st := &h.bands[i], h.st
	seconds := now.Sub(b.read).Seconds()
	b.read = now
	for len(b.last) < len(st.shards) {
		b.last = append(b.last, counted{})
	}
	for at := b.from; ; {
		n := st.log.ShardOf(at)
		sh := &st.shards[n]
		records, bytes := sh.in-b.last[n].records, sh.inBytes-b.last[n].bytes
		b.last[n] = counted{sh.in, sh.inBytes}
		if seconds > 0 {
			hottest = max(hottest, float64(records)/seconds/st.limit.WriteRecords.PerSecond(),
				float64(bytes)/seconds/float64(st.limit.WriteBytes))
		}
		to := st.log.Shard(n).To
		if !to.Less(b.to) {
			return hottest
		}
		at = to.Next()
	}
}

// HeatCurve is what the names of the curves of the bands begin with; the number of the band follows.
const HeatCurve = "write_utilisation."

// curves declares the bands' curves, in the order of their hashes.
func (h *heat) curves(declare func(meter.Curve)) {
	for i := range h.bands {
		declare(meter.Curve{
			Name: fmt.Sprintf("%s%02d", HeatCurve, i), Unit: "of a shard's limit", Kind: meter.Instant,
			Read: func(now sim.Time) float64 { return h.read(i, now) },
		})
	}
}
