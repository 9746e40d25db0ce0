package kinesis_test

import (
	"math"
	"testing"

	"weir/models/aws"
	"weir/models/kinesis"
	"weir/models/message"
	"weir/models/spec"
	"weir/models/stream"
	"weir/sim"
	"weir/sim/random"
)

// trial is a stream that records are put into at a steady pace.
type trial struct {
	*kinesis.Stream
	eng   *sim.Engine
	store *message.Store
	route message.RouteID
	put   int
	one   [1]message.Ref
}

func newTrial(t *testing.T, s *kinesis.Spec) *trial {
	t.Helper()
	p, err := aws.Load("aws-2026")
	if err != nil {
		t.Fatal(err)
	}
	limits := new(kinesis.Limits)
	p.Fill(limits)
	if s.StreamMode == "" {
		s.StreamMode = kinesis.Provisioned
	}
	if s.PartitionKey == "" {
		s.PartitionKey = stream.KeyPlace
	}
	x := &trial{eng: sim.NewEngine(1, 0), store: message.NewStore(100_000)}
	x.route = x.store.Ledger.Open("producer", "streams.s")
	x.Stream = kinesis.New(x.eng, x.store, "streams.s", s, limits)
	x.Start()
	return x
}

// offer puts one record of so many bytes, and reports whether it was accepted.
func (x *trial) offer(h stream.Hash, bytes uint32) bool {
	ref, _ := x.store.New(x.eng.Now(), x.route, bytes, 0, 0)
	x.one[0] = ref
	if x.PutRecord(stream.Entry{Hash: h, Bytes: bytes, Messages: x.one[:]}) == nil {
		return true
	}
	x.store.Move(ref, x.store.At(ref), message.Rejected)
	x.store.Free(ref)
	return false
}

// load offers records at a rate for some time, and returns how many were accepted and refused, and when the first was.
func (x *trial) load(rate, seconds float64, bytes uint32, hash func(i int) stream.Hash) (ok, no int, first float64) {
	begun := x.eng.Now()
	for i := range int(math.Round(rate * seconds)) {
		x.eng.Run(begun.Add(sim.Seconds(float64(i)/rate)), 1<<20)
		if x.offer(hash(x.put), bytes) {
			ok++
		} else {
			if no++; no == 1 {
				first = x.eng.Now().Sub(begun).Seconds()
			}
		}
		x.put++
	}
	x.eng.Run(begun.Add(sim.Seconds(seconds)), 1<<20)
	return ok, no, first
}

// evenly deals records out over the hashes.
func evenly(i int) stream.Hash { return stream.Hash{High: uint64(i) * 0x9e3779b97f4a7c15} }

// same is the hash of one key.
func same(int) stream.Hash { return stream.HashOf("hot") }

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if math.Abs(got-want) > within*want {
		t.Errorf("%s: %v, want %v within %v %%", what, got, want, within*100)
	}
}

func pointer[T any](v T) *T { return &v }

// Hashes of keys are uniform: the shards' numbers of keys are multinomial, with the widths of their ranges. Pearson's
// statistic of 10 shards has 9 degrees of freedom and lies between the quantiles of 0.1 % and 99.9 %.
func TestKeysFallOnShardsByTheWidthOfTheirRanges(t *testing.T) {
	x := newTrial(t, &kinesis.Spec{Shards: pointer(10)})
	x.SplitShard(3, stream.Middle(x.Log().Shard(3).From, x.Log().Shard(3).To).Next())
	x.MergeShards(7, 8)
	const keys = 200_000
	hasher := stream.NewHasher("device-{key}")
	found := map[int]float64{}
	for i := range uint32(keys) {
		found[x.ShardOf(hasher.Of(i))]++
	}
	square := 0.0
	for i := range x.Log().Open() {
		n := x.Log().OpenShard(i)
		s := x.Log().Shard(n)
		if x.Last(n) != s.To {
			t.Errorf("the last hash of shard %d is %s, want %s", n, x.Last(n), s.To)
		}
		want := keys * float64(s.To.High-s.From.High) / (1 << 64)
		square += (found[n] - want) * (found[n] - want) / want
	}
	if x.Log().Open() != 10 || square < 1.152 || square > 27.88 {
		t.Errorf("%d shards, a statistic of %v: %v", x.Log().Open(), square, found)
	}
}

