package ec2

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"weir/models/aws"
	"weir/models/message"
	"weir/models/sdk"
	"weir/models/spec"
	"weir/sim"
	"weir/sim/random"
)

// inbox hands out messages at once, as many as are asked for, until its stock is used up; then its pollers wait for
// ever. It notes the calls that reach it.
type inbox struct {
	eng    *sim.Engine
	store  *message.Store
	route  message.RouteID
	stock  int
	refuse int // receives to refuse first
	free   int
	log    []string
	sent   int
}

func (q *inbox) note(format string, args ...any) {
	q.log = append(q.log, fmt.Sprintf("%v ", q.eng.Now())+fmt.Sprintf(format, args...))
}

func (q *inbox) ReceiveMessage(most int, _, _ sim.Duration, to message.Receiver, token uint64) {
	if q.refuse > 0 {
		q.refuse--
		q.note("refused")
		to.Received(token, nil, &aws.Error{Code: "OverLimit", Retryable: true})
		return
	}
	var got []message.Receipt
	for range min(most, q.stock) {
		q.stock--
		ref, _ := q.store.New(q.eng.Now(), q.route, 1024, 0, 0)
		m := q.store.At(ref)
		m.Enter(q.eng.Now(), message.APICall)
		m.Generation++
		m.Receipt++
		q.store.Move(ref, m, message.InFlight)
		got = append(got, message.Receipt{Ref: ref, Number: m.Receipt, Generation: m.Generation, At: q.eng.Now()})
	}
	if len(got) > 0 {
		q.free--
		to.Received(token, got, nil)
	}
}

func (q *inbox) DeleteMessageBatch(receipts []message.Receipt) error {
	q.note("delete %d", len(receipts))
	return nil
}

func (q *inbox) ChangeMessageVisibilityBatch(receipts []message.Receipt, timeout sim.Duration) error {
	q.note("change %d to %v", len(receipts), timeout)
	return nil
}

func (q *inbox) ConsumerFree(n int)                          { q.free += n }
func (q *inbox) Idle() message.Idle                          { return message.Idle{} }
func (q *inbox) SendMessage(message.Ref, sim.Duration) error { q.sent++; return nil }

var rules = sdk.RetryRules{
	StandardAttempts: 3, StandardBase: spec.Duration(sim.Second), MaxDelay: spec.Duration(20 * sim.Second), Quota: 500,
	QuotaCost: 5, QuotaRefund: 1,
}

func constant(d sim.Duration) random.Dist {
	c, err := random.NewConstant(float64(d))
	if err != nil {
		panic(err)
	}
	return c
}

// newFleet returns a fleet with the settings given, on instances of two vCPUs, and its queue of so many messages. Work
// on a message takes 1 s; of the calls only the receive takes time: 100 ms.
func newFleet(t *testing.T, settings string, stock int, change ...func(*Parts)) (*Fleet, *inbox) {
	t.Helper()
	source, err := spec.Parse("test.yaml", []byte("from: queues.q\n"+settings))
	if err != nil {
		t.Fatal(err)
	}
	d, s := &spec.Decoder{Source: source}, new(Spec)
	d.Decode(source.Root, s, "")
	if err := d.Errors.Sorted(); err != nil {
		t.Fatal(err)
	}
	eng := sim.NewEngine(1, 0)
	q := &inbox{eng: eng, store: message.NewStore(100_000), stock: stock}
	q.route = q.store.Ledger.Open("p", "p")
	parts := Parts{
		Inbox: q, VCPUs: 2, Rules: &rules, Digits: 3, BatchMax: 10, Recovery: constant(10 * sim.Second),
		RefusedPause: 5 * sim.Second, Work: Work{Message: constant(sim.Second)},
		Latencies: Latencies{Receive: constant(100 * sim.Millisecond), Delete: constant(0), ChangeVisibility: constant(0),
			Send: constant(0)},
	}
	for _, c := range change {
		c(&parts)
	}
	f := New(eng, q.store, "f", s, parts)
	f.Start()
	return f, q
}

func (q *inbox) run(until sim.Duration) { q.eng.Run(sim.Time(until), 1<<24) }

