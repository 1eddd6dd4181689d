package matching

import (
	"slices"
	"testing"
)

func TestMA32TieBreakers(t *testing.T) {
	a1 := Account{ID: "A1", Name: "Acme", Website: "acme.com", Customer: true, ActiveOwner: true, LastActivity: day("2026-01-10")}
	a2 := Account{ID: "A2", Name: "Acme", Website: "acme.com", ActiveOwner: true, OpenOpportunities: 1}
	a3 := Account{ID: "A3", Name: "Acme", Website: "acme.com", Customer: true, ActiveOwner: true, LastActivity: day("2025-06-01"), Contacts: 2}
	idle := a2
	idle.OpenOpportunities = 0
	company := Company{Name: "Acme", Email: "x@acme.com"}
	runAccountCases(t, []accountCase{
		{
			name: "MA32 the open opportunity decides", accounts: []Account{a1, a2, a3}, company: company,
			verdict: VerdictAuto, id: "A2", decisive: ReasonOpenOpportunity, tier: TierExactHost,
		}, {
			name: "MA32 without it being a customer narrows and the activity decides", accounts: []Account{a1, idle, a3}, company: company,
			verdict: VerdictAuto, id: "A1", decisive: ReasonLatestActivity,
		}, {
			name: "MA32 the equal name goes first", accounts: []Account{a1, a2, {ID: "A4", Name: "Acme Labs", Website: "acme.com"}},
			company: Company{Name: "Acme Labs", Email: "x@acme.com"},
			verdict: VerdictAuto, id: "A4", decisive: ReasonExactName,
		}, {
			name: "MA32 without an equal name the clearly nearest", accounts: []Account{a1, {ID: "A4", Name: "Roadrunner Traps", Website: "acme.com"}},
			company: Company{Name: "Roadrunner Traps Systems", Domain: "acme.com"},
			verdict: VerdictAuto, id: "A4", decisive: ReasonNearestName,
		}, {
			name: "MA32 a later rule sees only what an earlier one left",
			accounts: []Account{
				{ID: "A1", Website: "acme.com", Target: true, Contacts: 1}, {ID: "A2", Website: "acme.com", Target: true, Contacts: 5},
				{ID: "A3", Website: "acme.com", Contacts: 9},
			},
			company: company, verdict: VerdictAuto, id: "A2", decisive: ReasonMostContacts,
		}, {
			name: "MA32 the oldest, an unknown age last",
			accounts: []Account{
				{ID: "A1", Website: "acme.com"}, {ID: "A2", Website: "acme.com", CreatedAt: day("2020-01-01")},
				{ID: "A3", Website: "acme.com", CreatedAt: day("2019-01-01")},
			},
			company: company, verdict: VerdictAuto, id: "A3", decisive: ReasonOldest,
		},
	})
}

func TestMA33LowestID(t *testing.T) {
	twins := []Account{{ID: "001B", Name: "Acme", Website: "acme.com"}, {ID: "001A", Name: "Acme", Website: "acme.com"}}
	runAccountCases(t, []accountCase{{
		name: "MA33 nothing else differs", accounts: twins, company: Company{Name: "Acme", Email: "x@acme.com"},
		verdict: VerdictAuto, id: "001A", decisive: ReasonLowestID,
	}})
}

func TestMA42NoTieBreakers(t *testing.T) {
	twins := []Account{{ID: "A1", Name: "Acme", Website: "acme.com"}, {ID: "A2", Name: "Acme", Website: "acme.com"}}
	runAccountCases(t, []accountCase{{
		name: "MA42 an empty list means review", accounts: twins,
		profile: with(func(p *Profile) { p.TieBreakers = nil }),
		company: Company{Name: "Acme", Email: "x@acme.com"},
		verdict: VerdictReview, decisive: ReasonAmbiguous, ranked: []string{"A1", "A2"},
	}, {
		name: "MA42 so does a list that does not decide", accounts: twins,
		profile: with(func(p *Profile) { p.TieBreakers = []TieBreaker{TieCustomer, TieOldest} }),
		company: Company{Name: "Acme", Email: "x@acme.com"},
		verdict: VerdictReview, decisive: ReasonAmbiguous,
	}})
}

func acmeFamily(owner string) []Account {
	return []Account{
		{ID: "A1", Name: "Acme Holdings", Website: "acme.com", OwnerID: owner},
		{ID: "A2", Name: "Acme Phoenix", Website: "acme.com", Country: "US", State: "AZ", ParentID: "A1", OwnerID: owner},
		{ID: "A3", Name: "Acme Munich", Website: "acme.com", Country: "DE", ParentID: "A1", OwnerID: owner},
	}
}

