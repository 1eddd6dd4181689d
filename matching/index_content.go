package matching

import (
	"math"
	"slices"
)

// builder gathers accounts for an index that nobody reads yet: everything is put in
// order once, at the end.
type builder struct {
	c     content
	pairs pile
	known hashSet // of the words of the vocabulary
	buf   []byte
	room  factsRoom // for one account after another
}

func (b *builder) add(a Account) {
	f := b.room.read(a)
	slot := b.c.append(f, &b.buf)
	weight := eachEntry(f, func(hash uint64) { b.pairs.add(pairOf(hash, slot)) }, func(w string) {
		hash := hashKey(keyWord, w)
		b.pairs.add(pairOf(hash, slot))
		if typable(w) && b.known.enter(hash) {
			b.c.words.text = append(b.c.words.text, w...)
			b.c.words.ends = append(b.c.words.ends, uint32(len(b.c.words.text)))
		}
	})
	b.c.traits[slot] = traitOf(f, weight)
}

// content is what was gathered, without the accounts that a later one of the same id
// replaces.
func (b *builder) content() content {
	c := b.c
	pairs := b.pairs.sorted(64 - slotBits) // they came by ascending slots
	c.keys = listsOf(trimmed(slices.Compact(pairs)))
	b.known = hashSet{}
	c.words = newVocabulary(trimmed(c.words.text), trimmed(c.words.ends))
	c.traits, c.records.places = trimmed(c.traits), trimmed(c.records.places)
	c.records.trim()
	hashes := c.findIDs()
	c.live, c.settled = len(c.traits), len(c.traits)
	c.buryReplaced(hashes)
	if c.live < c.settled {
		return c.folded()
	}
	return c
}

// buryReplaced buries the accounts that a later one of the same id replaces. hashes are
// those of all ids.
func (c *content) buryReplaced(hashes []uint64) {
	var all pile
	for slot, hash := range hashes {
		all.add(pairOf(hash, uint32(slot)))
	}
	sorted := all.sorted(64 - slotBits)
	for i := 1; i < len(sorted); i++ {
		if sorted[i]>>slotBits != sorted[i-1]>>slotBits {
			continue
		}
		slot := uint32(sorted[i-1] & slotMask)
		if newest, _ := c.slotOf(c.records.id(slot)); newest != slot {
			c.bury(slot)
		}
	}
}

// findIDs makes ids anew, and returns the hash of each.
func (c *content) findIDs() []uint64 {
	hashes := make([]uint64, len(c.traits))
	for slot := range hashes {
		hashes[slot] = hashID(c.records.id(uint32(slot)))
	}
	c.ids = newBuckets(len(hashes), func(yield func(uint64, uint32)) {
		for slot, hash := range slices.Backward(hashes) {
			yield(hash, uint32(slot))
		}
	})
	return hashes
}

// hashSet is a set of hashes that are spread evenly. It takes two that differ in nothing
// but their lowest bit for one.
type hashSet struct {
	slots []uint64
	count int
}

// enter adds a hash, and tells whether it is new.
func (s *hashSet) enter(hash uint64) bool {
	if 2*s.count >= len(s.slots) {
		old := s.slots
		*s = hashSet{slots: make([]uint64, max(2*len(old), 1<<8))}
		for _, hash := range old {
			if hash != 0 {
				s.enter(hash)
			}
		}
	}
	hash |= 1 // zero is a free slot
	mask := uint64(len(s.slots) - 1)
	at := hash >> 1 & mask
	for ; s.slots[at] != 0; at = (at + 1) & mask {
		if s.slots[at] == hash {
			return false
		}
	}
	s.slots[at] = hash
	s.count++
	return true
}

func hashID(id []byte) uint64 {
	h := hashOf(keyID)
	for _, b := range id {
		h = h.with(b)
	}
	return h.mixed()
}

// append adds the record of an account, and a place for its trait; buf is for reuse.
func (c *content) append(f *facts, buf *[]byte) (slot uint32) {
	slot = uint32(len(c.traits))
	if slot >= MaxAccounts {
		panic("matching: index: more accounts than MaxAccounts")
	}
	*buf = packAccount((*buf)[:0], &f.acc)
	c.records.add(*buf)
	c.traits = append(c.traits, 0)
	if int(slot/64) == len(c.dead) {
		c.dead = append(c.dead, 0)
	}
	c.live++
	return slot
}