func (q *inbox) want(t *testing.T, log ...string) {
	t.Helper()
	if !slices.Equal(q.log, log) {
		t.Errorf("the queue was asked\n%q, want\n%q", q.log, log)
	}
}

func TestAThreadDeletesInItsMode(t *testing.T) {
	for mode, want := range map[string][]string{
		"each":  {"1.1s delete 1", "2.1s delete 1", "3.1s delete 1"},
		"batch": {"3.1s delete 3"},
		"async": {"1.1s delete 1", "2.1s delete 1", "3.1s delete 1"},
	} {
		f, q := newFleet(t, "delete: "+mode, 3)
		q.run(sim.Minute)
		q.want(t, want...)
		if f.Processed.Value() != 3 || f.Busy.Value() != 0 || f.Busy.Integral(q.eng.Now()) != 3 {
			t.Errorf("%s: %d processed, %d busy, %v busy seconds, want 3, 0 and 3", mode, f.Processed.Value(), f.Busy.Value(),
				f.Busy.Integral(q.eng.Now()))
		}
	}
}

func TestADeleteTakesItsTimeFromTheThreadUnlessItIsAsynchronous(t *testing.T) {
	slow := func(p *Parts) { p.Latencies.Delete = constant(sim.Second) }
	for mode, want := range map[string][]string{
		"each":  {"1.6s delete 1", "3.6s delete 1"},
		"batch": {"2.6s delete 2"},
		"async": {"1.6s delete 1", "2.6s delete 1"},
	} {
		_, q := newFleet(t, "delete: "+mode, 2, slow)
		q.run(sim.Minute)
		q.want(t, want...)
	}
}

func TestHeartbeatsKeepWhatIsInHandUntilTheBatchIsDone(t *testing.T) {
	_, q := newFleet(t, "heartbeat: {every: 700ms, extend: 2s}\ndelete: batch", 2)
	q.run(sim.Minute)
	q.want(t, "800ms change 2 to 2s", "1.5s change 2 to 2s", "2.1s delete 2")
}

// Two vCPUs among n threads: each computes at the rate min(1, 2/n).
func TestThreadsThatComputeShareTheVCPUs(t *testing.T) {
	for _, c := range []struct {
		settings string
		want     string
	}{
		{"instance: {threads: 2}\ncpu_share: 100%", "1.1s delete 1"},
		{"instance: {threads: 4}\ncpu_share: 100%", "2.1s delete 1"},
		{"instance: {threads: 8}\ncpu_share: 100%", "4.1s delete 1"},
		{"instance: {threads: 8}\ncpu_share: 50%", "2.6s delete 1"}, // 0.5 s of computing at a quarter, and 0.5 s
		{"instance: {threads: 8}\ncpu_share: 0%", "1.1s delete 1"},
	} {
		_, q := newFleet(t, c.settings+"\nreceive: {max_messages: 1}", 8)
		q.run(sim.Minute)
		if len(q.log) != 8 || q.log[0] != c.want && !strings.HasPrefix(q.log[0], strings.TrimSuffix(c.want, "s delete 1")) {
			t.Errorf("%s: the first of %d deletes was %s, want %s", c.settings, len(q.log), q.log[0], c.want)
		}
	}
}

func TestFailedWorkWaitsOrIsReleased(t *testing.T) {
	f, q := newFleet(t, "failures: {error: 100%}\non_error: release", 2)
	q.run(sim.Minute)
	q.want(t, "1.1s change 1 to 0s", "2.1s change 1 to 0s")
	if f.Failed.Value() != 2 || f.Processed.Value() != 0 {
		t.Errorf("%d failed and %d processed, want 2 and 0", f.Failed.Value(), f.Processed.Value())
	}
	_, q = newFleet(t, "failures: {error: 100%}", 2)
	q.run(sim.Minute)
	q.want(t)

	f, q = newFleet(t, "failures: {error: 30%}\nreceive: {max_messages: 1}", 20_000)
	q.run(sim.Duration(20_000) * 2 * sim.Second)
	share := float64(f.Failed.Value()) / 20_000
	if half := 3.29 * math.Sqrt(0.3*0.7/20_000); math.Abs(share-0.3) > half {
		t.Errorf("%.4f of the attempts failed, want 0.3 ± %.4f", share, half)
	}
}