func TestMA34Hierarchy(t *testing.T) {
	policy := func(h Hierarchy) func() Profile {
		return with(func(p *Profile) { p.Hierarchy, p.KeepListed = h, []string{"A2"} })
	}
	munich := Company{Name: "Acme", Email: "x@acme.com", City: "Munich"}
	runAccountCases(t, []accountCase{
		{
			name: "MA34 ambiguous", accounts: acmeFamily(""), company: munich,
			verdict: VerdictReview, decisive: ReasonHierarchyAmbiguous, ranked: []string{"A3"},
			evidence: map[string]Reason{"A1": ReasonExactHost, "A2": ReasonExactHost},
		},
		{
			name: "MA34 ambiguous unless the name says which", accounts: acmeFamily(""),
			company: Company{Name: "Acme Phoenix", Email: "x@acme.com"},
			verdict: VerdictAuto, id: "A2", decisive: ReasonExactName,
		},
		{name: "MA34 ultimate-parent", profile: policy(HierarchyUltimateParent), accounts: acmeFamily(""), company: munich, verdict: VerdictAuto, id: "A1", decisive: ReasonUltimateParent},
		{
			name: "MA34 ultimate-parent without the domain", profile: policy(HierarchyUltimateParent),
			accounts: append([]Account{{ID: "A1", Name: "Roadrunner Group"}}, acmeFamily("")[1:]...),
			company:  munich, verdict: VerdictAuto, id: "A1", decisive: ReasonUltimateParent,
		},
		{name: "MA34 closest-child-by-geo by city in the name", profile: policy(HierarchyClosestChild), accounts: acmeFamily(""), company: munich, verdict: VerdictAuto, id: "A3", decisive: ReasonClosestChild},
		{
			name: "MA34 closest-child-by-geo by state", profile: policy(HierarchyClosestChild), accounts: acmeFamily(""),
			company: Company{Email: "x@acme.com", State: "AZ"}, verdict: VerdictAuto, id: "A2", decisive: ReasonClosestChild,
		},
		{
			name: "MA34 closest-child-by-geo without a place", profile: policy(HierarchyClosestChild), accounts: acmeFamily(""),
			company: Company{Email: "x@acme.com"}, verdict: VerdictReview, decisive: ReasonHierarchyAmbiguous,
		},
		{name: "MA34 keep-listed", profile: policy(HierarchyKeepListed), accounts: acmeFamily(""), company: munich, verdict: VerdictAuto, id: "A2", decisive: ReasonKeepListed},
	})
}

// That parents are likelier than their children of the same name chooses none of
// them, wherever the threshold lies between the two.
func TestMA34ANumberDoesNotChoose(t *testing.T) {
	accounts := []Account{
		{ID: "A1", Name: "Travertex", Website: "travertex.com", Country: "US"},
		{ID: "A2", Name: "Travertex", Website: "travertex.pt", Country: "PT", ParentID: "A1"},
	}
	for from := 20; from < 970; from += 5 {
		p := Balanced()
		p.Prior, p.ReviewFrom = 0.05, float64(from)/1000
		if m := MatchAccount(p, Company{Name: "Travertex"}, accounts); m.Verdict != VerdictReview || !slices.Contains(m.Reasons, ReasonAmbiguous) {
			t.Errorf("review from %.3f: %s because %v, want review because it is ambiguous", p.ReviewFrom, m.Verdict, m.Reasons)
		}
	}
}

func TestMA35SameOwner(t *testing.T) {
	mixed := acmeFamily("U1")
	mixed[2].OwnerID = "U2"
	company := Company{Email: "x@acme.com", City: "Munich"}
	runAccountCases(t, []accountCase{
		{
			name: "MA35 the owner is certain", accounts: acmeFamily("U1"), company: company,
			verdict: VerdictReview, reasons: []Reason{ReasonSameOwner}, owner: "U1",
		},
		{name: "MA35 different owners", accounts: mixed, company: company, verdict: VerdictReview},
	})
}

// A hierarchy that bites its own tail, or climbs to an unknown parent, ends.
func TestHierarchyLoops(t *testing.T) {
	loop := []Account{
		{ID: "A1", Name: "Acme One", Website: "acme.com", ParentID: "A2"},
		{ID: "A2", Name: "Acme Two", Website: "acme.com", ParentID: "A1"},
	}
	orphans := []Account{
		{ID: "A1", Name: "Acme One", Website: "acme.com", ParentID: "A9"},
		{ID: "A2", Name: "Acme Two", Website: "acme.com", ParentID: "A9"},
	}
	runAccountCases(t, []accountCase{
		{name: "loop", accounts: loop, company: Company{Email: "x@acme.com"}, verdict: VerdictReview, decisive: ReasonHierarchyAmbiguous},
		{name: "parent not given", accounts: orphans, company: Company{Email: "x@acme.com"}, verdict: VerdictReview, decisive: ReasonHierarchyAmbiguous},
	})
}
