package message

import (
	"reflect"
	"slices"
	"testing"
	"unsafe"

	"pgregory.net/rapid"

	"weir/sim"
)

// A backlog of ten million messages is the largest thing in memory: 144 bytes each are 1.4 GB. Nothing is lost to
// padding, and without pointers the garbage collector never reads the slab.
func TestAMessageTakes144BytesWithoutPaddingOrPointers(t *testing.T) {
	kind := reflect.TypeFor[Message]()
	var fields uintptr
	for i := range kind.NumField() {
		field := kind.Field(i).Type
		fields += field.Size()
		if field.Kind() == reflect.Array {
			field = field.Elem()
		}
		if field.Kind() < reflect.Int || field.Kind() > reflect.Uint64 {
			t.Errorf("%s is a %s, not a number", kind.Field(i).Name, field.Kind())
		}
	}
	if size := unsafe.Sizeof(Message{}); size != 144 || fields != size {
		t.Errorf("a message takes %d bytes and its fields %d, want 144 and 144", size, fields)
	}
}

// history books a message's life by itself, one step at a time.
type history struct {
	now    sim.Time
	idle   Idle
	cause  Cause
	inLine bool
	clocks [Causes]int64
}

// pass lets time go on; a part of it the queue had a free consumer, and another part it was at its limit.
func (h *history) pass(free, limited, busy sim.Duration) {
	h.now = h.now.Add(free + limited + busy)
	h.idle.Free += free
	h.idle.Limited += limited
	if h.inLine {
		h.clocks[Poll] += int64(free)
		h.clocks[Throttle] += int64(limited)
		h.clocks[Backlog] += int64(busy)
		return
	}
	h.clocks[h.cause] += int64(free + limited + busy)
}

func (h *history) check(t *rapid.T, s *Store, ref Ref) {
	m := s.At(ref)
	var clocks [Causes]int64
	idle := h.idle
	idle.Group = s.Held(h.now, ref, m)
	m.Clocks(h.now, idle, &clocks)
	waits := h.inLine || h.cause == GroupOrder
	if clocks != h.clocks || m.InLine() != h.inLine || m.Waits() != waits || !waits && m.Cause() != h.cause {
		t.Fatalf("at %v in %v (in line: %v) the clocks are\n%v, want\n%v", h.now, h.cause, h.inLine, clocks, h.clocks)
	}
	var sum int64
	for c, ns := range clocks {
		sum += ns
		if ns < 0 {
			t.Fatalf("%v ran backwards: %d ns", Cause(c), ns)
		}
	}
	if age := int64(h.now.Sub(m.Born)); sum != age {
		t.Fatalf("the clocks add up to %d ns at the age of %d ns", sum, age)
	}
}

func TestTheClocksOfEveryLifeAddUpToItsAge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		length := func(what string) sim.Duration {
			return sim.Duration(rapid.Int64Range(0, int64(sim.Day)).Draw(t, what))
		}
		cause := func() Cause { return Cause(rapid.IntRange(0, int(GroupOrder)-1).Draw(t, "cause")) }
		s := NewStore(100)
		s.KeepOrder()
		route := s.Ledger.Open("a", "a")
		var h history
		h.pass(length("free"), length("limited"), length("busy"))
		h.clocks = [Causes]int64{}
		ref, _ := s.New(h.now, route, 1, 1, 0)
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			h.pass(length("free"), length("limited"), length("busy"))
			m := s.At(ref)
			h.check(t, s, ref)
			if h.cause == GroupOrder && !h.inLine {
				s.Ahead(h.now, ref, m)
			}
			switch {
			case rapid.IntRange(0, 9).Draw(t, "copy") == 0:
				ref, _ = s.Copy(h.now, ref, route, h.idle)
				h.inLine, h.cause = false, APICall
			case h.inLine:
				h.inLine, h.cause = false, cause()
				m.Leave(h.now, h.idle, h.cause)
			case rapid.Bool().Draw(t, "line"):
				h.inLine = true
				m.Line(h.now, h.idle)
			case rapid.IntRange(0, 4).Draw(t, "behind") == 0:
				h.cause = GroupOrder
				s.Behind(h.now, ref, m)
			default:
				h.cause = cause()
				m.Enter(h.now, h.cause)
			}
			h.check(t, s, ref)
		}
	})
}

func TestAPathRefusesAMessageWhoseClocksAreWrong(t *testing.T) {
	s := NewStore(1)
	ref, _ := s.New(5, s.Ledger.Open("a", "a"), 1, 1, 0)
	m := s.At(ref)
	m.Enter(9, Work)
	p := NewPath("a", "b", 2)
	p.Record(20, ref, m, Idle{})
	if p.Latency.Count() != 1 || p.Latency.Mean() != 15 || p.Name() != "a -> b" {
		t.Errorf("%s: %d messages, %v ns late, want one of 15 ns", p.Name(), p.Latency.Count(), p.Latency.Mean())
	}
	refused := func(what string, change func(*Message)) {
		t.Helper()
		wrong := *m
		change(&wrong)
		defer func() {
			if recover() == nil {
				t.Errorf("a message %s was booked", what)
			}
		}()
		p.Record(20, ref, &wrong, Idle{})
	}
	refused("with a nanosecond too much", func(m *Message) { m.clocks[Retry]++ })
	refused("with a clock that ran backwards", func(m *Message) { m.clocks[Retry]--; m.clocks[Poll]++ })
}

