package stream

import "weir/sim"

// next returns when a shard is polled for what can be read from an instant on.
func (f *Fetcher) next(l *lane, from, now sim.Time) sim.Time {
	l.call = 0
	switch {
	case f.Pushed:
		l.push = f.stretched(f.push.Sample())
		return max(now, from.Add(l.push))
	case f.Latency != nil:
		l.call = f.stretched(f.latency.Sample())
	}
	if l.limited == sim.Never && (f.Every <= 0 || f.Eager && l.more && from == now) {
		return max(from, now.Add(l.call/2))
	}
	up := l.call / 2 // what the request takes varies: consumers whose polls had a fixed beat would shut each other out
	l.beat = f.turn(l, max(from.Add(-up), l.beat+1))
	return max(l.beat.Add(up), now)
}

// stretched returns how long a call takes now that would take d without faults.
func (f *Fetcher) stretched(d sim.Duration) sim.Duration {
	if f.faults == nil {
		return d
	}
	return f.faults.Stretch(d)
}

// every returns how long a poll of a shard comes after the one before, where they do not come at once.
func (f *Fetcher) every() sim.Duration {
	if f.Every <= 0 {
		return pollAgain
	}
	return f.Every
}

// pollAgain is how long who polls without a pause waits when the stream holds it back.
const pollAgain = 200 * sim.Millisecond

// Skipped adds instants, after the one given, of the polls of a shard that a consumer would have made since it was
// last asked, none of which would have found anything. They are as many as the grid has, and spread by chance: on
// the grid, the same consumer would always be first at what a limit leaves. No more are added than make most:
// further ones could not change what a limit leaves.
func (f *Fetcher) Skipped(n int, after sim.Time, most int, into []sim.Time) []sim.Time {
	l, now := &f.lanes[n], f.eng.Now()
	from := max(l.counted, l.wanted, l.last, after) + 1
	l.counted = now
	if f.Pushed || f.Every <= 0 || !f.reader.places[n].asleep || l.wanted == sim.Never {
		return into
	}
	for at := f.turn(l, from); at <= now && len(into) < most; at = at.Add(f.Every) {
		into = append(into, now.Add(-sim.Duration(f.luck.Float64()*float64(now.Sub(from)))))
	}
	return into
}

// turn returns the first instant of the grid of a shard's polls that does not come before another.
func (f *Fetcher) turn(l *lane, from sim.Time) sim.Time {
	every := f.every()
	turns := (sim.Duration(from) - l.phase + every - 1) / every
	return sim.Time(l.phase + max(turns, 0)*every)
}

// again returns from when on a shard is polled again that the stream has held back. SDKs try again with jitter: two
// consumers do not stay in step for ever, the one always before the other.
func (f *Fetcher) again(l *lane, now sim.Time) sim.Time {
	if f.aligned {
		return now
	}
	every := f.every()
	l.phase = sim.Duration(f.luck.Float64() * float64(every))
	return now.Add(every / 2)
}

// Align makes the polls of all shards come at whole periods, for a story whose times are to be told.
func (f *Fetcher) Align() {
	f.aligned = true
	for n := range f.lanes {
		f.lanes[n].phase = 0
	}
}
