package sdk

import (
	"errors"
	"fmt"
	"testing"

	"weir/models/message"
	"weir/models/spec"
	"weir/sim"
)

// shelf is a bucket whose PUTs take a second; it fails those of the sizes given.
type shelf struct {
	eng   *sim.Engine
	store *message.Store
	fail  int64
	puts  []string
	most  int // PUTs under way at once
	now   int
}

type answer = message.Caller

func (s *shelf) put(caller answer, token uint64, size int64) {
	s.puts = append(s.puts, fmt.Sprintf("%v %d", s.eng.Now(), size))
	s.now++
	s.most = max(s.most, s.now)
	sim.NewEvent(s.eng, "put", func(uint8) {
		s.now--
		var err error
		if size == s.fail {
			err = errors.New("SlowDown")
		}
		caller.Answered(token, err)
	}).After(sim.Second, 0)
}

func (s *shelf) PutObject(caller message.Caller, token uint64, _ uint32, size int64) message.Object {
	s.put(caller, token, size)
	return message.Object(len(s.puts))
}

func (s *shelf) PutMessage(caller message.Caller, token uint64, ref message.Ref) {
	s.put(caller, token, int64(s.store.At(ref).SizeBytes))
}

// sender is who sends the messages of calls 0, 1, 2 …
type sender struct {
	eng   *sim.Engine
	calls [][]message.Ref
	log   []string
}

func (s *sender) Messages(c Call) []message.Ref { return s.calls[c] }
func (s *sender) Attempt(c Call)                { s.log = append(s.log, fmt.Sprintf("%v: %d begins", s.eng.Now(), c)) }
func (s *sender) Uploaded(c Call, err error) {
	s.log = append(s.log, fmt.Sprintf("%v: %d ends, %v", s.eng.Now(), c, err))
}

// newUploads returns uploads of payloads above 1,000 bytes up to 9,000, of calls with messages of the sizes given.
func newUploads(atOnce int64, fail int64, calls ...[]uint32) (*Uploads, *sender, *shelf) {
	eng, store := sim.NewEngine(1, 0), message.NewStore(100)
	s, b := &sender{eng: eng}, &shelf{eng: eng, store: store, fail: fail}
	limit := &ExtendedClientLimits{Threshold: 1000, PayloadMax: 9000, PointerSize: 180}
	u := NewUploads(s, store, &ExtendedClientSpec{}, limit, b, atOnce)
	for _, sizes := range calls {
		var refs []message.Ref
		for _, size := range sizes {
			ref, _ := store.New(0, store.Ledger.Open("p", "p"), size, 0, 0)
			refs = append(refs, ref)
		}
		s.calls = append(s.calls, refs)
	}
	return u, s, b
}

func TestThePayloadsOfABatchArePutOneAfterTheOther(t *testing.T) {
	u, s, b := newUploads(0, 0, []uint32{2000, 1000, 3000}, []uint32{1000})
	u.Begin(0)
	u.Begin(1)
	s.eng.Run(sim.Time(10*sim.Second), 100)
	if want := "[0s: 0 begins 0s: 1 ends, <nil> 2s: 0 ends, <nil>]"; fmt.Sprint(s.log) != want {
		t.Errorf("%v, want %s", s.log, want)
	}
	if want := "[0s 2000 1s 3000]"; fmt.Sprint(b.puts) != want {
		t.Errorf("%v, want %s", b.puts, want)
	}
	for i, want := range []message.Payload{{Object: 1, Bytes: 2000}, {}, {Object: 2, Bytes: 3000}} {
		ref := s.calls[0][i]
		m, size := u.store.At(ref), uint32(180)
		if want.Bytes == 0 {
			size = 1000
		}
		if got := u.store.Payload(ref); got != want || m.SizeBytes != size {
			t.Errorf("message %d: payload %+v and %d bytes, want %+v and %d", i, got, m.SizeBytes, want, size)
		}
		if got := u.store.BodyBytes(ref, m); got != max(want.Bytes, 1000) {
			t.Errorf("message %d: a body of %d bytes", i, got)
		}
	}
	u.store.PutBack(s.calls[0][0])
	if m := u.store.At(s.calls[0][0]); m.SizeBytes != 2000 || u.store.Payload(s.calls[0][0]).Bytes != 0 {
		t.Errorf("put back it has %d bytes", m.SizeBytes)
	}
}

