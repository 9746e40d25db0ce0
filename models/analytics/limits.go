package analytics

import (
	"fmt"

	"weir/models/spec"
	"weir/sim/random"
)

// Limits are the constants of stream analytics that a profile holds.
type Limits struct {
	VCPUs   float64   `aws:"analytics.kpu.vcpus"`
	Storage spec.Size `aws:"analytics.kpu.storage"`

	Granularity spec.Duration `aws:"analytics.billing.granularity"`
	BilledMin   spec.Duration `aws:"analytics.billing.min"`

	InFlight    int64         `aws:"analytics.output.in_flight"`
	OutputRetry spec.Duration `aws:"analytics.output.retry"`

	SQLLimits
	FlinkLimits
}

// SQLLimits are the constants of SQL.
type SQLLimits struct {
	Available    bool          `aws:"analytics.sql.available"`
	KPUsMax      int64         `aws:"analytics.sql.kpus_max"`
	StreamsMax   int64         `aws:"analytics.sql.streams_max"`
	Rows         spec.Rate     `aws:"analytics.sql.rows_per_stream"`
	Exponent     float64       `aws:"analytics.sql.stream_exponent"`
	RowsPerKPU   spec.Rate     `aws:"analytics.sql.rows_per_kpu"`
	BytesMax     spec.Size     `aws:"analytics.sql.bytes_max"`
	PollEvery    spec.Duration `aws:"analytics.sql.poll_every"`
	RowMax       spec.Size     `aws:"analytics.sql.row_max"`
	Destinations int64         `aws:"analytics.sql.destinations_max"`
}

// FlinkLimits are the constants of Flink.
type FlinkLimits struct {
	KPUsMax         int64          `aws:"analytics.flink.kpus_max"`
	Parallelism     int64          `aws:"analytics.flink.parallelism"`
	ParallelismMax  int64          `aws:"analytics.flink.parallelism_max"`
	PerKPU          int64          `aws:"analytics.flink.parallelism_per_kpu"`
	PerKPUMax       int64          `aws:"analytics.flink.parallelism_per_kpu_max"`
	Rows            spec.Rate      `aws:"analytics.flink.rows_per_kpu"`
	ScaleUpCPU      spec.Share     `aws:"analytics.flink.scale_up_cpu"`
	ScaleUpAfter    spec.Duration  `aws:"analytics.flink.scale_up_after"`
	ScaleDownCPU    spec.Share     `aws:"analytics.flink.scale_down_cpu"`
	ScaleDownAfter  spec.Duration  `aws:"analytics.flink.scale_down_after"`
	ScaleFactor     float64        `aws:"analytics.flink.scale_factor"`
	Restart         spec.Durations `aws:"analytics.flink.restart"`
	CheckpointEvery spec.Duration  `aws:"analytics.flink.checkpoint_every"`
	CheckpointPause spec.Duration  `aws:"analytics.flink.checkpoint_pause"`
	PollEvery       spec.Duration  `aws:"analytics.flink.source_poll"`
	PollRecords     int64          `aws:"analytics.flink.source_records"`
	Orchestration   int64          `aws:"analytics.flink.orchestration_kpus"`
	Buffered        int64          `aws:"analytics.flink.buffered"`
	WatermarkEvery  spec.Duration  `aws:"analytics.flink.watermark_every"`
}

// SQLRate returns how many rows a second so many in-application streams of SQL take together: they grow by a power of
// their number, and no further than the KPUs bear.
func (l *SQLLimits) SQLRate(streams int) float64 {
	rate := l.Rows.PerSecond() * random.Pow(float64(streams), l.Exponent)
	return min(rate, l.RowsPerKPU.PerSecond()*float64(l.KPUsMax))
}

// slidesMax is how many windows a record may belong to: each takes a step of its own, as it does in Flink.
const slidesMax = 1000

// Check returns what AWS refuses of an application, and what makes no sense.
func Check(s *Spec, limit *Limits) []spec.Problem {
	c := checker{}
	if s.Type == SQL {
		c.sql(s, &limit.SQLLimits)
	} else {
		c.flink(s, &limit.FlinkLimits)
	}
	if s.Stop != nil && *s.Stop <= s.Start {
		c.fail("stop", "%s does not come after its start at %s", s.Stop, s.Start)
	}
	if w := s.Window; w != nil {
		c.window(s, w)
	}
	return c.problems
}

type checker struct{ problems []spec.Problem }

