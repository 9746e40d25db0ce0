package experiments

import (
	"strings"
	"testing"
)

// videoDesign is a small design of video streams with the lines given.
func videoDesign(lines ...string) string {
	return "name: video\nrun: {duration: 2m, warmup: 30s, replications: 1}\n" + strings.Join(lines, "\n") + "\n"
}

func TestWhatVideoStreamsCannotDoIsRefused(t *testing.T) {
	for _, c := range []struct{ text, wants string }{
		{videoDesign("video_streams: {a: {}}", "viewers: {v: {from: video_streams.a, api: HLS}}"), "data_retention"},
		{videoDesign("video_streams: {a: {streams: 10001}}"), "at most 10000 streams in profile aws-2026"},
		{videoDesign("video_streams: {a: {streams: 5000}}", "viewers: {v: {from: video_streams.a, sessions: 500}}"),
			"at most 1000000 together"},
		{videoDesign("queues: {q: {}}", "cameras: {c: {to: queues.q}}"), "video_streams"},
	} {
		_, err := New("test.yaml", []byte(c.text), nil, nil)
		if err == nil || !strings.Contains(err.Error(), c.wants) {
			t.Errorf("%s: %v, want an error that tells of %s", c.text, err, c.wants)
		}
	}
	// Developer guide, limits.md (2020-05-12): 2,500 streams in us-east-1 and us-west-2, 1,000 elsewhere.
	for region, least := range map[string]string{"us-east-1": "2501", "eu-west-1": "1001"} {
		text := "profile: aws-2021\nregion: " + region + "\n" + videoDesign("video_streams: {a: {streams: "+least+"}}")
		if _, err := New("test.yaml", []byte(text), nil, nil); err == nil {
			t.Errorf("%s streams in %s are not refused", least, region)
		}
	}
}

// Ten cameras of 1 MiB a second, one reader by GetMedia: 25,664 GB a month in and as many out, at $0.0085 each.
func TestAMonthOfCamerasIsBilled(t *testing.T) {
	s, _ := played(t, "profile: ideal\n"+videoDesign("video_streams: {a: {streams: 10}}",
		"cameras: {c: {to: video_streams.a, bitrate: 1MiB, fragment_duration: 1s}}",
		"viewers: {v: {from: video_streams.a}}"))
	want := 2 * 10.0 * 730 * 3600 / 1024 * 0.0085
	if month := s.Cost.MonthUSD.Value; month < want*0.999 || month > want*1.001 {
		t.Errorf("a month costs $%.2f, want $%.2f", month, want)
	}
	if played := figure(t, s, "viewers.v", "played"); played != 1200 {
		t.Errorf("%v fragments are seen in two minutes, want 1200", played)
	}
}
