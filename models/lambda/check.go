package lambda

import (
	"fmt"

	"weir/models/spec"
	"weir/models/stream"
)

// Check returns what Lambda refuses of a function: the settings of its configuration and of its package.
func Check(s *Spec, limit *Limits) []spec.Problem {
	c := checker{}
	c.size("memory", s.Memory, limit.MemoryMin, limit.MemoryMax)
	if s.Memory%(1<<20) != 0 {
		c.fail("memory", "%s is no whole number of MiB: AWS sets memory in steps of 1 MiB", s.Memory)
	}
	if s.Timeout > limit.TimeoutMax {
		c.fail("timeout", "%s is out of range: AWS allows 1s to %s", s.Timeout, limit.TimeoutMax)
	}
	c.size("ephemeral_storage", s.EphemeralStorage, 512<<20, limit.EphemeralMax)
	if s.Environment > limit.Environment {
		c.fail("environment", "%s is out of range: AWS allows %s of environment variables", s.Environment, limit.Environment)
	}
	c.pack(&s.Package, limit)
	c.asynchronous(&s.Asynchronous, limit)
	if s.Edge {
		c.edge(s)
	}
	if s.SnapStart {
		c.snapStart(s)
	}
	if p := s.ProvisionedConcurrency; p != nil {
		c.provisioned(s, p)
	}
	return c.problems
}

type checker struct{ problems []spec.Problem }

func (c *checker) fail(field, format string, args ...any) {
	c.problems = append(c.problems, spec.Problem{Field: field, Text: fmt.Sprintf(format, args...)})
}

func (c *checker) size(field string, v, least, most spec.Size) {
	if v < least || v > most {
		c.fail(field, "%s is out of range: AWS allows %s to %s", v, least, most)
	}
}

// pack checks a package: its layers, and its size by how it is deployed.
func (c *checker) pack(p *PackageSpec, limit *Limits) {
	if int64(len(p.Layers)) > limit.LayersMax {
		c.fail("package.layers", "%d layers: AWS allows %d", len(p.Layers), limit.LayersMax)
	}
	if p.Image != nil {
		if *p.Image > limit.ImageMax {
			c.fail("package.image", "%s is out of range: AWS allows images of up to %s", p.Image, limit.ImageMax)
		}
		if len(p.Layers) > 0 {
			c.fail("package.layers", "a container image has no layers: put what is in them into the image")
		}
		return
	}
	switch {
	case p.From == DeployDirect && p.Zip > limit.ZipMax:
		c.fail("package.zip", "%s is too large to be uploaded directly: AWS allows %s; upload it to a bucket first (from: s3)",
			p.Zip, limit.ZipMax)
	case p.From == DeployInline && p.Zip > limit.InlineMax:
		c.fail("package.zip", "%s is too large for the inline code of a template: CloudFormation allows %s", p.Zip,
			limit.InlineMax)
	}
	unzipped := p.Zip
	if p.Unzipped != nil {
		unzipped = *p.Unzipped
	}
	for _, layer := range p.Layers {
		unzipped += layer
	}
	if unzipped > limit.UnzippedMax {
		c.fail("package", "%s unzipped, with its layers: AWS allows %s; make it smaller, or use a container image", unzipped,
			limit.UnzippedMax)
	}
}

func (c *checker) asynchronous(s *AsyncSpec, limit *Limits) {
	if age := s.MaximumEventAge; age != nil && (*age < limit.AsyncAgeMin || *age > limit.AsyncAgeMax) {
		c.fail("asynchronous.maximum_event_age", "%s is out of range: AWS allows %s to %s", age, limit.AsyncAgeMin,
			limit.AsyncAgeMax)
	}
	for _, to := range []struct {
		field string
		link  *spec.Link
	}{{"on_success", s.OnSuccess}, {"on_failure", s.OnFailure}, {"dead_letter", s.DeadLetter}} {
		if to.link != nil && spec.IsFIFO(*to.link) {
			c.fail("asynchronous."+to.field, "%s is a FIFO one: Lambda sends to standard queues and topics", to.link)
		}
	}
}

