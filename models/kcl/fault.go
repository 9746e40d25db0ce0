package kcl

// Workers returns how many workers the application has.
func (a *Application) Workers() int { return len(a.workers) }

// Crash lets so many workers crash, those with most leases first.
func (a *Application) Crash(workers int) {
	for range workers {
		a.crashListed(0)
	}
}
