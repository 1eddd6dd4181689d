package matching

import (
	"bytes"
	"cmp"
	"slices"
)

// hopeful is a candidate with how much it promises.
type hopeful struct {
	sighting
	worth float64
}

// worth is the share of the words that a report and an account have in common, by
// rarity, from 0 to 1, and what else speaks for the account.
func (s *search) worth(seen sighting, words int) float64 {
	worth := 0.0
	trait := s.x.traits[seen.slot]
	if whole := s.need + trait.weight(); whole > 0 {
		worth = min(1, 2*float64(words)/float64(whole))
	}
	switch {
	case seen.how&foundGiven != 0: // never behind those that a domain or a name found
		worth += 8
	case seen.how&foundPage != 0:
		worth += 4
	}
	if seen.how&foundHint != 0 {
		worth += 0.5
	}
	if here, there := countryCode(s.q.country), trait.country(); here != 0 && there != 0 {
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
// least of what the best share, and of what is left those worth less than half of the
// best, are not looked at.
const (
	sifted     = 96
	examined   = 40
	compared   = 16
	besideSure = 6
	near       = 0.6
	least      = 0.3
	half       = 0.5
)

// result ranks what was gathered, adds the parents and masters of each, and
// keeps what the cap allows.
func (s *search) result() ([]*facts, leftOut) {
	sure, rest := s.gathered()
	compared := compared
	if len(sure) > 0 {
		compared = besideSure
	}
	rest = s.best(rest, examined)
	for i, h := range rest {
		words := int(h.words)
		for _, w := range s.words {
			if !w.read && s.x.keys.holds(w.hash, h.slot) {
				words += w.rarity
			}
		}
		rest[i].worth = s.worth(h.sighting, max(words, int(h.pair)))
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
	sure, rest = s.seen.sure[:0], s.seen.rest[:0]
	most := uint16(0)
	for i := range s.seen.list {
		most = max(most, s.seen.list[i].words, s.seen.list[i].pair)
	}
	excluded := s.excluded()
	for _, seen := range s.seen.list {
		if excluded[seen.slot] && seen.how&foundGiven == 0 {
			continue
		}
		h := hopeful{seen, float64(max(seen.words, seen.pair)) / (float64(most) + 1)}
		if seen.how&foundHint != 0 {
			h.worth++
		}
		switch {
		case seen.how&foundSure != 0:
			sure = append(sure, h)
		case h.worth >= least:
			rest = append(rest, h)
		}
	}
	s.seen.sure, s.seen.rest = sure, rest
	if len(rest) > 2*sifted {
		bound := leastOf(rest, sifted)
		rest = slices.DeleteFunc(rest, func(h hopeful) bool { return h.worth < bound })
	}
	for _, list := range [2][]hopeful{sure, rest} {
		for i, h := range list {
			list[i].worth = s.worth(h.sighting, int(max(h.words, h.pair)))
		}
	}
	return sure, rest
}

// excluded are the accounts that the profile excludes: they take no place of others.
func (s *search) excluded() map[uint32]bool {
	if len(s.p.ExcludeAccounts) == 0 {
		return nil
	}
	out := make(map[uint32]bool, len(s.p.ExcludeAccounts))
	for _, id := range s.p.ExcludeAccounts {
		if slot, ok := s.x.slot(id); ok {
			out[slot] = true
		}
	}
	return out
}

// best returns the n most promising candidates, the best first.
func (s *search) best(all []hopeful, n int) []hopeful {
	if len(all) > 2*n { // most are out of the question: no need to sort these
		least := leastOf(all, n)
		all = slices.DeleteFunc(all, func(h hopeful) bool { return h.worth < least })
	}
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
	taken := map[uint32]bool{}
	var out []*facts
	full := false
	for _, h := range list {
		family := s.family(h.slot, taken)
		full = full || len(out)+len(family) > max(s.p.MaxCandidates, 1)
		if full && len(family) > 0 {
			s.leave(leftOf(h.how))
			continue
		}
		for _, slot := range family {
			taken[slot] = true
			f := s.factsOf(slot)
			f.kin = !s.seen.has(slot) && !s.shares(f)
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
	f := s.facts[slot]
	if f == nil {
		f = makeFacts(s.x.records.account(slot))
		s.facts[slot] = f
	}
	return f
}

// maxFamily bounds the steps up a hierarchy or along mergers.
const maxFamily = 32

// family returns a candidate with those of its masters and ancestors that are not
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
