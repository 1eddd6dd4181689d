package dri

import "github.com/onward-crm/onward/crm"

// Owner finds the owner of a new record of an object. The facts are those of
// the place where the record is created: Facts.New.Account is its account.
//
//	a finder gives          Lead                    Contact, Account
//	an active user          owner                   owner
//	an inactive user        backup, then manager, then next finder (RT16)
//	the integration user    next finder (RT17)
//	a queue                 owner                   next finder (RT19)
//	round robin             next active member of the pool (RT18)
//	assignment-rules        LeaveToRules            next finder
//	nothing, to the end     fallback, or its backup or manager
//
// Only a fallback that is empty or inactive, with nobody standing in, leaves the
// record without an owner; the reason is then default_missing or
// default_inactive.
func Owner(chain Chain, object crm.Object, fallback string, f Facts) Assignment {
	lead := object == crm.ObjectLead
	w := search{facts: f, fallback: fallback, queues: lead, rules: lead, standIns: true}
	w.run(chain)
	return w.out
}
