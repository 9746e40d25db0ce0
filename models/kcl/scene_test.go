package kcl

import (
	"fmt"
	"slices"
	"testing"

	"weir/models/aws"
	"weir/models/message"
	"weir/models/sdk"
	"weir/models/spec"
	"weir/models/stream"
	"weir/sim"
	"weir/sim/random"
)

// stub is a stream of so many shards that refuses no reads, unless it is told to.
type stub struct {
	log     *stream.Log
	reads   []string
	refuse  int
	records int
}

func (s *stub) Log() *stream.Log        { return s.log }
func (s *stub) Attach(*stream.Fetcher)  {}
func (s *stub) PollEvery() sim.Duration { return sim.Second }
func (s *stub) Permit(*stream.Fetcher, int) sim.Duration {
	if s.refuse > 0 {
		s.refuse--
		return sim.Second
	}
	return 0
}
func (s *stub) Took(_ *stream.Fetcher, shard int, read stream.Read) {
	s.records += read.Records
	s.reads = append(s.reads, fmt.Sprintf("%d from %d", read.Records, shard))
}

// scene is an application that reads a stub, and a note of what it processed: each record's key, in order.
type scene struct {
	*Application
	*stub
	t     *testing.T
	eng   *sim.Engine
	store *message.Store
	route message.RouteID
	keys  []uint32
	times []float64
	sent  int
}

// SendMessage takes a processed record.
func (s *scene) SendMessage(ref message.Ref, _ sim.Duration) error {
	m := s.store.At(ref)
	s.keys = append(s.keys, m.Key)
	s.times = append(s.times, s.eng.Now().Seconds())
	s.store.Move(ref, m, message.Processed)
	s.store.Free(ref)
	return nil
}

func constant(d sim.Duration) random.Dist {
	c, err := random.NewConstant(float64(d))
	if err != nil {
		panic(err)
	}
	return c
}

func limits(t *testing.T, profile string) *Limits {
	t.Helper()
	p, err := aws.Load(profile)
	if err != nil {
		t.Fatal(err)
	}
	k := new(Limits)
	p.Fill(k)
	zero := spec.Durations{}
	if err := zero.UnmarshalText([]byte("0s")); err != nil {
		t.Fatal(err)
	}
	k.Get, k.Push, k.Checkpoint = zero, zero, zero // calls take no time, so that stories have round numbers
	return k
}

// read decodes the settings of an application.
func read(t *testing.T, settings string) *Spec {
	t.Helper()
	source, err := spec.Parse("test.yaml", []byte("from: streams.s\n"+settings))
	if err != nil {
		t.Fatal(err)
	}
	d, s := &spec.Decoder{Source: source}, new(Spec)
	d.Decode(source.Root, s, "")
	if err := d.Errors.Sorted(); err != nil {
		t.Fatal(err)
	}
	return s
}

// newScene returns an application with the settings given, of the library of 2026, on hosts of two vCPUs, and a stream.
// Work on a record takes 1 s, calls no time, and a crashed worker an hour to be replaced.
func newScene(t *testing.T, shards int, settings string, change ...func(*Parts)) *scene {
	t.Helper()
	s := &scene{t: t, eng: sim.NewEngine(1, 0), store: message.NewStore(1_000_000)}
	s.route = s.store.Ledger.Open("p", "p")
	s.stub = &stub{log: stream.NewLog(s.eng, s.store, "s", shards, 24*sim.Hour)}
	a, k := read(t, settings), limits(t, "aws-2026")
	way, problems := Resolve(a, k, true)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	rules := new(sdk.RetryRules)
	parts := Parts{
		Source: s.stub, Way: way, Limits: k, VCPUs: 2, Digits: 3, Recovery: constant(sim.Hour), Rules: rules,
		Work: Work{Record: constant(sim.Second)}, Then: &sdk.ForwarderParts{To: s, Latency: constant(0)},
	}
	if r := a.Failures.Recovery; r != nil {
		parts.Recovery = r.Dist()
	}
	for _, c := range change {
		c(&parts)
	}
	s.Application = New(s.eng, s.store, "a", a, parts)
	return s
}

// write puts so many records of one key into a shard.
func (s *scene) write(shard, count int, flags message.Flags) {
	for range count {
		ref, ok := s.store.New(s.eng.Now(), s.route, 1024, uint32(s.sent), flags)
		if !ok {
			s.t.Fatal("the store is full")
		}
		s.sent++
		s.log.Append(shard, []message.Ref{ref}, 0, 0)
	}
}

func (s *scene) run(until float64) { s.eng.Run(sim.Time(sim.Seconds(until)), 1<<26) }

// held returns how many leases each worker holds.
func (s *scene) held() (leases []int) {
	for i := range s.workers {
		leases = append(leases, len(s.workers[i].leases))
	}
	return leases
}

func (s *scene) wantHeld(want ...int) {
	s.t.Helper()
	if got := s.held(); !slices.Equal(got, want) {
		s.t.Errorf("at %v s the workers hold %v leases, want %v", s.eng.Now().Seconds(), got, want)
	}
}

// wantBalance checks that the records and the leases add up.
func (s *scene) wantBalance() {
	s.t.Helper()
	waiting, inFlight := s.Held()
	for _, r := range s.store.Ledger.Routes() {
		if r.Sender != s.Sender() {
			continue
		}
		if r.Count[message.Visible] != uint64(waiting) || r.Count[message.InFlight] != uint64(inFlight) {
			s.t.Errorf("the ledger has %d in line and %d in flight; the application %d to read and %d in hand",
				r.Count[message.Visible], r.Count[message.InFlight], waiting, inFlight)
		}
	}
	if err := s.CheckLeases(); err != nil {
		s.t.Error(err)
	}
}
