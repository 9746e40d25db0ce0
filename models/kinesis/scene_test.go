package kinesis

import (
	"fmt"
	"slices"
	"testing"

	"weir/models/aws"
	"weir/models/message"
	"weir/models/spec"
	"weir/models/stream"
	"weir/sim"
	"weir/sim/random"
)

const (
	kb  = 1000
	kib = 1 << 10
	mib = 1 << 20
	ms  = sim.Millisecond
)

// scene is a stream in a profile whose delays are taken out: a split takes 30 s, an update 2 m.
type scene struct {
	*Stream
	t     *testing.T
	route message.RouteID
}

func limitsOf(t *testing.T, profile string, overrides ...string) *Limits {
	t.Helper()
	p, err := aws.Load(profile)
	if err == nil {
		p, err = p.In("us-east-1")
	}
	if err != nil {
		t.Fatal(err)
	}
	quiet := []string{
		"kinesis.propagation", "0s", "kinesis.reshard_time", "30s", "kinesis.update_shard_count.time", "2m",
	}
	overrides = append(quiet, overrides...)
	for i := 0; i < len(overrides); i += 2 {
		if err := p.OverrideText(overrides[i], overrides[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	limit := new(Limits)
	p.Fill(limit)
	return limit
}

func specOf(t *testing.T, settings string) *Spec {
	t.Helper()
	s := new(Spec)
	if err := decode(settings, s); err != nil {
		t.Fatal(err)
	}
	return s
}

// newStream returns a running stream with the settings given.
func newStream(t *testing.T, profile, settings string, overrides ...string) *scene {
	t.Helper()
	limit, s := limitsOf(t, profile, overrides...), specOf(t, settings)
	if problems := Check(s, limit); len(problems) > 0 {
		t.Fatal(problems)
	}
	store := message.NewStore(1 << 22)
	x := &scene{Stream: New(sim.NewEngine(1, 0), store, "streams.s", s, limit), t: t}
	x.route = store.Ledger.Open("p", "p")
	x.Start()
	return x
}

// problems returns what is wrong with settings, as "field: text".
func problems(t *testing.T, profile, settings string) (found []string) {
	t.Helper()
	for _, p := range Check(specOf(t, settings), limitsOf(t, profile)) {
		found = append(found, p.Field+": "+p.Text)
	}
	return found
}

func (x *scene) run(until sim.Duration) {
	x.t.Helper()
	x.eng.Run(sim.Time(until), 1<<40)
	if err := x.store.Ledger.Check(); err != nil {
		x.t.Error(err)
	}
}

// in returns a hash that belongs to the i-th open shard.
func (x *scene) in(i int) stream.Hash { return x.log.Shard(x.log.OpenShard(i)).From }

// record returns a record of so many bytes, its partition key among them, for a hash.
func (x *scene) record(h stream.Hash, bytes int) stream.Entry {
	ref, ok := x.store.New(x.eng.Now(), x.route, uint32(bytes), 0, 0)
	if !ok {
		x.t.Fatal("the store is full")
	}
	return stream.Entry{Hash: h, Bytes: uint32(bytes), Messages: []message.Ref{ref}}
}

// over lets a record end that was not put.
func (x *scene) over(e stream.Entry) {
	for _, ref := range e.Messages {
		x.store.Move(ref, x.store.At(ref), message.Rejected)
		x.store.Free(ref)
	}
}

// put puts records of so many bytes for a hash, one by one, and returns how many were taken.
func (x *scene) put(h stream.Hash, records, bytes int) (taken int) {
	x.t.Helper()
	for range records {
		e := x.record(h, bytes)
		switch err := x.PutRecord(e); err {
		case nil:
			taken++
		case ErrThroughputExceeded:
			x.over(e)
		default:
			x.t.Fatal(err)
		}
	}
	return taken
}

// batch puts records in one PutRecords, and returns what became of each.
func (x *scene) batch(entries ...stream.Entry) ([]error, error) {
	failures := make([]error, len(entries))
	err := x.PutRecords(entries, failures)
	for i, e := range entries {
		if err != nil || failures[i] != nil {
			x.over(e)
		}
	}
	return failures, err
}

// records returns so many records of so many bytes.
func (x *scene) records(h stream.Hash, n, bytes int) (all []stream.Entry) {
	for range n {
		all = append(all, x.record(h, bytes))
	}
	return all
}

// at lets something happen at an instant.
func (x *scene) at(at sim.Duration, do func()) {
	sim.NewEvent(x.eng, "test", func(uint8) { do() }).At(sim.Time(at), 0)
}

// load puts a record of so many bytes for a hash again and again.
func (x *scene) load(h stream.Hash, every sim.Duration, bytes int, until sim.Duration) {
	var again sim.Event[uint8]
	again = sim.NewEvent(x.eng, "load", func(uint8) {
		x.put(h, 1, bytes)
		if x.eng.Now().Add(every) <= sim.Time(until) {
			again.After(every, 0)
		}
	})
	again.After(0, 0)
}

// usage returns what is billed.
func (x *scene) usage() map[string]float64 {
	items := map[string]float64{}
	x.Usage(x.eng.Now(), func(item, _ string, quantity float64) { items[item] += quantity })
	return items
}

// consumer reads all shards and notes what it gets.
type consumer struct {
	x     *scene
	name  string
	f     *stream.Fetcher
	reads []got
	took  sim.Duration // from the acceptance of each record, in sum
	sizes [][]uint32   // by shard
	count int
}

type got struct {
	at      sim.Time
	shard   int
	records int
	bytes   int64
}

// poll adds a consumer that polls; every is 0 of one that polls again at once.
func (x *scene) poll(name string, every sim.Duration) *consumer {
	return x.consume(name, stream.Way{Every: every, Eager: every > 0})
}

func (x *scene) consume(name string, way stream.Way) *consumer {
	c := &consumer{x: x, name: name}
	way.Most, way.Bytes, way.Next = int(x.limit.ReadCallRecords), int64(x.limit.ReadCallBytes), message.Prefetch
	if way.Pushed && way.Push == nil {
		way.Push = random.Constant{}
	}
	c.f = stream.NewFetcher(x.eng, x.Stream, name, c, way)
	return c
}

func (c *consumer) Sender() string   { return c.name }
func (c *consumer) Opened(shard int) { c.f.Want(shard) }
func (c *consumer) Ended(int)        {}

func (c *consumer) Fetched(shard int, refs []message.Ref) {
	g := got{at: c.x.eng.Now(), shard: shard, records: len(refs)}
	for _, ref := range refs {
		m := c.x.store.At(ref)
		g.bytes += int64(m.SizeBytes)
		c.took += g.at.Sub(m.Enqueued)
		for len(c.sizes) <= shard {
			c.sizes = append(c.sizes, nil)
		}
		c.sizes[shard] = append(c.sizes[shard], m.SizeBytes)
		c.count++
		c.x.store.Move(ref, m, message.Processed)
		c.x.store.Free(ref)
	}
	c.reads = append(c.reads, g)
	c.f.Want(shard)
}

// times returns when a consumer got something.
func (c *consumer) times() (at []sim.Duration) {
	for _, r := range c.reads {
		at = append(at, sim.Duration(r.at))
	}
	return at
}

// bytes returns how many bytes a consumer got up to an instant.
func (c *consumer) bytes(until sim.Duration) (n int64) {
	for _, r := range c.reads {
		if r.at <= sim.Time(until) {
			n += r.bytes
		}
	}
	return n
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func equals[T comparable](t *testing.T, what string, got []T, want ...T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// near checks a number against another, to a part of it.
func near(t *testing.T, what string, got, want, part float64) {
	t.Helper()
	if diff := got - want; diff > part*want || diff < -part*want {
		t.Errorf("%s: got %v, want %v within %v", what, got, want, fmt.Sprintf("%g %%", 100*part))
	}
}

// decode decodes settings into a struct.
func decode(settings string, into any) error {
	source, err := spec.Parse("test.yaml", []byte("{"+settings+"}\n"))
	if err != nil {
		return err
	}
	d := &spec.Decoder{Source: source}
	d.Decode(source.Root, into, "")
	return d.Errors.Sorted()
}
