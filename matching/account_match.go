package matching

import (
	"cmp"
	"slices"
	"strings"
)

// MatchAccount answers which of the given accounts a reported company is.
//
// The evidence is tried in tiers, strongest first: pin, id, host, registrable
// domain, the domain of the account's contacts, exact name, similar name,
// acronym. The best tier decides; ties inside it go through the profile's
// hierarchy policy and tie-breakers. Facts that contradict each other lower the
// verdict and are listed. An account that was merged stands for the account it
// was merged into; a deleted one is never an answer.
//
// The order of accounts never changes the answer. The profile should be valid
// ([Profile.Validate]); what it does not define counts as not allowed. Ids are
// taken to be unique: of two accounts with one id, one is used. It answers as an
// [Index] of these accounts does; who asks more than once should make one.
func MatchAccount(p Profile, c Company, accounts []Account) AccountMatch {
	accounts = slices.Clone(accounts)
	slices.SortFunc(accounts, compareAccounts)
	return NewIndex(slices.Values(accounts), nil).Match(p, c)
}

// matcher holds the accounts that one question is asked of.
type matcher struct {
	p     *Profile
	all   []*facts // sorted by id
	room  *room
	rests []string // ids of the accounts that the probabilities and the ruling depend on
}

func newMatcher(p *Profile, all []*facts, r *room) *matcher {
	if !slices.IsSortedFunc(all, compareFacts) {
		all = slices.SortedFunc(slices.Values(all), compareFacts)
	}
	return &matcher{p: p, all: all, room: r}
}

// find returns the account with an id, nil when there is none.
func (m *matcher) find(id string) *facts {
	at, ok := slices.BinarySearchFunc(m.all, id, func(f *facts, id string) int { return strings.Compare(f.acc.ID, id) })
	if !ok {
		return nil
	}
	return m.all[at]
}

// parent returns the account above another, nil when there is none.
func (m *matcher) parent(f *facts) *facts {
	if f.acc.ParentID == "" {
		return nil
	}
	return m.find(f.acc.ParentID)
}

// contacts counts the contacts with addresses in a domain, outside splash and excluded
// accounts.
func (m *matcher) contacts(domain string) (n int) {
	for _, f := range m.all {
		if !f.splash && f.acc.MasterID == "" && !f.acc.Deleted && !m.excluded(f) {
			n += f.mailCount(domain)
		}
	}
	return n
}

func compareFacts(a, b *facts) int {
	if c := strings.Compare(a.acc.ID, b.acc.ID); c != 0 {
		return c
	}
	return compareAccounts(a.acc, b.acc)
}

func compareAccounts(a, b Account) int {
	return cmp.Or(
		strings.Compare(a.ID, b.ID), strings.Compare(a.Name, b.Name),
		strings.Compare(a.Website, b.Website), strings.Compare(a.Domains, b.Domains),
		strings.Compare(a.MasterID, b.MasterID), strings.Compare(a.ParentID, b.ParentID),
	)
}

func (m *matcher) excluded(f *facts) bool {
	return slices.Contains(m.p.ExcludeAccounts, f.acc.ID)
}

// living follows mergers to the account that stands for f today; nil when
// there is none among the given accounts.
func (m *matcher) living(f *facts) *facts {
	for range len(m.all) + 1 {
		if f == nil {
			return nil
		}
		if f.acc.MasterID == "" || f.acc.MasterID == f.acc.ID {
			if f.acc.Deleted {
				return nil
			}
			return f
		}
		f = m.find(f.acc.MasterID)
	}
	return nil
}

// match answers one question over prepared accounts, and names those that its
// probabilities and its ruling depend on.
func match(p *Profile, q *query, all []*facts, r *room) (AccountMatch, []string) {
	pin, pinned := pinFor(p, q)
	if q.empty() && !pinned {
		return AccountMatch{
			Verdict: VerdictNone, Tier: TierNone, Decisive: ReasonInsufficient,
			Reasons: sortReasons(append(q.notes, ReasonInsufficient)),
		}, nil
	}
	m := newMatcher(p, all, r)
	return m.match(q, pin, pinned), m.rests
}

