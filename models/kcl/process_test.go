package kcl

import (
	"math"
	"slices"
	"testing"

	"weir/models/message"
	"weir/models/sdk"
	"weir/sim"
)

// "Shard processors that were migrated to other instances restart processing records from the last checkpoint. This
// results in duplicated record processing" (Kinesis developer guide @14ff366, kinesis-record-processor-duplicates.md).
func TestAfterACrashWorkBeginsAtTheLastCheckpoint(t *testing.T) {
	for _, c := range []struct {
		settings         string
		duplicates, kept uint64
	}{
		// Batches of 10 records, one record a second: of the third batch 5 are done.
		{"version: 2", 5, 0},
		{"version: 2\ncheckpoint_interval: 15s", 5, 0},
		// No batch ends as late as that: all is worked on again, and none of it is let go.
		{"version: 2\ncheckpoint_interval: 1m", 25, 40},
		{"version: 1\nstarting_position: trim_horizon", 5, 0},
	} {
		s := newScene(t, 1, "workers: 2\nretrieval: polling\nmax_records: 10\nfailures: {crash_at: [25.7s]}\n"+c.settings)
		s.write(0, 40, 0)
		s.run(26)
		if waiting, inFlight := s.Held(); waiting < 5 || inFlight != 0 {
			t.Errorf("%s: after the crash %d records wait to be read again, and %d are in hand", c.settings, waiting, inFlight)
		}
		s.wantBalance()
		s.run(200)
		if s.Duplicates.Value() != c.duplicates || s.Processed.Value() != 40 || s.store.Live() != int(c.kept) {
			t.Errorf("%s: %d duplicates, want %d; %d processed, %d live", c.settings, s.Duplicates.Value(), c.duplicates,
				s.Processed.Value(), s.store.Live())
		}
		if s.Reread.Value() < c.duplicates || s.records != 40+int(s.Reread.Value()) {
			t.Errorf("%s: %d records were read again, %d in all", c.settings, s.Reread.Value(), s.records)
		}
		s.wantBalance()
	}
}

// What is read again meets the limits of the shard as other reads do.
func TestAReadAgainWaitsForTheStream(t *testing.T) {
	s := newScene(t, 1, "workers: 2\nretrieval: polling\nversion: 2\nfailures: {crash_at: [10s]}")
	s.run(1)
	s.write(0, 20, 0)
	s.run(11)
	s.refuse = 4
	s.run(100)
	took := s.Failover.Max()
	again := s.times[slices.Index(s.keys[9:], 0)+9] - 1
	if wait := again - 10 - float64(took)/1e9; math.Abs(wait-4*1.5) > 0.01 {
		t.Errorf("work begins %v s after the lease is taken, want 4 turns of 1.5 s", wait)
	}
}

// Strictly in order within a shard, and each record at least once, whatever goes wrong.
func TestRecordsOfAShardAreWorkedOnInOrderAndNoneIsLost(t *testing.T) {
	for _, version := range []string{"1", "2", "3"} {
		s := newScene(t, 6, "workers: 3\nleases: unassigned\nfailures: {crash: 30/h, recovery: 20s, error: 5%}\n"+
			"on_error: retry\nhost: {threads: 2}\nretrieval: polling\nversion: "+version, func(p *Parts) {
			p.Work.Record = constant(200 * sim.Millisecond)
		})
		type place struct{ shard, number int }
		var places []place
		for at := 1.0; at < 1800; at++ {
			s.run(at)
			for n := range 6 {
				places = append(places, place{n, int(at)})
				s.write(n, 1, 0)
			}
			if int(at)%60 == 0 {
				s.wantBalance()
			}
		}
		s.run(20_000)
		var reached [6]int
		for _, key := range s.keys {
			p := places[key]
			if p.number > reached[p.shard]+1 {
				t.Fatalf("version %s: record %d of shard %d was worked on after %d", version, p.number, p.shard, reached[p.shard])
			}
			reached[p.shard] = max(reached[p.shard], p.number)
		}
		if int(s.Processed.Value()) != len(places) || s.Crashes.Value() < 10 || s.Duplicates.Value() == 0 {
			t.Errorf("version %s: %d of %d processed, %d crashes, %d duplicates", version, s.Processed.Value(), len(places),
				s.Crashes.Value(), s.Duplicates.Value())
		}
		s.wantBalance()
	}
}

