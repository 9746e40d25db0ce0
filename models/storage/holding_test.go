package storage

import (
	"testing"

	"weir/models/calls"
	"weir/models/spec"
	"weir/sim"
)

// newPinning is a database of so many connections, whose proxy pins all sessions and is reached after 10 ms.
func newPinning(t *testing.T, connections int64) base {
	t.Helper()
	k := times(t, "rds.fail_over.multi_az", "30s", "rds.proxy.latency", "10ms")
	s := &Spec{MultiAZ: true, Proxy: &ProxySpec{
		MaxConnectionsPercent: 1, ConnectionBorrowTimeout: spec.Duration(sim.Second), Pinned: 1,
	}}
	eng := sim.NewEngine(1, 0)
	return base{NewDatabase(eng, "db", s, Class{Connections: connections, Times: k}), &caller{eng: eng}}
}

// step fires the events until the instant given, in seconds, one by one, and checks the database after each.
func (b base) step(t *testing.T, seconds float64) {
	t.Helper()
	for until, fired := sim.Time(sim.Seconds(seconds)), uint64(1); fired > 0; {
		before := b.caller.eng.Fired()
		b.caller.eng.Run(until, 1)
		fired = b.caller.eng.Fired() - before
		if err := b.Check(); err != nil {
			t.Fatalf("at %v: %v", b.caller.eng.Now(), err)
		}
	}
}

// A pinned session whose query is on its way to the proxy when the database fails over has lost its connection: the
// query waits for another, and no connection is counted that nobody has.
func TestAPinnedSessionLosesItsConnectionInAFailOver(t *testing.T) {
	b := newPinning(t, 10)
	p := b.NewPool(1, 0)
	b.query(p, 1)
	b.step(t, 2)
	b.levels(t, 1, 0, 0, 0)
	b.query(p, 2)
	b.FailOver()
	b.levels(t, 0, 0, 0, 0)
	b.step(t, 60)
	b.query(p, 3)
	b.step(t, 70)
	p.Reset()
	b.step(t, 80)
	b.want(t, "1.01s: 1", "3.01s: 2, the proxy had no connection in time", "1m1.01s: 3")
	b.levels(t, 0, 0, 0, 0)
}

// A client that gives up a query on its way to the proxy closes its session, and the proxy has the connection back that
// the session was pinned to.
func TestAPinnedSessionGivesItsConnectionBackWhenItsQueryIsGivenUp(t *testing.T) {
	b := newPinning(t, 1)
	p := b.NewPool(1, 0)
	b.query(p, 1)
	b.step(t, 2)
	handle := p.Call(b.caller, 2, calls.Request{Service: sim.Second})
	b.query(b.NewPool(1, 0), 3)
	b.step(t, 2.005)
	p.GiveUp(handle)
	b.levels(t, 0, 0, 0, 0)
	b.step(t, 10)
	b.want(t, "1.01s: 1", "3.01s: 3")
}

// restless queries again as soon as it is answered, now and then.
type restless struct {
	*caller
	luck  *sim.Rand
	pools []*Pool
	again int
}

func (r *restless) Answered(uint64, error) {
	if r.again > 0 && r.luck.IntN(4) == 0 {
		r.again--
		r.query(r.luck.IntN(len(r.pools)))
	}
}

func (r *restless) query(pool int) uint64 {
	return r.pools[pool].Call(r, 0, calls.Request{Service: sim.Duration(r.luck.IntN(int(300 * sim.Millisecond)))})
}

