package firehose

import (
	"errors"
	"testing"

	"weir/models/aws"
	"weir/models/message"
	"weir/models/stream"
	"weir/sim"
)

// AWS: "the maximum size of a record sent to Firehose, before base64-encoding, is 1,000 KiB"; PutRecordBatch takes "up
// to 500 records per call or 4 MiB per call, whichever is smaller" (Firehose developer guide, limits.md, 2020 to 2026).
func TestRecordsAndBatchesHaveLimits(t *testing.T) {
	s := newScene(t, "aws-2026")
	d := s.delivery("{}")
	if err := s.put(1000<<10, 0); err != nil {
		t.Error(err)
	}
	if err := s.put(1000<<10+1, 0); !errors.Is(err, ErrInvalidArgument) {
		t.Error(err)
	}
	for _, c := range []struct {
		records int
		size    uint32
		want    error
	}{
		{500, 100, nil}, {501, 100, ErrInvalidArgument}, {5, 900 << 10, ErrInvalidArgument},
		{2, 1001 << 10, ErrInvalidArgument},
	} {
		refs := s.batch(c.records, c.size)
		refused, err := s.putBatch(d, refs)
		if err != c.want || len(refused) > 0 {
			t.Errorf("%d records of %d bytes: %d refused, %v", c.records, c.size, len(refused), err)
		}
		for _, ref := range refs {
			if err != nil {
				s.reject(ref)
			}
		}
		s.run(s.eng.Now().Seconds() + 10)
	}
	s.expect("records", float64(d.Records.Value()), 501)
}

// putBatch puts records in one call, and returns those that failed in it.
func (s *scene) putBatch(d *DeliveryStream, refs []message.Ref) (refused []message.Ref, err error) {
	entries, failures := make([]stream.Entry, len(refs)), make([]error, len(refs))
	for i := range refs {
		entries[i].Messages = refs[i : i+1]
	}
	err = d.PutRecords(entries, failures)
	for i := range failures {
		if failures[i] != nil {
			refused = append(refused, refs[i])
		}
	}
	return refused, err
}

func (s *scene) batch(records int, size uint32) (refs []message.Ref) {
	for i := range records {
		refs = append(refs, s.born(size, uint32(i), 0))
	}
	return refs
}

// Direct PUT in US East (N. Virginia), US West (Oregon) and Europe (Ireland): "500,000 records/second, 2,000
// requests/second, and 5 MiB/second"; in all other regions "100,000 records/second, 1,000 requests/second, and 1
// MiB/second" (Firehose developer guide, limits.md, April 2021 to 2026).
func TestDirectPutsHaveQuotasByRegion(t *testing.T) {
	for _, c := range []struct {
		region                   string
		records, requests, bytes float64
	}{
		{"us-east-1", 500_000, 2000, 5 << 20}, {"eu-west-1", 500_000, 2000, 5 << 20},
		{"eu-central-1", 100_000, 1000, 1 << 20},
	} {
		p, err := aws.Load("aws-2026")
		if err == nil {
			p, err = p.In(c.region)
		}
		if err != nil {
			t.Fatal(err)
		}
		var l Limits
		p.Fill(&l)
		if l.Records.PerSecond() != c.records || l.Requests.PerSecond() != c.requests || float64(l.Bytes) != c.bytes {
			t.Errorf("%s: %v, %v, %v", c.region, l.Records, l.Requests, l.Bytes)
		}
	}
	s := newScene(t, "aws-2026")
	d := s.delivery("{}")
	put := 0
	for s.put(100, 0) == nil {
		put++
	}
	s.expect("requests in an instant", float64(put), 2000)
	s.expect("throttled records", s.figure("throttled_records"), 1)
	s.run(1)
	put = 0
	for s.put(1000<<10, 0) == nil {
		put++
	}
	s.expect("records of 1,000 KiB in an instant", float64(put), 5)
	s.expect("throttled requests", float64(d.ThrottledRequests.Value()), 2)
}

// AWS: if a record of a PutRecordBatch fails, its "ErrorCode reflects the type of error … ServiceUnavailableException
// or InternalFailure"; "even if the PutRecordBatch call succeeds, the value of FailedPutCount may be greater than 0"
// (Firehose API reference, PutRecordBatch). A call of which nothing fits is refused, and an SDK tries it again.
func TestABatchMayFailInParts(t *testing.T) {
	s := newScene(t, "aws-2026", "firehose.direct_put.records", "100/s")
	d := s.delivery("{}")
	refs := s.batch(150, 10)
	refused, err := s.putBatch(d, refs)
	if err != nil || len(refused) != 50 || refused[0] != refs[100] {
		t.Fatalf("%d refused, %v", len(refused), err)
	}
	s.expect("accepted", float64(d.Buffered.Value()), 100)
	for _, ref := range refused {
		s.reject(ref)
	}
	refs = s.batch(150, 10)
	if _, err = s.putBatch(d, refs); !errors.Is(err, ErrServiceUnavailable) || !ErrServiceUnavailable.Retryable {
		t.Error(err)
	}
	for _, ref := range refs {
		s.reject(ref)
	}
	s.expect("throttled records", s.figure("throttled_records"), 50+150)
	s.run(400)
}

// AWS: when a stream is throttled for long, "Amazon Data Firehose proactively increases the throughput limit of the
// stream until the throttling is contained" (limits.html, 2026; not in the guides to 2023). The three scale together.
func TestQuotasAreRaisedOfWhatIsThrottledForLong(t *testing.T) {
	for _, c := range []struct {
		profile string
		factor  float64
		raises  float64
	}{{"aws-2026", 4, 2}, {"aws-2021", 1, 0}} { // 40 records a second of 10, 20, 40
		s := newScene(t, c.profile, "firehose.direct_put.records", "10/s")
		d := s.delivery("{}")
		for i := range 40 * 1200 {
			s.at(float64(i)/40, func() { _ = s.put(10, 0) })
		}
		s.eng.Run(sim.Time(290*sim.Second), 1<<30)
		s.expect("after less than five minutes", d.scale, 1)
		s.eng.Run(sim.Time(1200*sim.Second), 1<<30)
		s.expect(c.profile, s.figure("quota_factor"), c.factor)
		s.expect(c.profile+", raises", s.figure("quota_raises"), c.raises)
		s.expect("requests", d.limit.Requests.PerSecond()*d.scale, 2000*c.factor)
		s.run(1300)
	}
}

// A burst is not sustained throttling.
func TestABurstRaisesNoQuota(t *testing.T) {
	s := newScene(t, "aws-2026", "firehose.direct_put.records", "10/s")
	d := s.delivery("{}")
	for i := range 10 {
		s.at(float64(i)*120, func() {
			for range 100 {
				_ = s.put(10, 0)
			}
		})
	}
	s.run(2000)
	s.expect("quota factor", d.scale, 1)
}

// SNS delivers as any producer puts, and its copies count against the quotas.
func TestATopicsRecordIsAnsweredAtOnce(t *testing.T) {
	s := newScene(t, "aws-2026", "firehose.direct_put.requests", "1/s")
	d := s.delivery("{}")
	var from answers
	d.Deliver(s.born(10, 0, 0), &from, 1)
	second := s.born(10, 0, 0)
	d.Deliver(second, &from, 2)
	if len(from) != 2 || from[0] != nil || !errors.Is(from[1], ErrServiceUnavailable) {
		t.Error(from)
	}
	s.reject(second)
}

type answers []error

func (a *answers) Answered(_ uint64, err error) { *a = append(*a, err) }
