package tracking

import (
	"slices"

	"github.com/onward-crm/onward/matching"
)

// relation is how the new company stands to the old one.
type relation string

const (
	relationUnknown   relation = "unknown"   // one of the two is not known
	relationSame      relation = "same"      // one company
	relationHierarchy relation = "hierarchy" // two accounts under one top
	relationUncertain relation = "uncertain" // perhaps one company
	relationDifferent relation = "different"
)

// relate compares the new company with the old one. The first row that applies
// decides:
//
//	the new one bought the old one                        same
//	one account                                           same
//	two accounts under one top                            hierarchy
//	one company by domain, page or pin                    same
//	one company by name, no two accounts against it       same
//	one company by name, but two accounts                 uncertain
//	perhaps one company; names alike, but two accounts    different
//	perhaps one company; nothing to compare               different
//	perhaps one company, otherwise                        uncertain
//	otherwise                                             different
func (o Observation) relate(old, to Position) (relation, []Reason) {
	toKnown := named(to.Company) || o.ToAccount.ID != ""
	if !toKnown || !named(old.Company) && o.FromAccount.ID == "" {
		return relationUnknown, nil
	}
	same, evidence := o.Profile.SameCompany(dated(old), datedAfter(to, old))
	if same == matching.SamenessSame && has(evidence, matching.ReasonAcquired) {
		return relationSame, []Reason{ReasonAcquired}
	}
	twoAccounts := o.FromAccount.ID != "" && o.ToAccount.ID != "" && o.FromAccount.ID != o.ToAccount.ID
	switch {
	case o.FromAccount.ID != "" && o.FromAccount.ID == o.ToAccount.ID:
		return relationSame, []Reason{ReasonSameCompany}
	case o.FromAccount.sameHierarchy(o.ToAccount):
		return relationHierarchy, []Reason{ReasonSameHierarchy}
	case same == matching.SamenessSame && twoAccounts && !identified(evidence):
		return relationUncertain, []Reason{ReasonCompanyUncertain}
	case same == matching.SamenessSame:
		return relationSame, []Reason{ReasonSameCompany}
	case same == matching.SamenessMaybe && !has(evidence, matching.ReasonInsufficient) &&
		(!twoAccounts || has(evidence, matching.ReasonExactName)):
		return relationUncertain, []Reason{ReasonCompanyUncertain}
	}
	return relationDifferent, []Reason{ReasonOtherCompany}
}

// sameCompany reports whether two reports mean one company for certain.
func (o Observation) sameCompany(a, b matching.Company) bool {
	same, _ := o.Profile.SameCompany(a, b)
	return same == matching.SamenessSame
}

// dated is the company of a position, with the day on which it began.
func dated(p Position) matching.Company {
	c := p.Company
	if c.Since.IsZero() {
		c.Since = p.StartedOn
	}
	return c
}

// datedAfter is dated, but silent when the position began with the old one:
// then it is the old position under the buyer's name.
func datedAfter(p, old Position) matching.Company {
	c := dated(p)
	if c.Since.Equal(dated(old).Since) {
		c.Since = p.EndedOn
	}
	return c
}

// identified reports whether more than the name says that two companies are one.
func identified(evidence []matching.Evidence) bool {
	return slices.ContainsFunc(evidence, func(e matching.Evidence) bool {
		switch e.Reason {
		case matching.ReasonSameDomain, matching.ReasonLinkedInCompany, matching.ReasonAccountID, matching.ReasonPinned:
			return true
		}
		return false
	})
}

func has(evidence []matching.Evidence, r matching.Reason) bool {
	return slices.ContainsFunc(evidence, func(e matching.Evidence) bool { return e.Reason == r })
}
