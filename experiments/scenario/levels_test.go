package scenario

import (
	"strconv"
	"strings"
	"testing"
)

func valuesOf(f Factor) string {
	var texts []string
	for _, s := range f.Values {
		_, text := s.Split()
		texts = append(texts, text)
	}
	return strings.Join(texts, " ")
}

func TestAFactorIsAListOrARange(t *testing.T) {
	d := load(t)
	for text, want := range map[string]string{
		"fleets.workers.instances=2..5":                         "2 3 4 5",
		"fleets.workers.instances = 10, 20,40":                  "10 20 40",
		"fleets.workers.instances=1..100:log:3":                 "1 10 100",
		"fleets.workers.instances=1..4:log:10":                  "1 2 3 4",
		"fleets.workers.instances=10..100:4":                    "10 40 70 100",
		"queues.orders.visibility_timeout=10s..1h:log:4":        "10s 71.1s 8.43m 1h",
		"queues.orders.visibility_timeout=30s..90s:linear:3":    "30s 60s 90s",
		"fleets.workers.work=10ms..1s:log:3":                    "10ms 100ms 1s",
		"fleets.workers.work=10ms,{exponential: 10ms}":          "10ms {exponential: 10ms}",
		"producers.checkout.size=1KiB..16KiB:log:5":             "1KiB 2KiB 4KiB 8KiB 16KiB",
		"producers.checkout.arrivals.constant=1000/s..1003/s:4": "1000/s 1001/s 1002/s 1003/s",
	} {
		f, err := d.Vary(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := valuesOf(f); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	if got := valuesOf(d.Factors[1]); got != "10ms 31.6ms 100ms 316ms 1s" || d.Sample.Points != 12 {
		t.Errorf("the file's range is %s, and %v points", got, d.Sample)
	}
	if _, ok := d.Factors[1].Numbers(); !ok || !d.Factors[1].Log() {
		t.Error("the file's range is not of numbers on a log scale")
	}
}

// However many values a range has, each is another: they have as many digits as tell them apart, and so do those of a
// Latin hypercube, in which each part of the range is tried once.
func TestTheValuesOfARangeAreApart(t *testing.T) {
	d := load(t)
	for _, text := range []string{
		"fleets.workers.work.constant=0.1s..0.2s:500", "fleets.workers.work.constant=10ms..1s:log:2000",
	} {
		f, err := d.Vary(text)
		if err != nil {
			t.Fatal(err)
		}
		if want, _ := strconv.Atoi(text[strings.LastIndex(text, ":")+1:]); len(f.Values) != want {
			t.Errorf("%s has %d values", text, len(f.Values))
		}
		const points = 2000
		all, err := d.Hypercube([]Factor{f}, points)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, settings := range all {
			_, value := settings[0].Split()
			seen[value] = true
		}
		if len(seen) < points*99/100 { // two of neighbouring parts may lie close together
			t.Errorf("%s: a hypercube of %d points has %d values", text, points, len(seen))
		}
	}
}

// What is drawn would silently take the place of a value that is set or varied; and how the study is done is no part of
// what is uncertain or tried.
func TestWhatIsDrawnIsNotSetAndNotVaried(t *testing.T) {
	const text = "name: a\nqueues: {q: {}}\nfleets: {w: {from: queues.q, instances: 2}}\n"
	const uncertain = text + "uncertainty: {fleets.w.instances: {from: 1, to: 3}}"
	_, err := decode(t, uncertain, "fleets.w.instances=4")
	if err == nil || !strings.Contains(err.Error(), "is uncertain") {
		t.Errorf("an uncertain setting is set: %v", err)
	}
	d, err := decode(t, uncertain)
	if err != nil {
		t.Fatal(err)
	}
	for _, vary := range []string{"fleets.w.instances=1,2", "run.replications=1..3"} {
		if _, err := d.Vary(vary); err == nil {
			t.Errorf("%s is varied", vary)
		}
	}
	if _, err := d.Vary("run.duration=1m,2m"); err != nil {
		t.Error(err)
	}
	for _, path := range []string{"run.duration: {from: 1m, to: 2m}", "run.histogram_digits: {from: 1, to: 5}"} {
		_, err := decode(t, text+"uncertainty: {"+path+"}")
		if err == nil || !strings.Contains(err.Error(), "a component") {
			t.Errorf("%s is uncertain: %v", path, err)
		}
	}
}

// A variant and a point have the factors of the file no more: they are not decoded again for each.
func TestDocumentsOfPointsAreSmall(t *testing.T) {
	d := load(t)
	point, err := d.With("", d.Factors[0].Values[1])
	if err != nil {
		t.Fatal(err)
	}
	if len(point.Factors) != 0 || specOf[fleetSpec](t, point, "fleets.workers").Instances != 2 {
		t.Errorf("%d factors", len(point.Factors))
	}
	variant, err := d.With("patient")
	if err != nil || len(variant.Factors) != 4 {
		t.Errorf("the variant has %d factors, %v", len(variant.Factors), err)
	}
}
