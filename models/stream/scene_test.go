package stream

import (
	"slices"
	"testing"

	"weir/models/message"
	"weir/sim"
	"weir/sim/random"
)

// scene is a log, and what its stream would answer to those who read it.
type scene struct {
	eng    *sim.Engine
	store  *message.Store
	log    *Log
	route  message.RouteID
	next   uint32 // key of the next message
	permit func(f *Fetcher, shard int) sim.Duration
	reads  []read
}

// read is what a stream is told of a read.
type read struct {
	at      sim.Time
	shard   int
	records int
	bytes   int64
	behind  sim.Duration
}

const day = sim.Day

func newScene(shards int) *scene { return newSceneKept(shards, day) }

func newSceneKept(shards int, retention sim.Duration) *scene {
	s := &scene{eng: sim.NewEngine(1, 0), store: message.NewStore(1 << 22)}
	s.log = NewLog(s.eng, s.store, "s", shards, retention)
	s.route = s.store.Ledger.Open("p", "p")
	return s
}

func (s *scene) Log() *Log               { return s.log }
func (s *scene) Attach(*Fetcher)         {}
func (s *scene) PollEvery() sim.Duration { return sim.Second }

func (s *scene) Permit(f *Fetcher, shard int) sim.Duration {
	if s.permit == nil {
		return 0
	}
	return s.permit(f, shard)
}

func (s *scene) Took(_ *Fetcher, shard int, r Read) {
	s.reads = append(s.reads, read{s.eng.Now(), shard, r.Records, r.Bytes, r.Behind})
}

// put appends a record of as many messages to a shard, which can be read after a lag. It returns their keys, which are
// numbered in the order in which they come.
func (s *scene) put(shard, messages int, lag sim.Duration) (keys []uint32) {
	var refs []message.Ref
	for range messages {
		ref, ok := s.store.New(s.eng.Now(), s.route, 100, s.next, 0)
		if !ok {
			panic("the store is full")
		}
		keys = append(keys, s.next)
		s.next++
		refs = append(refs, ref)
	}
	s.log.Append(shard, refs, 10*int64(len(refs)), lag)
	return keys
}

// at lets something happen at an instant.
func (s *scene) at(at sim.Duration, do func()) {
	sim.NewEvent(s.eng, "test", func(uint8) { do() }).At(sim.Time(at), 0)
}

func (s *scene) run(until sim.Duration) { s.eng.Run(sim.Time(until), 1<<30) }

// taker is a consumer that wants the next records of a shard whenever it has some, and notes what it gets.
type taker struct {
	s      *scene
	f      *Fetcher
	name   string
	busy   sim.Duration // after each read, before it wants more
	got    []taken
	shards []string // what it was told of shards
	more   sim.Event[uint32]

	forgets bool // it notes nothing
}

// taken is a record that a consumer got.
type taken struct {
	at    sim.Time
	shard int
	key   uint32
	size  int // messages of the read
	clock [message.Causes]int64
}

func (s *scene) taker(name string, way Way) *taker {
	t := &taker{s: s, name: name}
	t.more = sim.NewEvent(s.eng, name+"/more", func(n uint32) { t.f.Want(int(n)) })
	if way.Most == 0 {
		way.Most = 10_000
	}
	if way.Bytes == 0 {
		way.Bytes = 10 << 20
	}
	if way.Pushed && way.Push == nil {
		way.Push = constant(0)
	}
	way.Next = message.Prefetch
	t.f = NewFetcher(s.eng, s, name, t, way)
	return t
}

func constant(d sim.Duration) random.Dist {
	dist, err := random.NewConstant(float64(d))
	if err != nil {
		panic(err)
	}
	return dist
}

func (t *taker) Sender() string { return t.name }

func (t *taker) Fetched(shard int, refs []message.Ref) {
	for _, ref := range refs {
		m, now := t.s.store.At(ref), t.s.eng.Now()
		k := taken{at: now, shard: shard, key: m.Key, size: len(refs)}
		m.Clocks(now, message.Idle{}, &k.clock)
		var sum int64
		for _, ns := range k.clock {
			if sum += ns; ns < 0 {
				panic("a cause ran backwards")
			}
		}
		if sum != int64(now.Sub(m.Born)) {
			panic("the causes do not add up to the age")
		}
		if !t.forgets {
			t.got = append(t.got, k)
		}
		t.s.store.Move(ref, m, message.Processed)
		t.s.store.Free(ref)
	}
	if t.busy > 0 {
		t.more.After(t.busy, uint32(shard))
	} else {
		t.f.Want(shard)
	}
}

func (t *taker) Opened(shard int) {
	t.shards = append(t.shards, "opened "+string(rune('0'+shard)))
	t.f.Want(shard)
}

func (t *taker) Ended(shard int) { t.shards = append(t.shards, "ended "+string(rune('0'+shard))) }

// keys returns the keys that a consumer got, in order.
func (t *taker) keys() (keys []uint32) {
	for _, k := range t.got {
		keys = append(keys, k.key)
	}
	return keys
}

// times returns when a consumer got something.
func (t *taker) times() (at []sim.Duration) {
	for _, k := range t.got {
		if d := sim.Duration(k.at); len(at) == 0 || at[len(at)-1] != d {
			at = append(at, d)
		}
	}
	return at
}

func want[T comparable](t *testing.T, what string, got []T, want ...T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}
