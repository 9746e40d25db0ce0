package parallel

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
)

func TestAllIsDoneOnce(t *testing.T) {
	var done [100]atomic.Int64
	if err := Do(context.Background(), len(done), func(_ context.Context, i int) error {
		done[i].Add(1)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for i := range done {
		if n := done[i].Load(); n != 1 {
			t.Errorf("%d was done %d times", i, n)
		}
	}
}

// After a failure hardly more is begun than was under way, and its error is told.
func TestAFailureEndsTheRest(t *testing.T) {
	const n = 100_000
	var begun atomic.Int64
	wrong := errors.New("wrong")
	err := Do(context.Background(), n, func(ctx context.Context, i int) error {
		begun.Add(1)
		if i == 3 {
			return fmt.Errorf("at %d: %w", i, wrong)
		}
		if i > 3 {
			<-ctx.Done()
		}
		return nil
	})
	if !errors.Is(err, wrong) || err.Error() != "at 3: wrong" || begun.Load() > n/2 {
		t.Errorf("%d were begun, %v", begun.Load(), err)
	}
}

func TestAStoppedContextBeginsNothing(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if err := Do(ctx, 5, func(context.Context, int) error { return errors.New("begun") }); err != nil {
		t.Error(err)
	}
}
