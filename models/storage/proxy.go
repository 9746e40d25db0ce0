package storage

import (
	"weir/models/spec"
	"weir/sim"
	"weir/sim/measure"
	"weir/sim/random"
	"weir/sim/ring"
)

// ProxySpec is an RDS Proxy. Its clients keep connections to it, as many as they like; each query borrows one of the
// connections that it keeps to the database.
type ProxySpec struct {
	// Connections to the database at the most, of its max_connections (AWS: MaxConnectionsPercent).
	MaxConnectionsPercent spec.Share `yaml:"max_connections_percent" default:"100%"`
	// How long a query waits for one (AWS: ConnectionBorrowTimeout).
	ConnectionBorrowTimeout spec.Duration `yaml:"connection_borrow_timeout" default:"120s" min:"1s" max:"5m"`
	// Share of the clients' connections whose session is pinned: each keeps a connection to the database for itself.
	Pinned spec.Share `yaml:"pinned" default:"0%"`
}

// ProxyStats is what a proxy measures.
type ProxyStats struct {
	Clients        measure.Level // their connections to the proxy
	Borrowing      measure.Level // queries that wait for a connection
	BorrowTimeouts measure.Counter
}

// proxy shares the connections to a database. What is borrowed stands in the database's level of connections.
type proxy struct {
	ProxyStats
	db       *Database
	size     int64
	line     ring.Buffer[uint32]
	latency  random.Duration
	luck     *sim.Rand
	asked    sim.Event[uint64] // a query has reached the proxy
	timedOut sim.Event[uint64] // a query may have waited too long
}

func newProxy(d *Database) *proxy {
	p := &proxy{db: d, luck: d.eng.Rand(d.name + "/pinned")}
	p.size = max(int64(float64(d.connections)*float64(d.spec.Proxy.MaxConnectionsPercent)), 1)
	if t := d.class.Times; t != nil {
		p.latency = random.NewDuration(t.ProxyLatency.Dist(), d.eng.Rand(d.name+"/proxy"))
	}
	p.asked = sim.NewEvent(d.eng, d.name+"/proxyAsked", p.ask)
	p.timedOut = sim.NewEvent(d.eng, d.name+"/borrowTimeout", p.timeOut)
	return p
}

// borrow takes a query whose client has a connection to the proxy.
func (p *proxy) borrow(i uint32) {
	d := p.db
	q := &d.queries[i]
	q.stage = borrowing
	q.pool.borrows++
	p.Borrowing.Add(d.eng.Now(), 1)
	if takes := p.latency.Sample(); takes > 0 {
		p.asked.After(takes, uint64(q.attempt)<<32|uint64(i))
		return
	}
	p.ask(uint64(q.attempt)<<32 | uint64(i))
}

// leave takes a query whose client waits still out of those that wait.
func (p *proxy) leave(q *query) {
	q.stage = outside
	q.pool.borrows--
	p.Borrowing.Add(p.db.eng.Now(), -1)
}

// ask is the event that a query has reached the proxy.
func (p *proxy) ask(arg uint64) {
	d := p.db
	i := uint32(arg)
	q := &d.queries[i]
	switch {
	case q.attempt != uint32(arg>>32):
	case !q.borrows(): // given up meanwhile
		p.drop(i)
		p.next() // its session may have kept a connection
	case q.held == pinned:
		p.leave(q)
		q.stage = inLine
		d.serve(i)
	case p.free():
		p.lend(i)
	default:
		p.line.Push(i)
		p.timedOut.After(d.spec.Proxy.ConnectionBorrowTimeout.Sim(), arg)
	}
}

// drop frees the slot of a query that was given up, when it is its turn.
func (p *proxy) drop(i uint32) {
	d := p.db
	d.hold(&d.queries[i], nothing)
	d.queries[i].stage = outside
	d.free = append(d.free, i)
}

func (p *proxy) free() bool { return !p.db.outage.down && p.db.Connections.Value() < p.size }

// lend gives a query a connection to the database.
func (p *proxy) lend(i uint32) {
	d := p.db
	q := &d.queries[i]
	p.leave(q)
	held := lent
	if share := d.spec.Proxy.Pinned; share > 0 && q.fresh && p.luck.Float64() < float64(share) {
		held = pinned
	}
	d.hold(q, held)
	q.stage = inLine
	d.serve(i)
}

// next lends what is free to those that wait.
func (p *proxy) next() {
	for p.line.Len() > 0 && p.free() {
		i := p.line.Pop()
		if p.db.queries[i].borrows() {
			p.lend(i)
		} else {
			p.drop(i)
		}
	}
}

// timeOut is the event that a query may have waited too long for a connection.
func (p *proxy) timeOut(arg uint64) {
	d := p.db
	i := uint32(arg)
	q := &d.queries[i]
	if q.attempt != uint32(arg>>32) || !q.borrows() {
		return
	}
	p.BorrowTimeouts.Inc()
	p.leave(q) // its slot is freed when it is its turn in line
	ended := *q
	ended.pool.handOn(&ended)
	ended.caller.Answered(ended.token, ErrBorrowTimeout)
}
