package results

import (
	"fmt"
	"slices"
	"strings"

	"weir/models/message"
	"weir/sim/measure"
)

// fate is what became of messages that were decided on in a window: processed, or not. With a deadline, a message is
// decided on when it ends or when its deadline passes, whichever comes first; one that is under way before is not yet.
type fate struct {
	good, missed float64
	// astray ended otherwise, or are overdue, on a route that several paths share: nobody knows which of them missed it.
	astray float64
}

// share returns the share of the messages that were processed, NaN when none was decided on.
func (f fate) share() float64 { return f.good / (f.good + f.missed) }

// least returns the least that the share may be.
func (f fate) least() float64 { return f.good / (f.good + f.missed + f.astray) }

// astray returns how many messages of an account ended in the window without being processed, or became overdue when
// there is a deadline. What a filter dropped, a queue recognised as a repeat or a topic copied was not to be processed.
func (a *Account) astray(deadline bool) (n float64) {
	for p := message.Processed + 1; p < message.Places; p++ {
		if p != message.Filtered && p != message.Deduplicated && p != message.Published {
			n += float64(a.Ended[p])
		}
	}
	if deadline {
		n += float64(a.Overdue) - float64(a.OverdueBefore)
	}
	return n
}

// fateOf returns what became of all messages that were sent in the name of an origin, by itself and by those that send
// on.
func (o *Outcome) fateOf(origin string, deadline bool) (f fate) {
	for i := range o.Ledger {
		a := &o.Ledger[i]
		if a.Origin != origin {
			continue
		}
		f.good += float64(a.Ended[message.Processed])
		f.missed += a.astray(deadline)
		if deadline {
			f.good -= float64(a.Late)
			f.missed += float64(a.Late)
		}
	}
	f.missed = max(f.missed, 0)
	return f
}

// fateOn returns what became of the messages of a path. Those that went astray on the way count as missed, from their
// origin on: behind a fork, what was lost before it is missed on each of its ways. What was lost on a route that
// several paths share, such as the copies of a topic, is none of theirs for certain.
func (o *Outcome) fateOn(p *message.Path, deadline bool) (f fate) {
	f.good, f.missed = float64(p.Latency.Count()), float64(p.Dropped.Value())
	if deadline {
		f.good -= float64(p.Late.Value())
		f.missed += float64(p.Late.Value())
	}
	next := p.Routes
	if len(next) == 0 { // nothing was processed
		next = o.routeOf(p.Origin)
	}
	seen := map[message.RouteID]bool{}
	for direct := true; len(next) > 0; direct = false {
		routes := next
		next = nil
		for _, r := range routes {
			if seen[r] {
				continue
			}
			seen[r] = true
			a := &o.Ledger[r]
			lost := a.astray(deadline)
			if direct { // it has counted what it dropped itself
				lost -= float64(a.Ended[message.TooLate])
			}
			if direct && o.sharers(r) > 1 {
				f.astray += max(lost, 0)
			} else {
				f.missed += lost
			}
			next = append(next, o.before(a)...)
		}
	}
	f.missed = max(f.missed, 0)
	return f
}

// sharers returns how many paths have messages of a route.
func (o *Outcome) sharers(r message.RouteID) (n int) {
	for _, p := range o.Paths {
		for _, q := range p.Routes {
			if q == r {
				n++
			}
		}
	}
	return n
}

// before returns the routes that messages came by to the sender of an account: those of the path that ends there, or
// the origin's own.
func (o *Outcome) before(a *Account) []message.RouteID {
	if a.Sender == a.Origin {
		return nil
	}
	for _, p := range o.Paths {
		if p.Origin == a.Origin && p.End == a.Sender {
			return p.Routes
		}
	}
	return o.routeOf(a.Origin)
}

// routeOf returns the route of what an origin sends itself.
func (o *Outcome) routeOf(origin string) []message.RouteID {
	for i := range o.Ledger {
		if o.Ledger[i].Origin == origin && o.Ledger[i].Sender == origin {
			return []message.RouteID{message.RouteID(i)}
		}
	}
	return nil
}

