// Package storage models what keeps data: relational databases on RDS.
//
// # What is modelled
//
// A limit of connections, by the engine's formula over the memory of the class unless set. Each client instance
// keeps a pool: connections are opened as they are needed and stay open, and queries wait in the pool's line for
// one, for a limited time. A pool that must open a connection when the database has none left fails the query: too
// many connections. With a connection, a query is served at once while fewer than the concurrency are; the others
// wait in the database's line, and fail when that is full.
//
// # What is not
//
// The database does not slow down under load unless its concurrency is set; the time of a query is what the scenario
// says. Fail-over, replicas, storage limits and RDS Proxy are not there yet. Opening a connection takes no time.
//
// # Facts
//
// The formulas for max_connections stand in models/aws/data/constants/rds.yaml with source and date.
//
// # Statistics
//
// Levels of connections, queries served and waiting; counts of answers and of each error; the time from call to answer.
package storage
