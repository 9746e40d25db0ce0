package export

import (
	"io"

	"github.com/parquet-go/parquet-go"

	"weir/results"
)

// rows writes a table of one row for each observation, whose columns are the fields of T.
func rows[T any](w io.Writer, all func(yield func(T) bool)) error {
	table := parquet.NewGenericWriter[T](w, parquet.Compression(&parquet.Zstd))
	const group = 4096
	batch := make([]T, 0, group)
	var err error
	flush := func() bool {
		_, err = table.Write(batch)
		batch = batch[:0]
		return err == nil
	}
	all(func(row T) bool {
		batch = append(batch, row)
		return len(batch) < group || flush()
	})
	if err != nil || !flush() {
		return err
	}
	return table.Close()
}

// seriesRow is a point of a curve, as series.csv has them.
type seriesRow struct {
	Time      float64 `parquet:"time_s"`
	Component string  `parquet:"component,dict"`
	Curve     string  `parquet:"curve,dict"`
	Unit      string  `parquet:"unit,dict"`
	Median    float64 `parquet:"median"`
	Low       float64 `parquet:"low"`
	High      float64 `parquet:"high"`
}

func writeSeries(s *Source, w io.Writer) error {
	return rows(w, func(yield func(seriesRow) bool) {
		for r := range s.Ensemble.Series() {
			if !yield(seriesRow(r)) {
				return
			}
		}
	})
}

// usageRow is a line of what a replication used, as usage.csv has them.
type usageRow struct {
	Replication int64   `parquet:"replication"`
	Batch       int64   `parquet:"batch"`
	Window      float64 `parquet:"window_s"`
	Component   string  `parquet:"component,dict"`
	Item        string  `parquet:"item,dict"`
	Variant     string  `parquet:"variant,dict"`
	Quantity    float64 `parquet:"quantity"`
}

func writeUsage(s *Source, w io.Writer) error {
	return rows(w, func(yield func(usageRow) bool) {
		for _, o := range s.Ensemble.Outcomes {
			for _, c := range o.Components {
				for _, u := range c.Usage {
					if !yield(usageRow{
						int64(o.Replication), int64(o.Batch), o.Window().Seconds(), u.Component, u.Item, u.Variant, u.Quantity,
					}) {
						return
					}
				}
			}
		}
	})
}

// latencyRow is a quantile of the latencies of a path in one replication.
type latencyRow struct {
	Path        string  `parquet:"path,dict"`
	Replication int64   `parquet:"replication"`
	Batch       int64   `parquet:"batch"`
	Quantile    string  `parquet:"quantile,dict"` // by its name in results, and max
	P           float64 `parquet:"p"`
	Seconds     float64 `parquet:"latency_s"`
	Enough      bool    `parquet:"enough"` // ten messages lie beyond it
	Messages    int64   `parquet:"messages"`
}

func writeLatency(s *Source, w io.Writer) error {
	return rows(w, func(yield func(latencyRow) bool) {
		for _, name := range s.Ensemble.PathNames() {
			for _, o := range s.Ensemble.Outcomes {
				h := s.Ensemble.Latency(o, name)
				for _, q := range append(results.Quantiles[:len(results.Quantiles):len(results.Quantiles)], worst) {
					ns, ok := h.Quantile(q.P)
					if ok && !yield(latencyRow{
						name, int64(o.Replication), int64(o.Batch), q.Name, q.P, float64(ns) / 1e9, h.Enough(q.P), int64(h.Count()),
					}) {
						return
					}
				}
			}
		}
	})
}

// worst is the latency of the slowest message.
var worst = struct {
	Name string
	P    float64
}{"max", 1}
