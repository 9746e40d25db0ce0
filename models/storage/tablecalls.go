package storage

import (
	"weir/models/aws"
	"weir/models/calls"
	"weir/models/message"
	"weir/models/meter"
	"weir/models/quota"
	"weir/sim"
)

// newCapacities sets what a table serves altogether. An on-demand table begins with what AWS gives a new one, or with
// what its partitions serve, if they are more: it was warmed up then.
func (t *Table) newCapacities() {
	c, limit := &t.spec.Capacity, t.limit
	if c.Mode == Provisioned {
		writes, reads := c.WriteUnits, c.ReadUnits
		if s := c.AutoScaling; s != nil {
			writes, reads = max(min(writes, s.MaxWrite), s.MinWrite), max(min(reads, s.MaxRead), s.MinRead)
		}
		t.write = newCapacity(float64(writes), limit.Burst.Sim())
		t.read = newCapacity(float64(reads), limit.Burst.Sim())
		if s := c.AutoScaling; s != nil {
			t.write.follow(s.MinWrite, s.MaxWrite, float64(s.Target))
			t.read.follow(s.MinRead, s.MaxRead, float64(s.Target))
			t.looked = sim.NewEvent(t.eng, t.name+"/autoScaling", t.look)
			t.looked.After(sim.Minute, 0)
		}
		return
	}
	partitions := float64(len(t.partitions))
	writes := max(limit.InitialWrites.PerSecond(), partitions*limit.WriteUnits.PerSecond())
	reads := max(limit.InitialReads.PerSecond(), partitions*limit.ReadUnits.PerSecond())
	if p := c.PreviousPeak; p != nil {
		writes = max(limit.InitialWrites.PerSecond(), 2*p.Writes.PerSecond())
		reads = max(limit.InitialReads.PerSecond(), 2*p.Reads.PerSecond())
	}
	t.write, t.read = newCapacity(writes, sim.Second), newCapacity(reads, sim.Second)
	t.write.growing(limit.DoublingAfter.Sim())
	t.read.growing(limit.DoublingAfter.Sim())
}

// look is the event that auto scaling looks at the capacity.
func (t *Table) look(uint8) {
	now := t.eng.Now()
	t.write.look(now)
	t.read.look(now)
	t.looked.After(sim.Minute, 0)
}

// writeUnits returns what an item of so many bytes takes to be written: a unit for each KB.
func writeUnits(size int64) float64 { return float64(max(1, (size+1023)/1024)) }

// readUnits returns what an item takes to be read: a unit for each 4 KB, half of that when consistency is eventual.
func readUnits(size int64, consistency calls.Consistency) float64 {
	units := float64(max(1, (size+4095)/4096))
	if consistency == calls.Eventual {
		units /= 2
	}
	return units
}

// admitWrite takes a write of so many units to a partition, or counts a throttle.
func (t *Table) admitWrite(now sim.Time, partition int, units float64) bool {
	p := &t.partitions[partition]
	if !p.Has(now, units) || !t.write.has(now, units) {
		t.Throttled.Inc()
		return false
	}
	p.Take(units)
	t.write.take(units)
	t.Writes.Inc()
	t.units.Add(uint64(units))
	return true
}

func (t *Table) admitRead(now sim.Time, partition int, units float64) bool {
	p := &t.reads[partition]
	if !p.Has(now, units) || !t.read.has(now, units) {
		t.ReadThrottled.Inc()
		return false
	}
	p.Take(units)
	t.read.take(units)
	t.Reads.Inc()
	t.readUnits += units
	return true
}

// Client returns the table as work calls it: reads or writes of items of one size. It answers at once; the round trip
// is the client's.
func (t *Table) Client(s *calls.TargetSpec) calls.Callee {
	if s.Operation == calls.Write {
		return &tableClient{table: t, write: true, units: writeUnits(int64(s.Size)), large: s.Size > t.limit.ItemMax}
	}
	for len(t.reads) < len(t.partitions) {
		t.reads = append(t.reads, quota.NewBucket(min(t.limit.ReadUnits.PerSecond(), 1e18), sim.Second))
	}
	return &tableClient{table: t, units: readUnits(int64(s.Size), s.Consistency)}
}

