// Package contacts keeps the tracked contacts: it imports lists of people, merges
// them, and keeps the two ledgers of credits.
//
// The rules are values and functions of package tracking. Here are the ports through
// which they meet the world, and the [Service] that ties them together. A [Store]
// keeps lists, people and events; a [Source] gives the rows of a list. Package
// memstore is a Store in memory, trackingtest the suite that defines one.
//
// # An import
//
// [Service.Preview] reads a source and counts what it would change, without keeping
// anything. [Service.Import] reads it again and activates it. Rows are staged in
// batches and become visible all at once, so that a source that breaks off halfway
// changes nothing: nobody is counted twice, and nobody is taken for gone. Afterwards
// the people tracked are settled with what is stored, and each change is an event of
// the ledger.
package contacts
