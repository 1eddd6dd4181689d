package matching

import (
	"slices"
	"strings"
)

// minAcronym is the least number of letters of an acronym, maxAcronym the most;
// minPrefix the least number of letters that a common beginning needs.
const (
	minAcronym = 3
	maxAcronym = 6
	minPrefix  = 4
)

// listedFrom is the confidence from which an account is worth listing whose name has
// little in common with the report.
const listedFrom = 0.02

// nameView is what comparing the reported name with an account's names gave.
type nameView struct {
	exact   bool
	acronym bool
	related bool   // not so different that a domain hit becomes doubtful
	name    *named // the nearest, nil when a side has no name
}

// nearness orders candidates by name alone.
func (v nameView) nearness(w *weighed) float64 {
	if v.exact {
		return 1
	}
	return w.v.likeness()
}

// compareName compares the reported name with the name and aliases of an account.
func compareName(q *query, w *weighed) nameView {
	var v nameView
	if q.name.Key == "" {
		return v
	}
	best := -1.0
	for i := range w.f.names {
		n := &w.f.names[i]
		if n.Key == "" {
			continue
		}
		if SameKey(q.name.CompanyName, n.CompanyName) && LegalCompatible(q.name.CompanyName, n.CompanyName) {
			return nameView{exact: true, related: true, name: n}
		}
		v.acronym = v.acronym || acronymOf(&q.name, n) || acronymOf(n, &q.name)
		switch {
		case v.name == nil:
			v.name = n
		case w.v[featAlias] > 0: // the nearest is one of the aliases
			if near := likenessOf(&q.name, n); near > best {
				v.name, best = n, near
			}
		}
	}
	v.related = v.acronym || w.v.related() || v.name != nil && lettersRelated(q.name.letters, v.name.letters)
	return v
}

// acronymOf tells that short is one word that is the initials of long.
func acronymOf(short, long *named) bool {
	n := len(short.letters)
	return len(short.Words) == 1 && n >= minAcronym && n <= maxAcronym &&
		len(short.Digits) == 0 && slices.Contains(long.acronyms, short.letters)
}

// nameIsLabel tells that the reported name is the label of the account's
// domain: "FB" for an account at fb.com is too short, "Netapp" is not.
func nameIsLabel(q *query, f *facts) bool {
	if len(q.name.letters) < minPrefix {
		return false
	}
	return slices.ContainsFunc(f.sites, func(s site) bool { return s.label == q.name.letters })
}

// nameEvidence is what tiers 5 to 7 go by.
type nameEvidence struct {
	nameView
	sup   support
	field *contest
}

// nameTier tries tiers 5 to 7 and lists what is similar but not enough. How likely an
// account is was learned; rules stand above that, each with its reason:
//
//	generic words, other digits           no evidence at all
//	initials without a supporting fact    listed, never chosen
//	one word of a longer name,            a person looks
//	a transliteration, another legal form,
//	digits on one side, words turned round
//	domains that differ                   as the profile says
func (m *matcher) nameTier(q *query, w *weighed, h *hit, e nameEvidence) bool {
	switch {
	case e.name == nil:
		return false
	case e.exact:
		m.exactName(q, w, h, e)
		return true
	case !q.proves, e.name.Generic, digitsConflict(&q.name, e.name):
		return false
	}
	if !e.acronym && !w.v.alike() && !e.field.holds(w) || !w.inCommon(q) {
		return false
	}
	h.measure(e.field.chance(w))
	short := w.v.initials() > 0 && w.v.initials() < minAcronym
	if !e.acronym && (short || h.conf < listedFrom && !w.v.alike()) {
		return false
	}
	if e.sup.conflict {
		m.noteConflict(q, w.f, h, e.sup)
		h.hold(m.p.OnConflict, ReasonDomainConflict)
	}
	if e.acronym {
		m.acronym(q, w, h, e)
	} else {
		m.similarName(q, w, h, e)
	}
	return true
}

