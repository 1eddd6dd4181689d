package matching

import (
	_ "embed"
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
	begins map[string][]stem // by their first letters, the longest first
}

// stem is the letters before a star, and the word for all that begin so.
type stem struct{ letters, word string }

// shortestStem is the fewest letters before a star.
const shortestStem = 3

var translated = sync.OnceValue(func() *translations {
	t := &translations{whole: map[string]string{}, begins: map[string][]stem{}}
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
			head := letters[:shortestStem]
			t.begins[head] = append(t.begins[head], stem{letters, word})
		}
	}
	for _, stems := range t.begins {
		slices.SortStableFunc(stems, func(a, b stem) int { return len(b.letters) - len(a.letters) })
	}
	return t
})

// inEnglish returns the word by which a folded word is compared: its translation,
// or the word itself.
func inEnglish(w string) string {
	t := translated()
	if e, ok := t.whole[w]; ok || len(w) < shortestStem {
		if !ok {
			return w
		}
		return e
	}
	for _, s := range t.begins[w[:shortestStem]] {
		if strings.HasPrefix(w, s.letters) {
			return s.word
		}
	}
	return w
}

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
