package lambda

import (
	"testing"

	"weir/models/message"
	"weir/sim"
	"weir/sim/random"
)

// load asks a function at exponential gaps, and drops the answers.
type load struct {
	scene *scene
	f     *Function
	next  sim.Event[int]
	gap   random.Duration
	left  int
	refs  []message.Ref // by token
	free  []uint64
}

func (l *load) come(int) {
	s := l.scene
	ref, ok := s.store.New(s.eng.Now(), s.route, 100, 0, 0)
	if !ok {
		panic("the store is full")
	}
	m := s.store.At(ref)
	m.Enter(s.eng.Now(), message.APICall)
	if len(l.free) == 0 {
		l.free = append(l.free, uint64(len(l.refs)))
		l.refs = append(l.refs, 0)
	}
	token := l.free[len(l.free)-1]
	l.free = l.free[:len(l.free)-1]
	l.refs[token] = ref
	l.f.Invoke(message.Receipt{Ref: ref, Number: m.Receipt, Generation: m.Generation}, l, token)
	if l.left--; l.left > 0 {
		l.next.After(l.gap.Sample(), 0)
	}
}

func (l *load) Answered(token uint64, err error) {
	s := l.scene
	if err != nil {
		s.store.Move(l.refs[token], s.store.At(l.refs[token]), message.Rejected)
	}
	s.store.Free(l.refs[token])
	l.free = append(l.free, token)
}

// BenchmarkKeepAlive counts synchronous invocations of a function with keep-alive, without a client: arrival, cold
// start or reuse, work, causes, ledger, latency and bill.
func BenchmarkKeepAlive(b *testing.B) {
	s := newScene(b, "aws-2026", "lambda.concurrent_executions", "100000")
	f := s.function("timeout: 60s\nmemory: 1769MiB\nwork: {exponential: 10ms}", quick)
	gap, err := random.NewExponential(float64(sim.Second) / 1000)
	if err != nil {
		b.Fatal(err)
	}
	l := &load{scene: s, f: f, gap: random.NewDuration(gap, s.eng.Rand("arrivals")), left: b.N}
	l.next = sim.NewEvent(s.eng, "arrivals", l.come)
	l.next.After(0, 0)
	b.ReportAllocs()
	b.ResetTimer()
	s.eng.Run(sim.Never, 1<<60)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
}
