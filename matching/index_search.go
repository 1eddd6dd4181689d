package matching

import (
	"bytes"
	"cmp"
	"math"
	"math/bits"
	"slices"
)

// Ways in which a candidate was found. Those of foundSure go before all others.
const (
	foundGiven = 1 << iota // id or pin
	foundPage              // company page
	foundSite              // a registrable domain
	foundMail              // the domain of its contacts
	foundName              // the letters of a name, or its website's label
	foundLabel             // its whole name is the label of the reported domain
	foundHint              // initials, or a word that is the label of the reported domain
	foundWord              // words

	foundSure = foundGiven | foundPage | foundSite | foundMail | foundName
)

// sighting says how a candidate was found, not at all when it is looked at for
// another's sake, and the rarity, in hundredths, of the words that it shares with the
// report: of those looked up, and of pairs of words.
type sighting struct {
	slot        uint32
	how         uint8
	taken       bool // for the answer
	words, pair uint16
	facts       *facts // once it is unpacked
}

// sightings are the candidates of one question, by slot.
type sightings struct {
	list  []sighting
	table []uint32 // position in list, counted from one, by hashed slot
}

// room is what one question needs for a while. The next one takes it over: nothing of
// it may be part of an answer.
type room struct {
	seen       sightings
	slots      []uint32 // under one key
	sure, rest []hopeful
	facts      []*factsRoom
	used       int // of the facts
	own, whole comparer
	weighed    []weighed
}

// room returns room for one question, to be given back to leave.
func (x *Index) room() *room {
	r, ok := x.scratch.Get().(*room)
	if !ok {
		r = &room{}
	}
	return r
}

func (x *Index) leave(r *room) {
	r.seen.forget()
	r.used, r.weighed = 0, r.weighed[:0]
	x.scratch.Put(r)
}

// newFacts returns room for the facts of one more account.
func (r *room) newFacts() *factsRoom {
	if r.used == len(r.facts) {
		r.facts = append(r.facts, new(factsRoom))
	}
	r.used++
	return r.facts[r.used-1]
}

// at returns the sighting of a slot, a new one if there was none. It is good until
// the next call.
func (s *sightings) at(slot uint32) *sighting {
	if 2*len(s.list) >= len(s.table) {
		s.grow()
	}
	for at := s.home(slot); ; at = (at + 1) & (len(s.table) - 1) {
		switch n := s.table[at]; {
		case n == 0:
			s.list = append(s.list, sighting{slot: slot})
			s.table[at] = uint32(len(s.list))
			return &s.list[len(s.list)-1]
		case s.list[n-1].slot == slot:
			return &s.list[n-1]
		}
	}
}

func (s *sightings) home(slot uint32) int {
	return int(slot * 2654435769 >> (32 - bits.Len(uint(len(s.table)-1))))
}

func (s *sightings) grow() {
	s.table = make([]uint32, max(256, 2*len(s.table)))
	for i := range s.list {
		at := s.home(s.list[i].slot)
		for s.table[at] != 0 {
			at = (at + 1) & (len(s.table) - 1)
		}
		s.table[at] = uint32(i + 1)
	}
}

// forget makes room for the next question.
func (s *sightings) forget() {
	for i := range s.list {
		at := s.home(s.list[i].slot)
		for s.table[at] != 0 {
			s.table[at] = 0
			at = (at + 1) & (len(s.table) - 1)
		}
	}
	clear(s.list)
	s.list = s.list[:0]
}

// search gathers the candidates for one question.
type search struct {
	x     *Index
	p     *Profile
	q     *query
	seen  *sightings
	room  *room
	words []wanted // of the report's name
	need  int      // their rarity
	here  uint16   // the country of the report, 0 when it is not known
	left  leftOut
}

// leftOut tells what of the candidates was left out.
type leftOut int

const (
	leftNone leftOut = iota
	leftNear         // some that are near, or all that share a word
	leftSure         // some that the domain or the whole name found
	leftPage         // some that have the company page
)

