package lambda

import (
	"weir/sim"
	"weir/sim/measure"
	"weir/sim/random"
)

// version is a version of a function: its code, and the environments that wait with it.
type version struct {
	invocations, errors measure.Counter // since the start of the run

	spec  *VersionSpec
	init  random.Duration // outside the handler
	setup random.Duration
	work  random.Duration
	fails *sim.Rand
	full  *sim.Rand // of memory
	idle  idleSet
}

func newVersion(eng *sim.Engine, name string, s *VersionSpec) version {
	return version{
		spec:  s,
		init:  random.NewDuration(distOf(s.Init), eng.Rand(name+"/code")),
		setup: random.NewDuration(distOf(s.Setup), eng.Rand(name+"/setup")),
		work:  random.NewDuration(distOf(s.Work), eng.Rand(name+"/work")),
		fails: eng.Rand(name + "/error"), full: eng.Rand(name + "/memory"),
	}
}

// choose returns the version that a request is routed to: each by simple probability (Lambda developer guide,
// configuration-aliases.md).
func (f *Function) choose() uint8 {
	switch {
	case f.weight <= 0:
		return 0
	case f.weight >= 1 || f.routing.Float64() < f.weight:
		return 1
	}
	return 0
}

// Shift routes a share of the requests to the new version from now on.
func (f *Function) Shift(share float64) { f.weight = share }

// Count returns how many invocations of a version, 0 the old one and 1 the new one, have begun since the start of the
// run, and how many have failed.
func (f *Function) Count(v int) (invocations, errors uint64) {
	if v >= len(f.versions) {
		return 0, 0
	}
	return f.versions[v].invocations.Value(), f.versions[v].errors.Value()
}
