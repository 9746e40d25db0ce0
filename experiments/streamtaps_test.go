package experiments

import (
	"fmt"
	"slices"

	"weir/models/kinesis"
	"weir/models/message"
	"weir/models/stream"
	"weir/sim"
)

// streamTap stands before a stream. It holds what each consumer gets against AWS's rules of streams: each record that
// was accepted since the consumer's start, once, in the order of its shard, parents before children, unless its
// retention ended before.
//
// The order is that of acceptance. Where a producer sends a record again, or has several calls under way, that is not
// the order in which it had them to send.
type streamTap struct {
	*kinesis.Stream
	watch     *watch
	keyed     bool       // or the service spreads the records without order
	accepted  [][]record // by shard
	number    int
	consumers []*consumed
	kept      []kept
}

// record is a message that a stream accepted.
type record struct {
	number int // over all shards
	hash   stream.Hash
	key    uint32
	bytes  uint32
	born   sim.Time
	at     sim.Time
}

// consumed is what a consumer got.
type consumed struct {
	f      *stream.Fetcher
	next   []int // by shard: the place of the record that it gets next
	latest map[stream.Hash]int
	worker *worker // nil unless it is an application
}

// kept is how long records were kept from an instant on.
type kept struct {
	from sim.Time
	for_ sim.Duration
}

// Attach watches a consumer.
func (t *streamTap) Attach(f *stream.Fetcher) {
	c := &consumed{f: f, latest: map[stream.Hash]int{}, worker: t.watch.workers[f.Name()]}
	t.consumers = append(t.consumers, c)
	f.Watch = func(shard int, refs []message.Ref) { t.delivered(c, shard, refs) }
	t.Stream.Attach(f)
}

// SendMessage notes a record of one who forwards. Its hash is that of the stream's own partition key: the shard knows.
func (t *streamTap) SendMessage(ref message.Ref, delay sim.Duration) error {
	m := *t.watch.store.At(ref)
	ends := t.ends()
	if err := t.Stream.SendMessage(ref, delay); err != nil {
		return err
	}
	t.note(ends, []message.Message{m}, stream.Hash{High: uint64(m.Key), Low: 1 << 40})
	return nil
}

// PutRecord notes a record.
func (t *streamTap) PutRecord(e stream.Entry) error {
	messages, ends := t.messages(e), t.ends()
	if err := t.Stream.PutRecord(e); err != nil {
		return err
	}
	t.note(ends, messages, e.Hash)
	return nil
}

// PutRecords notes records. Several may come into one shard in a call, in the order of the call.
func (t *streamTap) PutRecords(entries []stream.Entry, failures []error) error {
	all := make([][]message.Message, len(entries))
	shards := make([]int, len(entries))
	for i, e := range entries {
		all[i], shards[i] = t.messages(e), t.ShardOf(e.Hash)
	}
	ends := t.ends()
	if err := t.Stream.PutRecords(entries, failures); err != nil {
		return err
	}
	if !t.keyed {
		t.found(ends)
		return nil
	}
	for i, e := range entries {
		if failures[i] == nil {
			t.place(shards[i], all[i], e.Hash)
		}
	}
	return nil
}

// found notes what a call brought that the service spread, as the log has it. What is kept for nobody is known by its
// number alone.
func (t *streamTap) found(ends []uint64) {
	for n, end := range ends {
		for ; end < t.Log().End(n); end++ {
			var m message.Message
			if r := t.Log().Record(n, end); r != nil {
				m = message.Message{Key: r.Key, SizeBytes: r.SizeBytes, Born: r.Born}
			}
			t.place(n, []message.Message{m}, stream.Hash{})
		}
	}
}

func (t *streamTap) messages(e stream.Entry) (all []message.Message) {
	for _, ref := range e.Messages {
		all = append(all, *t.watch.store.At(ref))
	}
	return all
}

// ends returns how many messages each shard has had.
func (t *streamTap) ends() (ends []uint64) {
	for n := range t.Shards() {
		ends = append(ends, t.Log().End(n))
	}
	return ends
}

// note finds the shard that took some messages, the last that the tap has not noted.
func (t *streamTap) note(ends []uint64, messages []message.Message, h stream.Hash) {
	for n := range ends {
		for len(t.accepted) <= n {
			t.accepted = append(t.accepted, nil)
		}
		if t.Log().End(n) >= uint64(len(t.accepted[n])+len(messages)) {
			t.place(n, messages, h)
			return
		}
	}
	t.watch.breaks(t.Name(), "no shard took %d messages", len(messages))
}

func (t *streamTap) place(n int, messages []message.Message, h stream.Hash) {
	now := t.watch.eng.Now()
	for len(t.accepted) <= n {
		t.accepted = append(t.accepted, nil)
	}
	for _, m := range messages {
		t.number++
		t.accepted[n] = append(t.accepted[n], record{t.number, h, m.Key, m.SizeBytes, m.Born, now})
	}
	if s := t.Log().Shard(n); !s.IsOpen() {
		t.watch.breaks(t.Name(), "shard %d took a record, and is closed", n)
	}
	if end := t.Log().End(n); end < uint64(len(t.accepted[n])) {
		t.watch.breaks(t.Name(), "shard %d has %d messages, and took %d", n, end, len(t.accepted[n]))
	}
}

