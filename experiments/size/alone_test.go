package size

import (
	"math/rand/v2"
	"testing"

	"weir/experiments/scenario"
	"weir/results"
)

// One of two points is cheaper by more than counts as alike; both meet the objectives. The other one is said to be the
// cheapest, for certain, in one of twenty studies at the most, all stages together.
func TestTheCheapestForCertainIsTheCheapest(t *testing.T) {
	const studies = 600
	wrong := 0
	for study := range studies {
		luck := rand.New(rand.NewPCG(1, uint64(study)))
		s := &sizer{by: ByCost, search: "ranking", points: make([][]scenario.Setting, 2)}
		s.trier = &trier{trials: results.NewTrials(false), first: 5, most: 40, group: 1}
		s.judge = func(*results.PointFigures) []results.Objective { return nil }
		s.divideRanking()
		for n := s.first; ; n = s.more(n) {
			for point, mean := range []float64{99.4, 100} {
				for i := range n {
					if !s.trials.Has(point, i) {
						s.trials.Add(results.Trial{Point: point, Replication: i, Figures: []results.TrialFigure{{
							Metric: "cost", Unit: "USD", Values: []results.Number{results.Number(mean + 5*luck.NormFloat64())},
						}}})
					}
				}
			}
			sure := s.least([]int{0, 1}, func(int) bool { return true })
			left := []int{sure}
			if other := 1 - sure; !s.dearer(sure, other) {
				left = append(left, other)
			}
			if s.alone(sure, left) {
				if sure == 1 {
					wrong++
				}
				break
			}
			if n >= s.most {
				break
			}
		}
	}
	if wrong > studies/20 {
		t.Errorf("wrong for certain in %d of %d studies", wrong, studies)
	}
}
