// Package contacts adds the tracked contacts to the operator's part of an adapter: the
// ranking and its counters, who is tracked, who is missing, and how well it works. Lists
// are imported by onward track, which works on the same database.
package contacts
