// Package analytics models applications that work on a stream while it flows: Managed Service for Apache Flink, and
// Kinesis Data Analytics for SQL, which ended in 2025.
//
// # What is modelled
//
// An application reads a stream by polls of each shard, or records are pushed to it. It works on them in slots: tasks
// of Flink, or in-application streams of SQL. A slot works on one record after the other. What a slot gets:
//
//	Flink, with keys      the records of its keys, by key groups as Flink has them: a hot key has one slot
//	Flink, without keys   records in turn
//	SQL                   the records of its shards
//
// What was read from a shard goes to the lines of the slots in its order, until one of them is full: then the
// shard waits for that slot, whatever the others have to do. A shard is read again when little is left of what was
// read. So an application that is too slow leaves its records in the stream (back-pressure), the slowest slot
// holds back all, and what lies in the application's hands is bounded.
//
// A window gathers records, by key or all together. The time of a record is that of its event, at its birth at the
// producer or earlier, or that of its way into the line of a slot, which SQL calls ROWTIME. With event time, each
// shard's watermark follows the latest event that went to a slot, less what events may come out of order; that of the
// application is the least of those that are not idle, and flows through the slots between the records. A window ends
// when the watermark has passed its end in all slots. A record that is later than the lateness allowed is lost.
//
// A record counts as processed when its window has taken it in: that is when the work on it is done, and nothing is
// kept of it but a count. What waits for the end of the window is its result. So memory follows the open windows, and
// not their records: an hour of 10,000 records a second does not hold 36 million. Of each open window whose result has
// somewhere to go, the last record is kept; the result is a copy of it, which is sent on, and the time until the end of
// the window stands in its clocks as batch window. How late results are is told by histograms of their own: since the
// window's end, and since its last event. (The alternative, all records of a window processed when it ends, would have
// mixed the length of the window into the latency of each, and held them all.)
//
// Results are sent to each destination until it takes them. While more are under way than the application may have, it
// works on nothing else.
//
// A checkpoint saves where the application is, at regular times. After a crash it starts again from the last one that
// was complete: it stands still, and then works again on what came after. These records are known by their number and
// by the time that their work took: the first is counted as duplicates, the second spent once more, in each slot. (To
// keep their messages until the next checkpoint would hold a minute of the load for numbers that are the same.)
//
// Flink's parallelism is doubled or halved by the use of the busiest KPU's CPU, with a pause. The KPUs of SQL follow
// its rows.
//
// # What is not
//
// What is computed, and the size of its state: a checkpoint takes as long as it is said to take, and no memory is ever
// full. Several steps of work in a row with a shuffle between them: work is the sum of all. Reading again after a crash
// takes no reads of the stream. Results that come again after a crash are counted and not sent. Slots that are ahead of
// others emit no results before them. Savepoints, updates of the code, reference data, the pre-processing function of
// SQL, joins of streams. A record that can never be processed is dropped into the error stream, where Flink's own
// default would be to fail and start again for ever.
//
// # Facts
//
// Constants stand in models/aws/data/constants/analytics.yaml, each with its source. The rows of SQL follow a power
// of the number of in-application streams, through the middle of what AWS says of one (5,000 to 15,000 a second) and
// of ten (20,000 to 30,000 together): 10,000 × streams^0.4. Not published, and so named parameters:
// analytics.flink.restart, analytics.flink.rows_per_kpu, analytics.flink.buffered, analytics.sql.rows_per_kpu,
// analytics.output.in_flight, analytics.output.retry. Of Flink itself: key groups, 128 at the least, and a watermark
// every 200 ms; keys are spread over them by another hash than Flink's.
//
// # Statistics
//
// CloudWatch's metrics under their names in lower case (millis_behind_latest, uptime, downtime, num_records_in,
// num_records_out, num_late_records_dropped, cpu_utilization, kpus …). The lag is the age of the oldest record that was
// not read, each second, so that its quantiles are over time, and between two polls of an application that keeps up it
// is not 0. Results and how late they are; duplicates, checkpoints, restarts.
package analytics
