// Package memstore keeps tracked contacts in memory: for one-shot runs, tests and
// examples. It is the reference for what a contacts.Store does.
package memstore