func (c *checker) fail(field, format string, args ...any) {
	c.problems = append(c.problems, spec.Problem{Field: field, Text: fmt.Sprintf(format, args...)})
}

func (c *checker) sql(s *Spec, limit *SQLLimits) {
	if !limit.Available {
		c.fail("type", "AWS takes no new applications in SQL since 15 October 2025: use type: flink, or profile: aws-2021")
	}
	for _, f := range []struct {
		name  string
		given bool
	}{
		{"parallelism", s.Parallelism != nil}, {"parallelism_per_kpu", s.ParallelismPerKPU != nil}, {"work", s.Work != nil},
		{"work_per_kib", s.WorkPerKiB != nil}, {"autoscaling", s.Autoscaling != nil},
		{"enhanced_fan_out", s.EnhancedFanOut},
	} {
		if f.given {
			c.fail(f.name, "it is Flink's: an application in SQL scales by itself, takes rows at the rates that "+
				"override: {analytics.sql.rows_per_stream: …} sets, and polls")
		}
	}
	if n := s.InputParallelism; n != nil && int64(*n) > limit.StreamsMax {
		c.fail("input_parallelism", "%d in-application streams: AWS allows %d", *n, limit.StreamsMax)
	}
	if n := int64(len(s.Then)); n > limit.Destinations {
		c.fail("then", "%d destinations: AWS allows %d", n, limit.Destinations)
	}
}

func (c *checker) flink(s *Spec, limit *FlinkLimits) {
	if s.InputParallelism != nil {
		c.fail("input_parallelism", "it is SQL's: set parallelism")
	}
	parallelism, perKPU := s.parallelism(limit)
	if int64(parallelism) > limit.ParallelismMax {
		c.fail("parallelism", "%d is out of range: AWS allows 1 to %d", parallelism, limit.ParallelismMax)
	}
	if int64(perKPU) > limit.PerKPUMax {
		c.fail("parallelism_per_kpu", "%d is out of range: AWS allows 1 to %d", perKPU, limit.PerKPUMax)
	}
	if kpus := kpusOf(parallelism, perKPU); int64(kpus) > limit.KPUsMax {
		c.fail("parallelism", "%d tasks take %d KPUs at %d each: AWS allows %d", parallelism, kpus, perKPU, limit.KPUsMax)
	}
}

func (c *checker) window(s *Spec, w *WindowSpec) {
	sql := s.Type == SQL
	switch {
	case w.Type == Stagger && !sql:
		c.fail("window.type", "a stagger window is SQL's (WINDOWED BY STAGGER): an application of Flink has tumbling and "+
			"sliding ones here")
	case w.Type == Sliding && sql && w.Slide != nil:
		c.fail("window.slide", "a sliding window of SQL gives a result for each record: slide is Flink's")
	case w.Type == Sliding && !sql && w.Slide == nil:
		c.fail("window.slide", "is missing: a sliding window of Flink has a size and a slide")
	case w.Slide != nil && w.Type != Sliding:
		c.fail("window.slide", "only a sliding window has it")
	case w.Slide != nil && *w.Slide > w.Size:
		c.fail("window.slide", "%s is longer than the window of %s: records between two would belong to none", w.Slide, w.Size)
	case w.Slide != nil && w.Size / *w.Slide > slidesMax:
		c.fail("window.slide", "each record belongs to %d windows: at most %d", w.Size / *w.Slide, slidesMax)
	}
	if w.AllowedLateness > 0 && (sql || s.timeOf() != OfEvent) {
		c.fail("window.allowed_lateness", "only event time of Flink knows late records")
	}
}

// parallelism returns the tasks at once of an application of Flink, and those of a KPU.
func (s *Spec) parallelism(limit *FlinkLimits) (all, perKPU int) {
	all, perKPU = int(limit.Parallelism), int(limit.PerKPU)
	if s.Parallelism != nil {
		all = *s.Parallelism
	}
	if s.ParallelismPerKPU != nil {
		perKPU = *s.ParallelismPerKPU
	}
	return all, perKPU
}

// timeOf returns what the time of the records is.
func (s *Spec) timeOf() TimeOf {
	switch {
	case s.Time.Of != nil:
		return *s.Time.Of
	case s.Type == SQL:
		return OfReading
	}
	return OfEvent
}

// kpusOf returns how many KPUs so many tasks take (AWS: Parallelism ÷ ParallelismPerKPU).
func kpusOf(parallelism, perKPU int) int { return (parallelism + perKPU - 1) / perKPU }
