package video

import (
	"testing"

	"weir/models/message"
	"weir/sim"
)

// Developer guide, limits.md (2020-05-12): PutMedia, bandwidth limit "12.5 MB/second, or 100 Mbps". Cameras of 25 MB a
// second fill a stream, and their buffers overflow.
func TestAStreamTakesTwelveAndAHalfMegabytesASecond(t *testing.T) {
	st := newStage(t, "aws-2026", still...)
	v := st.stream("{}")
	c := st.cameras(v, "cameras.wide", "bitrate: 25MB, fragment_duration: 1s, buffer: 30s")
	st.run(1000)
	near(t, "MB a second", float64(v.bytesIn.Value())/1e9, 12.5, 0.05)
	near(t, "dropped", float64(c.Overflown.Value()), 500-30, 3)
}

// Developer guide, limits.md (2020-05-12): PutMedia "5 TPS [h]". API reference, PutMedia: ClientLimitExceededException,
// "you have exceeded the limit of allowed client calls".
func TestAStreamTakesFiveCallsOfPutMediaASecond(t *testing.T) {
	st := newStage(t, "aws-2026", "video.put_media_connections=none")
	v := st.stream("{}")
	c := st.cameras(v, "cameras.door", "start: 1h")
	for range 5 {
		if err := v.putMedia(0, c); err != nil {
			t.Fatal(err)
		}
	}
	want(t, "the sixth", v.putMedia(0, c), error(ErrClientLimit))
	want(t, "throttled", v.Throttled.Value(), 1)
}

// Developer guide, limits.md (2020-05-12): "In the case of multiple concurrent connections that exceed limits, the last
// connection is accepted."
func TestIn2021TheLastConnectionIsAccepted(t *testing.T) {
	st := newStage(t, "aws-2021", still...)
	v := st.stream("{}")
	first := st.cameras(v, "cameras.first", "fragment_duration: 1s, stop: 20s, motion: {recording: 1h, pause: 1h}")
	second := st.cameras(v, "cameras.second", "fragment_duration: 1s, start: 10s")
	st.run(10.999)
	want(t, "replaced", first.Replaced.Value(), 1)
	want(t, "refused", v.Refused.Value(), 0)
	want(t, "connections", len(v.lanes[0].producers), 1)
	if second.Connects.Value() == 0 {
		t.Error("the second camera did not connect")
	}
}

// Developer guide, newest page of quotas: a second connection of PutMedia gets ConnectionLimitExceededException.
func TestIn2026ASecondConnectionIsRefused(t *testing.T) {
	st := newStage(t, "aws-2026", still...)
	v := st.stream("{}")
	first := st.cameras(v, "cameras.first", "fragment_duration: 1s")
	second := st.cameras(v, "cameras.second", "fragment_duration: 1s, start: 10s, buffer: 30s")
	st.run(100)
	want(t, "replaced", v.Replaced.Value(), 0)
	want(t, "accepted of the second", second.Accepted.Value(), 0)
	near(t, "refused", float64(second.Refused.Value()), 90, 1)
	near(t, "accepted of the first", float64(first.Accepted.Value()), 99, 1)
	near(t, "dropped by the second", float64(second.Overflown.Value()), 59, 2)
}

// API reference, PutMedia (2020-05-12): "A client can send up to five fragments per second per stream." After 60 s
// without a network a camera catches up with four fragments a second more than the one that it makes: in 15 s.
func TestAStreamTakesFiveFragmentsASecond(t *testing.T) {
	st := newStage(t, "aws-2026", append(still, "video.reconnect_pause=60s")...)
	v := st.stream("{}")
	c := st.cameras(v, "cameras.door", "fragment_duration: 1s")
	st.run(100)
	c.breakOff(at(0, c.cameras[0].link))
	st.run(160.5)
	before := c.Accepted.Value()
	st.run(165.5)
	near(t, "fragments in five seconds", float64(c.Accepted.Value()-before), 25, 2)
	st.run(178)
	want(t, "waiting after catching up", c.Buffered.Value(), 0)
	near(t, "accepted", float64(c.Accepted.Value()), 177, 1)
}

// API reference, PutMedia (2020-05-12): "Fragments that have time codes spanning longer than 10 seconds and that
// contain more than 50 MB of data are not allowed", "Fragments containing more than three tracks are not allowed", and
// the Error acknowledgement. Newest page of quotas: 1 to 20 s.
func TestFragmentsThatMayNotBeGetAnErrorAcknowledgement(t *testing.T) {
	const ms = sim.Millisecond
	for _, c := range []struct {
		profile string
		bytes   uint32
		lasts   sim.Duration
		tracks  int
		want    error
	}{
		{"aws-2021", 50_000_000, 10 * sim.Second, 3, nil},
		{"aws-2021", 1, 10*sim.Second + ms, 1, AckTooLong},
		{"aws-2021", 1, ms, 1, nil},
		{"aws-2026", 50_000_000, 20 * sim.Second, 3, nil},
		{"aws-2026", 1, 20*sim.Second + ms, 1, AckTooLong},
		{"aws-2026", 1, sim.Second, 1, nil},
		{"aws-2026", 1, sim.Second - ms, 1, AckTooShort},
		{"aws-2026", 50_000_001, 2 * sim.Second, 1, AckTooLarge},
		{"aws-2026", 1, 2 * sim.Second, 4, AckTracks},
	} {
		st := newStage(t, c.profile)
		v := st.stream("{}")
		if got := st.put(v, c.bytes, c.lasts, c.tracks); got != c.want {
			t.Errorf("%s: %d bytes, %v, %d tracks: %v, want %v", c.profile, c.bytes, c.lasts, c.tracks, got, c.want)
		}
		want(t, "errors", v.Errors.Value() == 1, c.want != nil)
		want(t, "rejected", st.count(message.Rejected) == 1, c.want != nil)
	}
}

