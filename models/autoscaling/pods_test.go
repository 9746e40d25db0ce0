package autoscaling

import (
	"slices"
	"testing"

	"weir/sim"
)

var podSettings = PodSettings{
	Target: 5, Polling: 30 * sim.Second, Cooldown: 300 * sim.Second, Sync: 15 * sim.Second, Tolerance: 0.1,
	Stabilisation: 300 * sim.Second, UpShare: 1, UpPods: 4,
}

// keda.sh, ScaledObject specification: pollingInterval 30 s, cooldownPeriod 300 s "after the last trigger reported
// active before scaling the resource back to 0"; the aws-sqs-queue scaler's queueLength is 5: "if one pod can handle
// 10 messages, set the queue length target to 10. If the actual messages in the SQS Queue is 30, the scaler scales to
// 3 pods." Kubernetes, Horizontal Pod Autoscaling: "desiredReplicas = ceil[currentReplicas * ( currentMetricValue /
// desiredMetricValue )]"; scale-up by 100 % or 4 pods each 15 s, whichever is more; 300 s of stabilisation downwards.
func TestPodsFollowTheQueue(t *testing.T) {
	g, f := newGroup(Settings{Max: 30}, 0, 0)
	messages := 0.0
	NewPods(g, "keda", podSettings, func() float64 { return messages })
	var got []int
	at := func(seconds float64, now float64) {
		f.to(seconds)
		got = append(got, g.DesiredCapacity())
		messages = now
	}
	at(20, 100) // comes between two polls
	at(29, 100) // still zero
	at(31, 100) // the poll at 30 s: one; the sync at 30 s, after it, is the autoscaler's: five
	at(46, 100) // ten
	at(61, 108) // twenty: as many as 100 messages need
	at(76, 120) // 108/100 is within the tolerance
	at(91, 10)  // 24
	at(390, 10) // the 24 of 90 s hold for 300 s
	at(406, 0)  // two
	at(705, 0)  // the two of 405 s hold
	at(710, 0)  // active last at 390 s: from 690 s on KEDA scales to zero
	want := []int{0, 0, 5, 10, 20, 20, 24, 24, 2, 0, 0}
	if !slices.Equal(got, want) {
		t.Errorf("the pods are %v, want %v", got, want)
	}
}
