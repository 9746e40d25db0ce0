package sqs

import (
	"testing"

	"pgregory.net/rapid"

	"weir/models/message"
	"weir/sim"
)

// alarm is a list of deadlines with an owner that does what queues do: it drops what is due and what is stale.
type alarm struct {
	deadlines
	eng   *sim.Engine
	wants map[uint32]sim.Time // of the receipts that stand: when they are due
	fired int
	late  int // fired at another instant than theirs
}

func newAlarm(eng *sim.Engine) *alarm {
	a := &alarm{eng: eng, wants: map[uint32]sim.Time{}}
	a.init(sim.NewEvent(eng, "due", a.come))
	return a
}

func (a *alarm) stands(d deadline) bool {
	at, ok := a.wants[d.receipt]
	return ok && at == d.at
}

func (a *alarm) come(at int64) {
	if sim.Time(at) != a.armed {
		return
	}
	next, ok := a.next()
	for ; ok && (next.at <= a.eng.Now() || !a.stands(next)); next, ok = a.next() {
		a.drop()
		if !a.stands(next) {
			continue
		}
		if next.at != a.eng.Now() {
			a.late++
		}
		a.fired++
		a.live--
		delete(a.wants, next.receipt)
	}
	a.arm(next.at)
}

// Deadlines that come out of order stand in a heap beside the line. Against a map that knows which stand: each fires at
// its own instant, none twice, none that was taken back, and memory follows those that stand.
func TestDeadlinesFireAtTheirInstantInWhateverOrderTheyWereSet(t *testing.T) {
	var fired, withdrawn, heaped, swept int
	for seed := range uint64(50) {
		eng := sim.NewEngine(seed, 0)
		luck := eng.Rand("test")
		a := newAlarm(eng)
		spread := []int{1, 30, 1000}[seed%3] // ms; how far out of order they come
		for receipt := range uint32(4000) {
			at := eng.Now().Add(sim.Second + sim.Duration(luck.IntN(spread))*sim.Millisecond)
			a.wants[receipt] = at
			a.add(at, message.Ref(receipt), receipt)
			for range 3 {
				standing := receipt - uint32(luck.IntN(min(int(receipt), 1000)+1))
				if _, ok := a.wants[standing]; ok {
					delete(a.wants, standing)
					a.live--
					withdrawn++
				}
			}
			if a.crowded() {
				a.sweep(a.stands)
				swept++
			}
			if entries := a.inOrder.Len() + len(a.deadlines.late); entries > 3*a.live+256 || a.live != len(a.wants) {
				t.Fatalf("seed %d: %d entries of %d deadlines, %d of which stand", seed, entries, a.live, len(a.wants))
			}
			heaped = max(heaped, len(a.deadlines.late))
			eng.Run(eng.Now().Add(sim.Duration(luck.IntN(2000))*sim.Microsecond), 1<<40)
		}
		eng.Run(eng.Now().Add(sim.Minute), 1<<40)
		if a.late > 0 || len(a.wants) > 0 || a.live != 0 {
			t.Fatalf("seed %d: %d fired late, %d never, %d count as live", seed, a.late, len(a.wants), a.live)
		}
		fired += a.fired
	}
	if min(fired, withdrawn) < 10_000 || heaped < 100 || swept < 10 {
		t.Errorf("only %d fired, %d withdrawn, %d in the heap at most, %d sweeps were tried", fired, withdrawn, heaped, swept)
	}
}