// Developer guide, limits.md (2020-05-12): GetMedia "Only three clients can concurrently receive content from the media
// stream at any moment of time. Further client connections are rejected." 5 TPS.
func TestThreeClientsReceiveByGetMedia(t *testing.T) {
	st := newStage(t, "aws-2026", still...)
	v := st.stream("{}")
	st.cameras(v, "cameras.door", "fragment_duration: 2s")
	r := st.viewers(v, "viewers.guards", "sessions: 4")
	st.run(60)
	want(t, "connected", r.Connected.Value(), 3)
	if r.Refused.Value() < 50 || r.Refused.Value() != v.Refused.Value() {
		t.Errorf("%d calls are refused, want one a second", r.Refused.Value())
	}
	near(t, "played", float64(r.Played.Value()), 3*29, 4)
	calls := newStage(t, "aws-2026")
	w := calls.stream("{}")
	for range 5 {
		_ = w.getMedia(0)
	}
	want(t, "the sixth call", w.getMedia(0), error(ErrClientLimit))
}

// Developer guide, limits.md (2020-05-12): GetMedia "25 MB/s or 200 Mbps". A fragment of 25 MB takes a second more than
// its capture.
func TestAConnectionOfGetMediaReadsTwentyFiveMegabytesASecond(t *testing.T) {
	st := newStage(t, "aws-2026", still...)
	v := st.stream("{}")
	st.cameras(v, "cameras.door", "bitrate: 12500KB, fragment_duration: 2s")
	r := st.viewers(v, "viewers.guard", "sessions: 1")
	st.run(60)
	near(t, "latency", r.path0(t).Latency.Mean()/1e9, 3, 0.01)
}

// Developer guide, limits.md (2020-05-12): GetMediaForFragmentList, "Five fragment-based consuming applications can
// concurrently get media. Further connections are rejected."
func TestFiveReadersListFragmentsAtOnce(t *testing.T) {
	st := newStage(t, "aws-2026", append(still, "video.fragment_list.rate=none")...)
	v := st.stream("{data_retention: 1h}")
	st.cameras(v, "cameras.door", "bitrate: 10MB, fragment_duration: 4s")
	// Each list holds some five fragments of 40 MB: eight seconds at 25 MB/s.
	r := st.viewers(v, "viewers.indexers", "api: GetMediaForFragmentList, sessions: 7, every: 20s")
	most := int64(0)
	for s := 1.0; s < 200; s++ {
		st.run(s)
		most = max(most, v.lanes[0].listing)
	}
	want(t, "most at once", most, 5)
	if r.Refused.Value() == 0 || r.Played.Value() == 0 {
		t.Errorf("%d refused, %d played", r.Refused.Value(), r.Played.Value())
	}
}

// Developer guide, limits.md (2020-05-12): GetMediaForFragmentList, "Maximum number of fragments: 1000 [h]".
func TestAListHasAThousandFragments(t *testing.T) {
	st := newStage(t, "aws-2026", still...)
	v := st.stream("{data_retention: 1h}")
	st.cameras(v, "cameras.door", "bitrate: 1KB, fragment_duration: 1s")
	r := st.viewers(v, "viewers.indexer", "api: GetMediaForFragmentList, every: 20m")
	st.run(1202)
	want(t, "played after 20 minutes", r.Played.Value(), 1000)
}

// Developer guide, limits.md (2020-05-12): "Only 10 sessions per stream can be active at a time [s]. After the limit
// has been reached, the oldest session is revoked when a new session is created."
func TestIn2021TheEleventhSessionRevokesTheOldest(t *testing.T) {
	for _, c := range []struct {
		profile          string
		connected        int64
		revoked, skipped bool
	}{{"aws-2021", 10, true, true}, {"aws-2026", 12, false, false}} {
		st := newStage(t, c.profile, still...)
		v := st.stream("{data_retention: 1h}")
		st.cameras(v, "cameras.door", "fragment_duration: 1s")
		old := st.viewers(v, "viewers.old", "api: HLS, sessions: 10")
		late := st.viewers(v, "viewers.late", "api: DASH, sessions: 2, start: 30s")
		st.run(60)
		want(t, c.profile+": sessions", old.Connected.Value()+late.Connected.Value(), c.connected)
		want(t, c.profile+": of the late", late.Connected.Value(), 2)
		want(t, c.profile+": revoked", old.Revoked.Value() == 2, c.revoked)
		want(t, c.profile+": all watch", len(v.lanes[0].sessions), int(c.connected))
	}
}