// snapStart checks what SnapStart does not go with (Lambda developer guide, snapstart.html).
func (c *checker) snapStart(s *Spec) {
	switch {
	case s.ProvisionedConcurrency != nil:
		c.fail("snap_start", "SnapStart does not go with provisioned concurrency")
	case s.EphemeralStorage > 512<<20:
		c.fail("snap_start", "SnapStart does not go with more than 512MiB of ephemeral storage")
	case s.Package.Image != nil:
		c.fail("snap_start", "SnapStart does not go with container images")
	}
}

// edge checks what Lambda@Edge does not go with (CloudFront developer guide, restrictions on Lambda@Edge).
func (c *checker) edge(s *Spec) {
	for _, wrong := range []struct {
		field string
		set   bool
	}{
		{"vpc", s.VPC != nil}, {"reserved_concurrency", s.ReservedConcurrency != nil}, {"environment", s.Environment > 0},
		{"provisioned_concurrency", s.ProvisionedConcurrency != nil}, {"architecture", s.Architecture == ARM},
		{"package.layers", len(s.Package.Layers) > 0}, {"package.image", s.Package.Image != nil},
		{"ephemeral_storage", s.EphemeralStorage > 512<<20}, {"tracing", s.Tracing},
		{"asynchronous.dead_letter", s.Asynchronous.DeadLetter != nil},
	} {
		if wrong.set {
			c.fail(wrong.field, "a function at the edge has none: remove it, or edge")
		}
	}
}

func (c *checker) provisioned(s *Spec, p *ProvisionedSpec) {
	most := p.Concurrency
	for i, change := range p.Schedule {
		most = max(most, change.Concurrency)
		if i > 0 && change.At < p.Schedule[i-1].At {
			c.fail(fmt.Sprintf("provisioned_concurrency.schedule[%d].at", i), "comes before the change above it")
		}
	}
	if t := p.TargetTracking; t != nil {
		most = max(most, t.Max)
		if t.Min > t.Max {
			c.fail("provisioned_concurrency.target_tracking.min", "%d is more than max, %d", t.Min, t.Max)
		}
		if t.Target <= 0 {
			c.fail("provisioned_concurrency.target_tracking.target", "must be above 0%%")
		}
	}
	if own := s.ReservedConcurrency; own != nil && most > *own {
		c.fail("provisioned_concurrency", "%d is more than the reserved concurrency, %d", most, *own)
	}
}

// CheckMapping returns what Lambda refuses of an event source mapping of a queue.
func CheckMapping(s *MappingSpec, f *Spec, fifo bool, visibility spec.Duration, limit *Limits) []spec.Problem {
	c := checker{}
	c.handler(s)
	c.queueOnly(&s.StreamSpec)
	size := 10
	if s.BatchSize != nil {
		size = *s.BatchSize
	}
	switch {
	case fifo && int64(size) > limit.BatchUnwindowed:
		c.fail("batch_size", "%d is out of range: a batch of a FIFO queue holds at most %d", size, limit.BatchUnwindowed)
	case int64(size) > limit.BatchMax:
		c.fail("batch_size", "%d is out of range: AWS allows %d", size, limit.BatchMax)
	case int64(size) > limit.BatchUnwindowed && s.BatchWindow < spec.Duration(1e9):
		c.fail("batch_size", "%d needs a batch_window of 1s or more: without it a batch holds at most %d", size,
			limit.BatchUnwindowed)
	}
	switch {
	case fifo && s.BatchWindow > 0:
		c.fail("batch_window", "a FIFO queue has no batching window")
	case s.BatchWindow < 0 || s.BatchWindow > limit.WindowMax:
		c.fail("batch_window", "%s is out of range: AWS allows 0s to %s", s.BatchWindow, limit.WindowMax)
	}
	if s.BatchWindow == 0 && f.Timeout > visibility {
		c.fail("from", "the queue's visibility timeout, %s, is shorter than the function's timeout, %s: AWS refuses the mapping "+
			"(and recommends six times the timeout)", visibility, f.Timeout)
	}
	if s.MaximumConcurrency != nil && !limit.MaximumConcurrency {
		c.fail("maximum_concurrency", "there was none before January 2023: use profile aws-2026")
	}
	if p := s.ProvisionedPollers; p != nil {
		switch {
		case !limit.Provisioned:
			c.fail("provisioned_pollers", "there were none before November 2025: use profile aws-2026")
		case s.MaximumConcurrency != nil:
			c.fail("provisioned_pollers", "do not go with maximum_concurrency")
		case p.Minimum > p.Maximum:
			c.fail("provisioned_pollers.minimum", "%d is more than maximum, %d", p.Minimum, p.Maximum)
		case int64(p.Minimum) > limit.PollersMinimum:
			c.fail("provisioned_pollers.minimum", "%d is out of range: AWS allows %d", p.Minimum, limit.PollersMinimum)
		case int64(p.Maximum) > limit.PollersProvisioned:
			c.fail("provisioned_pollers.maximum", "%d is out of range: AWS allows %d", p.Maximum, limit.PollersProvisioned)
		}
	}
	return c.problems
}

