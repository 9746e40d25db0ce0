package stream

import (
	"crypto/md5"
	"encoding/binary"
	"math/bits"
	"strconv"
	"strings"
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
	const chunk = 1e19
	upper, rest := bits.Div64(0, h.High, chunk)
	lower, digits := bits.Div64(rest, h.Low, chunk)
	if upper == 0 && lower == 0 {
		return strconv.FormatUint(digits, 10)
	}
	tail := strconv.FormatUint(digits, 10)
	tail = strings.Repeat("0", 19-len(tail)) + tail
	if upper == 0 {
		return strconv.FormatUint(lower, 10) + tail
	}
	middle := strconv.FormatUint(lower, 10)
	return strconv.FormatUint(upper, 10) + strings.Repeat("0", 19-len(middle)) + middle + tail
}

// KeyPlace is what a template of partition keys has in place of the key's number.
const KeyPlace = "{key}"

// hashed is up to which number the hashes of keys are remembered: 16 bytes each, once it was seen.
const hashed = 1 << 20

// Hasher turns the numbers of keys into partition keys and these into hashes.
type Hasher struct {
	before, after string
	known         []Hash // by number; zero: not yet
}

// NewHasher returns the hasher of a template such as "device-{key}".
func NewHasher(template string) *Hasher {
	before, after, _ := strings.Cut(template, KeyPlace)
	return &Hasher{before: before, after: after}
}

// PartitionKey returns the partition key of a number.
func (h *Hasher) PartitionKey(key uint32) string {
	return h.before + strconv.FormatUint(uint64(key), 10) + h.after
}

// KeyBytes returns how long the partition key of a number is, in bytes.
func (h *Hasher) KeyBytes(key uint32) uint32 {
	digits := 1
	for k := key; k >= 10; k /= 10 {
		digits++
	}
	return uint32(len(h.before) + digits + len(h.after))
}

// Of returns the hash of the partition key of a number.
func (h *Hasher) Of(key uint32) Hash {
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
	text := append(buffer[:0], h.before...)
	text = strconv.AppendUint(text, uint64(key), 10)
	text = append(text, h.after...)
	sum := md5.Sum(text)
	return Hash{binary.BigEndian.Uint64(sum[:8]), binary.BigEndian.Uint64(sum[8:])}
}