// Newest page of quotas, AWS's example: 250 concurrent sessions of live HLS with fragments of 1 s, audio and video, use
// 2,500 points of metadata and 500 of media a second, which are all the media points of a stream.
func TestTwoHundredAndFiftySessionsUseTheMediaPointsOfAStream(t *testing.T) {
	for _, c := range []struct {
		sessions  string
		throttled bool
	}{{"250", false}, {"260", true}} {
		st := newStage(t, "aws-2026", still...)
		v := st.stream("{data_retention: 1h}")
		st.cameras(v, "cameras.door", "tracks: 2, fragment_duration: 1s")
		r := st.viewers(v, "viewers.crowd", "api: HLS, sessions: "+c.sessions)
		st.run(60)
		v.Reset(st.eng.Now())
		st.run(160)
		if c.throttled {
			want(t, "260 are throttled", v.Throttled.Value() > 500, true)
			continue
		}
		near(t, "metadata points a second", float64(v.points[0].Value())/100, 2500, 1)
		near(t, "media points a second", float64(v.points[1].Value())/100, 500, 1)
		want(t, "throttled", v.Throttled.Value(), 0)
		want(t, "stalls", r.Stalls.Value(), 0)
	}
}

// Developer guide, how-playback.md (2020-05-12), of HLS and of DASH: "Latency is typically between 3 and 5 seconds, but
// it can be between 1 and 10 seconds, depending on the use case, player, and network conditions." Of GetMedia: "low
// latency".
func TestHLSIsTypicallyThreeToFiveSecondsLate(t *testing.T) {
	for _, c := range []struct {
		cameras, viewers string
		low, high        float64
	}{
		{"fragment_duration: 1s", "api: HLS", 3, 5},
		{"fragment_duration: 1s", "api: DASH", 3, 5},
		{"fragment_duration: 1s", "api: HLS, buffer_fragments: 1", 1, 4},
		{"fragment_duration: 2s", "api: HLS", 5, 10},
		{"fragment_duration: 1s", "api: GetMedia", 1, 2},
	} {
		st := newStage(t, "aws-2026")
		v := st.stream("{streams: 20, data_retention: 1h}")
		st.cameras(v, "cameras.doors", c.cameras)
		r := st.viewers(v, "viewers.guards", c.viewers)
		st.run(120)
		r.Reset(st.eng.Now())
		st.run(1200)
		p := r.path0(t)
		p10, _ := p.Latency.Quantile(0.1)
		p90, _ := p.Latency.Quantile(0.9)
		if low, high := float64(p10)/1e9, float64(p90)/1e9; low < c.low || high > c.high {
			t.Errorf("%s, %s: p10 %v s, p90 %v s, want %v to %v", c.cameras, c.viewers, low, high, c.low, c.high)
		}
	}
}

// API reference, PutMedia (2020-05-12): "If no data is received within the 30 seconds, Kinesis Video Streams closes the
// request."
func TestAConnectionWithoutDataIsClosedAfterThirtySeconds(t *testing.T) {
	st := newStage(t, "aws-2026", still...)
	v := st.stream("{}")
	short := st.cameras(v, "cameras.door", "fragment_duration: 1s, motion: {recording: 5s, pause: 25s}")
	st.run(300)
	want(t, "closed after pauses of 25 s", short.Idle.Value(), 0)
	want(t, "connections", short.Connects.Value(), 1)
	st = newStage(t, "aws-2026", still...)
	v = st.stream("{}")
	long := st.cameras(v, "cameras.door", "fragment_duration: 1s, motion: {recording: 5s, pause: 55s}")
	st.run(34.9)
	want(t, "connected", long.Connected.Value(), 1)
	st.run(36.1)
	want(t, "connected after 30 s", long.Connected.Value(), 0)
	st.run(301)
	want(t, "closed after pauses of 55 s", long.Idle.Value(), 5)
	want(t, "accepted", long.Accepted.Value(), 25)
}

// Newest page of quotas: GetDataEndpoint is "called every 45 minutes to refresh the streaming token for most
// PutMedia/GetMedia use cases". Nothing is lost by it.
func TestConnectionsAreRenewedEveryFortyFiveMinutes(t *testing.T) {
	st := newStage(t, "aws-2026")
	v := st.stream("{}")
	c := st.cameras(v, "cameras.door", "fragment_duration: 1s")
	r := st.viewers(v, "viewers.guard", "sessions: 2")
	st.run(4*3600 + 10)
	want(t, "connections of the camera", c.Connects.Value(), 6)
	want(t, "connections of the viewers", r.Opened.Value(), 12)
	near(t, "played", float64(r.Played.Value()), 2*float64(c.Accepted.Value()), 6)
	near(t, "accepted", float64(c.Accepted.Value()), 4*3600+8, 3)
}
