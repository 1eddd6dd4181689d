// Package chaos shows the promises about reliability with whole processes: they
// are killed at any moment and at named points, several work on one ledger, the
// CRM goes away for an hour, everything is sent five times. What is left of it,
// the log of the senders, the CRM's own log and the records of the ledger, goes
// through one checker.
//
//	accepted ⊆ terminal                                   nothing lost
//	one record for each delivery                          terminal once
//	one effect for each key where a plan says so          nothing doubled, nothing missing
//	effects ⊆ plans ⊆ accepted                            nothing phantom
//	an answer that nobody saw: present or absent          never twice
//	children have parents                                 no orphans
//	credits are the people created                        no wrong credits
//	the CRM holds what a run without trouble gives        no difference
//
// The package holds tests only:
//
//	go test ./internal/chaos                                          about 100 kills
//	ONWARD_KILLS=full go test ./internal/chaos -run Kill -timeout 30m 10,000 events, 1,400 kills
package chaos
