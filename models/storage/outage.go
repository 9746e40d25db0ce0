package storage

import (
	"weir/models/spec"
	"weir/sim"
	"weir/sim/random"
)

// DatabaseTimes are the times of RDS that a profile holds.
type DatabaseTimes struct {
	FailOver     spec.Durations `aws:"rds.fail_over.multi_az"`
	Recovery     spec.Durations `aws:"rds.recovery.single_az"`
	ProxyShare   spec.Share     `aws:"rds.proxy.fail_over_share"`
	ProxyLatency spec.Durations `aws:"rds.proxy.latency"`
	Refusal      spec.Duration  `aws:"rds.refusal"`
}

// outage is a fail-over of a database.
type outage struct {
	down  bool
	takes random.Duration
	share float64 // of that time, when there is a proxy
}

func newOutage(d *Database) outage {
	o := outage{share: 1}
	times := d.class.Times
	if times == nil {
		return o
	}
	takes := times.Recovery.Dist()
	if d.spec.MultiAZ {
		takes = times.FailOver.Dist()
	}
	switch {
	case d.spec.FailOverTime != nil:
		takes = d.spec.FailOverTime.Dist()
	case d.spec.Proxy != nil:
		o.share = float64(times.ProxyShare)
	}
	o.takes = random.NewDuration(takes, d.eng.Rand(d.name+"/failOver"))
	return o
}

// FailOver lets the standby take over, or a database without one recover: all connections are lost, and none is to be
// had until it is over. The queries under way fail. With a proxy, its clients keep their connections and their queries
// wait. It does nothing while a fail-over is under way.
func (d *Database) FailOver() {
	if d.outage.down {
		return
	}
	now := d.eng.Now()
	d.FailOvers.Inc()
	d.outage.down = true
	d.Down.Add(now, 1)
	takes := d.outage.takes.Sample()
	d.restored.After(sim.Duration(float64(takes)*d.outage.share), 0)
	d.loseAll(now)
}

// restore is the event that the database accepts connections again.
func (d *Database) restore(uint8) {
	d.outage.down = false
	d.Down.Add(d.eng.Now(), -1)
	if d.proxy != nil {
		d.proxy.next()
	}
}

// loseAll closes all connections to the database. Who is answered may query again at once.
func (d *Database) loseAll(now sim.Time) {
	d.Busy.Add(now, -d.Busy.Value())
	d.Waiting.Add(now, -d.Waiting.Value())
	d.Computing.Add(now, int64(-d.cpu.Clear(now)))
	for d.line.Len() > 0 {
		d.line.Pop()
	}
	var lost []query
	for i := range d.queries {
		q := &d.queries[i]
		d.hold(q, nothing) // a session that was pinned is so no more
		ends := q.stage >= inLine && q.stage <= serving || q.stage == pooling && d.proxy == nil
		if ends && !q.gone() {
			lost = append(lost, *q)
		}
		switch {
		case !ends:
		case q.stage == pooling:
			q.stage = outside // its slot is freed when it is its turn in the pool's line
			d.PoolWaiting.Add(now, -1)
		case q.stage == serving:
			q.stage = dead
		default:
			q.stage = outside
			d.free = append(d.free, uint32(i))
		}
	}
	for _, p := range d.pools {
		if d.proxy == nil {
			p.forget(now)
			continue
		}
		d.Connections.Add(now, int64(-p.pinned))
		p.idle, p.pinned = p.idle+p.pinned, 0
	}
	for i := range lost {
		q := &lost[i]
		d.Lost.Inc()
		if d.proxy != nil {
			q.pool.handOn(q)
		}
		q.caller.Answered(q.token, ErrConnectionLost)
	}
}

// refuse is the event that a connection that cannot be had is given up.
func (d *Database) refuse(i uint32) {
	q := d.queries[i]
	d.queries[i].stage = outside
	d.free = append(d.free, i)
	d.Unavailable.Inc()
	if q.stage == refusing {
		q.caller.Answered(q.token, ErrUnavailable)
	}
}