// exactName is tier 5. A name that many companies share is no proof alone, a
// name of generic words none at all, and one in another country asks a person;
// a domain conflict goes by the profile, which may trust the name however unlikely.
func (m *matcher) exactName(q *query, w *weighed, h *hit, e nameEvidence) {
	h.tier, h.why = TierExactName, ReasonExactName
	h.measure(e.field.chance(w))
	h.add(ReasonExactName, q.c.Name, e.name.Raw)
	if e.sup.conflict {
		h.rank = 1
		m.noteConflict(q, w.f, h, e.sup)
		h.hold(m.p.OnConflict, ReasonDomainConflict)
	}
	if e.sup.country < 0 && m.p.OnConflict != VerdictAuto && !e.sup.phone {
		h.hold(VerdictReview, ReasonCountryDiffers)
	}
	switch {
	case q.name.Generic:
		h.hold(VerdictReview, ReasonGenericName)
	case q.name.Common() && !e.sup.near():
		h.add(ReasonCommonName, q.c.Name, e.name.Raw)
		h.hold(VerdictReview, ReasonCommonName)
	case (m.p.OnConflict != VerdictAuto || !e.sup.conflict) && !e.sup.phone:
		m.doubt(h)
	}
}

// similarName is tier 6.
func (m *matcher) similarName(q *query, w *weighed, h *hit, e nameEvidence) {
	h.found(TierFuzzyName, ReasonNameFuzzy)
	h.add(ReasonNameFuzzy, q.c.Name, e.name.Raw)
	if h.conf < likely && (swapped(q.name.Words, e.name.Words) && e.sup.any() || e.sup.phone && h.nearness >= similarFrom) {
		h.assume(likely)
	}
	more, order := saysMore(&w.v, &q.name, e.name), w.v[featTurned] > 0 && turned(q.name.Words, e.name.Words)
	for _, x := range []struct {
		on  bool
		why Reason
	}{
		{w.v[featLegal] < 0, ReasonLegalFormConflict},
		{more, ReasonNameContained},
		{order, ReasonWordOrder},
		{w.v[featTransliterated] > 0, ReasonTransliterated},
		{!DigitsAgree(q.name.CompanyName, e.name.CompanyName), ReasonDigitsMissing},
	} {
		if x.on {
			h.add(x.why, q.c.Name, e.name.Raw)
			h.hold(VerdictReview, x.why)
		}
	}
	if nameIsLabel(q, w.f) {
		h.add(ReasonNameIsLabel, q.c.Name, w.f.siteHosts())
	}
	if w.v[featLabelName] >= 1 && w.v[featHost] < 2 {
		h.add(ReasonLabelIsName, hostList(q.domains()), e.name.Raw)
	}
	switch {
	case more && e.sup.any() && h.conf >= listedFrom:
		h.lift(ReasonNameContained)
	case order:
		h.lift(ReasonWordOrder)
	case w.v[featSameKey] > 0 && e.sup.sameLabel:
		h.lift(ReasonSameLabel)
	}
	h.weak = h.worth < m.p.ReviewFrom && h.least == ""
}

// likely is the least confidence of what the labelled data has too little of, or
// nothing: two letters that changed places where some fact supports the name (MA26),
// and a similar name on one telephone line.
const likely = 0.90

// acronym is tier 7. It needs one supporting fact, and no domain that speaks against
// it; without, it is only listed.
func (m *matcher) acronym(q *query, w *weighed, h *hit, e nameEvidence) {
	h.found(TierAcronym, ReasonAcronym)
	h.add(ReasonAcronym, q.c.Name, e.name.Raw)
	label := acronymIsLabel(q, w.f)
	if label {
		h.add(ReasonNameIsLabel, q.c.Name, w.f.siteHosts())
	}
	if e.sup.conflict && !e.sup.sameLabel || !e.sup.any() && !label {
		h.weak, h.why = true, ReasonInitialsAlone
		return
	}
	m.doubt(h)
}

// digitsConflict tells that both names have digits, and not the same (MA25).
func digitsConflict(a, b *named) bool {
	return len(a.Digits) > 0 && len(b.Digits) > 0 && !DigitsAgree(a.CompanyName, b.CompanyName)
}

// acronymIsLabel tells that the initials are the label of the account's own
// domain: "IBM" for an account at ibm.com.
func acronymIsLabel(q *query, f *facts) bool {
	return slices.ContainsFunc(f.sites, func(s site) bool {
		return s.label == q.name.letters || slices.Contains(q.name.acronyms, s.label)
	})
}

// lettersRelated tells that one name's letters contain the other's.
func lettersRelated(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	return len(a) >= minPrefix && strings.Contains(b, a)
}
