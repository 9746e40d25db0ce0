package deploy

import (
	"math"
	"testing"

	"weir/models/spec"
	"weir/sim"
)

// alias is a stub whose versions have so many invocations a second, and of the new one a share fails.
type alias struct {
	eng    *sim.Engine
	share  float64
	shifts []shifted
	errors float64 // of the new version's invocations
	counts [2][2]float64
	since  sim.Time
}

type shifted struct {
	at    float64
	share float64
}

func (a *alias) settle() {
	now := a.eng.Now()
	n := 100 * now.Sub(a.since).Seconds()
	a.since = now
	a.counts[0][0] += n * (1 - a.share)
	a.counts[1][0] += n * a.share
	a.counts[1][1] += n * a.share * a.errors
}

func (a *alias) Shift(share float64) {
	a.settle()
	a.share = share
	a.shifts = append(a.shifts, shifted{a.eng.Now().Seconds(), share})
}

func (a *alias) Count(v int) (invocations, errors uint64) {
	a.settle()
	return uint64(a.counts[v][0] + 0.5), uint64(a.counts[v][1] + 0.5)
}

func decode(t *testing.T, text string) *Spec {
	t.Helper()
	source, err := spec.Parse("d.yaml", []byte("of: functions.f\nat: 1m\n"+text+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	d := spec.Decoder{Source: source}
	s := new(Spec)
	d.Decode(source.Root, s, "d")
	if len(d.Errors) > 0 {
		t.Fatal(d.Errors)
	}
	return s
}

// "LambdaCanary10Percent5Minutes: 10 % at once, remaining 90 % after 5 min"; "Linear10PercentEvery1Minute: +10 % every
// minute until 100 %", the first step at once (CodeDeploy user guide, deployment-configurations.md).
func TestTrafficIsShiftedByItsType(t *testing.T) {
	for typ, want := range map[string][]shifted{
		"AllAtOnce":                      {{60, 1}},
		"Canary10Percent5Minutes":        {{60, 0.1}, {360, 1}},
		"LambdaCanary25Percent45Minutes": {{60, 0.25}, {60 + 45*60, 1}},
		"Linear10PercentEvery1Minute": {{60, 0.1}, {120, 0.2}, {180, 0.3}, {240, 0.4}, {300, 0.5}, {360, 0.6}, {420, 0.7},
			{480, 0.8}, {540, 0.9}, {600, 1}},
		"Linear40PercentEvery2Minutes": {{60, 0.4}, {180, 0.8}, {300, 1}},
	} {
		eng := sim.NewEngine(1, 0)
		a := &alias{eng: eng}
		d := New(eng, "d", decode(t, "type: "+typ), a)
		eng.Run(sim.Time(sim.Hour), 1<<20)
		if len(a.shifts) != len(want) {
			t.Fatalf("%s: %v, want %v", typ, a.shifts, want)
		}
		for i, s := range a.shifts {
			if math.Abs(s.at-want[i].at) > 1e-9 || math.Abs(s.share-want[i].share) > 1e-9 {
				t.Errorf("%s: %v, want %v", typ, a.shifts, want)
			}
		}
		if d.status != Succeeded {
			t.Errorf("%s: ended as %d", typ, d.status)
		}
	}
}

// "Any of them in ALARM stops the deployment"; rolled back, all traffic goes to the old version (monitoring-create-
// alarms.md, deployments-rollback-and-redeploy.md).
func TestAnAlarmStopsTheDeploymentAndRollsItBack(t *testing.T) {
	for _, c := range []struct {
		settings string
		ended    float64
		status   Status
		errors   uint64
	}{
		{"alarms: [{errors: 100}, {error_share: 99%}]", 120, Stopped, 300},                       // 10/s × 60 s × 50 %
		{"alarms: [{errors: 301}]\nafter_allow_traffic: {takes: 5m}", 420, Stopped, 1500 + 3000}, // when all traffic fails by half
		{"alarms: [{error_share: 4%, evaluation_periods: 3}]", 240, Stopped, 900},                // 5 % of all requests
		{"alarms: [{error_share: 6%, evaluation_periods: 3}]", 360, Succeeded, 0},                // is over before the third minute
		{"alarms: [{errors: 100}]\nrollback: false", 120, Stopped, 5 * 3660},                     // goes on at 10 %
		{"before_allow_traffic: {takes: 30s}\nalarms: [{errors: 1}]", 120, Stopped, 150},
		{"before_allow_traffic: {takes: 30s, succeeds: false}", 90, Failed, 0},
		{"before_allow_traffic: {takes: 2h}", 60 + 3600, Failed, 0},
		{"after_allow_traffic: {takes: 1m, succeeds: false}", 420, Failed, 1500 + 3000},
	} {
		eng := sim.NewEngine(1, 0)
		a := &alias{eng: eng, errors: 0.5}
		d := New(eng, "d", decode(t, "type: Canary10Percent5Minutes\n"+c.settings), a)
		eng.Run(sim.Time(sim.Hour+2*sim.Minute), 1<<20)
		_, errors := a.Count(1)
		if d.status != c.status || math.Abs(d.ended.Seconds()-c.ended) > 1e-6 {
			t.Errorf("%s: ended as %d at %v s, want %d at %v s", c.settings, d.status, d.ended.Seconds(), c.status, c.ended)
		}
		if c.errors > 0 && c.settings != "" && (errors < c.errors*97/100 || errors > c.errors*103/100) {
			t.Errorf("%s: %d failed, want %d", c.settings, errors, c.errors)
		}
		if c.status != Succeeded && d.spec.Rollback && a.share != 0 {
			t.Errorf("%s: %v of the traffic on the new version after the rollback", c.settings, a.share)
		}
	}
}

// "≤ 10 per deployment group"; "≤ 2,880 min between first and last shift"; increments of at most 99 %.
func TestWhatCodeDeployRefuses(t *testing.T) {
	for text, ok := range map[string]bool{
		"Canary99Percent1440Minutes": true, "Canary100Percent1Minutes": false, "Linear10PercentEvery300Minutes": true,
		"Canary0Percent5Minutes": false, "Linear10PercentEvery0Minutes": false, "Rolling": false, "": false,
	} {
		if err := new(Type).UnmarshalText([]byte(text)); (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
	}
	one := 1
	s := &Spec{Type: "Linear1PercentEvery30Minutes", Alarms: make([]AlarmSpec, 11)}
	for i := range s.Alarms {
		s.Alarms[i].Errors = &one
	}
	if problems := s.Validate(); len(problems) != 2 {
		t.Errorf("%v, want eleven alarms and a shift of 2,970 minutes refused", problems)
	}
}
