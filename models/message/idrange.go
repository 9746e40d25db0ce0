package message

// idRange is a set of IDs that lie near one another, as those of messages do that are born within minutes: a bit each.
type idRange struct {
	bits []uint64 // by ID modulo its length, in bits
	low  uint32   // a multiple of 64; no ID below is in the set
}

// Bounds of an idRange, in bits.
const (
	idRangeLeast = 1 << 12
	idRangeMost  = 1 << 26
)

// covers makes room for an ID and reports whether that was possible: it is not when the ID is below the others, or too
// far above.
func (r *idRange) covers(id uint32) bool {
	size := uint32(len(r.bits)) * 64
	if id < r.low {
		return false
	}
	if id-r.low < size {
		return true
	}
	for limit := id &^ 63; r.low < limit && (size == 0 || r.bits[r.low/64%(size/64)] == 0); {
		if size == 0 {
			r.low = limit
			break
		}
		r.low += 64
	}
	for id-r.low >= size {
		if size == idRangeMost {
			return false
		}
		r.resize(max(2*size, idRangeLeast))
		size = uint32(len(r.bits)) * 64
	}
	return true
}

func (r *idRange) resize(size uint32) {
	old, was := r.bits, uint32(len(r.bits))
	r.bits = make([]uint64, size/64)
	for i := range was {
		word := r.low/64 + i
		r.bits[word%(size/64)] = old[word%was]
	}
}

// add puts an ID in that is covered and reports whether it was not there.
func (r *idRange) add(id uint32) bool {
	word, bit := &r.bits[id/64%uint32(len(r.bits))], uint64(1)<<(id%64)
	added := *word&bit == 0
	*word |= bit
	return added
}

// remove takes an ID out and reports whether it was there.
func (r *idRange) remove(id uint32) bool {
	if id < r.low || id-r.low >= uint32(len(r.bits))*64 {
		return false
	}
	word, bit := &r.bits[id/64%uint32(len(r.bits))], uint64(1)<<(id%64)
	there := *word&bit != 0
	*word &^= bit
	return there
}
