package matching

import (
	"slices"
)

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
	keyWord     = 'w' // a word of a name
	keyID       = 'a' // the account's id
)

// hashKey is FNV-1a, mixed. Two values with one hash share a list, which costs a
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
	return mix(h)
}

// mix spreads what distinguishes a hash over its upper bits, by which lists are
// looked up.
func mix(h uint64) uint64 {
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	return h ^ h>>33
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
	eachPair(n.Words, func(a, b string) { yield(hashKey(keyBigram, a, b)) })
}

// eachPair calls yield with neighbouring words, small ones left out, in English
// and in the order of the alphabet: "Ciencias Nacionales" and "National Science"
// have a pair in common.
func eachPair(words []string, yield func(a, b string)) {
	last := ""
	for _, w := range words[:min(len(words), maxWords)] {
		if smallWords()[w] {
			continue
		}
		w = inEnglish(w)
		if last != "" {
			yield(min(last, w), max(last, w))
		}
		last = w
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

// vocabulary holds the words of all names, to find those that are one typing
// error away from another. In which accounts they occur is kept under their
// keys (see keyWord).
type vocabulary struct {
	text []byte   // the words one after another
	ends []uint32 // where each ends
	// near lists words by the hash of each form with one letter left out: words
	// one error apart have such a form in common, or one is the other's.
	near lists
}

// wordBits are the bits of a word's number.
const wordBits = 32

func newVocabulary() vocabulary { return vocabulary{near: newLists(wordBits)} }

// word returns the n-th word.
func (v *vocabulary) word(n uint32) string {
	from := uint32(0)
	if n > 0 {
		from = v.ends[n-1]
	}
	return string(v.text[from:v.ends[n]])
}

// add takes in a word that is not there yet.
func (v *vocabulary) add(w string) {
	n := v.push(w)
	eachShorter(w, func(hash uint64) { v.near.add(hash, n) })
}

func (v *vocabulary) push(w string) uint32 {
	v.text = append(v.text, w...)
	v.ends = append(v.ends, uint32(len(v.text)))
	return uint32(len(v.ends) - 1)
}

// fold settles the lists and forgets the words that nobody uses any more.
func (v *vocabulary) fold(used func(w string) bool) {
	old := *v
	v.text, v.ends = make([]byte, 0, len(old.text)), make([]uint32, 0, len(old.ends))
	renumber := make([]uint32, len(old.ends))
	for n := range renumber {
		renumber[n] = gone
		if w := old.word(uint32(n)); used(w) {
			renumber[n] = v.push(w)
		}
	}
	v.near.fold(renumber)
}

// typos calls yield with every word one typing error away from w, each once.
func (v *vocabulary) typos(w string, yield func(word string)) {
	var seen []uint32
	eachShorter(w, func(hash uint64) {
		v.near.each(hash, func(n uint32) bool {
			if !slices.Contains(seen, n) {
				seen = append(seen, n)
				if near := v.word(n); oneTypo(near, w) {
					yield(near)
				}
			}
			return true
		})
	})
}

// eachShorter gives the hash of a word and of the word without each of its
// letters.
func eachShorter(w string, yield func(uint64)) {
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

func hashShort(a, b string) uint64 {
	const offset, prime = 14695981039346656037, 1099511628211
	h := uint64(offset)
	for i := range len(a) {
		h = (h ^ uint64(a[i])) * prime
	}
	for i := range len(b) {
		h = (h ^ uint64(b[i])) * prime
	}
	return mix(h)
}