func (m *matcher) match(q *query, pin Pin, pinned bool) AccountMatch {
	hits := m.hits(q)
	if pinned && pin.Never {
		r := ruling{verdict: VerdictNone, decisive: ReasonPinnedNever}
		r.conflicts = pinTrace(pin)
		return m.answer(q, hits, r)
	}
	doubt := Reason("")
	if pinned {
		if hits, pinned = m.applyPin(q, pin, hits); !pinned {
			doubt = ReasonPinnedMissing
			q.note(doubt)
		}
	}
	hits = m.applyAccountID(q, hits)
	hits = m.applyAlias(q, hits)
	hits = m.fallbacks(q, hits)
	r := m.judge(q, hits)
	if doubt != "" && r.verdict == VerdictAuto {
		r.verdict, r.decisive = VerdictReview, doubt
	}
	return m.answer(q, hits, r)
}

// weigh compares the report with every account, once each, and finds the rivals
// among them.
func (m *matcher) weigh(q *query) ([]weighed, *contest) {
	seen := q
	if q.differs { // the company's own domain outranks that of the address
		own := *q
		own.mail, seen = nil, &own
	}
	from := len(m.room.weighed) // hits keep what an earlier report was weighed with
	pair, whole := &m.room.own, &m.room.own
	pair.begin(seen)
	if q.differs {
		whole = &m.room.whole
		whole.begin(q)
	}
	length := length(m.p.ListSize)
	for _, f := range m.all {
		t := m.living(f)
		if t == nil || f.kin || m.excluded(f) || m.excluded(t) {
			continue
		}
		by := pair
		if q.differs && q.writesFrom(f) {
			by = whole
		}
		w := weighed{f: f, t: t, v: by.compare(m.proving(f), m.parent(f))}
		w.odds = trained().between(length, func(by model) float64 { return Odds(by.rank, w.v[:]) })
		m.room.weighed = append(m.room.weighed, w)
	}
	all := m.room.weighed[from:]
	field := newContest(m.p, q, all)
	for _, w := range field.rivals {
		m.rests = append(m.rests, w.f.acc.ID, w.t.acc.ID)
	}
	return all, field
}

// writesFrom tells that an account has the reported name and a domain of the address:
// then the address is no second company's.
func (q *query) writesFrom(f *facts) bool {
	return slices.ContainsFunc(f.sites, func(s site) bool {
		return slices.ContainsFunc(q.mail, func(d Domain) bool { return d.Registrable == s.Registrable })
	}) && slices.ContainsFunc(f.names, func(n named) bool { return SameKey(n.CompanyName, q.name.CompanyName) })
}

// proving is an account without the domains that the profile excludes.
func (m *matcher) proving(f *facts) *facts {
	out := func(s site) bool { return excludedDomain(m.p, s.Domain) }
	if len(m.p.ExcludeDomains) == 0 || !slices.ContainsFunc(f.sites, out) {
		return f
	}
	g := *f
	g.sites = slices.DeleteFunc(slices.Clone(f.sites), out)
	return &g
}

// hits evaluates every account and returns one hit for each living account
// with any evidence, best first.
func (m *matcher) hits(q *query) []*hit {
	var out []*hit
	all, field := m.weigh(q)
	for i := range all {
		f, t := all[i].f, all[i].t
		h := m.evaluate(q, &all[i], field)
		if h == nil {
			continue
		}
		if f != t {
			h.add(ReasonMergedAccount, f.acc.ID, t.acc.ID)
		}
		i := slices.IndexFunc(out, func(h *hit) bool { return h.f == t })
		switch {
		case i < 0:
			out = append(out, h)
		case compareHits(h, out[i]) < 0:
			out[i] = h
		}
	}
	m.showBoth(out)
	slices.SortFunc(out, compareHits)
	return out
}