// Enhanced fan-out is the default of versions 2 and 3: RetrievalConfig.retrievalFactory() (amazon-kinesis-client
// v3.5.1). Version 1 polls every second, versions 2 and 3 every 1.5 s (KinesisClientLibConfiguration.java @c6f5951e,
// SimpleRecordsFetcherFactory.java v3.5.1). The initial position is LATEST in version 1, then TRIM_HORIZON.
func TestEachVersionHasItsDefaults(t *testing.T) {
	k := limits(t, "aws-2026")
	for settings, want := range map[string]struct {
		pushed bool
		every  sim.Duration
		from   sim.Time
	}{
		"start: 1h\nversion: 1":                      {false, sim.Second, sim.Time(sim.Hour)},
		"start: 1h\nversion: 2":                      {true, 1500 * sim.Millisecond, 0},
		"start: 1h":                                  {true, 1500 * sim.Millisecond, 0},
		"start: 1h\nretrieval: polling":              {false, 1500 * sim.Millisecond, 0},
		"start: 1h\nlibrary: sdk":                    {false, 1500 * sim.Millisecond, sim.Time(sim.Hour)},
		"start: 1h\nstarting_position: latest":       {true, 1500 * sim.Millisecond, sim.Time(sim.Hour)},
		"start: 1h\nstarting_position: at_timestamp": {true, 1500 * sim.Millisecond, sim.Time(30 * sim.Minute)},
	} {
		if want.from > 0 && want.from < sim.Time(sim.Hour) {
			settings += "\nstarting_position_timestamp: 30m"
		}
		way, problems := Resolve(read(t, settings), k, true)
		if way.Pushed != want.pushed || way.Every != want.every || way.From != want.from || way.Most != 10_000 {
			t.Errorf("%q: %+v", settings, way)
		}
		if len(problems) > 0 {
			t.Errorf("%q: %v", settings, problems)
		}
	}
	for _, settings := range []string{
		"version: 1\nretrieval: enhanced_fan_out", "library: sdk\nworkers: 2", "idle_time_between_reads: 100ms",
		"starting_position: at_timestamp", "starting_position_timestamp: 1h", "host: {vcpus: 4}",
		"starting_position: at_timestamp\nstarting_position_timestamp: 1h",
	} {
		if _, problems := Resolve(read(t, settings), k, true); len(problems) != 1 {
			t.Errorf("%q: %v, want one problem", settings, problems)
		}
	}
	if way, _ := Resolve(read(t, ""), k, false); way.Pushed {
		t.Error("the stream of a table is pushed")
	}
}

// "To avoid infinite retries on a recurring failure, the KCL does not resend the batch of records processed at the time
// of the exception. The KCL then calls processRecords for the next batch of data records" (Kinesis developer guide
// @14ff366, troubleshooting-consumers.md).
func TestAFailedRecordIsSkippedOrBlocksItsShard(t *testing.T) {
	for _, c := range []struct {
		onError            string
		processed, skipped uint64
		last               float64
	}{
		{"on_error: skip", 9, 1, 10},
		{"on_error: skip_batch", 4, 6, 4},
		{"on_error: retry\nmax_attempts: 3", 9, 1, 13},
		{"on_error: retry", 4, 0, 4},
	} {
		s := newScene(t, 1, "retrieval: polling\nversion: 2\n"+c.onError)
		s.write(0, 4, 0)
		s.write(0, 1, message.Poison)
		s.write(0, 5, 0)
		s.run(3600)
		if s.Processed.Value() != c.processed || s.Skipped.Value() != c.skipped || s.times[len(s.times)-1] != c.last {
			t.Errorf("%s: %d processed and %d skipped until %v s, want %d and %d until %v", c.onError, s.Processed.Value(),
				s.Skipped.Value(), s.times[len(s.times)-1], c.processed, c.skipped, c.last)
		}
		s.wantBalance()
	}
}

