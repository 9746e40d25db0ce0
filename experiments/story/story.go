// Package story runs stories: what is done to queues, instant by instant, and what the service answers. A story is a
// text of commands, each followed by a line of four dashes and the answer that is expected:
//
//	queue q {visibility_timeout: 1s}
//	send q m
//	receive q
//	----
//	0s: m, receive 1
//
// The commands:
//
//	queue NAME {SPEC}                    make a queue, with the settings of the scenario file
//	send Q NAME [size=1KiB] [delay=1s] [group=g] [id=d]   SendMessage; a message of an id that was sent is a repeat
//	send-batch Q NAME=SIZE ...           SendMessageBatch
//	receive Q [max=1] [wait=0s] [visibility=30s] [attempt=a]   ReceiveMessage, until it is answered
//	ask R Q [max=1] [wait=0s]            the same in the background, under the name R
//	answer R                             what R was answered, and when
//	delete Q NAME [receipt=1]            DeleteMessage, with the latest receipt or the one given
//	change Q NAME TIMEOUT                ChangeMessageVisibility
//	change-batch Q COUNT TIMEOUT         ChangeMessageVisibilityBatch of so many entries
//	redrive Q TO RATE                    StartMessageMoveTask
//	purge Q                              PurgeQueue
//	repeat COUNT COMMAND                 the command so many times
//	topic NAME {SPEC}                    make a topic without subscriptions
//	subscribe T Q [{SPEC}]               subscribe a queue to a topic
//	publish T NAME [size=1KiB] [group=g] [id=d]   Publish
//	wait TIME                            let time pass
//	counts Q                             visible, in flight and delayed messages
//	settings Q                           the queue's settings
package story

import (
	"embed"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"weir/models/aws"
	"weir/models/message"
	"weir/models/sns"
	"weir/models/spec"
	"weir/models/sqs"
	"weir/sim"
)

//go:embed stories/*.txt
var shipped embed.FS

// Shipped returns the stories that the program brings along.
func Shipped() ([]Story, error) {
	files, err := shipped.ReadDir("stories")
	if err != nil {
		return nil, err
	}
	var all []Story
	for _, f := range files {
		text, err := shipped.ReadFile("stories/" + f.Name())
		if err != nil {
			return nil, err
		}
		stories, err := Parse(string(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name(), err)
		}
		all = append(all, stories...)
	}
	return all, nil
}

// Step is one command of a story with the answer that it expects.
type Step struct {
	Line     int
	Command  string
	Expected string // "" when the story expects nothing
}

// Story is a titled list of steps.
type Story struct {
	ID, Title, Source, Profile string
	Steps                      []Step
}

// Parse reads the stories of a text. A story begins with a line such as "# C001 visibility expiry"; lines "# source: …"
// and "# profile: …" below it say where it is from and which profile it runs in.
func Parse(text string) ([]Story, error) {
	var stories []Story
	var answer *Step
	for i, line := range strings.Split(text, "\n") {
		switch {
		case strings.HasPrefix(line, "# source: "):
			stories[len(stories)-1].Source = line[len("# source: "):]
		case strings.HasPrefix(line, "# profile: "):
			stories[len(stories)-1].Profile = line[len("# profile: "):]
		case strings.HasPrefix(line, "# "):
			id, title, _ := strings.Cut(line[2:], " ")
			stories, answer = append(stories, Story{ID: id, Title: title, Profile: "aws-2026"}), nil
		case line == "----":
			steps := stories[len(stories)-1].Steps
			if len(steps) == 0 {
				return nil, fmt.Errorf("line %d: an answer without a command", i+1)
			}
			answer = &steps[len(steps)-1]
		case strings.TrimSpace(line) == "":
			answer = nil
		case len(stories) == 0:
			return nil, fmt.Errorf("line %d: a story begins with # ID title", i+1)
		case answer != nil:
			answer.Expected += line + "\n"
		default:
			s := &stories[len(stories)-1]
			s.Steps = append(s.Steps, Step{Line: i + 1, Command: line})
		}
	}
	return stories, nil
}

// Answered is a step and what the service answered.
type Answered struct {
	Step
	Observed string
}

// Run plays a story in its profile. Unpublished chance is taken out: the queue lives on one server, so that every poll
// asks it and order is kept, and nothing comes back that was deleted.
func (s *Story) Run() ([]Answered, error) {
	p, err := aws.Load(s.Profile)
	if err != nil {
		return nil, err
	}
	for key, value := range map[string]string{"sqs.servers": "1", "sqs.duplicate_share": "0%"} {
		if err := p.Override(key, &yaml.Node{Kind: yaml.ScalarNode, Value: value}); err != nil {
			return nil, err
		}
	}
	st := &stage{
		profile: p, topics: map[string]*sns.Topic{}, published: map[string]uint32{},
		eng: sim.NewEngine(1, 0), store: message.NewStore(1000), limits: new(sqs.Limits), queues: map[string]*queue{},
		messages: map[string]message.Ref{}, groups: map[string]uint32{}, ids: map[string]uint32{},
		names: map[message.Ref]string{}, receipts: map[string][]message.Receipt{},
		asked: map[string]*poll{},
	}
	p.Fill(st.limits)
	st.route = st.store.Ledger.Open("story", "story")
	var out []Answered
	for _, step := range s.Steps {
		observed, err := st.do(strings.Fields(step.Command))
		if err != nil {
			return nil, fmt.Errorf("line %d: %s: %w", step.Line, step.Command, err)
		}
		if err := st.store.Ledger.Check(); err != nil {
			return nil, err
		}
		out = append(out, Answered{step, observed})
	}
	return out, nil
}

