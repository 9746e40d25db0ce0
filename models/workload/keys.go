package workload

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"weir/models/spec"
	"weir/sim"
	"weir/sim/random"
)

// Keys is a distribution of keys, which are numbers from 0: exactly one of its fields is set.
type Keys struct {
	// So many keys, all alike.
	Uniform *int `yaml:"uniform" min:"1" max:"16777216"`
	// Zipf's law: the k-th key's share is in proportion to 1 over k to the power of the exponent.
	Zipf *ZipfKeys `yaml:"zipf"`
	// Named hot keys with their shares; the other keys share the rest evenly.
	Hot *HotKeys `yaml:"hot"`
}

// OneOf marks that exactly one field is set.
func (Keys) OneOf() {}

// Name returns what to call a key in a report.
func (k *Keys) Name(key uint32) string {
	if k != nil && k.Hot != nil {
		if names := k.Hot.names(); int(key) < len(names) {
			return names[key]
		}
	}
	return fmt.Sprintf("key %d", key)
}

// Hottest returns the share of the messages that have the most frequent key; all of them where keys are not given.
func (k *Keys) Hottest() float64 {
	switch {
	case k == nil:
		return 1
	case k.Uniform != nil:
		return 1 / float64(*k.Uniform)
	case k.Zipf != nil:
		return must(random.NewZipf(k.Zipf.Keys, k.Zipf.Exponent)).Share(0)
	}
	shares, rest := k.Hot.shares()
	if others := k.Hot.Keys - len(shares); others > 0 {
		return max(shares[0], rest/float64(others))
	}
	return shares[0]
}

// ZipfKeys is keys by Zipf's law.
type ZipfKeys struct {
	// Number of keys.
	Keys int `yaml:"keys" required:"true" min:"1" max:"16777216"`
	// Exponent; 0 makes all keys alike.
	Exponent float64 `yaml:"exponent" default:"1" min:"0" max:"100"`
}

// HotKeys is some keys with names and shares of their own.
type HotKeys struct {
	// Number of all keys.
	Keys int `yaml:"keys" required:"true" min:"1" max:"16777216"`
	// Share of each hot key by its name.
	Named map[string]spec.Share `yaml:"named" required:"true"`
}

// names returns the hot keys, the hottest first.
func (h *HotKeys) names() []string {
	return slices.SortedStableFunc(slices.Values(slices.Sorted(maps.Keys(h.Named))), func(a, b string) int {
		return cmp.Compare(h.Named[b], h.Named[a])
	})
}

// shares returns the shares of the hot keys, in the order of their names, and what is left for the others.
func (h *HotKeys) shares() (shares []float64, rest float64) {
	rest = 1
	for _, name := range h.names() {
		shares = append(shares, float64(h.Named[name]))
		rest -= float64(h.Named[name])
	}
	return shares, rest
}

// Validate returns what is wrong with the shares.
func (h *HotKeys) Validate() []spec.Problem {
	const rounding = 1e-9
	shares, rest := h.shares()
	switch {
	case len(shares) == 0:
		return problem("named", "needs at least one hot key: without one, write uniform")
	case len(shares) > h.Keys:
		return problem("keys", "must be at least %d, the number of hot keys", len(shares))
	case rest < -rounding:
		return problem("named", "the shares add up to more than 100%%")
	case len(shares) == h.Keys && rest > rounding:
		return problem("named", "every key has a share, but they add up to less than 100%%: raise keys, or the shares")
	}
	return nil
}

type keySampler interface{ sample(*sim.Rand) int }

type uniformKeys int

func (n uniformKeys) sample(r *sim.Rand) int { return r.IntN(int(n)) }

type zipfKeys struct{ random.Zipf }

func (z zipfKeys) sample(r *sim.Rand) int { return z.Sample(r) }

// hotKeys draws which hot key is hit, or that it is one of the others.
type hotKeys struct {
	choice   *random.Choice
	hot, all int
}

func (h *hotKeys) sample(r *sim.Rand) int {
	if k := h.choice.Sample(r); k < h.hot {
		return k
	}
	return h.hot + r.IntN(h.all-h.hot)
}

// newKeySampler builds a distribution that the decoder has checked.
func newKeySampler(k *Keys) keySampler {
	switch {
	case k.Uniform != nil:
		return uniformKeys(*k.Uniform)
	case k.Zipf != nil:
		return zipfKeys{must(random.NewZipf(k.Zipf.Keys, k.Zipf.Exponent))}
	}
	weights, rest := k.Hot.shares()
	hot := len(weights)
	if hot < k.Hot.Keys {
		weights = append(weights, max(rest, 0))
	}
	return &hotKeys{must(random.NewChoice(weights)), hot, k.Hot.Keys}
}

// must returns a distribution whose parameters were checked before.
func must[D any](d D, err error) D {
	if err != nil {
		panic("workload: " + err.Error())
	}
	return d
}
