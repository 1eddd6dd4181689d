// Package sqlstore is a [notify.Sent] in a SQL database: a SQLite file or PostgreSQL,
// usually the one that holds the ledger. Any number of processes may share it. It
// holds ids of users and weeks, and nothing of the people whom messages tell of.
package sqlstore
