package main

import (
	"math"
	"sync"
)

// gram is three letters in a row; a name has a blank before and after it.
type gram [3]rune

// posting is an account that holds a gram, with the gram's weight there.
type posting struct {
	slot   int32
	weight float32
}

// cosine compares names by the cosine of their 3-gram counts, weighted by how
// rare a gram is (TF-IDF), and finds them by an inverted index.
type cosine struct {
	ids       []string
	countries []string
	number    map[gram]int32
	rarity    []float64
	postings  [][]posting
	domains   domains
	tallies   sync.Pool
}

// tally adds up the scores of one look-up.
type tally struct {
	scores  []float32
	touched []int32
}

func newCosine() matcher { return &cosine{} }

// Name is the matcher's name in the table.
func (*cosine) Name() string { return "3-gram TF-IDF cosine, domain first" }

// gramsOf lists the grams of a name in order.
func gramsOf(name string) []gram {
	text := []rune(" " + cleaned(name) + " ")
	var out []gram
	for i := 0; i+3 <= len(text); i++ {
		out = append(out, gram(text[i:i+3]))
	}
	return out
}

// Build reads the names twice: how rare a gram is must be known before its weight.
func (m *cosine) Build(accounts []account) {
	m.number, m.domains = map[gram]int32{}, domains{}
	var held []int
	last := []int{}
	for i, a := range accounts {
		m.ids = append(m.ids, a.id)
		m.countries = append(m.countries, a.country)
		m.domains.add(i, a.website)
		for _, g := range gramsOf(a.name) {
			n, ok := m.number[g]
			if !ok {
				n = int32(len(held))
				m.number[g] = n
				held, last = append(held, 0), append(last, -1)
			}
			if last[n] != i {
				held[n]++
				last[n] = i
			}
		}
	}
	m.rarity = make([]float64, len(held))
	m.postings = make([][]posting, len(held))
	for n, count := range held {
		m.rarity[n] = math.Log(float64(1+len(accounts))/float64(1+count)) + 1
		m.postings[n] = make([]posting, 0, count)
	}
	for i, a := range accounts {
		for _, t := range m.weights(a.name) {
			m.postings[t.number] = append(m.postings[t.number], posting{int32(i), t.weight})
		}
	}
	m.tallies.New = func() any { return &tally{scores: make([]float32, len(m.ids))} }
}

// term is a gram of a name with its weight.
type term struct {
	number int32
	weight float32
}

// weights gives the terms of a name, in the order of the name, as a vector of
// length one. Grams that no account has count for the length all the same.
func (m *cosine) weights(name string) []term {
	var order []gram
	counts := map[gram]int{}
	for _, g := range gramsOf(name) {
		if counts[g] == 0 {
			order = append(order, g)
		}
		counts[g]++
	}
	unknown := math.Log(float64(1+len(m.ids))) + 1
	var out []term
	sum := 0.0
	for _, g := range order {
		n, ok := m.number[g]
		if !ok {
			sum += float64(counts[g]*counts[g]) * unknown * unknown
			continue
		}
		w := float64(counts[g]) * m.rarity[n]
		sum += w * w
		out = append(out, term{n, float32(w)})
	}
	for i := range out {
		out[i].weight /= float32(math.Sqrt(sum))
	}
	return out
}

// Match gives the account with the greatest cosine, among those with the query's
// domain when there are any. Of equals one in the query's country wins.
func (m *cosine) Match(q query) (string, float64) {
	t := m.tallies.Get().(*tally)
	defer m.tallies.Put(t)
	for _, one := range m.weights(q.company) {
		for _, p := range m.postings[one.number] {
			if t.scores[p.slot] == 0 {
				t.touched = append(t.touched, p.slot)
			}
			t.scores[p.slot] += one.weight * p.weight
		}
	}
	among, scored := m.domains.find(q.domain), withDomain
	if len(among) == 0 {
		among, scored = t.touched, func(x float64) float64 { return x }
	}
	best := int32(-1)
	for _, slot := range among {
		if best < 0 || m.before(t, q.country, slot, best) {
			best = slot
		}
	}
	id, score := "", 0.0
	if best >= 0 {
		id, score = m.ids[best], scored(float64(t.scores[best]))
	}
	for _, slot := range t.touched {
		t.scores[slot] = 0
	}
	t.touched = t.touched[:0]
	return id, score
}

// before tells whether account a is a better answer than b.
func (m *cosine) before(t *tally, country string, a, b int32) bool {
	if t.scores[a] != t.scores[b] {
		return t.scores[a] > t.scores[b]
	}
	hereA, hereB := country != "" && m.countries[a] == country, country != "" && m.countries[b] == country
	if hereA != hereB {
		return hereA
	}
	return a < b
}
