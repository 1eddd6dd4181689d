package matching

import (
	"cmp"
	"slices"
	"strings"
)

// ruling is what was decided over the hits of one question.
type ruling struct {
	verdict   Verdict
	decisive  Reason
	chosen    *hit // nil when several remain
	tied      []*hit
	notes     []Reason
	conflicts []Conflict
}

// judge takes the best tier, settles its ties, and says what may be done.
func (m *matcher) judge(q *query, hits []*hit) ruling {
	switch {
	case len(hits) == 0:
		return ruling{verdict: VerdictNone, decisive: ReasonNoCandidate}
	case hits[0].weak && hits[0].tier == TierFuzzyName:
		return ruling{verdict: VerdictNone, decisive: ReasonLowConfidence}
	case hits[0].weak && hits[0].tier == TierAcronym:
		return ruling{verdict: VerdictNone, decisive: ReasonInitialsAlone}
	case hits[0].weak:
		return ruling{verdict: VerdictNone, decisive: ReasonNoCandidate}
	}
	tied := m.tied(hits)
	for _, h := range tied { // whether they are strangers depends on each
		m.rests = append(m.rests, h.f.acc.ID)
	}
	r := m.settle(q, tied)
	best := hits[0]
	if r.chosen != nil {
		best = r.chosen
	}
	allowed := m.tierVerdict(best)
	r.verdict = lower(allowed, best.limit)
	switch {
	case allowed == VerdictNone:
		r.decisive = ReasonTierOff
	case verdictRank(best.limit) < verdictRank(VerdictAuto):
		r.decisive = best.why
	}
	if r.chosen == nil {
		r.verdict = lower(r.verdict, VerdictReview)
	}
	return r
}

// tierVerdict says what the profile allows an undisputed hit.
func (m *matcher) tierVerdict(h *hit) Verdict {
	allowed := lower(m.p.Tiers[h.tier], VerdictAuto)
	if h.tier != TierFuzzyName || allowed == VerdictNone {
		return allowed
	}
	switch {
	case h.conf >= m.p.AutoFrom:
		return allowed
	case h.worth >= m.p.ReviewFrom || h.least != "":
		return VerdictReview
	}
	return VerdictNone
}

// tied returns the hits that are as good as the best: of the same tier and rank; for
// similar names within the margin, or alike in all that was compared.
func (m *matcher) tied(hits []*hit) []*hit {
	best := hits[0]
	out := hits[:1:1]
	for _, h := range hits[1:] {
		if !h.weak && m.ties(best, h) {
			out = append(out, h)
		}
	}
	return out
}

func (m *matcher) ties(best, h *hit) bool {
	switch {
	case best.tier == TierExactName || !byName(best.tier):
		return h.tier == best.tier && (h.rank == best.rank || twins(best, h))
	case !byName(h.tier):
		return false
	}
	return h.conf > best.conf-m.p.Margin || h.odds == best.odds
}

// twins tells that the second account was held for its probability alone, and that
// nothing that was reported sets it apart from the first: of namesakes a parent and
// one with a website are likelier, but which is meant is for the policies to say.
func twins(best, h *hit) bool {
	return best.sameName && h.sameName && h.why == ReasonLowConfidence && h.rank == best.rank+rankLimited &&
		best.v.reported() == h.v.reported()
}

// byDegree tells the tiers in which names are compared by degree.
func byDegree(t Tier) bool { return t == TierFuzzyName || t == TierAcronym }

// settle chooses among tied hits, or says why it cannot.
func (m *matcher) settle(q *query, tied []*hit) ruling {
	if len(tied) == 1 {
		return ruling{chosen: tied[0], tied: tied, decisive: tied[0].why}
	}
	if m.oneHierarchy(tied) {
		return m.settleHierarchy(q, tied)
	}
	if tied[0].tier == TierExactName {
		rest := uncontradicted(tied)
		if len(rest) == 1 {
			return ruling{chosen: rest[0], tied: tied, decisive: ReasonSameCountry}
		}
		tied = rest
	}
	if tierRank(tied[0].tier) >= tierRank(TierExactName) && strangers(tied) {
		if byDegree(tied[0].tier) {
			return unsettled(tied, ReasonCloseRunnerUp)
		}
		return unsettled(tied, ReasonHomonyms, ReasonAmbiguous)
	}
	return m.breakTies(q, tied)
}

// unsettled sends tied hits to review; that they share an owner is told, for
// then the owner is certain (MA35).
func unsettled(tied []*hit, why Reason, more ...Reason) ruling {
	r := ruling{tied: tied, decisive: why, notes: more}
	if len(more) == 0 && why != ReasonAmbiguous {
		r.notes = append(r.notes, ReasonAmbiguous)
	}
	if sharedOwner(tied) != "" {
		r.notes = append(r.notes, ReasonSameOwner)
	}
	return r
}

