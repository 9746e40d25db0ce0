package kcl

// InstancesRunning returns how many workers run.
func (a *Application) InstancesRunning() int { return int(a.Running.Value()) }

// Crash lets so many workers crash, those with most leases first.
func (a *Application) Crash(workers int) {
	for range workers {
		a.crashListed(0)
	}
}
