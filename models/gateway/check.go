package gateway

import (
	"fmt"

	"weir/models/spec"
	"weir/sim"
)

// Check returns what AWS refuses of a gateway, and settings that it does not have.
func Check(s *Spec, limit *Limits) (problems []spec.Problem) {
	fail := func(field, format string, args ...any) {
		problems = append(problems, spec.Problem{Field: field, Text: fmt.Sprintf(format, args...)})
	}
	api := s.Type == RESTAPI || s.Type == HTTPAPI
	if s.Timeout != nil && sim.Duration(*s.Timeout) > limit.longest(s) {
		fail("timeout", "%s is out of range: a gateway of type %s waits up to %v", s.Timeout, s.Type, limit.longest(s))
	}
	if s.To.Section == "fleets" && s.Type != LoadBalancer {
		fail("type", "only a load_balancer stands in front of a fleet")
	}
	if s.Type != LoadBalancer && s.Scheme == Internal {
		fail("scheme", "only a load_balancer is internal")
	}
	if s.Type != LoadBalancer && s.Zones != nil {
		fail("zones", "only a load_balancer is in zones")
	}
	if s.Cache != nil && s.Type != RESTAPI {
		fail("cache", "only a rest_api has a cache")
	}
	if s.RateLimit != nil && !api {
		fail("rate_limit", "only a rest_api or http_api has a rate of its own")
	}
	if s.BurstLimit != nil && s.RateLimit == nil {
		fail("burst_limit", "has no meaning without a rate_limit")
	}
	if s.Type == CloudFront {
		most := limit.OriginResponse
		if s.Event == Viewer {
			most = limit.ViewerResponse
		}
		if s.ResponseSize > most {
			fail("response_size", "%s is out of range: a function at a %s event answers with up to %s", s.ResponseSize, s.Event,
				most)
		}
	}
	return problems
}
