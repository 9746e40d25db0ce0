package scenario

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"weir/models/spec"
	"weir/sim"
)

// decode reads a scenario of the test language.
func decode(t testing.TB, text string, settings ...string) (*Document, error) {
	t.Helper()
	return testLanguage().Decode("test.yaml", []byte(text), nil, settings...)
}

func mustDecode(t testing.TB, text string, settings ...string) *Document {
	t.Helper()
	d, err := decode(t, text, settings...)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func load(t testing.TB, settings ...string) *Document {
	t.Helper()
	d, err := testLanguage().Load("testdata/good/pipeline.yaml", settings...)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func specOf[S any](t testing.TB, d *Document, path string) *S {
	t.Helper()
	section, name, _ := strings.Cut(path, ".")
	c := d.Component(spec.Link{Section: section, Name: name})
	if c == nil {
		t.Fatalf("there is no %s", path)
	}
	return c.Spec.(*S)
}

func TestAWholeScenarioIsDecoded(t *testing.T) {
	d := load(t)
	if d.Name != "order pipeline" || d.Region != "eu-west-1" ||
		d.Description != "Does the backlog drain after the spike?\n" {
		t.Errorf("the head is %+v", d.Head)
	}
	run := d.Run
	if run.Duration.Sim() != 2*sim.Hour || run.Warmup.Sim() != 10*sim.Minute ||
		run.Replications != 5 || run.Seed != 7 || run.HistogramDigits != 3 || !d.Cost.FreeTier {
		t.Errorf("the run is %+v", run)
	}
	var paths []string
	for i := range d.Components {
		paths = append(paths, d.Components[i].Path())
	}
	want := []string{"producers.checkout", "queues.audit", "queues.orders", "queues.orders_dlq", "fleets.workers",
		"databases.orders"}
	if !slices.Equal(paths, want) {
		t.Errorf("the components are %v, want %v", paths, want)
	}
	if q := specOf[queueSpec](t, d, "queues.audit"); q.VisibilityTimeout.Sim() != 30*sim.Second {
		t.Errorf("an empty queue is %+v", q)
	}
	if f := specOf[fleetSpec](t, d, "fleets.workers"); *f.Calls[0].Pool != 10 || f.Then.String() != "queues.audit" {
		t.Errorf("the fleet is %+v", f)
	}
	if len(d.Overrides) != 2 || d.Overrides[0].Key != "sqs.in_flight_max" || d.Overrides[1].Value.Value != "256KiB" {
		t.Errorf("the overrides are %+v", d.Overrides)
	}
	below := d.Objectives[0].Below
	if *below != (Value{"2s", Seconds, 2}) || *d.Objectives[1].Above != (Value{"150/s", PerSecond, 150}) ||
		*d.Objectives[2].Below != (Value{"1", Bare, 1}) {
		t.Errorf("the objectives are %+v", d.Objectives)
	}
	if names := d.VariantNames(); !slices.Equal(names, []string{"constant", "patient", "second_fleet"}) {
		t.Errorf("the variants are %v", names)
	}
	if len(d.Factors) != 4 || d.Factors[0].Path != "fleets.workers.instances" || d.Factors[3].Values[1].String() !=
		"queues.orders.visibility_timeout=2m" {
		t.Errorf("the factors are %v", d.Factors)
	}
}

func TestAVariantChangesWhatItNames(t *testing.T) {
	d := load(t)
	with := func(name string) *Document {
		v, err := d.With(name)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	patient := with("patient")
	if q := specOf[queueSpec](t, patient, "queues.orders"); q.VisibilityTimeout.Sim() != 2*sim.Minute || q.Redrive != nil {
		t.Errorf("the queue of the variant is %+v", q)
	}
	if p := specOf[producerSpec](t, patient, "producers.checkout"); p.Arrivals.Spike == nil {
		t.Errorf("the variant lost what it does not name: %+v", p)
	}
	constant := with("constant")
	if p := specOf[producerSpec](t, constant, "producers.checkout"); p.Arrivals.Spike != nil ||
		*p.Arrivals.Constant != 300 ||
		p.Size.Constant == nil || p.Size.Lognormal != nil || p.Together == nil {
		t.Errorf("another choice does not replace the former one: %+v", p)
	}
	if f := specOf[fleetSpec](t, constant, "fleets.workers"); len(f.Calls) != 0 || len(f.Work.Mixture) != 2 ||
		f.Instance.Threads != 8 {
		t.Errorf("the fleet of the variant is %+v", f)
	}
	if second := with("second_fleet"); len(second.Components) != len(d.Components)+1 {
		t.Errorf("the variant has %d components", len(second.Components))
	}
	if q := specOf[queueSpec](t, d, "queues.orders"); q.VisibilityTimeout.Sim() != 30*sim.Second || q.Redrive == nil {
		t.Errorf("the variant has changed the base: %+v", q)
	}
	if _, err := d.With("paitent"); err == nil || !strings.Contains(err.Error(), "did you mean patient?") {
		t.Errorf("a variant that is not there: %v", err)
	}
}

func TestASettingReplacesAValue(t *testing.T) {
	d := load(t, "queues.orders.visibility_timeout=2m", "fleets.workers.calls[0].pool=3",
		"fleets.workers.calls.0.time=9ms",
		"run.seed=9", "producers.checkout.arrivals.poisson=5/s",
		"queues.orders.redrive={to: queues.audit, max_receive_count: 2}",
		"override.sqs.in_flight_max=7", "queues.audit.retention=1h", "fleets.workers.work=null", "name= new name",
		"producers.checkout.size.exponential.mean=1KiB")
	if q := specOf[queueSpec](t, d, "queues.orders"); q.VisibilityTimeout.Sim() != 2*sim.Minute ||
		q.Redrive.To.Name != "audit" ||
		q.Redrive.MaxReceiveCount != 2 {
		t.Errorf("the queue is %+v", q)
	}
	if f := specOf[fleetSpec](t, d, "fleets.workers"); *f.Calls[0].Pool != 3 || f.Calls[0].Time.Dist().Mean() != 9e6 ||
		f.Work != nil {
		t.Errorf("the fleet is %+v", f)
	}
	if p := specOf[producerSpec](t, d, "producers.checkout"); p.Arrivals.Spike != nil || *p.Arrivals.Poisson != 5 ||
		p.Size.Lognormal != nil || p.Size.Exponential.Mean != 1024 {
		t.Errorf("the producer is %+v", p)
	}
	if q := specOf[queueSpec](t, d, "queues.audit"); q.Retention.Sim() != sim.Hour {
		t.Errorf("a setting of an empty queue is lost: %+v", q)
	}
	if d.Run.Seed != 9 || d.Overrides[0].Value.Value != "7" || d.Run.Duration.Sim() != 2*sim.Hour {
		t.Errorf("the head is %+v", d.Head)
	}
	v, err := d.With("patient")
	if err != nil {
		t.Fatal(err)
	}
	if q := specOf[queueSpec](t, v, "queues.orders"); q.Redrive == nil || v.Run.Seed != 9 {
		t.Errorf("settings come after the variant: %+v", q)
	}
}

func TestASettingOfOneVariantAloneIsFine(t *testing.T) {
	d := load(t, "fleets.helpers.instances=7")
	v, err := d.With("second_fleet")
	if err != nil {
		t.Fatal(err)
	}
	if f := specOf[fleetSpec](t, v, "fleets.helpers"); f.Instances != 7 {
		t.Errorf("the fleet of the variant is %+v", f)
	}
}

func TestABadSettingPointsToTheFlag(t *testing.T) {
	for setting, want := range map[string]string{
		"":                              "write path=value",
		"run.seed":                      "write path=value",
		"=5":                            "write path=value",
		"run.seed=":                     "there is no value after =",
		"run.seed=x":                    `run.seed: "x" is not a whole number`,
		"rnu.seed=1":                    `there is no "rnu" in a scenario: did you mean run?`,
		"run.sede=1":                    "run.sede: there is no such key: did you mean seed?",
		"queues.order.delay=5s":         "there is no queues.order: did you mean orders?",
		"queues.orders.dleay=5s":        "queues.orders.dleay: there is no such key: did you mean delay?",
		"queues.orders.delay=5":         `queues.orders.delay: "5" has no unit: write 5s`,
		"queues.orders.delay=[":         "this is not YAML",
		"queues.orders.delay=5s\nx: 1":  "one line",
		"queues.orders.delay=&a [*a]":   "nests deeper",
		"queues.orders.delay={a: 1}":    "must be a single value, not a mapping",
		"queues.orders.delay=!!str 5s":  "the tag",
		"queues.orders.delay.x=5s":      "must be a single value, not a mapping",
		"queues.orders=5":               "queues.orders: must hold keys with values",
		"queues.Orders={}":              "a name is a lower-case letter",
		"fleets.workers.calls.1.pool=3": "fleets.workers.calls is a list of 1",
		"fleets.workers.calls.x.pool=3": "fleets.workers.calls is a list of 1",
		"fleets.workers.from=null":      "fleets.workers.from: is missing",
		"fleets.workers.from=queues.x":  "there is no queues.x",
		"queues.orders=null":            "there is no queues.orders",
		"override.sqs.size=1":           `override.sqs.size: there is no constant "sqs.size"`,
		"override.sqs=1":                `there is no constant "sqs"`,
		"queues.orders.dleay=null":      "there is no queues.orders.dleay to remove",
		"queues.orders.delay=null":      "there is no queues.orders.delay to remove",
		"variants.patient=null":         "variants cannot be set",
		"sweep={}":                      "sweep cannot be set",
		"profile=aws-2027":              `there is no profile "aws-2027"`,
		"name=null":                     "name: is missing",
		"\x1b[31m=1":                    "in a scenario",
	} {
		_, err := testLanguage().Load("testdata/good/pipeline.yaml", setting)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("--set %s: %v, want an error with %q", setting, err, want)
			continue
		}
		flagged := strings.HasPrefix(err.Error(), "--set "+setting+": ")
		elsewhere := strings.HasSuffix(setting, "=null") || strings.ContainsAny(setting, "\x1b\n")
		if !flagged && !elsewhere {
			t.Errorf("--set %s: the error does not point to the flag: %v", setting, err)
		}
	}
}

func TestTheDigestIsOfTheMeaning(t *testing.T) {
	same := []string{
		"name: a\nqueues: {a: {visibility_timeout: 60s}, b: }",
		"# comment\nqueues:\n  b: {delay: 0s}\n  a:\n    visibility_timeout: 1m\nname: 'a'\nprofile: aws-2026",
		"name: a\nqueues: {b: , a: {visibility_timeout: 1m}}\nvariants: {v: {queues: {c: }}}\nsweep: {run.seed: [1, 2]}",
	}
	first := mustDecode(t, same[0]).Digest()
	if len(first) != 64 {
		t.Errorf("the digest is %q", first)
	}
	for _, text := range same[1:] {
		if got := mustDecode(t, text).Digest(); got != first {
			t.Errorf("%q has another digest", text)
		}
	}
	for _, text := range []string{
		"name: b\nqueues: {a: {visibility_timeout: 60s}, b: }", "name: a\nqueues: {a: {visibility_timeout: 61s}, b: }",
		"name: a\nqueues: {a: {visibility_timeout: 60s}, c: }", "name: a\nqueues: {a: {visibility_timeout: 60s}}",
		"name: a\nqueues: {a: {visibility_timeout: 60s}, b: }\noverride: {sqs.in_flight_max: 1}",
		"name: a\nqueues: {a: {visibility_timeout: 60s}, b: }\nuncertainty: {queues.a.delay: {from: 1s, to: 2s}}",
	} {
		if got := mustDecode(t, text).Digest(); got == first {
			t.Errorf("%q has the same digest", text)
		}
	}
	if got := mustDecode(t, same[0], "queues.a.visibility_timeout=61s").Digest(); got == first {
		t.Error("a setting does not change the digest")
	}
	if v, err := mustDecode(t, same[2]).With("v"); err != nil || v.Digest() == first {
		t.Errorf("a variant does not change the digest, %v", err)
	}
}

func TestTheDigestIsOfTheFilesToo(t *testing.T) {
	const text = "name: a\nqueues: {q: }\nfleets: {w: {from: queues.q, work: {empirical: {file: times.csv}}}}"
	digest := func(content string) string {
		files := FromFS(fstest.MapFS{"times.csv": {Data: []byte(content)}})
		d, err := testLanguage().Decode("test.yaml", []byte(text), files)
		if err != nil {
			t.Fatal(err)
		}
		return d.Digest()
	}
	if digest("1ms\n2ms\n") != digest("1ms\n2ms\n") || digest("1ms\n2ms\n") == digest("1ms\n3ms\n") {
		t.Error("the digest does not follow the file")
	}
	if _, err := decode(t, text); err == nil || !strings.Contains(err.Error(), "no file can be read here") {
		t.Errorf("a file is read where there are none: %v", err)
	}
}

func TestTheCanonicalTextMeansTheSame(t *testing.T) {
	d := load(t, "fleets.workers.instances=3")
	text, err := d.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "max_messages: 20000000") {
		t.Errorf("the defaults are not spelled out:\n%s", text)
	}
	again, err := decode(t, string(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if again.Digest() != d.Digest() {
		t.Errorf("the canonical text has another digest:\n%s", text)
	}
}

func TestAnErrorCanPointToAFieldOfAComponent(t *testing.T) {
	d := load(t)
	link := spec.Link{Section: "fleets", Name: "workers"}
	for field, want := range map[string]string{
		"calls.0.time": "testdata/good/pipeline.yaml:31:42: fleets.workers.calls[0].time: is wrong",
		"instances":    "testdata/good/pipeline.yaml:26:3: fleets.workers.instances: is wrong",
	} {
		if got := d.ErrorAt(link, field, "is wrong").Error(); !strings.HasPrefix(got, want) {
			t.Errorf("the error is %s, want %s", got, want)
		}
	}
	if got := d.ErrorAt(spec.Link{}, "run.seed", "is wrong").Error(); !strings.HasPrefix(got,
		"testdata/good/pipeline.yaml:7:57: run.seed: is") {
		t.Errorf("the error is %s", got)
	}
}

func TestOnlyARegularFileOfSaneSizeIsRead(t *testing.T) {
	dir := t.TempDir()
	name := func(base string) string { return filepath.Join(dir, base) }
	if err := os.WriteFile(name("scenario.yaml"), []byte("name: a\nqueues: {a: }"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(name("folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(name("pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	large, err := os.Create(name("large.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(large.Truncate(1<<30), large.Close()); err != nil { // a hole: it takes no room
		t.Fatal(err)
	}
	if _, err := testLanguage().Load(name("scenario.yaml")); err != nil {
		t.Error(err)
	}
	for base, want := range map[string]string{
		"scenaro.yaml": "there is no such file: did you mean " + name("scenario.yaml") + "?",
		"folder":       "this is a folder: name the file in it",
		"pipe":         "this is not a regular file",
		"large.yaml":   "the file has 1024 MiB: at most 4 MiB are read",
		"a/b/c.yaml":   "there is no such file",
		"a\x00b":       "invalid",
	} {
		_, err := testLanguage().Load(name(base))
		shown := strings.ReplaceAll(name(base), "\x00", "\ufffd")
		if err == nil || !strings.HasPrefix(err.Error(), shown+": ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want an error with %q", base, err, want)
		}
	}
	if _, err := testLanguage().Load("/dev/zero"); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("/dev/zero: %v", err)
	}
}

func TestAScenarioReadsFilesOfItsFolderOnly(t *testing.T) {
	dir := t.TempDir()
	inside := filepath.Join(dir, "inside")
	write := func(name, text string) {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(inside, "traces"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(filepath.Join(dir, "outside.csv"), "1ms\n")
	write(filepath.Join(inside, "traces", "a.csv"), "1ms\n")
	if err := os.Symlink(filepath.Join(dir, "outside.csv"), filepath.Join(inside, "link.csv")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(inside, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"traces/a.csv": "", "./traces/../traces/a.csv": "", filepath.Join(dir, "outside.csv"): "",
		"../outside.csv": "only an absolute path", "link.csv": "escapes", "traces": "folder", "pipe": "not a regular file",
		"traces/b.csv": "no such file", "/dev/zero": "not a regular file", "": "only an absolute path",
		"/none": "no such file",
	} {
		file, err := Folder(inside).Open(name)
		if err == nil {
			file.Close()
		}
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
}

// BenchmarkLoad reads a scenario of ordinary size with three variants and a sweep of seven values.
func BenchmarkLoad(b *testing.B) {
	l := testLanguage()
	for b.Loop() {
		if _, err := l.Load("testdata/good/pipeline.yaml"); err != nil {
			b.Fatal(err)
		}
	}
}
