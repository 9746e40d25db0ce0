package lint

import (
	"fmt"
	"math"

	"weir/models/aws"
	"weir/models/ec2"
	"weir/models/lambda"
	"weir/models/spec"
	"weir/models/sqs"
	"weir/models/storage"
)

// connectionsOf returns how many connections a database has for its clients.
func (d *design) connectionsOf(s *storage.Spec) float64 {
	if s.MaxConnections != nil {
		return float64(*s.MaxConnections)
	}
	class, err := aws.LookUpDatabaseClass(s.Instance)
	if err != nil {
		return math.Inf(1) // the design could not have been built
	}
	constants := new(aws.DatabaseConstants)
	d.Profile.Fill(constants)
	return float64(constants.MaxConnections(string(s.Engine), class))
}

// environments returns how many environments of a function there may be: of one that reads queues, as many as its
// mappings invoke when there is a backlog; of another, as many as its load has under way at the least.
func (d *design) environments(link spec.Link, s *lambda.Spec) (n float64, source int) {
	source = -1
	most := 0
	for i := range s.EventSources {
		if at[sqs.Spec](d, s.EventSources[i].From) == nil || spec.IsFIFO(s.EventSources[i].From) {
			continue
		}
		b, _ := d.bound(&s.EventSources[i])
		most += b
		source = i
	}
	n = float64(most)
	if n == 0 {
		n, _, _ = d.offered(link, s)
	}
	n = min(n, float64(d.lambda.Concurrent))
	if s.ReservedConcurrency != nil {
		n = min(n, float64(*s.ReservedConcurrency))
	}
	return n, source
}

func connectionsAbove(d *design, report func(hit)) {
	each(d, func(db spec.Link, s *storage.Spec) {
		if s.Proxy != nil {
			return
		}
		most := d.connectionsOf(s)
		d.functionConnections(db, most, report)
		each(d, func(link spec.Link, f *ec2.Spec) {
			for i := range f.Calls {
				if f.Calls[i].To != db {
					continue
				}
				pool := f.Instance.Threads
				if f.Calls[i].Pool != nil {
					pool = min(pool, *f.Calls[i].Pool) // no more are opened than threads ask for
				}
				instances := threads(f) / f.Instance.Threads
				if n := float64(pool * instances); n > most {
					report(hit{
						of: link, field: fmt.Sprintf("calls[%d]", i),
						text: fmt.Sprintf("%d instances keep %d connections each, %.0f together, and %s has %.0f", instances, pool, n, db,
							most),
						fix:     []string{db.String() + ".proxy={}"},
						figures: []figure{of("too_many_connections", db), of("failed", link)},
					})
				}
			}
		})
	})
}

// functionConnections reports a database that the functions which call it may have more environments than connections
// of.
func (d *design) functionConnections(db spec.Link, most float64, report func(hit)) {
	sum, greatest := 0.0, 0.0
	var h hit
	var c consumer
	each(d, func(link spec.Link, f *lambda.Spec) {
		for i := range f.Calls {
			if f.Calls[i].To != db {
				continue
			}
			n, source := d.environments(link, f)
			if sum += n; n > greatest {
				greatest = n
				h = hit{of: link, field: fmt.Sprintf("calls[%d]", i), figures: []figure{of("errors", link)}}
				h.text = fmt.Sprintf("up to %.0f environments at once keep a connection each", math.Ceil(n))
				if source >= 0 {
					h.text = "when there is a backlog, " + h.text
				}
				c = consumer{link: link, fn: f, source: source}
			}
			return
		}
	})
	sum = min(sum, float64(d.lambda.Concurrent))
	if sum <= most {
		return
	}
	if sum > greatest {
		h.text += fmt.Sprintf(", %.0f with the other functions that call it", math.Ceil(sum))
	}
	h.text += fmt.Sprintf(", and %s has %.0f", db, most)
	h.figures = append(h.figures, of("too_many_connections", db))
	h.fix = []string{db.String() + ".proxy={}"}
	if c.source >= 0 && greatest == sum && d.lambda.MaximumConcurrency && most >= 4 &&
		c.fn.EventSources[c.source].ProvisionedPollers == nil && queueMappings(d, c.fn) == 1 {
		// some environments are idle, or end, and are still connected
		h.fix = []string{c.set("maximum_concurrency", min(int(0.75*most), 1000))}
		h.figures = append(h.figures, d.paths(c.fn.EventSources[c.source].From, "latency.p99")...)
	}
	report(h)
}
