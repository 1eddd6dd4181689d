package matching

// support is what the facts beside name and domain say: they never find an
// account alone.
type support struct {
	q         *query
	f         *facts
	country   int // 1 agrees, -1 differs, 0 unknown
	state     bool
	city      bool
	phone     bool
	sameLabel bool // one base label under different suffixes
	conflict  bool // both sides have domains and share none
}

func (m *matcher) compareSupport(q *query, f *facts) support {
	s := support{q: q, f: f}
	if q.country != "" && f.country != "" {
		s.country = 1
		if q.country != f.country {
			s.country = -1
		}
	}
	s.state = q.state != "" && q.state == f.state && s.country >= 0
	s.city = q.city != "" && q.city == f.city && s.country >= 0
	s.phone = q.c.Phone != "" && f.acc.Phone != "" && SamePhone(q.c.Phone, f.acc.Phone)
	s.conflict = m.conflicting(q, f)
	s.sameLabel = shareLabel(q.own, f.sites) || shareLabel(q.mail, f.sites)
	return s
}

// conflicting tells that both sides have domains that are evidence and none in
// common, the domains of the account's contacts included.
func (m *matcher) conflicting(q *query, f *facts) bool {
	if len(f.sites) == 0 || len(q.primary) == 0 {
		return false
	}
	proving := false
	for _, s := range f.sites {
		if excludedDomain(m.p, s.Domain) {
			continue
		}
		proving = true
		for _, ds := range [2][]Domain{q.own, q.mail} {
			for _, d := range ds {
				if d.Registrable == s.Registrable {
					return false
				}
			}
		}
	}
	for _, ds := range [2][]Domain{q.own, q.mail} {
		for _, d := range ds {
			if f.mailCount(d.Registrable) >= minContacts && !f.splash {
				return false
			}
		}
	}
	return proving
}

// near tells that place or telephone bind a name to this account closely
// enough for a name that many companies share.
func (s support) near() bool { return s.city || s.phone }

// any tells that at least one fact supports the candidate.
func (s support) any() bool {
	return s.country > 0 || s.state || s.city || s.phone || s.sameLabel
}

// tell adds the facts to the evidence of a hit.
func (s support) tell(h *hit) {
	q, a := s.q, s.f.acc
	switch s.country {
	case 1:
		h.add(ReasonSameCountry, q.c.Country, a.Country)
	case -1:
		h.add(ReasonCountryDiffers, q.c.Country, a.Country)
	}
	if s.state {
		h.add(ReasonSameState, q.c.State, a.State)
	}
	if s.city {
		h.add(ReasonSameCity, q.c.City, a.City)
	}
	if s.phone {
		h.add(ReasonSamePhone, q.c.Phone, a.Phone)
	}
	if s.sameLabel {
		h.add(ReasonSameLabel, hostList(q.domains()), s.f.siteHosts())
	}
}
