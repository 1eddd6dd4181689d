// Package accept measures how fast reports are accepted: the adapter with its feed
// over a durable ledger, beside the same handler over one in memory, server and
// client as processes of their own with one processor each. Absolute figures lie
// on shared hardware; the ratio of pairs does not.
//
// The package holds tests only:
//
//	go test ./internal/bench/accept -v                                  a few seconds, the ratio alone
//	ONWARD_LOAD=full go test ./internal/bench/accept -v -timeout 30m    five pairs, a minute of 1,000 a second, overload
package accept
