package sqs

// ranks are the message groups or tenants that could be served now, by their numbers, the one to serve first on top: a
// heap of four children to a node, which holds what it compares by.
type ranks struct {
	heap []rank
	at   []int32 // by number: its place in the heap + 1, or 0
}

// rank is where a number stands: by the first key, then by the second. No two have both alike.
type rank struct {
	first, second uint64
	number        int32
}

func (r *rank) before(o *rank) bool {
	return r.first < o.first || r.first == o.first && r.second < o.second
}

func (r *ranks) len() int { return len(r.heap) }

// top returns the rank of the number to serve first, of one at least.
func (r *ranks) top() rank { return r.heap[0] }

func (r *ranks) has(number int32) bool { return int(number) < len(r.at) && r.at[number] != 0 }

// set gives a number its rank, for the first time or anew.
func (r *ranks) set(x rank) {
	if int(x.number) >= len(r.at) {
		r.at = append(r.at, make([]int32, max(int(x.number)+1, 2*len(r.at))-len(r.at))...)
	}
	i := int(r.at[x.number]) - 1
	if i < 0 {
		i = len(r.heap)
		r.heap = append(r.heap, x)
	}
	r.settle(i, x)
}

// remove takes a number out, if it has a rank.
func (r *ranks) remove(number int32) {
	if !r.has(number) {
		return
	}
	i, last := int(r.at[number])-1, len(r.heap)-1
	moved := r.heap[last]
	r.heap = r.heap[:last]
	r.at[number] = 0
	if i < last {
		r.settle(i, moved)
	}
}

// clear takes all numbers out.
func (r *ranks) clear() {
	r.heap = r.heap[:0]
	clear(r.at)
}

// settle finds the place of x, beginning at an open one.
func (r *ranks) settle(i int, x rank) {
	for i > 0 && x.before(&r.heap[(i-1)/4]) {
		r.place(i, r.heap[(i-1)/4])
		i = (i - 1) / 4
	}
	for first := 4*i + 1; first < len(r.heap); first = 4*i + 1 {
		least := first
		for child := first + 1; child < min(first+4, len(r.heap)); child++ {
			if r.heap[child].before(&r.heap[least]) {
				least = child
			}
		}
		if x.before(&r.heap[least]) {
			break
		}
		r.place(i, r.heap[least])
		i = least
	}
	r.place(i, x)
}

func (r *ranks) place(i int, x rank) {
	r.heap[i] = x
	r.at[x.number] = int32(i) + 1
}
