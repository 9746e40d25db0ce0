package storage

import (
	"math"
	"testing"

	"weir/models/aws"
	"weir/models/calls"
	"weir/models/message"
	"weir/models/spec"
	"weir/sim"
)

// erlang sends queries at random instants, each by a client of its own that keeps no connection.
type erlang struct {
	db    *Database
	eng   *sim.Engine
	rand  *sim.Rand
	rate  float64
	time  float64
	sent  int
	lost  int
	next  sim.Event[uint8]
	pools map[uint64]*Pool
}

func (e *erlang) exponential(mean float64) sim.Duration {
	return sim.Seconds(-mean * math.Log(1-e.rand.Float64()))
}

func (e *erlang) send(uint8) {
	e.sent++
	p := e.db.NewPool(1, 0)
	e.pools[uint64(e.sent)] = p
	p.Query(e, uint64(e.sent), e.exponential(e.time))
	e.next.After(e.exponential(1/e.rate), 0)
}

func (e *erlang) Answered(token uint64, err error) {
	if err == ErrTooManyConnections {
		e.lost++
	}
	e.pools[token].Reset()
	delete(e.pools, token)
}

// Erlang's B: with max_connections places and clients that come at random and do not wait, the share
// (a^c/c!)/Σ(a^k/k!) of the connections is refused (Erlang, 1917).
func TestConnectionsAreRefusedByErlangsB(t *testing.T) {
	const places, load = 20, 18.0
	blocked := 1.0
	for k := 1; k <= places; k++ {
		blocked = load * blocked / (float64(k) + load*blocked)
	}
	eng := sim.NewEngine(1, 0)
	e := &erlang{
		db: NewDatabase(eng, "db", &Spec{}, Class{Connections: places}), eng: eng, rand: eng.Rand("source"), rate: 180,
		time: 0.1, pools: map[uint64]*Pool{},
	}
	e.next = sim.NewEvent(eng, "next", e.send)
	e.next.After(0, 0)
	eng.Run(sim.Time(3000*sim.Second), 1<<40)
	if got := float64(e.lost) / float64(e.sent); math.Abs(got/blocked-1) > 0.02 {
		t.Errorf("a share of %v was refused, want %v", got, blocked)
	}
}

// A query that computes all the time shares the vCPUs: M/M/1-PS on one of them takes E[S]/(1-ρ) on average, as first
// come first served does (Kleinrock, Queueing Systems II, 1976).
func TestQueriesShareTheVCPUs(t *testing.T) {
	eng := sim.NewEngine(1, 0)
	e := &erlang{
		db: NewDatabase(eng, "db", &Spec{CPUShare: 1}, Class{Connections: 1 << 30, VCPUs: 1}), eng: eng,
		rand: eng.Rand("source"), rate: 8, time: 0.1, pools: map[uint64]*Pool{},
	}
	e.next = sim.NewEvent(eng, "next", e.send)
	e.next.After(0, 0)
	eng.Run(sim.Time(60000*sim.Second), 1<<40)
	if got := e.db.Response.Mean() / 1e9; math.Abs(got/0.5-1) > 0.03 {
		t.Errorf("a query takes %v s, want 0.5", got)
	}
	if got := e.db.cpuUtilisation(eng.Now()); math.Abs(got-0.8) > 0.01 {
		t.Errorf("the vCPU is used to %v, want 0.8", got)
	}
}

