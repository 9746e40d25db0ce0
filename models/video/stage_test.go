package video

import (
	"math"
	"testing"

	"weir/models/aws"
	"weir/models/message"
	"weir/models/spec"
	"weir/sim"
)

// stage is an engine with streams, cameras and viewers, for stories.
type stage struct {
	*testing.T
	eng   *sim.Engine
	store *message.Store
	limit Limits
}

// still are the overrides that leave AWS's rules and take the time out of networks and the service.
var still = []string{
	"video.put_media_latency=0s", "video.connect_latency=0s", "video.get_media.latency=0s", "video.persist_latency=0s",
	"video.hls.request_latency=0s", "video.reconnect_pause=1s",
}

// newStage returns a stage with the constants of a profile, of which some are set to other values, key=value.
func newStage(t *testing.T, profile string, overrides ...string) *stage {
	t.Helper()
	st := &stage{T: t, eng: sim.NewEngine(1, 0), store: message.NewStore(1 << 20)}
	p, err := aws.Load(profile)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range overrides {
		for i := range o {
			if o[i] != '=' {
				continue
			}
			if err := p.OverrideText(o[:i], o[i+1:]); err != nil {
				t.Fatal(err)
			}
			break
		}
	}
	p.Fill(&st.limit)
	return st
}

func decode[T any](t *testing.T, text string) (*T, spec.Errors) {
	t.Helper()
	source, err := spec.Parse("test.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	v := new(T)
	d := spec.Decoder{Source: source}
	d.Decode(source.Root, v, "")
	return v, d.Errors
}

func decoded[T any](t *testing.T, text string) *T {
	t.Helper()
	v, errs := decode[T](t, text)
	if len(errs) > 0 {
		t.Fatalf("%s: %v", text, errs)
	}
	return v
}

func (st *stage) stream(text string) *Stream {
	st.Helper()
	return NewStream(st.eng, st.store, "video_streams.gate", decoded[Spec](st.T, text), &st.limit, 3)
}

func (st *stage) cameras(to *Stream, name, text string) *Cameras {
	st.Helper()
	c := NewCameras(st.eng, st.store, name, decoded[CameraSpec](st.T, "{to: video_streams.gate, "+text+"}"), to, &st.limit)
	c.Start()
	return c
}

func (st *stage) viewers(from *Stream, name, text string) *Viewers {
	st.Helper()
	s := decoded[ViewerSpec](st.T, "{from: video_streams.gate, "+text+"}")
	v := NewViewers(st.eng, st.store, name, s, from, &st.limit, 3)
	v.Start()
	return v
}

func (st *stage) run(seconds float64) { st.eng.Run(sim.Time(sim.Seconds(seconds)), 1<<30) }

// put gives a stream a fragment and returns the acknowledgement.
func (st *stage) put(to *Stream, bytes uint32, lasts sim.Duration, tracks int) error {
	ref, _ := st.store.New(st.eng.Now(), st.store.Ledger.Open("camera", "camera"), bytes, 0, 0)
	err := to.put(0, ref, lasts, tracks)
	if err != nil {
		st.store.Move(ref, st.store.At(ref), message.Rejected)
		st.store.Free(ref)
	}
	return err
}

// count returns the ledger's sums by place, of all routes.
func (st *stage) count(p message.Place) (n uint64) {
	for _, r := range st.store.Ledger.Routes() {
		n += r.Count[p]
	}
	return n
}

// path returns the only path of some viewers.
func (v *Viewers) path0(t *testing.T) *message.Path {
	t.Helper()
	paths := v.Paths()
	if len(paths) != 1 || paths[0].Latency.Count() == 0 {
		t.Fatalf("%s has %d paths, or saw nothing", v.name, len(paths))
	}
	return paths[0]
}

// cause returns the mean seconds of a cause.
func cause(p *message.Path, c message.Cause) float64 {
	means, _ := p.Causes.Mean()
	return means[c] / 1e9
}

func want[V comparable](t *testing.T, what string, got, want V) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v, not %v", what, got, want)
	}
}

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if !(math.Abs(got-want) <= within) {
		t.Errorf("%s: %v, not %v ± %v", what, got, want, within)
	}
}
