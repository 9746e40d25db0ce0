package experiments

import (
	_ "embed"
	"encoding/json"
	"io"
	"reflect"
	"strings"
	"sync"

	"weir/experiments/scenario"
	"weir/models/aws"
	"weir/models/ec2"
	"weir/models/meter"
	"weir/models/sdk"
	"weir/models/spec"
	"weir/models/sqs"
	"weir/models/storage"
)

// kind is one section of the scenario file and how its components are built. A new service is one more line in kinds.
type kind struct {
	section scenario.Section
	// build makes the component. What it links to has been built when its kind stands earlier in the list.
	build func(b *builder, c *scenario.Component) meter.Component
}

// kinds are the sections, those that are linked to first.
var kinds = []kind{
	keyKind,
	networkKind,
	metricKind,
	alarmKind,
	{scenario.SectionOf[sqs.Spec]("queues", "SQS queues, by name; those of FIFO queues end in .fifo."), buildQueue},
	{scenario.SectionOf[storage.Spec]("databases", "Relational databases on RDS, by name."), buildDatabase},
	tableKind,
	cacheKind,
	serviceKind,
	streamKind,
	videoKind,
	viewerKind,
	cameraKind,
	functionKind,
	deploymentKind,
	gatewayKind,
	deliveryKind,
	endpointKind,
	topicKind,
	busKind,
	bucketKind,
	analyticsKind,
	{scenario.SectionOf[ec2.Spec]("fleets", "Fleets of EC2 instances that consume a queue, by name."), buildFleet},
	consumerKind,
	{scenario.SectionOf[sdk.ProducerSpec]("producers", "Producers of messages, by name."), buildProducer},
	faultKind,
}

// language is what a scenario file can say.
var language = func() *scenario.Language {
	l := scenario.Language{Profiles: aws.Names, Regions: aws.Regions(), CheckOverride: checkOverride}
	for _, k := range kinds {
		l.Sections = append(l.Sections, k.section)
	}
	return scenario.NewLanguage(l)
}()

func checkOverride(profile string, o scenario.Override) error {
	p, err := loadProfile(profile)
	if err != nil {
		return err
	}
	return p.Override(o.Key, o.Value)
}

// docs.json holds the doc comments of the Specs, by type and field: a program cannot read its own comments.
//
//go:generate go run ./docs
//go:embed docs/docs.json
var docs []byte

// Schema returns the JSON Schema of the scenario file.
func Schema() spec.Schema {
	return language.Schema(func(t reflect.Type, field string) string { return Comment(t, field) })
}

// Comment returns the doc comment of a field of a type that scenarios or results have, by its name in Go, or of the
// type itself when field is empty.
func Comment(t reflect.Type, field string) string { return comments()[typeName(t)+"."+field] }

var comments = sync.OnceValue(func() (all map[string]string) {
	if err := json.Unmarshal(docs, &all); err != nil {
		panic("experiments: docs.json: " + err.Error())
	}
	return all
})

// Sections returns the keys of the sections of a scenario.
func Sections() (keys []string) {
	for _, k := range kinds {
		keys = append(keys, k.section.Key)
	}
	return keys
}

// Figures reports the figures of the design's components, each once for a kind, with their units.
func (d *Design) Figures(report func(kind, figure, unit string)) error {
	t, err := d.build(0)
	if err != nil {
		return err
	}
	for i, c := range t.components {
		t.figures(i, 0, func(figure, unit string, _ float64) { report(c.Kind(), figure, unit) })
	}
	return nil
}

// WriteSchema writes the JSON Schema of the scenario file.
func WriteSchema(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(Schema())
}

// typeName is a type's name in docs.json: its package and name, without type parameters.
func typeName(t reflect.Type) string {
	name, _, _ := strings.Cut(t.Name(), "[")
	return t.PkgPath() + "." + name
}
