// Package sqlstore is an [adapter.Store] in a SQL database: a SQLite file or
// PostgreSQL, usually the one that holds the ledger. Any number of processes may
// share it.
//
// Requests that could not be verified are kept as they came, with all that
// strangers may have written into them: give Options.Key to keep them encrypted.
package sqlstore
