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
	// rank orders hits of tiers 0 to 4, lower is better; hits of one tier and rank tie.
	rank int
	// conf is the confidence, worth what a person should know of it: the probability
	// if the account had no rivals, where that is more. Accounts that look alike take
	// probability from each other, and are to be seen all the more.
	conf, worth float64
	odds        float64 // of the pair alone
	v           *vector // what was compared, nil when nothing was
	// assumed marks a confidence that was not measured.
	assumed bool
	// doubted marks an account found by its domain that is unlikely all the same.
	doubted bool
	// limit is the boldest verdict that the facts allow, least the most careful one.
	limit, least Verdict
	// why is the reason that decides when the hit stands alone.
	why Reason
	// sameName and nearness serve the tie-breaker by name.
	sameName  bool
	nearness  float64
	name      *named // the account's name that was compared, nil when none was
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

// found puts the hit at a tier; what holds it stays what decides.
func (h *hit) found(t Tier, r Reason) {
	h.tier = t
	if h.limit == VerdictAuto {
		h.why = r
	}
}

// lift sees to it that a person looks, however unlikely the account is.
func (h *hit) lift(r Reason) {
	h.least = VerdictReview
	if h.limit == VerdictAuto {
		h.why = r
	}
}

// assume gives the hit a confidence that was not measured.
func (h *hit) assume(conf float64) {
	h.conf, h.worth, h.assumed = conf, conf, true
}

// measured is the confidence so far as it was measured.
func (h *hit) measured() float64 {
	if h.assumed {
		return 0
	}
	return h.conf
}

// compareHits orders hits from the best to the worst; never zero for two
// different accounts. Tiers go first, but names are ordered by confidence alone:
// an equal name in another country is less than a similar one at home.
func compareHits(a, b *hit) int {
	byRank := 0
	if a.class() < tierRank(TierExactName) {
		byRank = cmp.Compare(a.rank, b.rank)
	}
	return cmp.Or(
		cmp.Compare(boolRank(a.weak), boolRank(b.weak)),
		cmp.Compare(a.class(), b.class()),
		byRank,
		cmp.Compare(b.conf, a.conf),
		cmp.Compare(tierRank(a.tier), tierRank(b.tier)),
		strings.Compare(a.f.acc.ID, b.f.acc.ID),
	)
}

// class is the tier's number, one for all names and for what the names make doubtful.
func (h *hit) class() int {
	if byName(h.tier) || h.doubted {
		return tierRank(TierExactName)
	}
	return tierRank(h.tier)
}

// byName tells the tiers in which names were compared.
func byName(t Tier) bool {
	return t == TierExactName || t == TierFuzzyName || t == TierAcronym
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

// tierConfidence is the confidence of tiers where none was measured: the report or
// the account has no name, or contacts are the evidence.
func tierConfidence(t Tier) float64 {
	switch t {
	case TierPinned, TierIdentifier:
		return 1
	case TierExactHost:
		return 0.99
	case TierDomain:
		return 0.98
	case TierContactsMail, TierExactName: // one more name, by an admin's word
		return 0.97
	}
	return 0
}

// round keeps five digits, so that equal evidence gives equal numbers.
func round(x float64) float64 { return math.Round(x*1e5) / 1e5 }
