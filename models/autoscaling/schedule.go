package autoscaling

import "weir/sim"

// Scheduled is an action at an instant, and again after each period if there is one. What is nil stays as it is. An
// action that would leave the least capacity above the most, or whose desired capacity lies outside of them, fails, as
// any such update of a group does, and changes nothing: "All requests to change the Auto Scaling group's desired
// capacity [...] must fall within these limits" (EC2 Auto Scaling user guide @0987d768, asg-capacity-limits.md).
type Scheduled struct {
	Name              string
	At                sim.Duration // since the start
	Every             sim.Duration // 0: once
	Min, Max, Desired *int
}

// Schedule arranges actions. They heed no cooldown and no warm-up.
func (g *Group) Schedule(name string, actions []Scheduled) {
	if len(actions) == 0 {
		return
	}
	var due sim.Event[int]
	due = sim.NewEvent(g.eng, name+"/scheduled", func(i int) {
		a := &actions[i]
		g.apply(a)
		if a.Every > 0 {
			due.After(a.Every, i)
		}
	})
	for i := range actions {
		due.After(actions[i].At, i)
	}
}

func (g *Group) apply(a *Scheduled) {
	cause := Cause{Kind: CauseSchedule, Policy: a.Name}
	least, most, desired := g.min, g.max, g.DesiredCapacity()
	if a.Min != nil {
		least = *a.Min
	}
	if a.Max != nil {
		most = *a.Max
	}
	if a.Desired != nil {
		desired = *a.Desired
	}
	if least > most || a.Desired != nil && (desired < least || desired > most) {
		g.Unscheduled.Inc()
		return
	}
	g.min, g.max = least, most
	g.Set(desired, cause)
}

// Forecast is predictive scaling with a forecast that is given: the load of each stretch of time, again and again.
type Forecast struct {
	Name   string
	Loads  []float64 // of each stretch
	Every  sim.Duration
	Each   float64      // the load that one unit of capacity bears
	Buffer sim.Duration // how long before a stretch its capacity is launched
}

// Predict lets the group's capacity follow a forecast: it never falls below, and what is more stays until something
// else takes it away.
func (g *Group) Predict(name string, f *Forecast) {
	var due sim.Event[int]
	raise := func(i int) {
		load := f.Loads[i%len(f.Loads)]
		g.floor = min(f.capacity(load), g.max)
		if i > 0 && f.Buffer > 0 { // the stretch that is ending needs its own
			g.floor = max(g.floor, min(f.capacity(f.Loads[(i-1)%len(f.Loads)]), g.max))
		}
		g.scaleOut(g.floor, Cause{Kind: CauseForecast, Policy: f.Name, Value: load})
	}
	began := sim.NewEvent(g.eng, name+"/forecast_begins", func(i int) {
		g.floor = min(f.capacity(f.Loads[i%len(f.Loads)]), g.max)
	})
	due = sim.NewEvent(g.eng, name+"/forecast", func(i int) {
		raise(i)
		if f.Buffer > 0 {
			began.After(f.Buffer, i)
		}
		due.After(f.Every, i+1)
	})
	raise(0)
	due.After(f.Every-f.Buffer, 1)
}

func (f *Forecast) capacity(load float64) int { return ceil(load / f.Each) }
