package storage

import "fmt"

// holding is what a query has of the connections to the database.
//
//	          ┌──── a connection of its pool ────▶ own ─────┐
//	nothing ──┼──── of the proxy ────────────────▶ lent ────┼──▶ nothing: it goes back, is closed, or is handed on
//	          └──── of its session ──────────────▶ pinned ──┘
type holding uint8

const (
	nothing holding = iota // a place in a line, or a connection to the proxy alone
	own                    // its client's connection, which its pool keeps afterwards: there is no proxy
	lent                   // a connection of the proxy's, which goes back to it
	pinned                 // the connection that its session keeps through the proxy
)

// hold sets what a query holds. A connection that it held before is closed, or back at the proxy; one that it holds
// now is opened, or borrowed. What passes from query to query, or to and from a pool, is no matter of the database's
// and is not booked: see take and pass.
func (d *Database) hold(q *query, now holding) {
	by := int64(0)
	if q.held != nothing {
		by--
	}
	if now != nothing {
		by++
	}
	q.held = now
	if by != 0 {
		d.Connections.Add(d.eng.Now(), by)
	}
}

// take gives a query an idle connection of its pool.
func (p *Pool) take(q *query) {
	switch {
	case p.pinned > 0:
		p.pinned--
		q.held = pinned
	case p.db.proxy != nil:
		p.idle-- // it borrows one of the database's each time
	default:
		p.idle--
		q.held = own
	}
}

// keep makes the connection of a query that ended an idle one of its pool.
func (p *Pool) keep(held holding) {
	if held == pinned {
		p.pinned++
		return
	}
	p.idle++
}

// kept returns the connections to the database that are idle in the pool.
func (p *Pool) kept() int {
	if p.db.proxy != nil {
		return p.pinned
	}
	return p.idle
}

// gone reports whether the connection that a query came through is closed: its client gave the query up, or is
// another one by now.
func (q *query) gone() bool { return q.orphan || q.epoch != q.pool.epoch }

// borrows reports whether a query waits for one of the proxy's connections: one whose client is gone does no more.
func (q *query) borrows() bool { return q.stage == borrowing && !q.gone() }

// underWay reports whether a query has a connection of its pool.
func (q *query) underWay() bool { return q.stage >= borrowing && q.stage <= serving }

// Check reports what does not fit together in queries, pools and levels: for tests.
func (d *Database) Check() error {
	var held, clients, busy, inProxy, pooled int64
	open, closing, borrows := map[*Pool]int{}, map[*Pool]int{}, map[*Pool]int{}
	for i := range d.queries {
		q := &d.queries[i]
		if (q.held != nothing) != (q.stage >= inLine && q.stage <= serving) && !(q.held == pinned && q.stage == borrowing) {
			return fmt.Errorf("%s: query %d holds %d in stage %d", d.name, i, q.held, q.stage)
		}
		if q.held != nothing {
			held++
		}
		switch {
		case !q.underWay():
		case !q.gone():
			open[q.pool]++
		case q.epoch == q.pool.epoch && d.proxy == nil:
			closing[q.pool]++
		}
		switch q.stage {
		case computing, serving:
			busy++
		case borrowing:
			if !q.gone() {
				inProxy++
				borrows[q.pool]++
			}
		case pooling:
			pooled++
		}
	}
	for _, p := range d.pools {
		held += int64(p.kept())
		clients += int64(p.open)
		if borrows[p] != p.borrows {
			return fmt.Errorf("%s: %d queries of a pool wait for the proxy, counted %d", d.name, borrows[p], p.borrows)
		}
		if open[p]+p.idle+p.pinned != p.open || p.open > p.size || closing[p] != p.closing {
			return fmt.Errorf("%s: %d queries of a pool are under way and %d given up, %d connections are idle and %d pinned, of "+
				"%d open, %d closing and %d that it may have", d.name, open[p], closing[p], p.idle, p.pinned, p.open, p.closing,
				p.size)
		}
	}
	got, want := []int64{d.Connections.Value(), d.Busy.Value(), d.PoolWaiting.Value()}, []int64{held, busy, pooled}
	if d.proxy != nil {
		got, want = append(got, d.proxy.Borrowing.Value(), d.proxy.Clients.Value()), append(want, inProxy, clients)
	}
	for i := range got {
		if got[i] != want[i] {
			return fmt.Errorf("%s: connections, busy, waiting in pools, borrowing and clients are %d, counted %d", d.name, got,
				want)
		}
	}
	return nil
}
