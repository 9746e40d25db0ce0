package message

import (
	"fmt"

	"weir/sim"
)

// Place is where the ledger has a message: under way or ended.
type Place uint8

// The places. From Processed on, the message has ended.
const (
	AtClient  Place = iota // at its sender: batched, in a call, backing off
	Delayed                // in a queue, delayed
	Visible                // in a queue, visible
	InFlight               // received and not deleted
	Processed              // a consumer finished its work on it

	DeadByError    // dead-lettered after failed work
	DeadByTimeout  // dead-lettered after its visibility timeout lapsed
	DeadByThrottle // dead-lettered after its consumer was throttled
	DeadByPoison   // dead-lettered because it can never succeed
	DeadByCrash    // dead-lettered after its consumer crashed

	ExpiredInQueue // its retention ended
	Purged         // removed by PurgeQueue
	Rejected       // its sender gave up: too large, buffer full, retries used up
	Filtered       // dropped by a filter policy
	Lost           // a push service gave up on it
	Deduplicated   // a repeat that a FIFO queue or topic accepted and did not deliver
	Published      // accepted by a topic, which sends a copy of it to each subscriber
	Failed         // the function that was asked failed, and its caller did not ask again
	TooLate        // a consumer dropped it because its deadline had passed

	Places = 19
)

var placeNames = [Places]string{
	"at_client", "delayed", "in_queue", "in_flight", "processed", "dead_lettered.error", "dead_lettered.timeout",
	"dead_lettered.throttle", "dead_lettered.poison", "dead_lettered.crash", "expired", "purged", "rejected",
	"filtered", "lost", "deduplicated", "published", "failed", "too_late",
}

// String returns the place's name in results, such as "in_flight" or "dead_lettered.error".
func (p Place) String() string { return placeNames[p] }

// Ended reports whether a message in this place has ended.
func (p Place) Ended() bool { return p >= Processed }

// DeadLettered reports whether the place is in a dead-letter queue.
func (p Place) DeadLettered() bool { return p >= DeadByError && p <= DeadByCrash }

// RouteID names a sender in the ledger: who sent the message, and whose message it was at birth.
type RouteID uint16

// Route is one sender's account. Origin is the producer whose message it was at birth; Sender differs from it when
// the message was sent on.
type Route struct {
	Origin, Sender string
	Sent           uint64
	Late           uint64 // processed after the deadline of the origin
	Count          [Places]uint64
}

// Ledger tells of every message where it is or ended, by route.
type Ledger struct {
	routes    []Route
	number    map[[2]string]RouteID // by origin and sender
	deadlines map[string]sim.Duration
	witness   Witness // or nil
}

// Promise sets how old the messages that are born at origin may be at the end of the work on them. It is called before
// the run.
func (l *Ledger) Promise(origin string, deadline sim.Duration) {
	if l.deadlines == nil {
		l.deadlines = map[string]sim.Duration{}
	}
	l.deadlines[origin] = deadline
}

// Deadline returns how old messages born at origin may be at the end of the work on them, or 0 when nobody minds.
func (l *Ledger) Deadline(origin string) sim.Duration { return l.deadlines[origin] }

// Deadlines reports whether the messages of some origin have a deadline.
func (l *Ledger) Deadlines() bool { return len(l.deadlines) > 0 }

// RoutesMax is the most accounts of a ledger.
const RoutesMax = 1 << 16

// Open adds an account for the messages that sender sends and that were born at origin. It panics beyond RoutesMax: who
// builds a design counts them first.
func (l *Ledger) Open(origin, sender string) RouteID {
	key := [2]string{origin, sender}
	if id, ok := l.number[key]; ok {
		return id
	}
	if len(l.routes) == RoutesMax {
		panic("message: too many routes")
	}
	if l.number == nil {
		l.number = map[[2]string]RouteID{}
	}
	l.routes = append(l.routes, Route{Origin: origin, Sender: sender})
	l.number[key] = RouteID(len(l.routes) - 1)
	return l.number[key]
}

// NoteLate counts a message of a route that was processed after its deadline.
func (l *Ledger) NoteLate(id RouteID) { l.routes[id].Late++ }

// Routes returns the accounts in the order of their opening.
func (l *Ledger) Routes() []Route { return l.routes }

// Origin returns the producer whose messages the route carries.
func (l *Ledger) Origin(id RouteID) string { return l.routes[id].Origin }

// Accounts are the accounts of the messages that one sender makes of others, by the route of those.
type Accounts struct {
	ledger *Ledger
	sender string
	opened []RouteID
}

// NewAccounts returns the accounts of a sender. None is opened before it is asked for.
func NewAccounts(l *Ledger, sender string) Accounts { return Accounts{ledger: l, sender: sender} }

// Sender returns the name that the accounts stand under.
func (a *Accounts) Sender() string { return a.sender }

// Of returns the account of what the sender makes of a route's messages.
func (a *Accounts) Of(original RouteID) RouteID {
	for int(original) >= len(a.opened) {
		origin := a.ledger.Origin(RouteID(len(a.opened)))
		a.opened = append(a.opened, a.ledger.Open(origin, a.sender))
	}
	return a.opened[original]
}

func (l *Ledger) born(id RouteID) {
	l.routes[id].Sent++
	l.routes[id].Count[AtClient]++
}

func (l *Ledger) move(id RouteID, from, to Place) {
	count := &l.routes[id].Count
	count[from]--
	count[to]++
}

// UnderWay returns how many messages of all routes have not ended, by place.
func (l *Ledger) UnderWay() (total [Processed]uint64) {
	for i := range l.routes {
		for p := range total {
			total[p] += l.routes[i].Count[p]
		}
	}
	return total
}

// Check returns an error when the messages sent by a route are not those under way plus those ended.
func (l *Ledger) Check() error {
	for i := range l.routes {
		r := &l.routes[i]
		var sum uint64
		for _, n := range r.Count {
			sum += n
		}
		if sum != r.Sent {
			return fmt.Errorf("ledger of %s out of balance: %d sent, %d accounted for: %v", r.Sender, r.Sent, sum, r.Count)
		}
	}
	return nil
}
