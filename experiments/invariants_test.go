package experiments

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"testing"

	"weir/models/analytics"
	"weir/models/cache"
	"weir/models/calls"
	"weir/models/cloudwatch"
	"weir/models/deploy"
	"weir/models/ec2"
	"weir/models/eventbridge"
	"weir/models/fault"
	"weir/models/firehose"
	"weir/models/gateway"
	"weir/models/kcl"
	"weir/models/kinesis"
	"weir/models/kms"
	"weir/models/lambda"
	"weir/models/message"
	"weir/models/network"
	"weir/models/sdk"
	"weir/models/service"
	"weir/models/sns"
	"weir/models/spec"
	"weir/models/sqs"
	"weir/models/storage"
	"weir/models/video"
	"weir/sim"
	"weir/sim/measure"
)

var (
	designs    = flag.Int("designs", 1200, "how many generated designs the invariants are checked on")
	designSeed = flag.Uint64("design-seed", 0, "the one generated design to check, by the seed that a failure printed")
)

// What must hold at every instant of every design: the ledger balances, it agrees with what the queues and producers
// hold, no FIFO queue could deliver out of order, no level leaves its bounds, time never goes back, and a step-by-step
// run takes the path of a whole one. The causes of every processed message add up to its age, or message.Path panics.
func TestInvariantsHoldAtEveryInstantOfGeneratedDesigns(t *testing.T) {
	if *designSeed != 0 {
		g := generate(*designSeed)
		if _, err := checkDesign(g); err != nil {
			t.Fatalf("design seed %d: %v\n%s", *designSeed, err, g.text)
		}
		return
	}
	mean, broken := checkSeeds(t, "-run Invariants -design-seed", func(seed uint64) (uint64, string, error) {
		g := generate(seed)
		events, err := checkDesign(g)
		return events, g.text, err
	})
	if !broken && mean < 300 {
		t.Errorf("the designs have %.0f events on average: too few to show anything", mean)
	}
}

// checkSeeds checks the designs of all seeds, and returns how many events they have on average and whether one failed.
// What is printed of a failure says how to run its seed again.
func checkSeeds(
	t *testing.T, again string, check func(seed uint64) (events uint64, text string, err error),
) (mean float64, broken bool) {
	n := *designs
	if testing.Short() {
		n = min(n, 200)
	}
	var next, events atomic.Uint64
	var failed atomic.Int32
	var group sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for seed := next.Add(1); seed <= uint64(n) && failed.Load() < 3; seed = next.Add(1) {
				fired, text, err := check(seed)
				events.Add(fired)
				if err != nil {
					failed.Add(1)
					t.Errorf("run it again with %s %d: %v\n%s", again, seed, err, text)
				}
			}
		})
	}
	group.Wait()
	t.Logf("%d designs, %d events", n, events.Load())
	return float64(events.Load()) / float64(n), failed.Load() > 0
}

// checkDesign runs a design as a whole and step by step, and returns how many events a run has.
func checkDesign(g generated) (events uint64, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	design, err := New("generated.yaml", []byte(g.text), nil, recording)
	if err != nil {
		return 0, fmt.Errorf("refused: %w", err)
	}
	outcomes, err := design.Trial(context.Background(), 0, nil)
	if err != nil {
		return 0, err
	}
	w := &watch{bounds: g.bounds}
	design.tap = w.tap(design)
	t, err := design.build(0)
	if err != nil {
		return 0, err
	}
	w.trial = t
	run := design.Document.Run
	if run.Warmup > 0 {
		if err := w.step(sim.Time(run.Warmup)); err != nil {
			return 0, err
		}
	}
	t.observe(run.Duration.Sim())
	w.processedBefore = w.processed()
	for _, topic := range w.topics {
		topic.copiesBefore = w.copies(topic.Name(), message.Places)
	}
	if t.store.Full() { // in the warm-up; the trial has ended
	} else if err := w.step(sim.Time(run.Warmup).Add(run.Duration.Sim())); err != nil {
		return 0, err
	}
	if a, b := outcomes[0].Fingerprint, t.eng.Fingerprint(); a != b {
		return 0, fmt.Errorf("the whole run has fingerprint %x, the one step by step %x", a, b)
	}
	return outcomes[0].Events, nil
}

// watch checks a trial after each of its events.
type watch struct {
	*trial
	bounds          map[bound]int64
	processedBefore uint64 // the window of observation
	topics          map[spec.Link]*topicTap
	queues          map[spec.Link]*queueTap
	streams         map[spec.Link]*streamTap
	workers         map[string]*worker          // applications, by the name of their accounts
	changes         map[string][]sqs.ChangeSpec // by queue
	broken          error                       // the first rule that what passes a tap broke
}