func times(t *testing.T, overrides ...string) *DatabaseTimes {
	t.Helper()
	p, err := aws.Load("aws-2026")
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(overrides); i += 2 {
		if err := p.OverrideText(overrides[i], overrides[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	k := new(DatabaseTimes)
	p.Fill(k)
	return k
}

// "Failover times are typically 60–120 seconds" (RDS user guide, Concepts.MultiAZ.Failover): connections are lost,
// and none is to be had until it is over.
func TestAFailOverTakesOneToTwoMinutes(t *testing.T) {
	least, most := math.Inf(1), 0.0
	for seed := range 50 {
		eng := sim.NewEngine(uint64(seed), 0)
		b := base{NewDatabase(eng, "db", &Spec{MultiAZ: true}, Class{Connections: 10, Times: times(t)}), &caller{eng: eng}}
		p := b.NewPool(3, 0)
		b.query(p, 1)
		b.query(p, 2)
		b.run(0.5)
		b.FailOver()
		b.FailOver() // it is under way already
		b.levels(t, 0, 0, 0, 0)
		b.query(p, 3)
		b.run(30)
		b.want(t, "500ms: 1, the connection was lost", "500ms: 2, the connection was lost",
			"1.5s: 3, the database accepts no connection")
		b.run(200)
		b.query(p, 4)
		b.run(300)
		if b.log[3] != "3m21s: 4" || b.FailOvers.Value() != 1 || b.Lost.Value() != 2 {
			t.Fatalf("answered %q, %d fail-overs", b.log, b.FailOvers.Value())
		}
		down := b.Down.Integral(eng.Now())
		least, most = min(least, down), max(most, down)
	}
	if least < 60 || most > 120 || most-least < 40 {
		t.Errorf("fail-overs took %v to %v s, want 60 to 120", least, most)
	}
}

// "RDS Proxy makes applications more resilient to database failures by automatically connecting to a standby DB
// instance while preserving application connections" (RDS user guide, rds-proxy): queries under way fail, the others
// wait. It reduced recovery by 32 % (AWS Database Blog).
func TestAProxyKeepsItsClientsThroughAFailOver(t *testing.T) {
	eng := sim.NewEngine(1, 0)
	k := times(t, "rds.fail_over.multi_az", "100s", "rds.proxy.latency", "0s")
	s := &Spec{MultiAZ: true, Proxy: &ProxySpec{
		MaxConnectionsPercent: 1, ConnectionBorrowTimeout: spec.Duration(300 * sim.Second),
	}}
	b := base{NewDatabase(eng, "db", s, Class{Connections: 10, Times: k}), &caller{eng: eng}}
	p := b.NewPool(3, 0)
	b.query(p, 1)
	b.run(0.5)
	b.FailOver()
	b.query(p, 2)
	if b.proxy.Clients.Value() != 1 || b.proxy.Borrowing.Value() != 1 {
		t.Errorf("%d clients, %d wait; want 1 and 1", b.proxy.Clients.Value(), b.proxy.Borrowing.Value())
	}
	b.run(300)
	down := b.Down.Integral(eng.Now())
	if math.Abs(down-68) > 1e-6 || len(b.log) != 2 || b.Unavailable.Value() != 0 {
		t.Errorf("down for %v s, answered %q", down, b.log)
	}
	b.levels(t, 0, 0, 0, 0)
}

// "For a registered database target with max_connections set to 1000, and MaxConnectionsPercent set to 95, RDS Proxy
// sets 950 connections as the upper limit" (RDS user guide, rds-proxy-connections). What finds none waits for the
// borrow timeout.
func TestAProxySharesItsConnections(t *testing.T) {
	eng := sim.NewEngine(1, 0)
	s := &Spec{Proxy: &ProxySpec{MaxConnectionsPercent: 0.95, ConnectionBorrowTimeout: spec.Duration(120 * sim.Second)}}
	b := base{NewDatabase(eng, "db", s, Class{Connections: 1000}), &caller{eng: eng}}
	if b.proxy.size != 950 {
		t.Errorf("%d connections, want 950", b.proxy.size)
	}
	b.proxy.size = 2
	for token := range uint64(5) { // of five clients
		b.query(b.NewPool(1, 0), token)
	}
	b.levels(t, 2, 2, 0, 0)
	b.run(10)
	b.want(t, "1s: 0", "1s: 1", "2s: 2", "2s: 3", "3s: 4")
	b.levels(t, 0, 0, 0, 0)
	b.log = nil
	for token := range uint64(3) {
		b.NewPool(1, 0).Query(b.caller, token, 200*sim.Second)
	}
	b.run(150)
	b.want(t, "2m10s: 2, the proxy had no connection in time")
	if b.proxy.BorrowTimeouts.Value() != 1 {
		t.Errorf("%d borrow timeouts", b.proxy.BorrowTimeouts.Value())
	}
}

// "When a session is pinned, the proxy … can't reuse the database connection until the session ends" (RDS user guide,
// rds-proxy-pinning): pinned clients take a connection each, for as long as they keep theirs.
func TestAPinnedSessionKeepsItsConnection(t *testing.T) {
	eng := sim.NewEngine(1, 0)
	s := &Spec{Proxy: &ProxySpec{
		MaxConnectionsPercent: 1, ConnectionBorrowTimeout: spec.Duration(10 * sim.Second), Pinned: 1,
	}}
	b := base{NewDatabase(eng, "db", s, Class{Connections: 2}), &caller{eng: eng}}
	pools := []*Pool{b.NewPool(1, 0), b.NewPool(1, 0), b.NewPool(1, 0)}
	for i, p := range pools {
		b.query(p, uint64(i))
	}
	b.run(5)
	b.levels(t, 2, 0, 0, 0)
	b.query(pools[0], 3) // on its own connection
	b.run(20)
	b.want(t, "1s: 0", "1s: 1", "6s: 3", "10s: 2, the proxy had no connection in time")
	pools[0].Reset()
	b.query(pools[2], 4)
	b.run(30)
	if b.log[4] != "21s: 4" {
		t.Errorf("answered %q, want the third client served when the first is gone", b.log)
	}
}

// A client that gives a query up closes its connection, and opens another; the database serves the query to its end.
func TestAQueryGivenUpIsServedForNobody(t *testing.T) {
	b := newBase(3, Spec{})
	p := b.NewPool(1, 0)
	handle := p.Call(b.caller, 1, calls.Request{Service: 10 * sim.Second})
	waits := p.Call(b.caller, 2, calls.Request{Service: sim.Second})
	forgotten := p.Call(b.caller, 3, calls.Request{Service: sim.Second})
	p.GiveUp(forgotten)
	b.levels(t, 1, 1, 0, 1)
	p.GiveUp(handle)
	b.levels(t, 2, 2, 0, 0) // the connection of the first is still the database's
	b.run(20)
	b.want(t, "1s: 2")
	b.levels(t, 1, 0, 0, 0)
	if b.Unread.Value() != 1 || b.Queries.Value() != 1 {
		t.Errorf("%d unread, %d answered; want 1 and 1", b.Unread.Value(), b.Queries.Value())
	}
	p.GiveUp(waits) // over long ago
	b.levels(t, 1, 0, 0, 0)
}

// The proxy sees that a client is gone whose query waits for a connection; the next query of that client takes its
// place.
func TestAQueryThatWaitsInTheProxyIsForgotten(t *testing.T) {
	eng := sim.NewEngine(1, 0)
	s := &Spec{Proxy: &ProxySpec{MaxConnectionsPercent: 1, ConnectionBorrowTimeout: spec.Duration(120 * sim.Second)}}
	b := base{NewDatabase(eng, "db", s, Class{Connections: 1}), &caller{eng: eng}}
	b.query(b.NewPool(1, 0), 1)
	p := b.NewPool(1, 0)
	waits := p.Call(b.caller, 2, calls.Request{Service: sim.Second})
	b.query(p, 3)
	p.GiveUp(waits)
	if b.proxy.Borrowing.Value() != 1 || b.proxy.Clients.Value() != 2 {
		t.Errorf("%d wait for %d clients, want 1 for 2", b.proxy.Borrowing.Value(), b.proxy.Clients.Value())
	}
	b.run(10)
	b.want(t, "1s: 1", "2s: 3")
	b.levels(t, 0, 0, 0, 0)
	if len(b.free) != len(b.queries) || b.Unread.Value() != 0 {
		t.Errorf("%d of %d slots are free, %d unread", len(b.free), len(b.queries), b.Unread.Value())
	}
}

// The queries of a process that was killed are no more: those in the proxy's line are not served, and of those that the
// database serves already nobody reads the answer. Whoever comes next does not wait behind the dead.
func TestAKilledProcessLeavesTheProxysLine(t *testing.T) {
	eng := sim.NewEngine(1, 0)
	s := &Spec{Proxy: &ProxySpec{MaxConnectionsPercent: 1, ConnectionBorrowTimeout: spec.Duration(120 * sim.Second)}}
	b := base{NewDatabase(eng, "db", s, Class{Connections: 2}), &caller{eng: eng}}
	killed, lives := b.NewPool(10, 0), b.NewPool(1, 0)
	for token := range uint64(6) {
		b.query(killed, token)
	}
	b.run(0.5)
	killed.Reset()
	if err := b.Check(); err != nil || b.proxy.Borrowing.Value() != 0 || b.proxy.Clients.Value() != 0 {
		t.Errorf("%d wait, %d clients, want none: %v", b.proxy.Borrowing.Value(), b.proxy.Clients.Value(), err)
	}
	b.query(lives, 10)
	b.run(200) // beyond the borrow timeout
	b.want(t, "2s: 10")
	b.levels(t, 0, 0, 0, 0)
	if b.Unread.Value() != 2 || b.Queries.Value() != 1 || b.Response.Count() != 1 || b.proxy.BorrowTimeouts.Value() != 0 {
		t.Errorf("%d unread, %d answered, %d times, %d borrow timeouts; want 2, 1, 1 and 0", b.Unread.Value(),
			b.Queries.Value(), b.Response.Count(), b.proxy.BorrowTimeouts.Value())
	}
	if len(b.free) != len(b.queries) {
		t.Errorf("%d of %d slots are free", len(b.free), len(b.queries))
	}
}

// table is a table with a clock that can be set.
type table struct {
	*Table
	eng *sim.Engine
	log []error
}

func (b *table) Answered(_ uint64, err error) { b.log = append(b.log, err) }

func newTable(t *testing.T, settings string) *table {
	t.Helper()
	p, err := aws.Load("aws-2026")
	if err != nil {
		t.Fatal(err)
	}
	limits := new(TableLimits)
	p.Fill(limits)
	source, err := spec.Parse("t.yaml", []byte(settings+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	d, s := spec.Decoder{Source: source}, new(TableSpec)
	if d.Decode(source.Root, s, "t"); len(d.Errors) > 0 {
		t.Fatal(d.Errors)
	}
	eng := sim.NewEngine(1, 0)
	return &table{Table: NewTable(eng, message.NewStore(1<<10), "tables.t", s, limits), eng: eng}
}

// at lets time pass until the instant, in seconds, and makes n calls there. It returns how many were let in.
func (b *table) at(seconds float64, c calls.Callee, n int) (served int) {
	b.eng.Run(sim.Time(sim.Seconds(seconds)), 1<<40)
	b.log = b.log[:0]
	for i := range n {
		c.Call(b, 0, calls.Request{Key: uint32(i)})
	}
	for _, err := range b.log {
		if err == nil {
			served++
		}
	}
	return served
}

// "The table has 45,000 read units of burst capacity (150 * 300). Therefore, if a sudden spiky load pushes
// consumption to 200 read units, then DynamoDB can leverage burst capacity to accommodate 200 RCUs for 15 minutes"
// (AWS re:Post, dynamodb-spiky-workloads-short-intervals).
func TestAProvisionedTableBurstsForFiveMinutesOfItsCapacity(t *testing.T) {
	b := newTable(t, "partitions: 10\ncapacity: {mode: provisioned, read_units: 150}")
	read := b.Client(&calls.TargetSpec{Operation: calls.Read, Consistency: calls.Strong, Size: 4096})
	throttledAt := 0
	for second := 1; second < 2000 && throttledAt == 0; second++ {
		if b.at(float64(second), read, 200) < 200 {
			throttledAt = second
		}
	}
	if throttledAt < 898 || throttledAt > 903 {
		t.Errorf("throttled after %d s, want 900", throttledAt)
	}
	if b.log[199] != ErrThroughputExceeded {
		t.Errorf("answered %v", b.log[199])
	}
}

// A read unit is 4 KB strongly consistent, or two such reads eventually consistent; a write unit is 1 KB (DynamoDB
// developer guide, read and write request units). An item is 400 KB at the most.
func TestUnitsAreRoundedUp(t *testing.T) {
	for _, c := range []struct {
		size                    int64
		strong, eventual, write float64
	}{{1, 1, 0.5, 1}, {1024, 1, 0.5, 1}, {1025, 1, 0.5, 2}, {4096, 1, 0.5, 4}, {4097, 2, 1, 5}, {10240, 3, 1.5, 10}} {
		if a, e, w := readUnits(c.size, calls.Strong), readUnits(c.size, calls.Eventual), writeUnits(c.size); a != c.strong ||
			e != c.eventual || w != c.write {
			t.Errorf("%d bytes: %v, %v and %v units, want %v, %v and %v", c.size, a, e, w, c.strong, c.eventual, c.write)
		}
	}
	b := newTable(t, "partitions: 1")
	write := b.Client(&calls.TargetSpec{Operation: calls.Write, Size: 400<<10 + 1})
	if b.at(0, write, 1) != 0 || b.log[0] != ErrItemTooLarge {
		t.Errorf("an item above 400 KB is answered %v", b.log[0])
	}
}

// "A hot partition exceeds the per partition limits of 3,000 RCU or 1,000 WCU per second" (AWS re:Post).
func TestAPartitionServes3000ReadsAnd1000Writes(t *testing.T) {
	for operation, want := range map[calls.Operation]int{calls.Read: 6000, calls.Write: 1000} {
		b := newTable(t, "partitions: 1\ncapacity: {mode: provisioned, read_units: 100000, write_units: 100000}")
		c := b.Client(&calls.TargetSpec{Operation: operation, Consistency: calls.Eventual, Size: 100})
		if got := b.at(0, c, 8000); got != want {
			t.Errorf("%s: %d of 8,000 at once, want %d", operation, got, want)
		}
	}
}

// "New on-demand tables will be able to sustain up to 4,000 writes per second and 12,000 reads per second", and
// "throttling can occur if you exceed double your previous peak within 30 minutes" (DynamoDB developer guide,
// on-demand capacity mode).
func TestAnOnDemandTableServesTwiceItsPreviousPeak(t *testing.T) {
	b := newTable(t, "partitions: 20\ncapacity: {previous_peak: {writes: 1/s}}")
	write := b.Client(&calls.TargetSpec{Operation: calls.Write, Size: 100})
	if got := b.at(0, write, 20000); got != 4000 {
		t.Errorf("%d writes at once, want 4,000", got)
	}
	for second := 1; second <= 60; second++ { // a minute at what it serves
		b.at(float64(second), write, 4000)
	}
	if got := b.at(25*60, write, 20000); got != 4000 {
		t.Errorf("%d writes at once 25 minutes later, want 4,000", got)
	}
	if got := b.at(32*60+1, write, 20000); got < 7800 || got > 8200 {
		t.Errorf("%d writes at once half an hour after the peak, want 8,000", got)
	}
	warm := newTable(t, "partitions: 20\ncapacity: {previous_peak: {writes: 5000/s}}")
	if got := warm.at(0, warm.Client(&calls.TargetSpec{Operation: calls.Write, Size: 1}), 20000); got != 10000 {
		t.Errorf("%d writes at once after a peak of 5,000/s, want 10,000", got)
	}
}

// "DynamoDB auto scaling increases provisioned capacity when utilization exceeds 70 RCUs for at least 2 consecutive
// minutes … decreases provisioned capacity when utilization is 20% or more below the target for 15 consecutive
// minutes (50 RCUs)", for a minimum of 100 units and a target of 70 % (AWS re:Post, dynamodb-auto-scaling).
func TestAutoScalingFollowsTheUseOfCapacity(t *testing.T) {
	b := newTable(t, "partitions: 4\ncapacity: {mode: provisioned, read_units: 100, write_units: 5, "+
		"auto_scaling: {min_read: 50}}")
	read := b.Client(&calls.TargetSpec{Operation: calls.Read, Consistency: calls.Strong, Size: 100})
	second := 0
	minutes := func(n, rate int) {
		for end := second + 60*n; second < end; second++ {
			b.at(float64(second)+0.5, read, rate)
		}
		b.eng.Run(sim.Time(sim.Seconds(float64(second)+0.1)), 1<<40)
	}
	capacity := func(want int64, when string) {
		t.Helper()
		if got := b.read.rate.Value(); got != want {
			t.Fatalf("%s: %d units, want %d", when, got, want)
		}
	}
	minutes(3, 70)
	capacity(100, "at the target")
	minutes(1, 84)
	capacity(100, "above it for a minute")
	minutes(1, 84)
	capacity(120, "above it for two minutes")
	minutes(14, 42)
	capacity(120, "30 points below it for 14 minutes")
	minutes(1, 42)
	capacity(60, "for 15 minutes")
}

// "It changes the resource's current capacity to a value that is inside of this range" (Application Auto Scaling API
// reference, RegisterScalableTarget): whatever the use, capacity begins between the bounds.
func TestAutoScalingBeginsWithinItsBounds(t *testing.T) {
	b := newTable(t, "partitions: 10\ncapacity: {mode: provisioned, write_units: 5, read_units: 5000, "+
		"auto_scaling: {min_write: 100, max_read: 200}}")
	b.at(60, b.Client(&calls.TargetSpec{Operation: calls.Read, Size: 1}), 1)
	if w, r := b.write.rate.Mean(b.eng.Now()), b.read.rate.Mean(b.eng.Now()); w != 100 || r != 200 {
		t.Errorf("%v write units and %v read units, want 100 and 200", w, r)
	}
}

// 3,500 PUTs and 5,500 GETs a second of each prefix (S3 user guide, optimizing-performance); beyond, 503 SlowDown.
func TestABucketAnswersCallsWithinItsRates(t *testing.T) {
	p, err := aws.Load("aws-2026")
	if err != nil {
		t.Fatal(err)
	}
	limits := new(BucketLimits)
	p.Fill(limits)
	for operation, want := range map[calls.Operation]int{calls.Read: 11000, calls.Write: 7000} {
		eng := sim.NewEngine(1, 0)
		u := NewBucket(eng, message.NewStore(10), "buckets.b", &BucketSpec{Prefixes: 2}, limits)
		c, b := u.Client(&calls.TargetSpec{Operation: operation, Size: 93_000_000}), &table{eng: eng}
		for i := range 12000 {
			c.Call(b, 0, calls.Request{Key: uint32(i)})
		}
		if got := 12000 - int(u.SlowDowns.Value()); got != want || b.log[0] != ErrSlowDown {
			t.Errorf("%s: %d served at once, want %d", operation, got, want)
		}
		n := len(b.log)
		eng.Run(sim.Time(999*sim.Millisecond), 1<<40)
		if len(b.log) != n {
			t.Errorf("%s: 93 MB moved in less than a second", operation)
		}
		if eng.Run(sim.Time(1001*sim.Millisecond), 1<<40); len(b.log) != 12000 {
			t.Errorf("%s: %d answered after a second, want all", operation, len(b.log))
		}
	}
}
