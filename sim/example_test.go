package sim_test

import (
	"fmt"

	"weir/sim"
	"weir/sim/random"
)

// Bank is the M/M/1 station of the textbooks: customers arrive at random, stand in line, and one clerk serves them.
type Bank struct {
	Served  int
	Waiting sim.Duration // of all who were served, from arrival to the clerk

	eng       *sim.Engine
	gap, work random.Duration
	line      []sim.Time // arrivals of those who wait
	busy      bool
	arrived   sim.Event[uint8] // a customer has come
	served    sim.Event[uint8] // the clerk has finished
}

// NewBank returns a bank whose first customer is on the way.
func NewBank(eng *sim.Engine, meanGap, meanWork sim.Duration) *Bank {
	b := &Bank{eng: eng, gap: exponential(eng, "bank/gap", meanGap), work: exponential(eng, "bank/work", meanWork)}
	b.arrived = sim.NewEvent(eng, "bank/arrived", b.arrive)
	b.served = sim.NewEvent(eng, "bank/served", b.finish)
	b.arrived.After(b.gap.Sample(), 0)
	return b
}

func (b *Bank) arrive(uint8) {
	b.line = append(b.line, b.eng.Now())
	if !b.busy {
		b.start()
	}
	b.arrived.After(b.gap.Sample(), 0)
}

func (b *Bank) start() {
	b.busy = true
	b.Waiting += b.eng.Now().Sub(b.line[0])
	b.line = b.line[1:]
	b.served.After(b.work.Sample(), 0)
}

func (b *Bank) finish(uint8) {
	b.busy = false
	b.Served++
	if len(b.line) > 0 {
		b.start()
	}
}

// exponential samples lengths with random numbers of their own.
func exponential(eng *sim.Engine, name string, mean sim.Duration) random.Duration {
	dist, err := random.NewExponential(float64(mean))
	if err != nil {
		panic(err)
	}
	return random.NewDuration(dist, eng.Rand(name))
}

// A station from nothing: state, two events, and the functions that the events call. Theory says that at load ρ = 0.8
// a customer waits ρ/(1-ρ) = 4 service times.
func Example() {
	eng := sim.NewEngine(1, 0)
	bank := NewBank(eng, 100*sim.Second, 80*sim.Second)
	reason := eng.Run(sim.Time(1000*sim.Day), 10_000_000)
	fmt.Println(reason, "at", eng.Now().Seconds(), "s")
	fmt.Printf("%d served, %.2f service times waited\n", bank.Served, bank.Waiting.Seconds()/float64(bank.Served)/80)
	// Output:
	// reached at 8.64e+07 s
	// 863298 served, 3.94 service times waited
}

// The same bank as a story: a customer comes, waits for the clerk, but not for ever, is served and goes.
func ExampleNewProcess() {
	eng := sim.NewEngine(1, 0)
	defer eng.Close()
	gap, work := exponential(eng, "bank/gap", 100*sim.Second), exponential(eng, "bank/work", 80*sim.Second)
	clerk := sim.NewResource(1)
	served, lost := 0, 0

	customer := sim.NewProcess(eng, "bank/customer", func(p *sim.Process, _ int) {
		if !p.AcquireWithin(clerk, 5*sim.Minute) {
			lost++
			return
		}
		defer clerk.Release()
		p.Hold(work.Sample())
		served++
	})
	source := sim.NewProcess(eng, "bank/source", func(p *sim.Process, customers int) {
		for i := range customers {
			p.Hold(gap.Sample())
			customer.After(0, i)
		}
	})

	source.At(0, 10_000)
	fmt.Println(eng.Run(sim.Never, 1_000_000), served, "served", lost, "lost patience")
	// Output:
	// drained 8958 served 1042 lost patience
}
