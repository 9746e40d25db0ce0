package results

import (
	"testing"

	"weir/models/message"
	"weir/sim"
)

// fated returns a path with so many messages in time and late, of some routes.
func fated(origin, end string, good, late int, routes ...message.RouteID) *message.Path {
	p := message.NewPath(origin, end, 3)
	p.Deadline, p.Routes = sim.Second, routes
	for range good + late {
		p.Latency.Record(1)
	}
	p.Late.Add(uint64(late))
	return p
}

// account returns one with messages that ended.
func account(origin, sender string, ended map[message.Place]int64) Account {
	a := Account{Origin: origin, Sender: sender}
	for p, n := range ended {
		a.Ended[p] = n
	}
	return a
}

// What is rejected at its origin is missed on every path from there; what is lost behind a fork is no path's for
// certain, and the origin's all the same. A message that was overdue before the window was missed then.
func TestWhatIsNotProcessedIsMissed(t *testing.T) {
	straight := account("p", "p", map[message.Place]int64{
		message.Processed: 30, message.Rejected: 60, message.Filtered: 7, message.TooLate: 4,
	})
	straight.Late, straight.Overdue, straight.OverdueBefore = 10, 8, 2
	dropping := fated("p", "a", 20, 10, 0)
	dropping.Dropped.Add(4)
	first := account("p", "p", map[message.Place]int64{message.Published: 90, message.Rejected: 10})
	copies := account("p", "t", map[message.Place]int64{message.Processed: 150, message.DeadByError: 30})
	chain := []Account{
		account("p", "p", map[message.Place]int64{message.Processed: 80, message.Rejected: 20}),
		account("p", "a", map[message.Place]int64{message.Processed: 70, message.DeadByError: 10}),
	}
	for _, c := range []struct {
		name           string
		o              Outcome
		path           int
		want, ofOrigin fate
	}{
		{"straight", Outcome{Ledger: []Account{straight}, Paths: []*message.Path{dropping}}, 0,
			fate{20, 10 + 4 + 60 + 6, 0}, fate{20, 10 + 4 + 60 + 6, 0}},
		{"a topic with two subscribers", Outcome{
			Ledger: []Account{first, copies},
			Paths:  []*message.Path{fated("p", "a", 90, 0, 1), fated("p", "b", 60, 0, 1)},
		}, 1, fate{60, 10, 30}, fate{150, 40, 0}},
		{"two stages", Outcome{
			Ledger: chain, Paths: []*message.Path{fated("p", "a", 80, 0, 0), fated("p", "b", 70, 0, 1)},
		}, 1, fate{70, 30, 0}, fate{150, 30, 0}},
		{"the first of two stages", Outcome{
			Ledger: chain, Paths: []*message.Path{fated("p", "a", 80, 0, 0), fated("p", "b", 70, 0, 1)},
		}, 0, fate{80, 20, 0}, fate{150, 30, 0}},
		{"nothing processed", Outcome{
			Ledger: []Account{account("p", "p", map[message.Place]int64{message.Failed: 5})},
			Paths:  []*message.Path{fated("p", "a", 0, 0)},
		}, 0, fate{0, 5, 0}, fate{0, 5, 0}},
	} {
		if got := c.o.fateOn(c.o.Paths[c.path], true); got != c.want {
			t.Errorf("%s: %v on the path, want %v", c.name, got, c.want)
		}
		if got := c.o.fateOf("p", true); got != c.ofOrigin {
			t.Errorf("%s: %v of the origin, want %v", c.name, got, c.ofOrigin)
		}
	}
}
