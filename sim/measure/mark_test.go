package measure

import "testing"

// What Since returns between marks adds up to the whole histogram, bucket by bucket.
func TestSinceReturnsWhatIsNew(t *testing.T) {
	h, part := NewHistogram(), NewHistogram()
	var m Mark
	for round := range 20 {
		for i := range 50 * round {
			ns := int64((i*7919 + round) % 100_000 * 1000 * round)
			h.Record(ns)
			part.Record(ns)
		}
		counts := map[int64]uint64{}
		total := uint64(0)
		for _, b := range h.Since(&m) {
			counts[b.ToNS] += b.Count
			total += b.Count
		}
		if total != part.Count() {
			t.Fatalf("round %d: %d observations, want %d", round, total, part.Count())
		}
		if round%2 == 1 && counts[0] != part.Zeros() {
			t.Errorf("round %d: %d zeros, want %d", round, counts[0], part.Zeros())
		}
		part.Reset()
	}
	if again := h.Since(&m); len(again) != 0 {
		t.Errorf("%v is not new", again)
	}
}
