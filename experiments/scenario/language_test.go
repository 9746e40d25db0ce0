package scenario

import (
	"errors"

	"weir/models/spec"
)

// The language of these tests is a small one, in the manner of the real one.

type queueSpec struct {
	// How long a received message stays invisible.
	VisibilityTimeout spec.Duration `yaml:"visibility_timeout" default:"30s" max:"12h"`
	// How long a message is kept.
	Retention spec.Duration `yaml:"retention" default:"4d" min:"1m" max:"14d"`
	// How long a message is hidden at first.
	Delay spec.Duration `yaml:"delay" default:"0s"`
	// The largest message.
	MaximumMessageSize *spec.Size `yaml:"maximum_message_size"`
	// Where messages go that were received too often.
	Redrive *redriveSpec `yaml:"redrive"`
}

type redriveSpec struct {
	To              spec.Link `yaml:"to" required:"true" link:"queues"`
	MaxReceiveCount int       `yaml:"max_receive_count" required:"true" min:"1" max:"1000"`
}

type producerSpec struct {
	To       spec.Link     `yaml:"to" required:"true" link:"queues" flow:"out"`
	Arrivals arrivals      `yaml:"arrivals" required:"true"`
	Size     *spec.Sizes   `yaml:"size"`
	Together *spec.Numbers `yaml:"together"`
	Limit    *int64        `yaml:"limit" min:"1"`
}

type arrivals struct {
	Poisson  *spec.Rate `yaml:"poisson"`
	Constant *spec.Rate `yaml:"constant"`
	Spike    *spike     `yaml:"spike"`
}

func (arrivals) OneOf() {}

type spike struct {
	Base spec.Rate     `yaml:"base" required:"true"`
	Peak spec.Rate     `yaml:"peak" required:"true"`
	At   spec.Duration `yaml:"at" required:"true"`
	For  spec.Duration `yaml:"for" required:"true"`
}

type fleetSpec struct {
	From      spec.Link       `yaml:"from" required:"true" link:"queues" flow:"in"`
	Instances int             `yaml:"instances" default:"1" min:"1" max:"10000"`
	Instance  instanceSpec    `yaml:"instance"`
	Work      *spec.Durations `yaml:"work"`
	Calls     []callSpec      `yaml:"calls"`
	Failures  failureSpec     `yaml:"failures"`
	Then      *spec.Link      `yaml:"then" link:"queues" flow:"out"`
	Peak      float64         `yaml:"peak" default:"1" min:"1" max:"2"`
}

type instanceSpec struct {
	Type    string `yaml:"type" default:"m5.large"`
	Threads int    `yaml:"threads" default:"1" min:"1"`
}

type callSpec struct {
	To   spec.Link      `yaml:"to" required:"true" link:"databases"`
	Time spec.Durations `yaml:"time" required:"true"`
	Pool *int           `yaml:"pool" min:"1"`
}

type failureSpec struct {
	Error spec.Share `yaml:"error" default:"0%"`
	Crash *spec.Rate `yaml:"crash"`
}

type databaseSpec struct {
	Engine  engine `yaml:"engine" default:"postgres"`
	MultiAZ bool   `yaml:"multi_az" default:"false"`
}

type engine string

func (engine) Values() []string { return []string{"postgres", "mysql"} }

func testLanguage() *Language {
	return NewLanguage(Language{
		Sections: []Section{
			SectionOf[producerSpec]("producers", "What sends."),
			SectionOf[queueSpec]("queues", "Queues."),
			SectionOf[fleetSpec]("fleets", "What consumes."),
			SectionOf[databaseSpec]("databases", "What is called."),
		},
		Profiles: []string{"aws-2021", "aws-2026", "ideal"},
		Regions:  []string{"us-east-1", "eu-west-1"},
		CheckOverride: func(_ string, o Override) error {
			names := []string{"sqs.message_size_max", "sqs.in_flight_max"}
			for _, name := range names {
				if o.Key == name {
					return nil
				}
			}
			return errors.New("there is no constant " + spec.Quote(o.Key) + spec.DidYouMean(o.Key, names))
		},
	})
}
