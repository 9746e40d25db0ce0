package spec

import (
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"weir/sim/random"
)

// decodeText decodes a value of a file whose one key is value.
func decodeText(t testing.TB, text string, target any, open Open) error {
	t.Helper()
	source, err := Parse("test.yaml", []byte("value: "+text))
	if err != nil {
		return err
	}
	d := Decoder{Source: source, Open: open}
	d.DecodeAt(source.Root.Content[0], source.Root.Content[1], target, "value")
	return d.Errors.Sorted()
}

// memory opens one file, which holds a text.
func memory(text string) Open {
	return func(string) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }
}

func TestEveryDistributionIsBuiltInNanoseconds(t *testing.T) {
	const ms = 1e6
	for _, c := range []struct {
		text           string
		mean, variance float64
	}{
		{"40ms", 40 * ms, 0},
		{"{constant: 40ms}", 40 * ms, 0},
		{"{uniform: {low: 20ms, high: 60ms}}", 40 * ms, 1600 * ms * ms / 12},
		{"{exponential: 40ms}", 40 * ms, 1600 * ms * ms},
		{"{exponential: {mean: 40ms}}", 40 * ms, 1600 * ms * ms},
		{"{normal: {mean: 40ms, sd: 1ms}}", 40 * ms, ms * ms},
		{"{lognormal: {mean: 40ms, cv: 2}}", 40 * ms, 6400 * ms * ms},
		{"{gamma: {mean: 40ms, cv: 0.5}}", 40 * ms, 400 * ms * ms},
		{"{erlang: {k: 4, mean: 40ms}}", 40 * ms, 400 * ms * ms},
		{"{hyperexponential: {mean: 40ms, scv: 4}}", 40 * ms, 6400 * ms * ms},
		{"{weibull: {shape: 1, scale: 40ms}}", 40 * ms, 1600 * ms * ms},
		{"{pareto: {shape: 3, scale: 20ms}}", 30 * ms, 300 * ms * ms},
		{"{empirical: {values: [20ms, 60ms]}}", 40 * ms, 400 * ms * ms},
		{"{empirical: {values: [20ms, 60ms], weights: [3, 1]}}", 30 * ms, 300 * ms * ms},
		{"{mixture: [{weight: 3, of: 20ms}, {weight: 1, of: {constant: 60ms}}]}", 30 * ms, 300 * ms * ms},
		{"{shifted: {by: 5ms, of: {exponential: 40ms}}}", 45 * ms, 1600 * ms * ms},
	} {
		var d Durations
		if err := decodeText(t, c.text, &d, nil); err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		dist := d.Dist()
		if !near(dist.Mean(), c.mean) || !near(dist.Variance(), c.variance) {
			t.Errorf("%s has mean %v and variance %v, want %v and %v", c.text, dist.Mean(), dist.Variance(), c.mean, c.variance)
		}
	}
}

func near(got, want float64) bool { return math.Abs(got-want) <= 1e-9*math.Abs(want)+1e-3 }

func TestMoreDistributionsAreBuiltFromTheirParameters(t *testing.T) {
	var d Durations
	if err := decodeText(t, "{lognormal: {p50: 40ms, p99: 200ms}}", &d, nil); err != nil {
		t.Fatal(err)
	}
	if p50, p99 := d.Dist().Quantile(0.5), d.Dist().Quantile(0.99); !near(p50, 40e6) || math.Abs(p99/200e6-1) > 1e-6 {
		t.Errorf("the quantiles are %v and %v", p50, p99)
	}
	var z Sizes
	if err := decodeText(t, "{bounded_pareto: {shape: 1.2, low: 1KiB, high: 256KiB}}", &z, nil); err != nil {
		t.Fatal(err)
	}
	if low, high := z.Dist().Quantile(0), z.Dist().Quantile(1); !near(low, 1024) || math.Abs(high/262144-1) > 1e-6 {
		t.Errorf("the sizes lie between %v and %v", low, high)
	}
	if err := decodeText(t, "{normal: {mean: 40ms, sd: 40ms, low: 10ms, high: 50ms}}", &d, nil); err != nil {
		t.Fatal(err)
	}
	if low, high := d.Dist().Quantile(0), d.Dist().Quantile(1); low < 10e6 || high > 50e6 {
		t.Errorf("the bounds are %v and %v", low, high)
	}
	var n Numbers
	if err := decodeText(t, "{uniform: {low: -1, high: 3}}", &n, nil); err != nil || n.Dist().Mean() != 1 {
		t.Errorf("a distribution of numbers: %v", err)
	}
	if _, ok := n.Dist().(random.Uniform); !ok {
		t.Errorf("the distribution is a %T", n.Dist())
	}
}

