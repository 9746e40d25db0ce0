package export

import (
	"fmt"
	"io"
	"strings"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"

	"weir/sim"
)

// writeHistogramLog writes HdrHistogram's log, format 1.3: a line of the compressed histogram (V2) of each path and
// outcome, in nanoseconds, whose tag is the path. HdrHistogram's tools merge lines of a tag and plot them over time, so
// replications follow one another there, each as long as its window; batches of a run stand at their own time.
func writeHistogramLog(s *Source, w io.Writer) error {
	log := hdr.NewHistogramLogWriter(w)
	start := s.Start.UnixMilli()
	log.SetBaseTime(start)
	notes := []string{
		fmt.Sprintf("[Latencies of %q by weir %s, in nanoseconds, from birth to the end of the work]",
			s.Summary.Scenario.Title(), s.Summary.Weir.Version),
		"[A line for each path (its tag) and replication; replications stand one after the other]",
	}
	for _, note := range notes {
		if err := log.OutputComment(note); err != nil {
			return err
		}
	}
	if err := log.OutputLogFormatVersion(); err != nil {
		return err
	}
	if err := log.OutputBaseTime(start); err != nil {
		return err
	}
	if err := log.OutputStartTime(start); err != nil {
		return err
	}
	if err := log.OutputLegend(); err != nil {
		return err
	}
	at := s.Start
	for i, o := range s.Ensemble.Outcomes {
		if i == 0 || o.Batch > 0 {
			at = s.Start.Add(time.Duration(o.From))
		}
		end := at.Add(time.Duration(o.Window()))
		for _, name := range s.Ensemble.PathNames() {
			buckets := s.Ensemble.Latency(o, name).Buckets()
			if buckets.TotalCount() == 0 {
				continue
			}
			buckets.SetTag(tag(name))
			buckets.SetStartTimeMs(at.UnixMilli())
			buckets.SetEndTimeMs(end.UnixMilli())
			if err := log.OutputIntervalHistogram(buckets); err != nil {
				return err
			}
		}
		at = end
	}
	return nil
}

// tag returns a path's name without what the log's format has no room for: producers.p->fleets.f.
func tag(path string) string { return strings.ReplaceAll(path, " -> ", "->") }

// clock returns an instant of the run as a time of day.
func (s *Source) clock(t sim.Time) time.Time { return s.Start.Add(time.Duration(t)) }
