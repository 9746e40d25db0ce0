package storage

import (
	"errors"

	"weir/models/spec"
	"weir/sim"
	"weir/sim/measure"
	"weir/sim/ring"
)

// Errors that a query ends with.
var (
	ErrTooManyConnections = errors.New("too many connections")
	ErrPoolTimeout        = errors.New("no connection came free in time")
	ErrTooBusy            = errors.New("the line of waiting queries is full")
)

// Spec is a relational database (RDS) as the scenario describes it.
type Spec struct {
	// Engine: postgres or mysql.
	Engine Engine `yaml:"engine" default:"postgres"`
	// Instance class, such as db.m5.large.
	Instance string `yaml:"instance" default:"db.m5.large"`
	// Connections that clients may hold at once; the engine's formula over the class's memory unless set.
	MaxConnections *int `yaml:"max_connections" min:"1" max:"1000000"`
	// Queries served at once, the others wait in line; as many as there are connections unless set.
	Concurrency *int `yaml:"concurrency" min:"1" max:"1000000"`
	// Queries that may wait in line; one more fails at once. Without limit unless set.
	MaxWaiting *int `yaml:"max_waiting" min:"0" max:"1000000"`
	// Whether a standby runs in a second zone.
	MultiAZ bool `yaml:"multi_az" default:"false"`
	// The VPC that it is in: functions reach it from there only. It is open to all unless set.
	VPC *spec.Link `yaml:"vpc" link:"networks"`
	// Storage provisioned (gp3).
	Storage spec.Size `yaml:"storage" default:"100GiB"`
}

// Engine is a database engine.
type Engine string

// Values lists the engines, for the decoder and the schema.
func (Engine) Values() []string { return []string{"postgres", "mysql"} }

// Caller is who queries a database; the answer comes through it.
type Caller = interface {
	Answered(token uint64, err error)
}

// Stats is what a database measures.
type Stats struct {
	Connections measure.Level // open, busy or not
	Busy        measure.Level // queries being served
	Waiting     measure.Level // queries waiting to be served
	PoolWaiting measure.Level // queries waiting in their client's pool for a connection

	Queries            measure.Counter // answered without error
	TooManyConnections measure.Counter
	PoolTimeouts       measure.Counter
	TooBusy            measure.Counter
	Response           *measure.Histogram // from the call to the answer, of the queries answered without error
}

// Database is a station behind a limit of connections.
type Database struct {
	Stats

	name        string
	spec        *Spec
	eng         *sim.Engine
	connections int64
	concurrency int64
	lineMax     int
	begun       sim.Time // of the window
	queries     []query
	free        []uint32
	line        ring.Buffer[uint32]
	answered    sim.Event[uint32] // a query has been served
	timedOut    sim.Event[uint64] // a query may have waited too long for a connection
}

type query struct {
	caller  Caller
	token   uint64
	pool    *Pool
	epoch   uint32 // of the pool, when the query began
	attempt uint32 // of this slot, to tell its timers apart
	waiting bool   // in the pool's line
	begun   sim.Time
	service sim.Duration
}

// NewDatabase returns a database that allows the connections that spec sets, or else as many as its class does.
func NewDatabase(eng *sim.Engine, name string, s *Spec, classConnections int64) *Database {
	d := &Database{name: name, spec: s, eng: eng, connections: classConnections, lineMax: 1 << 30}
	d.Response = measure.NewHistogram()
	if s.MaxConnections != nil {
		d.connections = int64(*s.MaxConnections)
	}
	d.concurrency = d.connections
	if s.Concurrency != nil {
		d.concurrency = int64(*s.Concurrency)
	}
	if s.MaxWaiting != nil {
		d.lineMax = *s.MaxWaiting
	}
	d.answered = sim.NewEvent(eng, name+"/answered", d.answer)
	d.timedOut = sim.NewEvent(eng, name+"/poolTimeout", d.timeOut)
	return d
}

func (d *Database) open(caller Caller, token uint64, pool *Pool, service sim.Duration) uint32 {
	if n := len(d.free); n > 0 {
		i := d.free[n-1]
		d.free = d.free[:n-1]
		d.queries[i] = query{caller, token, pool, pool.epoch, d.queries[i].attempt + 1, false, d.eng.Now(), service}
		return i
	}
	d.queries = append(d.queries, query{caller, token, pool, pool.epoch, 0, false, d.eng.Now(), service})
	return uint32(len(d.queries) - 1)
}

