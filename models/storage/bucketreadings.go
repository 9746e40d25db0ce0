package storage

import (
	"weir/models/aws"
	"weir/models/meter"
	"weir/sim"
	"weir/sim/measure"
)

// Name returns the bucket's path in the scenario.
func (b *Bucket) Name() string { return b.name }

// Kind returns "s3.bucket".
func (b *Bucket) Kind() string { return "s3.bucket" }

// Reset begins the window of observation. Levels keep their present value.
func (b *Bucket) Reset(now sim.Time) {
	b.BucketStats = BucketStats{
		Objects: b.Objects, Bytes: b.Bytes, PutTime: measure.NewHistogram(), GetTime: measure.NewHistogram(),
	}
	b.Objects.Reset(now)
	b.Bytes.Reset(now)
}

// Figures reports the bucket's figures of the window.
func (b *Bucket) Figures(now sim.Time, report func(name, unit string, value float64)) {
	report("objects_mean", "objects", b.Objects.Mean(now))
	report("objects_max", "objects", float64(b.Objects.Max()))
	report("objects_end", "objects", float64(b.Objects.Value()))
	report("stored_mean_bytes", "B", b.Bytes.Mean(now))
	report("stored_max_bytes", "B", float64(b.Bytes.Max()))
	report("uploads", "objects", float64(b.Uploads.Value()))
	report("uploaded_bytes", "B", float64(b.UploadBytes.Value()))
	report("puts", "requests", float64(b.Puts.Value()))
	report("gets", "requests", float64(b.Gets.Value()))
	report("deletes", "requests", float64(b.Deletes.Value()))
	report("slow_downs", "requests", float64(b.SlowDowns.Value()))
	report("missing", "requests", float64(b.Missing.Value()))
	report("notifications", "notifications", float64(b.Notifications.Value()))
	report("notifications_lost", "notifications", float64(b.Lost.Value()))
	report("put_mean_s", "s", b.PutTime.Mean()/float64(sim.Second))
	p99, ok := b.PutTime.Quantile(0.99)
	report("put_p99_s", "s", meter.SecondsOrNone(p99, ok))
	report("get_mean_s", "s", b.GetTime.Mean()/float64(sim.Second))
	p99, ok = b.GetTime.Quantile(0.99)
	report("get_p99_s", "s", meter.SecondsOrNone(p99, ok))
}

// Curves declares the bucket's quantities over time.
func (b *Bucket) Curves(declare func(meter.Curve)) {
	count := func(name string, of *measure.Counter) {
		declare(meter.Curve{Name: name, Unit: "requests/s", Kind: meter.Rate, Read: func(sim.Time) float64 {
			return float64(of.Value())
		}})
	}
	declare(meter.Curve{Name: "objects", Unit: "objects", Kind: meter.Mean, Read: b.Objects.Integral})
	declare(meter.Curve{Name: "stored", Unit: "B", Kind: meter.Mean, Read: b.Bytes.Integral})
	count("puts", &b.Puts)
	count("gets", &b.Gets)
	count("slow_downs", &b.SlowDowns)
}

// Usage reports the requests and the storage. S3 bills what is answered with 200 or a client's error, not what is
// answered with 503; deletes cost nothing. Payloads are billed while they are there. What producers put is kept until
// it expires, so that under a steady load there is as much of it as comes in that time; what is kept for ever grows,
// and the first month's mean is half of what comes in it.
func (b *Bucket) Usage(now sim.Time, report func(item, variant string, quantity float64)) {
	report("s3.requests.put", "", float64(b.Puts.Value()))
	report("s3.requests.get", "", float64(b.Gets.Value()+b.Missing.Value()))
	const month = aws.HoursPerMonth * 3600
	kept := month / 2.0
	if b.spec.Expiration != nil {
		kept = b.spec.Expiration.Sim().Seconds()
	}
	byteSeconds := b.Bytes.Integral(now) + float64(float64(b.UploadBytes.Value())*kept)
	report("s3.storage_gb_months", "", byteSeconds/aws.GB/month)
}
