//go:build unix

package sim_test

import (
	"fmt"
	"syscall"
	"testing"

	"weir/sim"
	"weir/sim/random"
)

// line is a ring of instants of a power of two.
type line struct {
	born       []sim.Time
	head, tail uint
}

func (l *line) push(t sim.Time) {
	if l.tail-l.head == uint(len(l.born)) {
		l.grow()
	}
	l.born[l.tail&uint(len(l.born)-1)] = t
	l.tail++
}

func (l *line) pop() sim.Time {
	t := l.born[l.head&uint(len(l.born)-1)]
	l.head++
	return t
}

func (l *line) empty() bool { return l.head == l.tail }

func (l *line) grow() {
	larger := make([]sim.Time, max(64, 2*len(l.born)))
	for i := l.head; i != l.tail; i++ {
		larger[i&uint(len(larger)-1)] = l.born[i&uint(len(l.born)-1)]
	}
	l.born = larger
}

// stations are M/M/1 stations at load 0.9 in one calendar.
type stations struct {
	eng          *sim.Engine
	arrived      sim.Event[uint32]
	served       sim.Event[uint32]
	gap, work    random.Exponential
	rand         *sim.Rand
	station      []station
	customers    uint64
	timeInSystem sim.Duration
}

type station struct {
	line line
	left int
}

func newStations(count, customers int) *stations {
	eng := sim.NewEngine(1, 0)
	gap, _ := random.NewExponential(1e9 / 0.9)
	work, _ := random.NewExponential(1e9)
	s := &stations{eng: eng, gap: gap, work: work, rand: eng.Rand("times"), station: make([]station, count)}
	s.arrived = sim.NewEvent(eng, "stations/arrived", s.arrive)
	s.served = sim.NewEvent(eng, "stations/served", s.serve)
	for i := range s.station {
		s.station[i].left = customers / count
		s.arrived.After(s.sample(s.gap), uint32(i))
	}
	return s
}

func (s *stations) sample(d random.Exponential) sim.Duration { return sim.Duration(d.Sample(s.rand)) }

func (s *stations) arrive(i uint32) {
	st := &s.station[i]
	idle := st.line.empty()
	st.line.push(s.eng.Now())
	if idle {
		s.served.After(s.sample(s.work), i)
	}
	if st.left--; st.left > 0 {
		s.arrived.After(s.sample(s.gap), i)
	}
}

func (s *stations) serve(i uint32) {
	st := &s.station[i]
	s.timeInSystem += s.eng.Now().Sub(st.line.pop())
	s.customers++
	if !st.line.empty() {
		s.served.After(s.sample(s.work), i)
	}
}

func benchmarkStations(b *testing.B, count int) {
	s := newStations(count, max(b.N, count))
	s.eng.Run(sim.Time(sim.Second), 1<<40)
	b.ReportAllocs()
	b.ResetTimer()
	begun := cpuSeconds()
	first := s.customers
	s.eng.Run(sim.Never, 1<<62)
	b.ReportMetric(float64(s.customers-first)/(cpuSeconds()-begun)/1e6, "Mcustomers/s")
	if b.N > 100000 && b.N > 100*count {
		mean := s.timeInSystem.Seconds() / float64(s.customers)
		if mean < 8 || mean > 12 {
			b.Errorf("mean time in system %v", mean)
		}
	}
}

func BenchmarkMM1(b *testing.B)      { benchmarkStations(b, 1) }
func BenchmarkStations(b *testing.B) { benchmarkStations(b, 1000) }

func BenchmarkHold(b *testing.B) {
	for _, pending := range []int{1, 2, 3, 5, 10, 100, 1000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(pending), func(b *testing.B) {
			eng := sim.NewEngine(1, 0)
			r := eng.Rand("x")
			var held sim.Event[uint32]
			held = sim.NewEvent(eng, "held", func(i uint32) {
				held.After(sim.Duration(random.StandardExponential(r)*1e9), i)
			})
			for i := range pending {
				held.After(sim.Duration(random.StandardExponential(r)*1e9), uint32(i))
			}
			eng.Run(sim.Never, 2*uint64(pending))
			b.ResetTimer()
			begun := cpuSeconds()
			eng.Run(sim.Never, uint64(b.N))
			b.ReportMetric((cpuSeconds()-begun)*1e9/float64(b.N), "ns/hold")
		})
	}
}

func cpuSeconds() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)/1e6
}

// BenchmarkProcess is the M/M/1 station told as two stories: a source and a server with a line between them.
func BenchmarkProcess(b *testing.B) {
	eng := sim.NewEngine(1, 0)
	defer eng.Close()
	gap, _ := random.NewExponential(1e9 / 0.9)
	work, _ := random.NewExponential(1e9)
	r := eng.Rand("times")
	var waiting line
	var idle sim.Line
	var total sim.Duration
	source := sim.NewProcess(eng, "source", func(p *sim.Process, customers int) {
		for range customers {
			p.Hold(sim.Duration(gap.Sample(r)))
			waiting.push(p.Now())
			idle.Wake()
		}
	})
	server := sim.NewProcess(eng, "server", func(p *sim.Process, customers int) {
		for range customers {
			for waiting.empty() {
				p.Wait(&idle)
			}
			born := waiting.pop()
			p.Hold(sim.Duration(work.Sample(r)))
			total += p.Now().Sub(born)
		}
	})
	source.At(0, b.N)
	server.At(0, b.N)
	b.ReportAllocs()
	b.ResetTimer()
	begun := cpuSeconds()
	eng.Run(sim.Never, 1<<62)
	b.ReportMetric(float64(b.N)/(cpuSeconds()-begun)/1e6, "Mcustomers/s")
	if mean := total.Seconds() / float64(b.N); b.N > 1_000_000 && (mean < 8 || mean > 12) {
		b.Errorf("mean time in system %v", mean)
	}
}
