package report

import (
	"slices"
	"testing"
)

func TestAnIntervalShowsTheAlarm(t *testing.T) {
	got := states([]float64{0, 0, 0.1, 1, 0}, []float64{1, 0.4, 0, 0, 0}, false)
	if want := []int{0, 1, 2, 2, 1}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
