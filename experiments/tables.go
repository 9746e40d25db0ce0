package experiments

import (
	"weir/experiments/scenario"
	"weir/models/meter"
	"weir/models/storage"
)

// tableSection is the key of the section of DynamoDB tables.
const tableSection = "tables"

// tableKind is the section of DynamoDB tables.
var tableKind = kind{
	scenario.SectionOf[storage.TableSpec](tableSection, "DynamoDB tables, by name; functions read their streams."),
	buildTable,
}

func buildTable(b *builder, c *scenario.Component) meter.Component {
	limits := new(storage.TableLimits)
	b.profile.Fill(limits)
	return storage.NewTable(b.eng, b.store, c.Path(), c.Spec.(*storage.TableSpec), limits)
}
