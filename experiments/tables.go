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
	s := c.Spec.(*storage.TableSpec)
	if a := s.Capacity.AutoScaling; a != nil && (a.MinRead > a.MaxRead || a.MinWrite > a.MaxWrite) {
		b.fail(c, "capacity.auto_scaling", "a minimum is above its maximum: min_read %d, max_read %d, min_write %d, max_write %d",
			a.MinRead, a.MaxRead, a.MinWrite, a.MaxWrite)
	}
	return storage.NewTable(b.eng, b.store, c.Path(), s, limits)
}
