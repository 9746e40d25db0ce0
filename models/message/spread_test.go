package message

import "testing"

// Key 0 gives splitmix64's first number from seed 0, and keys that follow each other fall evenly into parts.
func TestKeysAreSpread(t *testing.T) {
	if got := SpreadKey(0); got != 0xe220a8397b1dcdaf {
		t.Errorf("key 0 is spread to %#x", got)
	}
	for _, parts := range []uint64{2, 7, 10, 128} {
		counts := make([]int, parts)
		for key := range uint32(100_000) {
			counts[SpreadKey(key)%parts]++
		}
		for i, n := range counts {
			if mean := 100_000 / int(parts); n < mean*8/10 || n > mean*12/10 {
				t.Errorf("part %d of %d has %d keys, want about %d", i, parts, n, mean)
			}
		}
	}
}
