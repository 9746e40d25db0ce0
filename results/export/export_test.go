package export_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
	"go.yaml.in/yaml/v4"

	"weir/experiments"
	"weir/results"
	"weir/results/export"
)

var update = flag.Bool("update", false, "write the golden files anew: read what changed before you commit it")

// small is the outcome of the small scenario.
var small = sync.OnceValues(func() (*export.Source, error) {
	d, err := experiments.Open("testdata/scenario.yaml", "", nil)
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	e, err := d.Run(ctx, nil)
	if err != nil {
		return nil, err
	}
	metrics, err := d.Metrics(ctx, e)
	followed, err2 := d.Trace(ctx, e)
	return &export.Source{
		Summary: d.Summarise(e, results.Build{Version: "test"}, 0), Ensemble: e, Metrics: metrics, Followed: followed,
		Start: time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC),
	}, errors.Join(err, err2)
})

func source(t *testing.T) *export.Source {
	t.Helper()
	s, err := small()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// written returns a file of a format.
func written(t *testing.T, s *export.Source, name string) []byte {
	t.Helper()
	for _, format := range export.Formats {
		for _, f := range format.Files {
			if f.Name == name {
				out := new(bytes.Buffer)
				if err := f.Write(s, out); err != nil {
					t.Fatal(err)
				}
				return out.Bytes()
			}
		}
	}
	t.Fatalf("no format has %s", name)
	return nil
}

func TestFilesStayAsTheyAre(t *testing.T) {
	for _, name := range []string{"infracost-usage.yml", "calculator.csv", "cloudwatch.json", "trace.json"} {
		got := written(t, source(t), name)
		golden := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(golden, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// Infracost reads a map of addresses to maps of keys, whose values are numbers or maps of numbers.
func TestInfracostUsageHasItsShape(t *testing.T) {
	s := source(t)
	var file struct {
		Version string                    `yaml:"version"`
		Usage   map[string]map[string]any `yaml:"resource_usage"`
	}
	if err := yaml.Load(written(t, s, "infracost-usage.yml"), &file, yaml.WithKnownFields()); err != nil {
		t.Fatal(err)
	}
	if file.Version != "0.1" || len(file.Usage) < 6 {
		t.Errorf("version %q, %d resources", file.Version, len(file.Usage))
	}
	for address, keys := range file.Usage {
		kind, name, _ := strings.Cut(address, ".")
		if !strings.HasPrefix(kind, "aws_") || name == "" || strings.ContainsAny(name, ". ") || len(keys) == 0 {
			t.Errorf("%s has %d keys", address, len(keys))
		}
	}
	lambda := file.Usage["aws_lambda_function.api"]
	requests, duration := lambda["monthly_requests"].(int), lambda["request_duration_ms"].(float64)
	billed := 0.0
	for _, l := range s.Summary.Cost.Lines {
		if l.Item == "lambda.gb_seconds.x86" {
			billed = l.Quantity
		}
	}
	if got := float64(requests) * duration / 1000 * 0.5; math.Abs(got/billed-1) > 1e-4 {
		t.Errorf("infracost will find %v GB-seconds of the function, the bill has %v", got, billed)
	}
}

// trace is what is read of a trace.
type trace struct {
	Events []struct {
		Name, Cat, Ph string
		TS            float64
		Dur           float64
		PID, TID      int
		Args          map[string]any
	} `json:"traceEvents"`
}

func TestATraceIsOfWholeMessagesInOrder(t *testing.T) {
	s := source(t)
	var got trace
	if err := json.Unmarshal(written(t, s, "trace.json"), &got); err != nil {
		t.Fatal(err)
	}
	last, ends := 0.0, map[[2]int]float64{}
	parts := map[[2]int]map[string]float64{}
	whole := map[[2]int]map[string]any{}
	for _, e := range got.Events {
		id := [2]int{e.PID, e.TID}
		switch {
		case e.Ph == "M":
			continue
		case e.Ph != "X" || e.TS < last || e.Dur < 0:
			t.Fatalf("after %v µs: %+v", last, e)
		case e.Cat != "cause":
			ends[id], parts[id], whole[id] = e.TS, map[string]float64{}, e.Args
		case math.Abs(e.TS-ends[id]) > 0.01:
			t.Errorf("%s of %v begins at %v µs, the one before ends at %v", e.Name, id, e.TS, ends[id])
		default:
			ends[id] = e.TS + e.Dur
			parts[id][e.Name] += e.Dur
		}
		last = e.TS
	}
	for id, sum := range parts {
		causes := whole[id]["causes_s"].(map[string]any)
		if len(causes) != len(sum) {
			t.Errorf("%v has %v, and its stages %v", id, causes, sum)
		}
		for cause, us := range sum {
			if want := causes[cause].(float64) * 1e6; math.Abs(us-want) > 0.1 {
				t.Errorf("%v: %s takes %v µs in stages, %v in all", id, cause, us, want)
			}
		}
	}
}

func TestTheSlowestMessagesAreThoseOfThePath(t *testing.T) {
	s := source(t)
	paths := map[string]int{}
	for _, f := range s.Followed {
		if paths[f.Path]++; paths[f.Path] > 1 {
			continue
		}
		h := s.Ensemble.Latency(s.Ensemble.Outcomes[0], f.Path)
		if int64(f.Age()) != h.Max() || !f.Slowest {
			t.Errorf("%s: the first that was followed took %v, the slowest %d ns", f.Path, f.Age(), h.Max())
		}
	}
	for _, name := range s.Ensemble.PathNames() {
		h := s.Ensemble.Latency(s.Ensemble.Outcomes[0], name)
		if want := min(int(h.Count()), 20); paths[name] < want || paths[name] > 40 {
			t.Errorf("%s has %d messages followed of %d", name, paths[name], h.Count())
		}
	}
}

// The periods of a metric together are what the component itself counts, when they cover the window.
func TestMetricsAddUpToTheFiguresOfTheWindow(t *testing.T) {
	s := source(t)
	var got struct {
		MetricDataResults []struct {
			ID, Label, Namespace, MetricName, Stat string
			Timestamps                             []time.Time
			Values                                 []float64
		}
	}
	if err := json.Unmarshal(written(t, s, "cloudwatch.json"), &got); err != nil {
		t.Fatal(err)
	}
	sums := map[string]float64{}
	begin, end := s.Start.Add(time.Minute), s.Start.Add(5*time.Minute)
	for _, r := range got.MetricDataResults {
		for i, at := range r.Timestamps {
			sums[r.Label] += r.Values[i]
			if at.Before(begin) || !at.Before(end) || len(r.Values) != len(r.Timestamps) {
				t.Errorf("%s has a datapoint at %v", r.Label, at)
			}
		}
	}
	for _, c := range s.Ensemble.Outcomes[0].Components {
		for _, f := range c.Figures {
			label := map[string]string{
				"queues.orders received":    "queues.orders NumberOfMessagesReceived Sum",
				"functions.api invocations": "functions.api Invocations Sum",
				"streams.done records":      "streams.done IncomingRecords Sum",
			}[c.Name+" "+f.Name]
			if label != "" && (sums[label] != f.Value || f.Value == 0) {
				t.Errorf("%s is %v in all, the component's figure %v", label, sums[label], f.Value)
			}
			delete(sums, label)
		}
	}
	for label := range sums {
		if label == "functions.api Invocations Sum" || label == "queues.orders NumberOfMessagesReceived Sum" {
			t.Errorf("no figure was held against %s", label)
		}
	}
}

func TestHistogramLogsAreReadByHdrHistogram(t *testing.T) {
	s := source(t)
	reader := hdr.NewHistogramLogReader(bytes.NewReader(written(t, s, "latency.hlog")))
	read := 0
	for _, o := range s.Ensemble.Outcomes {
		for _, name := range s.Ensemble.PathNames() {
			want := s.Ensemble.Latency(o, name).Buckets()
			got, err := reader.NextIntervalHistogram()
			if err != nil || got == nil {
				t.Fatalf("%s of replication %d: %v", name, o.Replication, err)
			}
			read++
			if got.Tag() != strings.ReplaceAll(name, " -> ", "->") || got.TotalCount() != want.TotalCount() ||
				got.Max() != want.Max() || got.ValueAtQuantile(50) != want.ValueAtQuantile(50) {
				t.Errorf("%s has %d of %d messages, p50 %d of %d", got.Tag(), got.TotalCount(), want.TotalCount(),
					got.ValueAtQuantile(50), want.ValueAtQuantile(50))
			}
			begin := s.Start.Add(time.Minute + time.Duration(o.Replication)*4*time.Minute)
			if got.StartTimeMs() != begin.UnixMilli() || got.EndTimeMs() != begin.Add(4*time.Minute).UnixMilli() {
				t.Errorf("%s of replication %d is from %d to %d, not from %d", name, o.Replication, got.StartTimeMs(),
					got.EndTimeMs(), begin.UnixMilli())
			}
		}
	}
	if more, err := reader.NextIntervalHistogram(); more != nil || read == 0 {
		t.Errorf("%d lines, and more (%v)", read, err)
	}
}

func TestParquetHoldsWhatTheTablesDo(t *testing.T) {
	s := source(t)
	type series struct {
		Time      float64 `parquet:"time_s"`
		Component string  `parquet:"component"`
		Curve     string  `parquet:"curve"`
		Unit      string  `parquet:"unit"`
		Median    float64 `parquet:"median"`
		Low       float64 `parquet:"low"`
		High      float64 `parquet:"high"`
	}
	want := slices.Collect(s.Ensemble.Series())
	got := table[series](t, written(t, s, "series.parquet"))
	if len(got) != len(want) || len(want) < 5000 { // more than one group of rows
		t.Fatalf("%d points of %d", len(got), len(want))
	}
	for i := range want {
		if results.SeriesRow(got[i]) != want[i] {
			t.Fatalf("point %d is %v, not %v", i, got[i], want[i])
		}
	}
	type latency struct {
		Path        string  `parquet:"path"`
		Replication int64   `parquet:"replication"`
		Quantile    string  `parquet:"quantile"`
		Seconds     float64 `parquet:"latency_s"`
	}
	for _, row := range table[latency](t, written(t, s, "latency.parquet")) {
		if row.Quantile == "max" {
			h := s.Ensemble.Latency(s.Ensemble.Outcomes[row.Replication], row.Path)
			if row.Seconds != float64(h.Max())/1e9 {
				t.Errorf("%+v, but the slowest took %d ns", row, h.Max())
			}
		}
	}
	type usage struct {
		Replication int64   `parquet:"replication"`
		Item        string  `parquet:"item"`
		Quantity    float64 `parquet:"quantity"`
	}
	sums := [2]float64{}
	for _, row := range table[usage](t, written(t, s, "usage.parquet")) {
		if row.Item == "sqs.requests.standard" {
			sums[row.Replication] += row.Quantity
		}
	}
	for i, o := range s.Ensemble.Outcomes {
		for _, c := range o.Components {
			for _, u := range c.Usage {
				if u.Item == "sqs.requests.standard" {
					sums[i] -= u.Quantity
				}
			}
		}
	}
	if sums != [2]float64{} {
		t.Errorf("requests of queues are off by %v", sums)
	}
}

func table[T any](t *testing.T, file []byte) []T {
	t.Helper()
	rows, err := parquet.Read[T](bytes.NewReader(file), int64(len(file)))
	if err != nil || len(rows) == 0 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	return rows
}

func TestFormatsAreNamedByWhatThereIs(t *testing.T) {
	got, err := export.Parse([]string{"trace", "infracost", "trace"})
	if err != nil || len(got) != 2 || got[0].Name != "infracost" || got[1].Name != "trace" {
		t.Errorf("%v, %v", got, err)
	}
	for _, names := range [][]string{nil, {"infracosts"}, {""}} {
		if _, err := export.Parse(names); err == nil || !strings.Contains(err.Error(), "there are infracost, calculator") {
			t.Errorf("%q: %v", names, err)
		}
	}
}

// What a disk that is full refuses is an error of every format.
func TestAFullDiskIsAnError(t *testing.T) {
	s := source(t)
	for _, format := range export.Formats {
		for _, f := range format.Files {
			if err := f.Write(s, full{}); !errors.Is(err, io.ErrShortWrite) {
				t.Errorf("%s: %v", f.Name, err)
			}
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, io.ErrShortWrite }
