// Package dri answers two questions about a move: who shall own a new record,
// and who is directly responsible (the DRI) for somebody joining or leaving an
// account. It is pure: facts in, an [Assignment] with every step out.
//
// # Finders and chains
//
// A [Finder] is one way to come to a user, written as text:
//
//	record.owner                      owner of the new record
//	record.SDR__c                     user lookup on the new record
//	account.owner                     owner of the new account
//	account.CSM__c                    user lookup on the new account
//	opportunity.owner(newest)         owner of an open opportunity of the new account;
//	                                  also largest, closing-soonest
//	account_team(Customer Success)    member of the new account's team with that role
//	past_record.owner, past_record.FIELD__c, past_account.owner, past_account.FIELD__c,
//	past_opportunity.owner(…), past_account_team(…)
//	                                  the same at the company that the person left
//	user(005xx0000012345AAA)          one user; the bare id will do
//	queue(00Gxx0000012345EAA)         a queue
//	round_robin(POOL)                 the next active member of a pool
//	manager(FINDER)                   the active manager of whom FINDER finds
//	assignment-rules                  leave a lead's owner to the CRM
//	default                           the default user
//	none                              nobody, and stop here
//
// A [Chain] is a list of finders, tried in order. The default user ends every
// chain, written or not.
//
// # Two questions
//
// [Owner] follows the chain for the owner of a new record: for an inactive user
// the backup and then the manager stand in. [Resolve] follows the chain that the
// [Matrix] holds for the scenario, the class of the account and the kind of the
// record: an inactive user is passed over. [ResolveMove] answers for both halves
// of a move.
package dri
