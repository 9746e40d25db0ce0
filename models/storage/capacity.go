package storage

import (
	"math"

	"weir/models/spec"
	"weir/sim"
	"weir/sim/measure"
)

// Mode is how a table's capacity is set and billed.
type Mode string

// The capacity modes.
const (
	OnDemand    Mode = "on_demand"
	Provisioned Mode = "provisioned"
)

// Values lists the modes, for the decoder and the schema.
func (Mode) Values() []string { return []string{string(OnDemand), string(Provisioned)} }

// CapacitySpec is the capacity of a table.
type CapacitySpec struct {
	// Capacity mode: on_demand, billed by request, or provisioned, billed by the hour.
	Mode Mode `yaml:"mode" default:"on_demand"`
	// Provisioned read capacity, in units: of 4 KB a second, two when consistency is eventual.
	ReadUnits int `yaml:"read_units" default:"5" min:"1" max:"10000000"`
	// Provisioned write capacity, in units of 1 KB a second.
	WriteUnits int `yaml:"write_units" default:"5" min:"1" max:"10000000"`
	// Changes the provisioned capacity by how much of it is used, within bounds that it begins in.
	AutoScaling *CapacityScalingSpec `yaml:"auto_scaling"`
	// The most that an on-demand table has served before the run: it serves twice that at once. Reads and writes.
	PreviousPeak *PeakSpec `yaml:"previous_peak"`
}

// CapacityScalingSpec is auto scaling of provisioned capacity. A capacity outside of its bounds is brought inside when
// the table is registered (RegisterScalableTarget: "it changes the resource's current capacity to a value that is
// inside of this range").
type CapacityScalingSpec struct {
	// Share of the capacity that is aimed at.
	Target spec.Share `yaml:"target" default:"70%" min:"20%" max:"90%"`
	// Least read units.
	MinRead int `yaml:"min_read" default:"5" min:"1" max:"10000000"`
	// Most read units.
	MaxRead int `yaml:"max_read" default:"40000" min:"1" max:"10000000"`
	// Least write units.
	MinWrite int `yaml:"min_write" default:"5" min:"1" max:"10000000"`
	// Most write units.
	MaxWrite int `yaml:"max_write" default:"40000" min:"1" max:"10000000"`
}

// PeakSpec is traffic that a table has served.
type PeakSpec struct {
	// Read units a second.
	Reads spec.Rate `yaml:"reads" default:"0/s"`
	// Write units a second.
	Writes spec.Rate `yaml:"writes" default:"0/s"`
}

// capacity is what a table serves of reads, or of writes, whatever the key: a token bucket whose rate changes.
type capacity struct {
	rate     measure.Level // units a second
	burst    float64       // seconds of unused capacity that are kept
	tokens   float64
	at       sim.Time
	consumed float64 // units, since the start of the trial
	share    float64 // of the rate that faults leave; 0: all

	// On demand:
	onDemand bool
	minute   int64     // the present one
	before   float64   // consumed before it
	peaks    []float64 // consumed in each minute until it may be doubled, a ring

	// Auto scaling:
	least, most int
	target      float64
	last        float64 // consumed until the last look
	above       int     // minutes in a row
	below       int
	decreased   int // times today
	lastDown    sim.Time
	day         int64
}

func newCapacity(rate float64, burst sim.Duration) *capacity {
	rate = math.Round(rate)
	c := &capacity{burst: burst.Seconds()}
	c.rate.Add(0, int64(min(rate, 1<<40)))
	c.tokens = rate * c.burst
	return c
}

// growing makes the capacity that of an on-demand table.
func (c *capacity) growing(lag sim.Duration) {
	c.onDemand = true
	c.peaks = make([]float64, int64(lag/sim.Minute)+1)
}

// has reports whether so many units can be consumed now.
func (c *capacity) has(now sim.Time, units float64) bool {
	if c.onDemand {
		c.grow(now)
	}
	rate := float64(c.rate.Value())
	if c.share > 0 {
		rate *= c.share
	}
	size := rate * c.burst
	c.tokens = min(c.tokens+float64(rate*now.Sub(c.at).Seconds()), size)
	c.at = now
	return c.tokens >= min(units, size)
}

func (c *capacity) take(units float64) {
	c.tokens -= units
	c.consumed += units
}

// grow lets an on-demand table serve twice what it served in some minute that is long enough ago.
func (c *capacity) grow(now sim.Time) {
	n := int64(len(c.peaks))
	for minute := int64(now) / int64(sim.Minute); c.minute < minute; {
		c.peaks[c.minute%n] = c.consumed - c.before
		c.before = c.consumed
		c.minute++
		c.raise(now, int64(math.Ceil(2*c.peaks[c.minute%n]/60)))
	}
}

func (c *capacity) raise(now sim.Time, rate int64) {
	if rate > c.rate.Value() {
		c.rate.Add(now, rate-c.rate.Value())
	}
}

// follow makes the capacity follow its use between two bounds, as auto scaling does.
func (c *capacity) follow(least, most int, target float64) {
	c.least, c.most, c.target = least, most, target
}

// What auto scaling of DynamoDB does (AWS re:Post knowledge center, dynamodb-auto-scaling, and the developer guide,
// AutoScaling and ServiceQuotas): it raises the capacity when its use is above the target for two minutes in a row, and
// lowers it when its use is 20 points or more below the target for 15 minutes in a row; it can be lowered four times a
// day, and then once in each hour without a decrease.
const (
	minutesAbove   = 2
	minutesBelow   = 15
	pointsBelow    = 0.20
	decreasesADay  = 4
	decreasesEvery = sim.Hour
)

// look is what auto scaling does each minute.
func (c *capacity) look(now sim.Time) {
	rate := float64(c.rate.Value())
	used := (c.consumed - c.last) / 60
	c.last = c.consumed
	c.above, c.below = c.above+1, c.below+1
	if used <= c.target*rate {
		c.above = 0
	}
	if used > (c.target-pointsBelow)*rate {
		c.below = 0
	}
	wanted := max(min(int64(math.Ceil(used/c.target-1e-9)), int64(c.most)), int64(c.least))
	switch {
	case c.above >= minutesAbove && wanted > c.rate.Value():
		c.rate.Add(now, wanted-c.rate.Value())
		c.above = 0
	case c.below >= minutesBelow && wanted < c.rate.Value() && c.mayDecrease(now):
		c.rate.Add(now, wanted-c.rate.Value())
		c.below = 0
	}
}

// mayDecrease counts a decrease, if there may be one more today.
func (c *capacity) mayDecrease(now sim.Time) bool {
	if day := int64(now) / int64(24*sim.Hour); day != c.day {
		c.day, c.decreased = day, 0
	}
	if c.decreased >= decreasesADay && now.Sub(c.lastDown) < decreasesEvery {
		return false
	}
	c.decreased++
	c.lastDown = now
	return true
}
