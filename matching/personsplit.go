package matching

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

//go:embed data/person_words.txt
var personWordsText string

type personLists struct {
	titles, suffixes, degrees, generations, particles map[string]bool
}

var personWords = sync.OnceValue(func() *personLists {
	sections := readSections(personWordsText)
	set := func(name string) map[string]bool { return setOf(strings.Fields(strings.Join(sections[name], " "))) }
	return &personLists{
		titles: set("titles"), degrees: set("degrees"), suffixes: set("suffixes"),
		generations: set("generations"), particles: set("particles"),
	}
})

// SplitFullName splits a display name into the forms to write to a CRM: case and
// accents are kept, titles, degrees, nicknames in quotes or brackets and pronouns
// are left out. "Last, First" is turned round, particles go with the last name
// ("Ludwig" "van der Berg"), names in Han or Hangul characters are read family
// name first. One word alone is a first name with an empty last name.
func SplitFullName(full string) (first, last string) {
	full = withoutAsides(tidy(full))
	words := strings.Fields(full)
	if family, rest, ok := strings.Cut(full, ","); ok {
		rest, behind, _ := strings.Cut(rest, ",")
		switch {
		case isDegrees(rest, family):
			words = strings.Fields(family)
		case strings.TrimSpace(family) != "" && strings.TrimSpace(rest) != "":
			return strings.Join(trimTitles(strings.Fields(rest), 1), " "), strings.TrimSpace(family) + generation(behind)
		default:
			words = strings.Fields(family + " " + rest)
		}
	}
	words = trimTitles(words, 1)
	words, suffix := trimSuffixes(words)
	switch len(words) {
	case 0:
		return "", ""
	case 1:
		return words[0], ""
	}
	if s := mainScript(Fold(words[0])); s == ScriptHan || s == ScriptHangul {
		return strings.Join(words[1:], " "), words[0]
	}
	at := familyStart(words)
	return strings.Join(words[:at], " "), strings.Join(words[at:], " ") + suffix
}

// tidy composes, bounds and squeezes a field; it keeps case and accents.
func tidy(s string) string {
	s = cut(strings.ToValidUTF8(s, " "), maxName)
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r) || unicode.IsSymbol(r) && r > 0x7f && !isApostrophe(r):
			return -1
		}
		return r
	}, norm.NFC.String(s))
	return strings.Trim(squeeze(s), " ,;")
}

// withoutAsides drops what stands in brackets or quotes and behind a bar.
func withoutAsides(s string) string {
	s, _, _ = strings.Cut(s, "|")
	for _, pair := range [...][2]string{{"(", ")"}, {"（", "）"}, {"[", "]"}, {"\"", "\""}, {"“", "”"}, {"„", "“"}, {"«", "»"}} {
		for {
			before, rest, ok := strings.Cut(s, pair[0])
			if !ok {
				break
			}
			_, after, closed := strings.Cut(rest, pair[1])
			if !closed || strings.TrimSpace(before)+strings.TrimSpace(after) == "" {
				break
			}
			s = before + " " + after
		}
	}
	return strings.Trim(squeeze(s), " ,;")
}

// familyStart finds where the last name begins: the last word and the particles
// before it, or two names joined by "y".
func familyStart(words []string) int {
	particles := personWords().particles
	if lower := strings.ToLower(words[0]); lower == words[0] && particles[Fold(lower)] && !particles[Fold(words[len(words)-1])] {
		if len(words) == 2 || particles[Fold(words[1])] {
			return 0
		}
	}
	at := len(words) - 1
	for at > 1 {
		before := Fold(words[at-1])
		if before == "y" && at > 2 {
			at -= 2
			continue
		}
		if !particles[before] {
			break
		}
		at--
	}
	return at
}

func bareWord(s string) string { return strings.ReplaceAll(Fold(s), ".", "") }

// trimTitles drops leading titles while more than keep words remain.
func trimTitles(words []string, keep int) []string {
	for len(words) > keep && personWords().titles[bareWord(words[0])] {
		words = words[1:]
	}
	return words
}

// trimSuffixes drops degrees behind a full name and returns the generation, with
// a blank before it, to be put behind the last name.
func trimSuffixes(words []string) (rest []string, suffix string) {
	for len(words) > 1 {
		last := bareWord(words[len(words)-1])
		switch lists := personWords(); {
		case lists.generations[last] && len(words) > 2:
			suffix = " " + words[len(words)-1]
		case !lists.suffixes[last]:
			return words, suffix
		}
		words = words[:len(words)-1]
	}
	return words, suffix
}

func generation(s string) string {
	s = strings.TrimSpace(s)
	if personWords().generations[bareWord(s)] {
		return " " + s
	}
	return ""
}

// isDegrees tells that what follows the comma is no first name: "PhD", "Jr.",
// or capitals behind a name that is not all capitals.
func isDegrees(s, name string) bool {
	fields := strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == ',' || r == '/' })
	if len(fields) == 0 {
		return true
	}
	shouting := strings.ToUpper(name) == name || !strings.Contains(strings.TrimSpace(name), " ")
	for _, f := range fields {
		bare := bareWord(f)
		lists := personWords()
		known := lists.suffixes[bare] || lists.degrees[bare] || lists.generations[bare]
		capitals := !shouting && len(f) > 1 && len(f) <= 6 && strings.ToUpper(f) == f && strings.ToLower(f) != f
		if !known && !capitals {
			return false
		}
	}
	return true
}

func withoutTitles(words []word, keep int) []word {
	for len(words) > keep && personWords().titles[words[0].text] {
		words = words[1:]
	}
	return words
}

// withoutSuffixes drops degrees and the generation behind a name part.
func withoutSuffixes(words []word) (rest []word, suffix string) {
	for len(words) > 1 {
		last := words[len(words)-1].text
		switch lists := personWords(); {
		case lists.generations[last]:
			suffix = sameGeneration(last)
		case !lists.suffixes[last]:
			return words, suffix
		}
		words = words[:len(words)-1]
	}
	return words, suffix
}

func sameGeneration(s string) string {
	switch s {
	case "junior":
		return "jr"
	case "senior":
		return "sr"
	case "2nd":
		return "ii"
	case "3rd":
		return "iii"
	}
	return s
}
