package stream

import "weir/models/message"

// Hold makes the log keep all records for their retention, for whoever reads it by sequence numbers: as for a reader
// that never reads. It is called before the run.
func (l *Log) Hold(name string) {
	f := &Fetcher{eng: l.eng, log: l, taker: holder(name), luck: l.eng.Rand(name + "/phase")}
	f.reader = newReader(f)
	for n := range l.shards {
		f.reader.opened(n)
	}
	l.readers = append(l.readers, f.reader)
	f.reader.attach()
}

// holder is the consumer of a Hold, by its name. It is never begun, so nothing is handed to it.
type holder string

func (h holder) Sender() string             { return string(h) }
func (h holder) Fetched(int, []message.Ref) {}
func (h holder) Opened(int)                 {}
func (h holder) Ended(int)                  {}

var _ Taker = holder("")
