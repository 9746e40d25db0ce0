package sdk

import (
	"testing"

	"weir/models/aws"
	"weir/sim"
)

// Each caller asks again what its rule says, and when (the sources stand with the rules).
func TestServicesAskAFunctionAgainByTheirOwnRules(t *testing.T) {
	throttled := &aws.Error{Code: "TooManyRequestsException", Throttle: true, Retryable: true}
	failed := &aws.Error{Code: "Unhandled", Function: true}
	for _, c := range []struct {
		caller CallerName
		err    *aws.Error
		want   []sim.Duration
	}{
		{CallerCognito, ErrReadTimeout, []sim.Duration{0, 0}},
		{CallerCognito, throttled, nil},
		{CallerStepFunctions, throttled, []sim.Duration{2e9, 4e9, 8e9, 16e9, 32e9, 64e9}},
		{CallerStepFunctions, failed, nil},
		{CallerAlexa, ErrReadTimeout, nil},
		{CallerLex, throttled, nil},
		{CallerFirehose, throttled, []sim.Duration{1e9, 1e9, 1e9}},
		{CallerFirehose, ErrReadTimeout, []sim.Duration{1e9, 1e9, 1e9}},
		{CallerFirehose, failed, nil},
		{CallerS3Batch, throttled, []sim.Duration{1e9, 2e9, 4e9, 8e9, 16e9, 32e9}},
	} {
		r := NewCallerRetry(c.caller, RetrySpec{Mode: RetryStandard}, &RetryRules{}, nil)
		var got []sim.Duration
		for attempt := 1; ; attempt++ {
			delay, again := r.Answered(0, attempt, c.err)
			if !again {
				break
			}
			got = append(got, delay)
		}
		if len(got) != len(c.want) {
			t.Errorf("%s asks again %v after %s, want %v", c.caller, got, c.err, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%s asks again %v after %s, want %v", c.caller, got, c.err, c.want)
			}
		}
	}
}
