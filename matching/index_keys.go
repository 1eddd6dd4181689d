package matching

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"
)

// Kinds of keys. The kind is hashed with the value, so that a domain and a name
// that read alike stay apart.
const (
	keySite     = 'd' // registrable domain of website or additional domains
	keyMail     = 'm' // registrable domain of contacts
	keyLinkedIn = 'l' // company page
	keyName     = 'n' // the letters of a name, or the label of a domain
	keyInitials = 'i' // its initials
	keyPair     = 'g' // two neighbouring words that many names have
	keyWord     = 'w' // a word of a name, in English
	keyID       = 'a' // the account's id
)

// hashKey is FNV-1a, mixed. Two values with one hash share a list, which costs a
// comparison and never an answer: every candidate is compared afterwards.
func hashKey(kind byte, parts ...string) uint64 {
	h := hashOf(kind)
	for _, p := range parts {
		h = h.text(p).with(0xff)
	}
	return h.mixed()
}

// hashLetters is hashKey of a text without its blanks.
func hashLetters(kind byte, s string) uint64 {
	h := hashOf(kind)
	for i := range len(s) {
		if s[i] != ' ' {
			h = h.with(s[i])
		}
	}
	return h.with(0xff).mixed()
}

// fnv is a hash in the making.
type fnv uint64

func hashOf(kind byte) fnv { return fnv(14695981039346656037).with(kind) }

func (h fnv) with(b byte) fnv { return (h ^ fnv(b)) * 1099511628211 }

func (h fnv) text(s string) fnv {
	for i := range len(s) {
		h = h.with(s[i])
	}
	return h
}

