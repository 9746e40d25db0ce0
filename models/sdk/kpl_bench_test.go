package sdk

import (
	"testing"

	"weir/sim"
)

// BenchmarkKPL is the time of a user record through the library, from its arrival to the stream.
func BenchmarkKPL(b *testing.B) {
	s := onStream(b, 16, "arrivals: {constant: 100000/s}\nsize: 100B\nkey: {uniform: 10000}\nkpl: {}")
	s.eng.Run(sim.Time(sim.Second), 1<<30)
	s.calls, s.keys = make([]call, 0, 1<<20), make([]uint32, 0, b.N+1<<20)
	b.ReportAllocs()
	b.ResetTimer()
	s.eng.Run(s.eng.Now().Add(sim.Seconds(float64(b.N)/100000)), 1<<40)
}
