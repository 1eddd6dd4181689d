package matching

import (
	"slices"
	"strings"
)

// evaluate says what was found for one account, or for the living one that it
// stands for; nil for nothing.
func (m *matcher) evaluate(q *query, w *weighed, field *contest) *hit {
	names := compareName(q, w)
	sup := m.compareSupport(q, w.f)
	h := &hit{f: w.t, limit: VerdictAuto, odds: w.odds, v: &w.v, sameName: names.exact, nearness: names.nearness(w), name: names.name}
	switch {
	case m.strongTier(q, q.primary, w.f, h):
		m.gauge(q, w, h, field)
		m.checkName(q, w, h, names)
		m.noteConflict(q, w.f, h, sup)
	case m.nameTier(q, w, h, nameEvidence{names, sup, field}):
	case sup.sameLabel:
		h.tier, h.weak, h.why = TierNone, true, ReasonSameLabel
		h.assume(0)
	default:
		return nil
	}
	sup.tell(h)
	return h
}

// gauge gives a hit by a domain its measured confidence. It was learned from reports
// with a name about accounts with a name; without, the tier speaks for itself.
func (m *matcher) gauge(q *query, w *weighed, h *hit, field *contest) {
	h.assume(tierConfidence(h.tier))
	if tierRank(h.tier) <= tierRank(TierIdentifier) {
		h.assumed = false // an id is no estimate
		return
	}
	if h.tier == TierContactsMail || !q.proves || h.name == nil {
		return
	}
	h.measure(field.chance(w))
	h.doubted = m.doubt(h)
}

// measure takes over the learned probability.
func (h *hit) measure(among, alone float64) {
	h.conf, h.assumed = round(among), false
	h.worth = max(h.conf, round(alone))
}

// doubt holds what is less likely than a person should be asked about.
func (m *matcher) doubt(h *hit) bool {
	if h.worth >= m.p.ReviewFrom {
		return false
	}
	h.hold(VerdictReview, ReasonLowConfidence)
	return true
}

// strongTier tries tiers 1 to 4: company page, host, registrable domain and the
// domain of the account's contacts.
func (m *matcher) strongTier(q *query, domains []Domain, f *facts, h *hit) bool {
	if q.linkedIn != "" && q.linkedIn == f.linkedIn {
		h.tier, h.rank, h.why = TierIdentifier, 1, ReasonLinkedInCompany
		h.add(ReasonLinkedInCompany, q.c.LinkedIn, f.acc.LinkedIn)
	}
	m.domainTier(domains, f, h)
	if h.tier == "" {
		m.contactsTier(domains, f, h)
	}
	return h.tier != ""
}

// Ranks of a registrable domain: an additional domain with the same host, a
// host that the reported one lies below, and any other host of the domain.
const (
	rankHost   = 0
	rankBelow  = 1
	rankBeside = 100
)

// domainTier tries tiers 2 and 3.
func (m *matcher) domainTier(domains []Domain, f *facts, h *hit) {
	for _, d := range domains {
		for _, s := range f.sites {
			if s.Registrable != d.Registrable || excludedDomain(m.p, s.Domain) {
				continue
			}
			tier, rank := TierDomain, rankBeside
			switch {
			case s.Host == d.Host && !s.extra:
				tier, rank = TierExactHost, rankHost
			case s.Host == d.Host:
				rank = rankHost
			case strings.HasSuffix(d.Host, "."+s.Host):
				rank = rankBelow + strings.Count(d.Host, ".") - strings.Count(s.Host, ".")
			}
			why := Reason(tier)
			h.add(why, d.Host, s.Host)
			if h.tier == "" || tierRank(tier) < tierRank(h.tier) || tier == h.tier && rank < h.rank {
				h.tier, h.rank, h.why = tier, rank, why
			}
		}
	}
}

// contactsTier tries tier 4: most of the account's contacts write from the
// domain, and most who write from it are the account's (MA36).
func (m *matcher) contactsTier(domains []Domain, f *facts, h *hit) {
	if f.splash {
		return
	}
	for _, d := range domains {
		n := f.mailCount(d.Registrable)
		if n < minContacts || excludedDomain(m.p, d) {
			continue
		}
		if dominant(n, f.contacts) && dominant(n, m.contacts(d.Registrable)) {
			h.tier, h.why = TierContactsMail, ReasonContactsDomain
			h.add(ReasonContactsDomain, d.Registrable, d.Registrable)
			return
		}
	}
}

// minContacts and the share of 60 % make a domain the account's own.
const minContacts = 2

func dominant(n, of int) bool { return of > 0 && 100*n >= 60*of }

