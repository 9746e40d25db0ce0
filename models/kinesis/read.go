package kinesis

import (
	"slices"

	"weir/models/quota"
	"weir/models/stream"
	"weir/sim"
)

// readQuota is what all consumers that poll a shard share: five calls and 2 MB a second, and records a second where the
// profile limits them.
//
//   - "If a call to GetRecords returns 10 MB, subsequent calls made within the next 5 seconds throw";
//   - "if there is insufficient provisioned throughput on the stream, subsequent calls made within the next 1 second
//     throw" (Kinesis API reference, GetRecords).
type readQuota struct {
	calls   quota.Bucket
	bytes   allowance
	records allowance
	silent  sim.Time // until when calls throw
	taken   readCount
}

func newReadQuota(limit *Limits, now sim.Time) readQuota {
	return readQuota{
		calls:   quota.NewBucket(min(limit.ReadCalls.PerSecond(), endless), sim.Second),
		bytes:   newAllowance(float64(limit.ReadBytes), now),
		records: newAllowance(limit.ReadRecords.PerSecond(), now),
	}
}

// permit returns how long calls throw from now on, or takes one.
func (q *readQuota) permit(now sim.Time) sim.Duration {
	if now < q.silent {
		return q.silent.Sub(now)
	}
	if wait := max(q.bytes.wait(now), q.records.wait(now)); wait > 0 {
		return wait
	}
	if !q.call(now) {
		return sim.Second / 5
	}
	return 0
}

// call takes a call, and reports whether there was one left.
func (q *readQuota) call(at sim.Time) bool {
	if !q.calls.Permit(at) {
		return false
	}
	q.taken.calls++
	return true
}

// took counts what a call returned.
func (q *readQuota) took(now sim.Time, records int, bytes int64, limit *Limits) {
	q.taken.bytes += uint64(bytes)
	refusal := limit.ReadRefusal.Sim()
	silence := max(q.bytes.take(now, float64(bytes), refusal), q.records.take(now, float64(records), refusal))
	if silence > 0 {
		q.silent = now.Add(silence)
	}
}

// allowance is how much may be read: a second's worth at the most, and below zero while more was read.
type allowance struct {
	rate float64 // a second
	left float64
	at   sim.Time
}

func newAllowance(rate float64, now sim.Time) allowance { return allowance{rate, rate, now} }

func (a *allowance) endless() bool { return a.rate >= endless }

func (a *allowance) refill(now sim.Time) {
	a.left = min(a.left+float64(a.rate*now.Sub(a.at).Seconds()), a.rate)
	a.at = now
}

// wait returns how long it takes until what was read too much is made up for.
func (a *allowance) wait(now sim.Time) sim.Duration {
	if a.endless() {
		return 0
	}
	if a.refill(now); a.left >= 0 {
		return 0
	}
	return max(sim.Seconds(-a.left/a.rate), 1)
}

// take counts what was read, and returns how long no more may be: as long as one call with more than a second's worth
// would have taken, or the least refusal when what there was did not suffice.
func (a *allowance) take(now sim.Time, amount float64, refusal sim.Duration) sim.Duration {
	if a.endless() {
		return 0
	}
	a.refill(now)
	a.left -= amount
	switch {
	case amount > a.rate:
		return sim.Seconds(amount / a.rate)
	case a.left < 0:
		return refusal
	}
	return 0
}

// pushQuota is what one consumer with enhanced fan-out gets of a shard: 2 MB a second.
type pushQuota struct {
	bytes  float64
	at     sim.Time
	pushed uint64 // in the window
}

// pushPiece is how many bytes at the least are pushed when there are more: a push of every record would be a burden for
// nobody but the simulator.
const pushPiece = 32 << 10

func (q *pushQuota) permit(now sim.Time, rate float64) sim.Duration {
	q.bytes = min(q.bytes+float64(rate*now.Sub(q.at).Seconds()), rate)
	q.at = now
	if q.bytes > 0 {
		return 0
	}
	return max(sim.Seconds((min(pushPiece, rate)-q.bytes)/rate), 1)
}

// Attach makes the stream know a consumer.
func (st *Stream) Attach(f *stream.Fetcher) {
	f.Number, f.Old = len(st.fetchers), st.limit.RetentionExtended.Sim()
	st.fetchers = append(st.fetchers, f)
	if f.Pushed {
		st.pushed++
	}
}

// Pushed returns how many consumers have enhanced fan-out, and how many there may be.
func (st *Stream) Pushed() (consumers int, most int64) {
	if st.spec.OnDemandAdvantage {
		return st.pushed, st.limit.ConsumersMaxAdvantage
	}
	return st.pushed, st.limit.ConsumersMax
}

// PollEvery returns how long Lambda's poll of a shard comes after the one before.
func (st *Stream) PollEvery() sim.Duration { return st.limit.LambdaPoll.Sim() }

// Permit returns 0 when a consumer may read a shard now, or else how long it may not.
func (st *Stream) Permit(f *stream.Fetcher, n int) sim.Duration {
	now := st.eng.Now()
	sh := &st.shards[n]
	if f.Pushed {
		if float64(st.limit.PushBytes) >= endless {
			return 0
		}
		for len(sh.pushes) <= f.Number {
			sh.pushes = append(sh.pushes, pushQuota{bytes: float64(st.limit.PushBytes), at: now})
		}
		return sh.pushes[f.Number].permit(now, float64(st.limit.PushBytes))
	}
	return st.permitPoll(n)
}

// callsMax bounds how many calls a second are told apart.
const callsMax = 1000

// permitPoll returns how long a shard refuses GetRecords from now on, or takes a call of those it allows.
func (st *Stream) permitPoll(n int) sim.Duration {
	now := st.eng.Now()
	sh := &st.shards[n]
	if q := &sh.reads.calls; !q.Endless() {
		// Polls that would have found nothing were not made. Those of more than a second ago have their tokens back.
		st.skipped = st.skipped[:0]
		most := int(2*min(st.limit.ReadCalls.PerSecond(), callsMax)) + 1 // of a second: those that were left, and new ones
		for i, other := range st.fetchers {
			st.skipped = other.Skipped(n, max(sh.reads.silent, now.Add(-sim.Second)), (i+1)*most, st.skipped)
		}
		slices.Sort(st.skipped)
		for _, at := range st.skipped {
			sh.reads.call(at)
		}
	}
	wait := sh.reads.permit(now)
	if wait > 0 {
		st.ReadThrottled.Inc()
	}
	return wait
}

// Took counts a read.
func (st *Stream) Took(f *stream.Fetcher, n int, read stream.Read) {
	sh := &st.shards[n]
	if f.Pushed {
		st.ReadRecords.Add(uint64(read.Records))
		if f.Number < len(sh.pushes) {
			sh.pushes[f.Number].bytes -= float64(read.Bytes)
			sh.pushes[f.Number].pushed += uint64(read.Bytes)
		}
		st.PushedBytes.Add(uint64(read.Bytes))
		return
	}
	st.tookPoll(n, read)
}

// tookPoll counts a GetRecords.
func (st *Stream) tookPoll(n int, read stream.Read) {
	st.ReadRecords.Add(uint64(read.Records))
	st.Reads.Inc()
	st.ReadBytes.Add(uint64(read.Bytes))
	st.OldBytes.Add(uint64(read.Old))
	st.IteratorAge.Record(int64(read.Behind))
	st.shards[n].reads.took(st.eng.Now(), read.Records, read.Bytes, st.limit)
}