func (w *watch) step(until sim.Time) error {
	for before := w.eng.Now(); ; before = w.eng.Now() {
		reason := w.eng.Run(until, 1)
		now := w.eng.Now()
		if now < before {
			return fmt.Errorf("time went back from %s to %s", before, now)
		}
		if err := w.check(); err != nil {
			return fmt.Errorf("at %s, after event %d: %w", now, w.eng.Fired(), err)
		}
		if reason == sim.Reached || reason == sim.Drained || w.store.Full() {
			return nil
		}
	}
}

func (w *watch) check() error {
	ledger := &w.store.Ledger
	w.work()
	if err := cmp.Or(ledger.Check(), w.broken, w.fanOut(), w.unread()); err != nil {
		return err
	}
	for _, r := range ledger.Routes() {
		for p, n := range r.Count {
			if n > r.Sent { // a count that went below zero, too
				return fmt.Errorf("ledger of %s: %d messages %s, but only %d sent", r.Sender, n, message.Place(p), r.Sent)
			}
		}
	}
	held, err := w.levels()
	if err != nil {
		return err
	}
	ledgerHas := ledger.UnderWay()
	var underWay uint64
	for _, n := range ledgerHas {
		underWay += n
	}
	live := uint64(w.store.Live() + w.store.Owed())
	if live < underWay {
		return fmt.Errorf("%d messages live, but %d are under way", live, underWay)
	}
	exact := live == underWay // nothing that has ended is still there
	for p := message.Delayed; p <= message.InFlight; p++ {
		if n := ledgerHas[p]; n > held[p] || exact && n != held[p] {
			return fmt.Errorf("the ledger has %d messages %s, the queues %d", n, p, held[p])
		}
	}
	return nil
}

// levels returns how many messages the queues hold, by place, and checks every level against its bounds and what only
// one component can know against the ledger.
func (w *watch) levels() (held [message.Processed]uint64, err error) {
	var processed uint64
	var concurrent int64
	for _, c := range w.components {
		name := c.Name()
		switch c := c.(type) {
		case *sqs.Queue:
			held[message.Visible] += uint64(c.Visible.Value())
			held[message.InFlight] += uint64(c.InFlight.Value())
			held[message.Delayed] += uint64(c.Delayed.Value())
			err = cmp.Or(w.within(name, "visible", &c.Visible), w.within(name, "in_flight", &c.InFlight),
				w.within(name, "delayed", &c.Delayed), c.CheckOrder(), w.deleted(c, w.changes[name]))
		case *ec2.Fleet:
			processed += c.Processed.Value()
			err = cmp.Or(w.within(name, "busy", &c.Busy), w.within(name, "running", &c.Running),
				w.within(name, "computing", &c.Computing))
		case *cloudwatch.Alarm:
			err = w.within(name, "in_alarm", &c.InAlarm)
			alarming := c.State() == cloudwatch.Alarming
			if c.InAlarm.Value()+c.Unknown.Value() > 1 || (c.InAlarm.Value() == 1) != alarming {
				err = fmt.Errorf("%s: in ALARM %d, without data %d, and %s", name, c.InAlarm.Value(), c.Unknown.Value(), c.State())
			}
		case *sns.Topic:
			err = w.within(name, "backlog", &c.Backlog)
		case *sns.Endpoint:
			processed += c.Processed.Value()
			err = w.within(name, "busy", &c.Busy)
		case *storage.Bucket:
			err = cmp.Or(w.within(name, "objects", &c.Objects), w.within(name, "bytes", &c.Bytes))
		case *kms.Key: // it holds nothing
		case *storage.Database:
			err = cmp.Or(w.within(name, "connections", &c.Connections), w.within(name, "busy", &c.Busy),
				w.within(name, "waiting", &c.Waiting), w.within(name, "pool_waiting", &c.PoolWaiting))
		case *service.Service:
			err = cmp.Or(w.within(name, "busy", &c.Busy), w.within(name, "waiting", &c.Waiting))
		case *cache.Cache:
			err = cmp.Or(w.within(name, "busy", &c.Busy), w.within(name, "waiting", &c.Waiting),
				w.within(name, "connections", &c.Connections))
		case *calls.Group:
			err = cmp.Or(w.within(name, "under_way", &c.UnderWay), c.Check())
		case *sdk.Producer:
			err = w.atClient(c)
		case *lambda.Function:
			processed += c.Processed.Value()
			visible, inFlight := c.Held()
			held[message.Visible] += uint64(visible)
			held[message.InFlight] += uint64(inFlight)
			concurrent += c.Concurrent.Value()
			err = cmp.Or(w.within(name, "concurrent", &c.Concurrent), w.within(name, "environments", &c.Environments),
				c.CheckEnvironments())
		case *lambda.StreamMapping:
			visible, inFlight := c.Held()
			held[message.Visible] += uint64(visible)
			held[message.InFlight] += uint64(inFlight)
			err = w.within(name, "waiting", &c.Waiting)
		case *lambda.Mapping:
			err = cmp.Or(w.within(name, "invoked", &c.Invoked), w.within(name, "pollers", &c.Pollers))
		case *lambda.Account:
			if got := c.Concurrent.Value(); got != concurrent || got > c.Limits().Concurrent {
				err = fmt.Errorf("the account has %d executions under way, its functions %d", got, concurrent)
			}
		case *gateway.Gateway:
			processed += c.Processed.Value()
			err = w.within(name, "active", &c.Active)
		case *firehose.DeliveryStream:
			processed += c.Processed.Value()
			visible, inFlight := c.Held()
			held[message.Visible] += uint64(visible)
			held[message.InFlight] += uint64(inFlight)
			err = cmp.Or(w.within(name, "buffered", &c.Buffered), w.within(name, "invoked", &c.Invoked))
		case *kinesis.Stream:
			err = cmp.Or(w.within(name, "shards", &c.Stats.Shards), w.ranges(c))
		case *kinesis.Account: // it holds nothing
		case *eventbridge.Bus:
			err = w.within(name, "under_way", &c.UnderWay)
		case *fault.Fault: // it holds nothing
		case *kcl.Application:
			processed += c.Processed.Value()
			visible, inFlight := c.Held()
			held[message.Visible] += uint64(visible)
			held[message.InFlight] += uint64(inFlight)
			err = cmp.Or(w.within(name, "running", &c.Running), w.within(name, "busy", &c.Busy), c.CheckLeases(),
				w.leased(c), w.account(c.Sender(), message.Visible, visible), w.account(c.Sender(), message.InFlight, inFlight))
		case *analytics.Application:
			processed += c.Processed.Value()
			visible, inFlight := c.Held()
			held[message.Visible] += uint64(visible)
			held[message.InFlight] += uint64(inFlight)
			err = cmp.Or(w.within(name, "busy", &c.Busy), c.CheckTasks(),
				w.account(c.Sender(), message.Visible, visible), w.account(c.Sender(), message.InFlight, inFlight))
		case *video.Stream:
			err = c.Check()
		case *video.Cameras:
			err = w.cameras(c)
		case *video.Viewers:
			processed += c.Played.Value()
			kept, visible, inFlight, broken := c.Check()
			held[message.Visible] += uint64(visible)
			held[message.InFlight] += uint64(inFlight)
			err = cmp.Or(broken, w.account(c.Sender(), message.AtClient, kept),
				w.account(c.Sender(), message.Visible, visible), w.account(c.Sender(), message.InFlight, inFlight))
		case *storage.Table, *deploy.Deployment, *network.Network: // they hold nothing
		default:
			err = fmt.Errorf("%s: no invariants are known for a %s", name, c.Kind())
		}
		if err != nil {
			return held, err
		}
	}
	if known := w.processed() - w.processedBefore; known != processed {
		return held, fmt.Errorf("the ledger has %d messages processed, the fleets %d", known, processed)
	}
	return held, nil
}

