package video

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"weir/models/message"
	"weir/models/spec"
	"weir/sim"
)

// A fragment of 2 s that is handed on at once and worked on for 100 ms is 2.1 s late, and the causes say why.
func TestByGetMediaAFragmentIsAsLateAsItIsLong(t *testing.T) {
	st := newStage(t, "aws-2026", append(still, "video.put_media_latency=50ms", "video.get_media.latency=150ms")...)
	v := st.stream("{}")
	st.cameras(v, "cameras.door", "fragment_duration: 2s")
	r := st.viewers(v, "viewers.guard", "work: 100ms, downlink: 5MB")
	st.run(100)
	p := r.path0(t)
	near(t, "latency", p.Latency.Mean()/1e9, 2.4, 0.003)
	near(t, "wait", p.Wait.Mean()/1e9, 2.3, 0.003)
	near(t, "batching", cause(p, message.Batching), 2, 1e-9)
	near(t, "api call", cause(p, message.APICall), 0.3, 1e-9) // 0.5 MB at 5 MB/s, 50 ms and 150 ms
	near(t, "work", cause(p, message.Work), 0.1, 1e-9)
}

// A player of HLS begins with the third fragment at hand: the first is two fragments older then.
func TestAPlayerHoldsItsBuffer(t *testing.T) {
	st := newStage(t, "aws-2026", append(still, "video.persist_latency=200ms")...)
	v := st.stream("{data_retention: 1h}")
	st.cameras(v, "cameras.door", "fragment_duration: 1s")
	r := st.viewers(v, "viewers.guard", "api: HLS")
	st.run(300)
	p := r.path0(t)
	near(t, "batching", cause(p, message.Batching), 1, 1e-9)
	near(t, "persisting", cause(p, message.APICall), 0.2+0.25/25, 1e-9)
	poll := cause(p, message.Poll)
	if poll <= 0 || poll >= 1 {
		t.Errorf("a fragment waits %v s for a poll, want less than the target duration", poll)
	}
	near(t, "in the player's buffer", cause(p, message.Prefetch), 2, 0.02)
	want(t, "stalls", r.Stalls.Value(), 0)
	want(t, "spread", p.Latency.Max()-p.Latency.Min() < int64(2*sim.Millisecond), true)
}

// What left a playlist of five before it was read is not seen any more.
func TestAPlayerMissesWhatLeftThePlaylist(t *testing.T) {
	st := newStage(t, "aws-2026", append(still, "video.hls.metadata_points=1/s", "video.hls.retry_pause=9s")...)
	v := st.stream("{data_retention: 1h}")
	st.cameras(v, "cameras.door", "fragment_duration: 1s")
	r := st.viewers(v, "viewers.guard", "api: HLS")
	st.run(300)
	want(t, "throttled", r.Throttled.Value() > 10, true)
	want(t, "skipped", r.Skipped.Value() > 50, true)
	want(t, "expired", st.count(message.ExpiredInQueue), r.Skipped.Value())
}

func TestACameraSendsAgainWhatAConnectionThatBrokeDidNotDeliver(t *testing.T) {
	st := newStage(t, "aws-2026", append(still, "video.put_media_latency=900ms")...)
	v := st.stream("{}")
	c := st.cameras(v, "cameras.door", "fragment_duration: 1s, outage: 10s")
	r := st.viewers(v, "viewers.guard", "sessions: 1")
	st.run(100)
	for c.cameras[0].flying.len == 0 {
		st.eng.Run(sim.Never, 1)
	}
	c.breakOff(at(0, c.cameras[0].link))
	st.run(200)
	want(t, "resent", c.Resent.Value(), 1)
	want(t, "drops", c.Drops.Value(), 1)
	want(t, "lost", st.count(message.Rejected), 0)
	near(t, "accepted", float64(c.Accepted.Value()), 198, 1)
	if late := float64(r.path0(t).Latency.Max()) / 1e9; late < 11 || late > 14 {
		t.Errorf("the latest is %v s late, want the outage of 10 s, a pause of 1 s and its second", late)
	}
	want(t, "waits for a connection", cause(r.path0(t), message.ClientRetry) > 0, true)
}

func TestDropsComeAtTheirRate(t *testing.T) {
	st := newStage(t, "aws-2026")
	v := st.stream("{streams: 100}")
	c := st.cameras(v, "cameras.door", "fragment_duration: 10s, connection_drops: 6/h")
	st.run(3600)
	near(t, "drops an hour", float64(c.Drops.Value()), 600, 75) // three standard deviations
}

