package export

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"

	"weir/models/message"
	"weir/results"
)

// traceFile is a trace in Chrome's JSON object format, which Perfetto reads too (Trace Event Format, Google, 2016-10).
type traceFile struct {
	Events []traceEvent
	Other  map[string]string // what it is of
}

// traceEvent is one of a trace: ph X is complete, with a start and a length, and M names a process or a thread. A
// process is a path, a thread is a message.
type traceEvent struct {
	Name  string         `json:"name"`
	Cat   string         `json:"cat,omitempty"`
	Phase string         `json:"ph"`
	TS    micros         `json:"ts"`
	Dur   *micros        `json:"dur,omitempty"`
	PID   int            `json:"pid"`
	TID   int            `json:"tid"`
	Args  map[string]any `json:"args,omitempty"`
}

// micros is a length of time in nanoseconds, written in microseconds.
type micros int64

// MarshalJSON writes microseconds with all three decimals.
func (m micros) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(m)/1000, 'f', 3, 64), nil
}

// writeTrace writes the messages that were followed: for each an event from birth to the end of the work, and in it
// one for each stage, by the cause of lateness that ran. Times count from the start of the run.
func writeTrace(s *Source, w io.Writer) error {
	trace := traceFile{Other: map[string]string{
		"scenario": s.Summary.Scenario.Title(), "weir": s.Summary.Weir.Version,
		"replication": "0", "seed": strconv.FormatUint(s.Summary.Scenario.Seed, 10),
		"start": s.Start.Format(timestamp),
		"order": "stages stand in the order in which they ran; those with order: unknown ran in one length of time " +
			"together, such as the wait in a queue, which is split into causes by shares",
	}}
	var spans []traceEvent
	pid, tid, path := 0, 0, ""
	for _, f := range s.Followed {
		if f.Path != path {
			pid, tid, path = pid+1, 0, f.Path
			trace.Events = append(trace.Events, traceEvent{
				Name: "process_name", Phase: "M", PID: pid, Args: map[string]any{"name": path},
			})
		}
		tid++
		kind := "by lot"
		if f.Slowest {
			kind = "slowest"
		}
		trace.Events = append(trace.Events, traceEvent{
			Name: "thread_name", Phase: "M", PID: pid, TID: tid,
			Args: map[string]any{"name": fmt.Sprintf("%s: message %d", kind, f.Number)},
		}, traceEvent{
			Name: "thread_sort_index", Phase: "M", PID: pid, TID: tid, Args: map[string]any{"sort_index": tid},
		})
		spans = append(spans, s.spans(&f, kind, pid, tid)...)
	}
	slices.SortStableFunc(spans, func(a, b traceEvent) int {
		return cmp.Or(cmp.Compare(a.TS, b.TS), cmp.Compare(*b.Dur, *a.Dur))
	})
	trace.Events = append(trace.Events, spans...)
	return trace.write(w)
}

// write writes a line for each event.
func (t *traceFile) write(w io.Writer) error {
	out := new(bytes.Buffer)
	out.WriteString("{\"displayTimeUnit\":\"ms\",\n\"otherData\":")
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(t.Other); err != nil {
		return err
	}
	out.WriteString(",\"traceEvents\":[\n")
	for i := range t.Events {
		if i > 0 {
			out.WriteByte(',')
		}
		if err := enc.Encode(&t.Events[i]); err != nil {
			return err
		}
	}
	out.WriteString("]}\n")
	_, err := w.Write(out.Bytes())
	return err
}

// spans returns the events of one message.
func (s *Source) spans(f *results.Followed, kind string, pid, tid int) []traceEvent {
	age := micros(f.Age())
	causes := map[string]float64{}
	for c := range message.Cause(message.Causes) {
		if f.Causes[c] > 0 {
			causes[s.Ensemble.CauseName(c, f.Path)] = float64(f.Causes[c]) / 1e9
		}
	}
	all := []traceEvent{{
		Name: fmt.Sprintf("message %d", f.Number), Cat: kind, Phase: "X", TS: micros(f.Born), Dur: &age, PID: pid, TID: tid,
		Args: map[string]any{
			"size_bytes": f.SizeBytes, "key": f.Key, "receives": f.Receives, "latency_s": float64(f.Age()) / 1e9,
			"causes_s": causes,
		},
	}}
	for _, stage := range f.Stages {
		length := micros(stage.Length)
		e := traceEvent{
			Name: s.Ensemble.CauseName(stage.Cause, f.Path), Cat: "cause", Phase: "X", TS: micros(stage.From), Dur: &length,
			PID: pid, TID: tid,
		}
		if !stage.Order {
			e.Args = map[string]any{"order": "unknown"}
		}
		all = append(all, e)
	}
	return all
}
