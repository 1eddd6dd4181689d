package matching

import (
	"slices"
	"strings"
)

// Sameness says whether two reports mean one company.
type Sameness string

const (
	// SamenessSame: the two are one company.
	SamenessSame Sameness = "same"
	// SamenessMaybe: facts disagree, or there are too few to tell.
	SamenessMaybe Sameness = "maybe"
	// SamenessDifferent: nothing speaks for one company.
	SamenessDifferent Sameness = "different"
)

// similarFrom is the likeness from which similar names may be one company.
const similarFrom = 0.55

// SameCompany tells whether two reports mean the same company, without any
// configuration, and on what evidence: in Evidence, Query is the value of a and
// Account that of b. It is symmetric but for that.
//
// One id, LinkedIn page or registrable domain in common is enough. Equal names
// are, unless domains, LinkedIn pages or legal forms contradict them; similar
// names only ever give "maybe". Reports that have nothing to compare, or names
// in different scripts alone, give "maybe" too: nothing is known then.
func SameCompany(a, b Company) (Sameness, []Evidence) {
	return (&Profile{}).compareCompanies(a, b)
}

// SameCompany is the function [SameCompany] under a profile: excluded domains
// prove nothing, reports pinned to one account are one company, and a company
// that was bought is its buyer (MA31) unless the position at the buyer began
// before the day of the acquisition.
func (p Profile) SameCompany(a, b Company) (Sameness, []Evidence) {
	same, ev := p.compareCompanies(a, b)
	if same == SamenessSame {
		return same, ev
	}
	if e, ok := p.samePin(a, b); ok {
		return SamenessSame, []Evidence{e}
	}
	if p.boughtBy(a, b) || p.boughtBy(b, a) {
		return SamenessSame, []Evidence{{Reason: ReasonAcquired, Query: describe(a), Account: describe(b)}}
	}
	return same, ev
}

// samePin tells that both reports are pinned to one account.
func (p *Profile) samePin(a, b Company) (Evidence, bool) {
	all := func(pin Pin) bool { return !pin.Never }
	x, okA := findPin(p, makeQuery(p, a), all)
	y, okB := findPin(p, makeQuery(p, b), all)
	if !okA || !okB || x.AccountID != y.AccountID {
		return Evidence{}, false
	}
	return Evidence{Reason: ReasonPinned, Query: x.subject(), Account: y.subject()}, true
}

// boughtBy follows the acquisitions of one company until they reach the other.
func (p *Profile) boughtBy(bought, buyer Company) bool {
	used := make([]bool, len(p.Acquisitions))
	for from := []Company{bought}; len(from) > 0; from = from[1:] {
		for i, acq := range p.Acquisitions {
			if used[i] || !acq.soldBetween(bought.Since, buyer.Since) || !acq.sells(p, from[0]) {
				continue
			}
			used[i] = true
			by := Company{Name: acq.ByName, Domain: acq.ByDomain}
			if same, _ := p.compareCompanies(by, buyer); same == SamenessSame {
				return true
			}
			from = append(from, by)
		}
	}
	return false
}

// pair is two reports that are compared.
type pair struct {
	a, b *query
	ev   []Evidence
}

func (c *pair) add(r Reason, a, b string) {
	c.ev = append(c.ev, Evidence{Reason: r, Query: a, Account: b})
}

func (p *Profile) compareCompanies(a, b Company) (Sameness, []Evidence) {
	c := &pair{a: makeQuery(p, a), b: makeQuery(p, b)}
	same := c.judge()
	slices.SortStableFunc(c.ev, func(x, y Evidence) int { return strings.Compare(string(x.Reason), string(y.Reason)) })
	return same, c.ev
}

func (c *pair) judge() Sameness {
	a, b := c.a, c.b
	if a.c.AccountID != "" && a.c.AccountID == b.c.AccountID {
		c.add(ReasonAccountID, a.c.AccountID, b.c.AccountID)
		return SamenessSame
	}
	if a.linkedIn != "" && a.linkedIn == b.linkedIn {
		c.add(ReasonLinkedInCompany, a.c.LinkedIn, b.c.LinkedIn)
		return SamenessSame
	}
	if shareDomain(a.primary, b.primary) {
		c.add(ReasonSameDomain, hostList(a.primary), hostList(b.primary))
		return SamenessSame
	}
	contradicted := c.contradictions()
	return c.byName(contradicted)
}

// contradictions notes what speaks against one company.
func (c *pair) contradictions() bool {
	a, b := c.a, c.b
	found := false
	if len(a.primary) > 0 && len(b.primary) > 0 && !shareDomain(a.domains(), b.domains()) {
		c.add(ReasonDomainConflict, hostList(a.primary), hostList(b.primary))
		found = true
	}
	if a.linkedIn != "" && b.linkedIn != "" && !numeric(a.linkedIn) && !numeric(b.linkedIn) {
		c.add(ReasonLinkedInDiffers, a.c.LinkedIn, b.c.LinkedIn)
		found = true
	}
	return found
}

// numeric tells a company number of LinkedIn, which says nothing about a slug.
func numeric(s string) bool {
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return true
}

// byName judges by the names when no identifier is shared.
func (c *pair) byName(contradicted bool) Sameness {
	a, b := &c.a.name, &c.b.name
	if a.Key == "" || b.Key == "" {
		return c.withoutName(contradicted)
	}
	if SameKey(a.CompanyName, b.CompanyName) {
		c.add(ReasonExactName, c.a.c.Name, c.b.c.Name)
		if !LegalCompatible(a.CompanyName, b.CompanyName) {
			c.add(ReasonLegalFormConflict, c.a.c.Name, c.b.c.Name)
			contradicted = true
		}
		if a.Generic && b.Generic {
			c.add(ReasonGenericName, c.a.c.Name, c.b.c.Name)
			contradicted = true
		}
		if contradicted {
			return SamenessMaybe
		}
		return SamenessSame
	}
	if acronymOf(a, b) || acronymOf(b, a) {
		c.add(ReasonAcronym, c.a.c.Name, c.b.c.Name)
		return maybeUnless(contradicted)
	}
	if likenessOf(a, b) >= similarFrom {
		c.add(ReasonNameFuzzy, c.a.c.Name, c.b.c.Name)
		return maybeUnless(contradicted && !c.sameLabels())
	}
	if a.Script != b.Script && !contradicted {
		c.add(ReasonScriptDiffers, c.a.c.Name, c.b.c.Name)
		return SamenessMaybe
	}
	return SamenessDifferent
}

func maybeUnless(contradicted bool) Sameness {
	if contradicted {
		return SamenessDifferent
	}
	return SamenessMaybe
}

// withoutName judges when one side has no name: by the other's domain label.
func (c *pair) withoutName(contradicted bool) Sameness {
	if contradicted {
		return SamenessDifferent
	}
	for _, x := range []struct {
		name  named
		other *query
	}{{c.a.name, c.b}, {c.b.name, c.a}} {
		for _, d := range x.other.primary {
			if x.name.letters != "" && plainLabel(d) == x.name.letters {
				c.add(ReasonNameIsLabel, describe(c.a.c), describe(c.b.c))
				return SamenessMaybe
			}
		}
	}
	c.add(ReasonInsufficient, describe(c.a.c), describe(c.b.c))
	return SamenessMaybe
}

// sameLabels tells that the domains share a base label under other suffixes.
func (c *pair) sameLabels() bool {
	for _, x := range c.a.primary {
		for _, y := range c.b.primary {
			if plainLabel(x) == plainLabel(y) {
				return true
			}
		}
	}
	return false
}