// A bucket of B tokens that fills at r, asked at λ > r, refuses first after B/(λ−r) and permits B + rT by T.
func TestAShardIsATokenBucket(t *testing.T) {
	mib := spec.Size(10 << 20)
	for _, c := range []struct {
		what        string
		spec        kinesis.Spec
		bytes       uint32
		rate        float64 // offered
		limit, size float64 // records/s and records
	}{
		{"records", kinesis.Spec{}, 100, 1500, 1000, 1000},
		{"bytes", kinesis.Spec{}, 64 << 10, 20, 16, 16},
		{"bytes rounded up to the next KiB", kinesis.Spec{}, 1025, 640, 512, 512},
		{"larger records", kinesis.Spec{MaximumRecordSize: &mib}, 256 << 10, 8, 4, 40},
	} {
		x := newTrial(t, &c.spec)
		const seconds = 60
		ok, _, first := x.load(c.rate, seconds, c.bytes, same)
		near(t, c.what+", accepted", float64(ok), c.size+c.limit*seconds, 0.004)
		if want := c.size / (c.rate - c.limit); math.Abs(first-want) > 2/(c.rate-c.limit)+1/c.rate {
			t.Errorf("%s: first refused after %v s, want %v", c.what, first, want)
		}
	}
}

// "Splits do not isolate hot keys": what one key gets is what one shard takes, in either mode and however many shards.
func TestAHotKeyGetsWhatOneShardTakes(t *testing.T) {
	for _, s := range []*kinesis.Spec{{Shards: pointer(8)}, {StreamMode: kinesis.OnDemand}} {
		x := newTrial(t, s)
		x.load(30, 3000, 100<<10, same)
		ok, _, _ := x.load(30, 600, 100<<10, same)
		near(t, string(s.StreamMode), float64(ok)/600, 1024.0/100, 0.002)
		if s.StreamMode == kinesis.OnDemand && x.Log().Open() < 5 {
			t.Errorf("%d shards: the hot one was not split", x.Log().Open())
		}
	}
}

// reader takes what it gets.
type reader struct {
	x *trial
	f *stream.Fetcher
}

func (r *reader) Sender() string   { return "reader" }
func (r *reader) Opened(shard int) { r.f.Want(shard) }
func (r *reader) Ended(int)        {}
func (r *reader) Fetched(shard int, refs []message.Ref) {
	for _, ref := range refs {
		r.x.store.Move(ref, r.x.store.At(ref), message.Processed)
		r.x.store.Free(ref)
	}
	r.f.Want(shard)
}

// After an outage of T at an input of λ, a reader that reads μ has caught up after λT/(μ−λ). A shard gives 2 MiB/s
// to who it pushes to. Who polls gets 10 MiB, is refused for 5 s, and tries again every 0.5 to 1.5 s meanwhile: by
// renewal theory the first try that is let through comes E[s²]/2E[s] = 0.542 s after that.
func TestAnOutageIsCaughtUpWithTheSpareCapacity(t *testing.T) {
	const outage, input, bytes = 600, 5.0, 102 << 10
	rate := map[bool]float64{true: 2 << 20, false: 10 << 20 / 5.542}
	for _, pushed := range []bool{false, true} {
		x := newTrial(t, &kinesis.Spec{Shards: pointer(1)})
		r := &reader{x: x}
		r.f = stream.NewFetcher(x.eng, x, "reader", r, stream.Way{
			Start: stream.Start{At: sim.Time(outage*sim.Second) + 1}, Pushed: pushed, Push: random.Constant{},
			Every: sim.Second, Eager: true, Most: 10_000, Bytes: 10 << 20,
		})
		x.load(input, outage, bytes, same)
		near(t, "backlog", float64(r.f.Unread(0)), input*outage, 0.01)
		took := 0.0
		for ; r.f.Behind(0) > 5*sim.Second && took < 1000; took++ {
			x.load(input, 1, bytes, same)
		}
		near(t, "seconds to catch up", took, input*outage/(rate[pushed]/bytes-input), 0.05)
	}
}

// "Up to double the peak write throughput of the previous 30 days" is taken at once; beyond that, "throttling can occur
// for 15 minutes" until shards have been split (Kinesis developer guide, how-do-i-size-a-stream.md).
func TestAStreamOnDemandTakesTwiceItsLoad(t *testing.T) {
	const bytes, base = 64 << 10, 1.9 * 16 // records/s: 1.9 MiB/s of four
	x := newTrial(t, &kinesis.Spec{StreamMode: kinesis.OnDemand})
	x.load(base, 1800, bytes, evenly)
	if x.Log().Open() != 4 {
		t.Fatalf("%d shards at less than half of what they take", x.Log().Open())
	}
	if _, no, _ := x.load(2*base, 2400, bytes, evenly); no != 0 || x.Log().Open() < 8 {
		t.Errorf("%d refused of a load that doubled, and %d shards", no, x.Log().Open())
	}

	x = newTrial(t, &kinesis.Spec{StreamMode: kinesis.OnDemand})
	x.load(base, 1800, bytes, evenly)
	ok, no, _ := x.load(4*base, 840, bytes, evenly)
	near(t, "share refused of four times the load", float64(no)/float64(ok+no), 1-4/7.6, 0.02)
	x.load(4*base, 180, bytes, evenly)
	if _, no, _ := x.load(4*base, 600, bytes, evenly); no != 0 || x.Log().Open() < 8 {
		t.Errorf("%d refused after the splits, and %d shards", no, x.Log().Open())
	}
}
