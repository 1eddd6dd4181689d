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
}

var (
	companyWords = sync.OnceValue(func() *wordLists {
		sections := readSections(companyWordsText)
		same := make(map[string]string)
		for _, line := range sections["same"] {
			left, right, _ := strings.Cut(line, " = ")
			same[left] = right
		}
		return &wordLists{
			same:    same,
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
	whole map[string]string
	stems map[string][]stem // by their first letters, the longest first
}

// stem is the letters before a star, with the English word.
type stem struct{ letters, word string }

// shortestStem is the fewest letters before a star.
const shortestStem = 3

var translated = sync.OnceValue(func() *translations {
	t := &translations{whole: map[string]string{}, stems: map[string][]stem{}}
	for _, line := range readLines(translationsText) {
		word, others, _ := strings.Cut(line, " = ")
		word = strings.ToLower(word)
		t.whole[word] = word
		for other := range strings.FieldsSeq(others) {
			if letters, star := strings.CutSuffix(other, "*"); star {
				first := letters[:shortestStem]
				t.stems[first] = append(t.stems[first], stem{letters, word})
			} else {
				t.whole[other] = word
			}
		}
	}
	for _, list := range t.stems {
		slices.SortStableFunc(list, func(a, b stem) int { return len(b.letters) - len(a.letters) })
	}
	return t
})

// inEnglish returns the word by which a folded word is compared: its translation,
// or the word itself.
func inEnglish(w string) string {
	t := translated()
	if e, ok := t.whole[w]; ok {
		return e
	}
	if len(w) < shortestStem {
		return w
	}
	for _, s := range t.stems[w[:shortestStem]] {
		if strings.HasPrefix(w, s.letters) {
			return s.word
		}
	}
	return w
}
