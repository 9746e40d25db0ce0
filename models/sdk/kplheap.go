package sdk

import "weir/sim"

// entry is a Kinesis record that something becomes of at an instant; the serial tells it from a later one of its place.
type entry struct {
	at     sim.Time
	serial uint32
	record int32
}

// before orders entries by time, and those of one instant by age.
func (e entry) before(o entry) bool { return e.at < o.at || e.at == o.at && e.serial < o.serial }

// heap holds entries, the earliest on top.
type heap []entry

// earliest returns the time of the top, or Never.
func (h heap) earliest() sim.Time {
	if len(h) == 0 {
		return sim.Never
	}
	return h[0].at
}

func (h *heap) push(e entry) {
	*h = append(*h, e)
	all := *h
	i := len(all) - 1
	for i > 0 && e.before(all[(i-1)/2]) {
		all[i] = all[(i-1)/2]
		i = (i - 1) / 2
	}
	all[i] = e
}

// sweep keeps the entries that are live.
func (h *heap) sweep(live func(entry) bool) {
	kept := (*h)[:0]
	for _, e := range *h {
		if live(e) {
			kept.push(e)
		}
	}
	*h = kept
}

func (h *heap) pop() entry {
	all := *h
	top, last := all[0], all[len(all)-1]
	all = all[:len(all)-1]
	*h = all
	i := 0
	for {
		child := 2*i + 1
		if child >= len(all) {
			break
		}
		if child+1 < len(all) && all[child+1].before(all[child]) {
			child++
		}
		if !all[child].before(last) {
			break
		}
		all[i] = all[child]
		i = child
	}
	if len(all) > 0 {
		all[i] = last
	}
	return top
}
