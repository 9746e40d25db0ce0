package sdk

import (
	"weir/models/aws"
	"weir/sim"
)

// CallerName is who invokes a function synchronously: an SDK, by its retry mode, or a service of AWS by rules of its
// own.
type CallerName string

// The callers.
const (
	CallerSDK           CallerName = "sdk"
	CallerCognito       CallerName = "cognito"
	CallerStepFunctions CallerName = "step_functions"
	CallerLex           CallerName = "lex"
	CallerAlexa         CallerName = "alexa"
	CallerFirehose      CallerName = "firehose"
	CallerS3Batch       CallerName = "s3_batch"
)

// Values lists the callers, for the decoder and the schema.
func (CallerName) Values() []string {
	return []string{
		string(CallerSDK), string(CallerCognito), string(CallerStepFunctions), string(CallerLex), string(CallerAlexa),
		string(CallerFirehose), string(CallerS3Batch),
	}
}

// callerRule is how a service waits for a function and asks it again.
type callerRule struct {
	timeout  sim.Duration // 0: as long as the function takes
	attempts int
	interval sim.Duration // before the second attempt
	factor   float64      // by which it grows
	late     bool         // what did not answer in time is asked again
	refused  bool         // what was throttled, or met a fault of the service, is asked again
}

// callerRules are the rules by caller.
//
//   - Cognito: "it must respond within 5 seconds. If it does not, Amazon Cognito retries the call. After three
//     unsuccessful attempts, the function times out" (Amazon Cognito developer guide,
//     cognito-user-identity-pools-working-with-aws-lambda-triggers.md, 2023; A). That it asks again at once is a
//     choice.
//   - Step Functions: the retrier that Workflow Studio and the CDK write for a Lambda task: Lambda.ServiceException,
//     Lambda.AWSLambdaException, Lambda.SdkClientException and Lambda.TooManyRequestsException, IntervalSeconds 2,
//     MaxAttempts 6, BackoffRate 2 (state machines in public repositories, 2020 to 2026; P). Each of the six is a
//     retry.
//   - Alexa: 8 s "is the maximum amount of time Alexa waits for a skill to respond" (developer.amazon.com, Alexa
//     blog, 29 October 2019; A).
//   - Firehose: up to five minutes; "because of a network timeout or because you've reached the Lambda invocation
//     limit, Amazon Data Firehose retries the invocation three times by default … then skips that batch" (Firehose
//     developer guide, data-transformation.html, data-transformation-failure-handling.md, 2026; A). The pause of a
//     second between them is a choice: none is published.
//   - S3 Batch Operations: throttles and TemporaryFailure are tried again within the job (S3 user guide,
//     batch-ops-invoke-lambda.md; A); how often and when is not published: six times from 1 s, doubled, is a choice.
//   - Lex: 30 s and no retry are a choice: no text was found that states them.
var callerRules = map[CallerName]*callerRule{
	CallerCognito:       {timeout: 5 * sim.Second, attempts: 3, late: true},
	CallerStepFunctions: {attempts: 7, interval: 2 * sim.Second, factor: 2, refused: true},
	CallerLex:           {timeout: 30 * sim.Second, attempts: 1},
	CallerAlexa:         {timeout: 8 * sim.Second, attempts: 1},
	CallerFirehose: {
		timeout: 5 * sim.Minute, attempts: 4, interval: sim.Second, factor: 1, late: true, refused: true,
	},
	CallerS3Batch: {attempts: 7, interval: sim.Second, factor: 2, refused: true},
}

// Timeout returns how long a caller waits for an answer, and false for an SDK, which has a setting for it.
func (c CallerName) Timeout() (sim.Duration, bool) {
	rule := callerRules[c]
	switch {
	case rule == nil:
		return 0, false
	case rule.timeout == 0:
		return forever, true
	}
	return rule.timeout, true
}

const forever = sim.Duration(1<<63 - 1)

// NewCallerRetry returns the retry state of a caller; of an SDK, that of its mode.
func NewCallerRetry(c CallerName, s RetrySpec, rules *RetryRules, rand *sim.Rand) *Retry {
	r := NewRetry(s, rules, rand)
	r.caller = callerRules[c]
	return r
}

// again returns whether a caller asks again after an attempt, and after how long.
func (c *callerRule) again(attempt int, err *aws.Error) (sim.Duration, bool) {
	switch {
	case attempt >= c.attempts, err == ErrReadTimeout && !c.late:
		return 0, false
	case err != ErrReadTimeout && (!c.refused || !err.Retryable):
		return 0, false
	}
	delay := c.interval
	for range attempt - 1 {
		delay = sim.Duration(float64(delay) * c.factor)
	}
	return delay, true
}
