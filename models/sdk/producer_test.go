package sdk

import (
	"fmt"
	"slices"
	"testing"

	"weir/models/message"
	"weir/models/spec"
	"weir/sim"
	"weir/sim/random"
)

// outbox notes the batches that reach it; it answers with err, and refuses messages larger than 1 KiB.
type outbox struct {
	eng   *sim.Engine
	store *message.Store
	err   error
	log   []string
}

func (o *outbox) accept(refs []message.Ref) (refused []message.Ref, err error) {
	o.log = append(o.log, fmt.Sprintf("%v %d", o.eng.Now(), len(refs)))
	if o.err != nil {
		return nil, o.err
	}
	for _, ref := range refs {
		m := o.store.At(ref)
		if m.Cause() != message.APICall {
			panic("a message arrived without a call")
		}
		if m.SizeBytes > 1024 {
			refused = append(refused, ref)
			continue
		}
		o.store.Move(ref, m, message.Visible)
	}
	return refused, nil
}

func (o *outbox) SendMessage(ref message.Ref, _ sim.Duration) error {
	_, err := o.accept([]message.Ref{ref})
	return err
}

func (o *outbox) SendMessageBatch(refs []message.Ref, _ sim.Duration) ([]message.Ref, error) {
	return o.accept(refs)
}

type scene struct {
	*outbox
	*Producer
}

// newScene returns a producer with the settings given, whose calls take 1 s.
func newScene(t *testing.T, settings string) scene {
	t.Helper()
	source, err := spec.Parse("test.yaml", []byte("to: queues.q\n"+settings))
	if err != nil {
		t.Fatal(err)
	}
	d, s := &spec.Decoder{Source: source}, new(ProducerSpec)
	d.Decode(source.Root, s, "")
	if err := d.Errors.Sorted(); err != nil {
		t.Fatal(err)
	}
	latency, err := random.NewConstant(float64(sim.Second))
	if err != nil {
		t.Fatal(err)
	}
	eng := sim.NewEngine(1, 0)
	store := message.NewStore(10000)
	out := &outbox{eng: eng, store: store}
	p := NewProducer(eng, store, "p", s, ProducerParts{Outbox: out, Latency: latency, Connections: 50, Rules: &rules})
	return scene{out, p}
}

func (s scene) play(t *testing.T, until sim.Duration) {
	t.Helper()
	s.Start()
	s.outbox.eng.Run(sim.Time(until), 1<<20)
	if err := s.outbox.store.Ledger.Check(); err != nil {
		t.Error(err)
	}
}

func (s scene) want(t *testing.T, log ...string) {
	t.Helper()
	if !slices.Equal(s.log, log) {
		t.Errorf("the queue got\n%q, want\n%q", s.log, log)
	}
}

func (s scene) counts(t *testing.T, born, rejected uint64, held int64) {
	t.Helper()
	if s.Born.Value() != born || s.Rejected.Value() != rejected || s.Held.Value() != held {
		t.Errorf("%d born, %d rejected, %d held, want %d, %d and %d", s.Born.Value(), s.Rejected.Value(), s.Held.Value(),
			born, rejected, held)
	}
}

func TestABatchIsSentWhenItIsFull(t *testing.T) {
	s := newScene(t, "arrivals: {constant: 10/s}\nlimit: 7\nbatch: {size: 3, linger: 1h}\n")
	s.play(t, sim.Minute)
	s.want(t, "800ms 3", "1.1s 3")
	s.counts(t, 7, 0, 1)
}

func TestABatchIsSentWhenItHasLingered(t *testing.T) {
	s := newScene(t, "arrivals: {constant: 10/s}\nlimit: 5\nbatch: {size: 4, linger: 150ms}\n")
	s.play(t, sim.Minute)
	// Two at 0.1 and 0.2 s are sent at 0.25 s, two at 0.3 and 0.4 s at 0.45 s, one at 0.5 s at 0.65 s.
	s.want(t, "750ms 2", "950ms 2", "1.15s 1")
	s.counts(t, 5, 0, 0)
}

func TestTheLingerTimeOfAFullBatchDoesNotSendTheNextOne(t *testing.T) {
	s := newScene(t, "arrivals: {constant: 10/s}\nlimit: 3\nbatch: {size: 2, linger: 350ms}\nconnections: 1\n")
	s.play(t, sim.Minute)
	// Full at 0.2 s; the third message, of 0.3 s, lingers until 0.65 s and not until 0.45 s.
	s.want(t, "700ms 2", "1.7s 1")
	if wait := s.SendTime.Max(); wait != int64(1550*sim.Millisecond) {
		t.Errorf("the second batch took %v ns, want 1.55 s from 0.65 s on", wait)
	}
}