func TestBadDistributionsNameTheField(t *testing.T) {
	for _, c := range []struct{ text, path, want string }{
		{"{uniform: {low: 2s, high: 1s}}", "value.uniform.high", "must not be below low, 2s"},
		{"{exponential: 0s}", "value.exponential.mean", "positive"},
		{"{exponential: {}}", "value.exponential.mean", "missing"},
		{"{normal: {mean: 1s, sd: 0s}}", "value.normal.sd", "positive"},
		{"{normal: {mean: 1s, sd: 1ms, low: 5s}}", "value.normal.low", "thousandth"},
		{"{normal: {mean: 1s, sd: 1s, low: 5s, high: 4s}}", "value.normal.high", "above low, 5s"},
		{"{lognormal: {mean: 1s}}", "value.lognormal", "mean and cv, or p50 and p99"},
		{"{lognormal: {p50: 1s, p99: 1s}}", "value.lognormal.p99", "above p50, 1s"},
		{"{gamma: {mean: 1s, cv: 0}}", "value.gamma.cv", "positive"},
		{"{erlang: {k: 0, mean: 1s}}", "value.erlang.k", "at least 1"},
		{"{erlang: {k: 1.5, mean: 1s}}", "value.erlang.k", "whole number"},
		{"{weibull: {shape: -1, scale: 1s}}", "value.weibull.shape", "positive"},
		{"{pareto: {shape: 1e400, scale: 1s}}", "value.pareto.shape", "too large"},
		{"{bounded_pareto: {shape: 1, low: 1s, high: 1s}}", "value.bounded_pareto.high", "above low, 1s"},
		{"{hyperexponential: {mean: 1s, scv: 1}}", "value.hyperexponential.scv", "above 1"},
		{"{empirical: {values: []}}", "value.empirical", "values or a file"},
		{"{empirical: {values: [1s], file: a.csv}}", "value.empirical", "one of them"},
		{"{empirical: {file: a.csv, weights: [1]}}", "value.empirical.weights", "second column"},
		{"{empirical: {values: [1s], weights: [-1]}}", "value.empirical.weights", "negative"},
		{"{mixture: []}", "value.mixture", "at least one"},
		{"{mixture: [{weight: 1, of: {gamma: {mean: 0s, cv: 1}}}]}", "value.mixture[0].of.gamma.mean", "positive"},
		{"{mixture: [{of: 1s}]}", "value.mixture[0].weight", "missing"},
		{"{shifted: {by: 1s}}", "value.shifted.of", "missing"},
		{"{gamma: {mean: 1s, cv: 1e-200}}", "value", "too extreme"},
		{"{}", "value", "needs one of constant"},
		{"{constant: 1s, exponential: 1s}", "value", "not all of them"},
		{"[1s]", "value", "not a list"},
		{"none", "value", "not none"},
		{"{constant: none}", "value.constant", "not none"},
	} {
		var d Durations
		err := decodeText(t, c.text, &d, memory("value\n1ms\n"))
		var wrong Errors
		if !errors.As(err, &wrong) {
			t.Errorf("%s: %v, want an error", c.text, err)
			continue
		}
		if wrong[0].Path != c.path || !strings.Contains(wrong[0].Text, c.want) || wrong[0].Line != 1 {
			t.Errorf("%s: at %s: %s (line %d), want at %s: … %s …", c.text, wrong[0].Path, wrong[0].Text, wrong[0].Line, c.path,
				c.want)
		}
	}
}

