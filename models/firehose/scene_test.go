package firehose

import (
	"math"
	"testing"

	"weir/models/aws"
	"weir/models/message"
	"weir/models/meter"
	"weir/models/spec"
	"weir/sim"
)

// scene is a delivery stream on a clock, for stories: nothing takes time unless a test says so.
type scene struct {
	*testing.T
	eng   *sim.Engine
	store *message.Store
	limit Limits
	route message.RouteID
	d     *DeliveryStream
	f     *stub
}

// newScene returns a scene in a profile and us-east-1, with further constants overridden: pairs of key and value.
func newScene(t *testing.T, profile string, overrides ...string) *scene {
	t.Helper()
	p, err := aws.Load(profile)
	if err == nil {
		p, err = p.In("us-east-1")
	}
	quiet := []string{
		"firehose.s3.latency", "0s", "firehose.http.latency", "0s", "firehose.opensearch.latency", "0s",
		"firehose.redshift.latency", "0s",
	}
	overrides = append(quiet, overrides...)
	for i := 0; i < len(overrides) && err == nil; i += 2 {
		err = p.OverrideText(overrides[i], overrides[i+1])
	}
	if err != nil {
		t.Fatal(err)
	}
	s := &scene{T: t, eng: sim.NewEngine(1, 0), store: message.NewStore(1 << 22)}
	s.route = s.store.Ledger.Open("producers.p", "producers.p")
	p.Fill(&s.limit)
	return s
}

