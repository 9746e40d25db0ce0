// Package parallel does independent work on all processors.
package parallel

import (
	"context"
	"runtime"

	"golang.org/x/sync/errgroup"
)

// Do calls do with 0 to n-1, in this order and as many at a time as there are processors. After the first failure, or
// when the context is done, no more calls begin, and the context of those under way is done. It returns once all that
// began have returned: of the calls that failed the error of the first by number, and none when the context was done
// before.
func Do(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	errs := make([]error, n)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range n {
		if ctx.Err() != nil {
			break
		}
		group.Go(func() error {
			errs[i] = do(ctx, i)
			return errs[i]
		})
	}
	if group.Wait() == nil {
		return nil
	}
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
