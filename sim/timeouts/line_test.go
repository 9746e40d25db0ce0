package timeouts

import (
	"slices"
	"testing"

	"weir/sim"
)

// desk keeps waits in slots, and notes which timed out when.
type desk struct {
	*Line
	eng   *sim.Engine
	turns []uint32 // even: nothing waits in the slot
	slots []uint32
	at    []sim.Time
	then  func(slot uint32)
}

func newDesk(timeout sim.Duration, slots int) *desk {
	d := &desk{eng: sim.NewEngine(1, 0), turns: make([]uint32, slots)}
	d.Line = New(d.eng, "timeout", timeout, func(slot, turn uint32) bool { return d.turns[slot] == turn }, d.timedOut)
	return d
}

func (d *desk) timedOut(slot uint32) {
	d.over(slot)
	d.slots, d.at = append(d.slots, slot), append(d.at, d.eng.Now())
	if d.then != nil {
		d.then(slot)
	}
}

func (d *desk) begin(slot uint32) {
	d.turns[slot]++
	d.Begin(slot, d.turns[slot])
}

func (d *desk) over(slot uint32) {
	d.turns[slot]++
	d.Over()
}

func (d *desk) run(t float64) { d.eng.Run(sim.Time(sim.Seconds(t)), 1<<40) }

func TestWaitsTimeOutInTheirOrderUnlessTheyAreOver(t *testing.T) {
	d := newDesk(10*sim.Second, 3)
	d.begin(0)
	d.run(1)
	d.begin(1)
	d.run(2)
	d.begin(2)
	d.over(0)
	d.run(3)
	d.begin(0) // again: the first wait of the slot does not end this one
	d.over(1)
	d.run(100)
	d.begin(1)
	d.run(200)
	want := []sim.Time{sim.Time(12 * sim.Second), sim.Time(13 * sim.Second), sim.Time(110 * sim.Second)}
	if !slices.Equal(d.slots, []uint32{2, 0, 1}) || !slices.Equal(d.at, want) {
		t.Errorf("slots %v timed out at %v", d.slots, d.at)
	}
}

// Who is timed out may begin another wait at once, as a retry does: there is one entry in the calendar all the same.
func TestAWaitMayBeginWhenAnotherTimesOut(t *testing.T) {
	d := newDesk(sim.Second, 2)
	d.then = d.begin
	d.begin(0)
	d.begin(1)
	d.run(100.5)
	if fired := d.eng.Fired(); len(d.slots) != 200 || fired != 100 {
		t.Errorf("%d timed out in %d events, want 200 in 100", len(d.slots), fired)
	}
}

// Memory follows the waits that go on, however long the timeout is, and what goes on when the line is swept times out.
func TestWhatIsOverIsSweptOut(t *testing.T) {
	d := newDesk(sim.Day, 101)
	for slot := range uint32(100) {
		d.begin(slot)
	}
	for range 100_000 {
		d.begin(100)
		d.over(100)
		if d.line.Len() > 3*101+256 {
			t.Fatalf("%d stand in line for 100 waits", d.line.Len())
		}
	}
	d.run(2 * 86400)
	if len(d.slots) != 100 || d.live != 0 {
		t.Errorf("%d timed out, %d still wait", len(d.slots), d.live)
	}
}

func TestWithoutATimeoutNothingIsKept(t *testing.T) {
	d := newDesk(0, 1)
	d.begin(0)
	d.over(0)
	if d.line.Len() != 0 || d.live != 0 {
		t.Errorf("%d stand in line, %d live", d.line.Len(), d.live)
	}
}
