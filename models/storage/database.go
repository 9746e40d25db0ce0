package storage

import (
	"errors"

	"weir/models/cpu"
	"weir/models/message"
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
	ErrConnectionLost     = errors.New("the connection was lost")
	ErrUnavailable        = errors.New("the database accepts no connection")
	ErrBorrowTimeout      = errors.New("the proxy had no connection in time")
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
	// The part of a query's time that needs a vCPU of the class. It slows down while more queries compute than there are
	// vCPUs. None by default: how much of a query computes, and how much waits for disks and locks, no class tells, and
	// there is no CPUUtilization then.
	CPUShare spec.Share `yaml:"cpu_share" default:"0%"`
	// Whether a standby runs in a second zone.
	MultiAZ bool `yaml:"multi_az" default:"false"`
	// How long a fail-over takes until the database accepts connections again; the profile's unless set.
	FailOverTime *spec.Durations `yaml:"fail_over_time"`
	// An RDS Proxy in front of it, which shares few connections among many clients.
	Proxy *ProxySpec `yaml:"proxy"`
	// The VPC that it is in: functions reach it from there only. It is open to all unless set.
	VPC *spec.Link `yaml:"vpc" link:"networks"`
	// Storage provisioned (gp3).
	Storage spec.Size `yaml:"storage" default:"100GiB"`
}

// Engine is a database engine.
type Engine string

// Values lists the engines, for the decoder and the schema.
func (Engine) Values() []string { return []string{"postgres", "mysql"} }

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
	Lost               measure.Counter // queries whose connection was lost in a fail-over
	Unavailable        measure.Counter // queries that found the database failing over
	Unread             measure.Counter // answers that nobody waited for any more
	FailOvers          measure.Counter
	Down               measure.Level      // 1 while it fails over
	Computing          measure.Level      // queries that need a vCPU, where it counts
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
	pools       []*Pool
	class       Class
	proxy       *proxy // nil without one
	cpu         cpu.Processor
	usedBefore  float64 // seconds of vCPUs, until the window began
	outage      outage
	answered    sim.Event[uint32] // a query has been served
	timedOut    sim.Event[uint64] // a query may have waited too long for a connection
	computed    sim.Event[uint32] // the query with the least computing left has none left
	refused     sim.Event[uint32] // a connection that cannot be had is given up
	restored    sim.Event[uint8]  // the fail-over is over
}

// Class is what a database has of its class and of the profile.
type Class struct {
	Connections int64
	VCPUs       int
	Times       *DatabaseTimes // nil for a database that never fails over
}

type query struct {
	caller  message.Caller
	token   uint64
	pool    *Pool
	epoch   uint32 // of the pool, when the query began
	attempt uint32 // of this slot, to tell its timers apart
	begun   sim.Time
	service sim.Duration
	stage   stage
	orphan  bool // nobody waits for it, and its client has closed the connection
	fresh   bool // its connection to the proxy is new
	held    holding
}

// stage is where a query is.
type stage uint8

const (
	outside   stage = iota // over, or given up: its slot may wait for its turn in a line
	pooling                // in the line of its pool
	borrowing              // it has a connection to the proxy, and waits for one to the database
	inLine
	computing
	serving // its answer is scheduled
	refusing
	dead // it was ended while its answer was scheduled: the slot waits for that
)

// NewDatabase returns a database that allows the connections that spec sets, or else as many as its class does.
func NewDatabase(eng *sim.Engine, name string, s *Spec, class Class) *Database {
	d := &Database{name: name, spec: s, eng: eng, connections: class.Connections, lineMax: 1 << 30, class: class}
	d.cpu = cpu.New(max(class.VCPUs, 1))
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
	d.computed = sim.NewEvent(eng, name+"/computed", d.computeDone)
	d.refused = sim.NewEvent(eng, name+"/refused", d.refuse)
	d.restored = sim.NewEvent(eng, name+"/restored", d.restore)
	d.outage = newOutage(d)
	if s.Proxy != nil {
		d.proxy = newProxy(d)
	}
	return d
}

func (d *Database) open(caller message.Caller, token uint64, pool *Pool, service sim.Duration) uint32 {
	q := query{caller: caller, token: token, pool: pool, epoch: pool.epoch, begun: d.eng.Now(), service: service}
	if n := len(d.free); n > 0 {
		i := d.free[n-1]
		d.free = d.free[:n-1]
		q.attempt = d.queries[i].attempt + 1
		d.queries[i] = q
		return i
	}
	d.queries = append(d.queries, q)
	return uint32(len(d.queries) - 1)
}

// start begins a query that has a connection of its pool: to the database, or to its proxy.
func (d *Database) start(i uint32) {
	if d.proxy != nil {
		d.proxy.borrow(i)
		return
	}
	d.serve(i)
}

// serve begins a query that has its connection, or lets it wait in line.
func (d *Database) serve(i uint32) {
	now := d.eng.Now()
	switch {
	case d.Busy.Value() < d.concurrency:
		d.Busy.Add(now, 1)
		d.begin(i)
	case d.line.Len() < d.lineMax:
		d.Waiting.Add(now, 1)
		d.queries[i].stage = inLine
		d.line.Push(i)
	default:
		d.TooBusy.Inc()
		d.end(i, ErrTooBusy)
	}
}

// begin lets a query compute, and then do what else it does.
func (d *Database) begin(i uint32) {
	q := &d.queries[i]
	now := d.eng.Now()
	share := q.service.Share(float64(d.spec.CPUShare))
	if share == 0 {
		q.stage = serving
		d.answered.After(q.service, i)
		return
	}
	q.stage = computing
	q.service -= share // what is left after computing
	d.Computing.Add(now, 1)
	d.cpu.Begin(now, share, uint64(i))
	d.rearm()
}

func (d *Database) rearm() {
	if after, turn, ok := d.cpu.Next(); ok {
		d.computed.After(after, turn)
	}
}

// computeDone is the event that the query with the least computing left has none left.
func (d *Database) computeDone(turn uint32) {
	now := d.eng.Now()
	done, ok := d.cpu.End(now, turn)
	if !ok {
		return
	}
	d.Computing.Add(now, -1)
	d.rearm()
	d.queries[done].stage = serving
	d.answered.After(d.queries[done].service, uint32(done))
}

// answer is the event that a query has been served.
func (d *Database) answer(i uint32) {
	if d.queries[i].stage == dead {
		d.free = append(d.free, i)
		return
	}
	now := d.eng.Now()
	d.Busy.Add(now, -1)
	if d.line.Len() > 0 {
		d.Waiting.Add(now, -1)
		d.Busy.Add(now, 1)
		d.begin(d.line.Pop())
	}
	if d.queries[i].gone() {
		d.Unread.Inc()
	} else {
		d.Queries.Inc()
		d.Response.Record(int64(now.Sub(d.queries[i].begun)))
	}
	d.end(i, nil)
}

// end answers a query that held a connection and hands the connection on. One whose client is gone is closed: the
// database finds out when it answers.
func (d *Database) end(i uint32, err error) {
	q := &d.queries[i]
	gone := q.gone()
	if q.held == lent || gone {
		d.hold(q, nothing)
	}
	ended := *q
	q.stage, q.held = outside, nothing // what it still holds is handed on
	d.free = append(d.free, i)
	if d.proxy != nil {
		d.proxy.next()
	}
	if gone {
		ended.pool.closed(&ended)
		return
	}
	ended.pool.handOn(&ended)
	ended.caller.Answered(ended.token, err)
}
