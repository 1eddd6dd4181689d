// Package durable keeps a routing.Ledger in a SQLite file or a PostgreSQL database:
// for services, which must not lose what they have accepted.
//
// A [Ledger] is safe for concurrent use, also by several processes on one file or one
// database. Both kinds are served by one code path; routing/ledgertest is its
// definition, as it is that of routing/memledger. Every method is one transaction,
// and an answer comes after the commit, which is on the disk by then. Accept lets
// concurrent callers share a commit: one write to the disk serves them all.
//
// The ledger is the queue as well. A [Runner] drains it and keeps the schedules.
//
// # Who waits for whom
//
// A SQLite file has one writer at a time. On PostgreSQL three things are done one after
// another, each under an advisory lock of its own: accepting (so that the order of
// acceptance is the order of commits), claiming (so that no two workers get deliveries
// of one person), and deciding (so that aliases and rota pointers go on from where the
// decision saw them). All else goes side by side, under the locks of its rows.
//
// # Cost
//
// Finished deliveries are in none of the indexes that work goes by, so claiming costs
// the same however many there are. What was erased is overwritten in a SQLite file and
// its log; PostgreSQL keeps dead rows until its next vacuum.
package durable
