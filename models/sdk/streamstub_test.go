package sdk

import (
	"fmt"
	"slices"
	"sort"
	"testing"

	"weir/models/aws"
	"weir/models/message"
	"weir/models/spec"
	"weir/models/stream"
	"weir/sim"
	"weir/sim/random"
)

var (
	exceeded = &aws.Error{Code: "ProvisionedThroughputExceededException", Retryable: true, Throttle: true}
	internal = &aws.Error{Code: "InternalFailure", Retryable: true}
)

// aStream is a stream that keeps nothing: shards with buckets of tokens, and a log of the calls.
type aStream struct {
	eng    *sim.Engine
	store  *message.Store
	starts []stream.Hash // of the open shards
	number []int
	shards int
	rate   float64 // records a second of a shard; 0: without limit
	tokens map[int]float64
	filled sim.Time
	fail   func(e stream.Entry) error // what else becomes of an entry
	err    error                      // of whole calls

	calls   []call
	keys    []uint32 // of the messages, as they came
	records int
	bytes   uint64
	user    int
	refused int
	most    int // records of a call
	largest uint32
	heavy   uint32 // bytes of a call
	lasts   int    // questions for the last hash of a shard
}

type call struct {
	at      sim.Time
	records int
	users   int
	bytes   uint32
}

func newStream(eng *sim.Engine, store *message.Store, shards int) *aStream {
	s := &aStream{eng: eng, store: store, shards: shards, tokens: map[int]float64{}}
	for i := range shards {
		s.starts, s.number = append(s.starts, stream.Part(i, shards)), append(s.number, i)
	}
	return s
}

func (s *aStream) at(h stream.Hash) int {
	return sort.Search(len(s.starts), func(i int) bool { return h.Less(s.starts[i]) }) - 1
}

func (s *aStream) ShardOf(h stream.Hash) int { return s.number[s.at(h)] }
func (s *aStream) RecordMax() int64          { return 1 << 20 }

// Last returns the last hash of a shard.
func (s *aStream) Last(shard int) stream.Hash {
	s.lasts++
	if i := slices.Index(s.number, shard) + 1; i < len(s.starts) {
		return s.starts[i].Before()
	}
	return stream.HashMax
}

// split splits a shard in the middle: its children are two new ones.
func (s *aStream) split(i int) {
	end := stream.HashMax
	if i+1 < len(s.starts) {
		end = s.starts[i+1]
	}
	middle := stream.Middle(s.starts[i], end)
	s.starts = append(s.starts[:i+1], append([]stream.Hash{middle}, s.starts[i+1:]...)...)
	s.number[i] = s.shards
	s.number = append(s.number[:i+1], append([]int{s.shards + 1}, s.number[i+1:]...)...)
	s.shards += 2
}

func (s *aStream) put(e stream.Entry) error {
	if s.fail != nil {
		if err := s.fail(e); err != nil {
			s.refused++
			return err
		}
	}
	if s.rate > 0 {
		now := s.eng.Now()
		for shard := range s.tokens {
			s.tokens[shard] = min(s.tokens[shard]+now.Sub(s.filled).Seconds()*s.rate, s.rate)
		}
		s.filled = now
		shard := s.ShardOf(e.Hash)
		if _, ok := s.tokens[shard]; !ok {
			s.tokens[shard] = s.rate
		}
		if s.tokens[shard] < 1 {
			s.refused++
			return exceeded
		}
		s.tokens[shard]--
	}
	s.records++
	s.bytes += uint64(e.Bytes)
	s.largest = max(s.largest, e.Bytes)
	for _, ref := range e.Messages {
		m := s.store.At(ref)
		if m.Cause() != message.APICall {
			panic("a message arrived without a call")
		}
		s.keys = append(s.keys, m.Key)
		s.user++
		s.store.Move(ref, m, message.Published)
		s.store.Free(ref)
	}
	return nil
}

func (s *aStream) PutRecord(e stream.Entry) error {
	s.note([]stream.Entry{e})
	if s.err != nil {
		return s.err
	}
	return s.put(e)
}

func (s *aStream) PutRecords(entries []stream.Entry, failures []error) error {
	s.note(entries)
	if s.err != nil {
		return s.err
	}
	for _, e := range entries {
		if int64(e.Bytes) > s.RecordMax() {
			return mistake
		}
	}
	for i, e := range entries {
		failures[i] = s.put(e)
	}
	return nil
}

func (s *aStream) note(entries []stream.Entry) {
	c := call{at: s.eng.Now(), records: len(entries)}
	for _, e := range entries {
		c.users += len(e.Messages)
		c.bytes += e.Bytes
	}
	s.most, s.heavy = max(s.most, c.records), max(s.heavy, c.bytes)
	s.calls = append(s.calls, c)
}

// log returns the first calls, each as when its request came and how many Kinesis and user records it had.
func (s *aStream) log(n int) (lines []string) {
	for _, c := range s.calls[:min(n, len(s.calls))] {
		lines = append(lines, fmt.Sprintf("%v %d/%d", c.at, c.records, c.users))
	}
	return lines
}

// kplDefaults are the library's own, of 2021.
var kplDefaults = KPLDefaults{
	RecordMaxBufferedTime: spec.Duration(100 * sim.Millisecond), AggregationEnabled: true, AggregationMaxSize: 51200,
	AggregationMaxCount: 1<<32 - 1, CollectionMaxCount: 500, CollectionMaxSize: 5 << 20, RateLimit: 1.5,
	RecordTTL: spec.Duration(30 * sim.Second), MaxConnections: 24, CollectionRatio: 0.2,
	CollectionMax: spec.Duration(50 * sim.Millisecond), FlushBytes: 256 << 10, LimiterRecords: 1000, LimiterBytes: 1 << 20,
	LimiterTick: spec.Duration(25 * sim.Millisecond), RetryRatio: 0.5,
}

type streamScene struct {
	*aStream
	p *Producer
}

// onStream returns a producer with the settings given, whose calls take 10 ms, in front of a stream.
func onStream(t testing.TB, shards int, settings string, change ...func(*ProducerParts)) *streamScene {
	t.Helper()
	source, err := spec.Parse("test.yaml", []byte("to: streams.s\n"+settings))
	if err != nil {
		t.Fatal(err)
	}
	d, s := &spec.Decoder{Source: source}, new(ProducerSpec)
	d.Decode(source.Root, s, "")
	if err := d.Errors.Sorted(); err != nil {
		t.Fatal(err)
	}
	latency, err := random.NewConstant(float64(10 * sim.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	eng := sim.NewEngine(1, 0)
	store := message.NewStore(1 << 20)
	to := newStream(eng, store, shards)
	parts := ProducerParts{
		Stream: to, Put: &PutLimits{Records: 500, Bytes: 5 << 20}, KPL: &kplDefaults, Latency: latency, Connections: 50,
		Rules: &rules,
	}
	for _, c := range change {
		c(&parts)
	}
	p := NewProducer(eng, store, "p", s, parts)
	p.Start()
	return &streamScene{to, p}
}

func (s *streamScene) play(t *testing.T, until sim.Duration) *streamScene {
	t.Helper()
	s.eng.Run(sim.Time(until), 1<<24)
	if err := s.store.Ledger.Check(); err != nil {
		t.Error(err)
	}
	if at := s.store.Ledger.Routes()[0].Count[message.AtClient]; int64(at) != s.p.Held.Value() {
		t.Errorf("the producer holds %d messages, the ledger has %d", s.p.Held.Value(), at)
	}
	return s
}