// handler refuses a handler that names the messages behind a failure, and none that failed.
func (c *checker) handler(s *MappingSpec) {
	if s.StopAtFailure && !s.ReportBatchItemFailures {
		c.fail("stop_at_failure", "needs report_batch_item_failures: without it the handler fails as a whole")
	}
}

// queueOnly refuses what only a mapping of a stream has.
func (c *checker) queueOnly(s *StreamSpec) {
	for _, wrong := range []struct {
		field string
		set   bool
	}{
		{"parallelization_factor", s.ParallelizationFactor > 1}, {"maximum_retry_attempts", s.MaximumRetryAttempts != nil},
		{"maximum_record_age", s.MaximumRecordAge != nil},
		{"bisect_batch_on_function_error", s.BisectBatchOnFunctionError}, {"on_failure", s.OnFailure != nil},
		{"starting_position", s.StartingPosition != stream.TrimHorizon && s.StartingPosition != ""}, {"start", s.Start > 0},
		{"tumbling_window", s.TumblingWindow > 0}, {"enhanced_fan_out", s.EnhancedFanOut},
	} {
		if wrong.set {
			c.fail(wrong.field, "only a mapping of a stream has it")
		}
	}
}

// CheckStream returns what Lambda refuses of an event source mapping of a stream.
func CheckStream(s *MappingSpec, limit *Limits) []spec.Problem {
	c := checker{}
	c.handler(s)
	if s.BatchSize != nil && int64(*s.BatchSize) > limit.StreamBatchMax {
		c.fail("batch_size", "%d is out of range: AWS allows %d", *s.BatchSize, limit.StreamBatchMax)
	}
	if int64(s.ParallelizationFactor) > limit.StreamParallelMax {
		c.fail("parallelization_factor", "%d is out of range: AWS allows %d", s.ParallelizationFactor,
			limit.StreamParallelMax)
	}
	if n := s.MaximumRetryAttempts; n != nil && int64(*n) > limit.StreamRetriesMax {
		c.fail("maximum_retry_attempts", "%d is out of range: AWS allows %d", *n, limit.StreamRetriesMax)
	}
	if age := s.MaximumRecordAge; age != nil && *age > limit.StreamAgeMax {
		c.fail("maximum_record_age", "%s is out of range: AWS allows %s", *age, limit.StreamAgeMax)
	}
	if s.TumblingWindow > limit.TumblingMax {
		c.fail("tumbling_window", "%s is out of range: AWS allows %s", s.TumblingWindow, limit.TumblingMax)
	}
	if s.BatchWindow < 0 || s.BatchWindow > limit.WindowMax {
		c.fail("batch_window", "%s is out of range: AWS allows 0s to %s", s.BatchWindow, limit.WindowMax)
	}
	if s.MaximumConcurrency != nil {
		c.fail("maximum_concurrency", "only a mapping of a queue has it: set parallelization_factor")
	}
	if s.ProvisionedPollers != nil {
		c.fail("provisioned_pollers", "only a mapping of a queue has them")
	}
	if s.OnFailure != nil && spec.IsFIFO(*s.OnFailure) {
		c.fail("on_failure", "%s is a FIFO one: Lambda sends to standard queues and topics", s.OnFailure)
	}
	if s.TumblingWindow > 0 && s.ParallelizationFactor > 1 {
		c.fail("tumbling_window", "does not go with a parallelization_factor above 1")
	}
	return c.problems
}
