package matching

import (
	"cmp"
	"slices"
	"time"
)

// nearestBy is how much nearer than the others a name must be, and nearestFrom
// how near at least, to break a tie although no name is equal.
const (
	nearestBy   = 0.2
	nearestFrom = 0.6
)

// breakTies lets the profile's rules narrow the tied hits in their order. The
// rule that leaves exactly one is the decisive one. When the rules are used up,
// a person has to look.
func (m *matcher) breakTies(q *query, tied []*hit) ruling {
	rest := tied
	for _, tb := range m.p.TieBreakers {
		kept, why := narrow(q, tb, rest)
		if len(kept) == 1 {
			if (tb == TieOldest || tb == TieLowestID) && m.arbitrary(kept[0], tied) {
				break
			}
			return ruling{chosen: kept[0], tied: tied, decisive: why}
		}
		if len(kept) > 1 {
			rest = kept
		}
	}
	return unsettled(rest, ReasonAmbiguous)
}

// arbitrary tells that a rule which says nothing of the company would choose among
// accounts of different names one that is unlikely. Among doubles any will do.
func (m *matcher) arbitrary(chosen *hit, tied []*hit) bool {
	return !chosen.assumed && chosen.conf < m.p.ReviewFrom && slices.ContainsFunc(tied, func(h *hit) bool {
		return !SameKey(h.f.names[0].CompanyName, chosen.f.names[0].CompanyName)
	})
}

// narrow keeps the hits that one rule prefers; all of them when the rule does
// not tell them apart.
func narrow(q *query, tb TieBreaker, hits []*hit) ([]*hit, Reason) {
	switch tb {
	case TieExactName:
		return narrowName(hits)
	case TieOpenOpportunity:
		return having(hits, func(a Account) bool { return a.OpenOpportunities > 0 }), ReasonOpenOpportunity
	case TieCustomer:
		return having(hits, func(a Account) bool { return a.Customer }), ReasonCustomer
	case TieTarget:
		return having(hits, func(a Account) bool { return a.Target }), ReasonTarget
	case TieActiveOwner:
		return having(hits, func(a Account) bool { return a.ActiveOwner }), ReasonActiveOwner
	case TieLatestActivity:
		return topmost(hits, func(a, b *hit) int { return a.f.acc.LastActivity.Compare(b.f.acc.LastActivity) }), ReasonLatestActivity
	case TieMostContacts:
		return topmost(hits, func(a, b *hit) int { return cmp.Compare(a.f.contacts, b.f.contacts) }), ReasonMostContacts
	case TieSameCountry:
		return keep(hits, func(h *hit) bool { return q.country != "" && h.f.country == q.country }), ReasonSameCountry
	case TieOldest:
		return topmost(hits, func(a, b *hit) int { return older(a.f.acc.CreatedAt, b.f.acc.CreatedAt) }), ReasonOldest
	case TieLowestID:
		return topmost(hits, func(a, b *hit) int { return cmp.Compare(b.f.acc.ID, a.f.acc.ID) }), ReasonLowestID
	}
	return hits, ReasonAmbiguous
}

// narrowName keeps equal names; without any, the one that is clearly nearest, or
// clearly likelier than the others by all that was compared.
func narrowName(hits []*hit) ([]*hit, Reason) {
	if kept := keep(hits, func(h *hit) bool { return h.sameName }); len(kept) < len(hits) {
		return kept, ReasonExactName
	}
	if hits[0].sameName {
		return hits, ReasonExactName
	}
	for _, by := range []func(*hit) float64{
		func(h *hit) float64 { return h.nearness },
		func(h *hit) float64 { return h.measured() },
	} {
		if h := clearly(hits, by); h != nil {
			return []*hit{h}, ReasonNearestName
		}
	}
	return hits, ReasonNearestName
}

// clearly returns the hit that is far before the others, nil for none.
func clearly(hits []*hit, by func(*hit) float64) *hit {
	first, second := -1.0, -1.0
	var found *hit
	for _, h := range hits {
		switch x := by(h); {
		case x > first:
			first, second, found = x, first, h
		case x > second:
			second = x
		}
	}
	if first >= nearestFrom && first >= second+nearestBy {
		return found
	}
	return nil
}

// keep returns the hits for which ok holds, all of them if it holds for none.
func keep(hits []*hit, ok func(*hit) bool) []*hit {
	out := slices.DeleteFunc(slices.Clone(hits), func(h *hit) bool { return !ok(h) })
	if len(out) == 0 {
		return hits
	}
	return out
}

func having(hits []*hit, ok func(Account) bool) []*hit {
	return keep(hits, func(h *hit) bool { return ok(h.f.acc) })
}

// topmost returns the hits that nothing surpasses under compare.
func topmost(hits []*hit, compare func(a, b *hit) int) []*hit {
	top := slices.MaxFunc(hits, compare)
	return keep(hits, func(h *hit) bool { return compare(h, top) == 0 })
}

// older orders times so that the earliest is the greatest and an unknown time
// the least.
func older(a, b time.Time) int {
	switch {
	case a.IsZero() && b.IsZero():
		return 0
	case a.IsZero():
		return -1
	case b.IsZero():
		return 1
	}
	return b.Compare(a)
}
