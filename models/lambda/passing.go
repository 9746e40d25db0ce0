package lambda

import (
	"weir/models/message"
)

// InvokeBatch hands the function a synchronous request with records that go on when it is done with them, as those of a
// delivery stream do: none of them ends here. The receipts are the function's until the caller is answered. What the
// handler failed at is booked as retry then, and what it did well as prefetch.
func (f *Function) InvokeBatch(receipts []message.Receipt, caller message.Caller, token uint64) {
	bytes := int64(0)
	for _, r := range receipts {
		bytes += int64(f.store.At(r.Ref).SizeBytes)
	}
	if bytes > int64(f.limit.SyncPayload) {
		caller.Answered(token, ErrRequestTooLarge)
		return
	}
	if !f.account.requests.Permit(f.eng.Now()) {
		f.crowdedOut()
		f.Throttles.Inc()
		caller.Answered(token, ErrTooManyRequests)
		return
	}
	if len(f.spare) == 0 {
		f.spare = append(f.spare, new(Batch))
	}
	b := f.spare[len(f.spare)-1]
	f.spare = f.spare[:len(f.spare)-1]
	*b = Batch{Receipts: receipts, Lowest: len(receipts), Partial: true, passing: true}
	if err := f.start(noMessage, b, caller, token); err != nil {
		f.spare = append(f.spare, b)
		caller.Answered(token, err)
	}
}

// beginWork notes that the work on a message begins, and returns the size of its body. The path of a record that only
// passes through does not end here.
func (f *Function) beginWork(e *environment, r message.Receipt) uint32 {
	now := f.eng.Now()
	if e.batch == nil || !e.batch.passing {
		return f.Begin(now, r)
	}
	f.Enter(now, r, message.Work)
	return f.store.BodyBytes(r.Ref, f.store.At(r.Ref))
}
