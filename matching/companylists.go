package matching

import (
	_ "embed"
	"math/bits"
	"slices"
	"strings"
	"sync"
)

//go:embed data/company_words.txt
var companyWordsText string

//go:embed data/common_names.txt
var commonNamesText string

type wordLists struct {
	same                        map[string]string
	and, small, generic, noName map[string]bool
	marks                       map[string]bool // that go before a former or other name
	kinds                       map[string]wordKind
}

var (
	companyWords = sync.OnceValue(func() *wordLists {
		sections := readSections(companyWordsText)
		same := make(map[string]string)
		for _, line := range sections["same"] {
			left, right, _ := strings.Cut(line, " = ")
			same[left] = right
		}
		kinds := make(map[string]wordKind)
		for kind, section := range map[wordKind]string{kindBody: "body", kindTrade: "trade", kindModifier: "modifier"} {
			for _, w := range sections[section] {
				kinds[w] = kind
			}
		}
		for _, w := range slices.Concat(sections["small"], sections["marks"]) {
			kinds[w] = kindSmall
		}
		return &wordLists{
			same:    same,
			kinds:   kinds,
			marks:   setOf(sections["marks"]),
			and:     setOf(sections["and"]),
			small:   setOf(sections["small"]),
			generic: setOf(sections["generic"]),
			noName:  setOf(sections["noname"]),
		}
	})
	commonNames = sync.OnceValue(func() map[string]bool { return setOf(readLines(commonNamesText)) })
)

func smallWords() map[string]bool   { return companyWords().small }
func genericWords() map[string]bool { return companyWords().generic }
func noNames() map[string]bool      { return companyWords().noName }

