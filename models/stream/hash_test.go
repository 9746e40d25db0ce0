package stream

import (
	"crypto/md5"
	"math/big"
	"math/rand/v2"
	"testing"
)

// number returns a hash as the number that it stands for.
func (h Hash) number() *big.Int {
	n := new(big.Int).SetUint64(h.High)
	return n.Lsh(n, 64).Or(n, new(big.Int).SetUint64(h.Low))
}

func hashOfNumber(n *big.Int) Hash {
	low := new(big.Int).And(n, new(big.Int).SetUint64(1<<64-1))
	return Hash{new(big.Int).Rsh(n, 64).Uint64(), low.Uint64()}
}

// edges are hashes at which carries and digits change, and a few in between.
func edges() []Hash {
	all := []Hash{
		{}, {0, 1}, {0, 1<<64 - 1}, {1, 0}, {1<<64 - 1, 0}, {1<<63 - 1, 1<<64 - 1}, {1 << 63, 0}, HashMax, HashMax.Before(),
		{0, 9999999999999999999}, {0, 10000000000000000000}, {5421010862427522170, 687399551400673279},
		{5421010862427522170, 687399551400673280},
	}
	luck := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		all = append(all, Hash{luck.Uint64(), luck.Uint64()}, Hash{0, luck.Uint64()}, Hash{luck.Uint64() >> 40, 7})
	}
	return all
}

func TestHashesCountAsNumbersOf128Bits(t *testing.T) {
	size := new(big.Int).Lsh(big.NewInt(1), 128)
	one := big.NewInt(1)
	all := edges()
	for i, h := range all {
		if got := h.String(); got != h.number().String() {
			t.Errorf("%#v prints as %s, and is %s", h, got, h.number())
		}
		next := new(big.Int).Add(h.number(), one)
		if got := h.Next(); got != hashOfNumber(next.Mod(next, size)) {
			t.Errorf("%s is followed by %s", h, got)
		}
		if h.Next().Before() != h {
			t.Errorf("%s comes not before the one after it", h)
		}
		other := all[(i*7+3)%len(all)]
		if h.Less(other) != (h.number().Cmp(other.number()) < 0) {
			t.Errorf("%s < %s: %t", h, other, h.Less(other))
		}
		middle := new(big.Int).Add(h.number(), other.number())
		if got := Middle(h, other); got != hashOfNumber(middle.Rsh(middle, 1)) {
			t.Errorf("the middle of %s and %s is %s", h, other, got)
		}
	}
}

func TestPartsAreEqualAndCoverAllHashes(t *testing.T) {
	for _, n := range []int{1, 2, 3, 4, 5, 7, 100, 10_000, 20_000} {
		for i := range n {
			want := new(big.Int).Lsh(big.NewInt(int64(i)), 128)
			if got := Part(i, n); got.number().Cmp(want.Div(want, big.NewInt(int64(n)))) != 0 {
				t.Fatalf("part %d of %d begins at %s, not %s", i, n, got, want)
			}
		}
	}
}

// Kinesis developer guide, key-concepts.md: "An MD5 hash function is used to map partition keys to 128-bit integer
// values". The two keys are an example of a stream with four even shards.
func TestTheHashOfAPartitionKeyIsItsMD5(t *testing.T) {
	for key, want := range map[string]struct {
		prefix uint64 // of 8 hexadecimal digits
		shard  int
	}{"s-41": {0x6e19676a, 1}, "s-90": {0xb772d1fa, 2}} {
		h := HashOf(key)
		sum := md5.Sum([]byte(key))
		if h.number().Cmp(new(big.Int).SetBytes(sum[:])) != 0 || h.High>>32 != want.prefix {
			t.Errorf("the hash of %s is %x", key, h)
		}
		if got := newScene(4).log.ShardOf(h); got != want.shard {
			t.Errorf("%s goes to shard %d of 4, not %d", key, got, want.shard)
		}
	}
}

func TestAHasherFillsInTheNumberOfTheKey(t *testing.T) {
	for _, c := range []struct {
		template string
		key      uint32
		want     string
	}{
		{"{key}", 0, "0"}, {"device-{key}", 41, "device-41"}, {"{key}/eu", 1<<32 - 1, "4294967295/eu"},
		{"a{key}b", 1 << 20, "a1048576b"}, {"a{key}b", 9, "a9b"}, {"a{key}b", 10, "a10b"},
		{"one for all", 7, "one for all"},
	} {
		h := NewHasher(c.template)
		if got := h.PartitionKey(c.key); got != c.want {
			t.Errorf("%s of %d is %s", c.template, c.key, got)
		}
		if got := h.KeyBytes(c.key); int(got) != len(c.want) {
			t.Errorf("%s has %d bytes, not %d", c.want, got, len(c.want))
		}
		for range 2 { // the second time it is known
			if h.Of(c.key) != HashOf(c.want) {
				t.Errorf("the hash of %s is %s", c.want, h.Of(c.key))
			}
		}
	}
}