// checkName asks of an account found by a domain whether the name fits too. A
// misfit is noted; it holds the answer only when nothing but the e-mail address
// points to the account and nothing explains the other name (MA43).
func (m *matcher) checkName(q *query, w *weighed, h *hit, names nameView) {
	switch {
	case names.exact:
		h.add(ReasonExactName, q.c.Name, w.f.acc.Name)
		return
	case !q.proves:
		return
	}
	m.checkHost(q, w.f, h, names)
	if !names.related {
		m.misfit(q, w.f, h)
	}
}

// checkHost holds an account whose host lies beside the reported one, as the
// institutes of a university do, unless its name is near.
func (m *matcher) checkHost(q *query, f *facts, h *hit, names nameView) {
	if h.tier == TierDomain && h.rank >= rankBeside && !names.acronym && h.nearness < nearHost {
		h.add(ReasonOtherHost, hostList(q.primary), f.siteHosts())
		h.hold(VerdictReview, ReasonOtherHost)
	}
}

// nearHost is how near a name must be to outweigh that the hosts differ.
const nearHost = 0.7

// misfit notes a name that does not fit the domain.
func (m *matcher) misfit(q *query, f *facts, h *hit) {
	h.add(ReasonNameMismatch, q.c.Name, f.acc.Name)
	if h.tier == TierIdentifier {
		return
	}
	switch {
	case !q.byMail:
		h.add(ReasonRebrandSuspected, q.c.Name, f.acc.Name)
	case !explained(q, f):
		h.add(ReasonEmailDiffers, q.c.Email, f.acc.Name)
		h.hold(VerdictReview, ReasonEmailDiffers)
	}
}

// explained tells that a foreign name is no wonder: it is the label of the
// e-mail domain, or the two names are written in different scripts.
func explained(q *query, f *facts) bool {
	for _, d := range q.primary {
		label := plainLabel(d)
		if label == q.name.letters || slices.Contains(q.name.acronyms, label) ||
			len(label) >= minPrefix && strings.HasPrefix(q.name.letters, label) {
			return true
		}
		if q.name.latin != nil && q.name.latin.letters == label {
			return true
		}
	}
	return !slices.ContainsFunc(f.names, func(n named) bool { return n.Script == q.name.Script })
}

// noteConflict records that an account found by its company page, its contacts
// or a caller has other domains than the report.
func (m *matcher) noteConflict(q *query, f *facts, h *hit, sup support) {
	if sup.conflict {
		h.conflicts = append(h.conflicts, domainConflict(q, f))
		h.add(ReasonDomainConflict, hostList(q.domains()), f.siteHosts())
	}
}

func domainConflict(q *query, f *facts) Conflict {
	return Conflict{
		Reason: ReasonDomainConflict, AccountID: f.acc.ID,
		Detail: hostList(q.domains()) + " against " + f.siteHosts(),
	}
}

func hostList(ds []Domain) string {
	out := make([]string, 0, len(ds))
	for _, d := range ds {
		if !slices.Contains(out, d.Host) {
			out = append(out, d.Host)
		}
	}
	return strings.Join(out, " ")
}

func (f *facts) siteHosts() string {
	out := make([]string, 0, len(f.sites))
	for _, s := range f.sites {
		out = append(out, s.Host)
	}
	return strings.Join(out, " ")
}

// contradicted is the confidence of an account that the e-mail address points to
// when the company's own domain is another: one of the two is wrong.
const contradicted = 0.5

// mailHits looks at the accounts that the e-mail domain points to when the
// company's own domain is another one. They are candidates for a person to see
// when nothing else was found, and only mentioned otherwise.
func (m *matcher) mailHits(q *query, nothingElse bool) []*hit {
	var out []*hit
	for _, f := range m.all {
		t := m.living(f)
		if t == nil || f.kin || m.excluded(f) || m.excluded(t) {
			continue
		}
		h := &hit{f: t, limit: VerdictAuto}
		m.domainTier(q.mail, f, h)
		if h.tier == "" {
			m.contactsTier(q.mail, f, h)
		}
		if h.tier == "" {
			continue
		}
		h.add(ReasonEmailDiffers, q.c.Email, f.acc.Name)
		h.conflicts = append(h.conflicts, Conflict{
			Reason: ReasonEmailDiffers, AccountID: t.acc.ID,
			Detail: hostList(q.mail) + " against " + hostList(q.own),
		})
		h.assume(contradicted)
		h.hold(VerdictReview, ReasonEmailDiffers)
		h.weak = !nothingElse
		out = append(out, h)
		m.rests = append(m.rests, f.acc.ID, t.acc.ID) // told of, however far behind
	}
	slices.SortFunc(out, compareHits)
	return slices.CompactFunc(out, func(a, b *hit) bool { return a.f == b.f })
}
