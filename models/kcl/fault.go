package kcl

// InstancesRunning returns how many workers run.
func (a *Application) InstancesRunning() int { return int(a.Running.Value()) }

// Capacity returns how many workers run, and how many do when none has crashed.
func (a *Application) Capacity() (running, wanted int) { return a.InstancesRunning(), len(a.workers) }

// Crash lets so many workers crash, those with most leases first. It returns how many there were.
func (a *Application) Crash(workers int) (crashed int) {
	for crashed < workers && a.Running.Value() > 0 {
		a.crashListed(0)
		crashed++
	}
	return crashed
}