func (w *watch) within(component, name string, level *measure.Level) error {
	v := level.Value()
	if v == 0 {
		return nil
	}
	if most, bounded := w.bounds[bound{component, name}]; v < 0 || bounded && v > most {
		return fmt.Errorf("%s: %s is %d, of at most %d", component, name, v, most)
	}
	return nil
}

// account checks how many messages of a sender's the ledger has in a place.
func (w *watch) account(sender string, place message.Place, want int64) error {
	var has uint64
	for _, r := range w.store.Ledger.Routes() {
		if r.Sender == sender {
			has += r.Count[place]
		}
	}
	if has != uint64(want) && !w.store.Full() {
		return fmt.Errorf("the ledger has %d messages of %s %s, want %d", has, sender, place, want)
	}
	return nil
}

func (w *watch) cameras(c *video.Cameras) error {
	held, err := c.Check()
	if w.store.Full() { // one of them has no place for what it captures
		return nil
	}
	return cmp.Or(err, w.account(c.Name(), message.AtClient, held))
}

func (w *watch) atClient(p *sdk.Producer) error {
	for _, r := range w.store.Ledger.Routes() {
		held := int64(r.Count[message.AtClient])
		if r.Sender == p.Name() && (held > p.Held.Value() || held < p.Held.Value() && !p.Asks()) { // one may be processed
			return fmt.Errorf("%s holds %d messages, the ledger has %d", p.Name(), p.Held.Value(), held)
		}
	}
	return nil
}

// processed returns how many messages the ledger has as processed.
func (w *watch) processed() (n uint64) {
	for _, r := range w.store.Ledger.Routes() {
		n += r.Count[message.Processed]
	}
	return n
}
