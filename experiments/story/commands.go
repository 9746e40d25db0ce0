package story

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"weir/models/message"
	"weir/models/spec"
	"weir/models/sqs"
	"weir/sim"
)

// make makes a queue, a topic, a function or a stream, and reports whether the command is one that does.
func (st *stage) make(words []string) (is bool, err error) {
	if len(words) < 2 {
		return false, nil
	}
	settings := strings.Join(words[2:], " ")
	switch words[0] {
	case "queue":
		return true, st.makeQueue(words[1], settings)
	case "topic":
		return true, st.makeTopic(words[1], settings)
	case "function":
		return true, st.makeFunction(words[1], settings)
	case "stream":
		return true, st.makeStream(words[1], settings)
	case "group":
		return true, st.makeGroup(words[1], settings)
	}
	return false, nil
}

// do does a command and returns the answer.
func (st *stage) do(words []string) (string, error) {
	if words[0] == "repeat" && len(words) > 2 {
		return st.repeat(words[1], words[2:])
	}
	if is, err := st.make(words); is {
		return "", err
	}
	st.eng.Run(st.eng.Now(), eventsMax) // what is due at this instant comes first
	for _, about := range []func([]string) (string, bool, error){st.function, st.stream, st.alarm, st.scaling} {
		if answer, is, err := about(words); is {
			return answer, err
		}
	}
	args, options := split(words[1:])
	q := st.queueIn(args)
	switch {
	case words[0] == "wait" && len(args) == 1:
		return "", st.pass(args[0])
	case words[0] == "answer" && len(args) == 1 && st.asked[args[0]] != nil:
		return st.tell(st.asked[args[0]]), nil
	case words[0] == "ask" && len(args) == 2:
		p, err := st.ask(st.queues[args[1]], options)
		st.asked[args[0]] = p
		return "", err
	case words[0] == "subscribe" && len(words) > 2:
		return "", st.subscribe(words[1], words[2], strings.Join(words[3:], " "))
	case words[0] == "publish" && len(args) == 2 && st.topics[args[0]] != nil:
		return st.send(st.topics[args[0]], args[1], options)
	case q == nil:
		return "", errUsage
	}
	switch words[0] {
	case "send":
		return st.send(q, args[1], options)
	case "send-batch":
		return st.sendBatch(q, options)
	case "receive":
		p, err := st.ask(q, options)
		if err != nil {
			return "", err
		}
		for !p.done {
			st.eng.Run(sim.Never, 1)
		}
		return st.tell(p), nil
	case "delete":
		return st.delete(q, args[1], options)
	case "change":
		return st.change(q, args[1:])
	case "change-batch":
		return st.changeBatch(q, args[1:])
	case "redrive":
		return st.redrive(q, args[1:])
	case "purge":
		return answer(q.PurgeQueue()), nil
	case "delete-queue":
		return answer(q.DeleteQueue()), nil
	case "create-queue":
		return answer(q.CreateQueue()), nil
	case "sequence":
		return fmt.Sprintf("%d\n", q.SequenceNumber(st.messages[args[1]])), nil
	case "counts":
		return fmt.Sprintf("%s: visible %d, in flight %d, delayed %d\n", instant(st.eng.Now()), q.Visible.Value(),
			q.InFlight.Value(), q.Delayed.Value()), nil
	case "settings":
		return fmt.Sprintf("visibility_timeout %v, retention %v, delay %v, receive_wait_time %v, maximum_message_size %v\n",
			q.spec.VisibilityTimeout, q.spec.Retention, q.spec.Delay, q.spec.ReceiveWaitTime, st.limits.MessageSizeMax), nil
	}
	return "", errUsage
}

func (st *stage) born(name, group string, size spec.Size) message.Ref {
	if _, ok := st.groups[group]; !ok {
		st.groups[group] = uint32(len(st.groups))
	}
	ref, _ := st.store.New(st.eng.Now(), st.route, uint32(size), st.groups[group], 0)
	st.messages[name], st.names[ref], st.published[name] = ref, name, st.store.ID(ref)
	return ref
}

func answer(err error) string {
	if err == nil {
		return "ok\n"
	}
	return err.Error() + "\n"
}

// outbox is what takes messages: a queue or a topic.
type outbox interface {
	SendMessage(ref message.Ref, delay sim.Duration) error
}

