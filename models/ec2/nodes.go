package ec2

import (
	"weir/sim"
	"weir/sim/random"
)

// NodeParts are the instances that tasks or pods run on.
type NodeParts struct {
	Type   string
	Tasks  int         // that an instance has room for
	Min    int         // instances that there always are
	Launch random.Dist // nanoseconds from a task that finds no room until its new instance takes it
	Idle   sim.Duration
}

// nodes are the instances that tasks run on: they come when a task finds no room, and go when they have been empty for
// a while. A task takes the first one with room, so that the last ones empty.
type nodes struct {
	g       *group
	parts   *NodeParts
	list    []node
	count   int
	hint    int     // all before it are full
	least   float64 // seconds that nodes of less than a minute are billed beside
	launch  random.Duration
	emptied sim.Event[place]
	runs    sim.Event[place]
}

type node struct {
	tasks int
	turn  uint32
	there bool // ordered, or running
	runs  bool
	ready sim.Time
	since sim.Time // when it began to run
}

func newNodes(g *group, parts *NodeParts) *nodes {
	n := &nodes{g: g, parts: parts}
	n.launch = random.NewDuration(parts.Launch, g.f.eng.Rand(g.f.name+"/node_launch"))
	n.emptied = sim.NewEvent(g.f.eng, g.f.name+"/node_empty", n.leave)
	n.runs = sim.NewEvent(g.f.eng, g.f.name+"/node_runs", n.run)
	return n
}

// begin has the least number of instances ready, and as many as the tasks of the start need.
func (n *nodes) begin(tasks int) {
	for n.count < max(n.parts.Min, (tasks+n.parts.Tasks-1)/n.parts.Tasks) {
		n.add(n.g.f.eng.Now())
	}
}

func (n *nodes) add(ready sim.Time) int {
	n.count++
	at := 0
	for at < len(n.list) && n.list[at].there {
		at++
	}
	if at == len(n.list) {
		n.list = append(n.list, node{})
	}
	d := &n.list[at]
	*d = node{turn: d.turn + 1, there: true, ready: ready}
	n.hint = min(n.hint, at)
	if p := place(at); ready > n.g.f.eng.Now() {
		n.runs.At(ready, p)
	} else {
		n.run(p)
	}
	return at
}

// run is the event that an instance runs, and is billed. Until then it cannot have been empty for long enough to go.
func (n *nodes) run(p place) {
	d := &n.list[uint32(p)]
	d.runs, d.since = true, n.g.f.eng.Now()
	n.g.Nodes.Add(d.since, 1)
	if d.tasks == 0 {
		n.idle(int32(uint32(p)))
	}
}

// reserve gives a task its room, and returns how long it waits for a new instance.
func (n *nodes) reserve(now sim.Time) (at int32, wait sim.Duration) {
	for i := n.hint; i < len(n.list); i++ {
		if !n.list[i].there || n.list[i].tasks == n.parts.Tasks {
			continue
		}
		n.hint = i
		return n.enter(i, now)
	}
	return n.enter(n.add(now.Add(n.launch.Sample())), now)
}

func (n *nodes) enter(i int, now sim.Time) (at int32, wait sim.Duration) {
	n.list[i].tasks++
	return int32(i), max(n.list[i].ready.Sub(now), 0)
}

// release ends a task's stay.
func (n *nodes) release(at int32) {
	d := &n.list[at]
	d.tasks--
	n.hint = min(n.hint, int(at))
	if d.tasks == 0 && d.runs {
		n.idle(at)
	}
}

// idle lets an empty instance go when it has been so for a while.
func (n *nodes) idle(at int32) {
	d := &n.list[at]
	d.turn++
	n.emptied.After(n.parts.Idle, place(d.turn)<<32|place(at))
}

// leave is the event that an instance has been empty for as long as the cluster waits.
func (n *nodes) leave(p place) {
	d := &n.list[uint32(p)]
	if d.there && d.tasks == 0 && d.turn == uint32(p>>32) && n.count > n.parts.Min {
		d.there, d.runs = false, false
		n.count--
		now := n.g.f.eng.Now()
		n.g.Nodes.Add(now, -1)
		n.least += max(60-now.Sub(d.since).Seconds(), 0)
	}
}