// leftOf is what is left out with a candidate that was found in some ways.
func leftOf(how uint8) leftOut {
	switch {
	case how&(foundGiven|foundPage) != 0:
		return leftPage
	case how&foundSure != 0:
		return leftSure
	}
	return leftNear
}

func (s *search) leave(l leftOut) { s.left = max(s.left, l) }

// wanted is a word of the report to be looked up.
type wanted struct {
	hash   uint64
	rarity int // in hundredths
	count  int // accounts under it, up to one more than may be read
	read   bool
	span   []uint64 // where it stands in the index, when it was not read
}

// candidates returns the facts of the accounts worth comparing, sorted by id.
func (x *Index) candidates(p *Profile, q *query, r *room) ([]*facts, leftOut) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	s := &search{x: x, p: p, q: q, seen: &r.seen, room: r, here: countryCode(q.country)}
	s.byID(q.c.AccountID)
	s.byPins()
	s.byReport(q)
	if !s.plain() {
		s.byHints(q)
		s.byWords(&q.name)
	}
	for _, c := range p.acquirers(q.c) {
		buyer := makeQuery(p, c)
		s.byReport(buyer)
		s.byHints(buyer)
	}
	return s.result()
}

// plain tells that the report's own facts have found what it is, so that words need
// not be looked up: an account with both its name and its domain, or with its name
// when there is no domain to tell.
func (s *search) plain() bool {
	if s.q.name.Generic {
		return false
	}
	enough := uint8(foundName | foundSite)
	if len(s.q.domains()) == 0 {
		enough = foundName
	}
	return slices.ContainsFunc(s.seen.list, func(x sighting) bool {
		return x.how&enough == enough && s.named(x.slot)
	})
}

// named tells that an account is one today, and has the reported name: a label that
// reads like it does not do.
func (s *search) named(slot uint32) bool {
	f := s.factsOf(slot)
	return !f.acc.Deleted && f.acc.MasterID == "" && !slices.Contains(s.p.ExcludeAccounts, f.acc.ID) &&
		slices.ContainsFunc(f.names, func(n named) bool { return SameKey(n.CompanyName, s.q.name.CompanyName) })
}

func (s *search) byID(id string) {
	if slot, ok := s.x.slot(id); ok && id != "" {
		s.seen.at(slot).how |= foundGiven
	}
}

// byPins adds the accounts of the pins that fit.
func (s *search) byPins() {
	for _, alias := range []bool{false, true} {
		if pin, ok := findPin(s.p, s.q, func(p Pin) bool { return p.Alias == alias }); ok {
			s.byID(pin.AccountID)
		}
	}
}

// byReport looks up what a report says outright: company page, domains, name.
func (s *search) byReport(q *query) {
	if q.linkedIn != "" {
		s.byKey(hashKey(keyLinkedIn, q.linkedIn), foundPage)
	}
	for _, d := range q.domains() {
		s.byKey(hashKey(keySite, d.Registrable), foundSite)
		s.byKey(hashKey(keyMail, d.Registrable), foundMail)
	}
	if q.name.Key != "" {
		s.byKey(hashLetters(keyName, q.name.Key), foundName)
		for _, k := range q.name.alt {
			s.byKey(hashLetters(keyName, k), foundName)
		}
	}
}

// byHints looks up what may be meant: names and initials by the labels of domains,
// labels and initials by names.
func (s *search) byHints(q *query) {
	for _, d := range q.domains() {
		eachLabel(d, func(label string) {
			s.byKey(hashKey(keyName, label), foundLabel)
			s.byKey(hashKey(keyInitials, label), foundHint)
			s.byKey(hashKey(keyWord, label), foundHint)
		})
	}
	n := &q.name
	if n.Key == "" || n.Generic {
		return
	}
	if len(n.Words) == 1 {
		s.byKey(hashKey(keyInitials, n.letters), foundHint)
	}
	for _, a := range n.acronyms {
		s.byKey(hashKey(keyName, a), foundHint)
	}
}

