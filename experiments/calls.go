package experiments

import (
	"fmt"

	"weir/experiments/scenario"
	"weir/models/cache"
	"weir/models/calls"
	"weir/models/iam"
	"weir/models/lambda"
	"weir/models/message"
	"weir/models/meter"
	"weir/models/network"
	"weir/models/service"
	"weir/models/spec"
	"weir/models/storage"
	"weir/sim/random"
)

// What work calls.
const (
	databaseSection = "databases"
	cacheSection    = "caches"
	serviceSection  = "services"
	bucketSection   = "buckets"
)

// serviceKind is the section of HTTP services.
var serviceKind = kind{
	scenario.SectionOf[service.Spec](serviceSection, "HTTP services that work calls, by name."),
	func(b *builder, c *scenario.Component) meter.Component {
		return service.New(b.eng, c.Path(), c.Spec.(*service.Spec))
	},
}

// cacheKind is the section of caches.
var cacheKind = kind{
	scenario.SectionOf[cache.Spec](cacheSection, "Caches of ElastiCache that work calls, by name."),
	func(b *builder, c *scenario.Component) meter.Component {
		limits := new(cache.Limits)
		b.profile.Fill(limits)
		return cache.New(b.eng, c.Path(), c.Spec.(*cache.Spec), limits)
	},
}

// callConstants are the constants that calls take from the profile beside the rules of SDKs.
type callConstants struct {
	HTTP  spec.Durations `aws:"sdk.http.latency"`
	Put   spec.Durations `aws:"sdk.dynamodb.put.latency"`
	Get   spec.Durations `aws:"sdk.dynamodb.get.latency"`
	Cache spec.Durations `aws:"elasticache.latency"`
}

// callDesign is one call of a component's work, whatever kind of component it is.
type callDesign struct {
	field       string // such as calls[0]
	to          spec.Link
	time        *spec.Durations
	pool        int
	poolTimeout spec.Duration
	policy      *calls.PolicySpec
	vpc         *spec.Link // that the component is in, of functions
}

// plain reports whether a call is to a database and has no policy: the connections alone make it.
func (k *callDesign) plain() bool {
	t := &k.policy.TargetSpec
	return k.to.Section == databaseSection && !k.policy.Optional && k.policy.Miss == nil && t.Timeout == nil &&
		t.Retry == nil && t.CircuitBreaker == nil && t.MaxConcurrent == nil && t.CrossAZ == 0 && t.Via == nil
}

// call returns what makes a call for one process after the other, or nil when something is wrong with it.
func (b *builder) call(c *scenario.Component, k callDesign) func() calls.Downstream {
	connect := b.callee(c, &k)
	if connect == nil {
		return nil
	}
	if k.plain() {
		return func() calls.Downstream { return b.pool(c, k.to, connect().(calls.Downstream)) }
	}
	name := c.Path() + "/" + k.to.String()
	for n := 2; b.named(name); n++ {
		name = fmt.Sprintf("%s/%s/%d", c.Path(), k.to, n)
	}
	group := calls.NewGroup(b.eng, name, k.policy, b.callParts(c, &k))
	b.extra = append(b.extra, group)
	behind := func() *calls.Client { return nil }
	if m := k.policy.Miss; m != nil {
		if k.to.Section != cacheSection {
			b.fail(c, k.field+".miss", "only a cache has misses")
			return nil
		}
		missed := callDesign{
			field: k.field + ".miss", to: m.To, time: m.Time, pool: k.pool, poolTimeout: m.PoolTimeout, vpc: k.vpc,
			policy: &calls.PolicySpec{TargetSpec: m.TargetSpec},
		}
		if m.Pool != nil {
			missed.pool = *m.Pool
		}
		ask := b.callee(c, &missed)
		if ask == nil {
			return nil
		}
		parts := b.callParts(c, &missed)
		parts.Draws = true
		second := calls.NewGroup(b.eng, name+"/miss/"+m.To.String(), missed.policy, parts)
		b.extra = append(b.extra, second)
		behind = func() *calls.Client { return second.NewClient(ask(), nil) }
	}
	return func() calls.Downstream { return group.NewClient(connect(), behind()) }
}

// named reports whether there is a component of a name that is none of the scenario.
func (b *builder) named(name string) bool {
	for _, c := range b.extra {
		if c.Name() == name {
			return true
		}
	}
	return false
}

// callParts returns what a group of calls is built from.
func (b *builder) callParts(c *scenario.Component, k *callDesign) calls.Parts {
	constants, rules := new(callConstants), new(calls.Rules)
	b.profile.Fill(constants)
	b.profile.Fill(rules)
	parts := calls.Parts{Rules: rules}
	if state := b.faultState(k.to); state != nil { // no fault is no interface at all
		parts.Disturbance = state
	}
	if k.time != nil {
		parts.Service = k.time.Dist()
	}
	switch k.to.Section {
	case tableSection:
		parts.SDK, parts.Latency = true, constants.Get.Dist()
		if k.policy.Operation == calls.Write {
			parts.Latency = constants.Put.Dist()
		}
	case bucketSection:
		limits := new(storage.BucketLimits)
		b.profile.Fill(limits)
		parts.SDK, parts.Latency = true, limits.FirstByte(k.policy.Operation)
	case cacheSection:
		parts.Latency = constants.Cache.Dist()
	case serviceSection:
		parts.Latency = constants.HTTP.Dist()
	}
	through := k.policy.Via
	if k.vpc != nil && k.to.Section != databaseSection && k.to.Section != cacheSection {
		through = k.vpc
	}
	if through != nil {
		if n, ok := linked[*network.Network](b, c, k.field+".via", *through); ok {
			parts.Meter = func(bytes int64) { n.Pass(services[k.to.Section], bytes) }
		}
	}
	return parts
}