// mixed spreads what distinguishes a hash over its upper bits, by which lists are
// looked up.
func (h fnv) mixed() uint64 {
	x := uint64(h)
	x = (x ^ x>>33) * 0xff51afd7ed558ccd
	x = (x ^ x>>33) * 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

// eachKey calls yield with every key of an account but its words.
func eachKey(f *facts, yield func(uint64)) {
	for _, s := range f.sites {
		yield(hashKey(keySite, s.Registrable))
		if s.label != "" && s.label != f.names[0].letters { // which is the same key
			yield(hashKey(keyName, s.label))
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
		if n.Key == "" {
			continue
		}
		yield(hashLetters(keyName, n.Key))
		for _, k := range n.alt {
			if k != n.letters { // they are those of Key
				yield(hashLetters(keyName, k))
			}
		}
		for _, a := range n.acronyms {
			yield(hashKey(keyInitials, a))
		}
	}
}

// eachPair calls yield with neighbouring words that many names have, small ones left
// out, in English and in the order of the alphabet: "Ciencias Nacionales" and
// "National Science" have a pair in common. Rare words find their accounts alone.
func eachPair(words []string, yield func(a, b string)) {
	var buf [wordRoom]term
	eachPairOf(appendTerms(buf[:0], words), yield)
}

func eachPairOf(terms []term, yield func(a, b string)) {
	last := ""
	for i := range terms {
		switch t := &terms[i]; {
		case t.small:
			continue
		case t.common >= 1:
			last = ""
		default:
			if last != "" {
				yield(min(last, t.english), max(last, t.english))
			}
			last = t.english
		}
	}
}

// eachWord calls yield with the words of an account's names, in the original script
// and in Latin.
func eachWord(f *facts, yield func(string)) {
	for i := range f.names {
		eachWordOf(&f.names[i], yield)
	}
}

// eachWordOf is eachWord for one name: its words in English, small ones left out.
func eachWordOf(n *named, yield func(w string)) {
	if n.Key == "" || n.Generic {
		return
	}
	var buf [wordRoom]term
	eachTerm(appendTerms(buf[:0], n.Words), yield)
	if n.latin != nil {
		eachTerm(appendTerms(buf[:0], n.latin.words), yield)
	}
}

func eachTerm(terms []term, yield func(w string)) {
	for i := range terms {
		if !terms[i].small {
			yield(terms[i].english)
		}
	}
}

// appendTerms appends what the lists tell of the words that are looked at.
func appendTerms(to []term, words []string) []term {
	for _, w := range words[:min(len(words), maxWords)] {
		to = append(to, termOf(w))
	}
	return to
}

// vocabulary holds the words of all names in which a typing error is overlooked, to
// find those that are one away from another. In which accounts they occur is kept
// under their keys (see keyWord).
type vocabulary struct {
	text []byte   // the words one after another
	ends []uint32 // where each ends
	// near finds words by the hash of each form with one letter left out: words
	// one error apart have such a form in common, or one is the other's.
	near buckets
}

// newVocabulary makes a vocabulary whose words are in place.
func newVocabulary(text []byte, ends []uint32) vocabulary {
	v := vocabulary{text: text, ends: ends}
	v.near = newBuckets(len(text), func(yield func(uint64, uint32)) {
		for n := uint32(len(v.ends)); n > 0; n-- {
			eachShorter(v.word(n-1), func(hash uint64) { yield(hash, n-1) })
		}
	})
	return v
}

// word returns the n-th word.
func (v *vocabulary) word(n uint32) string { return string(v.bytes(n)) }

func (v *vocabulary) bytes(n uint32) []byte {
	from := uint32(0)
	if n > 0 {
		from = v.ends[n-1]
	}
	return v.text[from:v.ends[n]]
}

// add takes in a word that is not there yet.
func (v *vocabulary) add(w string) {
	n := uint32(len(v.ends))
	v.text, v.ends = append(v.text, w...), append(v.ends, uint32(len(v.text)+len(w)))
	eachShorter(w, func(hash uint64) { v.near.add(hash, n) })
}

// folded returns the vocabulary without the words that nobody uses any more.
func (v *vocabulary) folded(used func(w string) bool) vocabulary {
	text, ends := make([]byte, 0, len(v.text)), make([]uint32, 0, len(v.ends))
	for n := range uint32(len(v.ends)) {
		if w := v.word(n); used(w) {
			text = append(text, w...)
			ends = append(ends, uint32(len(text)))
		}
	}
	return newVocabulary(text, ends)
}

// typos calls yield with the words one typing error away from w, each once, in order:
// the first manyTypos of all, so that it does not matter which came first into the
// index.
func (v *vocabulary) typos(w string, yield func(word string)) {
	var buf [2 * manyTypos]uint32
	found := buf[:0]
	eachShorter(w, func(hash uint64) {
		v.near.each(hash, func(n uint32) bool {
			near := v.bytes(n)
			if d := len(near) - len(w); d < -utf8.UTFMax || d > utf8.UTFMax || !oneTypo(string(near), w) {
				return true
			}
			if len(found) == len(buf) {
				found = v.first(found)
			}
			found = append(found, n)
			return true
		})
	})
	for _, n := range v.first(found) {
		yield(v.word(n))
	}
}

// manyTypos is how many words a typing error away are enough.
const manyTypos = 256

// first sorts words and leaves the first manyTypos, each once.
func (v *vocabulary) first(words []uint32) []uint32 {
	slices.SortFunc(words, func(a, b uint32) int { return bytes.Compare(v.bytes(a), v.bytes(b)) })
	words = slices.Compact(words)
	return words[:min(len(words), manyTypos)]
}

// eachShorter gives the hash of a word and of the word without each of its
// letters.
func eachShorter(w string, yield func(uint64)) {
	head, at := hashOf('s'), 0 // the hash of what stands before at
	yield(head.text(w).mixed())
	last := rune(-1)
	for i, r := range w {
		if r == last { // either of two equal neighbours gives the same form
			continue
		}
		last = r
		head, at = head.text(w[at:i]), i
		yield(head.text(w[i+runeBytes(w, i):]).mixed())
	}
}

func runeBytes(s string, i int) int {
	n := 1
	for i+n < len(s) && s[i+n]&0xc0 == 0x80 {
		n++
	}
	return n
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
