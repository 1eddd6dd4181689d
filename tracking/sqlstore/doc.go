// Package sqlstore keeps tracked contacts, sponsors and what rounds have learned in a SQL
// database: a SQLite file or PostgreSQL, usually the one that holds the ledger. [Contacts]
// is a contacts.Store, [Sponsors] a sponsor.Store, [Rounds] a rounds.Store. Any number of
// processes may share the database.
//
// What is looked up by a person's key is found by the key's digest, so that keys of any
// length and content can be stored, and an erasure reaches all that the key leads to.
package sqlstore
