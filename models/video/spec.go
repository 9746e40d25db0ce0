package video

import (
	"math"

	"weir/models/aws"
	"weir/models/spec"
	"weir/sim"
)

// Errors of the API (Kinesis Video Streams developer guide, PutMedia and limits).
var (
	ErrClientLimit     = &aws.Error{Code: "ClientLimitExceededException", Retryable: true, Throttle: true}
	ErrConnectionLimit = &aws.Error{Code: "ConnectionLimitExceededException", Retryable: true, Throttle: true}
)

// Error acknowledgements of PutMedia. 4012 has no name in the guide.
var (
	AckTooLarge = &aws.Error{Code: "MAX_FRAGMENT_SIZE_REACHED"}     // 4001
	AckTooLong  = &aws.Error{Code: "MAX_FRAGMENT_DURATION_REACHED"} // 4002
	AckTooShort = &aws.Error{Code: "MIN_FRAGMENT_DURATION_REACHED"}
	AckTracks   = &aws.Error{Code: "4012: more than the allowed number of tracks"}
)

// Spec is a number of Kinesis video streams that are alike, as the scenario describes them.
type Spec struct {
	// How many streams there are. Each has cameras and viewers of its own.
	Streams int `yaml:"streams" default:"1" min:"1" max:"1000000"`
	// How long media is kept (AWS: DataRetentionInHours). Without retention there is no HLS, no DASH and no fragment list.
	DataRetention spec.Duration `yaml:"data_retention" default:"0s" min:"0s" max:"3650d"`
}

// CameraSpec is the producers of some video streams, one for each, as the scenario describes them.
type CameraSpec struct {
	// The streams: each has a camera.
	To spec.Link `yaml:"to" required:"true" link:"video_streams" flow:"out"`
	// Bytes of media a second, all tracks together.
	Bitrate spec.Size `yaml:"bitrate" default:"250KB" min:"1B"`
	// Length of a fragment: the time between two key frames.
	FragmentDuration *spec.Durations `yaml:"fragment_duration"`
	// What a fragment's bytes are multiplied by, as scenes differ; 1 unless set.
	BitrateFactor *spec.Numbers `yaml:"bitrate_factor"`
	// Tracks of a fragment: 1 is video, 2 are video and audio.
	Tracks int `yaml:"tracks" default:"1" min:"1" max:"100"`
	// Bytes a second of the camera's uplink; without limit unless set.
	Uplink *spec.Size `yaml:"uplink" min:"1B"`
	// When the cameras begin to record; their first fragments begin spread over the length of one.
	Start spec.Duration `yaml:"start" default:"0s"`
	// When the cameras stop; with the run unless set.
	Stop *spec.Duration `yaml:"stop"`
	// Recordings by motion; a camera records always unless set.
	Motion *MotionSpec `yaml:"motion"`
	// How often the connection of a camera breaks.
	ConnectionDrops spec.Rate `yaml:"connection_drops" default:"0/s"`
	// How long a camera is without a network after its connection broke, before it connects again; no time unless set.
	Outage *spec.Durations `yaml:"outage"`
	// How much media a camera keeps that it could not send; what is older is dropped.
	Buffer spec.Duration `yaml:"buffer" default:"2m" min:"1s"`
	// How old a fragment may be when it is seen; one that is seen later counts as late. Without limit unless set.
	Deadline *spec.Duration `yaml:"deadline" min:"1us"`
}

// MotionSpec is when a camera records.
type MotionSpec struct {
	// Length of a recording; it ends with a whole fragment.
	Recording spec.Durations `yaml:"recording" required:"true"`
	// Time between two recordings.
	Pause spec.Durations `yaml:"pause" required:"true"`
}

// Validate returns what is wrong with the settings as a whole.
func (s *CameraSpec) Validate() (problems []spec.Problem) {
	if s.FragmentDuration != nil && !(s.FragmentDuration.Dist().Mean() > 0) {
		problems = append(problems, spec.Problem{Field: "fragment_duration", Text: "must be above 0"})
	}
	if s.Motion != nil && !(s.Motion.Recording.Dist().Mean() > 0) {
		problems = append(problems, spec.Problem{Field: "motion.recording", Text: "must be above 0"})
	}
	if s.Stop != nil && *s.Stop <= s.Start {
		problems = append(problems, spec.Problem{Field: "stop", Text: "must be later than the start: nothing would be recorded"})
	}
	if bytes := float64(s.Bitrate) * s.fragment().Mean() / float64(sim.Second); bytes >= math.MaxUint32 {
		problems = append(problems, spec.Problem{Field: "bitrate", Text: "makes fragments of 4GiB or more"})
	}
	return problems
}

// API is how viewers read.
type API string

// The ways to read.
const (
	GetMedia     API = "GetMedia"
	FragmentList API = "GetMediaForFragmentList"
	HLS          API = "HLS"
	DASH         API = "DASH"
)