func TestAnUplinkThatIsTooSlowFillsTheBuffer(t *testing.T) {
	st := newStage(t, "aws-2026", still...)
	v := st.stream("{}")
	c := st.cameras(v, "cameras.door", "bitrate: 250KB, fragment_duration: 1s, uplink: 125KB, buffer: 20s")
	st.run(400)
	near(t, "accepted", float64(c.Accepted.Value()), 200, 2)
	near(t, "dropped", float64(c.Overflown.Value()), 180, 3)
	want(t, "waiting", c.Buffered.Value() <= 21, true)
}

func TestFragmentsThatNobodyViewsEndAsPublished(t *testing.T) {
	st := newStage(t, "aws-2026", still...)
	v := st.stream("{streams: 3, data_retention: 1d}")
	c := st.cameras(v, "cameras.door", "fragment_duration: 1s, stop: 10s")
	st.run(20)
	want(t, "published", st.count(message.Published), c.Captured.Value())
	want(t, "persisted", v.Persisted.Value(), c.Captured.Value())
	want(t, "live", st.store.Live(), 0)
}

// 1,000 fragments of 1 MiB, read by two: kept for 73 hours, a tenth of a month.
func TestABillByHand(t *testing.T) {
	st := newStage(t, "ideal")
	v := st.stream("{data_retention: 73h}")
	st.cameras(v, "cameras.door", "bitrate: 1MiB, fragment_duration: 1s, stop: 1000s")
	st.viewers(v, "viewers.guard", "api: GetMedia")
	st.viewers(v, "viewers.indexer", "api: GetMediaForFragmentList")
	st.viewers(v, "viewers.wall", "api: HLS, sessions: 3")
	st.run(1100)
	gb := float64(v.Received.Value()) / 1024
	usage := map[string]float64{}
	v.Usage(st.eng.Now(), func(item, _ string, quantity float64) { usage[item] = quantity })
	near(t, "fragments", float64(v.Received.Value()), 1000, 1)
	near(t, "in", usage["video.in_gb"], gb, 1e-9)
	near(t, "out", usage["video.out_gb"], 2*gb, 0.01)
	near(t, "hls", usage["video.hls_gb"], 3*gb, 0.01)
	near(t, "stored", usage["video.stored_gb_months"], gb/10, 1e-9)
}

func TestSettingsThatCannotBeAreRefused(t *testing.T) {
	for text, field := range map[string]string{
		"{to: video_streams.x, fragment_duration: 0s}":                           "fragment_duration",
		"{to: video_streams.x, start: 2s, stop: 1s}":                             "stop",
		"{to: video_streams.x, bitrate: 1GB, fragment_duration: 10s}":            "bitrate",
		"{to: video_streams.x, motion: {recording: 0s, pause: 1s}}":              "motion.recording",
		"{from: video_streams.x, playlist_fragments: 3}":                         "playlist_fragments",
		"{from: video_streams.x, api: HLS, every: 3s}":                           "every",
		"{from: video_streams.x, reopen: 3s}":                                    "reopen",
		"{from: video_streams.x, api: DASH, work: 3ms}":                          "work",
		"{from: video_streams.x, api: HLS, buffer_fragments: 0}":                 "buffer_fragments",
		"{from: video_streams.x, api: GetMedia, buffer_fragments: 2, work: 1ms}": "work",
	} {
		var errs spec.Errors
		if text[1] == 't' {
			_, errs = decode[CameraSpec](t, text)
		} else {
			_, errs = decode[ViewerSpec](t, text)
		}
		if len(errs) != 1 || errs[0].Path != field {
			t.Errorf("%s: %v, want an error of %s", text, errs, field)
		}
	}
}