// serve begins a query that has its connection, or lets it wait in line.
func (d *Database) serve(i uint32) {
	now := d.eng.Now()
	switch {
	case d.Busy.Value() < d.concurrency:
		d.Busy.Add(now, 1)
		d.answered.After(d.queries[i].service, i)
	case d.line.Len() < d.lineMax:
		d.Waiting.Add(now, 1)
		d.line.Push(i)
	default:
		d.TooBusy.Inc()
		d.end(i, ErrTooBusy)
	}
}

// answer is the event that a query has been served.
func (d *Database) answer(i uint32) {
	now := d.eng.Now()
	d.Busy.Add(now, -1)
	if d.line.Len() > 0 {
		d.Waiting.Add(now, -1)
		d.Busy.Add(now, 1)
		next := d.line.Pop()
		d.answered.After(d.queries[next].service, next)
	}
	d.Queries.Inc()
	d.Response.Record(int64(now.Sub(d.queries[i].begun)))
	d.end(i, nil)
}

// end answers a query that held a connection and hands the connection on.
func (d *Database) end(i uint32, err error) {
	q := d.queries[i]
	d.free = append(d.free, i)
	q.pool.handOn(q.epoch)
	q.caller.Answered(q.token, err)
}

// Pool is the connections that one client keeps to a database. Connections are opened as they are needed, never more
// than size, and stay open.
type Pool struct {
	db      *Database
	size    int
	timeout sim.Duration
	open    int
	idle    int
	epoch   uint32
	line    ring.Buffer[uint32]
}

// NewPool returns a pool without open connections. A query that waits longer than timeout for a connection fails; zero
// waits for ever.
func (d *Database) NewPool(size int, timeout sim.Duration) *Pool {
	return &Pool{db: d, size: size, timeout: timeout}
}

// Query asks the database for service that takes the given time once it is the query's turn. It fails with
// ErrTooManyConnections when the pool must open a connection and the database has none left, with ErrPoolTimeout or
// with ErrTooBusy.
func (p *Pool) Query(caller Caller, token uint64, service sim.Duration) {
	d := p.db
	now := d.eng.Now()
	switch {
	case p.idle > 0:
		p.idle--
		d.serve(d.open(caller, token, p, service))
	case p.open < p.size && d.Connections.Value() < d.connections:
		p.open++
		d.Connections.Add(now, 1)
		d.serve(d.open(caller, token, p, service))
	case p.open < p.size:
		d.TooManyConnections.Inc()
		caller.Answered(token, ErrTooManyConnections)
	default:
		i := d.open(caller, token, p, service)
		d.queries[i].waiting = true
		d.PoolWaiting.Add(now, 1)
		p.line.Push(i)
		if p.timeout > 0 {
			d.timedOut.After(p.timeout, uint64(d.queries[i].attempt)<<32|uint64(i))
		}
	}
}

// handOn gives a connection that came free to the next query in line, or keeps it idle; one of an earlier epoch is
// closed.
func (p *Pool) handOn(epoch uint32) {
	d := p.db
	if epoch != p.epoch {
		d.Connections.Add(d.eng.Now(), -1)
		return
	}
	for p.line.Len() > 0 {
		i := p.line.Pop()
		if !d.queries[i].waiting {
			d.free = append(d.free, i) // timed out while it stood in line
			continue
		}
		d.queries[i].waiting = false
		d.PoolWaiting.Add(d.eng.Now(), -1)
		d.serve(i)
		return
	}
	p.idle++
}

// timeOut is the event that a query may have waited too long for a connection.
func (d *Database) timeOut(arg uint64) {
	i := uint32(arg)
	q := &d.queries[i]
	if q.attempt != uint32(arg>>32) || !q.waiting {
		return
	}
	q.waiting = false
	d.PoolWaiting.Add(d.eng.Now(), -1)
	d.PoolTimeouts.Inc()
	q.caller.Answered(q.token, ErrPoolTimeout)
}

// Reset drops the pool with its client: idle connections are closed, those in use when their query ends, and the
// queries in line are forgotten.
func (p *Pool) Reset() {
	d := p.db
	now := d.eng.Now()
	d.Connections.Add(now, int64(-p.idle))
	for p.line.Len() > 0 {
		i := p.line.Pop()
		if d.queries[i].waiting {
			d.queries[i].waiting = false
			d.PoolWaiting.Add(now, -1)
		}
		d.free = append(d.free, i)
	}
	p.open, p.idle = 0, 0
	p.epoch++
}
