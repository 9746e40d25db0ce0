package lint

import (
	"fmt"
	"strings"

	"weir/models/lambda"
	"weir/models/network"
	"weir/models/spec"
	"weir/models/storage"
	"weir/results"
)

// Sources of the rules of access and networks.
const (
	guideIAM = "IAM user guide, docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html"
	guideVPC = "Lambda developer guide, configuration-vpc.md and foundation-networking.md (awsdocs/aws-lambda-developer-guide @38e9014)"
)

var accessRules = []Rule{
	{
		ID: "missing-permission", Severity: results.LintError,
		Title: "an access policy denies what the design does",
		Reason: "A request is denied unless a policy of its principal allows it, or of the resource; across accounts both have to, and a " +
			"Deny overrules every Allow.",
		Source: guideIAM, Date: "2026", check: missingPermission,
	},
	{
		ID: "vpc-without-route", Severity: results.LintError,
		Title: "a function in a VPC calls something that it cannot reach",
		Reason: "A function in a VPC has no public address, in a public subnet neither: it reaches services through a NAT gateway from a " +
			"private subnet, or through an endpoint of the service. Without one its calls time out.",
		Source: guideVPC, Date: "2022-11", check: withoutRoute,
	},
	{
		ID: "nat-in-place-of-endpoint", Severity: results.LintAdvice,
		Title:  "what goes to S3 or DynamoDB passes a NAT gateway",
		Reason: "A NAT gateway is billed for each GB that passes it; gateway endpoints, which S3 and DynamoDB have, cost nothing.",
		Source: "AWS price list of 16 August 2026, NAT gateways and gateway endpoints",
		Date:   "2026-08", check: natForGateway,
	},
}

func missingPermission(d *design, report func(hit)) {
	for _, denied := range d.Denials() {
		of, ok := d.component(denied.Principal)
		if !ok {
			continue
		}
		resource := denied.Resource
		if resource == "*" {
			resource = "any resource"
		}
		report(hit{
			of: of, field: d.edge(denied.Principal, denied.Resource),
			text: fmt.Sprintf("may not %s on %s: %s", denied.Action, resource, denied.Reason),
		})
	}
}

// component returns the component of a path.
func (d *design) component(path string) (spec.Link, bool) {
	for i := range d.doc.Components {
		if d.doc.Components[i].Path() == path {
			return d.doc.Components[i].Link, true
		}
	}
	return spec.Link{}, false
}

// edge returns the field of a component that links to another one; of a key, of what is encrypted with it, the
// policies.
func (d *design) edge(from, to string) string {
	for _, found := range d.doc.Links {
		if field, ok := strings.CutPrefix(found.Path, from+"."); ok && found.Link.String() == to {
			return field
		}
	}
	return "identity_policies"
}

// services are the services of the sections that calls out of a VPC lead to.
var services = map[string]network.Service{
	"queues": "sqs", "topics": "sns", "functions": "lambda", "event_buses": "events", "tables": "dynamodb",
	"buckets": "s3",
}

// reach is a field of a function that leads to a component.
type reach struct {
	field string
	to    spec.Link
}

// reaches returns what a function calls and sends to by itself.
func reaches(s *lambda.Spec) (all []reach) {
	for i := range s.Calls {
		all = append(all, reach{fmt.Sprintf("calls[%d].to", i), s.Calls[i].To})
	}
	for i := range s.Then {
		all = append(all, reach{fmt.Sprintf("then[%d].to", i), s.Then[i].To})
	}
	if s.OnFailureTo != nil {
		all = append(all, reach{"on_failure_to.to", s.OnFailureTo.To})
	}
	return all
}

// leads reports whether a VPC has a way to a service: by an endpoint, or by NAT from private subnets.
func leads(n *network.Spec, service network.Service) (endpoint, nat bool) {
	for _, e := range n.Endpoints {
		endpoint = endpoint || e == service
	}
	return endpoint, n.NATGateways > 0 && n.Subnets == network.Private
}

func withoutRoute(d *design, report func(hit)) {
	each(d, func(link spec.Link, s *lambda.Spec) {
		for _, r := range reaches(s) {
			if db := at[storage.Spec](d, r.to); db != nil {
				if db.VPC == nil || s.VPC != nil && *s.VPC == *db.VPC {
					continue
				}
				report(hit{
					of: link, field: r.field,
					text: fmt.Sprintf("%s is in %s, and the function is not: it does not reach it", r.to, db.VPC),
					fix:  []string{fmt.Sprintf("%s.vpc=%s", link, db.VPC)}, figures: []figure{of("errors", link)},
				})
				continue
			}
			if s.VPC == nil || r.to.Section == "caches" {
				continue
			}
			n := at[network.Spec](d, *s.VPC)
			service, known := services[r.to.Section]
			if endpoint, nat := leads(n, service); endpoint || nat {
				continue
			}
			h := hit{of: link, field: r.field, figures: []figure{of("errors", link), of("calls_without_route", *s.VPC)}}
			h.text = fmt.Sprintf("%s has no way to %s: ", s.VPC, r.to)
			switch {
			case n.Subnets == network.Public && n.NATGateways > 0:
				h.text += "the function is in a public subnet, where it does not use the NAT gateway"
				h.fix = []string{s.VPC.String() + ".subnets=private"}
			case known:
				h.text += "there is neither a NAT gateway nor an endpoint of " + string(service)
				h.fix = []string{fmt.Sprintf("%s.endpoints=%s", s.VPC, endpointsWith(n, service))}
			default:
				h.text += "there is no NAT gateway"
				h.fix = []string{s.VPC.String() + ".nat_gateways=1"}
			}
			report(h)
		}
	})
}

// endpointsWith returns the endpoints of a VPC and one more, as a setting.
func endpointsWith(n *network.Spec, one network.Service) string {
	var names []string
	for _, e := range n.Endpoints {
		names = append(names, string(e))
	}
	return "[" + strings.Join(append(names, string(one)), ", ") + "]"
}

func natForGateway(d *design, report func(hit)) {
	each(d, func(link spec.Link, s *lambda.Spec) {
		if s.VPC == nil {
			return
		}
		n := at[network.Spec](d, *s.VPC)
		for _, r := range reaches(s) {
			service := services[r.to.Section]
			endpoint, nat := leads(n, service)
			if service != "s3" && service != "dynamodb" || endpoint || !nat {
				continue
			}
			report(hit{
				of: link, field: r.field,
				text:    fmt.Sprintf("%s is reached through the NAT gateway of %s, by the GB: a gateway endpoint costs nothing", r.to, s.VPC),
				fix:     []string{fmt.Sprintf("%s.endpoints=%s", s.VPC, endpointsWith(n, service))},
				figures: []figure{cost, of("nat_gb", *s.VPC)},
			})
		}
	})
}
