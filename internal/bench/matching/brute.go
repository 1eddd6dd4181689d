package main

// brute compares a query with every account. What its two kinds share is here:
// the loop, and how equals are told apart.
type brute struct {
	name string
	// similarity may answer anything below floor for what is below it.
	similarity func(c *comparer, a, b *nameOf, floor float64) float64
	byDomain   bool
	ids        []string
	countries  []string
	names      []*nameOf
	words      vocabulary
	domains    domains
}

// Name is the matcher's name in the table.
func (m *brute) Name() string { return m.name }

// Build cleans the names once, so that a look-up only compares.
func (m *brute) Build(accounts []account) {
	m.words, m.domains = vocabulary{}, domains{}
	for i, a := range accounts {
		m.ids = append(m.ids, a.id)
		m.countries = append(m.countries, a.country)
		m.names = append(m.names, newNameOf(a.name, m.words))
		if m.byDomain {
			m.domains.add(i, a.website)
		}
	}
}

// Match looks among the accounts with the query's domain, and without any among
// all.
func (m *brute) Match(q query) (string, float64) {
	asked := newQueryName(q.company, m.words)
	r := race{m: m, asked: asked, country: q.country, slot: -1}
	if same := m.domains.find(q.domain); len(same) > 0 {
		for _, slot := range same {
			r.enter(int(slot))
		}
		return m.ids[r.slot], withDomain(r.score)
	}
	for slot := range m.names {
		r.enter(slot)
	}
	if r.slot < 0 || r.score == 0 {
		return "", 0
	}
	return m.ids[r.slot], r.score
}

// race keeps the best account so far. Among equal scores the likeness of the whole
// names decides, then the country, then the order of the list.
type race struct {
	comparer
	m       *brute
	asked   *nameOf
	country string
	slot    int
	score   float64
	whole   float64
}

func (r *race) enter(slot int) {
	other := r.m.names[slot]
	score := r.m.similarity(&r.comparer, r.asked, other, r.score)
	if r.slot >= 0 && score < r.score {
		return
	}
	whole := r.ratio(r.asked.sorted, other.sorted)
	if r.slot >= 0 && score == r.score {
		if whole < r.whole || whole == r.whole && (!r.here(slot) || r.here(r.slot)) {
			return
		}
	}
	r.slot, r.score, r.whole = slot, score, whole
}

// here tells that an account is in the query's country.
func (r *race) here(slot int) bool {
	return r.country != "" && r.country == r.m.countries[slot]
}
