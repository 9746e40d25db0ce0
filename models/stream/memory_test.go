package stream

import (
	"runtime"
	"testing"
	"unsafe"

	"weir/models/message"
	"weir/sim"
)

func TestARecordTakes48Bytes(t *testing.T) {
	if n := unsafe.Sizeof(message.Record{}); n > 48 {
		t.Errorf("a record takes %d bytes", n)
	}
}

func TestWhatARecordChangesOfAShardIsOneLineOfTheCache(t *testing.T) {
	if n, hot := unsafe.Sizeof(shard{}), unsafe.Offsetof(shard{}.Shard); n%64 != 0 || hot != 64 {
		t.Errorf("a shard takes %d bytes, %d of them before its range", n, hot)
	}
}

// heap returns how many bytes are in use.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func (s *scene) puts(n, shards int) {
	for i := range n {
		ref, _ := s.store.New(s.eng.Now(), s.route, 100, 0, 0)
		s.log.Append(i%shards, []message.Ref{ref}, 10, 0)
	}
}

func TestAMillionUnreadRecordsTakeLessThan56MB(t *testing.T) {
	const records, limit = 1_000_000, 56_000_000
	before := heap()
	s := newScene(4)
	c := s.taker("c", Way{Start: Start{At: sim.Time(sim.Minute)}})
	d := s.taker("d", Way{Start: Start{At: sim.Time(2 * sim.Minute)}}) // a second reader costs nothing more
	s.puts(records, 4)
	if took := heap() - before; took > limit || s.log.Kept() != records {
		t.Errorf("%d records take %d bytes, %d each", s.log.Kept(), took, took/records)
	}
	s.run(90 * sim.Second)
	if len(c.got) != records || s.log.Kept() != records {
		t.Fatalf("%d records have been read, %d are kept for the other", len(c.got), s.log.Kept())
	}
	s.run(sim.Hour)
	if len(d.got) != records || s.log.Kept() != 0 || s.store.Live() != 0 {
		t.Errorf("%d records have been read, %d are kept", len(d.got), s.log.Kept())
	}
	if left := s.log.used(); left > 4 {
		t.Errorf("4 shards that have been read keep %d chunks", left)
	}
	chunks := len(s.log.chunks)
	s.puts(records/2, 4)
	if len(s.log.chunks) > chunks {
		t.Errorf("the log has %d chunks, and had %d for twice as much", len(s.log.chunks), chunks)
	}
}

// used returns how many chunks hold records.
func (l *Log) used() int { return len(l.chunks) - len(l.unused) }

func TestRecordsThatNobodyWillReadTakeNothing(t *testing.T) {
	const records = 100_000
	s := newScene(4)
	s.at(sim.Second, func() { s.puts(records, 4) })
	s.run(sim.Minute)
	if len(s.log.chunks) != 0 || s.log.Kept() != 0 || s.eng.Pending() != 0 {
		t.Errorf("%d chunks, %d records and %d events for nobody", len(s.log.chunks), s.log.Kept(), s.eng.Pending())
	}
	s = newScene(4)
	s.taker("later", Way{Start: Start{From: sim.Time(sim.Hour), At: sim.Time(sim.Hour)}})
	s.at(sim.Second, func() { s.puts(records, 4) })
	s.run(sim.Minute)
	if len(s.log.chunks) != 0 || s.store.Owed() != 0 {
		t.Errorf("%d chunks for a consumer that begins at a later record", len(s.log.chunks))
	}
}

// Shards that were read take nothing once they are closed, whatever comes first.
func TestClosedShardsThatHaveBeenReadTakeNothing(t *testing.T) {
	for _, closed := range []sim.Duration{sim.Second, sim.Minute} {
		s := newScene(1)
		s.taker("c", Way{Every: 10 * sim.Second})
		s.at(sim.Second, func() { s.puts(10, 1) })
		s.at(closed+1, func() { s.log.Split(0, Part(1, 2)) })
		s.run(2 * sim.Minute)
		if s.log.used() != 0 || s.store.Owed() != 0 {
			t.Errorf("closed at %v, the shard keeps %d chunks", closed, s.log.used())
		}
	}
}

func TestWhatExpiredOrWasReadOfClosedShardsTakesNothing(t *testing.T) {
	s := newSceneKept(1, sim.Minute)
	s.taker("never", Way{Start: Start{At: sim.Time(sim.Hour)}})
	s.at(sim.Second, func() {
		s.puts(1000, 1)
		s.log.Split(0, Part(1, 2))
	})
	s.run(2 * sim.Minute)
	if s.log.used() != 0 || s.log.Kept() != 0 || s.log.Expired.Value() != 1000 || s.store.Owed() != 0 {
		t.Errorf("%d chunks are used, %d records kept, %d expired", s.log.used(), s.log.Kept(), s.log.Expired.Value())
	}
}

// What a record does not hold of a message that came a longer way is kept beside it, and let go of with it.
func TestPastsAreUsedAgain(t *testing.T) {
	s := newScene(1)
	s.store.KeepIDs()
	c := s.taker("c", Way{Every: sim.Second})
	c.forgets = true
	for i := range 100 {
		s.at(sim.Duration(1+i)*sim.Second, func() { s.puts(1000, 1) })
	}
	s.run(10 * sim.Second)
	before := heap()
	s.run(200 * sim.Second)
	if grew := heap() - before; grew > 500_000 {
		t.Errorf("the memory of a stream that is read at once grew by %d bytes", grew)
	}
	runtime.KeepAlive(s)
}