// callee returns what connects one process after the other to what is called, or nil when something is wrong.
func (b *builder) callee(c *scenario.Component, k *callDesign) func() calls.Callee {
	b.checkCall(c, k)
	if closed := b.outOfReach(c, k); closed != nil {
		return closed
	}
	switch k.to.Section {
	case databaseSection:
		if db, ok := linked[*storage.Database](b, c, k.field+".to", k.to); ok {
			return func() calls.Callee { return db.NewPool(k.pool, k.poolTimeout.Sim()) }
		}
	case tableSection:
		action := "dynamodb:GetItem"
		if k.policy.Operation == calls.Write {
			action = actionPutItem
		}
		if t, ok := linked[*storage.Table](b, c, k.field+".to", k.to); ok {
			return b.permitted(c, k, action, t.Client(&k.policy.TargetSpec))
		}
	case bucketSection:
		action := actionGet
		if k.policy.Operation == calls.Write {
			action = actionPut
		}
		if u, ok := linked[*storage.Bucket](b, c, k.field+".to", k.to); ok {
			return b.permitted(c, k, action, u.Client(&k.policy.TargetSpec))
		}
	case cacheSection:
		if u, ok := linked[*cache.Cache](b, c, k.field+".to", k.to); ok {
			return func() calls.Callee { return u.Client(k.policy.Operation, k.pool) }
		}
	case serviceSection:
		if v, ok := linked[*service.Service](b, c, k.field+".to", k.to); ok {
			return func() calls.Callee { return v.Client(k.time == nil) }
		}
	}
	return nil
}

// checkCall refuses a call whose time nobody knows, and settings that have no meaning where they stand.
func (b *builder) checkCall(c *scenario.Component, k *callDesign) {
	called := b.doc.Component(k.to)
	if called == nil {
		return // the link has been checked
	}
	switch k.to.Section {
	case databaseSection:
		if k.time == nil {
			b.fail(c, k.field+".time", "is needed: how long %s takes to answer once it serves the call", k.to)
		}
	case serviceSection:
		if s := called.Spec.(*service.Spec); k.time == nil && s.Time == nil {
			b.fail(c, k.field+".time", "is needed, for %s has no time of its own", k.to)
		}
	default:
		if k.time != nil {
			b.fail(c, k.field+".time", "has no meaning here: %s takes its own time", k.to)
		}
	}
	if k.to.Section == tableSection && k.policy.Operation == calls.Write && b.streamRead(k.to) {
		b.fail(c, k.field+".operation", "a write by a call makes no change in the table's stream, which is read here: send "+
			"to the table by then")
	}
}

// streamRead reports whether a function reads the stream of a table.
func (b *builder) streamRead(table spec.Link) bool {
	for i := range b.doc.Components {
		if s, ok := b.doc.Components[i].Spec.(*lambda.Spec); ok {
			for m := range s.EventSources {
				if s.EventSources[m].From == table {
					return true
				}
			}
		}
	}
	return false
}

// permitted returns what is shared by all processes, or what denies them: their role decides.
func (b *builder) permitted(
	c *scenario.Component, k *callDesign, action string, shared calls.Callee,
) func() calls.Callee {
	if d := b.denial(c, k.to, action); d != nil {
		shared = deniedCallee{d}
	}
	return func() calls.Callee { return shared }
}

// deniedCallee answers who may not call.
type deniedCallee struct{ denial *iam.Denial }

// Call denies the call.
func (d deniedCallee) Call(caller message.Caller, token uint64, _ calls.Request) uint64 {
	caller.Answered(token, d.denial.Deny())
	return 0
}

// GiveUp does nothing.
func (deniedCallee) GiveUp(uint64) {}

// Reset does nothing.
func (deniedCallee) Reset() {}

// outOfReach returns what stands for a callee that a function does not reach from its VPC, or nil for one that it does.
func (b *builder) outOfReach(c *scenario.Component, k *callDesign) func() calls.Callee {
	if _, isFunction := c.Spec.(*lambda.Spec); !isFunction {
		return nil
	}
	var in *spec.Link // the VPC where the way ends
	switch k.to.Section {
	case databaseSection:
		d, ok := b.doc.Component(k.to).Spec.(*storage.Spec)
		if !ok || d.VPC == nil || k.vpc != nil && *k.vpc == *d.VPC {
			return nil
		}
		in = d.VPC
	case cacheSection:
		return nil
	default:
		if k.vpc == nil {
			return nil
		}
		if n, ok := b.built[*k.vpc].(*network.Network); !ok || n.Reaches(services[k.to.Section]) {
			return nil
		}
		in = k.vpc
	}
	n, ok := b.built[*in].(*network.Network)
	if !ok {
		return nil // the link has been checked
	}
	constants := new(networkConstants)
	b.profile.Fill(constants)
	closed := network.NewClosed(b.eng, c.Path()+"/"+k.to.String(), n, constants.ConnectTimeout.Sim())
	return func() calls.Callee { return closed }
}

// timeOf returns the time that a callee takes for a call, or nil when it takes its own.
func timeOf(d *spec.Durations) random.Dist {
	if d == nil {
		return nil
	}
	return d.Dist()
}