// A plain poller keeps no checkpoint: when it begins again at LATEST, what came meanwhile is lost to it.
func TestAPlainPollerBeginsAgainWhereItSays(t *testing.T) {
	for _, c := range []struct {
		restart                       string
		processed, missed, duplicates uint64
	}{
		{"latest", 20, 8 + 5, 0},
		// The batch in hand at the crash is worked on again: 2 records of it were done.
		{"continue", 33, 0, 2},
	} {
		s := newScene(t, 1, "library: sdk\non_restart: "+c.restart+"\nfailures: {crash_at: [22.6s], recovery: 1m}\n"+
			"idle_time_between_reads: 100ms")
		s.run(1)
		s.write(0, 10, 0)
		s.run(20.05)
		s.write(0, 10, 0)
		s.run(60)
		s.write(0, 5, 0)
		s.run(100)
		s.write(0, 8, 0)
		s.run(400)
		if s.Processed.Value() != c.processed || s.Missed.Value() != c.missed || s.Duplicates.Value() != c.duplicates {
			t.Errorf("%s: %d processed, %d missed, %d twice, want %d, %d and %d", c.restart, s.Processed.Value(),
				s.Missed.Value(), s.Duplicates.Value(), c.processed, c.missed, c.duplicates)
		}
		if s.store.Live() != 0 {
			t.Errorf("%s: %d live", c.restart, s.store.Live())
		}
		s.wantBalance()
	}
}

// Three batches, 8 MiB and 30,000 records of a shard are read ahead (SimpleRecordsFetcherFactory.java, v3.5.1); version
// 1 reads when it is done.
func TestReadingAheadHasLimits(t *testing.T) {
	for _, c := range []struct {
		settings string
		unread   uint64
	}{
		// Beside the batch in hand.
		{"version: 2\nmax_records: 10", 50_000 - 40},
		// A read of 10,000 records of 1 KiB is more than 8 MiB.
		{"version: 2", 50_000 - 20_000},
		{"version: 2\nmax_records: 8000", 50_000 - 24_000},
		{"version: 1\nstarting_position: trim_horizon\nmax_records: 10", 50_000 - 10},
	} {
		s := newScene(t, 1, "retrieval: polling\n"+c.settings, func(p *Parts) { p.Work.Record = constant(sim.Hour) })
		s.write(0, 50_000, 0)
		s.run(60)
		if got := s.fetcher.Unread(0); got != c.unread {
			t.Errorf("%s: %d are not read, want %d", c.settings, got, c.unread)
		}
	}
}

// What is slept is the idle time less the time since the last call (KinesisSleepTimeController.java, v3.5.1): a period,
// and one who comes late polls at once.
func TestAPollComesAnIdleTimeAfterTheLast(t *testing.T) {
	s := newScene(t, 1, "retrieval: polling\nversion: 1\nstarting_position: trim_horizon\nmax_records: 1", func(p *Parts) {
		p.Work.Record = constant(1300 * sim.Millisecond)
	})
	s.write(0, 4, 0)
	s.run(60)
	if want := []float64{1.3, 2.6, 3.9, 5.2}; !slices.Equal(s.times, want) {
		t.Errorf("records are done at %v, want %v", s.times, want)
	}
	s = newScene(t, 1, "retrieval: polling\nversion: 1\nstarting_position: trim_horizon\nmax_records: 1", func(p *Parts) {
		p.Work.Record = constant(100 * sim.Millisecond)
	})
	s.write(0, 4, 0)
	s.run(60)
	if want := []float64{0.1, 1.1, 2.1, 3.1}; !slices.Equal(s.times, want) {
		t.Errorf("records are done at %v, want %v", s.times, want)
	}
}

