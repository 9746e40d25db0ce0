package analytics

import (
	"errors"
	"math"
	"testing"

	"weir/models/aws"
	"weir/models/message"
	"weir/models/sdk"
	"weir/models/spec"
	"weir/models/stream"
	"weir/sim"
	"weir/sim/random"
)

// scene is an application that reads a stub of a stream on a clock.
type scene struct {
	t       testing.TB
	eng     *sim.Engine
	store   *message.Store
	profile *aws.Profile
	limits  *Limits
	route   message.RouteID
	stub    *stub
	a       *Application
	told    []told
	get     random.Dist // round trip of a poll
}

// stub is a stream whose records can be read at once.
type stub struct {
	eng   *sim.Engine
	log   *stream.Log
	polls []sim.Time // that found something
	most  int        // records of one of them
	held  sim.Duration
}

func (s *stub) Log() *stream.Log        { return s.log }
func (s *stub) Attach(*stream.Fetcher)  {}
func (s *stub) PollEvery() sim.Duration { return sim.Second }
func (s *stub) Permit(*stream.Fetcher, int) sim.Duration {
	return s.held
}
func (s *stub) Took(_ *stream.Fetcher, _ int, read stream.Read) {
	s.polls = append(s.polls, s.eng.Now())
	s.most = max(s.most, read.Records)
}

// told is a result of a window.
type told struct {
	at, start, end sim.Time
	key            uint32
	count          uint64
}

// inlet is a destination, which may refuse.
type inlet struct {
	s       *scene
	refuses bool
	came    []sim.Time
	keys    []uint32
	sizes   []uint32
	waited  []int64 // batch window of each
}

var errRefused = errors.New("refused")

func (i *inlet) SendMessage(ref message.Ref, _ sim.Duration) error {
	if i.refuses {
		return errRefused
	}
	m, now := i.s.store.At(ref), i.s.eng.Now()
	var clocks [message.Causes]int64
	m.Clocks(now, message.Idle{}, &clocks)
	i.came, i.keys = append(i.came, now), append(i.keys, m.Key)
	i.sizes, i.waited = append(i.sizes, m.SizeBytes), append(i.waited, clocks[message.BatchWindow])
	var sum int64
	for _, ns := range clocks {
		sum += ns
	}
	if sum != int64(now.Sub(m.Born)) {
		i.s.t.Errorf("the causes of a result add up to %d, its age is %d", sum, now.Sub(m.Born))
	}
	i.s.store.Move(ref, m, message.Processed)
	i.s.store.Free(ref)
	return nil
}

