package sim

// Arg is what an event can carry: 64 bits of data, never a pointer, so that the garbage collector does not
// walk the calendar.
type Arg interface {
	~int | ~int64 | ~int32 | ~uint64 | ~uint32 | ~uint16 | ~uint8
}

// Event is a named happening with a typed argument. Make it with NewEvent; the zero Event panics when scheduled.
type Event[A Arg] struct {
	eng     *Engine
	handler uint32
}

// NewEvent registers handle under name, a path such as "orders/workers/served", and returns its event.
func NewEvent[A Arg](eng *Engine, name string, handle func(A)) Event[A] {
	if len(eng.handlers) == handlersMax {
		panic("sim: more than 65,536 events have names")
	}
	eng.handlers = append(eng.handlers, handler{name, func(arg uint64) { handle(A(arg)) }})
	return Event[A]{eng, uint32(len(eng.handlers) - 1)}
}

// At schedules the event at the instant t. It panics if t lies in the past.
func (ev Event[A]) At(t Time, arg A) { ev.eng.schedule(t, ev.handler, uint64(arg)) }

// After schedules the event d from now. It panics if d is negative.
func (ev Event[A]) After(d Duration, arg A) {
	ev.eng.schedule(ev.eng.now.Add(d), ev.handler, uint64(arg))
}

func (e *Engine) schedule(t Time, handler uint32, arg uint64) {
	if t < e.now {
		panic("sim: event " + e.handlers[handler].name + " scheduled in the past")
	}
	e.calendar.push(t, handler, arg)
}