func TestAMessageBeyondTheBufferIsRejected(t *testing.T) {
	s := newScene(t, "arrivals: {constant: 10/s}\nlimit: 20\nbuffer: 4\n")
	s.play(t, 550*sim.Millisecond)
	s.counts(t, 5, 1, 4)
	s.outbox.eng.Run(sim.Time(sim.Minute), 1<<20)
	if s.Held.Max() != 4 || s.Held.Value() != 0 || s.Rejected.Value()+uint64(len(s.log)) != 20 {
		t.Errorf("at most %d held, %d at the end; %d rejected and %d sent of 20", s.Held.Max(), s.Held.Value(),
			s.Rejected.Value(), len(s.log))
	}
	// A place comes free half a round trip after its message came: four of each five are sent.
	if s.Rejected.Value() != 4 {
		t.Errorf("%d messages were rejected, want 4", s.Rejected.Value())
	}
}

func TestARefusedMessageIsRejectedAndTheRestOfItsBatchIsNot(t *testing.T) {
	s := newScene(t, "arrivals: {constant: 10/s}\nlimit: 40\nbatch: {size: 10}\n"+
		"size: {mixture: [{weight: 0.5, of: {constant: 1KiB}}, {weight: 0.5, of: {constant: 2KiB}}]}\n")
	s.play(t, sim.Minute)
	route := s.outbox.store.Ledger.Routes()[0]
	if r := s.Rejected.Value(); r < 8 || r > 32 || route.Count[message.Rejected] != r ||
		route.Count[message.Visible] != 40-r || s.Held.Value() != 0 {
		t.Errorf("%d rejected; the ledger has %v", r, route.Count)
	}
}

func TestTheMessagesOfACallThatIsGivenUpAreRejected(t *testing.T) {
	s := newScene(t, "arrivals: {constant: 10/s}\nlimit: 6\nbatch: {size: 3, linger: 1s}\nretry: {mode: none}\n")
	s.outbox.err = serverFault
	s.play(t, sim.Minute)
	s.counts(t, 6, 6, 0)
	if s.SendTime.Count() != 0 || s.outbox.store.Live() != 0 {
		t.Errorf("%d sends timed, %d messages live, want none", s.SendTime.Count(), s.outbox.store.Live())
	}
}

func TestTheClientsOfAClosedLoopWaitForTheirAnswerAndThink(t *testing.T) {
	s := newScene(t, "arrivals: {closed: {clients: 2, think: 2s}}\nlimit: 6\nbatch: {size: 10, linger: 1h}\nconnections: 1\n")
	s.play(t, sim.Minute)
	// Each client thinks 2 s, sends at once and alone, is served half a second later and answered after another half.
	s.want(t, "2.5s 1", "2.5s 1", "5.5s 1", "5.5s 1", "8.5s 1", "8.5s 1")
	s.counts(t, 6, 0, 0)
}

func TestAClientOfAClosedLoopGoesOnAfterACallThatWasGivenUp(t *testing.T) {
	s := newScene(t, "arrivals: {closed: {clients: 1, think: 2s}}\nlimit: 3\nretry: {mode: none}\n")
	s.outbox.err = serverFault
	s.play(t, sim.Minute)
	s.want(t, "2.5s 1", "5.5s 1", "8.5s 1")
	s.counts(t, 3, 3, 0)
}

// SQS developer guide, exactly-once processing: a producer that gets no answer sends again, with the same deduplication
// ID.
func TestARepeatIsAnotherMessageOfTheSameIdentity(t *testing.T) {
	s := newScene(t, "arrivals: {constant: 0.1/s}\nlimit: 2\nsize: 500B\nkey: {uniform: 100}\n"+
		"repeats: {share: 100%, after: 30s}")
	s.outbox.store.KeepIDs()
	s.play(t, 100*sim.Second)
	s.want(t, "10.5s 1", "20.5s 1", "40.5s 1", "50.5s 1")
	if s.Born.Value() != 4 || s.Repeated.Value() != 2 {
		t.Errorf("%d born, %d repeated", s.Born.Value(), s.Repeated.Value())
	}
	ids, keys := map[uint32]int{}, map[uint32]int{}
	for ref := range message.Ref(4) {
		ids[s.outbox.store.ID(ref)]++
		keys[s.outbox.store.At(ref).Key]++
	}
	if len(ids) != 2 || ids[1] != 2 || ids[2] != 2 || len(keys) > 2 {
		t.Errorf("identities %v, keys %v", ids, keys)
	}
}

func TestTheShareOfTheMessagesIsSentAgain(t *testing.T) {
	s := newScene(t, "arrivals: {constant: 100/s}\nlimit: 5000\nrepeats: {share: 20%, after: 1s}")
	s.play(t, 100*sim.Second)
	if n := float64(s.Repeated.Value()); n < 900 || n > 1100 || s.Born.Value() != 5000+s.Repeated.Value() {
		t.Errorf("%v of 5,000 messages are sent again, want 1,000", n)
	}
	if len(s.unused) != len(s.repeats) {
		t.Errorf("%d of %d slots are free", len(s.unused), len(s.repeats))
	}
}

func TestARepeatOfAClosedLoopIsNobodysRequest(t *testing.T) {
	s := newScene(t, "arrivals: {closed: {clients: 1, think: 10s}}\nlimit: 2\nrepeats: {share: 100%, after: 2s}")
	s.play(t, 100*sim.Second)
	s.want(t, "10.5s 1", "12.5s 1", "21.5s 1", "23.5s 1")
}