// Dead letters keep their enqueue time, so that they come out of order. Against a naive list: the oldest is the oldest,
// whatever left before it, and the list is no longer than twice what stays.
func TestTheOldestMessageIsTheOldestOfThoseThatStay(t *testing.T) {
	var late, dropped int
	for seed := range uint64(50) {
		eng := sim.NewEngine(seed, 0)
		luck := eng.Rand("test")
		store := message.NewStore(1 << 20)
		route := store.Ledger.Open("p", "p")
		var a ages
		var staying []message.Ref // in no order
		leave := func(i int) {
			ref := staying[i]
			staying[i] = staying[len(staying)-1]
			staying = staying[:len(staying)-1]
			store.Move(ref, store.At(ref), message.Processed)
			store.Free(ref)
		}
		now := sim.Time(sim.Hour)
		for range 5000 {
			now = now.Add(sim.Duration(luck.IntN(1000)))
			switch what := luck.IntN(10); {
			case what < 5 || len(staying) == 0:
				ref, _ := store.New(now, route, 1, 0, 0)
				m := store.At(ref)
				m.Enqueued = now
				if luck.IntN(3) == 0 {
					m.Enqueued, late = now-sim.Time(luck.IntN(100_000)), late+1
				}
				a.add(m, ref)
				staying = append(staying, ref)
			case what < 9:
				leave(luck.IntN(len(staying)))
				a.left(store)
			default:
				ref, _, _ := a.oldest(store)
				for i := range staying {
					if staying[i] == ref {
						a.drop(ref)
						leave(i)
						dropped++
						break
					}
				}
			}
			a.check(t, store, staying)
		}
	}
	if late < 10_000 || dropped < 10_000 {
		t.Errorf("only %d came out of order and %d were dropped as the oldest", late, dropped)
	}
}

func (a *ages) check(t *testing.T, store *message.Store, staying []message.Ref) {
	t.Helper()
	want := sim.Never
	for _, ref := range staying {
		want = min(want, store.At(ref).Enqueued)
	}
	ref, at, ok := a.oldest(store)
	if at != want || ok != (len(staying) > 0) || ok && store.At(ref).Enqueued != want {
		t.Fatalf("the oldest of %d is of %v (%v), want %v", len(staying), at, ok, want)
	}
	if a.live != len(staying) || a.inOrder.Len() > 2*a.live+1024 {
		t.Fatalf("%d entries for %d that stay, %d by the list's own count", a.inOrder.Len(), len(staying), a.live)
	}
}

func TestNumbersAreKeptForKeysOfAnySize(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var n numbers
		want := map[uint32]int32{}
		keys := rapid.OneOf(rapid.Uint32Range(0, 9), rapid.Uint32Range(keysDense-2, keysDense+2), rapid.Uint32())
		for i := range int32(60) {
			key := keys.Draw(t, "key")
			if known, ok := n.of(key); ok {
				if want[key] != known {
					t.Fatalf("key %d has number %d, want %d", key, known, want[key])
				}
				n.forget(key)
				delete(want, key)
				continue
			}
			if _, ok := want[key]; ok {
				t.Fatalf("key %d is forgotten", key)
			}
			n.set(key, i)
			want[key] = i
		}
		if n.n != len(want) {
			t.Fatalf("%d keys, want %d", n.n, len(want))
		}
	})
}

// The ranks are compared with a plain list that is searched whole.
func TestTheLowestRankIsOnTop(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var r ranks
		want := map[int32]rank{}
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			number := rapid.Int32Range(0, 40).Draw(t, "number")
			switch rapid.IntRange(0, 20).Draw(t, "what") {
			case 0:
				r.clear()
				clear(want)
			case 1, 2, 3, 4, 5, 6:
				r.remove(number)
				delete(want, number)
			default:
				want[number] = rank{rapid.Uint64Range(0, 9).Draw(t, "first"), uint64(number), number}
				r.set(want[number])
			}
			if err := r.check(); err != nil || r.len() != len(want) {
				t.Fatalf("%d ranks, want %d: %v", r.len(), len(want), err)
			}
			for number := range int32(41) {
				if _, ok := want[number]; r.has(number) != ok {
					t.Fatalf("number %d has a rank: %v, want %v", number, r.has(number), ok)
				}
			}
			for _, x := range want {
				if top := r.top(); x.before(&top) {
					t.Fatalf("%v is on top of %v", top, x)
				}
			}
		}
	})
}
