package calls

import "weir/sim"

// windowBuckets is how many parts the rolling window of a breaker has.
const windowBuckets = 10

// breaker is a circuit breaker:
//
//	closed ──── failures ────▶ open ──── open_for over ────▶ half open ──── probes well ────▶ closed
//	                            ▲                                │
//	                            └────────── a probe failed ──────┘
type breaker struct {
	spec    *BreakerSpec
	buckets [windowBuckets]bucket
	open    bool
	until   sim.Time // while it is open: when probes are let through
	probing int      // probes under way
	well    int      // probes that succeeded
	turn    uint32   // counts changes of state: the end of an attempt that began in an earlier one tells nothing
}

// bucket is the attempts that ended in one part of the window.
type bucket struct {
	number        int64 // of the part, since the start of the trial
	calls, failed int32
}

// permit reports whether an attempt may be made now, and in which turn of the breaker it is.
func (b *breaker) permit(now sim.Time) (turn uint32, ok bool) {
	if !b.open {
		return b.turn, true
	}
	if now < b.until || b.probing+b.well >= b.spec.Probes {
		return b.turn, false
	}
	b.probing++
	return b.turn, true
}

// ended takes the end of an attempt, and reports whether the breaker has opened with it.
func (b *breaker) ended(now sim.Time, turn uint32, failed bool) (opened bool) {
	if turn != b.turn {
		return false
	}
	if b.open {
		b.probing--
		if failed {
			b.trip(now)
			return true
		}
		if b.well++; b.well == b.spec.Probes {
			*b = breaker{spec: b.spec, turn: b.turn + 1}
		}
		return false
	}
	part := int64(b.spec.Window.Sim())/windowBuckets + 1
	number := int64(now) / part
	at := &b.buckets[number%windowBuckets]
	if at.number != number {
		*at = bucket{number: number}
	}
	at.calls++
	if !failed {
		return false
	}
	at.failed++
	calls, failures := int32(0), int32(0)
	for i := range b.buckets {
		if k := &b.buckets[i]; k.number > number-windowBuckets {
			calls += k.calls
			failures += k.failed
		}
	}
	if int(calls) < b.spec.MinimumCalls || float64(failures) < float64(b.spec.FailureShare)*float64(calls) {
		return false
	}
	b.trip(now)
	return true
}

// dropped takes back an attempt whose process is gone.
func (b *breaker) dropped(turn uint32) {
	if b.open && turn == b.turn {
		b.probing--
	}
}

func (b *breaker) trip(now sim.Time) {
	*b = breaker{spec: b.spec, open: true, until: now.Add(b.spec.OpenFor.Sim()), turn: b.turn + 1}
}
