package kinesis

// Throttle multiplies what each shard takes a second, as when quotas are changed.
func (st *Stream) Throttle(factor float64) {
	st.throttled = float64(st.throttled * factor)
	for i := range st.shards {
		st.throttle(i, factor)
	}
}

func (st *Stream) throttle(shard int, factor float64) {
	s, now := &st.shards[shard], st.eng.Now()
	s.records.Scale(now, factor)
	s.bytes.Scale(now, factor)
}
