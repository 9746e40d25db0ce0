// Package service models an HTTP service that work calls: one of the team's own, or a third party's.
//
// # What is modelled
//
// A station of so many requests served at once, with a line in front of it that may be bounded: one more is answered
// 503. A rate limit, as a token bucket, answers 429 before anything else is looked at, and serves nothing for it. A
// share of the requests fails at the end of its service with 500. A client that has given up is not noticed: the
// service goes on for nothing, and counts the answers that nobody read.
//
// # What is not
//
// Services behind services, connection limits, deadlines that are passed on, load shedding by age.
//
// # Statistics
//
// Requests by how they were answered; levels of requests served and waiting; the time from arrival to answer.
package service