func TestRecordedValuesAreReadWithTheirUnit(t *testing.T) {
	for name, text := range map[string]string{
		"the unit in the header":    "latency_ms,count\n20,3\n60,1\n",
		"the unit with each value":  "latency,count\n20ms,3\n0.06s,1\n",
		"no header":                 "20ms,3\n60ms,1\n",
		"no weights":                "20ms\n20ms\n20ms\n60ms\n",
		"comments and empty lines":  "# recorded in May\nlatency_ms\n\n20\n20\n20\n60\n",
		"a byte-order mark":         "\ufefflatency_ms,count\r\n20,3\r\n60,1\r\n",
		"scientific notation":       "latency_s\n2e-2\n2e-2\n2E-2\n6e-2\n",
		"a unit in other letters":   "Latency MS\n20\n20\n20\n60\n",
		"spaces around the values":  "latency_ms, count\n 20 , 3 \n 60 , 1\n",
		"the same value many times": "latency_ms,count\n20,1\n20,2\n60,1\n",
	} {
		var d Durations
		if err := decodeText(t, "{empirical: {file: a.csv}}", &d, memory(text)); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if mean := d.Dist().Mean(); !near(mean, 30e6) {
			t.Errorf("%s: the mean is %v, want 30 ms", name, mean)
		}
	}
	var z Sizes
	if err := decodeText(t, "{empirical: {file: a.csv}}", &z, memory("size_bytes\n100\n300\n")); err != nil ||
		z.Dist().Mean() != 200 {
		t.Errorf("sizes in bytes: %v", err)
	}
	var n Numbers
	if err := decodeText(t, "{empirical: {file: a.csv}}", &n, memory("items\n1\n2\n")); err != nil ||
		n.Dist().Mean() != 1.5 {
		t.Errorf("numbers: %v", err)
	}
}

func TestBadRecordedValuesNameFileAndLine(t *testing.T) {
	for text, want := range map[string]string{
		"":                            "a.csv: the file holds no value",
		"latency_ms\n":                "a.csv: the file holds no value",
		"latency\n20\n":               `a.csv:2: "20" has no unit`,
		"latency_ms\n20\nx\n":         "a.csv:3: ",
		"latency_ms\n-20\n":           "a.csv:2: ",
		"latency_ms\n1e300\n":         "out of range",
		"latency_ms\nnone\n":          "out of range",
		"latency_ms,n\n20,-1\n":       "a.csv:2: \"-1\" is not a weight",
		"latency_ms,n,m\n20,1,1\n":    "a.csv:2: there are 3 columns",
		"latency_ms,n\n20,1\n30\n":    "a.csv:3: wrong number of fields",
		"latency_ms,n\n20,0\n":        "positive, finite sum",
		"latency_ms\n\"20\n":          "a.csv:",
		"\x00\x01\x02":                "a.csv:",
		strings.Repeat("\"", 1<<16|1): "a.csv",
	} {
		var d Durations
		err := decodeText(t, "{empirical: {file: a.csv}}", &d, memory(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want an error with %q", text, err, want)
		}
	}
	var d Durations
	if err := decodeText(t, "{empirical: {file: a.csv}}", &d, nil); err == nil {
		t.Error("a file is read where none can be")
	}
	missing := func(string) (io.ReadCloser, error) { return nil, errors.New("there is no such file") }
	if err := decodeText(t, "{empirical: {file: a.csv}}", &d, missing); err == nil ||
		!strings.Contains(err.Error(), "no such file") {
		t.Errorf("a missing file: %v", err)
	}
}

// endless is a file that repeats its rows for ever.
type endless struct {
	rows string
	at   int
}

func (e *endless) Read(p []byte) (n int, _ error) {
	for n < len(p) {
		copied := copy(p[n:], e.rows[e.at:])
		n, e.at = n+copied, (e.at+copied)%len(e.rows)
	}
	return n, nil
}

func TestAnEndlessFileIsRefused(t *testing.T) {
	for rows, want := range map[string]string{
		"1ms\n": "more than 1000000 rows",
		"1ms," + strings.Repeat("0", 4000) + "1\n": "the file is larger than 32 MiB",
		strings.Repeat("7", 4096):                  "the file is larger than 32 MiB",
	} {
		var d Durations
		open := func(string) (io.ReadCloser, error) { return io.NopCloser(&endless{rows: rows}), nil }
		if err := decodeText(t, "{empirical: {file: a.csv}}", &d, open); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("%.20q for ever: %v", rows, err)
		}
	}
}
