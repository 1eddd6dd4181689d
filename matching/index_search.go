package matching

import (
	"bytes"
	"cmp"
	"slices"
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
		if !take(w, telling(w)) {
			s.need -= hundredths(telling(w))
		}
		s.x.words.typos(w, func(near string) { take(near, typoWorth*max(telling(w), telling(near))) })
	})
	if common > 0 {
		looked += s.byPairs(n)
		s.capped = s.capped || looked == 0
	}
}

// byPairs adds the accounts that have two neighbouring words of the name.
func (s *search) byPairs(n *named) (looked int) {
	words := n.Words[:min(len(n.Words), maxWords)]
	for i := 1; i < len(words); i++ {
		pair := hashKey(keyBigram, words[i-1], words[i])
		n, ok := s.few(pair)
		if !ok {
			continue
		}
		looked += n
		s.share(pair, hundredths(telling(words[i-1])+telling(words[i])))
	}
	return looked
}

func hundredths(x float64) int { return int(100*x + 0.5) }

// worthwhile tells that a candidate shares enough words to be similar: what
// [features.alike] asks, with room for rounding.
func (s *search) worthwhile(slot uint32, seen sighting) bool {
	const slack = 5
	if seen.level < levelWord {
		return true
	}
	shared := float64(seen.weight + slack)
	own := 100 * s.x.weights[slot]
	return shared >= mostCover*min(float64(s.need), own) && shared >= leastCover*float64(s.need)
}

// result ranks what was gathered, adds the parents and masters of each, and
// keeps what the cap allows.
func (s *search) result() ([]*facts, bool) {
	slots := make([]uint32, 0, len(s.seen))
	for slot, seen := range s.seen {
		if s.worthwhile(slot, seen) {
			slots = append(slots, slot)
		}
	}
	slices.SortFunc(slots, func(a, b uint32) int {
		x, y := s.seen[a], s.seen[b]
		return cmp.Or(
			cmp.Compare(x.level, y.level),
			cmp.Compare(y.weight, x.weight),
			bytes.Compare(s.x.records.id(a), s.x.records.id(b)),
		)
	})
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
