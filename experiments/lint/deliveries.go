package lint

import (
	"fmt"
	"math"

	"weir/models/firehose"
	"weir/models/spec"
	"weir/results"
)

// Sources of the rules of delivery streams.
const (
	guideBuffer = "Firehose API, botocore's BufferingHints (boto/botocore @0e6e2404b, data/firehose)"
	guideFive   = "Firehose developer guide, limits.md (awsdocs/amazon-kinesis-data-firehose-developer-guide @1216899)"
)

var deliveryRules = []Rule{
	{
		ID: "buffer-below-ten-seconds", Severity: results.LintAdvice,
		Title: "a buffer of Firehose holds less than ten seconds of its load",
		Reason: "The size of a buffer is to be greater than what comes in ten seconds: a smaller one is full before its interval is over, " +
			"and many small objects are written and paid for.",
		Source: guideBuffer, Date: "2026-08", check: bufferSmall,
	},
	{
		ID: "records-billed-as-5-kb", Severity: results.LintAdvice,
		Title: "records of Firehose are much smaller than what each is billed for",
		Reason: "Each record is billed as a multiple of 5 KB, also when many are put in one call. Several events in one record, with a " +
			"line break between them, cost as much as one.",
		Source: guideFive, Date: "2021-04", check: recordsRounded,
	},
	{
		ID: "delivery-outage-beyond-retries", Severity: results.LintWarning,
		Title: "a destination is out of reach for longer than deliveries are tried again",
		Reason: "A delivery to Redshift, OpenSearch, Splunk or an HTTP endpoint that fails is tried again for the retry duration; then its " +
			"records go to the backup in S3, from where somebody has to bring them back.",
		Source: "Firehose developer guide, basic-deliver.md (awsdocs/amazon-kinesis-data-firehose-developer-guide @e8c2835)", Date: "2023-03",
		check: deliveryOutage,
	},
}

// bufferSeconds is for how long the load must fit into a buffer.
const bufferSeconds = 10

func bufferSmall(d *design, report func(hit)) {
	each(d, func(link spec.Link, s *firehose.Spec) {
		if s.Buffer.Size == nil || s.DynamicPartitioning {
			return
		}
		bytes := d.deliveryBytes(link, s)
		if bytes*bufferSeconds <= float64(*s.Buffer.Size) {
			return
		}
		report(hit{
			of: link, field: "buffer.size",
			text: fmt.Sprintf("is %s, and %s a second come on average: it is full after %s", s.Buffer.Size, sizeText(bytes),
				seconds(float64(*s.Buffer.Size)/bytes)),
			figures: []figure{cost, of("objects", link)},
			fix:     largerBuffer(link, s, bytes),
		})
	})
}

// bufferMax is the largest buffer of a delivery stream to S3 (API reference, BufferingHints).
const bufferMax = 128 << 20

func largerBuffer(link spec.Link, s *firehose.Spec, bytes float64) []string {
	size := math.Ceil(2 * bufferSeconds * bytes / (1 << 20))
	if s.Destination.Type != firehose.S3 || size*(1<<20) > bufferMax {
		return nil
	}
	return []string{fmt.Sprintf("%s.buffer.size=%.0fMiB", link, size)}
}

// deliveryBytes returns the mean load of a delivery stream in bytes a second, at the least.
func (d *design) deliveryBytes(link spec.Link, s *firehose.Spec) (bytes float64) {
	from := []spec.Link{link}
	if s.From != nil {
		from = append(from, *s.From)
	}
	for _, f := range from {
		links, specs := d.producers(f)
		for i, p := range specs {
			bytes += d.mean(links[i]) * meanSize(p)
		}
	}
	return bytes
}

// billedUnit is what a record is rounded up to; roundedMany is how many times its size it must be billed for to be
// told.
const (
	billedUnit  = 5 * 1024
	roundedMany = 2.5
)

func recordsRounded(d *design, report func(hit)) {
	each(d, func(link spec.Link, s *firehose.Spec) {
		from := link
		if s.From != nil {
			from = *s.From
		}
		links, specs := d.producers(from)
		for i, p := range specs {
			size := meanSize(p)
			if size == 0 || size*roundedMany > billedUnit || p.Agent != nil || aggregates(p) {
				continue
			}
			report(hit{
				of: links[i], field: "size",
				text: fmt.Sprintf("records of %s on average are billed as 5 KB each by %s, %.2g times what they hold", sizeText(size), link,
					billedUnit/size),
			})
		}
	})
}

func deliveryOutage(d *design, report func(hit)) {
	limits := new(firehose.Limits)
	d.Profile.Fill(limits)
	retries := map[firehose.Destination]spec.Duration{
		firehose.Redshift: limits.RedshiftRetry, firehose.OpenSearch: limits.OpenSearchRetry,
		firehose.Splunk: limits.SplunkRetry, firehose.HTTPEndpoint: limits.HTTPRetry,
	}
	each(d, func(link spec.Link, s *firehose.Spec) {
		tried, known := retries[s.Destination.Type]
		if s.Destination.RetryDuration != nil {
			tried = *s.Destination.RetryDuration
		}
		for i, o := range s.Destination.Unavailable {
			if !known || o.For <= tried {
				continue
			}
			report(hit{
				of: link, field: "destination.retry_duration",
				text: fmt.Sprintf("is %s, and the destination is out of reach for %s (unavailable[%d]): what is older by then goes to "+
					"the backup", tried, o.For, i),
			})
			return
		}
	})
}
