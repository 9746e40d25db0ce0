package eventbridge

import (
	"math"
	"testing"

	"weir/models/aws"
	"weir/models/message"
	"weir/models/spec"
	"weir/sim"
)

// target is a stub that refuses what comes before an instant, and keeps the rest.
type target struct {
	eng   *sim.Engine
	store *message.Store
	opens sim.Time
	err   error
	tries []sim.Time
	kept  int
	dead  int
}

func (t *target) SendMessage(ref message.Ref, _ sim.Duration) error {
	t.tries = append(t.tries, t.eng.Now())
	if t.eng.Now() < t.opens {
		return t.err
	}
	t.kept++
	t.store.Move(ref, t.store.At(ref), message.Visible)
	return nil
}

func (t *target) DeadLetter(ref message.Ref, why message.Place) error {
	t.dead++
	t.store.Move(ref, t.store.At(ref), why)
	return nil
}

type scene struct {
	t     *testing.T
	eng   *sim.Engine
	store *message.Store
	bus   *Bus
	route message.RouteID
}

func newScene(t *testing.T, rules func(s *scene, b *Bus)) *scene {
	t.Helper()
	p, err := aws.Load("aws-2026")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.OverrideText("eventbridge.latency", "100ms"); err != nil {
		t.Fatal(err)
	}
	limit := new(Limits)
	p.Fill(limit)
	s := &scene{t: t, eng: sim.NewEngine(1, 0), store: message.NewStore(1 << 20)}
	s.bus = New(s.eng, s.store, "event_buses.b", &Spec{}, limit)
	rules(s, s.bus)
	s.route = s.store.Ledger.Open("p", "p")
	return s
}

func (s *scene) put(n int) (refused int) {
	for range n {
		ref, ok := s.store.New(s.eng.Now(), s.route, 1000, 0, 0)
		if !ok {
			s.t.Fatal("the store is full")
		}
		s.store.At(ref).Enter(s.eng.Now(), message.APICall)
		if s.bus.SendMessage(ref, 0) != nil {
			refused++
		}
	}
	return refused
}

func (s *scene) target(err error, opens float64) *target {
	return &target{eng: s.eng, store: s.store, err: err, opens: sim.Time(sim.Seconds(opens))}
}

// An event goes to the target of each rule that matches it; one that none matches is filtered.
func TestAnEventGoesToTheRulesThatMatchIt(t *testing.T) {
	var half, tenth *target
	s := newScene(t, func(s *scene, b *Bus) {
		half, tenth = s.target(nil, 0), s.target(nil, 0)
		b.Add(&RuleSpec{Match: 0.5}, Target{Name: "half", To: half})
		b.Add(&RuleSpec{Match: 0.1}, Target{Name: "tenth", To: tenth})
	})
	const n = 2000
	s.put(n)
	s.eng.Run(sim.Time(sim.Second), 1<<40)
	for _, c := range []struct {
		what string
		got  int
		p    float64
	}{
		{"half", half.kept, 0.5}, {"tenth", tenth.kept, 0.1},
		{"filtered", int(s.store.Ledger.Routes()[s.route].Count[message.Filtered]), 0.45},
	} {
		if math.Abs(float64(c.got)-n*c.p) > 3.29*math.Sqrt(n*c.p*(1-c.p)) {
			t.Errorf("%s: %d of %d, want %v of them", c.what, c.got, n, c.p)
		}
	}
	if err := s.store.Ledger.Check(); err != nil {
		t.Error(err)
	}
}

// "Up to 24 hours and 185 times, exponential back-off with jitter", then the dead-letter queue or none (EventBridge
// user guide, eb-rule-dlq.md).
func TestADeliveryIsTriedForADayAndThenGivenUp(t *testing.T) {
	throttle := &aws.Error{Code: "ThrottlingException", Retryable: true, Throttle: true}
	denied := &aws.Error{Code: "AccessDenied"}
	short := spec.Duration(10 * sim.Minute)
	three := 3
	for _, c := range []struct {
		what        string
		rule        RuleSpec
		err         error
		opens       float64
		tries       [2]int
		last        float64 // the latest that the last try may come, s
		kept, place int
	}{
		{"always refused", RuleSpec{Match: 1}, throttle, 1e9, [2]int{150, 186}, 86_400, 0, int(message.DeadByThrottle)},
		{"opens after an hour", RuleSpec{Match: 1}, throttle, 3600, [2]int{12, 22}, 3600 + 660, 1, int(message.Visible)},
		{"denied", RuleSpec{Match: 1}, denied, 1e9, [2]int{1, 1}, 1, 0, int(message.DeadByError)},
		{"short age", RuleSpec{Match: 1, MaximumEventAge: &short}, throttle, 1e9, [2]int{8, 12}, 600, 0,
			int(message.DeadByThrottle)},
		{"three retries", RuleSpec{Match: 1, MaximumRetryAttempts: &three}, throttle, 1e9, [2]int{4, 4}, 8, 0,
			int(message.DeadByThrottle)},
	} {
		var to, dead *target
		s := newScene(t, func(s *scene, b *Bus) {
			to, dead = s.target(c.err, c.opens), s.target(nil, 0)
			b.Add(&c.rule, Target{Name: "q", To: to, DeadLetters: dead})
		})
		s.put(1)
		s.eng.Run(sim.Time(48*sim.Hour), 1<<40)
		last := to.tries[len(to.tries)-1].Seconds()
		n := len(to.tries)
		if n < c.tries[0] || n > c.tries[1] || last > c.last || to.kept != c.kept || dead.dead != 1-c.kept {
			t.Errorf("%s: tried %d times until %v s, %d kept, %d dead; want %v times until %v s, %d kept", c.what, n, last,
				to.kept, dead.dead, c.tries, c.last, c.kept)
		}
		if got := s.store.Ledger.Routes()[1].Count[c.place]; got != 1 {
			t.Errorf("%s: the copy ended elsewhere than as %v", c.what, message.Place(c.place))
		}
	}
	var to *target
	s := newScene(t, func(s *scene, b *Bus) {
		to = s.target(denied, 1e9)
		b.Add(&RuleSpec{Match: 1}, Target{Name: "q", To: to})
	})
	s.put(1)
	s.eng.Run(sim.Time(sim.Minute), 1<<40)
	if s.bus.Lost.Value() != 1 || s.store.Live() != 0 {
		t.Errorf("%d lost, %d live without a dead-letter queue", s.bus.Lost.Value(), s.store.Live())
	}
}

// PutEvents is limited by the account's rate: 2,400 a second where the region has no quota of its own.
func TestPutEventsHasARate(t *testing.T) {
	s := newScene(t, func(s *scene, b *Bus) {
		b.Add(&RuleSpec{Match: 1}, Target{Name: "q", To: s.target(nil, 0)})
	})
	if refused := s.put(3000); refused != 600 {
		t.Errorf("%d of 3,000 at once refused, want 600", refused)
	}
}
