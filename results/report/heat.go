package report

import (
	"strings"

	"weir/models/kinesis"
	"weir/results/chart"
)

// heats draws how hot the shards of each stream are.
func (d *drawings) heats() error {
	drawn := 0
	for _, c := range d.e.Outcomes[0].Components {
		m := chart.HeatMap{
			Title: "Writes to " + short(c.Name) + ": how hot the busiest shard of each range of hashes is",
			Description: "What the busiest shard of each range of hashes was offered, as a share of a shard's limit of records or " +
				"bytes, whichever is nearer; median over replications.",
			Unit: "hash range (share of keys)", From: d.from(), To: d.to(), Spans: d.spans(),
		}
		for _, k := range c.Curves {
			if c.Kind != "kinesis.stream" || !strings.HasPrefix(k.Name, kinesis.HeatCurve) {
				continue
			}
			if b, _, ok := d.e.Band(c.Name, k.Name); ok {
				m.Rows, m.Width = append(m.Rows, b.Median), b.Width.Seconds()
			}
		}
		if len(m.Rows) == 0 {
			continue
		}
		m.Name = numbered("shard_heat", drawn)
		drawn++
		f, err := chart.Heat(m)
		if err := d.add(inLimits, f, err); err != nil {
			return err
		}
	}
	return nil
}
