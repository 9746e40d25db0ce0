package lint

import (
	"slices"

	"weir/models/spec"
	"weir/results"
)

// Rule is a rule of design.
type Rule struct {
	ID       string // in lower case with hyphens
	Title    string // what it finds
	Severity results.Severity
	Reason   string // what AWS documents, in our words
	Source   string // where
	Date     string // of the source, year and month

	check func(d *design, report func(hit))
}

// hit is a place in a scenario where a rule finds something.
type hit struct {
	of      spec.Link // the component
	field   string    // below it
	text    string    // what is the matter, with the numbers of this design
	mild    bool      // nothing in the scenario goes wrong by it: it is an advice
	fix     []string  // settings that mend it
	figures []figure  // where a run shows it
}

// figure names a figure of a run as objectives do.
type figure struct{ metric, of string }

// cost is the month's bill.
var cost = figure{metric: "cost"}

// Rules returns all rules, those of a service together.
func Rules() []Rule { return slices.Clone(rules) }

// IDs returns the names of all rules.
func IDs() []string {
	ids := make([]string, len(rules))
	for i := range rules {
		ids[i] = rules[i].ID
	}
	return ids
}

// List returns the rules as a document.
func List() (list results.LintRules) {
	for i := range rules {
		list = append(list, rules[i].document())
	}
	return list
}

func (r *Rule) document() results.LintRule {
	return results.LintRule{
		ID: r.ID, Title: r.Title, Severity: r.Severity, Reason: r.Reason, Source: r.Source, Date: r.Date,
	}
}

// rules are all rules. Another one is one more value in the list of its service, and a file in testdata.
var rules = slices.Concat(queueRules, mappingRules, fifoRules, functionRules, streamRules, streamMappingRules,
	consumerRules, deliveryRules, fleetRules, scalingRules, callRules, limitRules, topicRules, accessRules, alarmRules,
	costRules)
