package sim

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
)

// Rand is a source of random numbers reserved for one purpose: xoshiro256++ by Blackman and Vigna
// (https://prng.di.unimi.it, 2019), seeded with 256 bits of SHA-256. It is not safe for concurrent use.
type Rand struct{ s0, s1, s2, s3 uint64 }

// NewRand returns the source that depends on the seed, the replication and the name only.
func NewRand(seed uint64, replication int, name string) *Rand {
	key := binary.LittleEndian.AppendUint64(nil, seed)
	key = binary.LittleEndian.AppendUint64(key, uint64(replication))
	sum := sha256.Sum256(append(key, name...))
	word := func(i int) uint64 { return binary.LittleEndian.Uint64(sum[8*i:]) }
	return &Rand{word(0), word(1), word(2), word(3)}
}

// Uint64 returns 64 uniform bits.
func (r *Rand) Uint64() uint64 {
	s0, s1, s2, s3 := r.s0, r.s1, r.s2, r.s3
	out := bits.RotateLeft64(s0+s3, 23) + s0
	s2 ^= s0
	s3 ^= s1
	r.s0, r.s1, r.s2, r.s3 = s0^s3, s1^s2, s2^s1<<17, bits.RotateLeft64(s3, 45)
	return out
}

// Float64 returns a uniform number in [0, 1), a multiple of 2⁻⁵³.
func (r *Rand) Float64() float64 { return float64(r.Uint64()>>11) * 0x1p-53 }

// IntN returns a uniform number in [0, n). It panics if n < 1.
func (r *Rand) IntN(n int) int {
	if n < 1 {
		panic("sim: IntN of less than 1")
	}
	// Lemire's multiplication; the loop removes the bias.
	high, low := bits.Mul64(r.Uint64(), uint64(n))
	if low < uint64(n) {
		for threshold := -uint64(n) % uint64(n); low < threshold; {
			high, low = bits.Mul64(r.Uint64(), uint64(n))
		}
	}
	return int(high)
}
