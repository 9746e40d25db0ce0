// Package autoscaling decides how much capacity a group has: what EC2 Auto Scaling, Application Auto Scaling and
// Kubernetes' horizontal pod autoscaler make of a metric. It knows no fleet: what the capacity is made of, an
// instance, a task or a pod, launches and ends elsewhere, and tells the group.
//
// # What is modelled
//
// A group with minimum, maximum and desired capacity, and policies that change it. Simple scaling waits for what is
// under way and for the cooldown after the last launch. Step scaling picks the step that the distance from the
// threshold lies in; rounding, bounds and least adjustment are AWS's. Target tracking asks for capacity times value by
// target, rounded up both ways; several policies scale out when one asks, and in as far as all agree. In a group of
// instances, capacity that is launching or warming up is no part of what a scale-out is counted from, and blocks every
// scale-in. In a group of tasks the cooldowns of Application Auto Scaling do so instead. Scheduled actions, a forecast
// that is given, KEDA's polls and the pod autoscaler's syncs stand beside them. Every activity is written down with
// its cause.
//
// # What is not
//
// How target tracking tunes itself since November 2024 is not published: here it counts datapoints as before, with
// shorter periods where the metric has them. Predictive scaling takes its forecast as given, and only ever raises
// capacity, as AWS's does. Policies of the pod autoscaler are its defaults. Suspended processes, instance refresh and
// maintenance policies are not modelled.
//
// # Facts
//
// Amazon EC2 Auto Scaling User Guide (awsdocs @5f2b71d and @6857c80, 2023), as-scaling-simple-step.md,
// as-scaling-target-tracking.md, ec2-auto-scaling-scaling-cooldowns.md; Application Auto Scaling User Guide
// (@8e4642f); KEDA's and Kubernetes' references. The numbers stand in models/aws/data/constants/autoscaling.yaml.
//
// # Statistics
//
// Activities, changes of direction, calls of simple policies that were held back, and the time from a scale-out until
// all that it ordered is in service.
package autoscaling
