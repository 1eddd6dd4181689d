// Command onward turns reported job changes into CRM records, exactly once and
// with an explanation.
//
//	onward demo                             see it work, without any set-up
//	onward run --crm DIR --events FILE      work on a file of moves
//	onward explain --crm DIR --events FILE ID
//	                                        the whole story of one move
//	onward match --accounts FILE --queries FILE
//	                                        the account of each company of a list
//	onward serve                            take reports over HTTP and work on them
//	onward track …                          the people whom you follow, and the lists that
//	                                        name them
//	onward config check FILE                is this configuration right?
//	onward config schema                    JSON Schema for editors
//
// Results go to standard output, everything else to standard error. The exit
// code says how it went:
//
//	0  everything was decided and done
//	1  something is left for a person: moves were parked or refused, rows were
//	   bad and left out, or the run was interrupted
//	2  wrong usage or configuration; nothing was done
//	3  trouble with the CRM, the ledger or a file; run again to go on
package main
