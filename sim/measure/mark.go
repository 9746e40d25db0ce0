package measure

// Mark is how far a histogram has been read. The zero Mark stands before the first observation.
type Mark struct {
	counts []int64 // by bucket
	zeros  uint64
}

// Since returns the observations since the mark, in ascending order and to the histogram's resolution, and moves the
// mark to now. The mark must be one of the same histogram: after Reset it begins anew.
func (h *Histogram) Since(m *Mark) []Bar {
	var bars []Bar
	h.settle()
	all := h.buckets.Distribution()
	for len(m.counts) < len(all) { // the buckets end with the greatest observation
		m.counts = append(m.counts, 0)
	}
	zeros := h.zeros - m.zeros
	m.zeros = h.zeros
	for i, b := range all {
		count := uint64(b.Count - m.counts[i])
		if count == 0 {
			continue
		}
		m.counts[i] = b.Count
		bar := Bar{max(b.From, h.min), min(b.To, h.max), count}
		if zeros > 0 { // they lie in the first bucket
			bars = append(bars, Bar{0, 0, zeros})
			bar.FromNS, bar.Count = 1, bar.Count-zeros
			zeros = 0
		}
		if bar.Count > 0 {
			bars = append(bars, bar)
		}
	}
	return bars
}
