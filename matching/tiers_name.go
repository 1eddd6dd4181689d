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

// weakFrom is the confidence from which a similar name is worth listing.
const weakFrom = 0.45

// nameView is what comparing the reported name with an account's names gave.
type nameView struct {
	exact   bool
	alias   bool // the equal name is an alias
	acronym bool
	related bool // not so different that a domain hit becomes doubtful
	name    *named
	feats   features
	conf    float64 // before supporting facts
}

// nearness orders candidates by name alone.
func (v nameView) nearness() float64 {
	if v.exact {
		return 1
	}
	return v.conf
}

// compareName compares the reported name with the name and aliases of an
// account and keeps the best.
func (m *matcher) compareName(q *query, f *facts) nameView {
	var v nameView
	if q.name.Key == "" {
		return v
	}
	for i := range f.names {
		n := &f.names[i]
		if n.Key == "" {
			continue
		}
		if SameKey(q.name.CompanyName, n.CompanyName) && LegalCompatible(q.name.CompanyName, n.CompanyName) {
			return nameView{exact: true, related: true, alias: i > 0, name: n, conf: 1}
		}
		v.consider(compareNames(&q.name, n), n)
		v.acronym = v.acronym || acronymOf(&q.name, n) || acronymOf(n, &q.name)
	}
	v.related = v.acronym || v.conf >= weakFrom || v.feats.related()
	if q.proves && nameIsLabel(q, f) && (v.name == nil || confidence(features{Label: true}) > v.conf) {
		v.feats.Label = true
		v.conf = confidence(v.feats)
		v.name = &f.names[0]
	}
	return v
}

// consider keeps the better of two comparisons.
func (v *nameView) consider(fs features, n *named) {
	if c := confidence(fs); v.name == nil || c > v.conf {
		v.feats, v.conf, v.name = fs, c, n
	}
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

// nameTier tries tiers 5 to 7 and lists what is similar but not enough.
func (m *matcher) nameTier(q *query, f *facts, h *hit, v nameView, sup support) bool {
	switch {
	case v.name == nil && !v.acronym:
		return false
	case v.exact:
		m.exactName(q, f, h, v, sup)
		return true
	case !q.proves:
		return false
	}
	v.feats.weigh(sup)
	h.conf = confidence(v.feats)
	h.nearness = h.conf
	acronym := v.acronym && acronymSupported(q, f, sup)
	switch {
	case round(h.conf) >= m.p.ReviewFrom && h.conf >= weakFrom:
		h.tier, h.why = TierFuzzyName, ReasonNameFuzzy
	case acronym:
		h.tier, h.why, h.conf = TierAcronym, ReasonAcronym, acronymConfidence(q, f, sup)
	case h.conf >= weakFrom:
		h.tier, h.why, h.weak = TierFuzzyName, ReasonNameFuzzy, true
	default:
		return false
	}
	m.tellName(q, f, h, v)
	if sup.conflict {
		m.noteConflict(q, f, h, sup)
		h.hold(m.p.OnConflict, ReasonDomainConflict)
	}
	return true
}

// exactName is tier 5. A name that many companies share is no proof alone, a
// name of generic words none at all, and one in another country asks a person;
// a domain conflict goes by the profile.
func (m *matcher) exactName(q *query, f *facts, h *hit, v nameView, sup support) {
	h.tier, h.why, h.conf = TierExactName, ReasonExactName, 0.95
	h.add(ReasonExactName, q.c.Name, v.name.Raw)
	if sup.conflict {
		h.rank, h.conf = 1, 0.75
		if sup.sameLabel {
			h.conf = 0.85
		}
		m.noteConflict(q, f, h, sup)
		h.hold(m.p.OnConflict, ReasonDomainConflict)
	}
	if sup.country < 0 {
		h.conf *= 0.9
		if m.p.OnConflict != VerdictAuto && !sup.phone {
			h.hold(VerdictReview, ReasonCountryDiffers)
		}
	}
	switch {
	case q.name.Generic:
		h.conf *= 0.6
		h.hold(VerdictReview, ReasonGenericName)
	case q.name.Common() && !sup.near():
		h.conf *= 0.75
		h.add(ReasonCommonName, q.c.Name, v.name.Raw)
		h.hold(VerdictReview, ReasonCommonName)
	}
}

// tellName says in which way two names are alike and how they differ.
func (m *matcher) tellName(q *query, f *facts, h *hit, v nameView) {
	name := f.acc.Name
	if v.name != nil {
		name = v.name.Raw
	}
	if v.acronym {
		h.add(ReasonAcronym, q.c.Name, name)
	}
	if h.tier == TierAcronym {
		if nameIsLabel(q, f) || acronymIsLabel(q, f) {
			h.add(ReasonNameIsLabel, q.c.Name, f.siteHosts())
		}
		return
	}
	h.add(ReasonNameFuzzy, q.c.Name, name)
	for _, x := range []struct {
		on  bool
		why Reason
	}{
		{v.feats.LegalConflict, ReasonLegalFormConflict},
		{v.feats.Contained, ReasonNameContained},
		{v.feats.Reordered, ReasonWordOrder},
		{v.feats.Transliterated, ReasonTransliterated},
		{v.feats.Label, ReasonNameIsLabel},
	} {
		if x.on {
			h.add(x.why, q.c.Name, name)
		}
	}
}

// acronymSupported asks for the one fact that an acronym needs, and that no
// domain speaks against it.
func acronymSupported(q *query, f *facts, sup support) bool {
	if sup.conflict && !sup.sameLabel {
		return false
	}
	return sup.any() || acronymIsLabel(q, f)
}

// acronymIsLabel tells that the initials are the label of the account's own
// domain: "IBM" for an account at ibm.com.
func acronymIsLabel(q *query, f *facts) bool {
	return slices.ContainsFunc(f.sites, func(s site) bool {
		return s.label == q.name.letters || slices.Contains(q.name.acronyms, s.label)
	})
}

func acronymConfidence(q *query, f *facts, sup support) float64 {
	fs := features{Letters: maxAcronym}
	fs.weigh(sup)
	c := 0.60
	if acronymIsLabel(q, f) {
		c = 0.80
	}
	return min(fs.supported(c), maxConfidence)
}

// lettersRelated tells that one name's letters contain the other's.
func lettersRelated(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	return len(a) >= minPrefix && strings.Contains(b, a)
}
