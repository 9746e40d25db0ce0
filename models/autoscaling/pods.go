package autoscaling

import (
	"math"

	"weir/sim"
)

// Pods is a KEDA scaler with the pod autoscaler behind it: KEDA looks at the queue and takes a deployment from zero
// and to zero; between one pod and the most, the autoscaler asks for as many as the messages need at so many each.
type Pods struct {
	PodSettings
	group   *Group
	name    string
	waiting func() float64
	active  sim.Time // when there was last something to do
	advice  []portion
	polled  sim.Event[uint8]
	synced  sim.Event[uint8]
}

// PodSettings are the settings of KEDA and the pod autoscaler.
type PodSettings struct {
	Target        float64 // messages for each pod
	Polling       sim.Duration
	Cooldown      sim.Duration // without anything to do, until the last pods go
	Sync          sim.Duration
	Tolerance     float64 // of the ratio of messages and target
	Stabilisation sim.Duration
	UpShare       float64 // how much is added in one sync at most: as a share of the pods there are,
	UpPods        int     // or so many, whichever is more
}

// NewPods returns a scaler that reads how many messages there are, and begins at once.
func NewPods(g *Group, name string, s PodSettings, waiting func() float64) *Pods {
	p := &Pods{PodSettings: s, group: g, name: name, waiting: waiting}
	p.polled = sim.NewEvent(g.eng, name+"/polled", p.poll)
	p.synced = sim.NewEvent(g.eng, name+"/synced", p.sync)
	p.polled.After(s.Polling, 0)
	p.synced.After(s.Sync, 0)
	return p
}

// poll is the event that KEDA looks at the queue.
func (p *Pods) poll(uint8) {
	g := p.group
	now := g.eng.Now()
	p.polled.After(p.Polling, 0)
	messages := p.waiting()
	if messages > 0 {
		p.active = now
		if g.DesiredCapacity() == 0 {
			g.Set(1, Cause{CauseActive, p.name, messages, 0})
		}
		return
	}
	if least, _ := g.Bounds(); least == 0 && g.DesiredCapacity() > 0 && now.Sub(p.active) >= p.Cooldown {
		p.advice = p.advice[:0]
		g.Set(0, Cause{Kind: CauseIdle, Policy: p.name})
	}
}

// sync is the event that the pod autoscaler compares what there is with what there should be.
func (p *Pods) sync(uint8) {
	p.synced.After(p.Sync, 0)
	pods := p.group.DesiredCapacity()
	if pods == 0 {
		return // a deployment without pods is left to KEDA
	}
	messages := p.waiting()
	p.group.Set(p.recommend(pods, messages), Cause{CausePods, p.name, messages, p.Target})
}

// recommend returns how many pods there should be, at least one.
func (p *Pods) recommend(pods int, messages float64) int {
	now := p.group.eng.Now()
	least, most := p.group.Bounds()
	want := pods
	if ratio := messages / (p.Target * float64(pods)); math.Abs(ratio-1) > p.Tolerance {
		want = ceil(messages / p.Target)
	}
	want = min(max(want, least, 1), most)
	kept := p.advice[:0]
	for _, a := range p.advice {
		if a.until >= now {
			kept = append(kept, a)
		}
	}
	p.advice = append(kept, portion{now.Add(p.Stabilisation), want})
	if want > pods {
		return min(want, max(pods+int(float64(pods)*p.UpShare), pods+p.UpPods))
	}
	for _, a := range p.advice { // scaling in takes the most that was advised lately
		want = max(want, min(a.capacity, pods))
	}
	return want
}
