package experiments

import (
	"weir/experiments/scenario"
	"weir/models/meter"
	"weir/models/video"
)

// The sections of Kinesis Video Streams. A stream hands fragments to its viewers, which are there before its cameras.
var (
	videoKind = kind{
		scenario.SectionOf[video.Spec]("video_streams", "Kinesis video streams, by name; one name stands for streams: N alike."),
		buildVideoStream,
	}
	viewerKind = kind{
		scenario.SectionOf[video.ViewerSpec]("viewers", "Readers of Kinesis video streams, by name."), buildViewers,
	}
	cameraKind = kind{
		scenario.SectionOf[video.CameraSpec]("cameras", "Producers of Kinesis video streams, by name; one for each stream."),
		buildCameras,
	}
)

func (b *builder) videoLimits() *video.Limits {
	limits := new(video.Limits)
	b.profile.Fill(limits)
	return limits
}

func buildVideoStream(b *builder, c *scenario.Component) meter.Component {
	s, limits := c.Spec.(*video.Spec), b.videoLimits()
	if int64(s.Streams) > limits.StreamsMax {
		b.fail(c, "streams", "an account has at most %d streams in profile %s: ask AWS for more, and override "+
			"video.streams_max", limits.StreamsMax, b.profile.Name)
		return nil
	}
	return video.NewStream(b.eng, b.store, c.Path(), s, limits, b.doc.Run.HistogramDigits)
}

// sessionsMax is how many sessions viewers of one name may have, of all streams together.
const sessionsMax = 1_000_000

func buildViewers(b *builder, c *scenario.Component) meter.Component {
	s := c.Spec.(*video.ViewerSpec)
	from, ok := linked[*video.Stream](b, c, "from", s.From)
	if !ok {
		return nil
	}
	switch {
	case s.API != video.GetMedia && from.Spec().DataRetention == 0:
		b.fail(c, "api", "%s reads what is kept: set data_retention of %s, or read by %s", s.API, s.From, video.GetMedia)
	case int64(s.Sessions)*int64(from.Spec().Streams) > sessionsMax:
		b.fail(c, "sessions", "the %d streams have %d sessions each: at most %d together", from.Spec().Streams, s.Sessions,
			sessionsMax)
	default:
		v := video.NewViewers(b.eng, b.store, c.Path(), s, from, b.videoLimits(), b.doc.Run.HistogramDigits)
		b.after = append(b.after, v.Start)
		return v
	}
	return nil
}

func buildCameras(b *builder, c *scenario.Component) meter.Component {
	s := c.Spec.(*video.CameraSpec)
	to, ok := linked[*video.Stream](b, c, "to", s.To)
	if !ok {
		return nil
	}
	cameras := video.NewCameras(b.eng, b.store, c.Path(), s, to, b.videoLimits())
	b.after = append(b.after, cameras.Start)
	return cameras
}
