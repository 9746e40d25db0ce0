package random

import (
	"fmt"
	"math"
	"math/bits"
	"slices"

	"weir/sim"
)

// Choice picks an index by weight, in constant time and with one random number.
type Choice struct{ cells []cell }

// cell is one of the equally probable cells of Walker's alias method (ACM Transactions on Mathematical Software 3(3),
// 1977): it holds its own index and the rest of a heavier one.
type cell struct {
	keep  uint64 // share of the cell that is its own, over 2⁶⁴
	alias uint32
}

// choiceMost is the greatest number of indices: 16 bytes each make 256 MB.
const choiceMost = 1 << 24

// NewChoice returns the choice among the indices of the weights, at most 16,777,216. An index with weight 0 is never
// picked. The probabilities are right to 10⁻¹².
func NewChoice(weights []float64) (*Choice, error) {
	if err := checkWeights(weights); err != nil {
		return nil, err
	}
	// The construction is Vose's (IEEE Transactions on Software Engineering 17(9), 1991). Scale by the greatest weight
	// first: the sum of the weights may be subnormal.
	n := len(weights)
	total, most := 0.0, slices.Max(weights)
	for _, w := range weights {
		total += w / most
	}
	share := make([]float64, n)
	var small, large []int
	for i, w := range weights {
		share[i] = w / most / total * float64(n)
		if share[i] < 1 {
			small = append(small, i)
		} else {
			large = append(large, i)
		}
	}
	c := &Choice{make([]cell, n)}
	for i := range c.cells { // unless it is changed below, a cell is wholly its own
		c.cells[i] = cell{math.MaxUint64, uint32(i)}
	}
	for len(small) > 0 && len(large) > 0 {
		s, l := small[len(small)-1], large[len(large)-1]
		small = small[:len(small)-1]
		c.cells[s] = cell{uint64(max(share[s], 0) * 0x1p64), uint32(l)}
		share[l] -= 1 - share[s]
		if share[l] < 1 {
			large = large[:len(large)-1]
			small = append(small, l)
		}
	}
	return c, nil
}

func checkWeights(weights []float64) error {
	if len(weights) > choiceMost {
		return &ParameterError{"weights", fmt.Sprintf("must be at most %d, not %d", choiceMost, len(weights))}
	}
	total := 0.0
	for _, w := range weights {
		if !(w >= 0) || math.IsInf(w, 0) {
			return &ParameterError{"weights", fmt.Sprintf("must not be negative or infinite, as %v is", w)}
		}
		total += w
	}
	if !(total > 0) || math.IsInf(total, 0) {
		return &ParameterError{"weights", "must have a positive, finite sum"}
	}
	return nil
}

// Sample draws an index. The product of the random bits and the number of cells has the cell in its upper half, and in
// its lower half where in the cell it falls.
func (c *Choice) Sample(r *sim.Rand) int {
	i, within := bits.Mul64(r.Uint64(), uint64(len(c.cells)))
	if cell := c.cells[i]; within >= cell.keep {
		return int(cell.alias)
	}
	return int(i)
}

// shares is a Choice that knows the shares of its indices.
type shares struct {
	choice     *Choice
	share      []float64
	cumulative []float64 // share of the indices up to each one; the last is 1
}

func newShares(weights []float64) (shares, error) {
	choice, err := NewChoice(weights)
	if err != nil {
		return shares{}, err
	}
	s := shares{choice, make([]float64, len(weights)), make([]float64, len(weights))}
	most, running := slices.Max(weights), 0.0
	for i, w := range weights {
		running += w / most
		s.share[i], s.cumulative[i] = w/most, running
	}
	for i := range weights {
		s.share[i] /= running
		s.cumulative[i] /= running
	}
	return s, nil
}

// mean returns the mean of a value of each index.
func (s *shares) mean(value func(i int) float64) float64 {
	sum := 0.0
	for i, share := range s.share {
		sum = mulAdd(share, value(i), sum)
	}
	return sum
}

// upTo returns the share of the first n indices.
func (s *shares) upTo(n int) float64 {
	if n == 0 {
		return 0
	}
	return s.cumulative[n-1]
}

// find returns the first index up to which at least the share p lies.
func (s *shares) find(p float64) int {
	i, _ := slices.BinarySearch(s.cumulative, p)
	return i
}
