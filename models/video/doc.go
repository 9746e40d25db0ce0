// Package video models Amazon Kinesis Video Streams: cameras that send fragments by PutMedia, streams that keep them,
// and viewers that read by GetMedia, GetMediaForFragmentList, HLS and DASH.
//
// # What is modelled
//
// A fragment is a message. It is born when its first frame is captured; its latency at a viewer ends when it is
// playable: when the player shows its first frame, or when the work on it is done where there is no player.
//
// A camera sends a fragment while it captures it, so that the last frame alone is left to send at its end; what it
// cannot send waits in its buffer, and the oldest is dropped. A connection of PutMedia lives until its token is too
// old, until there was no data for the idle timeout, until another takes its place, or until it breaks; what had not
// reached the stream is then sent again. A stream has one connection: a second one replaces the first in 2021 and is
// refused with ConnectionLimitExceededException in 2026. A fragment is acknowledged as Buffering, Received and
// Persisted, or with an Error when it is too large, too long, too short or has too many tracks: it is lost then, and
// the connection stays.
//
// A reader by GetMedia has a connection, of which a stream has three, gets whole fragments as they are received, and
// goes on where it was after a connection's life. Readers by list ask now and then for what was persisted since. A
// player of HLS or DASH opens a session (beyond ten in 2021 the oldest is revoked), polls the playlists of its tracks
// once in a target duration, or in half of one when nothing was new, reads the fragments, and begins to play when it
// holds enough of them; one that ran dry goes on with the next fragment and stays as late as that made it. In 2026
// each fragment in a playlist costs a point of metadata and each fragment read a point of media, by track; beyond the
// points of a second a request gets ClientLimitExceededException.
//
// Where the time goes: batching is capture and the wait behind other fragments for the uplink; client_retry the wait
// for a connection; api_call the network and persisting; throttle a stream's limits; poll persisted and not asked
// for, or received while a reader connects; backlog behind other fragments of the reader; prefetch the player's
// buffer; work the reader's.
//
// # What is not
//
// Frames: a fragment arrives whole, and whether GetMedia hands on its first frames earlier AWS does not say. What a
// stream does beyond five fragments a second is not published: here it reads the next one when it may. Bitrates that
// adapt, playback of what is kept, GetClip and images, the end of a session's URL, calls a second of playlists and
// fragments (2021), ListFragments as a call of its own, players that skip to catch up, WebRTC, edge agents,
// encryption, access policies, changes of retention. Without retention a reader that comes back finds what it missed,
// however long ago: AWS keeps five minutes.
//
// # Facts
//
// Kinesis Video Streams developer guide (awsdocs/AWS-Kinesis-Video-Documentation @2c475af, 2020-05-12), limits.md,
// API_dataplane_PutMedia.md, how-playback.md, and its newest page of quotas. Latencies are not published but for HLS
// and DASH, "typically between 3 and 5 seconds, but it can be between 1 and 10 seconds": the choices in
// models/aws/data/constants/video.yaml meet it with fragments of a second. GB are 2^30 bytes.
//
// # Statistics
//
// Of streams: acknowledgements, calls throttled and refused, points, bytes, time to the Persisted acknowledgement. Of
// cameras: fragments captured, accepted, refused by kind, dropped and sent again; connections and how they ended; the
// buffer. Of viewers: fragments played and skipped, stalls, polls, calls refused.
package video