func decode(t *testing.T, text string) *Spec {
	t.Helper()
	node, err := spec.Parse("d.yaml", []byte(text+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	decoder, s := spec.Decoder{Source: node}, new(Spec)
	decoder.Decode(node.Root, s, "delivery_streams.d")
	if len(decoder.Errors) > 0 {
		t.Fatal(decoder.Errors)
	}
	return s
}

// delivery makes the delivery stream from settings of the scenario file, which AWS must not refuse.
func (s *scene) delivery(settings string, change ...func(*Parts)) *DeliveryStream {
	s.Helper()
	sp := decode(s.T, settings)
	if problems := Check(sp, &s.limit); len(problems) > 0 {
		s.Fatal(problems)
	}
	parts := &Parts{Limits: &s.limit, Records: 10_000, Bytes: 10 << 20, Digits: 3}
	if sp.Transform != nil {
		s.f = &stub{scene: s}
		parts.Transformer = s.f
	}
	for _, c := range change {
		c(parts)
	}
	s.d = New(s.eng, s.store, "delivery_streams.d", sp, parts)
	return s.d
}

// born returns a record at its producer, in a call.
func (s *scene) born(size, key uint32, flags message.Flags) message.Ref {
	s.Helper()
	ref, ok := s.store.New(s.eng.Now(), s.route, size, key, flags)
	if !ok {
		s.Fatal("memory is full")
	}
	s.store.At(ref).Enter(s.eng.Now(), message.APICall)
	return ref
}

// put puts a record of a size and key, and rejects it when it is refused.
func (s *scene) put(size, key uint32) error {
	ref := s.born(size, key, 0)
	err := s.d.SendMessage(ref, 0)
	if err != nil {
		s.reject(ref)
	}
	return err
}

func (s *scene) reject(ref message.Ref) {
	s.store.Move(ref, s.store.At(ref), message.Rejected)
	s.store.Free(ref)
}

// must puts records of a size, of keys counted from 0, which must not be refused.
func (s *scene) must(records int, size uint32) {
	s.Helper()
	for i := range records {
		if err := s.put(size, uint32(i)); err != nil {
			s.Fatal(err)
		}
	}
}

// run runs until an instant in seconds and checks after every event that each record is somewhere, and only there.
func (s *scene) run(seconds float64) {
	s.Helper()
	until := sim.Time(sim.Seconds(seconds))
	for s.eng.Run(until, 1) == sim.Paused {
		s.check()
	}
	s.check()
}

func (s *scene) check() {
	s.Helper()
	if err := s.store.Ledger.Check(); err != nil {
		s.Fatal(err)
	}
	way := s.store.Ledger.UnderWay()
	visible, inFlight := s.d.Held()
	if s.d.fetcher != nil { // what the source holds is in its log
		visible = int64(way[message.Visible])
	}
	if way[message.Visible] != uint64(visible) || way[message.InFlight] != uint64(inFlight) {
		s.Fatalf("at %s the ledger has %d and %d, the delivery stream %d and %d", s.eng.Now(), way[message.Visible],
			way[message.InFlight], visible, inFlight)
	}
	if live := way[message.AtClient] + uint64(visible+inFlight); s.d.fetcher == nil && uint64(s.store.Live()) != live {
		s.Fatalf("%d records live, and %d are under way", s.store.Live(), live)
	}
}

// at calls a function at an instant in seconds.
func (s *scene) at(seconds float64, do func()) {
	sim.NewEvent(s.eng, "at", func(uint8) { do() }).At(sim.Time(sim.Seconds(seconds)), 0)
}

// count returns how many records ended in a place.
func (s *scene) count(p message.Place) (n uint64) {
	for _, r := range s.store.Ledger.Routes() {
		n += r.Count[p]
	}
	return n
}

// expect compares numbers by name.
func (s *scene) expect(what string, got, want float64) {
	s.Helper()
	if math.Abs(got-want) > 1e-9*math.Abs(want) {
		s.Errorf("%s: %v, want %v", what, got, want)
	}
}

// figure returns a figure of the delivery stream.
func (s *scene) figure(name string) float64 {
	s.Helper()
	value, found := 0.0, false
	s.d.Figures(s.eng.Now(), func(n, _ string, v float64) {
		if n == name {
			value, found = v, true
		}
	})
	if !found {
		s.Fatalf("there is no figure %s", name)
	}
	return value
}

// curve reads a curve of the delivery stream.
func (s *scene) curve(name string) (value float64) {
	s.d.Curves(func(c meter.Curve) {
		if c.Name == name {
			value = c.Read(s.eng.Now())
		}
	})
	return value
}

// usage returns what is billed of an item.
func (s *scene) usage(item string) (quantity float64) {
	s.d.Usage(s.eng.Now(), func(name, _ string, q float64) {
		if name == item {
			quantity = q
		}
	})
	return quantity
}

// stub is a function that takes its time for a batch, and fails as it is told.
type stub struct {
	*scene
	takes     sim.Duration
	err       error
	at        []float64 // of the invocations, s
	sizes     []int     // records of them
	busy, top int
	fails     func(*message.Message) bool // records that the handler fails at
	answered  sim.Event[uint64]
	ready     bool
	receipts  map[uint64][]message.Receipt
	caller    message.Caller
}

// InvokeBatch answers after the function's time.
func (f *stub) InvokeBatch(receipts []message.Receipt, caller message.Caller, token uint64) {
	if !f.ready {
		f.ready, f.receipts = true, map[uint64][]message.Receipt{}
		f.answered = sim.NewEvent(f.eng, "stub/answered", f.answer)
	}
	f.at, f.sizes = append(f.at, f.eng.Now().Seconds()), append(f.sizes, len(receipts))
	f.busy++
	f.top = max(f.top, f.busy)
	f.receipts[token], f.caller = receipts, caller
	if f.takes == 0 {
		f.answer(token)
		return
	}
	f.answered.After(f.takes, token)
}

func (f *stub) answer(token uint64) {
	f.busy--
	for _, r := range f.receipts[token] {
		m := f.store.At(r.Ref)
		if m.Receipt == r.Number && f.fails != nil && f.fails(m) {
			m.Failure = message.DeadByPoison
			m.Enter(f.eng.Now(), message.Retry)
		}
	}
	f.caller.Answered(token, f.err)
}
