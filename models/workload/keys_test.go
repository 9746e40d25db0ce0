package workload

import (
	"math"
	"testing"

	"weir/models/spec"
)

// The share of the most frequent key: all without keys, 1/n of n alike, 1/H(n) by Zipf's law with exponent 1.
func TestTheShareOfTheHottestKey(t *testing.T) {
	ten := 10
	named := map[string]spec.Share{"a": 0.2, "b": 0.3}
	for _, test := range []struct {
		what string
		keys *Keys
		want float64
	}{
		{"none", nil, 1},
		{"uniform", &Keys{Uniform: &ten}, 0.1},
		{"zipf", &Keys{Zipf: &ZipfKeys{Keys: 4, Exponent: 1}}, 12.0 / 25},
		{"hot", &Keys{Hot: &HotKeys{Keys: 100, Named: named}}, 0.3},
		{"the others are hotter", &Keys{Hot: &HotKeys{Keys: 3, Named: map[string]spec.Share{"a": 0.2, "b": 0.2}}}, 0.6},
	} {
		if got := test.keys.Hottest(); math.Abs(got-test.want) > 1e-12 {
			t.Errorf("%s: %v, want %v", test.what, got, test.want)
		}
	}
}
