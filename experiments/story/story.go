// Package story runs stories: what is done to queues and streams, instant by instant, and what the service answers. A
// story is a text of commands, each followed by a line of four dashes and the answer that is expected:
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
//	send-batch Q NAME=SIZE[+DELAY] ...   SendMessageBatch
//	receive Q [max=1] [wait=0s] [visibility=30s] [attempt=a]   ReceiveMessage, until it is answered
//	ask R Q [max=1] [wait=0s]            the same in the background, under the name R
//	answer R                             what R was answered, and when
//	delete Q NAME [receipt=1]            DeleteMessage, with the latest receipt or the one given
//	change Q NAME TIMEOUT                ChangeMessageVisibility
//	change-batch Q COUNT TIMEOUT         ChangeMessageVisibilityBatch of so many entries
//	redrive Q TO RATE                    StartMessageMoveTask
//	purge Q                              PurgeQueue
//	delete-queue Q, create-queue Q       DeleteQueue, CreateQueue
//	sequence Q NAME                      the sequence number of a message of a FIFO queue
//	repeat COUNT COMMAND                 the command so many times
//	topic NAME {SPEC}                    make a topic without subscriptions
//	subscribe T Q [{SPEC}]               subscribe a queue to a topic
//	publish T NAME [size=1KiB] [group=g] [id=d]   Publish
//	function NAME {SPEC}                 make a function
//	map F Q [{SPEC}]                     let a function read a queue or stream, with the settings of an event source
//	on-failure F Q                       asynchronous events that are given up go to a queue
//	event F NAME [poison=yes]            an asynchronous event
//	invoke F NAME                        a synchronous request
//	answers F                            what the requests were answered, and when
//	runs F                               the function's invocations so far
//	processed F                          how many messages the function has processed
//	stream NAME {SPEC}                   make a data stream; its records are kept for iterators
//	put S NAME [key=k] [hash=PART/OF] [size=1KiB] [poison=yes]   PutRecord; sizes are without the partition key
//	put-records S NAME[@KEY] COUNT*NAME ... [size=1KiB]   PutRecords
//	fill S COUNT KEY [every=1ms] [size=1KiB]   PutRecord of so many, with keys that count up, such as k-000
//	iterator I S SHARD TYPE [SEQUENCE or TIME]   GetShardIterator, under the name I
//	get I [limit=n]                      GetRecords, which moves the iterator on
//	consumer C S [efo=yes]               a consumer that polls, or is registered, from now on
//	got C                                the records that it got, and when
//	split S SHARD, merge S A B, update-shard-count S N   SplitShard, MergeShards, UpdateShardCount
//	shards S                             the shards and their parents
//	records S                            how many records were put into each shard
//	readers S                            whether all consumers keep up
//	alarm M of N POINT ...               an alarm's state after such datapoints, by the treatment of missing ones
//	group NAME {SPEC}                    make an Auto Scaling group, with the settings of scaling
//	metric G POLICY VALUE                let a policy (target, step or simple; a second one targetb …) act on a value
//	desire G N, fail G N                 set the desired capacity; let so many instances fail
//	capacity G                           the desired capacity, what is in service, and where
//	wait TIME                            let time pass
//	counts Q                             visible, in flight and delayed messages
//	settings Q                           the queue's settings
package story

import (
	"embed"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"weir/models/aws"
	"weir/models/lambda"
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
	chance := maps.Clone(quiet)
	chance["sqs.servers"], chance["sqs.duplicate_share"] = "1", "0%"
	for key, value := range chance {
		if err := p.Override(key, &yaml.Node{Kind: yaml.ScalarNode, Value: value}); err != nil {
			return nil, err
		}
	}
	st := &stage{
		profile: p, functions: map[string]*function{}, topics: map[string]*sns.Topic{}, published: map[string]uint32{},
		eng: sim.NewEngine(1, 0), store: message.NewStore(messagesMax), limits: new(sqs.Limits), queues: map[string]*queue{},
		messages: map[string]message.Ref{}, groups: map[string]uint32{}, ids: map[string]uint32{},
		names: map[message.Ref]string{}, receipts: map[string][]message.Receipt{},
		asked: map[string]*poll{}, streams: map[string]*data{}, iterators: map[string]*iterator{},
		consumers: map[string]*consumer{}, scaled: map[string]*group{},
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
	eng     *sim.Engine
	store   *message.Store
	profile *aws.Profile
	limits  *sqs.Limits
	topics  map[string]*sns.Topic

	functions map[string]*function
	account   *lambda.Account // nil without functions

	streams   map[string]*data
	iterators map[string]*iterator
	consumers map[string]*consumer
	scaled    map[string]*group

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

// messagesMax bounds the messages that live at once.
const messagesMax = 1 << 17

var errUsage = errors.New("not a command of a story")

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
		q.Redrive(dead.Queue, s.Redrive.MaxReceiveCount)
	}
	return nil
}

func (st *stage) pass(text string) error {
	var d spec.Duration
	if err := d.UnmarshalText([]byte(text)); err != nil {
		return err
	}
	return st.run(d.Sim())
}

// run lets time pass. A story that stops before has more messages or events than a story should.
func (st *stage) run(d sim.Duration) error {
	if why := st.eng.Run(st.eng.Now().Add(d), eventsMax); why != sim.Reached && why != sim.Drained {
		return fmt.Errorf("the story stopped at %s: too much happens in it", instant(st.eng.Now()))
	}
	return nil
}
