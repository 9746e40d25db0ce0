package storage

import (
	"weir/models/calls"
	"weir/models/message"
	"weir/sim"
	"weir/sim/ring"
)

// Pool is the connections that one client keeps to a database. Connections are opened as they are needed, never more
// than size, and stay open.
type Pool struct {
	db      *Database
	size    int
	timeout sim.Duration
	open    int
	idle    int
	pinned  int // idle connections that keep one of the database's through the proxy
	closing int // connections closed while a query was served, which the database has not found out yet
	borrows int // queries that wait for one of the proxy's connections
	epoch   uint32
	line    ring.Buffer[uint32]
}

// NewPool returns a pool without open connections. A query that waits longer than timeout for a connection fails; zero
// waits for ever.
func (d *Database) NewPool(size int, timeout sim.Duration) *Pool {
	p := &Pool{db: d, size: size, timeout: timeout}
	d.pools = append(d.pools, p)
	return p
}

// Query asks the database for service that takes the given time once it is the query's turn. It fails with
// ErrTooManyConnections when the pool must open a connection for it and the database has none left, with ErrPoolTimeout
// or with ErrTooBusy.
func (p *Pool) Query(caller message.Caller, token uint64, service sim.Duration) {
	p.Call(caller, token, calls.Request{Service: service})
}

// Call asks the database as Query does, and returns what GiveUp is told.
func (p *Pool) Call(caller message.Caller, token uint64, r calls.Request) uint64 {
	d := p.db
	i := d.open(caller, token, p, r.Service)
	handle := uint64(d.queries[i].attempt)<<32 | uint64(i) + 1
	switch {
	case p.idle+p.pinned > 0:
		p.take(&d.queries[i])
		d.start(i)
	case p.line.Len() == 0 && p.mayOpen(0):
		p.connect(i)
	default:
		d.queries[i].stage = pooling
		d.PoolWaiting.Add(d.eng.Now(), 1)
		p.line.Push(i)
		if p.timeout > 0 {
			d.timedOut.After(p.timeout, uint64(d.queries[i].attempt)<<32|uint64(i))
		}
		p.grow()
	}
	return handle
}

// mayOpen reports whether a query that needs a connection opens one, be it that it is refused. While the database has
// none left, it rather waits for one that the pool is closing, or for those in use that it has in line for already.
func (p *Pool) mayOpen(inUse int) bool {
	d := p.db
	return p.open < p.size && (inUse+p.closing == 0 || d.proxy != nil || d.Connections.Value() < d.connections)
}

// connect opens a connection for a query, if one is to be had.
func (p *Pool) connect(i uint32) {
	d := p.db
	now := d.eng.Now()
	q := &d.queries[i]
	switch {
	case d.proxy != nil:
		p.open++
		q.fresh = true
		d.proxy.Clients.Add(now, 1)
		d.start(i)
	case d.outage.down:
		q.stage = refusing
		d.refused.After(d.class.Times.Refusal.Sim(), i)
	case d.Connections.Value() < d.connections:
		p.open++
		d.hold(q, own)
		d.start(i)
	default:
		d.TooManyConnections.Inc()
		caller, token := q.caller, q.token
		d.free = append(d.free, i)
		caller.Answered(token, ErrTooManyConnections)
	}
}

// GiveUp says that nobody waits for a query any more. One that waits for a connection is forgotten. Of one under way
// the client closes the connection, for it cannot tell which answer comes next on it; the database serves the query to
// its end and finds out then.
func (p *Pool) GiveUp(handle uint64) {
	d := p.db
	i := uint32(handle - 1)
	q := &d.queries[i]
	if q.attempt != uint32((handle-1)>>32) || q.gone() {
		return
	}
	now := d.eng.Now()
	switch q.stage {
	case pooling:
		q.stage = outside
		d.PoolWaiting.Add(now, -1)
	case refusing:
		q.stage = dead
	case borrowing: // the proxy sees that its client is gone, and frees the slot when it is its turn
		d.proxy.leave(q)
		d.hold(q, nothing)
		p.close(now)
		d.proxy.next()
	case inLine, computing, serving:
		q.orphan = true
		q.caller = message.Nobody{}
		if d.proxy == nil {
			p.closing++
		}
		p.close(now)
	}
}

// close closes a connection whose query was given up, and opens another for the next query in line.
func (p *Pool) close(now sim.Time) {
	d := p.db
	p.open--
	if d.proxy != nil {
		d.proxy.Clients.Add(now, -1)
	}
	p.grow()
}

// grow opens connections for the queries in line, while they are to be had. It is tried again when a query comes or
// ends.
func (p *Pool) grow() {
	d := p.db
	for p.line.Len() > 0 && p.mayOpen(p.open) {
		i := p.line.Pop()
		if d.queries[i].stage != pooling {
			d.free = append(d.free, i)
			continue
		}
		d.queries[i].stage = outside
		d.PoolWaiting.Add(d.eng.Now(), -1)
		p.connect(i)
	}
}

// closed says that the database has found out that a connection is closed.
func (p *Pool) closed(q *query) {
	if p.db.proxy == nil && q.epoch == p.epoch {
		p.closing--
		p.grow()
	}
}

// handOn gives the connection of a query that ended to the next one in line, or keeps it idle; one of an earlier epoch
// is closed already.
func (p *Pool) handOn(q *query) {
	d := p.db
	if q.epoch != p.epoch {
		return
	}
	for p.line.Len() > 0 {
		i := p.line.Pop()
		if d.queries[i].stage != pooling {
			d.free = append(d.free, i) // timed out while it stood in line
			continue
		}
		d.queries[i].stage, d.queries[i].held = outside, q.held
		d.PoolWaiting.Add(d.eng.Now(), -1)
		d.start(i)
		p.grow()
		return
	}
	p.keep(q.held)
}

// timeOut is the event that a query may have waited too long for a connection.
func (d *Database) timeOut(arg uint64) {
	i := uint32(arg)
	q := &d.queries[i]
	if q.attempt != uint32(arg>>32) || q.stage != pooling {
		return
	}
	q.stage = outside
	d.PoolWaiting.Add(d.eng.Now(), -1)
	d.PoolTimeouts.Inc()
	q.caller.Answered(q.token, ErrPoolTimeout)
}

// Reset drops the pool with its client: idle connections are closed, those in use when their query ends, and the
// queries in line are forgotten, those in the proxy's line, too. What the database serves already goes on to its end,
// and nobody reads the answer, as when GiveUp was called for each.
func (p *Pool) Reset() {
	d := p.db
	now := d.eng.Now()
	if d.proxy != nil {
		d.proxy.Clients.Add(now, int64(-p.open))
		d.proxy.Borrowing.Add(now, int64(-p.borrows)) // each leaves the line when it is its turn
		p.borrows = 0
	}
	p.forget(now)
	if d.proxy != nil {
		d.proxy.next()
	}
}

// forget empties a pool: its idle connections are closed.
func (p *Pool) forget(now sim.Time) {
	d := p.db
	for p.line.Len() > 0 {
		i := p.line.Pop()
		if d.queries[i].stage == pooling {
			d.queries[i].stage = outside
			d.PoolWaiting.Add(now, -1)
		}
		d.free = append(d.free, i)
	}
	d.Connections.Add(now, int64(-p.kept()))
	p.open, p.idle, p.pinned, p.closing = 0, 0, 0, 0
	p.epoch++
}
