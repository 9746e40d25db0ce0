package sim

// Arg is what an event can carry: up to 64 bits of data, never a pointer, so that the garbage collector does not
// walk the calendar. What needs more stands in a slice of the model, and the event carries its index.
type Arg interface {
	~int | ~int64 | ~int32 | ~int16 | ~int8 | ~uint | ~uint64 | ~uint32 | ~uint16 | ~uint8
}

// Event is a named happening with a typed argument. Make it with NewEvent; the zero Event panics when scheduled. Events
// are not cancelled: where that can be necessary, the argument carries a turn, and the handler ignores a stale one.
type Event[A Arg] struct {
	eng     *Engine
	handler uint32
}

// NewEvent registers handle under name, a path such as "orders/workers/served", and returns its event.
func NewEvent[A Arg](eng *Engine, name string, handle func(A)) Event[A] {
	return Event[A]{eng, eng.register(name, func(arg uint64) { handle(A(arg)) })}
}

// At schedules the event at the instant t. It panics if t lies in the past.
func (ev Event[A]) At(t Time, arg A) { ev.eng.schedule(t, 0, ev.handler, uint64(arg)) }

// After schedules the event d from now, or at Never if there is no such instant. It panics if d is negative.
func (ev Event[A]) After(d Duration, arg A) { ev.eng.schedule(ev.eng.now, d, ev.handler, uint64(arg)) }
