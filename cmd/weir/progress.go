package main

import (
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"weir/experiments"
	"weir/sim"
)

// progress shows how much virtual time of all replications is done. It prints nothing unless standard error is a
// terminal.
type progress struct {
	begun     time.Time
	container *mpb.Progress
	bar       *mpb.Bar
	first     []int          // trial of each design
	each      []int64        // of a trial of each design, in virtual milliseconds
	done      []atomic.Int64 // by trial
	events    []atomic.Uint64
	mutex     sync.Mutex
	begins    []int // replications of each design that have begun or will
}

// newProgress shows the progress of designs that are run together.
func newProgress(quiet bool, designs ...*experiments.Design) *progress {
	if quiet || !isTerminal(os.Stderr) {
		return &progress{}
	}
	p := &progress{begun: time.Now()}
	trials := 0
	for _, d := range designs {
		run := d.Document.Run
		p.first = append(p.first, trials)
		p.each = append(p.each, int64(run.Warmup.Sim()+run.Duration.Sim())/int64(sim.Millisecond))
		p.begins = append(p.begins, run.Replications)
		if run.Precision != nil { // nobody knows how many it will take
			run.Replications = max(run.Replications, run.ReplicationsMax)
		}
		trials += run.Replications
	}
	p.done, p.events = make([]atomic.Int64, trials), make([]atomic.Uint64, trials)
	p.container = mpb.New(mpb.WithOutput(os.Stderr), mpb.WithWidth(64))
	p.bar = p.container.AddBar(p.total(),
		mpb.PrependDecorators(decor.Name("virtual time "), decor.Percentage()),
		mpb.AppendDecorators(decor.Any(p.rate), decor.Name(" left "), decor.AverageETA(decor.ET_STYLE_GO)),
		mpb.BarRemoveOnComplete())
	return p
}

// rate tells how many events are fired in a second.
func (p *progress) rate(decor.Statistics) string {
	var events uint64
	for i := range p.events {
		events += p.events[i].Load()
	}
	return fmt.Sprintf(" %s events/s", humanize.SIWithDigits(float64(events)/time.Since(p.begun).Seconds(), 1, ""))
}

// total returns how long all trials are that have begun or will.
func (p *progress) total() int64 {
	total := int64(1) // a bar needs something to reach
	for i, each := range p.each {
		total += each * int64(p.begins[i])
	}
	return total
}

// of returns the progress of one of the designs.
func (p *progress) of(design int) experiments.Progress {
	if p.bar == nil {
		return nil
	}
	first := p.first[design]
	return func(replication int, done sim.Time, events uint64) {
		if p.mutex.Lock(); replication >= p.begins[design] { // one more for the sake of precision
			p.begins[design] = replication + 1
			p.bar.SetTotal(p.total(), false)
		}
		p.mutex.Unlock()
		p.done[first+replication].Store(int64(done) / int64(sim.Millisecond))
		p.events[first+replication].Store(events)
		var sum int64
		for i := range p.done {
			sum += p.done[i].Load()
		}
		p.bar.SetCurrent(sum)
	}
}

func (p *progress) wait() {
	if p.bar != nil {
		p.bar.Abort(true)
		p.container.Wait()
	}
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