type queue struct {
	*sqs.Queue
	spec *sqs.Spec
}

type stage struct {
	eng      *sim.Engine
	store    *message.Store
	profile  *aws.Profile
	limits   *sqs.Limits
	topics   map[string]*sns.Topic
	route    message.RouteID
	queues   map[string]*queue
	messages map[string]message.Ref
	groups   map[string]uint32
	ids      map[string]uint32

	published map[string]uint32 // the identity of what was sent, by name
	names     map[message.Ref]string
	receipts  map[string][]message.Receipt
	asked     map[string]*poll
	polls     []*poll
}

// poll is one receive and its answer.
type poll struct {
	done     bool
	at       sim.Time
	receipts []message.Receipt
	counts   []uint16
	err      error
}

// Received takes the queue's answer to the poll that token numbers.
func (st *stage) Received(token uint64, receipts []message.Receipt, err error) {
	p := st.polls[token]
	p.done, p.at, p.err = true, st.eng.Now(), err
	for _, r := range receipts {
		p.receipts = append(p.receipts, r)
		p.counts = append(p.counts, st.store.At(r.Ref).Receives)
		name := st.name(r.Ref)
		st.receipts[name] = append(st.receipts[name], r)
	}
}

// instant writes an instant in seconds.
func instant(t sim.Time) string { return strconv.FormatFloat(t.Seconds(), 'g', -1, 64) + "s" }

// eventsMax bounds what may happen between two commands.
const eventsMax = 1 << 20

var errUsage = errors.New("not a command of a story")

func (st *stage) do(words []string) (string, error) {
	if words[0] == "queue" && len(words) >= 2 {
		return "", st.makeQueue(words[1], strings.Join(words[2:], " "))
	}
	if words[0] == "topic" && len(words) >= 2 {
		return "", st.makeTopic(words[1], strings.Join(words[2:], " "))
	}
	if words[0] == "repeat" && len(words) > 2 {
		return st.repeat(words[1], words[2:])
	}
	st.eng.Run(st.eng.Now(), eventsMax) // what is due at this instant comes first
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
	case "counts":
		return fmt.Sprintf("%s: visible %d, in flight %d, delayed %d\n", instant(st.eng.Now()), q.Visible.Value(),
			q.InFlight.Value(), q.Delayed.Value()), nil
	case "settings":
		return fmt.Sprintf("visibility_timeout %v, retention %v, delay %v, receive_wait_time %v, maximum_message_size %v\n",
			q.spec.VisibilityTimeout, q.spec.Retention, q.spec.Delay, q.spec.ReceiveWaitTime, st.limits.MessageSizeMax), nil
	}
	return "", errUsage
}

// repeat does a command so many times and answers what the last one did.
func (st *stage) repeat(count string, words []string) (answer string, err error) {
	n, err := strconv.Atoi(count)
	for i := 0; i < n && err == nil; i++ {
		answer, err = st.do(words)
	}
	return answer, err
}

// split parts words into arguments and options, written name=value.
func split(words []string) (args []string, options [][2]string) {
	for _, w := range words {
		if name, value, found := strings.Cut(w, "="); found {
			options = append(options, [2]string{name, value})
		} else {
			args = append(args, w)
		}
	}
	return args, options
}

func (st *stage) queueIn(args []string) *queue {
	if len(args) == 0 {
		return nil
	}
	return st.queues[args[0]]
}

// decode reads settings as the scenario file writes them.
func decode(settings string, into any) error {
	if settings == "" {
		settings = "{}"
	}
	source, err := spec.Parse("story", []byte("settings: "+settings))
	if err != nil {
		return err
	}
	d := &spec.Decoder{Source: source}
	d.Decode(spec.Child(source.Root, "settings"), into, "settings")
	return d.Errors.Sorted()
}

func (st *stage) makeQueue(name, settings string) error {
	s := new(sqs.Spec)
	if err := decode(settings, s); err != nil {
		return err
	}
	q := &queue{sqs.New(st.eng, st.store, name, s, st.limits), s}
	st.queues[name] = q
	if s.Redrive != nil {
		dead, ok := st.queues[s.Redrive.To.Name]
		if !ok {
			return fmt.Errorf("there is no queue %s", s.Redrive.To.Name)
		}
		q.Redrive(dead.Queue)
	}
	return nil
}

func (st *stage) pass(text string) error {
	var d spec.Duration
	if err := d.UnmarshalText([]byte(text)); err != nil {
		return err
	}
	st.eng.Run(st.eng.Now().Add(d.Sim()), eventsMax)
	return nil
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
	group, id := "", ""
	for _, o := range options {
		var err error
		switch o[0] {
		case "group":
			group = o[1]
		case "id":
			id = o[1]
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
	if known, ok := st.ids[id]; ok {
		st.store.SetID(ref, known)
	} else if id != "" {
		st.ids[id] = st.store.ID(ref)
	}
	return answer(q.SendMessage(ref, delay.Sim())), nil
}

func (st *stage) sendBatch(q *queue, entries [][2]string) (string, error) {
	var refs []message.Ref
	for _, e := range entries {
		var size spec.Size
		if err := size.UnmarshalText([]byte(e[1])); err != nil {
			return "", err
		}
		refs = append(refs, st.born(e[0], "", size))
	}
	refused, err := q.SendMessageBatch(refs, message.QueueDefault)
	if err != nil {
		return answer(err), nil
	}
	out := ""
	for _, ref := range refs {
		result := "successful"
		for _, r := range refused {
			if r == ref {
				result = "failed " + sqs.ErrInvalidParameterValue.Code
			}
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
