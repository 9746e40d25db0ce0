package message

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestEveryMessageIsInExactlyOnePlaceOfTheLedger(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := NewStore(20)
		routes := []RouteID{s.Ledger.Open("a", "a"), s.Ledger.Open("a", "b"), s.Ledger.Open("b", "b")}
		refs, places := make([]Ref, 20), make([]Place, 20)
		for i := range refs {
			refs[i], _ = s.New(0, rapid.SampledFrom(routes).Draw(t, "route"), 1, 1, 0)
		}
		for range rapid.IntRange(0, 60).Draw(t, "moves") {
			i := rapid.IntRange(0, len(refs)-1).Draw(t, "message")
			to := Place(rapid.IntRange(0, Places-1).Draw(t, "place"))
			s.Move(refs[i], s.At(refs[i]), to)
			if !places[i].Ended() || places[i].DeadLettered() && to == Processed {
				places[i] = to
			}
		}
		var want [Places]uint64
		for i, ref := range refs {
			want[places[i]]++
			if s.At(ref).Place() != places[i] {
				t.Fatalf("a message is %v, want %v", s.At(ref).Place(), places[i])
			}
		}
		var got [Places]uint64
		for _, r := range s.Ledger.Routes() {
			for p, n := range r.Count {
				got[p] += n
			}
		}
		if got != want {
			t.Fatalf("by place there are\n%v, want\n%v", got, want)
		}
		if underWay := s.Ledger.UnderWay(); underWay != [Processed]uint64(want[:Processed]) {
			t.Fatalf("under way are %v, want %v", underWay, want[:Processed])
		}
		if err := s.Ledger.Check(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestTheLedgerTellsWhenItIsOutOfBalance(t *testing.T) {
	var l Ledger
	l.Open("a", "a")
	id := l.Open("a", "b")
	l.born(id)
	l.move(id, AtClient, Visible)
	if err := l.Check(); err != nil {
		t.Fatal(err)
	}
	l.routes[id].Count[Processed]++
	if err := l.Check(); err == nil || !strings.Contains(err.Error(), "ledger of b out of balance: 1 sent, 2 accounted for") {
		t.Errorf("a message too many: %v", err)
	}
}

func TestASenderHasOneAccountForEachOrigin(t *testing.T) {
	var l Ledger
	first, second := l.Open("a", "a"), l.Open("b", "a")
	if again := l.Open("a", "a"); again != first || second == first || len(l.Routes()) != 2 {
		t.Errorf("accounts %d, %d and %d of %d", first, second, again, len(l.Routes()))
	}
	if l.Origin(second) != "b" {
		t.Errorf("the origin is %s, want b", l.Origin(second))
	}
}