func TestACrashedInstanceLosesWhatItHoldsAndComesBack(t *testing.T) {
	f, q := newFleet(t, "instances: 2\nreceive: {max_messages: 1}\nfailures: {crash: 1/d}", 1<<20)
	q.run(1500 * sim.Millisecond)
	f.crash(0)
	if f.Running.Value() != 1 || f.Busy.Value() != 1 || f.Crashes.Value() != 1 {
		t.Errorf("%d instances run, %d threads are busy, %d crashes; want 1, 1 and 1", f.Running.Value(), f.Busy.Value(),
			f.Crashes.Value())
	}
	before := f.Processed.Value()
	q.run(11 * sim.Second)
	if f.Running.Value() != 1 || f.Processed.Value()-before != 9 { // one instance at 1.1 s for each message
		t.Errorf("%d instances run and processed %d while the other is replaced, want 1 and 9", f.Running.Value(),
			f.Processed.Value()-before)
	}
	q.run(20 * sim.Second)
	if f.Running.Value() != 2 {
		t.Errorf("%d instances run after the replacement, want 2", f.Running.Value())
	}
	var hours float64
	f.Usage(q.eng.Now(), func(_, _ string, quantity float64) { hours += quantity })
	if want := (2*20 - 10) / 3600.0; math.Abs(hours-want) > 1e-9 {
		t.Errorf("%v instance hours are billed, want %v: none while the instance is replaced", hours, want)
	}
}

func TestProcessedMessagesAreSentOnOnce(t *testing.T) {
	var out *inbox
	f, q := newFleet(t, "failures: {error: 50%}\nreceive: {max_messages: 1}", 1000, func(p *Parts) {
		out = p.Inbox.(*inbox)
		p.Outbox = out
	})
	q.run(sim.Hour)
	if n := int(f.Processed.Value()); n == 0 || out.sent != n || n+int(f.Failed.Value()) != 1000 {
		t.Errorf("%d processed, %d failed, %d sent on", n, f.Failed.Value(), out.sent)
	}
}

// AWS SDKs and Tools Reference Guide, "Retry behavior", standard mode: three attempts, up to 1 s and 2 s between them;
// then the consumer's loop waits before it asks again.
func TestARefusedReceiveBacksOffAndIsGivenUp(t *testing.T) {
	f, q := newFleet(t, "retry: {mode: standard}", 1)
	q.refuse = 6
	f.eng.Stop()
	q.run(sim.Minute)
	if f.Refused.Value() != 6 || f.Processed.Value() != 1 {
		t.Fatalf("%d receives refused, %d processed, want 6 and 1", f.Refused.Value(), f.Processed.Value())
	}
	var at []float64
	for _, line := range q.log[:6] {
		var d spec.Duration
		if err := d.UnmarshalText([]byte(strings.Fields(line)[0])); err != nil {
			t.Fatal(err)
		}
		at = append(at, d.Sim().Seconds())
	}
	for i, most := range []float64{1, 2, 0, 1, 2} {
		gap := at[i+1] - at[i] - 0.1 // the round trip
		if i == 2 && math.Abs(gap-5) > 1e-9 || i != 2 && (gap < 0 || gap > most) {
			t.Errorf("%.3f s passed after refusal %d, want up to %v s, and 5 s after the third", gap, i+1, most)
		}
	}
}

func TestReceivesThatSucceedRefillTheRetryQuota(t *testing.T) {
	f, q := newFleet(t, "retry: {mode: standard}\nreceive: {max_messages: 1}", 10_000)
	for range 300 { // each refusal costs 5 of 500, and its success gives them back
		q.refuse = 1
		q.run(sim.Duration(q.eng.Now()) + 10*sim.Second)
	}
	// At most 1 s of back-off for each refusal, beside 1.1 s for each message; a call that is given up waits 5 s.
	if n := f.Processed.Value(); f.Refused.Value() != 300 || n < 2400 {
		t.Errorf("%d refusals, %d messages processed in 3,000 s, want 300 and at least 2,400", f.Refused.Value(), n)
	}
}
