package spec

import (
	"encoding"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"weir/sim"
)

func TestQuantitiesAreReadInTheirBaseUnit(t *testing.T) {
	read := func(target encoding.TextUnmarshaler) func(string) error {
		return func(s string) error { return target.UnmarshalText([]byte(s)) }
	}
	var d Duration
	for text, want := range map[string]Duration{
		"0": 0, "0s": 0, "1ns": 1, "250ms": 250e6, "1.5s": 15e8, "1m30s": 90e9, "4d": 4 * 86400e9, "2w": 14 * 86400e9,
		"12h": 43200e9, "7us": 7000, "7µs": 7000, "7μs": 7000, ".5s": 5e8, "0.1s": 1e8, "1h0m5s": 3605e9,
		"9007199254740993ns": 9007199254740993, "53000d": 53000 * 86400e9, "1.9999999999999s": 2e9, "none": math.MaxInt64,
	} {
		if err := read(&d)(text); err != nil || d != want {
			t.Errorf("%s is read as %d, %v, want %d", text, d, err, want)
		}
	}
	var z Size
	for text, want := range map[string]Size{
		"0": 0, "0B": 0, "512B": 512, "2KiB": 2048, "256KB": 256000, "1kB": 1000, "1.5MiB": 1536 << 10, "2MB": 2e6,
		"1GiB": 1 << 30,
		"3GB":  3e9, "1TiB": 1 << 40, "1TB": 1e12, "4096TiB": 1 << 52, "0.1KB": 100, "none": math.MaxInt64,
	} {
		if err := read(&z)(text); err != nil || z != want {
			t.Errorf("%s is read as %d, %v, want %d", text, z, err, want)
		}
	}
	var r Rate
	for text, want := range map[string]Rate{
		"0": 0, "300/s": 300, "0.5/s": 0.5, "30/min": 0.5, "30/m": 0.5, "1/h": 1.0 / 3600, "1/d": 1.0 / 86400, "1e3/s": 1000,
	} {
		if err := read(&r)(text); err != nil || r != want {
			t.Errorf("%s is read as %v, %v, want %v", text, r, err, want)
		}
	}
	var h Share
	for text, want := range map[string]Share{"0": 0, "0%": 0, "0.1%": 0.001, "0.001": 0.001, "100%": 1, "1": 1,
		"1e-6": 1e-6} {
		if err := read(&h)(text); err != nil || h != want {
			t.Errorf("%s is read as %v, %v, want %v", text, h, err, want)
		}
	}
	var l Link
	if err := read(&l)("queues.orders"); err != nil || l != (Link{"queues", "orders"}) {
		t.Errorf("the link is read as %v, %v", l, err)
	}
}

// TestBadQuantitiesAreRefused checks that no text of the list is read as any quantity, and that the message says
// something about each kind.
func TestBadQuantitiesAreRefused(t *testing.T) {
	always := []string{"", " ", "-", ".", "NaN", "nan", ".nan", "inf", "+Inf", "1e400", "1e-400", "0x10", "0x1p4",
		"1_000", "1,5",
		"ten", "s", "/s", "%", "--1", "1..2s", "1.s", "5 mins", "5m ", " 5m", "5M", "5S", "3days", "-5s", "-2KiB", "-1/s",
		"-1%", "120%",
		"5h5h", "5m1h", "1s-", "30/fortnight", "30/", "/", "256kb", "256K", "2 KiB", "1e3s", "1e3KB",
		"99999999999999999999ns", "99999999999d",
		"0.00000000000000000001s", "0.0000000001ns", "4097TiB", "1e13/s", "1\x00s", "٣s", "１s", strings.Repeat("9",
			10000) + "s"}
	for _, text := range always {
		for _, target := range []encoding.TextUnmarshaler{new(Duration), new(Size), new(Rate), new(Share), new(Link)} {
			if err := target.UnmarshalText([]byte(text)); err == nil {
				t.Errorf("%q is read as a %T", text, target)
			} else if len(err.Error()) < 12 || len(err.Error()) > 300 {
				t.Errorf("%q as a %T: the message is %q", text, target, err)
			}
		}
	}
}