// newScene makes a scene in a profile with constants overridden: pairs of key and value. Records are read at once.
func newScene(t testing.TB, profile string, shards int, overrides ...string) *scene {
	t.Helper()
	p, err := aws.Load(profile)
	must(t, err)
	quiet := []string{
		"analytics.sql.poll_every", "0s", "analytics.flink.source_poll", "0s", "analytics.flink.restart", "30s",
	}
	for _, pairs := range [][]string{quiet, overrides} {
		for i := 0; i < len(pairs); i += 2 {
			must(t, p.OverrideText(pairs[i], pairs[i+1]))
		}
	}
	s := &scene{t: t, eng: sim.NewEngine(1, 0), store: message.NewStore(2_000_000), profile: p, limits: new(Limits)}
	p.Fill(s.limits)
	s.route = s.store.Ledger.Open("p", "p")
	s.stub = &stub{eng: s.eng, log: stream.NewLog(s.eng, s.store, "streams.s", shards, 24*sim.Hour)}
	return s
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// specOf decodes settings of the scenario file.
func specOf(t testing.TB, settings string) *Spec {
	t.Helper()
	source, err := spec.Parse("a.yaml", []byte("from: streams.s\n"+settings+"\n"))
	must(t, err)
	d, s := spec.Decoder{Source: source}, new(Spec)
	d.Decode(source.Root, s, "analytics.a")
	if len(d.Errors) > 0 {
		t.Fatal(d.Errors)
	}
	return s
}

// app makes the application, which sends to each of the destinations.
func (s *scene) app(settings string, to ...*inlet) *Application {
	s.t.Helper()
	sp := specOf(s.t, settings)
	if problems := Check(sp, s.limits); len(problems) > 0 {
		s.t.Fatal(problems)
	}
	s.a = New(s.eng, s.store, "analytics.a", sp, Parts{
		Source: s.stub, Limits: s.limits, Get: s.get, Push: random.Constant{Value: 30e6}, Records: 10_000, Bytes: 10 << 20,
		Digits: 3,
	})
	s.a.told = func(w *window) {
		s.told = append(s.told, told{s.eng.Now(), w.end.Add(-s.a.windows.size), w.end, w.key, w.count})
	}
	rules := new(sdk.RetryRules)
	s.profile.Fill(rules)
	for _, i := range to {
		i.s = s
		retry := sdk.NewRetry(sdk.RetrySpec{Mode: sdk.RetryNone}, rules, s.eng.Rand("retry"))
		s.a.SendOn("queues.q", sdk.ForwarderParts{
			To: i, Latency: random.Constant{Value: 20e6}, Retries: []*sdk.Retry{retry},
		})
	}
	return s.a
}

// run lets time pass up to an instant in seconds.
func (s *scene) run(until float64) {
	s.t.Helper()
	s.eng.Run(sim.Time(sim.Seconds(until)), math.MaxUint64)
	must(s.t, s.store.Ledger.Check())
}

// put puts a record of a key into a shard, now.
func (s *scene) put(shard int, key uint32) { s.write(shard, key, 100, 0) }

func (s *scene) write(shard int, key, size uint32, flags message.Flags) {
	ref, ok := s.store.New(s.eng.Now(), s.route, size, key, flags)
	if !ok {
		s.t.Fatal("the store is full")
	}
	s.stub.log.Append(shard, []message.Ref{ref}, 0, 0)
}

// load puts records at a steady rate into all shards in turn, with keys in turn.
type load struct {
	s     *scene
	gap   sim.Duration
	keys  uint32
	next  int
	until sim.Time
	due   sim.Event[uint8]
}

func (s *scene) load(rate float64, keys uint32, until float64) {
	l := &load{s: s, gap: sim.Seconds(1 / rate), keys: keys, until: sim.Time(sim.Seconds(until))}
	l.due = sim.NewEvent(s.eng, "load", l.put)
	l.due.After(0, 0)
}

func (l *load) put(uint8) {
	l.s.put(l.next%l.s.stub.log.Shards(), uint32(l.next)%l.keys)
	l.next++
	if at := l.s.eng.Now().Add(l.gap); at < l.until {
		l.due.At(at, 0)
	}
}

// ended checks that each record has ended, and that nothing is kept.
func (s *scene) ended(live int) {
	s.t.Helper()
	if n := s.store.Live(); n != live {
		s.t.Errorf("%d messages live, want %d", n, live)
	}
	for p, n := range s.store.Ledger.UnderWay() {
		if n != 0 {
			s.t.Errorf("%d messages are %s", n, message.Place(p))
		}
	}
}

// figure returns a figure of the application.
func (s *scene) figure(name string) (v float64) {
	v = math.NaN()
	s.a.Figures(s.eng.Now(), func(n, _ string, x float64) {
		if n == name {
			v = x
		}
	})
	return v
}

// usage returns a quantity that is billed.
func (s *scene) usage(item string) (q float64) {
	s.a.Usage(s.eng.Now(), func(i, _ string, x float64) {
		if i == item {
			q += x
		}
	})
	return q
}

func near(t testing.TB, what string, got, want, within float64) {
	t.Helper()
	if !(math.Abs(got-want) <= within) {
		t.Errorf("%s is %v, want %v ± %v", what, got, want, within)
	}
}
