package measure

import (
	"bytes"
	"fmt"
	"io"
)

// ticksPerHalving is how many lines the percentile format has between a share and halfway from it to 100 %: the number
// that HdrHistogram's own tools write.
const ticksPerHalving = 5

// WritePercentiles writes HdrHistogram's percentile format (.hgrm), which its plotters read: for each share of the
// observations the length of time in seconds that they do not exceed.
func (h *Histogram) WritePercentiles(w io.Writer) error {
	out := new(bytes.Buffer)
	fmt.Fprintf(out, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)")
	if h.Count() == 0 {
		fmt.Fprintf(out, "#[Total count    = %12d]\n", 0)
		_, err := w.Write(out.Bytes())
		return err
	}
	const perSecond = 1e9
	h.settle()
	for _, line := range h.buckets.CumulativeDistributionWithTicks(ticksPerHalving) {
		value := min(line.ValueAt, h.max)
		if uint64(line.Count) <= h.zeros {
			value = 0
		}
		share := line.Quantile / 100
		fmt.Fprintf(out, "%12.6f %2.12f %10d", float64(value)/perSecond, share, line.Count)
		if share < 1 {
			fmt.Fprintf(out, " %14.2f", 1/(1-share))
		}
		fmt.Fprintln(out)
	}
	fmt.Fprintf(out, "#[Mean    = %12.6f, StdDeviation   = %12.6f]\n", h.Mean()/perSecond, h.StdDev()/perSecond)
	fmt.Fprintf(out, "#[Max     = %12.6f, Total count    = %12d]\n", float64(h.max)/perSecond, h.Count())
	_, err := w.Write(out.Bytes())
	return err
}
