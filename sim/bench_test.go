package sim_test

import (
	"syscall"
	"testing"

	"weir/sim"
	"weir/sim/random"
	"weir/sim/ring"
)

// station is an M/M/1 queue at load 0.9, the yardstick of event engines.
type station struct {
	eng     *sim.Engine
	gap     random.Duration
	work    random.Duration
	line    ring.Buffer[sim.Time]
	left    int
	total   sim.Duration
	arrived sim.Event[uint32]
	served  sim.Event[uint32]
}

func newStation(eng *sim.Engine, name string, customers int) *station {
	gap, err := random.NewExponential(1e9 / 0.9)
	if err != nil {
		panic(err)
	}
	work, err := random.NewExponential(1e9)
	if err != nil {
		panic(err)
	}
	s := &station{
		eng: eng, left: customers,
		gap: random.NewDuration(gap, eng.Rand(name+"/gap")), work: random.NewDuration(work, eng.Rand(name+"/work")),
	}
	s.arrived = sim.NewEvent(eng, name+"/arrived", s.arrive)
	s.served = sim.NewEvent(eng, name+"/served", s.serve)
	s.arrived.After(s.gap.Sample(), 0)
	return s
}

func (s *station) arrive(uint32) {
	s.line.Push(s.eng.Now())
	if s.line.Len() == 1 {
		s.served.After(s.work.Sample(), 0)
	}
	if s.left--; s.left > 0 {
		s.arrived.After(s.gap.Sample(), 0)
	}
}

func (s *station) serve(uint32) {
	s.total += s.eng.Now().Sub(s.line.Pop())
	if s.line.Len() > 0 {
		s.served.After(s.work.Sample(), 0)
	}
}

func cpuSeconds(b *testing.B) float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)/1e6
}

func runStations(b *testing.B, count int) {
	eng := sim.NewEngine(1, 0)
	for i := range count {
		newStation(eng, "station/"+string(rune('a'+i%26))+string(rune('a'+i/26)), max(b.N/count, 1))
	}
	b.ReportAllocs()
	b.ResetTimer()
	begun := cpuSeconds(b)
	eng.Run(sim.Never, 1<<60)
	b.ReportMetric(float64(b.N)/(cpuSeconds(b)-begun), "customers/s")
}

func BenchmarkMM1(b *testing.B)      { runStations(b, 1) }
func BenchmarkStations(b *testing.B) { runStations(b, 1000) }

func benchmarkHold(b *testing.B, pending int) {
	eng := sim.NewEngine(1, 0)
	one, _ := random.NewExponential(1e9)
	gap := random.NewDuration(one, eng.Rand("gap"))
	var held sim.Event[uint32]
	held = sim.NewEvent(eng, "held", func(n uint32) { held.After(gap.Sample(), n) })
	for i := range pending {
		held.After(gap.Sample(), uint32(i))
	}
	eng.Run(sim.Never, uint64(2*pending))
	b.ReportAllocs()
	b.ResetTimer()
	begun := cpuSeconds(b)
	eng.Run(sim.Never, uint64(b.N))
	b.ReportMetric((cpuSeconds(b)-begun)/float64(b.N)*1e9, "ns/hold")
}

func BenchmarkHold10(b *testing.B)      { benchmarkHold(b, 10) }
func BenchmarkHold1000(b *testing.B)    { benchmarkHold(b, 1000) }
func BenchmarkHold100000(b *testing.B)  { benchmarkHold(b, 100_000) }
func BenchmarkHold1000000(b *testing.B) { benchmarkHold(b, 1_000_000) }
