package lambda

import (
	"math"
	"testing"

	"weir/models/aws"
	"weir/models/message"
	"weir/models/spec"
	"weir/models/sqs"
	"weir/sim"
	"weir/sim/random"
)

// scene is functions on a clock, in a profile whose chances and call latencies are taken out.
type scene struct {
	t       testing.TB
	eng     *sim.Engine
	store   *message.Store
	profile *aws.Profile
	limit   *Limits
	account *Account
	route   message.RouteID
	answers []answer
}

// answer is what a caller was told, and when.
type answer struct {
	at    sim.Time
	token uint64
	err   error
}

// Answered notes an answer.
func (s *scene) Answered(token uint64, err error) {
	s.answers = append(s.answers, answer{s.eng.Now(), token, err})
}

// newScene makes a scene in a profile, with further constants overridden: pairs of key and value.
func newScene(t testing.TB, profile string, overrides ...string) *scene {
	t.Helper()
	p, err := aws.Load(profile)
	if err != nil {
		t.Fatal(err)
	}
	quiet := []string{
		"lambda.placement", "100ms", "lambda.placement.per_mib", "0s", "lambda.placement.vpc", "200ms",
		"lambda.preinitialised_share", "0%", "lambda.async.latency", "0s", "lambda.mapping.latency", "0s",
		"lambda.async.duplicate_share", "0%", "lambda.idle_lifetime", "10m", "lambda.life_max", "10d",
		"lambda.mapping.fifo_latency", "0s", "sqs.duplicate_share", "0%", "sqs.servers", "1",
	}
	for i := 0; i < len(quiet); i += 2 {
		must(t, p.OverrideText(quiet[i], quiet[i+1]))
	}
	for i := 0; i < len(overrides); i += 2 {
		must(t, p.OverrideText(overrides[i], overrides[i+1]))
	}
	s := &scene{t: t, eng: sim.NewEngine(1, 0), store: message.NewStore(1_000_000), profile: p, limit: new(Limits)}
	p.Fill(s.limit)
	s.account = NewAccount(s.eng, s.limit)
	s.route = s.store.Ledger.Open("p", "p")
	return s
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// function makes a function from settings of the scenario file; its runtime takes a second to initialise, and further
// changes may be made to its parts.
func (s *scene) function(settings string, change ...func(*Parts)) *Function {
	s.t.Helper()
	if settings == "" {
		settings = "timeout: 3s"
	}
	node, err := spec.Parse("f.yaml", []byte(settings+"\n"))
	must(s.t, err)
	decoder := spec.Decoder{Source: node}
	sp := new(Spec)
	decoder.Decode(node.Root, sp, "functions.f")
	if len(decoder.Errors) > 0 {
		s.t.Fatal(decoder.Errors)
	}
	parts := &Parts{Account: s.account, Limits: s.limit, Digits: 3, RuntimeInit: constant(sim.Second)}
	for _, c := range change {
		c(parts)
	}
	f := New(s.eng, s.store, "functions.f", sp, parts)
	f.Asynchronous()
	return f
}

func constant(d sim.Duration) random.Dist {
	c, err := random.NewConstant(float64(d))
	if err != nil {
		panic(err)
	}
	return c
}

// queue makes a queue with a visibility timeout.
func (s *scene) queue(name string, visibility sim.Duration) *sqs.Queue {
	limits := new(sqs.Limits)
	s.profile.Fill(limits)
	return sqs.New(s.eng, s.store, name, &sqs.Spec{
		VisibilityTimeout: spec.Duration(visibility), Retention: spec.Duration(4 * 24 * sim.Hour),
		DeduplicationScope: sqs.ScopeQueue, FIFOThroughputLimit: sqs.LimitPerQueue,
	}, limits)
}

// mapTo makes a function read a queue; its calls take no time.
func (s *scene) mapTo(f *Function, q *sqs.Queue, visibility sim.Duration, settings string) *Mapping {
	s.t.Helper()
	node, err := spec.Parse("m.yaml", []byte("from: queues.q\n"+settings+"\n"))
	must(s.t, err)
	decoder := spec.Decoder{Source: node}
	m := new(MappingSpec)
	decoder.Decode(node.Root, m, "m")
	if len(decoder.Errors) > 0 {
		s.t.Fatal(decoder.Errors)
	}
	zero := constant(0)
	return f.Map(m, MappingParts{
		Inbox: q, Visibility: visibility, Receive: zero, Delete: zero, CallMax: 10,
	})
}

// born gives birth to a message that is about to be sent.
func (s *scene) born(size uint32, flags message.Flags) message.Ref {
	ref, ok := s.store.New(s.eng.Now(), s.route, size, 0, flags)
	if !ok {
		s.t.Fatal("the store is full")
	}
	s.store.At(ref).Enter(s.eng.Now(), message.APICall)
	return ref
}

// invoke asks a function with a message of its own, and returns it.
func (s *scene) invoke(f *Function, token uint64) message.Ref {
	ref := s.born(100, 0)
	m := s.store.At(ref)
	f.Invoke(message.Receipt{Ref: ref, Number: m.Receipt, Generation: m.Generation}, s, token)
	return ref
}

// send sends messages to a queue.
func (s *scene) send(q *sqs.Queue, n int, flags message.Flags) {
	s.t.Helper()
	for range n {
		must(s.t, q.SendMessage(s.born(100, flags), message.QueueDefault))
	}
}

// run lets time pass until so many seconds after the start.
func (s *scene) run(until float64) { s.eng.Run(sim.Time(sim.Seconds(until)), 1<<40) }

// place returns how many messages are in a place of the ledger, those of all senders.
func (s *scene) place(p message.Place) (n uint64) {
	for _, r := range s.store.Ledger.Routes() {
		n += r.Count[p]
	}
	return n
}

// said checks the answers so far: each the instant in seconds, and the error.
func (s *scene) said(what string, want ...any) {
	s.t.Helper()
	if len(s.answers)*2 != len(want) {
		s.t.Fatalf("%s: %d answers, want %d: %v", what, len(s.answers), len(want)/2, s.answers)
	}
	for i, a := range s.answers {
		err, _ := want[2*i+1].(error)
		if at := want[2*i].(float64); math.Abs(a.at.Seconds()-at) > 1e-6 || a.err != err {
			s.t.Errorf("%s: answer %d is %v at %.3f s, want %v at %.3f s", what, i, a.err, a.at.Seconds(), err, at)
		}
	}
	s.answers = nil
}
