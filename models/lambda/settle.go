package lambda

import "weir/models/message"

// take puts the message at a place of the batch among those that are done.
func (b *Batch) take(at int32) {
	b.Receipts[b.Done], b.Receipts[at] = b.Receipts[at], b.Receipts[b.Done]
	b.Done++
}

// passOver lets the handler pass over messages whose deadline has passed. It reports whether none is left to work on.
func (f *Function) passOver(e *environment) bool {
	now := f.eng.Now()
	if e.batch == nil {
		return e.one.Ref != message.None && f.DropLate(now, e.one)
	}
	for b := e.batch; !b.passing && f.DropLate(now, b.Receipts[e.at]); {
		b.take(e.at)
		if e.at++; int(e.at) == len(b.Receipts) {
			return true
		}
	}
	return false
}
