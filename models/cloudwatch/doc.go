// Package cloudwatch models Amazon CloudWatch: metrics that are read at the end of each period, metric math, metrics of
// the design's own, alarms on them, composite alarms, and what alarms do.
//
// # What is modelled
//
// A component says what it publishes, under AWS's names (meter.Publisher). What somebody watches is read at the end of
// each minute, or of each 10 seconds or five minutes where the metric is published so, and can be read after a delay.
// A series is the datapoints of a metric by a statistic and a period, which slides: with a period of five minutes
// there is a datapoint of the last five each minute. Periods begin at whole minutes, those of 10 or 30 seconds at such
// divisions of a minute: a minute of a metric of each 10 seconds is no minute that ends at its newest datapoint. An
// expression is computed from series of one period, datapoint by datapoint: where one of them has one, what is missing
// counts as 0, and what is divided by 0 is dropped. FILL(m1, REPEAT) repeats a datapoint for as long as it is
// retrieved: an alarm retrieves those of its evaluation range and the one before, whoever puts a metric of the
// design's own the latest two.
//
// A metric of the design's own (section metrics) is what a program of the design finds as it asks the components at the
// end of each period, without CloudWatch's delay, or the latency of a path; it puts that into CloudWatch.
//
// An alarm begins with INSUFFICIENT_DATA. It is evaluated each minute, each 10 seconds when its period is shorter than
// a minute, and compares the latest N datapoints that are there, of an evaluation range longer than N; fewer are
// filled up by how missing data is treated. A composite alarm follows the states of others. Actions are called when
// the state changes; those of Auto Scaling again each minute while it is ALARM. Topics and functions are told by a
// message, which takes its way through the design. An alarm under test is held to an instant or to an event, and has
// to go into ALARM after it: one that is in ALARM already tells nobody. At the start of the run, datapoints that no
// period could have had yet are not missing: with missing data treated as breaching, the alarm waits for the first.
//
// # What is not
//
// The phase of evaluations: all alarms are evaluated at whole minutes, at the ends of the periods. Anomaly detection,
// Metrics Insights, alarms on percentiles that wait for enough samples, suppression of a composite alarm's actions by
// another alarm, and actions of EC2. Retention of datapoints: a run keeps what its alarms look back at. The numbers of
// messages in a queue are approximate in AWS, and exact at the end of the minute here. The program that puts a metric
// of the design's own takes no time, and what it asks the components is not billed. Metrics of a fleet or a stream are
// of all its instances and shards together.
//
// # Facts
//
// CloudWatch user guide (awsdocs/amazon-cloudwatch-user-guide @fbd27d4, 2023-05; the first tables of 2018):
// AlarmThatSendsEmail.md ("Alarms with a period of 10 or 30 seconds are evaluated every 10 seconds, all others every
// minute"; M of N; the evaluation range; the truth tables of missing data; the guard against premature alarms; period
// times N at most a day; ten metrics in an expression), using-metric-math.md, cloudwatch_limits.md (five actions).
// CloudFormation reference, AWS::CloudWatch::CompositeAlarm. API reference, GetMetricData (when periods begin). What
// AWS leaves open is a constant: the delay of a metric, how much longer than N the range is, how soon a topic is told.
//
// Where only breaching datapoints are there, too few and too young, and missing data is treated as missing, the state
// becomes INSUFFICIENT_DATA, as in the tables of 2018.
//
// # Statistics
//
// Of an alarm: the first instant that it was in ALARM, how long it was so, and without data; transitions, calls of
// actions, notifications; of one under test, how long after the event it was in ALARM, and whether it missed it.
package cloudwatch
