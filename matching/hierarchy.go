package matching

import "slices"

// rootOf climbs to the top of an account's hierarchy and returns its id, which
// may name an account that is not among the given ones.
func (m *matcher) rootOf(f *facts) string {
	id := f.acc.ID
	for range len(m.all) + 1 {
		up := f.acc.ParentID
		if up == "" || up == f.acc.ID {
			return id
		}
		id = up
		parent := m.living(m.find(up))
		if parent == nil {
			return id
		}
		f, id = parent, parent.acc.ID
	}
	return m.ringID(f)
}

// ringID names a hierarchy that bites its own tail by its lowest id.
func (m *matcher) ringID(f *facts) string {
	lowest := f.acc.ID
	for range m.all {
		f = m.living(m.find(f.acc.ParentID))
		if f == nil {
			break
		}
		lowest = min(lowest, f.acc.ID)
	}
	return lowest
}

// oneHierarchy tells that all tied accounts belong to one hierarchy.
func (m *matcher) oneHierarchy(tied []*hit) bool {
	root := m.rootOf(tied[0].f)
	return !slices.ContainsFunc(tied[1:], func(h *hit) bool { return m.rootOf(h.f) != root })
}

// settleHierarchy chooses among members of one hierarchy by the profile's
// policy.
func (m *matcher) settleHierarchy(q *query, tied []*hit) ruling {
	switch m.p.Hierarchy {
	case HierarchyUltimateParent:
		return m.takeRoot(q, tied)
	case HierarchyClosestChild:
		return m.takeClosest(q, tied)
	case HierarchyKeepListed:
		return m.takeListed(q, tied)
	}
	if slices.Contains(m.p.TieBreakers, TieExactName) {
		if same := keep(tied, func(h *hit) bool { return h.sameName }); len(same) == 1 {
			return ruling{chosen: same[0], tied: tied, decisive: ReasonExactName}
		}
	}
	// None is chosen, but who has to choose sees the nearest first.
	slices.SortStableFunc(tied, func(a, b *hit) int { return closeness(q, b.f) - closeness(q, a.f) })
	return unsettled(tied, ReasonHierarchyAmbiguous)
}

// takeRoot chooses the top account, even when the evidence was its children's.
func (m *matcher) takeRoot(q *query, tied []*hit) ruling {
	root := m.rootOf(tied[0].f)
	for _, h := range tied {
		if h.f.acc.ID == root {
			return ruling{chosen: h, tied: tied, decisive: ReasonUltimateParent}
		}
	}
	top := m.living(m.find(root))
	if top == nil || m.excluded(top) {
		return unsettled(tied, ReasonHierarchyAmbiguous)
	}
	h := *tied[0]
	h.f = top
	h.evidence = []Evidence{{Reason: ReasonUltimateParent, Query: tied[0].f.acc.ID, Account: root}}
	m.compareSupport(q, top).tell(&h)
	return ruling{chosen: &h, tied: tied, decisive: ReasonUltimateParent}
}

// takeClosest chooses the member nearest to the person's place; a child goes
// before the top account.
func (m *matcher) takeClosest(q *query, tied []*hit) ruling {
	root := m.rootOf(tied[0].f)
	score := func(h *hit) int { return 2*closeness(q, h.f) + boolRank(h.f.acc.ID != root) }
	near := topmost(tied, func(a, b *hit) int { return score(a) - score(b) })
	if closeness(q, near[0].f) == 0 {
		return unsettled(tied, ReasonHierarchyAmbiguous)
	}
	return m.amongMembers(q, tied, near, ReasonClosestChild)
}

// closeness weighs city over state over country. Branches often carry the city
// in their name alone.
func closeness(q *query, f *facts) int {
	score := 0
	if q.city != "" && (f.city == q.city || f.city == "" && f.namedAfter(q.city)) {
		score += 4
	}
	if q.state != "" && f.state == q.state {
		score += 2
	}
	if q.country != "" && f.country == q.country {
		score++
	}
	return score
}

// namedAfter tells that a city is part of an account's name.
func (f *facts) namedAfter(city string) bool {
	return slices.ContainsFunc(f.names[0].Words, func(w string) bool { return inEnglish(w) == city })
}

// takeListed chooses the member that a list keeps.
func (m *matcher) takeListed(q *query, tied []*hit) ruling {
	listed := slices.DeleteFunc(slices.Clone(tied), func(h *hit) bool {
		return !slices.Contains(m.p.KeepListed, h.f.acc.ID)
	})
	if len(listed) == 0 {
		return unsettled(tied, ReasonHierarchyAmbiguous)
	}
	return m.amongMembers(q, tied, listed, ReasonKeepListed)
}

// amongMembers takes the only member that a policy left, or breaks the tie.
func (m *matcher) amongMembers(q *query, tied, left []*hit, why Reason) ruling {
	if len(left) == 1 {
		return ruling{chosen: left[0], tied: tied, decisive: why}
	}
	r := m.breakTies(q, left)
	r.notes = append(r.notes, why)
	return r
}