// Values are the words for the schema.
func (API) Values() []string {
	return []string{string(GetMedia), string(FragmentList), string(HLS), string(DASH)}
}

// session reports whether it is read in streaming sessions, by a player.
func (a API) session() bool { return a == HLS || a == DASH }

// ViewerSpec is the readers of some video streams, as the scenario describes them.
type ViewerSpec struct {
	// The streams.
	From spec.Link `yaml:"from" required:"true" link:"video_streams" flow:"in"`
	// GetMedia, GetMediaForFragmentList, HLS or DASH.
	API API `yaml:"api" default:"GetMedia"`
	// How many there are of each stream: connections, or streaming sessions.
	Sessions int `yaml:"sessions" default:"1" min:"1" max:"100000"`
	// When they begin; each within a second of it.
	Start spec.Duration `yaml:"start" default:"0s"`
	// Bytes a second of a viewer's downlink; without limit unless set.
	Downlink *spec.Size `yaml:"downlink" min:"1B"`
	// Work on a fragment before it is shown or known: decoding, recognition; none unless set.
	Work *spec.Durations `yaml:"work"`
	// Fragments that a player holds before it begins to play; 3 with HLS and DASH and 0, as they come, else.
	BufferFragments *int `yaml:"buffer_fragments" min:"0" max:"100"`
	// Fragments of a live playlist (AWS: MaxMediaPlaylistFragmentResults); 5 unless set, of HLS and DASH.
	PlaylistFragments *int `yaml:"playlist_fragments" min:"1" max:"1000"`
	// How long after its session was revoked a player opens another; never unless set.
	Reopen *spec.Duration `yaml:"reopen" min:"1ms"`
	// How often new fragments are listed and read, of GetMediaForFragmentList; each 10s unless set.
	Every *spec.Duration `yaml:"every" min:"1ms"`
}

// Validate returns what is wrong with the settings as a whole.
func (s *ViewerSpec) Validate() (problems []spec.Problem) {
	for _, c := range []struct {
		field string
		set   bool
		fits  bool
		of    string
	}{
		{"playlist_fragments", s.PlaylistFragments != nil, s.API.session(), "HLS and DASH"},
		{"reopen", s.Reopen != nil, s.API.session(), "HLS and DASH"},
		{"every", s.Every != nil, s.API == FragmentList, string(FragmentList)},
		{"work", s.Work != nil, s.buffered() == 0, "readers without buffer_fragments: a player plays"},
		{"buffer_fragments", s.API.session() && s.buffered() == 0, false, "players: at least 1"},
	} {
		if c.set && !c.fits {
			problems = append(problems, spec.Problem{Field: c.field, Text: "is for " + c.of})
		}
	}
	return problems
}

// Limits are the constants of Kinesis Video Streams that a profile holds.
type Limits struct {
	StreamsMax      int64         `aws:"video.streams_max"`
	PutRate         spec.Rate     `aws:"video.put_media_rate"`
	PutConnections  int64         `aws:"video.put_media_connections"`
	LastWins        bool          `aws:"video.newest_connection_wins"`
	PutBandwidth    spec.Size     `aws:"video.ingest_bytes"`
	IdleTimeout     spec.Duration `aws:"video.idle_timeout"`
	ConnectionLife  spec.Duration `aws:"video.connection_life"`
	FragmentRate    spec.Rate     `aws:"video.fragment_rate"`
	FragmentMin     spec.Duration `aws:"video.fragment_min"`
	FragmentMax     spec.Duration `aws:"video.fragment_max"`
	FragmentSizeMax spec.Size     `aws:"video.fragment_bytes"`
	TracksMax       int64         `aws:"video.tracks_max"`
	GetRate         spec.Rate     `aws:"video.get_media.rate"`
	GetConnections  int64         `aws:"video.get_media.connections"`
	GetBandwidth    spec.Size     `aws:"video.get_media.bytes"`
	ListRate        spec.Rate     `aws:"video.fragment_list.rate"`
	ListConnections int64         `aws:"video.fragment_list.connections"`
	ListBandwidth   spec.Size     `aws:"video.fragment_list.bytes"`
	ListMax         int64         `aws:"video.fragment_list.fragments_max"`
	SessionsMax     int64         `aws:"video.hls.sessions_max"`
	MetadataPoints  spec.Rate     `aws:"video.hls.metadata_points"`
	MediaPoints     spec.Rate     `aws:"video.hls.media_points"`

	PutLatency     spec.Durations `aws:"video.put_media_latency"`
	ConnectLatency spec.Durations `aws:"video.connect_latency"`
	ReconnectPause spec.Durations `aws:"video.reconnect_pause"`
	GetLatency     spec.Durations `aws:"video.get_media.latency"`
	PersistLatency spec.Durations `aws:"video.persist_latency"`
	HLSLatency     spec.Durations `aws:"video.hls.request_latency"`
	HLSRetry       spec.Duration  `aws:"video.hls.retry_pause"`
}