// showBoth sees to it that a person looks where the domain points to one account and
// all else to another: at the account of the domain, which is doubtful then, and at the
// names that are likelier.
func (m *matcher) showBoth(hits []*hit) {
	byDomain, likeliest := -1.0, -1.0
	var pointed, named *hit
	for _, h := range hits {
		switch {
		case h.doubted || !byName(h.tier) && !h.assumed && h.tier != TierNone:
			if h.conf > byDomain {
				byDomain, pointed = h.conf, h
			}
		case byName(h.tier) && h.conf > likeliest:
			likeliest, named = h.conf, h
		}
	}
	if pointed != nil && named != nil { // what one is held for is the other
		m.rests = append(m.rests, pointed.f.acc.ID, named.f.acc.ID)
	}
	for _, h := range hits {
		switch {
		case byDomain < 0:
		case byName(h.tier):
			if h.conf <= byDomain {
				continue
			}
			h.hold(VerdictReview, ReasonDomainElsewhere)
			if h.weak && h.tier == TierFuzzyName {
				h.weak = false
				h.lift(ReasonDomainElsewhere)
			}
		case !h.assumed && h.conf+m.p.Margin < likeliest && byDomain < likeliest:
			h.doubted = true
			h.hold(VerdictReview, ReasonLowConfidence)
		}
	}
}

// applyAccountID trusts the account that the caller named, if it is there.
func (m *matcher) applyAccountID(q *query, hits []*hit) []*hit {
	id := q.c.AccountID
	if id == "" {
		return hits
	}
	f := m.find(id)
	t := m.living(f)
	switch {
	case t == nil:
		q.note(ReasonUnknownAccountID)
		return hits
	case m.excluded(f) || m.excluded(t):
		q.note(ReasonExcludedAccount)
		return hits
	}
	ev := []Evidence{{Reason: ReasonAccountID, Query: id, Account: t.acc.ID}}
	if f != t {
		ev = append(ev, Evidence{Reason: ReasonMergedAccount, Query: id, Account: t.acc.ID})
	}
	return m.force(q, hits, t, TierIdentifier, ev)
}

// force puts an account at a tier that no comparison gives, and notes whether
// its domains contradict the report.
func (m *matcher) force(q *query, hits []*hit, t *facts, tier Tier, ev []Evidence) []*hit {
	i := slices.IndexFunc(hits, func(h *hit) bool { return h.f == t })
	h := &hit{f: t}
	if i >= 0 {
		h = hits[i]
		if !h.weak && tierRank(h.tier) < tierRank(tier) {
			h.evidence = append(h.evidence, ev...)
			return hits
		}
	} else {
		hits = append(slices.Clip(hits), h)
		sup := m.compareSupport(q, t)
		sup.tell(h)
		m.noteConflict(q, t, h, sup)
	}
	h.tier, h.weak, h.rank, h.limit, h.least, h.doubted = tier, false, 0, VerdictAuto, "", false
	h.conf, h.assumed, h.why = tierConfidence(tier), tierRank(tier) > tierRank(TierIdentifier), ev[0].Reason
	h.evidence = append(h.evidence, ev...)
	slices.SortFunc(hits, compareHits)
	return hits
}

// fallbacks looks further when the report's own facts found nothing: at the
// company that bought it, then at the e-mail domain that points elsewhere.
func (m *matcher) fallbacks(q *query, hits []*hit) []*hit {
	if !decided(hits) {
		hits = m.mergeHits(hits, m.acquirerHits(q))
	}
	if q.differs {
		hits = m.mergeHits(hits, m.mailHits(q, !found(hits)))
	}
	return hits
}

// found tells that the best hit may be chosen, decided that one may be that is as
// strong as an exact name.
func found(hits []*hit) bool { return len(hits) > 0 && !hits[0].weak }

func decided(hits []*hit) bool {
	return slices.ContainsFunc(hits, func(h *hit) bool { return !h.weak && tierRank(h.tier) <= tierRank(TierExactName) })
}

// mergeHits adds further hits; of two for one account the better is kept.
func (m *matcher) mergeHits(hits, more []*hit) []*hit {
	for _, h := range more {
		i := slices.IndexFunc(hits, func(x *hit) bool { return x.f == h.f })
		switch {
		case i < 0:
			hits = append(hits, h)
		case compareHits(h, hits[i]) < 0:
			hits[i] = h
		default:
			hits[i].evidence = append(hits[i].evidence, h.evidence...)
			hits[i].conflicts = append(hits[i].conflicts, h.conflicts...)
		}
	}
	slices.SortFunc(hits, compareHits)
	return hits
}