// readLines returns the lines of an embedded list without comments and blanks.
func readLines(text string) []string {
	var lines []string
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// readSections returns the lines under each [heading] of an embedded list.
func readSections(text string) map[string][]string {
	sections := make(map[string][]string)
	var name string
	for _, line := range readLines(text) {
		if line[0] == '[' {
			name = strings.Trim(line, "[]")
			continue
		}
		sections[name] = append(sections[name], line)
	}
	return sections
}

func setOf(lines []string) map[string]bool {
	set := make(map[string]bool, len(lines))
	for _, line := range lines {
		set[line] = true
	}
	return set
}

//go:embed data/translations.txt
var translationsText string

// translations finds the English word for one of another language.
type translations struct {
	whole  map[string]string
	begins dictionary[[]stem] // by their first letters, the longest first
}

// stem is the letters before a star, and the word for all that begin so.
type stem struct{ letters, word string }

// shortestStem is the fewest letters before a star.
const shortestStem = 3

var translated = sync.OnceValue(func() *translations {
	t := &translations{whole: map[string]string{}}
	for _, line := range readLines(translationsText) {
		word, others, _ := strings.Cut(line, " = ")
		word = strings.ToLower(word)
		t.whole[word] = word
		for other := range strings.FieldsSeq(others) {
			letters, star := strings.CutSuffix(other, "*")
			if !star {
				t.whole[other] = word
				continue
			}
			stems := t.begins.enter(letters[:shortestStem])
			*stems = append(*stems, stem{letters, word})
		}
	}
	for _, e := range t.begins.entries {
		slices.SortStableFunc(e.value, func(a, b stem) int { return len(b.letters) - len(a.letters) })
	}
	return t
})

// byBeginning returns the English word for all words that begin as w does, or w.
func (t *translations) byBeginning(w string) string {
	if len(w) < shortestStem {
		return w
	}
	if stems := t.begins.find(w[:shortestStem]); stems != nil {
		for _, s := range *stems {
			if strings.HasPrefix(w, s.letters) {
				return s.word
			}
		}
	}
	return w
}

// inEnglish returns the word by which a folded word is compared: its translation,
// or the word itself.
func inEnglish(w string) string { return termOf(w).english }

// wordKind says what a word that one name has and another lacks may mean.
type wordKind uint8

const (
	kindOwn      wordKind = iota // a word of its own
	kindSmall                    // "of", "the"
	kindBody                     // which kind of body it is: "hospital" is not "university"
	kindTrade                    // what it does, which a short name leaves out: "technologies"
	kindModifier                 // what sets it apart from its sisters: "state", "northern", "second"
)

// lexeme is what is known of a word by itself.
type lexeme struct {
	rare    float32
	kind    wordKind
	english string // empty while it was not looked for
	country string // the code of a country that it names
}

// lexicon holds all words of which anything is known. A country is known by names of
// four letters or more.
var lexicon = sync.OnceValue(func() map[string]lexeme {
	all := make(map[string]lexeme)
	for w := range rarities() {
		all[w] = translate(w)
	}
	for w := range translated().whole {
		all[w] = translate(w)
	}
	for w := range companyWords().kinds {
		all[w] = translate(w)
	}
	for w := range commonNames() {
		all[w] = translate(w)
	}
	for name := range countries().byName {
		if len(name) >= leastCountry && !strings.Contains(name, " ") {
			all[name] = translate(name)
		}
	}
	return all
})

// leastCountry is the fewest letters of a country's name, abbreviations aside.
const leastCountry = 4

// lookUp returns what is known of a folded word without looking at its beginning.
func lookUp(w string) lexeme {
	l, ok := lexicon()[w]
	if !ok {
		l.rare = 1
	}
	return l
}

// byStem returns what is known of a word that is not in the lexicon.
func byStem(w string) lexeme {
	l := lexeme{rare: 1, english: inEnglish(w)}
	if l.english != w {
		known := lexicon()[l.english]
		l.kind, l.country = known.kind, known.country
	}
	return l
}

// translate returns what is known of a folded word and of its English form.
func translate(w string) lexeme {
	l := lexeme{rare: float32(rarity(w)), english: inEnglish(w)}
	switch {
	case companyWords().marks[w]:
		l.rare = 0
	case commonNames()[w]:
		l.rare = min(l.rare, rareWord)
	}
	kinds, names := companyWords().kinds, countries().byName
	if l.kind = kinds[w]; l.kind == kindOwn {
		l.kind = kinds[l.english]
	}
	if len(w) < leastCountry {
		return l
	}
	if l.country = names[w]; l.country == "" {
		l.country = names[l.english]
	}
	return l
}

// dictionary holds what lists tell of words. It finds them faster than a map does, and
// most words that no list has without reading them whole. The zero value is empty.
type dictionary[V any] struct {
	slots   []uint32 // by hash: a part of it, and the number of the entry counted from one
	shift   uint     // how far a hash is shifted to give its slot
	entries []entry[V]
}

type entry[V any] struct {
	word  string
	value V
}

// entryBits are the bits of an entry's number in its slot.
const entryBits = 20

// find returns what is known of a word, nil when it is in no list.
func (d *dictionary[V]) find(w string) *V {
	if len(d.slots) == 0 {
		return nil
	}
	hash := hashEnds(w)
	for at := hash >> d.shift; ; at++ {
		slot := d.slots[at&uint64(len(d.slots)-1)]
		if slot == 0 {
			return nil
		}
		if slot>>entryBits == uint32(hash)>>entryBits {
			if e := &d.entries[slot&(1<<entryBits-1)-1]; e.word == w {
				return &e.value
			}
		}
	}
}

// enter returns the place for what is known of a word, good until the next one.
func (d *dictionary[V]) enter(w string) *V {
	if v := d.find(w); v != nil {
		return v
	}
	d.entries = append(d.entries, entry[V]{word: w})
	if 4*len(d.entries) <= len(d.slots) {
		d.place(len(d.entries) - 1)
	} else {
		width := 2 + bits.Len(uint(len(d.entries)))
		d.slots, d.shift = make([]uint32, 1<<width), uint(64-width)
		for i := range d.entries {
			d.place(i)
		}
	}
	return &d.entries[len(d.entries)-1].value
}

// place puts an entry into the first free slot from that of its hash.
func (d *dictionary[V]) place(i int) {
	hash := hashEnds(d.entries[i].word)
	at := hash >> d.shift
	for d.slots[at&uint64(len(d.slots)-1)] != 0 {
		at++
	}
	d.slots[at&uint64(len(d.slots)-1)] = uint32(hash)>>entryBits<<entryBits | uint32(i+1)
}

// hashEnds is a hash of up to eight bytes from each end of a word and of its length.
func hashEnds(w string) uint64 {
	var head, tail uint64
	switch n := len(w); {
	case n >= 8:
		head, tail = eightBytes(w), eightBytes(w[n-8:])
	case n >= 4:
		head, tail = fourBytes(w), fourBytes(w[n-4:])
	case n > 0:
		head = uint64(w[0]) | uint64(w[n/2])<<8 | uint64(w[n-1])<<16
	}
	hash := (head+uint64(len(w)))*0xff51afd7ed558ccd ^ tail
	return (hash ^ hash>>32) * 0xc4ceb9fe1a85ec53
}

func eightBytes(s string) uint64 { return fourBytes(s) | fourBytes(s[4:])<<32 }

func fourBytes(s string) uint64 {
	_ = s[3]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24
}
