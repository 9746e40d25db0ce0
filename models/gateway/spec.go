package gateway

import (
	"weir/models/spec"
)

// Spec is what stands in front of a function or a fleet, as the scenario describes it.
type Spec struct {
	// What it is: rest_api, http_api, load_balancer, cloudfront or function_url.
	Type Type `yaml:"type" required:"true"`
	// The function that it asks, or the fleet whose instances are the targets of a load balancer.
	To spec.Link `yaml:"to" required:"true" link:"functions fleets" flow:"out"`
	// The target group of a load balancer in front of a fleet.
	Targets TargetSpec `yaml:"targets"`
	// Requests a second that the stage allows, of API Gateway; the account's unless set.
	RateLimit *spec.Rate `yaml:"rate_limit"`
	// Requests that may come at once above the rate.
	BurstLimit *int `yaml:"burst_limit" min:"1" max:"1000000"`
	// How long it waits for the function; the longest that AWS allows unless set.
	Timeout *spec.Duration `yaml:"timeout" min:"50ms"`
	// Answers requests again that were answered already, of a REST API.
	Cache *CacheSpec `yaml:"cache"`
	// Size of the responses.
	ResponseSize spec.Size `yaml:"response_size" default:"1KiB" min:"0B"`
	// Whether a load balancer has public addresses, or private ones alone: internet-facing or internal.
	Scheme Scheme `yaml:"scheme" default:"internet-facing"`
	// In how many zones a load balancer is, with a public address in each if it is internet-facing; those of the fleet
	// that it leads to unless set, and else three.
	Zones *int `yaml:"zones" min:"2" max:"6"`
	// Share of the responses that leave AWS to the internet, which is billed by the GB.
	ToInternet spec.Share `yaml:"to_internet" default:"0%"`
	// Share of the requests that come on a new connection, of a load balancer.
	NewConnections spec.Share `yaml:"new_connections" default:"10%"`
	// How long a connection stays open, of a load balancer.
	ConnectionLifetime spec.Duration `yaml:"connection_lifetime" default:"60s" min:"1ms"`
	// Rules that each request is held against, of a load balancer.
	Rules int `yaml:"rules" default:"1" min:"0" max:"100"`
	// When it runs at CloudFront: viewer or origin, at the request or the response.
	Event Event `yaml:"event" default:"origin"`
}

// CacheSpec is a cache of a REST API.
type CacheSpec struct {
	// How long an answer is good (AWS: cacheTtlInSeconds).
	TTL spec.Duration `yaml:"ttl" default:"300s" min:"0s" max:"1h"`
	// Size, by the names of the price list: 0.5GB, 1.6GB or 237GB.
	Size CacheSize `yaml:"size" default:"0.5GB"`
}

// CacheSize is the size of a cache.
type CacheSize string

// Values lists the sizes that have a sourced price, for the decoder and the schema.
func (CacheSize) Values() []string { return []string{"0.5GB", "1.6GB", "237GB"} }

// Type is what a gateway is.
type Type string

// The gateways.
const (
	RESTAPI      Type = "rest_api"
	HTTPAPI      Type = "http_api"
	LoadBalancer Type = "load_balancer"
	CloudFront   Type = "cloudfront"
	FunctionURL  Type = "function_url"
)

// Values lists the gateways, for the decoder and the schema.
func (Type) Values() []string {
	return []string{string(RESTAPI), string(HTTPAPI), string(LoadBalancer), string(CloudFront), string(FunctionURL)}
}

// Scheme is whom a load balancer serves.
type Scheme string

// The schemes.
const (
	InternetFacing Scheme = "internet-facing"
	Internal       Scheme = "internal"
)

// Values lists the schemes, for the decoder and the schema.
func (Scheme) Values() []string { return []string{string(InternetFacing), string(Internal)} }

// Event is when a function runs at CloudFront.
type Event string

// The events of CloudFront.
const (
	Viewer Event = "viewer"
	Origin Event = "origin"
)

// Values lists the events, for the decoder and the schema.
func (Event) Values() []string { return []string{string(Viewer), string(Origin)} }

// Limits are the constants of gateways that a profile holds.
type Limits struct {
	RateLimit      spec.Rate      `aws:"gateway.rate_limit"`
	BurstLimit     int64          `aws:"gateway.burst_limit"`
	RESTTimeout    spec.Duration  `aws:"gateway.rest.timeout_max"`
	HTTPTimeout    spec.Duration  `aws:"gateway.http.timeout_max"`
	IdleTimeout    spec.Duration  `aws:"gateway.load_balancer.idle_timeout"`
	ConnectTimeout spec.Duration  `aws:"gateway.load_balancer.connection_timeout"`
	PayloadMax     spec.Size      `aws:"gateway.payload_max"`
	ALBPayloadMax  spec.Size      `aws:"gateway.load_balancer.payload_max"`
	APILatency     spec.Durations `aws:"gateway.api.latency"`
	ALBLatency     spec.Durations `aws:"gateway.load_balancer.latency"`
	EdgeRate       spec.Rate      `aws:"gateway.edge.rate"`
	EdgeConcurrent int64          `aws:"gateway.edge.concurrent_executions"`
	ViewerTimeout  spec.Duration  `aws:"gateway.edge.viewer_timeout"`
	OriginTimeout  spec.Duration  `aws:"gateway.edge.origin_timeout"`
	ViewerResponse spec.Size      `aws:"gateway.edge.viewer_response_max"`
	OriginResponse spec.Size      `aws:"gateway.edge.origin_response_max"`
}
