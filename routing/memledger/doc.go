// Package memledger keeps a routing.Ledger in memory: for one-shot runs, tests
// and simulation.
//
// A [Ledger] is safe for concurrent use within one process: one mutex makes
// every method a transaction. It can be saved to a file and loaded from it, so
// that a later run goes on where an earlier one stopped; between two saves
// nothing is durable. Services want routing/durable.
//
// # What is copied
//
// Events, plans, facts and the field maps of receipts are immutable once they
// have been handed over: the ledger shares them with whoever gave them and
// whoever reads them. The structs around them, and the lists that the ledger
// itself appends to (receipts, acts, notices), are copied on the way in and on
// the way out.
//
// # Cost
//
// Claiming costs O(log n) for each due delivery that is looked at. Finished and
// waiting deliveries cost nothing, however many there are. Looking for due
// responsible people goes over all who are looked at again some night, and Depth
// over every delivery.
package memledger