// gone reports whether a record may have expired by now: its retention, the shortest since, is over.
func (t *streamTap) gone(r record) bool {
	now := t.watch.eng.Now()
	for i, k := range t.kept {
		end := now
		if i+1 < len(t.kept) {
			end = t.kept[i+1].from
		}
		if end >= r.at && max(k.from, r.at.Add(k.for_)) <= end {
			return true
		}
	}
	return false
}

// keep notes how long records are kept from now on.
func (t *streamTap) keep() {
	if d := t.Log().Retention(); len(t.kept) == 0 || t.kept[len(t.kept)-1].for_ != d {
		t.kept = append(t.kept, kept{t.watch.eng.Now(), d})
	}
}

func (c *consumed) grow(n int) {
	for len(c.next) <= n {
		c.next = append(c.next, 0)
	}
}

// delivered checks what a consumer gets.
func (t *streamTap) delivered(c *consumed, shard int, refs []message.Ref) {
	t.keep()
	c.grow(t.Shards() - 1)
	t.checkParents(c, shard)
	t.got(c, shard, refs)
	for _, ref := range refs {
		m := t.watch.store.At(ref)
		r, found := t.next(c, shard, m)
		if !found {
			t.watch.breaks(t.Name(), "%s got message %d, accepted at %v, of shard %d out of turn, or twice", c.f.Name(), m.Key,
				m.Enqueued, shard)
			return
		}
		if last := c.latest[r.hash]; t.keyed && r.number < last {
			t.watch.breaks(t.Name(), "%s got record %d of a key after %d of it", c.f.Name(), r.number, last)
		}
		c.latest[r.hash] = r.number
	}
}

// next finds the next record of a shard for a consumer, behind those that have expired or came before it attached.
func (t *streamTap) next(c *consumed, shard int, m *message.Message) (record, bool) {
	if shard >= len(t.accepted) {
		return record{}, false
	}
	for all := t.accepted[shard]; c.next[shard] < len(all); {
		r := all[c.next[shard]]
		c.next[shard]++
		switch {
		case r.key == m.Key && r.at == m.Enqueued && r.born == m.Born && r.bytes == m.SizeBytes:
			return r, true
		case t.owed(c, r):
			t.watch.breaks(t.Name(), "%s did not get message %d of shard %d, accepted at %v", c.f.Name(), r.key, shard, r.at)
			return r, false
		}
	}
	return record{}, false
}

// owed reports whether a consumer gets a record for certain.
func (t *streamTap) owed(c *consumed, r record) bool {
	return r.at > c.f.From && !t.gone(r) && (c.worker == nil || !c.worker.misses)
}

// checkParents checks that a consumer has nothing left to read of the shards that one took over from.
func (t *streamTap) checkParents(c *consumed, shard int) {
	for _, p := range t.Log().Shard(shard).Parents {
		if p == stream.NoShard {
			continue
		}
		if int(p) < len(t.accepted) {
			for _, r := range t.accepted[p][c.next[p]:] {
				if t.owed(c, r) {
					t.watch.breaks(t.Name(), "%s reads shard %d before message %d of its parent %d", c.f.Name(), shard, r.key, p)
					return
				}
			}
		}
		t.checkParents(c, int(p))
	}
}

// unread checks that what consumers have still to get is what the stream has for them.
func (w *watch) unread() error {
	for _, t := range w.streams {
		t.keep()
		if w.eng.Fired()%8 != 0 && len(t.accepted) > 0 { // a look at all records after each event would take too long
			continue
		}
		for n := range t.Shards() {
			for len(t.accepted) <= n {
				t.accepted = append(t.accepted, nil)
			}
			if end := t.Log().End(n); end != uint64(len(t.accepted[n])) {
				return fmt.Errorf("%s: shard %d has had %d messages, %d were accepted", t.Name(), n, end, len(t.accepted[n]))
			}
		}
		for _, c := range t.consumers {
			c.grow(t.Shards() - 1)
			for n := range t.Shards() {
				var certain, perhaps uint64
				for _, r := range t.accepted[n][c.next[n]:] {
					switch {
					case r.at < c.f.From: // before its start
					case t.gone(r) || r.at == c.f.From:
						perhaps++
					default:
						certain++
					}
				}
				has := c.f.Unread(n)
				if c.f.From < w.eng.Now() && (has < certain || has > certain+perhaps) && !t.passed(c, n, has) {
					return fmt.Errorf("%s: %s has %d messages of shard %d to read, want %d to %d", t.Name(), c.f.Name(), has, n,
						certain, certain+perhaps)
				}
			}
		}
	}
	return nil
}

// ranges checks that the open shards of a stream cover all hashes once.
func (w *watch) ranges(st *kinesis.Stream) error {
	var open []*stream.Shard
	for n := range st.Shards() {
		if s := st.Log().Shard(n); s.IsOpen() {
			open = append(open, s)
		}
	}
	slices.SortFunc(open, func(a, b *stream.Shard) int {
		if a.From.Less(b.From) {
			return -1
		}
		return 1
	})
	next := stream.Hash{}
	for _, s := range open {
		if s.From != next || s.To.Less(s.From) {
			return fmt.Errorf("%s: an open shard has the range %s to %s after %s", st.Name(), s.From, s.To, next.Before())
		}
		next = s.To.Next()
	}
	if got := st.Stats.Shards.Value(); next != (stream.Hash{}) || got != int64(len(open)) {
		return fmt.Errorf("%s: %d shards are open, it counts %d; they end at %s", st.Name(), len(open), got, next.Before())
	}
	return nil
}
