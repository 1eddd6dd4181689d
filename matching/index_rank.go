package matching

import (
	"bytes"
	"cmp"
	"slices"
)

// hopeful is a candidate with how much it promises.
type hopeful struct {
	slot        uint32
	how         uint8
	words, pair uint16
	trait       trait
	worth       float64
}

// worth is the share of the words that a report and an account have in common, by
// rarity, from 0 to 1, and what else speaks for the account.
func (s *search) worth(h *hopeful, words int) float64 {
	worth := 0.0
	if whole := s.need + h.trait.weight(); whole > 0 {
		worth = min(1, 2*float64(words)/float64(whole))
	}
	switch {
	case h.how&foundGiven != 0: // never behind those that a domain or a name found
		worth += 8
	case h.how&foundPage != 0:
		worth += 4
	}
	switch {
	case h.how&foundLabel != 0:
		worth += 0.8
	case h.how&foundHint != 0:
		worth += 0.5
	}
	if here, there := s.here, h.trait.country(); here != 0 && there != 0 {
		worth += 0.05
		if here != there {
			worth -= 0.1
		}
	}
	return worth
}

// Of the accounts that neither a domain nor the name found, about sifted are weighed,
// examined are looked at more closely, and the best compared are compared, or besideSure
// where a domain or the name found some. It is told when one is left out
// that is worth as much as the last of these, and near. Those that share less than
// least of what the best shares, and of what is left those worth less than half of the
// best, are not looked at.
const (
	sifted     = 48
	examined   = 24
	compared   = 6
	besideSure = 4
	near       = 0.6
	least      = 20 // of shares
	half       = 0.55
)

// result ranks what was gathered, adds the parents and masters of each, and
// keeps what the cap allows.
func (s *search) result() ([]*facts, leftOut) {
	sure, rest := s.gathered()
	compared := compared
	if len(sure) > 0 {
		compared = besideSure
	}
	rest = sift(rest, examined)
	for i := range s.words {
		if w := &s.words[i]; !w.read && len(rest) > 0 {
			w.span = s.x.keys.span(w.hash)
		}
	}
	for i := range rest {
		h := &rest[i]
		words := int(h.words)
		for i := range s.words {
			if w := &s.words[i]; !w.read && s.x.keys.holdsIn(w.span, w.hash, h.slot) {
				words += w.rarity
			}
		}
		h.worth = s.worth(h, max(words, int(h.pair)))
	}
	rest = s.best(rest, compared+1)
	if n := len(rest); n > compared {
		if rest[n-1].worth == rest[n-2].worth && rest[n-1].worth >= near {
			s.leave(leftNear)
		}
		rest = rest[:compared]
	}
	for n := len(rest); n > 0 && rest[n-1].worth < half*rest[0].worth; n-- {
		rest = rest[:n-1]
	}
	return s.withFamilies(append(s.best(sure, len(sure)), rest...))
}

// gathered parts the candidates into those that go before all others and the rest. Of
// very many, those that share least with the report are left out unseen.
func (s *search) gathered() (sure, rest []hopeful) {
	sure, rest = s.room.sure[:0], s.room.rest[:0]
	s.passOver()
	share := s.shareOf()
	bound := s.boundary(share)
	for i := range s.seen.list {
		seen := &s.seen.list[i]
		h := hopeful{slot: seen.slot, how: seen.how, words: seen.words, pair: seen.pair}
		switch {
		case seen.how&foundSure != 0:
			sure = append(sure, h)
		case share(seen) >= bound:
			rest = append(rest, h)
		}
	}
	s.room.sure, s.room.rest = sure, rest
	for _, list := range [2][]hopeful{sure, rest} {
		for i := range list { // far apart in memory: all are asked for before one is needed
			list[i].trait = s.x.traits[list[i].slot]
		}
		for i := range list {
			h := &list[i]
			h.worth = s.worth(h, int(max(h.words, h.pair)))
		}
	}
	return sure, rest
}

// shares is how finely the share of a candidate in the words of the best one is told.
const shares = 64

// shareOf returns what tells how much a candidate shares of what the best one does,
// from 0 to shares, which a hint is worth by itself.
func (s *search) shareOf() func(*sighting) int {
	most := uint16(0)
	for i := range s.seen.list {
		most = max(most, s.seen.list[i].words, s.seen.list[i].pair)
	}
	scale := shares / (float32(most) + 1)
	return func(seen *sighting) int {
		if seen.how&(foundHint|foundLabel) != 0 {
			return shares
		}
		return int(scale * float32(max(seen.words, seen.pair)))
	}
}