// byKey adds the accounts under a key. Of a list that is too long a hint takes none,
// and whatever is surer the first by id, among the first long ones.
func (s *search) byKey(hash uint64, how uint8) {
	const long = 16
	if how&foundSure == 0 && s.x.count(hash) > s.x.limit/hintShare {
		return
	}
	slots, n := s.room.slots[:0], 0
	s.x.eachSlot(hash, func(slot uint32) bool {
		if len(slots) == 2*s.x.limit {
			slots = s.firstByID(slots)
		}
		slots = append(slots, slot)
		n++
		return n < long*s.x.limit
	})
	s.room.slots = slots
	if n > s.x.limit {
		s.leave(leftOf(how))
		slots = s.firstByID(slots)
	}
	for _, slot := range slots {
		s.seen.at(slot).how |= how
	}
}

// firstByID sorts accounts and leaves as many as one key may find.
func (s *search) firstByID(slots []uint32) []uint32 {
	slices.SortFunc(slots, func(a, b uint32) int { return bytes.Compare(s.x.records.id(a), s.x.records.id(b)) })
	return slots[:s.x.limit]
}

// hintShare is what part of the limit a list may have that gives but a hint, wordShare
// that of a word: initials that very many accounts have say nothing, and among the
// accounts that share a common word the right one is found by another.
const (
	hintShare = 8
	wordShare = 20
)

// count counts the accounts under a key, up to one more than may be read.
func (x *Index) count(hash uint64) (n int) {
	if x.live == x.settled && x.live == len(x.traits) {
		return min(len(x.keys.span(hash)), x.limit+1)
	}
	x.eachSlot(hash, func(uint32) bool {
		n++
		return n <= x.limit
	})
	return n
}

// byWords adds the accounts that share a word, but for a typing error, with the name:
// the rarest words first, as many as their share of the limit allows. Words that very many accounts
// have find nobody alone; two of them side by side may.
func (s *search) byWords(n *named) {
	if n.Key == "" || n.Generic {
		return
	}
	eachWordOf(n, func(w string) { s.want(w, rarity(w)) })
	slices.SortStableFunc(s.words, func(a, b wanted) int { return cmp.Compare(a.count, b.count) })
	most := s.x.limit / wordShare
	looked, left := 0, 2*most
	for i := range s.words {
		w := &s.words[i]
		if w.count > min(left, most) {
			break
		}
		w.read = true
		left -= w.count
		looked += w.count
		s.x.eachSlot(w.hash, func(slot uint32) bool {
			seen := s.seen.at(slot)
			seen.how |= foundWord
			seen.words = uint16(min(int(seen.words)+w.rarity, math.MaxUint16))
			return true
		})
	}
	if slices.ContainsFunc(s.words, func(w wanted) bool { return !w.read }) {
		looked += s.byPairs(n, most)
		if looked == 0 {
			s.leave(leftNear)
		}
	}
}

// want notes a word to be looked up, with those one typing error away when it is not
// a word that many names have.
func (s *search) want(w string, rare float64) {
	hash := hashKey(keyWord, w)
	count := s.x.count(hash)
	s.need += hundredths(rare)
	s.words = append(s.words, wanted{hash: hash, rarity: hundredths(rare), count: count})
	if count <= rarelySpelt && typable(w) {
		s.x.words.typos(w, func(near string) {
			hash := hashKey(keyWord, near)
			s.words = append(s.words, wanted{hash: hash, rarity: hundredths(typoWorth * max(rare, rarity(near))), count: s.x.count(hash)})
		})
	}
}

// rarelySpelt is how many accounts may have a word that may be a typing error.
const rarelySpelt = 1

// byPairs adds the accounts that have two neighbouring words of the name.
func (s *search) byPairs(n *named, most int) (looked int) {
	eachPair(n.Words, func(a, b string) {
		hash := hashKey(keyPair, a, b)
		count := s.x.count(hash)
		if count > most {
			return
		}
		looked += count
		worth := uint16(hundredths(rarity(a) + rarity(b)))
		s.x.eachSlot(hash, func(slot uint32) bool {
			seen := s.seen.at(slot)
			seen.how |= foundWord
			seen.pair = max(seen.pair, worth)
			return true
		})
	})
	return looked
}

func hundredths(x float64) int { return int(100*x + 0.5) }
