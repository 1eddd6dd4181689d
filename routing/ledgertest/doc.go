// Package ledgertest is the definition of a routing.Ledger: a suite of tests
// that every implementation passes.
//
//	func TestLedger(t *testing.T) {
//		ledgertest.Run(t, func(t *testing.T) routing.Ledger { return memledger.New() })
//	}
//
// Each topic has a file. All times are arguments, so nothing here sleeps, and a
// ledger that reads a clock of its own fails. Values are compared as JSON: that
// is the form in which they last.
package ledgertest
