package lambda

import (
	"math"
	"testing"
)

// Faults that take concurrency away at the same time leave the product of what each leaves, in whatever order they end.
func TestThrottledQuotasMultiply(t *testing.T) {
	s := newScene(t, "aws-2026")
	f := s.function("reserved_concurrency: 100")
	for _, step := range []struct {
		factor float64
		most   int64
	}{
		{0.1, 10}, {0.5, 5}, {1 / 0.5, 10}, {0.3, 3}, {1 / 0.1, 30}, {1 / 0.3, math.MaxInt64},
		{0.7, 70}, {0.7, 49}, {0.7, 35}, {1 / 0.7, 49}, {1 / 0.7, 70}, {1 / 0.7, math.MaxInt64}, {0.001, 1},
	} {
		if f.Throttle(step.factor); f.concurrencyMax != step.most {
			t.Errorf("after a factor of %v the concurrency is %d, want %d", step.factor, f.concurrencyMax, step.most)
		}
	}
}
