package video

import (
	"weir/models/aws"
	"weir/models/message"
	"weir/models/meter"
	"weir/sim"
	"weir/sim/measure"
)

// figure is a count and its name.
type figure struct {
	name, unit string
	counter    *measure.Counter
}

func reportAll(figures []figure, report func(name, unit string, value float64)) {
	for _, f := range figures {
		report(f.name, f.unit, float64(f.counter.Value()))
	}
}

// declareRates declares the curves of counts by their names.
func declareRates(figures []figure, declare func(meter.Curve)) {
	for _, f := range figures {
		declare(meter.Curve{Name: f.name, Unit: f.unit + "/s", Kind: meter.Rate, Read: func(sim.Time) float64 {
			return float64(f.counter.Value())
		}})
	}
}

// Name returns the path of the streams in the scenario.
func (v *Stream) Name() string { return v.name }

// Kind returns "kinesisvideo.stream".
func (v *Stream) Kind() string { return "kinesisvideo.stream" }

// Reset begins the window of observation.
func (v *Stream) Reset(sim.Time) {
	persisted := v.ToPersisted
	persisted.Reset()
	v.StreamStats = StreamStats{ToPersisted: persisted}
}

// Figures reports the figures of the window, of all streams together.
func (v *Stream) Figures(_ sim.Time, report func(name, unit string, value float64)) {
	reportAll([]figure{
		{"acks_buffering", "fragments", &v.Buffering},
		{"acks_received", "fragments", &v.Received},
		{"acks_persisted", "fragments", &v.Persisted},
		{"acks_error", "fragments", &v.Errors},
		{"throttled", "calls", &v.Throttled},
		{"connections_refused", "calls", &v.Refused},
		{"connections_replaced", "connections", &v.Replaced},
		{"sessions_revoked", "sessions", &v.Revoked},
		{"metadata_points", "points", &v.points[0]},
		{"media_points", "points", &v.points[1]},
		{"bytes_in", "bytes", &v.bytesIn},
		{"bytes_out", "bytes", &v.bytesOut},
		{"bytes_hls", "bytes", &v.bytesHLS},
	}, report)
	for _, q := range []struct {
		name string
		p    float64
	}{{"to_persisted_p50_s", 0.5}, {"to_persisted_p99_s", 0.99}} {
		ns, ok := v.ToPersisted.Quantile(q.p)
		report(q.name, "s", meter.SecondsOrNone(ns, ok))
	}
}

// Curves declares the quantities over time.
func (v *Stream) Curves(declare func(meter.Curve)) {
	declareRates([]figure{
		{"acks_received", "fragments", &v.Received}, {"bytes_in", "bytes", &v.bytesIn}, {"throttled", "calls", &v.Throttled},
	}, declare)
}

// Usage reports what came in, what went out, and what is kept: each GB that comes in will be billed for as long as it
// is kept.
func (v *Stream) Usage(_ sim.Time, report func(item, variant string, quantity float64)) {
	in := float64(v.bytesIn.Value()) / aws.GB
	report("video.in_gb", "", in)
	report("video.out_gb", "", float64(v.bytesOut.Value())/aws.GB)
	report("video.hls_gb", "", float64(v.bytesHLS.Value())/aws.GB)
	report("video.stored_gb_months", "", in*v.spec.DataRetention.Sim().Seconds()/3600/aws.HoursPerMonth)
}

// Name returns the path of the cameras in the scenario.
func (c *Cameras) Name() string { return c.name }

// Kind returns "kinesisvideo.producer".
func (c *Cameras) Kind() string { return "kinesisvideo.producer" }

// Reset begins the window of observation. Levels keep their present value.
func (c *Cameras) Reset(now sim.Time) {
	c.CameraStats = CameraStats{Connected: c.Connected, Buffered: c.Buffered}
	c.Connected.Reset(now)
	c.Buffered.Reset(now)
}

// Figures reports the figures of the window, of all cameras together.
func (c *Cameras) Figures(now sim.Time, report func(name, unit string, value float64)) {
	report("connected_mean", "cameras", c.Connected.Mean(now))
	report("buffered_mean", "fragments", c.Buffered.Mean(now))
	report("buffered_max", "fragments", float64(c.Buffered.Max()))
	reportAll([]figure{
		{"captured", "fragments", &c.Captured},
		{"accepted", "fragments", &c.Accepted},
		{"overflown", "fragments", &c.Overflown},
		{"resent", "fragments", &c.Resent},
		{"max_fragment_size_reached", "fragments", &c.TooLarge},
		{"max_fragment_duration_reached", "fragments", &c.TooLong},
		{"min_fragment_duration_reached", "fragments", &c.TooShort},
		{"too_many_tracks", "fragments", &c.Tracks},
		{"connects", "connections", &c.Connects},
		{"throttled", "calls", &c.Throttled},
		{"connection_limit_exceeded", "calls", &c.Refused},
		{"connection_drops", "connections", &c.Drops},
		{"connections_replaced", "connections", &c.Replaced},
		{"idle_closed", "connections", &c.Idle},
		{"connections_renewed", "connections", &c.Renewed},
	}, report)
}

// Curves declares the quantities over time.
func (c *Cameras) Curves(declare func(meter.Curve)) {
	declare(meter.Curve{Name: "connected", Unit: "cameras", Kind: meter.Mean, Read: c.Connected.Integral})
	declare(meter.Curve{Name: "buffered", Unit: "fragments", Kind: meter.Mean, Read: c.Buffered.Integral})
}

// Usage reports nothing: the streams are billed.
func (c *Cameras) Usage(sim.Time, func(item, variant string, quantity float64)) {}

// Name returns the path of the viewers in the scenario.
func (v *Viewers) Name() string { return v.name }

// Kind returns "kinesisvideo.consumer".
func (v *Viewers) Kind() string { return "kinesisvideo.consumer" }

// Paths returns the paths that end at the viewers, one for each component of cameras.
func (v *Viewers) Paths() []*message.Path { return v.paths.All() }

// Reset begins the window of observation. The level keeps its present value.
func (v *Viewers) Reset(now sim.Time) {
	v.ViewerStats = ViewerStats{Connected: v.Connected}
	v.Connected.Reset(now)
	for _, p := range v.Paths() {
		p.Reset()
	}
}

// Figures reports the figures of the window, of all sessions together.
func (v *Viewers) Figures(now sim.Time, report func(name, unit string, value float64)) {
	report("connected_mean", "sessions", v.Connected.Mean(now))
	report("connected_max", "sessions", float64(v.Connected.Max()))
	reportAll([]figure{
		{"played", "fragments", &v.Played},
		{"stalls", "stalls", &v.Stalls},
		{"skipped", "fragments", &v.Skipped},
		{"polls", "polls", &v.Polls},
		{"opened", "sessions", &v.Opened},
		{"throttled", "calls", &v.Throttled},
		{"connection_limit_exceeded", "calls", &v.Refused},
		{"sessions_revoked", "sessions", &v.Revoked},
		{"connections_renewed", "connections", &v.Renewed},
	}, report)
}

// Curves declares the quantities over time.
func (v *Viewers) Curves(declare func(meter.Curve)) {
	declare(meter.Curve{Name: "connected", Unit: "sessions", Kind: meter.Mean, Read: v.Connected.Integral})
	declareRates([]figure{
		{"played", "fragments", &v.Played}, {"stalls", "stalls", &v.Stalls}, {"throttled", "calls", &v.Throttled},
	}, declare)
}

// Usage reports nothing: the streams are billed.
func (v *Viewers) Usage(sim.Time, func(item, variant string, quantity float64)) {}