// Four shards of one worker: two threads, or a thread each on two vCPUs, do two seconds' work in a second.
func TestTheShardsOfAWorkerShareItsThreadsAndVCPUs(t *testing.T) {
	for settings, last := range map[string]float64{
		"": 10, "host: {threads: 2}": 20, "host: {threads: 1}": 40, "cpu_share: 100%": 20, "cpu_share: 50%": 15,
		"host: {threads: 1}\ncpu_share: 100%": 40,
		"decompression_throughput: 2KiB":      15 + 5,
	} {
		s := newScene(t, 4, "retrieval: polling\nversion: 2\n"+settings)
		for n := range 4 {
			s.write(n, 10, 0)
		}
		s.run(3600)
		got := s.times[len(s.times)-1]
		if math.Abs(got-last) > 1e-3 || s.Processed.Value() != 40 || s.Computing.Value() != 0 {
			t.Errorf("%q: the last of %d is done at %v s, want %v", settings, s.Processed.Value(), got, last)
		}
	}
}

// What a batch is going to compute is no work done yet: of one that computes alone for 40 s, on one of two vCPUs, ten
// seconds have been had at 10 s, and of a window that begins then, half of its vCPUs.
func TestAWorkersVCPUsAreInUseWhileABatchComputes(t *testing.T) {
	s := newScene(t, 1, "retrieval: polling\nversion: 2\ncpu_share: 100%", func(p *Parts) {
		p.Work.Record = constant(40 * sim.Second)
	})
	s.write(0, 1, 0)
	s.run(10)
	if got := s.utilisation(s.eng.Now()); math.Abs(got-0.5) > 0.01 {
		t.Errorf("%v of the vCPUs were in use at 10 s, want 0.5", got)
	}
	s.Reset(s.eng.Now())
	s.run(20)
	if got := s.utilisation(s.eng.Now()); math.Abs(got-0.5) > 1e-9 {
		t.Errorf("%v of the vCPUs were in use from 10 to 20 s, want 0.5", got)
	}
}

// An application that starts later at an earlier instant gets a day again, from then on.
func TestALateStartReadsWhatWasKept(t *testing.T) {
	s := newScene(t, 1, "retrieval: polling\nstart: 1h\nstarting_position: at_timestamp\nstarting_position_timestamp: 30m")
	for at := 1.0; at < 60; at++ {
		s.run(at * 60)
		s.write(0, 1, 0)
	}
	s.run(3599)
	if s.Processed.Value() != 0 || s.Running.Value() != 0 {
		t.Errorf("%d processed by %d workers before the start", s.Processed.Value(), s.Running.Value())
	}
	s.run(7200)
	if s.Processed.Value() != 30 || s.keys[0] != 29 {
		t.Errorf("%d processed, the first is %d", s.Processed.Value(), s.keys[0])
	}
}

type database struct {
	s             *scene
	done          sim.Event[uint64]
	caller        message.Caller
	asked, resets int
}

func (d *database) Query(caller message.Caller, token uint64, service sim.Duration) {
	d.asked++
	d.caller = caller
	d.done.After(service, token)
}

func (d *database) Reset() { d.resets++ }

func (d *database) answer(token uint64) {
	var err error
	if d.asked == 2 {
		err = sdk.ErrReadTimeout
	}
	d.caller.Answered(token, err)
}

// A call that fails fails its record, and a crash resets the connections of its worker alone.
func TestWorkCallsADatabase(t *testing.T) {
	var pools []*database
	s := newScene(t, 1, "workers: 2\nretrieval: polling\nversion: 2\ncalls: [{to: databases.d, time: 1s}]\n"+
		"failures: {crash_at: [30s]}", func(p *Parts) {
		p.Work.Calls = append(p.Work.Calls, constant(sim.Second))
		p.Downstream = func(int) Downstream {
			pools = append(pools, new(database))
			return pools[len(pools)-1]
		}
	})
	for _, d := range pools {
		d.s, d.done = s, sim.NewEvent(s.eng, "answered", d.answer)
	}
	s.write(0, 5, 0)
	s.run(60)
	if s.Processed.Value() != 4 || s.Skipped.Value() != 1 || pools[0].asked != 5 || s.times[3] != 10 {
		t.Errorf("%d processed and %d skipped with %d calls, the last at %v", s.Processed.Value(), s.Skipped.Value(),
			pools[0].asked, s.times)
	}
	if pools[0].resets != 1 || pools[1].resets != 0 {
		t.Errorf("the pools were reset %d and %d times", pools[0].resets, pools[1].resets)
	}
}
