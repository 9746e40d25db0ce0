package lint

import (
	"fmt"
	"math"
	"strings"

	"weir/models/analytics"
	"weir/models/firehose"
	"weir/models/kcl"
	"weir/models/kinesis"
	"weir/models/lambda"
	"weir/models/sdk"
	"weir/models/spec"
)

// reader is a consumer that polls a stream.
type reader struct {
	link  spec.Link
	every float64 // seconds between two polls of a shard, at the most
	push  string  // the setting that gives it enhanced fan-out; empty where there is none
}

// readers returns who polls the shards of a stream.
func (d *design) readers(from spec.Link) (all []reader) {
	each(d, func(link spec.Link, s *lambda.Spec) {
		for i := range s.EventSources {
			if m := &s.EventSources[i]; m.From == from && !m.EnhancedFanOut {
				c := consumer{link: link, source: i}
				all = append(all, reader{link, d.streams.LambdaPoll.Sim().Seconds(), c.set("enhanced_fan_out", true)})
			}
		}
	})
	each(d, func(link spec.Link, s *kcl.Spec) {
		if s.From == from && s.Retrieval != nil && *s.Retrieval == kcl.Polling {
			every := math.Inf(1) // what the library does unless it is told is slower than any of the others
			if s.IdleTimeBetweenReads != nil {
				every = s.IdleTimeBetweenReads.Sim().Seconds()
			}
			all = append(all, reader{link, every, link.String() + ".retrieval=enhanced_fan_out"})
		}
	})
	var k struct {
		Flink spec.Duration `aws:"analytics.flink.source_poll"`
		SQL   spec.Duration `aws:"analytics.sql.poll_every"`
	}
	d.Profile.Fill(&k)
	each(d, func(link spec.Link, s *analytics.Spec) {
		switch {
		case s.From != from || s.EnhancedFanOut:
		case s.Type == analytics.Flink:
			all = append(all, reader{link, k.Flink.Sim().Seconds(), link.String() + ".enhanced_fan_out=true"})
		default:
			all = append(all, reader{link, k.SQL.Sim().Seconds(), ""})
		}
	})
	each(d, func(link spec.Link, s *firehose.Spec) {
		if s.From != nil && *s.From == from {
			all = append(all, reader{link, 1, ""})
		}
	})
	return all
}

func sharedReads(d *design, report func(hit)) {
	each(d, func(link spec.Link, s *kinesis.Spec) {
		readers := d.readers(link)
		if len(readers) < 2 { // one alone asks for what there is
			return
		}
		calls := 0.0
		var quickest reader
		for _, r := range readers {
			if r.every <= 0 {
				return // in a profile without limits
			}
			if calls += 1 / r.every; r.push != "" && (quickest.link == spec.Link{} || r.every < quickest.every) {
				quickest = r
			}
		}
		links, specs := d.producers(link)
		sum := d.putLoad(links, specs, func(*sdk.ProducerSpec) float64 { return 1 })
		n, fixed := shards(s)
		bytes := 0.0
		if fixed {
			bytes = sum.bytes / float64(n) * float64(len(readers))
		}
		h := hit{of: link}
		switch limit := d.streams.ReadCalls.PerSecond(); {
		case calls > limit+1e-9:
			h.text = fmt.Sprintf("%d consumers poll each shard %.3g times a second together, and a shard answers %.3g", len(readers), calls,
				limit)
		case bytes > float64(d.streams.ReadBytes):
			h.text = fmt.Sprintf("%d consumers read %s a second from each shard together at the peak, and a shard gives %s", len(readers),
				sizeText(bytes), sizeText(float64(d.streams.ReadBytes)))
		default:
			return
		}
		if quickest.push != "" {
			h.of, h.field = quickest.link, "from"
			h.text = strings.TrimPrefix(h.text+": "+quickest.link.String()+" may have its own by enhanced fan-out", " ")
			for _, r := range readers {
				if r.push != "" {
					h.fix = append(h.fix, r.push)
				}
			}
			if at[kcl.Spec](d, quickest.link) != nil {
				h.fix = idleRemoved(d, h.fix, readers)
			}
		}
		h.figures = []figure{of("read_provisioned_throughput_exceeded", link), of("iterator_age_p99_s", link), cost}
		report(h)
	})
}

// idleRemoved adds to a fix that consumers which are pushed to have no time between reads.
func idleRemoved(d *design, fix []string, readers []reader) []string {
	for _, r := range readers {
		if s := at[kcl.Spec](d, r.link); s != nil && s.IdleTimeBetweenReads != nil {
			fix = append(fix, r.link.String()+".idle_time_between_reads=null")
		}
	}
	return fix
}
