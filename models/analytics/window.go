package analytics

import "weir/sim"

// windows are the open windows of an application. Each is a place in a slab, found by key and start, and stands in a
// heap by when something is due.
type windows struct {
	a        *Application
	size     sim.Duration
	slide    sim.Duration
	lateness sim.Duration
	stagger  bool
	each     bool // a result for each record: no window is kept
	byKey    bool

	open map[windowID]int32
	slab []window
	free []int32
	due  []int32 // heap, by at and then by the order of opening
	seq  uint64
}

// windowID names a window: of a key, or of key 0 for all. A stagger window is its key's latest.
type windowID struct {
	start sim.Time
	key   uint32
}

// window is what is kept of the records of a window.
type window struct {
	windowID
	end   sim.Time
	at    sim.Time // when it ends, or when it is forgotten
	last  sim.Time // its latest event
	seq   uint64
	count uint64
	kept  keeper
	fired bool

	before int32  // the stagger window of the key that was opened before
	seqOf  uint64 // its seq, as long as it is open
}

func newWindows(a *Application, s *Spec) *windows {
	w := s.Window
	ws := &windows{
		a: a, size: w.Size.Sim(), slide: w.Size.Sim(), lateness: w.AllowedLateness.Sim(), stagger: w.Type == Stagger,
		each: w.Type == Sliding && s.Type == SQL, byKey: w.GroupBy == ByKey, open: map[windowID]int32{},
	}
	if w.Slide != nil {
		ws.slide = w.Slide.Sim()
	}
	return ws
}

// latestStart returns when the last window begins that holds an instant.
func (ws *windows) latestStart(t sim.Time) sim.Time {
	into := sim.Duration(t) % ws.slide
	if into < 0 {
		into += ws.slide
	}
	return t.Add(-into)
}

// late reports whether all windows of a record have been forgotten.
func (ws *windows) late(t sim.Time) bool {
	return !ws.each && !ws.stagger && ws.latestStart(t).Add(ws.size+ws.lateness) <= ws.a.clock.watermark
}

// take takes a record into its windows. Whoever keeps it is told how many windows need it.
func (ws *windows) take(key uint32, t sim.Time, k keeper) {
	if !ws.byKey {
		key = 0
	}
	if ws.stagger {
		ws.add(ws.staggered(key, t), t, k)
	} else {
		for start := ws.latestStart(t); start.Add(ws.size) > t; start = start.Add(-ws.slide) {
			if start.Add(ws.size+ws.lateness) > ws.a.clock.watermark {
				ws.add(ws.find(windowID{start, key}, start.Add(ws.size)), t, k)
			}
		}
	}
	ws.a.output.release(k)
	ws.a.clock.arm()
}

// find returns the window of a name, which is opened unless it is open.
func (ws *windows) find(id windowID, end sim.Time) int32 {
	if w, ok := ws.open[id]; ok {
		return w
	}
	return ws.begin(id, end)
}

// staggered returns the stagger window of a key: it opens at the first event, and ends a fixed length later. A slot
// that is behind keeps it open for its own records, while those of others open the next one.
func (ws *windows) staggered(key uint32, t sim.Time) int32 {
	id := windowID{key: key}
	latest, found := ws.open[id]
	if !found || t >= ws.slab[latest].end {
		next := ws.begin(id, t.Add(ws.size))
		if found {
			ws.slab[next].before, ws.slab[next].seqOf = latest, ws.slab[latest].seq
		}
		return next
	}
	w := &ws.slab[latest]
	for t < w.end.Add(-ws.size) && w.seqOf > 0 && ws.slab[w.before].seq == w.seqOf {
		latest = w.before
		w = &ws.slab[latest]
	}
	return latest
}

func (ws *windows) begin(id windowID, end sim.Time) int32 {
	if len(ws.free) == 0 {
		ws.free = append(ws.free, int32(len(ws.slab)))
		ws.slab = append(ws.slab, window{})
	}
	w := ws.free[len(ws.free)-1]
	ws.free = ws.free[:len(ws.free)-1]
	ws.seq++
	ws.slab[w] = window{windowID: id, end: end, at: end, last: long, seq: ws.seq, kept: noKeeper}
	ws.open[id] = w
	ws.await(w)
	return w
}

// add counts a record. One that comes late to a window that had its result makes another.
func (ws *windows) add(i int32, t sim.Time, k keeper) {
	w := &ws.slab[i]
	w.count++
	w.last = max(w.last, t)
	ws.a.output.share(k)
	if !w.fired {
		ws.a.output.release(w.kept)
		w.kept = k
		return
	}
	ws.a.Again.Inc()
	ws.tell(w)
	ws.a.emit(k, w.end, w.last)
}

// close ends the windows that end up to a watermark, in the order of their ends.
func (ws *windows) close(watermark sim.Time) {
	for len(ws.due) > 0 && ws.slab[ws.due[0]].at <= watermark {
		i := ws.pop()
		w := &ws.slab[i]
		if !w.fired {
			w.fired = true
			ws.tell(w)
			k := w.kept
			w.kept = noKeeper
			ws.a.emit(k, w.end, w.last)
		}
		if w.at = w.end.Add(ws.lateness); w.at > watermark {
			ws.await(i)
			continue
		}
		if ws.open[w.windowID] == i {
			delete(ws.open, w.windowID)
		}
		w.seq = 0
		ws.free = append(ws.free, i)
	}
}

// tell tells a test of a result.
func (ws *windows) tell(w *window) {
	if ws.a.told != nil {
		ws.a.told(w)
	}
}

// first returns when something is due first.
func (ws *windows) first() sim.Time {
	if len(ws.due) == 0 {
		return sim.Never
	}
	return ws.slab[ws.due[0]].at
}

func (ws *windows) sooner(i, k int32) bool {
	x, y := &ws.slab[i], &ws.slab[k]
	return x.at < y.at || x.at == y.at && x.seq < y.seq
}

// await puts a window into the heap.
func (ws *windows) await(w int32) {
	ws.due = append(ws.due, w)
	for i := len(ws.due) - 1; i > 0; {
		up := (i - 1) / 2
		if !ws.sooner(ws.due[i], ws.due[up]) {
			break
		}
		ws.due[i], ws.due[up] = ws.due[up], ws.due[i]
		i = up
	}
}

// pop takes the window out of the heap that is due first.
func (ws *windows) pop() int32 {
	top, last := ws.due[0], len(ws.due)-1
	ws.due[0] = ws.due[last]
	ws.due = ws.due[:last]
	for i := 0; ; {
		least := i
		for down := 2*i + 1; down <= 2*i+2 && down < last; down++ {
			if ws.sooner(ws.due[down], ws.due[least]) {
				least = down
			}
		}
		if least == i {
			return top
		}
		ws.due[i], ws.due[least] = ws.due[least], ws.due[i]
		i = least
	}
}
