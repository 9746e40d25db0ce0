// Package fault strikes designs: what goes wrong, when, and how the design recovers.
//
// # What is modelled
//
// A fault has a kind, a target, a begin (at an instant, or at random at a rate) and a length. Faults of calls are an
// outage (all calls are answered with HTTP 503, or not at all), a brown-out (a share with errors, all of them
// slower) and packet loss. Where they may strike, a Gate stands before the service, and the clients' calls consult a
// State. Errors and lost answers are tried again by the rules of whoever made the call; a client waits its timeout
// for an answer that does not come. A service whose answer is lost has acted all the same: a message sent stands in
// the queue and is sent once more; messages received are in flight until their visibility timeout ends; what was
// deleted is gone; records put are in the stream and are put again; a query is worked on. Other kinds take quota
// away, let instances or workers crash, take environments away, put poison or a hot key among a producer's messages,
// and let work fail or take longer. Several faults of one target add up: a call goes well if it does with each of
// them.
//
// Recovery is measured each time that a fault strikes. The backlog is the messages in the queues, streams, producers,
// topics and functions on the ways through the target; its level before is its mean over the last eightieth to
// fortieth of the run, with its standard deviation and its greatest value there. A backlog is away from its level once
// it is above that greatest value, by more than eight standard deviations above the mean, and by half of the way to the
// highest that it has been since the fault began; it is back when it is within one standard deviation above the mean.
// So the noise of a random load opens nothing anew, and a second wave counts that is half as high as the first. The
// design has recovered when the fault is over and the backlog is back, and has kept to its level for an eightieth of
// the run; what is counted until it was back is told. A backlog that is back before the end has a time to drain of 0,
// and one that never was away no time to clear: what a fault does to it is lost in its noise.
// Backlogs are looked at 20,000 times in a run, so times are good to that part of it. The throughput kept is what a
// path processed a second while the fault struck, as a share of before. A state is metastable when the fault is over,
// the load within a tenth of what it was, and the goodput has stayed below a share of what it was, for a length of
// time or to the end of the run, at least for a tenth of it and as long as the fault (Bronson et al., "Metastable
// Failures in Distributed Systems", HotOS 2021: "metastable failures occur in open systems with an uncontrolled source
// of load where a trigger causes the system to enter a bad state that persists even when the trigger is removed").
//
// # What is not
//
// TCP: lost packets are lost calls. Calls of AWS's services among themselves wait for no timeout: a topic whose
// delivery is lost tries again by its policy at once, Lambda's pollers after their pause. Redrives to dead-letter
// queues meet no fault. The library's calls to its lease table, calls of video streams, and provisioned environments
// are not struck. A message whose sender gave up though the service had it counts as rejected, and its twin as
// whatever it came to.
//
// # Statistics
//
// Per occurrence: instants of begin, end, recovery and detection; backlogs; messages lost, rejected, failed, expired
// and dead-lettered by cause; duplicates; calls gone wrong, of faults that strike calls; throughput that each path
// kept; whether the state is metastable.
package fault