// Whatever queries, clients and fail-overs do, what is held, kept and waited for adds up to the levels.
func TestConnectionsAddUp(t *testing.T) {
	profile := [2]*DatabaseTimes{
		times(t, "rds.fail_over.multi_az", "3s", "rds.proxy.latency", "0s"),
		times(t, "rds.fail_over.multi_az", "3s", "rds.proxy.latency", "30ms"),
	}
	for seed := range uint64(60) {
		s := Spec{
			MultiAZ: true, CPUShare: spec.Share(seed % 3 / 2), Concurrency: of(2 + int(seed%4)), MaxWaiting: of(int(seed % 5)),
		}
		if seed%3 > 0 {
			s.Proxy = &ProxySpec{
				MaxConnectionsPercent: 1, ConnectionBorrowTimeout: spec.Duration(sim.Second),
				Pinned: spec.Share(float64(seed%5) / 4),
			}
		}
		eng := sim.NewEngine(seed, 0)
		b := base{
			NewDatabase(eng, "db", &s, Class{Connections: 6, VCPUs: 2, Times: profile[seed%2]}), &caller{eng: eng},
		}
		r := &restless{b.caller, eng.Rand("test"), []*Pool{
			b.NewPool(3, 0), b.NewPool(2, 500*sim.Millisecond), b.NewPool(4, 100*sim.Millisecond),
		}, 100}
		r.live(t, b, seed)
		r.again = 0
		for _, p := range r.pools {
			p.Reset()
		}
		b.step(t, eng.Now().Seconds()+100)
		b.levels(t, 0, 0, 0, 0)
		if len(b.free) != len(b.queries) {
			t.Errorf("seed %d: %d of %d slots are free", seed, len(b.free), len(b.queries))
		}
	}
}

// live queries, gives up, crashes and fails over at random instants.
func (r *restless) live(t *testing.T, b base, seed uint64) {
	t.Helper()
	handles := make([][]uint64, len(r.pools))
	for n := range 300 {
		i := r.luck.IntN(len(r.pools))
		switch act := r.luck.IntN(100); {
		case act < 60:
			handles[i] = append(handles[i], r.query(i))
		case act < 95 && len(handles[i]) > 0:
			r.pools[i].GiveUp(handles[i][0])
			handles[i] = handles[i][1:]
		case act < 98:
			r.pools[i].Reset()
			handles[i] = nil
		default:
			b.FailOver()
		}
		if err := b.Check(); err != nil {
			t.Fatalf("seed %d, after act %d at %v: %v", seed, n, b.caller.eng.Now(), err)
		}
		b.step(t, b.caller.eng.Now().Seconds()+r.luck.Float64()/20)
	}
}

// A query that is given up keeps a connection of a full database busy until it ends. Those in line wait for the others
// that the pool has, and all for the one that comes free then.
func TestAQueryGivenUpFailsNoneOfItsPool(t *testing.T) {
	b := newBase(2, Spec{})
	p := b.NewPool(2, 0)
	call := func(token uint64, seconds float64) uint64 {
		return p.Call(b.caller, token, calls.Request{Service: sim.Seconds(seconds)})
	}
	slow := call(1, 6)
	call(2, 4)
	call(3, 1)
	call(4, 20)
	call(5, 1)
	b.step(t, 2)
	p.GiveUp(slow)
	b.levels(t, 2, 2, 0, 3)
	call(6, 1) // stands behind those that wait
	b.step(t, 6.5)
	b.levels(t, 2, 2, 0, 1)
	b.step(t, 100)
	b.want(t, "4s: 2", "5s: 3", "7s: 5", "8s: 6", "25s: 4")
}

// When another client was faster to take the connection, those that wait in a pool without any fail.
func TestAPoolThatLostItsConnectionToAnotherFails(t *testing.T) {
	b := newBase(1, Spec{})
	p, other := b.NewPool(1, 0), b.NewPool(1, 0)
	slow := p.Call(b.caller, 1, calls.Request{Service: 3 * sim.Second})
	p.GiveUp(slow)
	b.query(p, 2)
	b.query(other, 3)
	b.want(t, "0s: 3, too many connections")
	b.levels(t, 1, 1, 0, 1)
	b.connections = 0
	b.step(t, 10)
	b.want(t, "0s: 3, too many connections", "3s: 2, too many connections")
	b.levels(t, 0, 0, 0, 0)
}
