// Package export writes the results of a run in the formats of other tools.
package export

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"weir/models/cloudwatch"
	"weir/results"
)

// Source is what there is to export. A format says which of it has to be there.
type Source struct {
	Summary  *results.Summary
	Ensemble *results.Ensemble      // nil when the results were read from a folder
	Start    time.Time              // what instant 0 of the run is called, before the warm-up
	Metrics  []*cloudwatch.Recorded // of the first replication
	Followed []results.Followed     // of the first replication
}

// Format is a format and the files that it has in the folder of exports.
type Format struct {
	Name  string
	Text  string // what it is, in one line
	Needs Needs
	Files []File
}

// File is one file of a format.
type File struct {
	Name  string
	Write func(*Source, io.Writer) error
}

// Needs is what of a source a format is made of.
type Needs uint8

// What formats are made of.
const (
	FromSummary  Needs = iota // the summary alone, so that a result folder is enough
	FromEnsemble              // the outcomes of all replications
	FromMetrics               // what the components of the first replication publish
	FromMessages              // messages of the first replication that were followed
)

// Formats are all formats.
var Formats = []Format{
	{"infracost", "usage file of infracost: what a month uses, by Terraform resource", FromSummary,
		[]File{{"infracost-usage.yml", writeInfracost}}},
	{"calculator", "lines of the AWS Pricing Calculator: a month's cost by component", FromSummary,
		[]File{{"calculator.csv", writeCalculator}}},
	{"cloudwatch", "CloudWatch's metrics of the first replication, shaped as GetMetricData answers", FromMetrics,
		[]File{{"cloudwatch.json", writeCloudWatch}}},
	{"hlog", "log of HdrHistogram: the latencies of each path and replication", FromEnsemble,
		[]File{{"latency.hlog", writeHistogramLog}}},
	{"trace", "trace for Perfetto or chrome://tracing: the slowest messages, and some by lot, stage by stage",
		FromMessages, []File{{"trace.json", writeTrace}}},
	{"parquet", "series, usage and latency percentiles as tidy Parquet", FromEnsemble, []File{
		{"series.parquet", writeSeries}, {"usage.parquet", writeUsage}, {"latency.parquet", writeLatency},
	}},
}

// Names returns the names of all formats.
func Names() []string {
	names := make([]string, len(Formats))
	for i, f := range Formats {
		names[i] = f.Name
	}
	return names
}

// Parse returns the formats of a list of names, each once and in the order of Formats. The error says what there is.
func Parse(names []string) ([]Format, error) {
	if len(names) == 0 {
		return nil, fmt.Errorf("no format is named; there are %s", strings.Join(Names(), ", "))
	}
	for _, name := range names {
		if !slices.Contains(Names(), name) {
			return nil, fmt.Errorf("there is no format %q; there are %s", name, strings.Join(Names(), ", "))
		}
	}
	var all []Format
	for _, f := range Formats {
		if slices.Contains(names, f.Name) {
			all = append(all, f)
		}
	}
	return all, nil
}