// sharedOwner returns the owner of all tied accounts, empty if they differ.
func sharedOwner(tied []*hit) string {
	if len(tied) < 2 {
		return ""
	}
	owner := tied[0].f.acc.OwnerID
	for _, h := range tied[1:] {
		if h.f.acc.OwnerID != owner {
			return ""
		}
	}
	return owner
}

// uncontradicted drops same-named accounts of another country when one of the
// reported country is there.
func uncontradicted(tied []*hit) []*hit {
	if !slices.ContainsFunc(tied, func(h *hit) bool { return h.has(ReasonSameCountry) }) {
		return tied
	}
	return slices.DeleteFunc(slices.Clone(tied), func(h *hit) bool { return h.has(ReasonCountryDiffers) })
}

// strangers tells that tied hits of a name tier are different companies: for
// equal names, domains without any label in common; for similar names, also
// names that are not equal to each other.
func strangers(tied []*hit) bool {
	for i, a := range tied {
		for _, b := range tied[i+1:] {
			if foreign(a.f, b.f, byDegree(a.tier)) {
				return true
			}
		}
	}
	return false
}

func foreign(a, b *facts, byName bool) bool {
	if len(a.sites) > 0 && len(b.sites) > 0 {
		for _, x := range a.sites {
			for _, y := range b.sites {
				if x.Registrable == y.Registrable || x.label == y.label {
					return false
				}
			}
		}
		return true
	}
	return byName && !SameKey(a.names[0].CompanyName, b.names[0].CompanyName)
}

// answer writes a ruling down.
func (m *matcher) answer(q *query, hits []*hit, r ruling) AccountMatch {
	out := AccountMatch{Verdict: r.verdict, Tier: TierNone, Decisive: r.decisive}
	reasons := append(slices.Clone(q.notes), r.decisive)
	reasons = append(reasons, r.notes...)
	best := r.chosen
	switch {
	case best == nil && len(r.tied) > 0:
		best = r.tied[0]
	case best == nil && len(hits) > 0:
		best = hits[0]
	}
	if best != nil {
		out.Confidence = best.conf
		if !best.weak {
			out.Tier, out.Uncalibrated = best.tier, best.assumed
		}
		m.tellOtherWord(q, best)
		for _, e := range best.evidence {
			reasons = append(reasons, e.Reason)
		}
	}
	if r.verdict == VerdictAuto {
		out.ID = best.f.acc.ID
	}
	if r.verdict == VerdictReview && r.chosen == nil {
		out.SameOwner = sharedOwner(r.tied)
	}
	out.Reasons = sortReasons(reasons)
	out.Ranked = m.list(hits, best)
	out.Conflicts = sortConflicts(append(r.conflicts, conflictsOf(best, r.tied, hits)...))
	return out
}

// tellOtherWord says which words kept two names from being one: Bank of Granite is
// not Bank of Marble.
func (m *matcher) tellOtherWord(q *query, h *hit) {
	if h.tier != TierFuzzyName || h.conf >= m.p.AutoFrom {
		return
	}
	ours, theirs := q.name.Words, h.name.Words
	if h.v[featTransliterated] > 0 {
		ours, _ = q.name.latinForm()
		theirs, _ = h.name.latinForm()
	}
	a, b := otherWord(ours, theirs, h.v[featQueryMissed]), otherWord(theirs, ours, h.v[featAccountMissed])
	if a != "" || b != "" {
		h.add(ReasonOtherWord, a, b)
	}
}

// list returns the candidates in their public form, the chosen one first.
func (m *matcher) list(hits []*hit, best *hit) []Ranked {
	if best == nil {
		return nil
	}
	out := []Ranked{best.ranked()}
	for _, h := range hits {
		if len(out) >= m.p.MaxRanked {
			break
		}
		if h != best {
			out = append(out, h.ranked())
		}
	}
	return out
}

// conflictsOf collects the conflicts of the candidates that matter: the best,
// its ties, and those that a second domain points to.
func conflictsOf(best *hit, tied, hits []*hit) []Conflict {
	var out []Conflict
	for _, h := range hits {
		pointed := h.has(ReasonEmailDiffers)
		if h == best || pointed || slices.Contains(tied, h) {
			out = append(out, h.conflicts...)
		}
	}
	return out
}

func sortConflicts(cs []Conflict) []Conflict {
	if len(cs) == 0 {
		return nil
	}
	slices.SortFunc(cs, func(a, b Conflict) int {
		return cmp.Or(strings.Compare(string(a.Reason), string(b.Reason)),
			strings.Compare(a.AccountID, b.AccountID), strings.Compare(a.Detail, b.Detail))
	})
	return slices.Compact(cs)
}
