package cache

import (
	"errors"

	"weir/models/calls"
	"weir/models/message"
	"weir/models/spec"
	"weir/sim"
	"weir/sim/measure"
	"weir/sim/random"
	"weir/sim/ring"
)

// ErrMaxClients is the answer to a connection beyond what a node takes.
var ErrMaxClients = errors.New("max number of clients reached")

// Spec is a cache of ElastiCache, as the scenario describes it.
type Spec struct {
	// Engine: valkey, redis or memcached.
	Engine Engine `yaml:"engine" default:"redis"`
	// Node type, such as cache.m4.large: its price.
	Node string `yaml:"node" default:"cache.m4.large"`
	// Nodes that serve, each with a part of the keys.
	Nodes int `yaml:"nodes" default:"1" min:"1" max:"500"`
	// Replicas of each, which are billed.
	Replicas int `yaml:"replicas" default:"0" min:"0" max:"5"`
	// Share of the reads that find their value.
	HitShare spec.Share `yaml:"hit_share" default:"90%"`
	// What a command takes of the engine's thread; the profile's unless set.
	CommandTime *spec.Durations `yaml:"command_time"`
}

// Engine is the engine of a cache.
type Engine string

// Values lists the engines, for the decoder and the schema.
func (Engine) Values() []string { return []string{"valkey", "redis", "memcached"} }

// Limits are the constants of ElastiCache that a profile holds.
type Limits struct {
	Connections int64          `aws:"elasticache.connections_max"`
	CommandTime spec.Durations `aws:"elasticache.command_time"`
	Latency     spec.Durations `aws:"elasticache.latency"`
}

// Stats is what a cache measures.
type Stats struct {
	Busy        measure.Level // nodes that serve a command
	Waiting     measure.Level // commands
	Connections measure.Level // to all nodes

	Commands measure.Counter // served
	Hits     measure.Counter
	Misses   measure.Counter
	Refused  measure.Counter // commands without a connection
	Unread   measure.Counter // answers that nobody waited for any more
	Response *measure.Histogram
}

// Cache is a cache.
type Cache struct {
	Stats

	name     string
	spec     *Spec
	eng      *sim.Engine
	limit    *Limits
	nodes    []node
	commands []command
	free     []uint32
	time     random.Duration
	luck     *sim.Rand
	begun    sim.Time
	served   sim.Event[uint32]
}

type node struct {
	busy        bool
	line        ring.Buffer[uint32]
	connections int64
}

type command struct {
	caller message.Caller
	token  uint64
	came   sim.Time
	takes  sim.Duration
	node   int32
	write  bool
	turn   uint32 // tells those of one slot apart
}

// New returns an idle cache.
func New(eng *sim.Engine, name string, s *Spec, limit *Limits) *Cache {
	c := &Cache{name: name, spec: s, eng: eng, limit: limit, nodes: make([]node, s.Nodes)}
	c.Response = measure.NewHistogram()
	takes := limit.CommandTime.Dist()
	if s.CommandTime != nil {
		takes = s.CommandTime.Dist()
	}
	c.time = random.NewDuration(takes, eng.Rand(name+"/command"))
	c.luck = eng.Rand(name + "/hit")
	c.served = sim.NewEvent(eng, name+"/served", c.end)
	return c
}

// Client returns the cache as one process calls it, with so many connections to each node.
func (c *Cache) Client(o calls.Operation, connections int) calls.Callee {
	return &client{cache: c, write: o == calls.Write, each: int64(connections), open: make([]bool, len(c.nodes))}
}

// client is the connections of one process.
type client struct {
	cache *Cache
	write bool
	each  int64
	open  []bool // by node
}

// Call sends a command to the node of its key.
func (l *client) Call(caller message.Caller, token uint64, r calls.Request) uint64 {
	c := l.cache
	now, at := c.eng.Now(), int(r.Key)%len(c.nodes)
	n := &c.nodes[at]
	if !l.open[at] {
		if n.connections+l.each > c.limit.Connections {
			c.Refused.Inc()
			caller.Answered(token, ErrMaxClients)
			return 0
		}
		l.open[at] = true
		n.connections += l.each
		c.Connections.Add(now, l.each)
	}
	if len(c.free) == 0 {
		c.free = append(c.free, uint32(len(c.commands)))
		c.commands = append(c.commands, command{})
	}
	i := c.free[len(c.free)-1]
	c.free = c.free[:len(c.free)-1]
	turn := c.commands[i].turn + 1
	takes := r.Own(c.time.Sample())
	c.commands[i] = command{caller, token, now, takes, int32(at), l.write, turn}
	if n.busy {
		c.Waiting.Add(now, 1)
		n.line.Push(i)
	} else {
		n.busy = true
		c.Busy.Add(now, 1)
		c.served.After(takes, i)
	}
	return uint64(turn)<<32 | uint64(i)
}

// GiveUp notes that nobody waits for a command any more. It is served all the same.
func (l *client) GiveUp(handle uint64) {
	if k := &l.cache.commands[uint32(handle)]; k.turn == uint32(handle>>32) {
		k.caller = nil
	}
}

// Reset closes the connections of the process.
func (l *client) Reset() {
	c := l.cache
	for at, open := range l.open {
		if open {
			l.open[at] = false
			c.nodes[at].connections -= l.each
			c.Connections.Add(c.eng.Now(), -l.each)
		}
	}
}

// end is the event that a command has been served.
func (c *Cache) end(i uint32) {
	now := c.eng.Now()
	k := c.commands[i]
	n := &c.nodes[k.node]
	if n.line.Len() > 0 {
		c.Waiting.Add(now, -1)
		next := n.line.Pop()
		c.served.After(c.commands[next].takes, next)
	} else {
		n.busy = false
		c.Busy.Add(now, -1)
	}
	c.commands[i].turn++
	c.free = append(c.free, i)
	c.Commands.Inc()
	c.Response.Record(int64(now.Sub(k.came)))
	hit := k.write || c.luck.Float64() < float64(c.spec.HitShare)
	switch {
	case k.write:
	case hit:
		c.Hits.Inc()
	default:
		c.Misses.Inc()
	}
	switch {
	case k.caller == nil:
		c.Unread.Inc()
	case hit:
		k.caller.Answered(k.token, nil)
	default:
		k.caller.Answered(k.token, calls.ErrMiss)
	}
}
