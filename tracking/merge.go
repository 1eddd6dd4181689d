package tracking

import (
	"iter"
	"slices"
)

// List is what one source says of one relationship.
type List struct {
	// Relationship is the ID of one.
	Relationship string
	// Importing tells that the list refreshes itself.
	Importing bool
	// People gives the rows, one person each; somebody may come more than once.
	People iter.Seq[Person]
}

// Merge finds out who is tracked: all lists together, each person once, under the
// highest-ranked of their relationships. The order of lists and rows changes
// nothing. Time and memory grow with the rows and the people, not faster.
//
// Rows are one person when they share a key that belongs to one person alone, or
// lead to each other through such keys. They are also one person when they share name
// and company and nothing speaks against it: two records of one object, two profiles
// or two addresses at one host do. A name that two such people share joins nobody.
//
// The error is an ErrConfig: a bad ranking, or a list of an unknown relationship.
func Merge(ranked []Relationship, lists []List) (*Roster, error) {
	m, err := NewMerger(ranked)
	if err != nil {
		return nil, err
	}
	for _, l := range lists {
		if err := m.Importing(l.Relationship, l.Importing); err != nil {
			return nil, err
		}
		for p := range l.People {
			if err := m.Add(l.Relationship, p.Keys(), 1); err != nil {
				return nil, err
			}
		}
	}
	return m.Roster(), nil
}

// Merger is Merge for rows that come one by one. It keeps digests of keys and no
// rows. Not safe for concurrent use.
type Merger struct {
	ranked  []Relationship
	rank    map[string]int
	counter []Counter

	// parent is a forest of people that may prove to be one; in holds, for each
	// root, the ranks of its relationships as bits.
	// late are those whose lists they have left within the days of grace.
	parent   []int32
	in, late []uint64
	strong   map[digest]strongKey
	weak     map[digest]weakKey
	// shared are names with company that lead to more people than weak can hold.
	shared []sharedKey
}

type strongKey struct {
	person int32
	slot   slot
}

// weakKey leads to the first person with strong keys that bears it, and to the rows
// that have nothing else; nobody is -1.
type weakKey struct{ named, bare int32 }

type sharedKey struct {
	key    digest
	person int32
}

const nobody = -1

// NewMerger begins with no rows. The error is an ErrConfig.
func NewMerger(ranked []Relationship) (*Merger, error) {
	if err := CheckRelationships(ranked); err != nil {
		return nil, err
	}
	m := &Merger{
		ranked: slices.Clone(ranked), rank: make(map[string]int, len(ranked)), counter: make([]Counter, len(ranked)),
		strong: map[digest]strongKey{}, weak: map[digest]weakKey{},
	}
	for i, r := range ranked {
		m.rank[r.ID] = i
		m.counter[i] = Counter{Relationship: r.ID}
	}
	return m, nil
}

// Importing notes that the relationship has a list, and whether that refreshes itself.
func (m *Merger) Importing(relationship string, refreshes bool) error {
	at, ok := m.rank[relationship]
	if !ok {
		return configError("relationship", "%q is no relationship", relationship)
	}
	m.counter[at].Importing = m.counter[at].Importing || refreshes
	return nil
}

// Add takes rows of one relationship that name one person by these keys, as
// [Person.Keys] gives them. Rows without keys count in the report and name nobody.
func (m *Merger) Add(relationship string, keys []string, rows int) error {
	at, ok := m.rank[relationship]
	if !ok {
		return configError("relationship", "%q is no relationship", relationship)
	}
	m.counter[at].InReport += rows
	if person := m.identify(keys); person != nobody {
		m.in[m.root(person)] |= 1 << at
	}
	return nil
}

// AddLate takes somebody who has left a list of the relationship, and whose days of
// grace are not over: they count there as one row, unless another list still has them.
func (m *Merger) AddLate(relationship string, keys []string) error {
	at, ok := m.rank[relationship]
	if !ok {
		return configError("relationship", "%q is no relationship", relationship)
	}
	if person := m.identify(keys); person != nobody {
		m.late[m.root(person)] |= 1 << at
	}
	return nil
}

// identify finds or makes the person whom the keys name.
func (m *Merger) identify(keys []string) int32 {
	person := int32(nobody)
	for _, key := range keys {
		if !isWeak(key) {
			person = m.know(person, key)
		}
	}
	for _, key := range keys {
		if isWeak(key) {
			person = m.suspect(person, digestOf(key))
		}
	}
	return person
}

// know joins the person with whoever has this key of their own.
func (m *Merger) know(person int32, key string) int32 {
	d := digestOf(key)
	if k, ok := m.strong[d]; ok {
		return m.join(person, k.person)
	}
	if person == nobody {
		person = m.newPerson()
	}
	m.strong[d] = strongKey{person, slotOf(key)}
	return person
}

// suspect notes that the person bears a name and company. Whether that joins people
// is judged when all rows are in.
func (m *Merger) suspect(person int32, key digest) int32 {
	k, ok := m.weak[key]
	if !ok {
		k = weakKey{nobody, nobody}
	}
	switch {
	case person == nobody && k.bare == nobody:
		k.bare = m.newPerson()
		person = k.bare
	case person == nobody:
		person = k.bare
	case k.named == nobody:
		k.named = person
	case m.root(k.named) != m.root(person):
		m.shared = append(m.shared, sharedKey{key, person})
	}
	m.weak[key] = k
	return person
}

func (m *Merger) newPerson() int32 {
	m.parent = append(m.parent, int32(len(m.parent)))
	m.in, m.late = append(m.in, 0), append(m.late, 0)
	return int32(len(m.parent) - 1)
}

// root is the person that another proved to be, halving the way on the fly.
func (m *Merger) root(p int32) int32 {
	for m.parent[p] != p {
		m.parent[p] = m.parent[m.parent[p]]
		p = m.parent[p]
	}
	return p
}

// join makes one of two people; the result may be given either of them as nobody.
func (m *Merger) join(a, b int32) int32 {
	if a == nobody {
		return b
	}
	a, b = m.root(a), m.root(b)
	if a != b {
		a, b = min(a, b), max(a, b)
		m.parent[b] = a
		m.in[a] |= m.in[b]
		m.late[a] |= m.late[b]
	}
	return a
}
