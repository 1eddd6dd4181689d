// Package sim runs the whole path of a move, from acceptance to its record,
// under faults: the real engine, ledger and client against the embedded CRM, in
// one goroutine, with one seed for everything that is left to chance. A seed
// that fails fails again.
//
// What must hold in the end, whatever went wrong in between:
//
//	accepted deliveries are terminal, each with one record        nothing lost
//	each key has at most one create in the CRM's own log          nothing doubled
//	every effect's key stands in a stored plan                    nothing phantom
//	every contact's account exists                                no orphans
//	credits are the people created                                no wrong credits
//	each is booked once, under the relationship of the decision   exactly once, in two stores
//	the CRM holds what a run without faults gives, once an
//	operator has resumed what was parked                          no difference
//
// The package holds tests only:
//
//	go test ./internal/sim                                        200 seeds, 500 fault positions
//	ONWARD_SIM_SEEDS=2000 ONWARD_SIM_ALL=1 go test ./internal/sim 2,000 seeds, all positions
package sim
