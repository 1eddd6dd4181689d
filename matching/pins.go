package matching

import (
	"slices"
	"strings"
	"time"
)

// pinFor returns the override or never pin that fits the report best: the
// longest pinned domain that covers a reported one, then a pinned name, in the
// order of the profile.
func pinFor(p *Profile, q *query) (Pin, bool) {
	return findPin(p, q, func(p Pin) bool { return !p.Alias })
}

// findPin is pinFor over the pins that want accepts.
func findPin(p *Profile, q *query, want func(Pin) bool) (Pin, bool) {
	var found Pin
	longest := 0
	for _, pin := range p.Pins {
		if !want(pin) || pin.Domain == "" {
			continue
		}
		if host, ok := coveringHost(pin.Domain, q.pinnable); ok && len(host) > longest {
			found, longest = pin, len(host)
		}
	}
	if longest > 0 {
		return found, true
	}
	if q.name.Key == "" {
		return Pin{}, false
	}
	for _, pin := range p.Pins {
		if want(pin) && pin.Name != "" && samePinnedName(pin.Name, q) {
			return pin, true
		}
	}
	return Pin{}, false
}

// coveringHost returns the host of a configured domain if one of ds is that
// host or lies below it.
func coveringHost(domain string, ds []Domain) (string, bool) {
	pin, ok := ParseDomain(domain)
	if !ok {
		return "", false
	}
	for _, d := range ds {
		if d.Host == pin.Host || strings.HasSuffix(d.Host, "."+pin.Host) {
			return pin.Host, true
		}
	}
	return "", false
}

func samePinnedName(name string, q *query) bool {
	n := ParseCompany(name)
	return n.Key != "" && SameKey(n, q.name.CompanyName) && LegalCompatible(n, q.name.CompanyName)
}

// applyPin puts the pinned account first; false when it is not there any more.
func (m *matcher) applyPin(q *query, pin Pin, hits []*hit) ([]*hit, bool) {
	t := m.living(m.find(pin.AccountID))
	if t == nil {
		return hits, false
	}
	ev := []Evidence{{Reason: ReasonPinned, Query: pin.subject(), Account: pin.AccountID}}
	if t.acc.ID != pin.AccountID {
		ev = append(ev, Evidence{Reason: ReasonMergedAccount, Query: pin.AccountID, Account: t.acc.ID})
	}
	return m.force(q, hits, t, TierPinned, ev), true
}

// subject is what a pin is about, for evidence.
func (p Pin) subject() string {
	if p.Domain != "" {
		return p.Domain
	}
	return p.Name
}

// pinTrace says which pin decided when no account is left to say it of.
func pinTrace(pin Pin) []Conflict {
	return []Conflict{{Reason: ReasonPinnedNever, Detail: pin.subject()}}
}

// applyAlias gives the account of an alias pin its one more domain or name. An
// account found by its own domain, page or id keeps its right (MA30).
func (m *matcher) applyAlias(q *query, hits []*hit) []*hit {
	if found(hits) && tierRank(hits[0].tier) <= tierRank(TierDomain) {
		return hits
	}
	pin, ok := findPin(m.p, q, func(p Pin) bool { return p.Alias })
	if !ok {
		return hits
	}
	t := m.living(m.find(pin.AccountID))
	if t == nil || m.excluded(t) {
		return hits
	}
	tier := TierDomain
	if pin.Domain == "" {
		tier = TierExactName
	}
	ev := []Evidence{{Reason: ReasonPinnedAlias, Query: pin.subject(), Account: t.acc.ID}}
	return m.force(q, hits, t, tier, ev)
}

// acquirerHits finds the accounts of the company that bought the reported one
// (MA31). A listed acquisition is taken as closed whatever its day: an account
// match asks whom the company belongs to, not since when. Only evidence as
// strong as an exact name counts.
func (m *matcher) acquirerHits(q *query) []*hit {
	var out []*hit
	for _, c := range m.p.acquirers(q.c) {
		q2 := makeQuery(m.p, c)
		for _, h := range m.hits(q2) {
			if h.weak || tierRank(h.tier) > tierRank(TierExactName) {
				continue
			}
			h.evidence = slices.Insert(h.evidence, 0, Evidence{
				Reason: ReasonAcquired, Query: describe(q.c), Account: describe(c),
			})
			if h.limit == VerdictAuto {
				h.why = ReasonAcquired
			}
			out = append(out, h)
		}
		if len(out) > 0 {
			break
		}
	}
	return out
}

// acquirers returns the companies that bought c, then those that bought them,
// each once.
func (p *Profile) acquirers(c Company) []Company {
	var out []Company
	used := make([]bool, len(p.Acquisitions))
	for from := []Company{c}; len(from) > 0; from = from[1:] {
		for i, a := range p.Acquisitions {
			if used[i] || !a.sells(p, from[0]) {
				continue
			}
			used[i] = true
			by := Company{Name: a.ByName, Domain: a.ByDomain}
			out, from = append(out, by), append(from, by)
		}
	}
	return out
}

// sells tells that c is the company that was bought: by domain, and by name
// when one side has no domain.
func (a Acquisition) sells(p *Profile, c Company) bool {
	q := makeQuery(p, c)
	if _, ok := coveringHost(a.Domain, q.primary); ok {
		return true
	}
	if a.Name == "" || a.Domain != "" && len(q.primary) > 0 {
		return false
	}
	return q.proves && samePinnedName(a.Name, q)
}

// soldBetween tells that a company reported for a belonged to the acquirer at
// the time b speaks of. A position at b that began before the acquisition, and
// is not the relabelled position at a, was a real move.
func (a Acquisition) soldBetween(from, to time.Time) bool {
	return a.On.IsZero() || to.IsZero() || !to.Before(a.On) || to.Equal(from)
}

// describe names a company for evidence: its domain, else its name.
func describe(c Company) string {
	if c.Domain != "" {
		return c.Domain
	}
	return c.Name
}