func (st *stage) send(q outbox, name string, options [][2]string) (string, error) {
	size, delay := spec.Size(100), spec.Duration(message.QueueDefault)
	group, id, poison := "", "", false
	for _, o := range options {
		var err error
		switch o[0] {
		case "group":
			group = o[1]
		case "id":
			id = o[1]
		case "poison":
			poison = true
		case "size":
			err = size.UnmarshalText([]byte(o[1]))
		case "delay":
			err = delay.UnmarshalText([]byte(o[1]))
		default:
			err = errUsage
		}
		if err != nil {
			return "", err
		}
	}
	ref := st.born(name, group, size)
	if poison {
		st.store.At(ref).Flags |= message.Poison
	}
	if known, ok := st.ids[id]; ok {
		st.store.SetID(ref, known)
	} else if id != "" {
		st.ids[id] = st.store.ID(ref)
	}
	return answer(q.SendMessage(ref, delay.Sim())), nil
}

func (st *stage) sendBatch(q *queue, entries [][2]string) (string, error) {
	var refs []message.Ref
	var delays []sim.Duration
	for _, e := range entries {
		var size spec.Size
		delay := spec.Duration(message.QueueDefault)
		sizeText, delayText, delayed := strings.Cut(e[1], "+")
		err := size.UnmarshalText([]byte(sizeText))
		if delayed && err == nil {
			err = delay.UnmarshalText([]byte(delayText))
		}
		if err != nil {
			return "", err
		}
		refs, delays = append(refs, st.born(e[0], "", size)), append(delays, delay.Sim())
	}
	refused, err := q.SendMessageBatchEntries(refs, delays)
	if err != nil {
		return answer(err), nil
	}
	out := ""
	for _, ref := range refs {
		result := "successful"
		if slices.Contains(refused, ref) {
			result = "failed " + sqs.ErrInvalidParameterValue.Code
		}
		out += st.names[ref] + " " + result + "\n"
	}
	return out, nil
}

func (st *stage) ask(q *queue, options [][2]string) (*poll, error) {
	most, wait, visibility := 1, message.QueueDefault, message.QueueDefault
	attempt := ""
	for _, o := range options {
		var err error
		var d spec.Duration
		switch o[0] {
		case "attempt":
			attempt = o[1]
		case "max":
			most, err = strconv.Atoi(o[1])
		case "wait":
			if o[1] == "-1s" {
				wait = -2 // out of range on purpose
				continue
			}
			err = d.UnmarshalText([]byte(o[1]))
			wait = d.Sim()
		case "visibility":
			err = d.UnmarshalText([]byte(o[1]))
			visibility = d.Sim()
		default:
			err = errUsage
		}
		if err != nil {
			return nil, err
		}
	}
	p := &poll{}
	st.polls = append(st.polls, p)
	token := uint64(len(st.polls) - 1)
	if attempt != "" {
		q.ReceiveMessageAttempt(attempt, most, wait, visibility, st, token)
	} else {
		q.ReceiveMessage(most, wait, visibility, st, token)
	}
	return p, nil
}

func (st *stage) tell(p *poll) string {
	switch {
	case !p.done:
		return "not answered\n"
	case p.err != nil:
		return fmt.Sprintf("%s: %s\n", instant(p.at), p.err)
	case len(p.receipts) == 0:
		return fmt.Sprintf("%s: empty\n", instant(p.at))
	}
	out := ""
	for i, r := range p.receipts {
		out += fmt.Sprintf("%s: %s, receive %d\n", instant(p.at), st.name(r.Ref), p.counts[i])
	}
	return out
}

func (st *stage) receipt(name string, options [][2]string) (message.Receipt, error) {
	all := st.receipts[name]
	n := len(all)
	for _, o := range options {
		n, _ = strconv.Atoi(o[1])
	}
	if n < 1 || n > len(all) {
		return message.Receipt{}, fmt.Errorf("%s has no receipt %d", name, n)
	}
	return all[n-1], nil
}

func (st *stage) delete(q *queue, name string, options [][2]string) (string, error) {
	r, err := st.receipt(name, options)
	if err != nil {
		return "", err
	}
	return answer(q.DeleteMessage(r)), nil
}

func (st *stage) change(q *queue, args []string) (string, error) {
	r, err := st.receipt(args[0], nil)
	if err != nil {
		return "", err
	}
	var d spec.Duration
	if err := d.UnmarshalText([]byte(args[1])); err != nil {
		return "", err
	}
	return answer(q.ChangeMessageVisibility(r, d.Sim())), nil
}

func (st *stage) redrive(q *queue, args []string) (string, error) {
	var rate spec.Rate
	if err := rate.UnmarshalText([]byte(args[1])); err != nil {
		return "", err
	}
	return answer(q.StartMessageMoveTask(st.queues[args[0]].Queue, rate.PerSecond())), nil
}

func (st *stage) changeBatch(q *queue, args []string) (string, error) {
	n, err := strconv.Atoi(args[0])
	if err != nil {
		return "", err
	}
	return answer(q.ChangeMessageVisibilityBatch(make([]message.Receipt, n), sim.Second)), nil
}
