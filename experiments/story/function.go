package story

import (
	"fmt"
	"strings"

	"weir/models/lambda"
	"weir/models/message"
	"weir/models/spec"
	"weir/sim"
	"weir/sim/random"
)

// function is a function of a story, with what its requests were answered.
type function struct {
	*lambda.Function
	spec    *lambda.Spec
	st      *stage
	asked   []sim.Time
	answers []string
}

// Answered notes the answer to a request.
func (f *function) Answered(token uint64, err error) {
	what := "done"
	if err != nil {
		what = err.Error()
	}
	took := f.st.eng.Now().Sub(f.asked[token])
	f.answers = append(f.answers, fmt.Sprintf("%s: %s after %s", instant(f.st.eng.Now()), what, spec.Duration(took)))
}

// quiet are the constants that take unpublished chance out of Lambda and Kinesis: a story tells the rules alone.
var quiet = map[string]string{
	"lambda.placement": "0s", "lambda.placement.per_mib": "0s", "lambda.preinitialised_share": "0%",
	"lambda.async.latency": "0s", "lambda.async.duplicate_share": "0%", "lambda.mapping.latency": "0s",
	"lambda.mapping.fifo_latency": "0s", "lambda.sqs.error_pause": "0s", "lambda.idle_lifetime": "10m",
	"lambda.life_max": "1d", "kinesis.propagation": "0s", "kinesis.efo.push": "0s", "kinesis.reshard_time": "30s",
	"kinesis.update_shard_count.time": "2m",
}

// makeFunction makes a function. The initialisation of its runtime takes a second when it has provisioned concurrency,
// and else no time.
func (st *stage) makeFunction(name, settings string) error {
	s := new(lambda.Spec)
	if err := decode(settings, s); err != nil {
		return err
	}
	if st.account == nil {
		limits := new(lambda.Limits)
		st.profile.Fill(limits)
		st.account = lambda.NewAccount(st.eng, limits)
	}
	parts := &lambda.Parts{Account: st.account, Limits: st.account.Limits(), Digits: 3, RuntimeInit: random.Constant{}}
	if s.ProvisionedConcurrency != nil {
		parts.RuntimeInit = random.Constant{Value: float64(sim.Second)}
	}
	f := &function{Function: lambda.New(st.eng, st.store, "functions."+name, s, parts), spec: s, st: st}
	f.Asynchronous()
	f.Start()
	st.functions[name] = f
	return nil
}

// mapTo lets a function read a queue, or says why Lambda refuses it.
func (st *stage) mapTo(f *function, q *queue, settings string) (string, error) {
	m := new(lambda.MappingSpec)
	inner := strings.TrimSuffix(strings.TrimPrefix(settings, "{"), "}")
	if err := decode("{from: queues.q, "+inner+"}", m); err != nil {
		return "", err
	}
	limits := st.account.Limits()
	for _, p := range lambda.CheckMapping(m, f.spec, q.FIFO(), q.spec.VisibilityTimeout, limits) {
		return "refused: " + p.Field + "\n", nil
	}
	f.Map(m, lambda.MappingParts{
		Inbox: q, FIFO: q.FIFO(), Visibility: q.spec.VisibilityTimeout.Sim(), Receive: random.Constant{},
		Delete: random.Constant{}, CallMax: 10,
	}).Start()
	return "", nil
}

// mapStream lets a function read a stream, whose shards it polls at whole seconds, or says why Lambda refuses it.
func (st *stage) mapStream(f *function, name, settings string) (string, error) {
	m := new(lambda.MappingSpec)
	inner := strings.TrimSuffix(strings.TrimPrefix(settings, "{"), "}")
	if err := decode("{from: streams."+name+", "+inner+"}", m); err != nil {
		return "", err
	}
	for _, p := range lambda.CheckStream(m, st.account.Limits()) {
		return "refused: " + p.Field + "\n", nil
	}
	parts := lambda.StreamParts{
		Stream: st.streams[name], Push: random.Constant{}, Records: 10_000, Bytes: 10 << 20, // of a GetRecords
	}
	if m.OnFailure != nil {
		parts.OnFailure = lambda.Destination{To: st.queues[m.OnFailure.Name], Name: m.OnFailure.String()}
	}
	f.MapStream(m, "streams."+name, parts).Align()
	return "", nil
}

// function does a command about a function, and reports whether it is one.
func (st *stage) function(words []string) (answer string, is bool, err error) {
	args, options := split(words[1:])
	if len(args) == 0 || st.functions[args[0]] == nil {
		return "", false, nil
	}
	f := st.functions[args[0]]
	switch words[0] {
	case "map":
		if len(args) > 1 && st.streams[args[1]] != nil {
			answer, err = st.mapStream(f, args[1], strings.Join(words[3:], " "))
			break
		}
		q := st.queueIn(args[1:])
		if q == nil {
			return "", true, errUsage
		}
		answer, err = st.mapTo(f, q, strings.Join(words[3:], " "))
	case "on-failure":
		q := st.queueIn(args[1:])
		if q == nil {
			return "", true, errUsage
		}
		f.Send(lambda.Destinations{OnFailure: lambda.Destination{To: q, Name: args[1]}})
	case "event":
		answer, err = st.send(f, args[1], options)
	case "invoke":
		ref := st.born(args[1], "", 100)
		m := st.store.At(ref)
		f.asked = append(f.asked, st.eng.Now())
		f.Invoke(message.Receipt{Ref: ref, Number: m.Receipt, Generation: m.Generation}, f, uint64(len(f.asked)-1))
	case "processed":
		answer = fmt.Sprintf("%s: %d\n", instant(st.eng.Now()), f.Processed.Value())
	case "answers":
		answer = strings.Join(f.answers, "\n") + "\n"
	case "runs":
		answer = fmt.Sprintf("%s: %d invocations, %d failed, %d throttled, at most %d at once, %d provisioned\n",
			instant(st.eng.Now()), f.Invocations.Value(), f.Errors.Value(), f.Throttles.Value(), f.Concurrent.Max(),
			f.Provisioned.Value())
	default:
		return "", false, nil
	}
	return answer, true, err
}