type tableClient struct {
	table *Table
	write bool
	large bool
	units float64
}

// Call reads or writes an item: GetItem or PutItem.
func (c *tableClient) Call(caller message.Caller, token uint64, r calls.Request) uint64 {
	t := c.table
	now, partition := t.eng.Now(), int(r.Key)%len(t.partitions)
	var err error
	switch {
	case c.large:
		err = ErrItemTooLarge
	case c.write && !t.admitWrite(now, partition, c.units), !c.write && !t.admitRead(now, partition, c.units):
		err = ErrThroughputExceeded
	}
	caller.Answered(token, err)
	return 0
}

// GiveUp does nothing: the table has answered already.
func (c *tableClient) GiveUp(uint64) {}

// Reset does nothing: connections to the service are not counted.
func (c *tableClient) Reset() {}

// Name returns the table's path in the scenario.
func (t *Table) Name() string { return t.name }

// Kind returns "dynamodb.table".
func (t *Table) Kind() string { return "dynamodb.table" }

// Reset begins the window of observation.
func (t *Table) Reset(now sim.Time) {
	t.TableStats, t.begun = TableStats{}, now
	t.write.rate.Reset(now)
	t.read.rate.Reset(now)
	t.log.Reset()
}

// Figures reports the table's figures of the window.
func (t *Table) Figures(now sim.Time, report func(name, unit string, value float64)) {
	report("writes", "items", float64(t.Writes.Value()))
	report("throttled", "requests", float64(t.Throttled.Value()))
	report("expired", "changes", float64(t.log.Expired.Value()))
	report("write_units", "units", float64(t.units.Value()))
	if t.reads != nil {
		report("reads", "items", float64(t.Reads.Value()))
		report("reads_throttled", "requests", float64(t.ReadThrottled.Value()))
		report("read_units", "units", t.readUnits)
	}
	if t.spec.Capacity.Mode == Provisioned {
		report("write_capacity_mean", "units/s", t.write.rate.Mean(now))
		report("read_capacity_mean", "units/s", t.read.rate.Mean(now))
	}
}

// Curves declares the table's quantities over time.
func (t *Table) Curves(declare func(meter.Curve)) {
	declare(meter.Curve{Name: "writes", Unit: "items/s", Kind: meter.Rate, Read: func(sim.Time) float64 {
		return float64(t.Writes.Value())
	}})
	if t.reads != nil {
		declare(meter.Curve{Name: "reads", Unit: "items/s", Kind: meter.Rate, Read: func(sim.Time) float64 {
			return float64(t.Reads.Value())
		}})
	}
	if t.spec.Capacity.Mode == Provisioned {
		declare(meter.Curve{Name: "write_capacity", Unit: "units/s", Kind: meter.Mean, Read: t.write.rate.Integral})
		declare(meter.Curve{Name: "read_capacity", Unit: "units/s", Kind: meter.Mean, Read: t.read.rate.Integral})
	}
}

// Usage reports the request units of the on-demand mode, or the capacity hours of the provisioned one, and what is
// stored. Lambda's reads of the stream are free.
func (t *Table) Usage(now sim.Time, report func(item, variant string, quantity float64)) {
	if t.spec.Capacity.Mode == Provisioned {
		report("dynamodb.write_capacity_hours", "", t.write.rate.Integral(now)/3600)
		report("dynamodb.read_capacity_hours", "", t.read.rate.Integral(now)/3600)
	} else {
		report("dynamodb.write_units", "", float64(t.units.Value()))
		if t.reads != nil {
			report("dynamodb.read_units", "", t.readUnits)
		}
	}
	if t.spec.Storage > 0 {
		hours := now.Sub(t.begun).Seconds() / 3600
		report("dynamodb.storage_gb_months", "", float64(t.spec.Storage)/aws.GB*hours/aws.HoursPerMonth)
	}
}
