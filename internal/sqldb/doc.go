// Package sqldb opens SQLite files and PostgreSQL databases in the way that a ledger
// needs them: a commit is on the disk before it is reported. One code path over
// database/sql serves both; what differs is a Dialect. Migrations go forward only.
package sqldb
