package tracking

import (
	"bytes"
	"fmt"
	"iter"
	"slices"
	"time"
)

// Tracked is somebody's use of a tracked credit, as it is stored. It holds no name:
// the rows of the lists do.
type Tracked struct {
	// ID stays the same as long as one of the Keys does.
	ID string `json:"id"`
	// Keys are digests of the person's keys (see Digests), sorted.
	Keys []string `json:"keys"`
	// Relationship is what is stamped on deliveries from now on.
	Relationship string `json:"relationship"`
	// Since is when the credit began to be used; Until when it ceased to be, zero
	// while it is used.
	Since time.Time `json:"since"`
	Until time.Time `json:"until,omitzero"`
	// Revision rises by one with each change, so that of two who change it only one does.
	Revision int `json:"revision"`
}

// Settlement is one change of the tracked people, with its event of the ledger; no
// event when only keys changed.
type Settlement struct {
	Tracked Tracked  `json:"tracked"`
	Credits []Credit `json:"credits,omitempty"`
}

// Settle compares who is tracked by the roster with what is stored, and gives the
// changes. It is the Settler for few people.
func Settle(r *Roster, stored []Tracked, now time.Time) []Settlement {
	s := NewSettler(r, now)
	for _, t := range stored {
		s.See(t)
	}
	var out []Settlement
	for _, t := range stored {
		if change, ok := s.Change(t); ok {
			out = append(out, change)
		}
	}
	return slices.AppendSeq(out, s.New())
}

// Settler finds the changes of the tracked people without holding them all: show it
// everything that is stored with See, then ask about each again with Change, and
// take the New ones last. The same roster and the same people give the same changes
// in every order. Not safe for concurrent use.
type Settler struct {
	roster *Roster
	now    time.Time
	// heirs are the stored people that the people of the roster go on as.
	heirs []heir
	used  map[digest]bool
}

// heir is a stored person; rank tells that none was found, or an ended or a running one.
type heir struct {
	rank  int8
	since int64
	id    digest
}

const (
	heirEnded   = 1
	heirRunning = 2
)

// NewSettler begins; now is the time of the changes.
func NewSettler(r *Roster, now time.Time) *Settler {
	return &Settler{roster: r, now: now.UTC(), heirs: make([]heir, len(r.in)), used: map[digest]bool{}}
}

// See notes one stored person, ended ones included.
func (s *Settler) See(t Tracked) {
	id, ok := parseDigest(t.ID)
	if !ok {
		return
	}
	s.used[id] = true
	if p := s.personOf(t); p != nobody {
		if h := heirOf(t, id); h.before(s.heirs[p]) {
			s.heirs[p] = h
		}
	}
}

func heirOf(t Tracked, id digest) heir {
	h := heir{heirRunning, t.Since.UnixMicro(), id}
	if !t.Until.IsZero() {
		h.rank = heirEnded
	}
	return h
}

// before tells who goes on when two stored people prove to be one: who is still
// tracked, then who has been for longer, then the lower id.
func (h heir) before(o heir) bool {
	switch {
	case h.rank != o.rank:
		return h.rank > o.rank
	case h.since != o.since:
		return h.since < o.since
	}
	return bytes.Compare(h.id[:], o.id[:]) < 0
}

// personOf is the person of the roster who shares most keys with a stored one; of
// equals the first.
func (s *Settler) personOf(t Tracked) int32 {
	shared := map[int32]int{}
	for _, k := range t.Keys {
		if d, ok := parseDigest(k); ok {
			if p := s.roster.lookUp(d); p != nobody {
				shared[p]++
			}
		}
	}
	best := int32(nobody)
	// any order: the most keys win, and the lower number among equals.
	for p, n := range shared {
		if best == nobody || n > shared[best] || n == shared[best] && p < best {
			best = p
		}
	}
	return best
}

// Change is what becomes of a stored person; false when nothing does.
func (s *Settler) Change(t Tracked) (Settlement, bool) {
	id, ok := parseDigest(t.ID)
	if !ok {
		return Settlement{}, false
	}
	running := t.Until.IsZero()
	p := s.personOf(t)
	if p == nobody || s.heirs[p].id != id {
		if !running {
			return Settlement{}, false
		}
		return t.End(s.now), true
	}
	was, is := t.Relationship, s.roster.ranked[s.roster.top(p)].ID
	keys := hexes(s.roster.keysOf(p))
	switch {
	case !running:
		t.Keys, t.Relationship, t.Since, t.Until = keys, is, s.now, time.Time{}
		return t.settled(s.now, "", 1), true
	case was != is:
		t.Keys, t.Relationship = keys, is
		return t.settled(s.now, was, 0), true
	case !slices.Equal(t.Keys, keys):
		t.Keys = keys
		t.Revision++
		return Settlement{Tracked: t}, true
	}
	return Settlement{}, false
}

// New are the people of the roster whom nothing stored leads to.
func (s *Settler) New() iter.Seq[Settlement] {
	return func(yield func(Settlement) bool) {
		for p, h := range s.heirs {
			if h.rank != 0 {
				continue
			}
			person := int32(p)
			t := Tracked{
				ID: s.freeID(person).String(), Keys: hexes(s.roster.keysOf(person)),
				Relationship: s.roster.ranked[s.roster.top(person)].ID, Since: s.now,
			}
			if !yield(t.settled(s.now, "", 1)) {
				return
			}
		}
	}
}

// freeID is the person's lowest digest that no stored person has as their id.
func (s *Settler) freeID(person int32) digest {
	keys := s.roster.keysOf(person)
	for _, d := range keys {
		if !s.used[d] {
			return d
		}
	}
	d := keys[0]
	for s.used[d] {
		d = digestOf(d.String())
	}
	return d
}

// End is the end of a person's use of a credit, for whoever does not wait for the
// lists: an erasure.
func (t Tracked) End(now time.Time) Settlement {
	t.Until = now.UTC()
	return t.settled(t.Until, "", -1)
}

// settled is a change with its event, which tells a move from another relationship.
// The time is part of the event's ID: an erasure forgets the person and the revisions,
// and whoever comes after them under the same ID begins with new events.
func (t Tracked) settled(now time.Time, from string, amount int) Settlement {
	t.Revision++
	return Settlement{Tracked: t, Credits: []Credit{{
		ID: digestOf(fmt.Sprintf("tracked:%s:%d:%d", t.ID, t.Revision, now.UnixMicro())).String(), Ledger: LedgerTracked, At: now,
		Amount: amount, Relationship: t.Relationship, From: from, Person: t.ID,
	}}}
}

func hexes(ds []digest) []string {
	out := make([]string, len(ds))
	for i, d := range ds {
		out[i] = d.String()
	}
	return out
}
