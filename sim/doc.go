// Package sim is the kernel: virtual time, typed events, named random numbers and the engine that fires events
// in order of time, then of scheduling. It knows nothing of queues, services, warm-up or files.
package sim