// ProcessedShare and InTimeShare are shares of an origin and of a path: of the messages that were decided on, those
// that were processed, and those that were so before their deadline.
const (
	ProcessedShare = "processed_share"
	InTimeShare    = "in_time_share"
)

// summariseOrigins tells of each origin which share of what was sent in its name was processed, and in time.
func (e *Ensemble) summariseOrigins(s *Summary) {
	for _, a := range e.Outcomes[0].Ledger {
		c, ok := s.Components[a.Origin]
		if !ok || a.Sender != a.Origin {
			continue
		}
		tell := func(name string, deadline bool) {
			c.Metrics[name] = e.each(func(o *Outcome) float64 { return o.fateOf(a.Origin, deadline).share() })
			c.Units[name] = "share"
		}
		tell(ProcessedShare, false)
		for _, d := range e.Outcomes[0].Deadlines {
			if d.Origin == a.Origin {
				tell(InTimeShare, true)
			}
		}
	}
}

// summariseFates tells which share of a path's messages was processed, and in time.
func (e *Ensemble) summariseFates(name string, s *PathSummary) {
	fates := func(deadline bool, of func(fate) float64) *measure.Estimate {
		estimate := e.each(func(o *Outcome) float64 { return of(o.fateOn(o.path(name), deadline)) })
		return &estimate
	}
	s.ProcessedShare = *fates(false, fate.share)
	if s.Deadline != nil {
		s.InTimeShare = fates(true, fate.share)
		s.LateShare = fates(true, func(f fate) float64 { return 1 - f.share() })
	}
	if astray := fates(s.Deadline != nil, func(f fate) float64 { return f.astray }); astray.Value > 0 {
		s.Astray, s.ShareLeast = astray, fates(s.Deadline != nil, fate.least)
	}
}

// Astray returns what a share of a path would be if all messages were its own that went astray on a route that several
// paths share, and a text that says so; false when there are none, or the metric is no such share.
func (s *Summary) Astray(metric, of string) (share float64, text string, ok bool) {
	p, ok := s.Paths[of]
	if !ok || p.ShareLeast == nil {
		return 0, "", false
	}
	return astrayShare(metric, of, p.Astray.Value, p.ShareLeast.Value, p.Deadline != nil)
}

// astrayShare is Astray with what is known of the path: the messages that went astray, and the least that the share of
// those processed, in time when there is a deadline, may be.
func astrayShare(metric, of string, astray, least float64, deadline bool) (share float64, text string, ok bool) {
	origin, _, _ := strings.Cut(of, " -> ")
	text = fmt.Sprintf("%s messages of %s went astray where its ways part, and may be of this path; %s of %s has them",
		Quantity(astray), origin, metric, origin)
	switch metric {
	case InTimeShare:
		return least, text, deadline
	case ProcessedShare:
		return least, text, !deadline
	case "late_share":
		return 1 - least, strings.Replace(text, "; late_share", "; "+InTimeShare, 1), true
	}
	return 0, "", false
}

// The figures of a path that Astray goes by, where only figures are kept.
const (
	astrayFigure = "astray"
	leastFigure  = "share_least"
)

// AstrayFigures tells of the path of a share, if the metric is one, how many messages went astray and the least that
// the share of those processed may be: what PointFigures.Astray needs of each trial. It reports whether it is one.
func (s *Summary) AstrayFigures(name FigureName, add func(metric, of, unit string, value float64)) bool {
	p, ok := s.Paths[name.Of]
	if !ok || !slices.Contains([]string{InTimeShare, ProcessedShare, "late_share"}, name.Metric) {
		return false
	}
	astray, least := 0.0, p.ProcessedShare.Value
	switch {
	case p.ShareLeast != nil:
		astray, least = p.Astray.Value, p.ShareLeast.Value
	case p.InTimeShare != nil:
		least = p.InTimeShare.Value
	}
	add(astrayFigure, name.Of, "messages", astray)
	add(leastFigure, name.Of, "share", least)
	return true
}
