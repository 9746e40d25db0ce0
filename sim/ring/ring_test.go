package ring

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// The buffer is compared with a plain slice under random operations, in lengths around the chunk size.
func TestBufferBehavesLikeASlice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b Buffer[int]
		var plain []int
		for i := range rapid.IntRange(1, 60).Draw(t, "operations") {
			n := rapid.IntRange(1, 2*chunkSize).Draw(t, "repeat")
			switch rapid.IntRange(0, 4).Draw(t, "operation") {
			case 0, 1:
				for k := range n {
					b.Push(i<<16 | k)
					plain = append(plain, i<<16|k)
				}
			case 2:
				for k := range min(n, 700) {
					b.PushFront(i<<16 | k)
					plain = slices.Insert(plain, 0, i<<16|k)
				}
			case 3:
				for range min(n, len(plain)) {
					if got := b.Pop(); got != plain[0] {
						t.Fatalf("popped %d, want %d", got, plain[0])
					}
					plain = plain[1:]
				}
			case 4:
				odd := func(v int) bool { return v%3 != 0 }
				b.Keep(odd)
				plain = slices.DeleteFunc(slices.Clone(plain), func(v int) bool { return !odd(v) })
			}
			if b.Len() != len(plain) {
				t.Fatalf("length %d, want %d", b.Len(), len(plain))
			}
			for k, want := range plain {
				if got := *b.At(k); got != want {
					t.Fatalf("value %d is %d, want %d", k, got, want)
				}
			}
		}
	})
}

func TestSteadyLineAllocatesNothing(t *testing.T) {
	var b Buffer[uint32]
	for i := range 3000 {
		b.Push(uint32(i))
	}
	if n := testing.AllocsPerRun(20, func() {
		for range 5000 {
			b.Push(b.Pop())
		}
	}); n != 0 {
		t.Errorf("%v allocations in 5,000 pushes and pops, want none", n)
	}
}
