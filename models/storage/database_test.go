package storage

import (
	"fmt"
	"slices"
	"testing"

	"weir/sim"
)

// caller notes what it is answered, and when.
type caller struct {
	eng *sim.Engine
	log []string
}

func (c *caller) Answered(token uint64, err error) {
	text := fmt.Sprintf("%v: %d", c.eng.Now(), token)
	if err != nil {
		text += ", " + err.Error()
	}
	c.log = append(c.log, text)
}

func (c *caller) want(t *testing.T, log ...string) {
	t.Helper()
	if !slices.Equal(c.log, log) {
		t.Errorf("answered\n%q, want\n%q", c.log, log)
	}
}

// base is a database on an engine, with a caller.
type base struct {
	*Database
	*caller
}

func newBase(connections int64, s Spec) base {
	eng := sim.NewEngine(1, 0)
	return base{NewDatabase(eng, "db", &s, Class{Connections: connections}), &caller{eng: eng}}
}

func (b base) query(p *Pool, token uint64) { p.Query(b.caller, token, sim.Second) }

// run lets time pass until the instant given, in seconds.
func (b base) run(seconds float64) { b.caller.eng.Run(sim.Time(sim.Seconds(seconds)), 1<<20) }

func (b base) levels(t *testing.T, connections, busy, waiting, poolWaiting int64) {
	t.Helper()
	got := [4]int64{b.Connections.Value(), b.Busy.Value(), b.Waiting.Value(), b.PoolWaiting.Value()}
	if want := [4]int64{connections, busy, waiting, poolWaiting}; got != want {
		t.Errorf("at %v connections, busy, waiting and waiting in the pool are %v, want %v", b.caller.eng.Now(), got, want)
	}
}

func of[T any](v T) *T { return &v }

func TestAPoolServesFirstComeFirstServedOnItsConnections(t *testing.T) {
	b := newBase(10, Spec{})
	p := b.NewPool(2, 0)
	for token := range uint64(5) {
		b.query(p, token)
	}
	b.levels(t, 2, 2, 0, 3)
	b.run(10)
	b.want(t, "1s: 0", "1s: 1", "2s: 2", "2s: 3", "3s: 4")
	b.levels(t, 2, 0, 0, 0)
	if b.Queries.Value() != 5 || b.Response.Mean() != float64(9*sim.Second)/5 {
		t.Errorf("%d queries took %v ns on average, want 5 and 1.8 s", b.Queries.Value(), b.Response.Mean())
	}
	if b.query(p, 5); p.open != 2 {
		t.Errorf("the pool opened %d connections where one was idle", p.open)
	}
}

func TestAQueryLeavesThePoolsLineAtItsTimeout(t *testing.T) {
	b := newBase(10, Spec{})
	p := b.NewPool(1, 1500*sim.Millisecond)
	for token := range uint64(3) {
		b.query(p, token)
	}
	b.run(1.2)
	b.query(p, 3) // waits behind 2, which will leave
	b.run(10)
	b.want(t, "1s: 0", "1.5s: 2, "+ErrPoolTimeout.Error(), "2s: 1", "3s: 3")
	b.levels(t, 1, 0, 0, 0)
	if b.PoolTimeouts.Value() != 1 || len(b.free) != len(b.queries) {
		t.Errorf("%d timeouts, want 1; %d of %d slots are free", b.PoolTimeouts.Value(), len(b.free), len(b.queries))
	}
}

func TestATimerOfAnEarlierQueryDoesNotTimeOutALaterOneInItsSlot(t *testing.T) {
	b := newBase(10, Spec{})
	p := b.NewPool(1, 5*sim.Second)
	for token := range uint64(3) {
		b.query(p, token) // 1 and 2 wait; their timers ring at 5 s
	}
	b.run(3)
	for token := range uint64(2) {
		p.Query(b.caller, 10+token, 10*sim.Second)
	}
	b.run(20)
	b.want(t, "1s: 0", "2s: 1", "3s: 2", "8s: 11, "+ErrPoolTimeout.Error(), "13s: 10")
}

func TestAPoolThatMustOpenAConnectionFailsWhenNoneIsLeft(t *testing.T) {
	b := newBase(500, Spec{MaxConnections: of(2)})
	p, other := b.NewPool(3, 0), b.NewPool(1, 0)
	b.query(p, 0)
	b.query(other, 1)
	b.query(p, 2)
	b.want(t, "0s: 2, "+ErrTooManyConnections.Error())
	b.levels(t, 2, 2, 0, 0)
	b.run(1)
	b.query(p, 3) // on the connection that the pool has
	b.run(2)
	b.want(t, "0s: 2, "+ErrTooManyConnections.Error(), "1s: 0", "1s: 1", "2s: 3")
	if b.TooManyConnections.Value() != 1 {
		t.Errorf("%d queries had no connection, want 1", b.TooManyConnections.Value())
	}
}

func TestQueriesBeyondTheConcurrencyWaitAndBeyondTheLineFail(t *testing.T) {
	b := newBase(10, Spec{Concurrency: of(2), MaxWaiting: of(1)})
	p := b.NewPool(10, 0)
	for token := range uint64(4) {
		b.query(p, token)
	}
	b.want(t, "0s: 3, "+ErrTooBusy.Error())
	b.levels(t, 4, 2, 1, 0)
	b.run(10)
	b.want(t, "0s: 3, "+ErrTooBusy.Error(), "1s: 0", "1s: 1", "2s: 2")
	b.levels(t, 4, 0, 0, 0)
	if p.idle != 4 || b.TooBusy.Value() != 1 || b.Busy.Max() != 2 {
		t.Errorf("%d connections idle, %d too busy, %d served at once", p.idle, b.TooBusy.Value(), b.Busy.Max())
	}
}

