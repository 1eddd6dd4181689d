package matching

import (
	"slices"
	"time"
)

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