// boundary is the share down to which about sifted candidates are found, besides those
// of whom a hint speaks: these take no place of others.
func (s *search) boundary(share func(*sighting) int) int {
	var counts [shares + 1]int
	for i := range s.seen.list {
		if seen := &s.seen.list[i]; seen.how&foundSure == 0 {
			counts[share(seen)]++
		}
	}
	bound, left := shares, sifted
	for bound > least && left > 0 {
		bound--
		left -= counts[bound]
	}
	return bound
}

// sift keeps about the n most promising candidates, in any order, and all that are
// as good as the last of them.
func sift(all []hopeful, n int) []hopeful {
	if len(all) <= n {
		return all
	}
	bound := leastOf(all, n)
	return slices.DeleteFunc(all, func(h hopeful) bool { return h.worth < bound })
}

// passOver forgets how the accounts that the profile excludes were found: they take no
// place of others, and nobody is measured by them.
func (s *search) passOver() {
	for _, id := range s.p.ExcludeAccounts {
		slot, ok := s.x.slot(id)
		if !ok {
			continue
		}
		if seen := s.seen.at(slot); seen.how&foundGiven == 0 {
			seen.how, seen.words, seen.pair = 0, 0, 0
		}
	}
}

// best returns the n most promising candidates, the best first.
func (s *search) best(all []hopeful, n int) []hopeful {
	all = sift(all, n) // no need to sort what is out of the question
	slices.SortFunc(all, func(a, b hopeful) int {
		if c := cmp.Compare(b.worth, a.worth); c != 0 {
			return c
		}
		return bytes.Compare(s.x.records.id(a.slot), s.x.records.id(b.slot))
	})
	return all[:min(n, len(all))]
}

// leastOf returns the worth of the n-th best candidate, or a little less.
func leastOf(all []hopeful, n int) float64 {
	const steps, most = 256, 2.0
	var counts [steps]int
	for _, h := range all {
		counts[max(0, min(int(h.worth*steps/most), steps-1))]++
	}
	at := steps - 1
	for ; at > 0 && counts[at] < n; at-- {
		n -= counts[at]
	}
	return float64(at) * most / steps
}

// withFamilies unpacks candidates with their parents and masters. Who is there for the
// family's sake alone, and has nothing that the report could be found by, is kin and no
// candidate: among the accounts that an answer keeps, it would not be found either.
func (s *search) withFamilies(list []hopeful) ([]*facts, leftOut) {
	var out []*facts
	full := false
	for _, h := range list {
		family := s.family(h.slot)
		full = full || len(out)+len(family) > max(s.p.MaxCandidates, 1)
		if full && len(family) > 0 {
			s.leave(leftOf(h.how))
			continue
		}
		for _, slot := range family {
			f := s.factsOf(slot)
			seen := s.seen.at(slot)
			seen.taken = true
			f.kin = seen.how == 0 && !s.shares(f)
			out = append(out, f)
		}
	}
	slices.SortFunc(out, compareFacts)
	return out, s.left
}

// shares tells that an account has a word of the report's name, but for a typing error.
func (s *search) shares(f *facts) (found bool) {
	if len(s.words) == 0 { // none was asked for
		return false
	}
	eachWord(f, func(w string) {
		eachWordOf(&s.q.name, func(x string) { found = found || w == x || oneTypo(w, x) })
	})
	return found
}

// factsOf unpacks an account.
func (s *search) factsOf(slot uint32) *facts {
	seen := s.seen.at(slot)
	if seen.facts == nil {
		seen.facts = s.room.newFacts().read(s.x.records.account(slot))
	}
	return seen.facts
}

// maxFamily bounds the steps up a hierarchy or along mergers.
const maxFamily = 32

// family returns a candidate with those of its masters and ancestors that are not
// taken yet.
func (s *search) family(slot uint32) []uint32 {
	var out []uint32
	todo := []uint32{slot}
	for len(todo) > 0 && len(out) < maxFamily {
		next := todo[0]
		todo = todo[1:]
		if s.seen.at(next).taken || slices.Contains(out, next) {
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
