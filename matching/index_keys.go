package matching

import "strings"

// Kinds of keys. The kind is hashed with the value, so that a domain and a name
// that read alike stay apart.
const (
	keySite     = 'd' // registrable domain of website or additional domains
	keyMail     = 'm' // registrable domain of contacts
	keyLabel    = 'b' // base label of a domain
	keyLinkedIn = 'l' // company page
	keyName     = 'n' // a comparable form of a name
	keyInitials = 'i' // its initials
	keyBigram   = 'g' // two neighbouring words
)

// hashKey is FNV-1a. Two values with one hash share a list, which costs a
// comparison and never an answer: every candidate is compared afterwards.
func hashKey(kind byte, parts ...string) uint64 {
	const offset, prime = 14695981039346656037, 1099511628211
	h := (uint64(offset) ^ uint64(kind)) * prime
	for _, p := range parts {
		for i := range len(p) {
			h = (h ^ uint64(p[i])) * prime
		}
		h = (h ^ 0xff) * prime
	}
	return h
}

// eachKey calls yield with every key of an account.
func eachKey(f *facts, yield func(uint64)) {
	for _, s := range f.sites {
		yield(hashKey(keySite, s.Registrable))
		if s.label != "" {
			yield(hashKey(keyLabel, s.label))
		}
	}
	for _, dc := range f.mail {
		yield(hashKey(keyMail, dc.Domain))
	}
	if f.linkedIn != "" {
		yield(hashKey(keyLinkedIn, f.linkedIn))
	}
	for i := range f.names {
		n := &f.names[i]
		eachNameKey(n, yield)
		for _, a := range n.acronyms {
			yield(hashKey(keyInitials, a))
		}
	}
}

// eachNameKey gives the comparable forms of a name and its pairs of words.
func eachNameKey(n *named, yield func(uint64)) {
	if n.Key == "" {
		return
	}
	for _, k := range n.Keys() {
		yield(hashKey(keyName, k))
	}
	words := n.Words[:min(len(n.Words), maxWords)]
	for i := 1; i < len(words); i++ {
		yield(hashKey(keyBigram, words[i-1], words[i]))
	}
}

// eachWord calls yield with the words of an account's names and their letters
// without blanks, in the original script and in Latin.
func eachWord(f *facts, yield func(string)) {
	for i := range f.names {
		eachWordOf(&f.names[i], func(w string, _ bool) { yield(w) })
	}
}

// eachWordOf is eachWord for one name; joined marks the letters without blanks.
func eachWordOf(n *named, yield func(w string, joined bool)) {
	if n.Key == "" || n.Generic {
		return
	}
	list := func(words []string, letters string) {
		for _, w := range words[:min(len(words), maxWords)] {
			yield(w, false)
		}
		if len(words) > 1 {
			yield(letters, true)
		}
	}
	list(n.Words, n.letters)
	if n.latin != nil {
		list(n.latin.words, n.latin.letters)
	}
}

// vocabulary holds the words of all names, each with the slots it occurs in,
// and finds the words that are one typing error away.
type vocabulary struct {
	ids   map[string]uint32
	words []vocabularyWord
	free  []uint32
	// near lists words by the hash of each form with one letter left out: words
	// one error apart have such a form in common, or one is the other's.
	near map[uint32][]uint32
}

type vocabularyWord struct {
	text  string
	slots []uint32
}

func newVocabulary() vocabulary {
	return vocabulary{ids: map[string]uint32{}, near: map[uint32][]uint32{}}
}

func (v *vocabulary) add(w string, slot uint32) {
	id, ok := v.ids[w]
	if !ok {
		w = strings.Clone(w)
		if n := len(v.free); n > 0 {
			id, v.free = v.free[n-1], v.free[:n-1]
		} else {
			id, v.words = uint32(len(v.words)), append(v.words, vocabularyWord{})
		}
		v.ids[w], v.words[id].text = id, w
		eachShorter(w, func(h uint32) { v.near[h] = addSlot(v.near[h], id) })
	}
	word := &v.words[id]
	word.slots = addSlot(word.slots, slot)
}

func (v *vocabulary) drop(w string, slot uint32) {
	id, ok := v.ids[w]
	if !ok {
		return
	}
	word := &v.words[id]
	if word.slots = dropSlot(word.slots, slot); len(word.slots) > 0 {
		return
	}
	eachShorter(w, func(h uint32) {
		if left := dropSlot(v.near[h], id); len(left) > 0 {
			v.near[h] = left
		} else {
			delete(v.near, h)
		}
	})
	delete(v.ids, w)
	v.words[id] = vocabularyWord{}
	v.free = append(v.free, id)
}

// slots returns where a word occurs.
func (v *vocabulary) slots(w string) []uint32 {
	if id, ok := v.ids[w]; ok {
		return v.words[id].slots
	}
	return nil
}

// typos calls yield with the slots of every word one typing error away from w.
func (v *vocabulary) typos(w string, yield func(word string, slots []uint32)) {
	seen := map[uint32]bool{}
	eachShorter(w, func(h uint32) {
		for _, id := range v.near[h] {
			if seen[id] {
				continue
			}
			seen[id] = true
			if near := v.words[id]; oneTypo(near.text, w) {
				yield(near.text, near.slots)
			}
		}
	})
}

// eachShorter gives the hash of a word and of the word without each of its
// letters.
func eachShorter(w string, yield func(uint32)) {
	if !typable(w) {
		return
	}
	yield(hashShort(w, ""))
	last := rune(-1)
	for i, r := range w {
		if r == last { // either of two equal neighbours gives the same form
			continue
		}
		last = r
		yield(hashShort(w[:i], w[i+runeBytes(w, i):]))
	}
}

func runeBytes(s string, i int) int {
	n := 1
	for i+n < len(s) && s[i+n]&0xc0 == 0x80 {
		n++
	}
	return n
}

func hashShort(a, b string) uint32 {
	const offset, prime = 2166136261, 16777619
	h := uint32(offset)
	for i := range len(a) {
		h = (h ^ uint32(a[i])) * prime
	}
	for i := range len(b) {
		h = (h ^ uint32(b[i])) * prime
	}
	return h
}