// end frees a message as its consumer would.
func end(s *Store, ref Ref) {
	s.Move(ref, s.At(ref), Processed)
	s.Free(ref)
}

func TestASlotIsUsedAgainUnderNewReceiptsAndGenerations(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(1, 8).Draw(t, "limit")
		s := NewStore(limit)
		route := s.Ledger.Open("a", "a")
		var live []Ref
		last := map[Ref][2]uint32{} // the latest receipt and generation seen of each slot
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			var ref Ref
			full, ok := len(live) == limit, false
			switch rapid.IntRange(0, 2).Draw(t, "what") {
			case 0:
				ref, ok = s.New(0, route, 1, 1, 0)
			case 1:
				if len(live) == 0 {
					continue
				}
				ref, ok = s.Copy(0, rapid.SampledFrom(live).Draw(t, "original"), route, Idle{})
			default:
				if len(live) > 0 {
					i := rapid.IntRange(0, len(live)-1).Draw(t, "ended")
					m := s.At(live[i])
					last[live[i]] = [2]uint32{m.Receipt, m.Generation}
					end(s, live[i])
					if m.Receipt == last[live[i]][0] || m.Generation == last[live[i]][1] {
						t.Fatal("a receipt of the message would still stand after its end")
					}
					live = slices.Delete(live, i, i+1)
				}
				continue
			}
			if ok == full || full && !s.Full() {
				t.Fatalf("%d of at most %d live, and a birth is %v", len(live), limit, ok)
			}
			if !ok {
				continue
			}
			m := s.At(ref)
			if slices.Contains(live, ref) || int(ref) >= limit {
				t.Fatalf("slot %d was given twice, or lies beyond the limit of %d", ref, limit)
			}
			if before := last[ref]; m.Receipt <= before[0] || m.Generation <= before[1] {
				t.Fatalf("receipt %d and generation %d after %v", m.Receipt, m.Generation, before)
			}
			live = append(live, ref)
			if s.Live() != len(live) {
				t.Fatalf("%d live, want %d", s.Live(), len(live))
			}
		}
	})
}

func TestAStoreIsFullOnlyOnceAMessageWasRefused(t *testing.T) {
	const limit = chunkSize + 1
	s := NewStore(limit)
	route := s.Ledger.Open("a", "a")
	for range limit {
		if _, ok := s.New(0, route, 1, 1, 0); !ok || s.Full() {
			t.Fatalf("full at %d of %d messages", s.Live(), limit)
		}
	}
	if _, ok := s.Copy(0, 0, route, Idle{}); ok || !s.Full() || s.Live() != limit {
		t.Errorf("%d messages live where %d may", s.Live(), limit)
	}
	if sent := s.Ledger.Routes()[0].Sent; sent != limit {
		t.Errorf("the ledger has %d sent, want %d: a message refused a place was never born", sent, limit)
	}
}

func TestACopySharesItsOriginalsPastAndNothingOfItsDelivery(t *testing.T) {
	s := NewStore(2)
	a, b := s.Ledger.Open("a", "a"), s.Ledger.Open("a", "b")
	ref, _ := s.New(10, a, 7, 8, Poison|Deleted|Expired|Seen|Extended)
	m := s.At(ref)
	m.Enter(15, Work)
	m.Receives = 4
	s.Move(ref, m, InFlight)
	ref, _ = s.Copy(40, ref, b, Idle{})
	c := s.At(ref)
	if c.Flags != Poison || c.Receives != 0 || c.Place() != AtClient || c.Cause() != APICall {
		t.Errorf("the copy has flags %b, %d receives, is %v and in %v", c.Flags, c.Receives, c.Place(), c.Cause())
	}
	if c.Born != 10 || c.SizeBytes != 7 || c.Key != 8 || c.Route != b {
		t.Errorf("the copy was born at %v, has %d bytes, key %d, route %d", c.Born, c.SizeBytes, c.Key, c.Route)
	}
	var clocks [Causes]int64
	c.Clocks(50, Idle{}, &clocks)
	if want := ([Causes]int64{Batching: 5, Work: 25, APICall: 10}); clocks != want {
		t.Errorf("the clocks of the copy are %v, want %v", clocks, want)
	}
	if m.Flags != Poison|Deleted|Expired|Seen|Extended || m.Cause() != Work || m.Place() != InFlight {
		t.Errorf("the original has flags %b, is in %v and %v", m.Flags, m.Cause(), m.Place())
	}
}

func TestFreeingAMessageThatHasNotEndedPanics(t *testing.T) {
	s := NewStore(1)
	ref, _ := s.New(0, s.Ledger.Open("a", "a"), 1, 1, 0)
	defer func() {
		if recover() == nil {
			t.Error("the ledger lost a message")
		}
	}()
	s.Free(ref)
}
