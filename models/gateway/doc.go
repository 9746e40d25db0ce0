// Package gateway models what stands in front of a function or a fleet for HTTP requests: REST and HTTP APIs of API
// Gateway, an Application Load Balancer, CloudFront with Lambda@Edge, and function URLs.
//
// # What is modelled
//
// A request takes the gateway's own time on its way, and is refused when the account's or the stage's rate is used up
// or when its body is too large. A REST API may answer it from its cache: a request of a key that was answered within
// the time to live. The function is asked once: a gateway does not try again. What it answers becomes an HTTP status:
// 502 for an error of the function, 500 or 503 for one that was throttled, 504 when the integration's time is up; the
// function goes on all the same. The latency that a client sees is its own figure, with the gateway's and the
// function's time in it.
//
// A load balancer is billed by the hour and by load balancer capacity units: of each hour the greatest of new
// connections, active connections, bytes and rules evaluated. An internet-facing one has a public IPv4 address in each
// zone, which is billed by the hour. Lambda@Edge has its own limits of requests and concurrency in each region.
//
// A target whose host is gone (a crashed instance or task of Fargate, a lost zone) does not answer. What it had is
// waited for until the time for answers is up, a connection to it is tried for 10 s, and both end with 504. A host
// that lives (a crashed task on an instance of EC2, an instance that shuts down) resets connections: 502 at once.
// Either goes on until the target's health checks have failed.
//
// Least outstanding requests chooses among the targets with the fewest of them in turns. What a target that does not
// answer was given is outstanding, so that it is given little more. One that refuses has none outstanding: where all
// others are busy, it gets every request until its health checks have failed, and where they are not, its share. That
// black hole is the algorithm's; how AWS chooses among equals it does not say.
//
// # What is not
//
// More addresses of a load balancer that has grown, and those without public IPv4 (dualstack-without-public-ipv4),
// which cost as internal ones. Health checks that an overloaded instance fails, slow start, weights, sticky sessions,
// zones of a load balancer and its surge of nodes. Connections to targets that stay open: a request on one to a lost
// host would wait for as long as for an answer, not for the 10 s of a new connection. Each request has its own.
// Authorizers, usage plans, WebSockets, request validation, compression, response streaming. The cache holds keys, and
// is as large as it need be. Clients connect anew for a share of their requests, which is a setting. The edge is one
// region.
//
// # Facts
//
// API Gateway developer guide (awsdocs/amazon-api-gateway-developer-guide @781597d), limits.md; Application Load
// Balancer guide (awsdocs @8600c69), lambda-functions.md, load-balancer-troubleshooting.md (502 and 504); CloudFront
// developer guide (awsdocs @d06f16f). That a throttled function becomes 500 at a REST API: AWS's staff in forum
// threads (stackoverflow.com, 36363280). Constants with sources stand in models/aws/data/constants/gateway.yaml; the
// gateways' own latency is no figure of AWS's.
//
// # Statistics
//
// Requests, by how they were answered; cache hits; latency from the request's arrival to its answer. Of targets: how
// many are healthy and unhealthy, connections that failed, and requests whose target went while it had them.
package gateway
