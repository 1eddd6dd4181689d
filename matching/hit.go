package matching

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// hit is one account with the best evidence found for it.
type hit struct {
	f    *facts // the living account
	tier Tier
	// weak marks what is listed and never chosen.
	weak bool
	// rank orders hits of one tier, lower is better; hits of equal rank tie.
	rank int
	conf float64
	// limit is the boldest verdict that the facts allow.
	limit Verdict
	// why is the reason that decides when the hit stands alone.
	why Reason
	// sameName and nearness serve the tie-breaker by name.
	sameName  bool
	nearness  float64
	evidence  []Evidence
	conflicts []Conflict
}

// Ranks inside a tier: a hit that facts limit stands behind one that is clean.
const rankLimited = 1000

func (h *hit) add(r Reason, query, account string) {
	h.evidence = append(h.evidence, Evidence{Reason: r, Query: query, Account: account})
}

func (h *hit) has(r Reason) bool {
	return slices.ContainsFunc(h.evidence, func(e Evidence) bool { return e.Reason == r })
}

// hold limits the hit to v because of r.
func (h *hit) hold(v Verdict, r Reason) {
	if verdictRank(v) < verdictRank(h.limit) {
		h.limit, h.why = v, r
		if h.rank < rankLimited {
			h.rank += rankLimited
		}
	}
}

// compareHits orders hits from the best to the worst; never zero for two
// different accounts.
func compareHits(a, b *hit) int {
	return cmp.Or(
		cmp.Compare(boolRank(a.weak), boolRank(b.weak)),
		cmp.Compare(tierRank(a.tier), tierRank(b.tier)),
		cmp.Compare(a.rank, b.rank),
		cmp.Compare(b.conf, a.conf),
		strings.Compare(a.f.acc.ID, b.f.acc.ID),
	)
}

func boolRank(b bool) int {
	if b {
		return 1
	}
	return 0
}

// ranked turns a hit into its public form.
func (h *hit) ranked() Ranked {
	r := Ranked{ID: h.f.acc.ID, Name: h.f.acc.Name, Tier: h.tier, Confidence: h.conf}
	r.Evidence = slices.Clone(h.evidence)
	slices.SortStableFunc(r.Evidence, func(a, b Evidence) int {
		return cmp.Or(strings.Compare(string(a.Reason), string(b.Reason)),
			strings.Compare(a.Query, b.Query), strings.Compare(a.Account, b.Account))
	})
	r.Evidence = slices.Compact(r.Evidence)
	return r
}

// tierConfidence is the confidence of tiers that do not measure a name.
func tierConfidence(t Tier) float64 {
	switch t {
	case TierPinned, TierIdentifier:
		return 1
	case TierExactHost:
		return 0.99
	case TierDomain:
		return 0.98
	case TierContactsMail:
		return 0.97
	}
	return 0
}

// round keeps four digits, so that equal evidence gives equal numbers.
func round(x float64) float64 { return math.Round(x*1e4) / 1e4 }