func TestAMessageSaysWhatToWriteInstead(t *testing.T) {
	for _, c := range []struct {
		target encoding.TextUnmarshaler
		text   string
		want   string
	}{
		{new(Duration), "30", "write 30s"},
		{new(Duration), "5 mins", "write 5m"},
		{new(Duration), "2 Weeks", "write 2w"},
		{new(Duration), "1 hour 30 minutes", "write 1h30m"},
		{new(Duration), "90 sec", "write 90s"},
		{new(Duration), "10MSEC", "write 10ms"},
		{new(Duration), "300/s", "is a rate"},
		{new(Duration), "5%", "is a share"},
		{new(Duration), "-5s", "never negative"},
		{new(Duration), "99999d", "too long"},
		{new(Size), "262144", "write 262144B"},
		{new(Size), "256kb", "256KB (powers of 1000) or 256KiB (powers of 1024)"},
		{new(Size), "2 kib", "write 2KiB"},
		{new(Size), "10 bytes", "write 10B"},
		{new(Size), "30s", "is a length of time"},
		{new(Rate), "300", "write 300/s"},
		{new(Rate), "300 per second", "write 300/s"},
		{new(Rate), "5/minute", "write 5/min"},
		{new(Rate), "300rps", "write 300/s"},
		{new(Rate), "1e400/s", "too high"},
		{new(Share), "5", "write 5%"},
		{new(Share), "0.1 %", "write 0.1%"},
		{new(Share), "2s", "is a length of time"},
		{new(Number), "2s", "is a length of time"},
		{new(Number), "-1e999", "too large"},
		{new(Link), "orders", "queues.orders"},
		{new(Link), "queues.orders.dlq", "is not a link"},
	} {
		if err := c.target.UnmarshalText([]byte(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q as a %T: %v, want a message with %q", c.text, c.target, err, c.want)
		}
	}
}

// TestQuantitiesAreWrittenAsTheyAreRead writes random quantities of every magnitude and reads them back.
func TestQuantitiesAreWrittenAsTheyAreRead(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	whole := func(bits int) int64 { return r.Int64N(1<<r.IntN(bits) + 1) }
	real := func(exponent int) float64 { return r.ExpFloat64() * math.Pow(10, float64(r.IntN(2*exponent)-exponent)) }
	for range 20_000 {
		comesBack(t, Duration(whole(62)))
		comesBack(t, Duration(whole(40)*1e6))
		comesBack(t, Size(whole(52)))
		comesBack(t, Size(whole(30)<<10))
		comesBack(t, Rate(real(10)))
		comesBack(t, Rate(float64(whole(40))/60))
		comesBack(t, Share(r.Float64()))
		comesBack(t, Share(float64(r.IntN(1001))/1000))
		comesBack(t, Number(real(30)))
		comesBack(t, Number(-real(30)))
	}
}

func comesBack[T Duration | Size | Rate | Share | Number](t *testing.T, v T) {
	t.Helper()
	text, err := any(v).(encoding.TextMarshaler).MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	var back T
	if err := any(&back).(encoding.TextUnmarshaler).UnmarshalText(text); err != nil || back != v {
		t.Fatalf("%T(%v) is written as %s and read as %v, %v", v, float64(v), text, float64(back), err)
	}
}

func TestQuantitiesAreWrittenForPeople(t *testing.T) {
	for got, want := range map[string]string{
		Duration(90e9).String(): "1m30s", Duration(4 * 86400e9).String(): "4d", Duration(15e8).String(): "1s500ms",
		Duration(0).String(): "0s",
		Size(2048).String():  "2KiB", Size(300000).String(): "300KB", Size(1 << 20).String(): "1MiB",
		Size(100).String(): "100B",
		Rate(300).String(): "300/s", Rate(1.0 / 86400).String(): "1/d", Rate(0.5).String(): "30/min", Rate(0).String(): "0/s",
		Share(0.001).String(): "0.1%", Share(1).String(): "100%", Share(0).String(): "0%",
	} {
		if got != want {
			t.Errorf("%s is written, want %s", got, want)
		}
	}
}

// A size is written with the unit that makes it short: 640MB is 625000KiB, too.
func TestSizesAreWrittenAsShortAsTheyCanBe(t *testing.T) {
	for _, text := range []string{"640MB", "64KiB", "256KB", "250KiB", "1MiB", "5MB", "1500B", "2TiB"} {
		var z Size
		if err := z.UnmarshalText([]byte(text)); err != nil {
			t.Fatal(err)
		}
		want := text
		if text == "256KB" {
			want = "250KiB" // the same, and as short
		}
		if got := z.String(); got != want {
			t.Errorf("%s is written as %s", text, got)
		}
	}
}

func TestWorkOfManyBytesIsTheLongestThereIsAtMost(t *testing.T) {
	for _, c := range []struct {
		perKiB Duration
		bytes  uint32
		want   sim.Duration
	}{
		{1000, 1536, 1500}, {1, 1023, 0}, {0, 1 << 31, 0},
		{Duration(100 * sim.Day), 256 << 10, 25_600 * sim.Day},
		{longest, 2048, math.MaxInt64 - 1}, {longest, 2052, math.MaxInt64}, {longest, math.MaxUint32, math.MaxInt64},
	} {
		if got := c.perKiB.ForKiB(c.bytes); got != c.want {
			t.Errorf("%d bytes at %d ns a KiB take %d ns, want %d", c.bytes, c.perKiB, got, c.want)
		}
	}
}
