package message

import (
	"math/bits"
	"testing"

	"pgregory.net/rapid"

	"weir/sim"
)

// A repeat is what was accepted less than the window ago, by ID or by ID and group: the memory agrees with a list.
func TestAnIDIsARepeatForTheWindowAfterItsAcceptance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		byGroup := rapid.Bool().Draw(t, "byGroup")
		window := sim.Duration(rapid.Int64Range(0, 300).Draw(t, "window"))
		r := NewRepeats(byGroup, window)
		type key struct{ id, group uint32 }
		accepted := map[key]sim.Time{}
		least := rapid.SampledFrom([]uint32{0, 5000, 1<<32 - 9000}).Draw(t, "least")
		ids := rapid.Uint32Range(least, least+rapid.SampledFrom([]uint32{3, 100, 8000}).Draw(t, "ids"))
		if rapid.Bool().Draw(t, "anywhere") {
			ids = rapid.OneOf(ids, rapid.Uint32())
		}
		now := sim.Time(0)
		for range 400 {
			now = now.Add(sim.Duration(rapid.Int64Range(0, 20).Draw(t, "gap")))
			id, group := ids.Draw(t, "id"), rapid.Uint32Range(0, 2).Draw(t, "group")
			k := key{id: id}
			if byGroup {
				k.group = group
			}
			at, known := accepted[k]
			want := known && now < at.Add(window)
			if got := r.IsRepeat(now, id, group); got != want {
				t.Fatalf("at %d: %v is a repeat: %t, want %t", now, k, got, want)
			}
			if !want {
				accepted[k] = now
			}
		}
		held := r.seen.n
		for _, word := range r.recent.bits {
			held += bits.OnesCount64(word)
		}
		if held != r.order.Len() || 4*r.seen.n > 3*len(r.seen.slots) {
			t.Fatalf("the sets have %d, %d of them in %d slots, the line %d", held, r.seen.n, len(r.seen.slots), r.order.Len())
		}
	})
}

func BenchmarkRepeats(b *testing.B) {
	r := NewRepeats(false, 5*sim.Minute)
	for i := range b.N {
		r.IsRepeat(sim.Time(i)*sim.Time(sim.Millisecond), uint32(i), 0)
	}
}
