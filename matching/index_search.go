package matching

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
)

// Levels of candidates: those that an identifier, domain or equal name finds go
// before those of initials and labels, and these before single words.
const (
	levelSure = iota
	levelHint
	levelWord
)

// sighting says how a candidate was found: at which level, and the weight of
// the words it shares with the report, in hundredths.
type sighting struct{ level, weight int }

// search gathers the candidates for one question.
type search struct {
	x      *Index
	p      *Profile
	q      *query
	seen   map[uint32]sighting
	facts  map[uint32]*facts // unpacked so far
	need   int               // weight of the report's words that can be looked up
	capped bool
}

// candidates returns the facts of the accounts worth comparing, sorted by id.
func (x *Index) candidates(p *Profile, q *query) ([]*facts, bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	s := &search{x: x, p: p, q: q, seen: map[uint32]sighting{}, facts: map[uint32]*facts{}}
	s.byID(q.c.AccountID)
	s.byPins()
	s.byReport(q)
	s.byWords(&q.name)
	for _, c := range p.acquirers(q.c) {
		s.byReport(makeQuery(p, c))
	}
	return s.result()
}

func (s *search) byID(id string) {
	if slot, ok := s.x.slot(id); ok {
		s.add(slot, levelSure)
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

// byReport looks up all keys of a report but the single words of its name.
func (s *search) byReport(q *query) {
	if q.linkedIn != "" {
		s.byKey(hashKey(keyLinkedIn, q.linkedIn), levelSure)
	}
	for _, d := range q.domains() {
		s.byKey(hashKey(keySite, d.Registrable), levelSure)
		s.byKey(hashKey(keyMail, d.Registrable), levelSure)
		if label := plainLabel(d); label != "" {
			s.byKey(hashKey(keyLabel, label), levelHint)
		}
		eachLabel(d, s.byLabel)
	}
	n := &q.name
	if n.Key == "" {
		return
	}
	for _, k := range n.Keys() {
		s.byKey(hashKey(keyName, k), levelSure)
	}
	if n.Generic {
		return
	}
	s.byKey(hashKey(keyLabel, n.letters), levelHint)
	if len(n.Words) == 1 {
		s.byKey(hashKey(keyInitials, n.letters), levelHint)
	}
	for _, a := range n.acronyms {
		s.byKey(hashKey(keyName, a), levelHint)
		s.byKey(hashKey(keyLabel, a), levelHint)
	}
}

// byLabel adds the accounts whose name a label of the reported domain is: one of
// its words, all of its letters, or its initials.
func (s *search) byLabel(label string) {
	if _, ok := s.few(hashKey(keyWord, label)); ok {
		s.byKey(hashKey(keyWord, label), levelHint)
	}
	s.byKey(hashKey(keyName, label), levelHint)
	s.byKey(hashKey(keyInitials, label), levelHint)
}

// eachLabel calls yield with the labels of a domain that may be made of a name:
// those before its public suffix, without hyphens.
func eachLabel(d Domain, yield func(label string)) {
	rest := strings.TrimSuffix(d.Host, "."+d.Suffix)
	for label := range strings.SplitSeq(rest, ".") {
		if label = strings.ReplaceAll(label, "-", ""); len(label) >= 2 {
			yield(Fold(label))
		}
	}
}

func (s *search) byKey(hash uint64, level int) {
	s.x.eachSlot(hash, func(slot uint32) bool {
		s.add(slot, level)
		return true
	})
}

// few counts the accounts under a key; false when there are more than may be
// read.
func (s *search) few(hash uint64) (n int, ok bool) {
	s.x.eachSlot(hash, func(uint32) bool {
		n++
		return n <= s.x.limit
	})
	return n, n <= s.x.limit
}

// add notes a candidate; the best level counts.
func (s *search) add(slot uint32, level int) {
	if had, ok := s.seen[slot]; !ok || level < had.level {
		s.seen[slot] = sighting{level, had.weight}
	}
}

// share notes candidates that have a word of the report.
func (s *search) share(hash uint64, weight int) {
	s.x.eachSlot(hash, func(slot uint32) bool {
		had, ok := s.seen[slot]
		if !ok {
			had.level = levelWord
		}
		had.weight += weight
		s.seen[slot] = had
		return true
	})
}

// byWords adds the accounts that share a word, but for a typing error, with the
// name. Words that very many accounts have find nobody alone; two of them side
// by side may.
func (s *search) byWords(n *named) {
	if n.Key == "" || n.Generic {
		return
	}
	s.need = hundredths(n.weight())
	looked, common := 0, 0
	eachWordOf(n, func(w string, joined bool) {
		take := func(w string, weight float64) bool {
			hash := hashKey(keyWord, w)
			n, ok := s.few(hash)
			if !ok {
				common++
				return false
			}
			looked += n
			if joined {
				s.byKey(hash, levelHint)
			} else {
				s.share(hash, hundredths(weight))
			}
			return true
		}
		if !take(w, rarity(w)) {
			s.need -= hundredths(rarity(w))
		}
		s.x.words.typos(w, func(near string) { take(near, typoWorth*max(rarity(w), rarity(near))) })
	})
	looked += s.byPairs(n)
	s.capped = s.capped || common > 0 && looked == 0
}

// byPairs adds the accounts that have two neighbouring words of the name.
func (s *search) byPairs(n *named) (looked int) {
	eachPair(n.Words, func(a, b string) {
		pair := hashKey(keyBigram, a, b)
		if n, ok := s.few(pair); ok {
			looked += n
			s.share(pair, hundredths(0.5*(rarity(a)+rarity(b))))
		}
	})
	return looked
}

func hundredths(x float64) int { return int(100*x + 0.5) }

// nearness is how much of the words that can be looked up a report and an account
// share, by rarity, from 0 to 1.
func (s *search) nearness(slot uint32, seen sighting) float64 {
	whole := float64(s.need) + 100*s.x.weights[slot]
	if whole <= 0 {
		return 0
	}
	return min(1, 2*float64(seen.weight)/whole)
}

// wordCandidates is how many of the accounts that share but words are compared:
// those that share most.
const wordCandidates = 40

// result ranks what was gathered, adds the parents and masters of each, and
// keeps what the cap allows.
func (s *search) result() ([]*facts, bool) {
	type place struct {
		slot uint32
		sighting
		near float64
	}
	var places []place
	for slot, seen := range s.seen {
		places = append(places, place{slot, seen, s.nearness(slot, seen)})
	}
	slices.SortFunc(places, func(a, b place) int {
		return cmp.Or(
			cmp.Compare(a.level, b.level),
			cmp.Compare(b.near, a.near),
			bytes.Compare(s.x.records.id(a.slot), s.x.records.id(b.slot)),
		)
	})
	var slots []uint32
	words := 0
	for _, p := range places {
		if p.level == levelWord {
			if words++; words > wordCandidates {
				break
			}
		}
		slots = append(slots, p.slot)
	}
	taken := map[uint32]bool{}
	var out []*facts
	for _, slot := range slots {
		family := s.family(slot, taken)
		if len(out)+len(family) > max(s.p.MaxCandidates, 1) {
			s.capped = true
			break
		}
		for _, member := range family {
			taken[member] = true
			out = append(out, s.factsOf(member))
		}
	}
	slices.SortFunc(out, compareFacts)
	return out, s.capped
}

// factsOf returns an account in comparable form.
func (s *search) factsOf(slot uint32) *facts {
	f := s.facts[slot]
	if f == nil {
		f = s.x.records.facts(slot)
		s.facts[slot] = f
	}
	return f
}

// maxFamily bounds the steps up a hierarchy or along mergers.
const maxFamily = 32

// family returns a slot with those of its masters and ancestors that are not
// taken yet.
func (s *search) family(slot uint32, taken map[uint32]bool) []uint32 {
	var out []uint32
	todo := []uint32{slot}
	for len(todo) > 0 && len(out) < maxFamily {
		next := todo[0]
		todo = todo[1:]
		if taken[next] || slices.Contains(out, next) {
			continue
		}
		out = append(out, next)
		a := &s.factsOf(next).acc
		for _, id := range [2]string{a.MasterID, a.ParentID} {
			if id == "" {
				continue
			}
			if up, ok := s.x.slot(id); ok {
				todo = append(todo, up)
			}
		}
	}
	return out
}