// trait is what is known of an account without unpacking it: the weight of its lightest
// name, in hundredths, and its country.
type trait uint32

func traitOf(f *facts, weight float64) trait {
	return trait(min(hundredths(weight), math.MaxUint16))<<16 | trait(countryCode(f.country))
}

func (t trait) weight() int { return int(t >> 16) }

func (t trait) country() uint16 { return uint16(t) }

// countryCode is a country in two bytes, 0 when it is not known.
func countryCode(s string) uint16 {
	if len(s) != 2 {
		return 0
	}
	return uint16(s[0])<<8 | uint16(s[1])
}

// put stores an account under all its keys.
func (c *content) put(f *facts) {
	var buf []byte
	slot := c.append(f, &buf)
	c.ids.add(hashID([]byte(f.acc.ID)), slot)
	weight := eachEntry(f, func(hash uint64) { c.keys.add(hash, slot) }, func(w string) {
		hash := hashKey(keyWord, w)
		if typable(w) && !c.keys.any(hash) {
			c.words.add(w)
		}
		c.keys.add(hash, slot)
	})
	c.traits[slot] = traitOf(f, weight)
}

// eachEntry calls key with the hashed keys and word with the words under which an
// account is found, and returns the weight of the words of its lightest name. One in the
// recycle bin is found by its id only.
func eachEntry(f *facts, key func(uint64), word func(string)) (weight float64) {
	if f.acc.Deleted && f.acc.MasterID == "" {
		key, word = func(uint64) {}, func(string) {}
	}
	eachKey(f, key)
	var buf [wordRoom]term
	for i := range f.names {
		n := &f.names[i]
		terms := appendTerms(buf[:0], n.Words)
		eachPairOf(terms, func(a, b string) { key(hashKey(keyPair, a, b)) })
		if !n.Generic {
			eachTerm(terms, word)
		}
		w := weightOf(terms)
		if n.latin != nil {
			terms = appendTerms(terms[:0], n.latin.words)
			if !n.Generic {
				eachTerm(terms, word)
			}
			w = min(w, weightOf(terms))
		}
		if weight == 0 || w > 0 && w < weight {
			weight = w
		}
	}
	return weight
}

// remove marks the account with an id as gone. Its entries stay until the next fold;
// every reader passes over them.
func (c *content) remove(id string) {
	if slot, ok := c.slot(id); ok {
		c.bury(slot)
	}
}

func (c *content) bury(slot uint32) {
	c.dead[slot/64] |= 1 << (slot % 64)
	c.live--
}

func (c *content) isDead(slot uint32) bool { return c.dead[slot/64]&(1<<(slot%64)) != 0 }

// slot returns the number of the account with an id.
func (c *content) slot(id string) (slot uint32, ok bool) { return c.slotOf([]byte(id)) }

// slotOf returns the newest account with an id.
func (c *content) slotOf(id []byte) (slot uint32, ok bool) {
	c.ids.each(hashID(id), func(s uint32) bool {
		if !c.isDead(s) && (!ok || s > slot) && string(c.records.id(s)) == string(id) {
			slot, ok = s, true
		}
		return true
	})
	return slot, ok
}

// eachSlot calls yield with the accounts under a hashed key until it says false.
func (c *content) eachSlot(hash uint64, yield func(slot uint32) bool) {
	c.keys.each(hash, func(slot uint32) bool { return c.isDead(slot) || yield(slot) })
}

// folded returns the content in sorted lists, without dead accounts and words that
// nobody uses.
func (c *content) folded() content {
	out := content{}
	renumber := make([]uint32, len(c.traits))
	for slot := range uint32(len(c.traits)) {
		if c.isDead(slot) {
			renumber[slot] = gone
			continue
		}
		renumber[slot] = uint32(len(out.traits))
		out.traits = append(out.traits, c.traits[slot])
		out.records.add(c.records.packed(slot))
	}
	out.records.trim()
	out.live, out.settled = len(out.traits), len(out.traits)
	out.dead = make([]uint64, (len(out.traits)+63)/64)
	out.keys = c.keys.folded(renumber)
	out.words = c.words.folded(func(w string) bool { return out.keys.any(hashKey(keyWord, w)) })
	out.findIDs()
	return out
}
