package stream

import (
	"cmp"
	"crypto/md5"
	"encoding/binary"
	"math/bits"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Hash is a place in the space of partition keys: an unsigned number of 128 bits.
type Hash struct{ High, Low uint64 }

// HashMax is the largest hash.
var HashMax = Hash{1<<64 - 1, 1<<64 - 1}

// HashOf returns the MD5 of a partition key as a number (Kinesis developer guide, key-concepts.md).
func HashOf(partitionKey string) Hash {
	sum := md5.Sum([]byte(partitionKey))
	return Hash{binary.BigEndian.Uint64(sum[:8]), binary.BigEndian.Uint64(sum[8:])}
}

// Less reports whether h comes before o.
func (h Hash) Less(o Hash) bool { return h.High < o.High || h.High == o.High && h.Low < o.Low }

// Next returns the hash after h.
func (h Hash) Next() Hash {
	low, carry := bits.Add64(h.Low, 1, 0)
	return Hash{h.High + carry, low}
}

// Before returns the hash before h.
func (h Hash) Before() Hash {
	low, borrow := bits.Sub64(h.Low, 1, 0)
	return Hash{h.High - borrow, low}
}

// Part returns where the i-th of n equal parts of all hashes begins: i × 2¹²⁸ ÷ n, rounded down.
func Part(i, n int) Hash {
	high, rest := bits.Div64(uint64(i), 0, uint64(n))
	low, _ := bits.Div64(rest, 0, uint64(n))
	return Hash{high, low}
}

// Middle returns the hash halfway from one to another.
func Middle(from, to Hash) Hash {
	low, carry := bits.Add64(from.Low, to.Low, 0)
	high, carry := bits.Add64(from.High, to.High, carry)
	return Hash{carry<<63 | high>>1, high<<63 | low>>1}
}

// String returns the hash in decimal, as AWS writes it.
func (h Hash) String() string {
	const digits, chunk = 19, 1e19 // as many as a word holds
	high, rest := bits.Div64(0, h.High, chunk)
	low, last := bits.Div64(rest, h.Low, chunk)
	first, middle := bits.Div64(high, low, chunk)
	text := ""
	for _, part := range []uint64{first, middle, last} {
		next := strconv.FormatUint(part, 10)
		switch {
		case text != "":
			text += strings.Repeat("0", digits-len(next)) + next
		case part > 0:
			text = next
		}
	}
	return cmp.Or(text, "0")
}

// KeyPlace is what a template of partition keys has in place of the key's number.
const KeyPlace = "{key}"

// hashed is up to which number the hashes of keys are remembered: 16 bytes each, once it was seen.
const hashed = 1 << 20

// Hasher turns the numbers of keys into partition keys and these into hashes.
type Hasher struct {
	before, after string
	varies        bool   // or all keys are one
	known         []Hash // by number; zero: not yet
}

// NewHasher returns the hasher of a template such as "device-{key}".
func NewHasher(template string) *Hasher {
	before, after, varies := strings.Cut(template, KeyPlace)
	return &Hasher{before: before, after: after, varies: varies}
}

// PartitionKey returns the partition key of a number.
func (h *Hasher) PartitionKey(key uint32) string {
	return string(h.appendKey(nil, key))
}

// Longest returns how many characters the longest partition key has.
func (h *Hasher) Longest() int { return utf8.RuneCountInString(h.PartitionKey(1<<32 - 1)) }

// KeyBytes returns how long the partition key of a number is, in bytes.
func (h *Hasher) KeyBytes(key uint32) uint32 {
	digits := 0
	if h.varies {
		digits = 1
	}
	for k := key; k >= 10 && h.varies; k /= 10 {
		digits++
	}
	return uint32(len(h.before) + digits + len(h.after))
}

// Of returns the hash of the partition key of a number.
func (h *Hasher) Of(key uint32) Hash {
	if !h.varies {
		key = 0
	}
	if key >= hashed {
		return h.hash(key)
	}
	for int(key) >= len(h.known) {
		h.known = append(h.known, Hash{})
	}
	if h.known[key] == (Hash{}) {
		h.known[key] = h.hash(key)
	}
	return h.known[key]
}

func (h *Hasher) hash(key uint32) Hash {
	var buffer [280]byte
	sum := md5.Sum(h.appendKey(buffer[:0], key))
	return Hash{binary.BigEndian.Uint64(sum[:8]), binary.BigEndian.Uint64(sum[8:])}
}

func (h *Hasher) appendKey(text []byte, key uint32) []byte {
	text = append(text, h.before...)
	if h.varies {
		text = strconv.AppendUint(text, uint64(key), 10)
	}
	return append(text, h.after...)
}