// The ledger balances after every event, the fragments alive are those under way and their originals, and no line keeps
// what has ended, whatever the design. The paths check the causes of each fragment that is seen.
func TestTheLedgerBalancesAtEveryInstant(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		pick := func(what string, from ...string) string { return rapid.SampledFrom(from).Draw(rt, what) }
		profile := pick("profile", "aws-2021", "aws-2026", "ideal")
		st := newStage(t, profile, "video.hls.media_points="+pick("points", "none", "2/s"), "video.hls.sessions_max="+
			pick("sessions", "none", "2"), "video.connection_life="+pick("life", "15s", "none"))
		st.eng = sim.NewEngine(rapid.Uint64().Draw(rt, "seed"), 0)
		v := st.stream("{streams: 2, data_retention: 1h}")
		for i := range rapid.IntRange(1, 2).Draw(rt, "viewers") {
			st.viewers(v, fmt.Sprintf("viewers.v%d", i), "sessions: "+pick("sessions", "1", "4")+", api: "+
				pick("api", "GetMedia", "HLS, reopen: 3s", "GetMediaForFragmentList, every: 7s", "GetMedia, work: 2s",
					"DASH, buffer_fragments: 1", "GetMedia, buffer_fragments: 2, downlink: 200KB"))
		}
		var cameras []*Cameras
		for i := range rapid.IntRange(1, 2).Draw(rt, "cameras") {
			cameras = append(cameras, st.cameras(v, fmt.Sprintf("cameras.c%d", i), pick("fragments", "fragment_duration: 1s",
				"fragment_duration: {exponential: 1s}", "fragment_duration: 200ms")+pick("drops", "", ", connection_drops: 6/min",
				", connection_drops: 20/min, outage: {exponential: 4s}")+pick("motion", "",
				", motion: {recording: {exponential: 5s}, pause: {exponential: 30s}}")+pick("uplink", "", ", uplink: 300KB")+
				", buffer: 10s, stop: 40s"))
		}
		for st.eng.Run(sim.Time(70*sim.Second), 1) == sim.Paused {
			if err := st.store.Ledger.Check(); err != nil {
				rt.Fatal(err)
			}
		}
		// The cameras have stopped: what is under way stands in the lines.
		alive := int32(0)
		for _, c := range cameras {
			for i := range c.cameras {
				alive += c.cameras[i].waiting.len + c.cameras[i].flying.len
				if c.cameras[i].sending.ref != message.None {
					alive++
				}
			}
		}
		for i := range v.lanes {
			v.keeping.each(&v.lanes[i].keeping, 0, func(h held) {
				if h.ref != message.None {
					alive++
				}
			})
		}
		for _, r := range v.readers {
			for i := range r.sessions {
				s := &r.sessions[i]
				alive += s.line.len + s.buffer.len
				if s.fetching.ref != message.None {
					alive++
				}
				if s.works {
					alive++
				}
			}
		}
		under := uint64(0)
		for _, n := range st.store.Ledger.UnderWay() {
			under += n
		}
		if under != uint64(alive) {
			rt.Fatalf("%d fragments are under way, and the lines hold %d", under, alive)
		}
	})
}

// The fingerprint of a trial depends on the scenario and the seed alone.
func TestTheSameSeedGivesTheSameTrial(t *testing.T) {
	var prints [2]uint64
	for i := range prints {
		st, _ := busy(t)
		st.run(100)
		prints[i] = st.eng.Fingerprint()
	}
	want(t, "fingerprint", prints[0], prints[1])
}

// busy is a design in which everything happens.
func busy(t *testing.T) (*stage, *Stream) {
	st := newStage(t, "aws-2026", "video.connection_life=30s")
	v := st.stream("{streams: 5, data_retention: 1h}")
	st.viewers(v, "viewers.guard", "sessions: 2, work: {exponential: 50ms}")
	st.viewers(v, "viewers.wall", "api: HLS, sessions: 3")
	st.viewers(v, "viewers.indexer", "api: GetMediaForFragmentList")
	st.cameras(v, "cameras.door", "fragment_duration: 1s, connection_drops: 2/min, buffer: 20s")
	return st, v
}

func TestATrialInSteadyStateAllocatesNothing(t *testing.T) {
	st, _ := busy(t)
	st.run(600)
	until := 600.0
	if n := testing.AllocsPerRun(5, func() {
		until += 60
		st.run(until)
	}); n > 0 {
		t.Errorf("a minute allocates %v times", n)
	}
}

// A connection whose life ends in the instant in which the capture of a fragment does is opened anew for it.
func TestAConnectionThatEndsWithAFragmentIsOpenedAnew(t *testing.T) {
	st := newStage(t, "aws-2026", append(still, "video.connection_life=10s", "video.fragment_min=0s")...)
	v := st.stream("{}")
	c := st.cameras(v, "cameras.door", "fragment_duration: 1s, stop: 60s")
	st.run(100)
	if c.Renewed.Value() < 5 || c.Accepted.Value() != c.Captured.Value() {
		t.Errorf("the connection was renewed %d times; of %d fragments %d were accepted", c.Renewed.Value(),
			c.Captured.Value(), c.Accepted.Value())
	}
}
