package sqs

// numbers are the numbers of a queue's message groups, by their keys. Keys are small numbers in all but odd designs, so
// those below keysDense stand in a table; the others in a map.
type numbers struct {
	table  []int32 // number + 1 by key; 0 is none
	others map[uint32]int32
	n      int
}

// keysDense bounds the table to 16 MiB.
const keysDense = 1 << 22

func (t *numbers) of(key uint32) (int32, bool) {
	if int(key) < len(t.table) {
		return t.table[key] - 1, t.table[key] != 0
	}
	number, ok := t.others[key]
	return number, ok
}

func (t *numbers) set(key uint32, number int32) {
	t.n++
	if key >= keysDense {
		if t.others == nil {
			t.others = map[uint32]int32{}
		}
		t.others[key] = number
		return
	}
	if int(key) >= len(t.table) {
		t.table = append(t.table, make([]int32, max(int(key)+1, min(2*len(t.table), keysDense))-len(t.table))...)
	}
	t.table[key] = number + 1
}

func (t *numbers) forget(key uint32) {
	t.n--
	if int(key) < len(t.table) {
		t.table[key] = 0
		return
	}
	delete(t.others, key)
}