func TestResetClosesIdleConnectionsAtOnceAndBusyOnesWhenTheirQueryEnds(t *testing.T) {
	b := newBase(4, Spec{Concurrency: of(2)})
	p, other := b.NewPool(4, 500*sim.Millisecond), b.NewPool(4, 0)
	for token := range uint64(2) {
		b.query(p, token)
	}
	b.run(1)
	b.levels(t, 2, 0, 0, 0)
	p.Query(b.caller, 2, 2*sim.Second) // one of two connections is busy, the other idle
	p.Reset()
	b.levels(t, 1, 1, 0, 0)
	for token := range uint64(3) {
		b.query(other, 10+token)
	}
	b.query(other, 13)
	b.want(t, "1s: 0", "1s: 1", "1s: 13, "+ErrTooManyConnections.Error())
	b.run(3)
	b.levels(t, 3, 1, 0, 0) // the connection of 2 was closed with its query
	b.query(p, 20)
	b.levels(t, 4, 2, 0, 0)
	b.run(10)
	b.levels(t, 4, 0, 0, 0)
	p.Reset()
	other.Reset()
	b.levels(t, 0, 0, 0, 0)
}

func TestResetForgetsTheQueriesThatWaitInThePool(t *testing.T) {
	b := newBase(4, Spec{})
	p := b.NewPool(1, 1500*sim.Millisecond)
	for token := range uint64(3) {
		b.query(p, token)
	}
	b.levels(t, 1, 1, 0, 2)
	p.Reset()
	b.levels(t, 1, 1, 0, 0)
	b.query(p, 10)
	b.query(p, 11)
	b.levels(t, 2, 2, 0, 1)
	b.run(10)
	b.want(t, "1s: 10", "2s: 11") // of 0, nobody reads the answer
	b.levels(t, 1, 0, 0, 0)
	if b.Unread.Value() != 1 || b.Queries.Value() != 2 {
		t.Errorf("%d answered, %d answers unread, want 2 and 1", b.Queries.Value(), b.Unread.Value())
	}
	if len(b.free) != len(b.queries) || b.PoolTimeouts.Value() != 0 {
		t.Errorf("%d of %d slots are free, %d timeouts", len(b.free), len(b.queries), b.PoolTimeouts.Value())
	}
}

// Whatever the clients do, a database has no connection, query or slot left once they are gone.
func TestADatabaseIsEmptyOnceItsClientsAreGone(t *testing.T) {
	var timeouts, busy, refused uint64
	for seed := range uint64(200) {
		eng := sim.NewEngine(seed, 0)
		luck := eng.Rand("test")
		s := Spec{Concurrency: of(1 + luck.IntN(4)), MaxWaiting: of(luck.IntN(4))}
		b := base{NewDatabase(eng, "db", &s, Class{Connections: int64(1 + luck.IntN(8))}), &caller{eng: eng}}
		pools := []*Pool{b.NewPool(1+luck.IntN(4), sim.Second), b.NewPool(1+luck.IntN(4), 0)}
		for token := range uint64(200) {
			p := pools[luck.IntN(2)]
			if luck.IntN(10) == 0 {
				p.Reset()
			} else {
				p.Query(b.caller, token, sim.Duration(luck.IntN(int(2*sim.Second))))
			}
			b.run(eng.Now().Seconds() + luck.Float64())
			if got := b.Connections.Value(); got > b.connections || b.Busy.Value() > b.concurrency {
				t.Fatalf("%d connections of %d, %d busy of %d", got, b.connections, b.Busy.Value(), b.concurrency)
			}
		}
		b.run(1e6)
		b.levels(t, int64(pools[0].open+pools[1].open), 0, 0, 0)
		pools[0].Reset()
		pools[1].Reset()
		b.levels(t, 0, 0, 0, 0)
		if len(b.free) != len(b.queries) {
			t.Fatalf("seed %d: %d of %d slots are free", seed, len(b.free), len(b.queries))
		}
		timeouts, busy, refused = timeouts+b.PoolTimeouts.Value(), busy+b.TooBusy.Value(),
			refused+b.TooManyConnections.Value()
	}
	if min(timeouts, busy, refused) < 100 {
		t.Errorf("only %d timeouts, %d too busy and %d too many connections were tried", timeouts, busy, refused)
	}
}

// The processors of a database are never busier than they can be: a query counts while it computes.
func TestADatabasesProcessorsAreBusyWhileQueriesCompute(t *testing.T) {
	b := newBase(10, Spec{CPUShare: 0.5}) // of one vCPU
	p := b.NewPool(10, 0)
	for token := range uint64(4) { // half a second of each, and so two seconds in all
		b.query(p, token)
	}
	for _, c := range []struct{ at, used float64 }{{1, 1}, {1.5, 1.5}, {3, 2}} {
		b.run(c.at)
		if got := b.cpu.Used(b.caller.eng.Now()); got != c.used {
			t.Errorf("%v vCPU-seconds were used until %v s, want %v", got, c.at, c.used)
		}
		if got, want := b.cpuUtilisation(b.caller.eng.Now()), c.used/c.at; got != want {
			t.Errorf("a utilisation of %v until %v s, want %v", got, c.at, want)
		}
	}
	b.Reset(b.caller.eng.Now())
	b.run(4)
	if got := b.cpuUtilisation(b.caller.eng.Now()); got != 0 {
		t.Errorf("a utilisation of %v without a query, want 0", got)
	}
}
