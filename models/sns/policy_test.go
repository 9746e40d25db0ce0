package sns

import (
	"slices"
	"strings"
	"testing"

	"weir/models/spec"
	"weir/sim"
)

// delays returns all delays of a policy in seconds.
func delays(t *testing.T, p Policy) (all []float64) {
	t.Helper()
	for retry := 0; ; retry++ {
		d, ok := p.Delay(retry)
		if !ok {
			break
		}
		all = append(all, d.Seconds())
	}
	if len(all) != p.Retries() {
		t.Errorf("the policy has %d delays and says %d", len(all), p.Retries())
	}
	sum := 0.0
	for _, d := range all {
		sum += d
	}
	if off := p.Total().Seconds() - sum; off > 1e-6 || off < -1e-6 {
		t.Errorf("the delays sum up to %v s, the policy says %v", sum, p.Total())
	}
	return all
}

const day = 24 * sim.Hour

// SNS developer guide, message delivery retries, AWS managed endpoints: immediate retry 3 times without delay,
// pre-backoff 2 times, 1 second apart, backoff 10 times with exponential backoff from 1 to 20 seconds, post-backoff
// 100,000 times, 20 seconds apart; 100,015 attempts over 23 days.
func TestAWSManagedEndpointsAreRetried100015TimesOver23Days(t *testing.T) {
	all := delays(t, Managed)
	if len(all) != 100_015 {
		t.Errorf("%d retries, not 100,015", len(all))
	}
	if !slices.Equal(all[:6], []float64{0, 0, 0, 1, 1, 1}) || all[14] != 20 || all[15] != 20 || all[100_014] != 20 {
		t.Errorf("the delays are %v …", all[:16])
	}
	if total := Managed.Total(); total < 23*day || total > 23*day+4*sim.Hour {
		t.Errorf("the retries take %v, not 23 days", total)
	}
}

// The same, customer managed endpoints: pre-backoff 2 times, 10 seconds apart, backoff 10 times with exponential
// backoff from 10 seconds to 600 seconds (10 minutes), post-backoff 38 times, 600 seconds apart; 50 attempts over 6
// hours.
func TestCustomerManagedEndpointsAreRetried50TimesOver6Hours(t *testing.T) {
	all := delays(t, Customer)
	if len(all) != 50 || !slices.Equal(all[:3], []float64{10, 10, 10}) || all[11] != 600 || all[12] != 600 {
		t.Errorf("%d retries: %v", len(all), all)
	}
	if total := Customer.Total(); total < 6*sim.Hour || total > 7*sim.Hour {
		t.Errorf("the retries take %v, not 6 hours", total)
	}
}

// The same and SendMessageToHttp.retry.html: "By default, if the initial delivery of the message fails, Amazon SNS
// attempts up to three retries with a delay between failed attempts set at 20 seconds."
func TestHTTPEndpointsAreRetried3Times20SecondsApart(t *testing.T) {
	if all := delays(t, HTTP); !slices.Equal(all, []float64{20, 20, 20}) {
		t.Errorf("the delays are %v", all)
	}
	s := decode[PolicySpec](t, "{}")
	if p := s.policy(); p != HTTP {
		t.Errorf("a policy without settings is %+v, not %+v", p, HTTP)
	}
}

// The same, the sample policy: 3 times immediately, 2 times 1 second apart, 10 times with exponential backoff from 1
// second to 60 seconds, 35 times 60 seconds apart: a total of 50.
func TestThePhasesOfACustomPolicyFollowOneAnother(t *testing.T) {
	s := decode[PolicySpec](t, "{min_delay_target: 1s, max_delay_target: 60s, num_retries: 50, num_no_delay_retries: 3, "+
		"num_min_delay_retries: 2, num_max_delay_retries: 35, backoff_function: exponential}")
	all := delays(t, s.policy())
	if len(all) != 50 || !slices.Equal(all[:6], []float64{0, 0, 0, 1, 1, 1}) || all[14] != 60 {
		t.Errorf("%d retries: %v", len(all), all)
	}
	if !slices.IsSorted(all) || all[13] >= 60 || slices.ContainsFunc(all[15:], func(s float64) bool { return s != 60 }) {
		t.Errorf("the delays are %v", all)
	}
}

// The same: "minDelayTarget – Defines the delay associated with the first retry attempt in the backoff phase.
// maxDelayTarget – Defines the delay associated with the final retry attempt in the backoff phase." The diagram's
// policy has 10 retries from 5 to 260 seconds. The values between are those of the formulas that Policy states.
func TestABackOffGrowsFromTheLeastDelayToTheGreatest(t *testing.T) {
	for growth, want := range map[Growth][4]float64{ // retries 1, 2, 5 and 10, rounded down
		Linear:      {5, 33, 118, 260},
		Arithmetic:  {5, 10, 61, 260},
		Geometric:   {5, 7, 28, 260},
		Exponential: {5, 5, 12, 260},
	} {
		all := delays(t, Policy{BackOff: 10, Min: 5 * sim.Second, Max: 260 * sim.Second, Growth: growth})
		got := [4]float64{all[0], all[1], all[4], all[9]}
		for i := range got {
			got[i] = float64(int(got[i]))
		}
		if got != want || !slices.IsSorted(all) {
			t.Errorf("%s: %v, not %v", growth, all, want)
		}
	}
	if all := delays(t, Policy{BackOff: 1, Min: sim.Second, Max: sim.Minute, Growth: Geometric}); all[0] != 1 {
		t.Errorf("a single retry of a back-off comes after %v s, not 1", all[0])
	}
}

// The same: "minDelayTarget: 1 to maximum delay. maxDelayTarget: Minimum delay to 3,600. numRetries: 0 to 100." "Please
// note that the total policy retry time for a HTTP/S endpoint cannot be greater than 3600 seconds. This is a hard limit
// and cannot be increased."
func TestAPolicyThatAWSRefusesIsRefused(t *testing.T) {
	for text, want := range map[string]string{
		"{min_delay_target: 30s}":                                         "must not be longer than max_delay_target",
		"{max_delay_target: 3601s}":                                       "1h",
		"{min_delay_target: 0s}":                                          "1s",
		"{num_retries: 101}":                                              "100",
		"{num_retries: 2, num_max_delay_retries: 3}":                      "must not be less than the retries of the phases",
		"{min_delay_target: 37s, max_delay_target: 37s, num_retries: 98}": "AWS allows 1h",
	} {
		if err := refused[PolicySpec](t, text); !strings.Contains(err, want) {
			t.Errorf("%s: %q, not %q", text, err, want)
		}
	}
	if p := decode[PolicySpec](t, "{min_delay_target: 36s, max_delay_target: 36s, num_retries: 100}"); p.NumRetries != 100 {
		t.Error("3,600 s are refused")
	}
}

func decoder[T any](t *testing.T, text string) (*T, spec.Errors) {
	t.Helper()
	source, err := spec.Parse("test.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	v := new(T)
	d := spec.Decoder{Source: source}
	d.Decode(source.Root, v, "")
	return v, d.Errors
}

func decode[T any](t *testing.T, text string) *T {
	t.Helper()
	v, errs := decoder[T](t, text)
	if len(errs) > 0 {
		t.Fatalf("%s: %v", text, errs)
	}
	return v
}

func refused[T any](t *testing.T, text string) string {
	t.Helper()
	_, errs := decoder[T](t, text)
	if len(errs) == 0 {
		return ""
	}
	return errs[0].Text
}