func TestAPayloadThatCannotBePutEndsTheCall(t *testing.T) {
	u, s, b := newUploads(0, 3000, []uint32{2000, 3000, 4000}, []uint32{2000, 9001})
	u.Begin(0)
	u.Begin(1)
	s.eng.Run(sim.Time(10*sim.Second), 100)
	want := "[0s: 0 begins 0s: 1 begins 1s: 1 ends, " + ErrPayloadTooLarge.Error() + " 2s: 0 ends, SlowDown]"
	if fmt.Sprint(s.log) != want || len(b.puts) != 3 {
		t.Errorf("%v, %v, want %s", s.log, b.puts, want)
	}
}

func TestCallsWaitForAConnectionToTheBucket(t *testing.T) {
	u, s, b := newUploads(2, 0, []uint32{2000}, []uint32{2000}, []uint32{2000}, []uint32{2000}, []uint32{2000})
	for c := range s.calls {
		u.Begin(Call(c))
	}
	s.eng.Run(sim.Time(10*sim.Second), 100)
	if last := s.log[len(s.log)-1]; b.most != 2 || last != "3s: 4 ends, <nil>" {
		t.Errorf("%d at once, %v", b.most, s.log)
	}
}

func TestAMessageIsPutWholeIntoABucket(t *testing.T) {
	_, s, b := newUploads(0, 0, []uint32{10})
	u := NewObjectUploads(s, b.store, b, 1)
	u.Begin(0)
	s.eng.Run(sim.Time(10*sim.Second), 100)
	if want := "[0s: 0 begins 1s: 0 ends, <nil>]"; fmt.Sprint(s.log) != want || b.puts[0] != "0s 10" {
		t.Errorf("%v, %v", s.log, b.puts)
	}
}

func TestAThresholdOfTheScenarioComesBeforeTheLibrarys(t *testing.T) {
	u, _, b := newUploads(0, 0)
	size := spec.Size(5000)
	limit := &ExtendedClientLimits{Threshold: 1000, PayloadMax: 9000, PointerSize: 180}
	for _, c := range []struct {
		spec ExtendedClientSpec
		want int64
	}{{ExtendedClientSpec{}, 1000}, {ExtendedClientSpec{Threshold: &size}, 5000}, {ExtendedClientSpec{Always: true}, -1}} {
		if got := NewUploads(nil, u.store, &c.spec, limit, b, 0).above; got != c.want {
			t.Errorf("%+v: above %d, want %d", c.spec, got, c.want)
		}
	}
}

// keys are data keys that are there after the wait, for the first call, and fail every call if err is set.
type keys struct {
	wait sim.Duration
	err  error
}

func (k *keys) Prepare() (sim.Duration, error) {
	wait := k.wait
	k.wait = 0
	return wait, k.err
}

func TestTheFirstSendWaitsForItsDataKey(t *testing.T) {
	s := newScene(t, "arrivals: {constant: 0.1/s}\nlimit: 2")
	s.client.Encrypt(&keys{wait: 3 * sim.Second})
	s.play(t, 100*sim.Second)
	s.want(t, "13.5s 1", "20.5s 1")
	s = newScene(t, "arrivals: {constant: 0.1/s}\nlimit: 2")
	s.client.Encrypt(&keys{wait: 3 * sim.Second, err: errors.New("KmsThrottled")})
	s.play(t, 100*sim.Second)
	s.want(t)
	if s.Rejected.Value() != 2 || s.SendTime.Count() != 0 {
		t.Errorf("%d rejected", s.Rejected.Value())
	}
}
