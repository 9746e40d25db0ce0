package sim

import (
	"math"
	"slices"
	"testing"
)

func TestRandIsXoshiro256PlusPlus(t *testing.T) {
	// The first outputs from the state 1, 2, 3, 4 of the authors' C code, https://prng.di.unimi.it/xoshiro256plusplus.c.
	want := []uint64{41943041, 58720359, 3588806011781223, 3591011842654386, 9228616714210784205, 9973669472204895162,
		14011001112246962877, 12406186145184390807, 15849039046786891736, 10450023813501588000}
	r := Rand{1, 2, 3, 4}
	for i, w := range want {
		if got := r.Uint64(); got != w {
			t.Errorf("output %d is %d, want %d", i, got, w)
		}
	}
}

func TestTheFirstNumbersOfANameAreTheSameOnEveryProcessor(t *testing.T) {
	r := NewEngine(1, 2).Rand("orders/producer/gap")
	got := []uint64{r.Uint64(), r.Uint64(), uint64(r.IntN(1000)), uint64(r.IntN(1 << 30)), math.Float64bits(r.Float64())}
	if !slices.Equal(got, pinnedNumbers) {
		t.Errorf("got %#v, want %#v", got, pinnedNumbers)
	}
}

var pinnedNumbers = []uint64{0x84279b88e9178b3, 0x2d42f17ac780fbe5, 0x31a, 0xe1e9d49, 0x3fd18f35917f68ca}

func TestRandDependsOnSeedReplicationAndNameOnly(t *testing.T) {
	eng := NewEngine(1, 0)
	eng.Rand("others").Uint64()
	if eng.Rand("a").Uint64() != NewEngine(1, 0).Rand("a").Uint64() {
		t.Error("the numbers of a name depend on what others have drawn")
	}
	first := map[uint64]bool{}
	for _, seed := range []uint64{0, 1, 1 << 32} {
		for _, replication := range []int{0, 1, 1 << 30} {
			for _, name := range []string{"", "a", "b", "a/b", "\x00"} {
				first[NewRand(seed, replication, name).Uint64()] = true
			}
		}
	}
	if len(first) != 45 {
		t.Errorf("%d different first numbers from 45 sources", len(first))
	}
}

func TestNamesAreIndependent(t *testing.T) {
	const n = 100_000
	names := []string{"orders/1/gap", "orders/2/gap", "orders/1/size"}
	for i, name := range names {
		for _, other := range names[:i] {
			for lag := range 3 {
				a, b := NewRand(1, 0, name), NewRand(1, 0, other)
				for range lag {
					b.Uint64()
				}
				sum := 0.0
				for range n {
					sum += (a.Float64() - 0.5) * (b.Float64() - 0.5)
				}
				// The product has mean 0 and variance 1/144. 4.1 standard deviations are left in one of 25,000 cases.
				if z := sum * 12 / math.Sqrt(n); math.Abs(z) > 4.1 {
					t.Errorf("%s and %s at lag %d: correlated by %.1f standard deviations", name, other, lag, z)
				}
			}
		}
	}
}

func TestFloat64IsUniformFromZeroToOne(t *testing.T) {
	const n, cells = 1_000_000, 1000
	r := NewRand(1, 0, "uniform")
	var count [cells]float64
	for range n {
		x := r.Float64()
		if x < 0 || x >= 1 || x*0x1p53 != math.Floor(x*0x1p53) {
			t.Fatalf("%v is not a multiple of 2⁻⁵³ from 0 to 1", x)
		}
		count[int(x*cells)]++
	}
	wantUniform(t, "Float64", count[:], n)
}

func TestIntNIsUnbiasedWhereARemainderIsNot(t *testing.T) {
	const draws = 300_000
	r := NewRand(1, 0, "intn")
	for _, n := range []int{1, 2, 3, 7, 1000} {
		count := make([]float64, n)
		for range draws {
			count[r.IntN(n)]++
		}
		wantUniform(t, "IntN", count, draws)
	}
	// For 3·2⁶¹, 64 bits by multiplication alone give the residue 2 in a quarter of cases and not in a third.
	var residue [3]float64
	for range draws {
		residue[r.IntN(3*(math.MaxInt/4+1))%3]++
	}
	wantUniform(t, "IntN of 3·2⁶¹", residue[:], draws)
}

// wantUniform takes the counts for even if chi-square is below its 99.99 % quantile (Wilson and Hilferty's
// approximation).
func wantUniform(t *testing.T, what string, count []float64, n float64) {
	t.Helper()
	cells, sum := float64(len(count)), 0.0
	for _, c := range count {
		sum += (c - n/cells) * (c - n/cells) / (n / cells)
	}
	freedom := max(cells-1, 1)
	cube := 1 - 2/(9*freedom) + 3.719*math.Sqrt(2/(9*freedom))
	if limit := freedom * cube * cube * cube; sum > limit {
		t.Errorf("%s over %v cells: chi-square %.1f, at most %.1f expected", what, cells, sum, limit)
	}
}
