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
	done      []atomic.Int64
	events    []atomic.Uint64
	each      int64 // of a replication
	mutex     sync.Mutex
	begins    int // replications that have begun or will
}

func newProgress(d *experiments.Design, quiet bool) *progress {
	if quiet || !isTerminal(os.Stderr) {
		return &progress{}
	}
	run := d.Document.Run
	n := run.Replications
	if run.Precision != nil { // nobody knows how many it will take
		n = run.ReplicationsMax
	}
	each := int64(run.Warmup.Sim()+run.Duration.Sim()) / int64(sim.Millisecond)
	p := &progress{
		begun: time.Now(), each: max(each, 1), begins: run.Replications,
		done: make([]atomic.Int64, n), events: make([]atomic.Uint64, n),
	}
	p.container = mpb.New(mpb.WithOutput(os.Stderr), mpb.WithWidth(64))
	p.bar = p.container.AddBar(p.each*int64(run.Replications),
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

func (p *progress) progress() experiments.Progress {
	if p.bar == nil {
		return nil
	}
	return func(replication int, done sim.Time, events uint64) {
		if p.mutex.Lock(); replication >= p.begins { // one more for the sake of precision
			p.begins = replication + 1
			p.bar.SetTotal(p.each*int64(p.begins), false)
		}
		p.mutex.Unlock()
		p.done[replication].Store(int64(done) / int64(sim.Millisecond))
		p.events[replication].Store(events)
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
