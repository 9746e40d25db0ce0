// Package sim is the kernel: virtual time, typed events, named random numbers and the engine that fires events. It
// knows nothing of queues, services, warm-up or files, and imports the standard library only.
//
// Events fire
//
//  1. in order of their instants;
//  2. at one instant, in order of their scheduling.
//
// There are no priorities. An event cannot be cancelled: its argument says what it was meant for, and its handler
// ignores it when that is over. The calendar is a 4-ary heap of 24-byte entries that hold no pointer; the earliest
// entries stand outside the heap, because the next event is often the one just scheduled. A calendar queue is faster at
// a million pending events, but collapses when increments are constant, as time-outs are.
//
// A model is made of handlers, or told as sequential stories (Process), which cost more and read like prose.
package sim
