package matching

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// PersonName is a person's name taken apart by [ParsePersonName], folded,
// without titles and degrees. Its slices must not be changed.
type PersonName struct {
	// First holds all given names, Last the family name with its particles.
	First, Last string
	// FirstWords and LastWords are their words. A hyphen does not end a word, a
	// dot does.
	FirstWords, LastWords []string
	// Suffix tells generations apart: "jr", "sr", "iii".
	Suffix string

	firstKeys, lastKeys []string // letters only, in both spellings of umlauts
}

// NameMatch says in which way two person names are the same.
type NameMatch string

const (
	NameDiffers    NameMatch = ""           // not known to be the same name
	NameExact      NameMatch = "exact"      // equal after folding, middle names aside
	NameTransposed NameMatch = "transposed" // first and last name swapped (MP14)
	NameNickname   NameMatch = "nickname"   // equal by the nickname table (MP11)
)

// ParsePersonName reads a name from its parts or, when one of them is missing,
// from full. A last name alone that holds a whole name ("Núñez, José", MP12) is
// read as one. Scripts are kept: "山田 太郎" stays what it is (MP13).
func ParsePersonName(first, last, full string) PersonName {
	first, last = tidy(first), tidy(last)
	if first == "" || last == "" {
		whole := tidy(full)
		if whole == "" {
			whole = first + last
		}
		first, last = SplitFullName(whole)
	} else if family, degrees, ok := strings.Cut(last, ","); ok && isDegrees(degrees, family) {
		last = family
	}
	firstWords, lastWords := nameWords(first), nameWords(last)
	firstWords = withoutTitles(firstWords, 0)
	lastWords, suffix := withoutSuffixes(lastWords)
	if rest, generation := withoutSuffixes(firstWords); len(rest) < len(firstWords) {
		firstWords = rest
		if suffix == "" {
			suffix = generation
		}
	}
	n := PersonName{FirstWords: texts(firstWords), LastWords: texts(lastWords), Suffix: suffix}
	n.First, n.Last = strings.Join(n.FirstWords, " "), strings.Join(n.LastWords, " ")
	n.firstKeys, n.lastKeys = nameKeys(firstWords), nameKeys(lastWords)
	return n
}

// Complete tells that both parts are known. Rules that go by name need both:
// "Madonna" alone proves nothing (MP17).
func (n PersonName) Complete() bool { return n.First != "" && n.Last != "" }

// SamePersonName compares two names; it is symmetric. Names that lack a part are
// never the same. A missing middle name or initial is no difference, another one
// is, and so is another generation ("Jr." and "Sr.").
func SamePersonName(a, b PersonName, nicknames bool) NameMatch {
	if !a.Complete() || !b.Complete() || a.Suffix != b.Suffix && a.Suffix != "" && b.Suffix != "" {
		return NameDiffers
	}
	if meet(a.lastKeys, b.lastKeys) {
		if m := sameFirst(a, b, nicknames); m != NameDiffers {
			return m
		}
	}
	if meet(a.firstKeys, b.lastKeys) && meet(a.lastKeys, b.firstKeys) {
		return NameTransposed
	}
	return NameDiffers
}

func sameFirst(a, b PersonName, nicknames bool) NameMatch {
	if meet(a.firstKeys, b.firstKeys) {
		return NameExact
	}
	givenA, moreA := given(a.FirstWords)
	givenB, moreB := given(b.FirstWords)
	if !middleAgrees(moreA, moreB) || givenA == "" || givenB == "" {
		return NameDiffers
	}
	switch {
	case meet(nameKeys(nameWords(givenA)), nameKeys(nameWords(givenB))):
		return NameExact
	case nicknames && shareNickname(givenA, givenB):
		return NameNickname
	}
	return NameDiffers
}

// given returns the first name in use, which is the first that is written out
// ("robert" of "j. robert"), and the names behind it.
func given(words []string) (name string, more []string) {
	for i, w := range words {
		if !isLetter(w) {
			return w, words[i+1:]
		}
	}
	return "", nil
}

// middleAgrees tells that middle names are equal or initials of each other as
// far as both are known.
func middleAgrees(a, b []string) bool {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] && !isInitialOf(a[i], b[i]) && !isInitialOf(b[i], a[i]) {
			return false
		}
	}
	return true
}

func isInitialOf(initial, name string) bool {
	return isLetter(initial) && strings.HasPrefix(name, initial)
}

// isLetter tells that the word is one letter of an alphabet, not a name of one
// Han or Hangul character.
func isLetter(w string) bool {
	r, size := utf8.DecodeRuneInString(w)
	return w != "" && size == len(w) && !isCJK(r)
}

func meet(a, b []string) bool {
	return slices.ContainsFunc(a, func(k string) bool { return k != "" && slices.Contains(b, k) })
}

// nameWords folds the words of a part of a name.
func nameWords(s string) []word {
	var words []word
	for _, raw := range strings.FieldsFunc(s, isNameSeparator) {
		raw = strings.Trim(strings.Map(dropApostrophe, raw), "-‐‑–")
		w := word{text: trimName(Fold(raw)), alt: trimName(foldDigraph(raw))}
		if w.text != "" {
			words = append(words, w)
		}
	}
	return words
}

func isNameSeparator(r rune) bool {
	return unicode.IsSpace(r) || r != '-' && r != '‐' && r != '‑' && r != '–' && !isApostrophe(r) && !isWordRune(r) && !unicode.Is(unicode.Cf, r)
}

func dropApostrophe(r rune) rune {
	if isApostrophe(r) {
		return -1
	}
	return r
}

// trimName keeps letters, digits and hyphens inside.
func trimName(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == '-' || isWordRune(r) && !isApostrophe(r) {
			return r
		}
		return -1
	}, s)
	return strings.TrimLeftFunc(strings.TrimRight(s, "-"), func(r rune) bool { return r == '-' || unicode.IsMark(r) })
}

func texts(words []word) []string {
	var s []string
	for _, w := range words {
		s = append(s, w.text)
	}
	return s
}

// nameKeys joins the letters of words: "de la Cruz", "De La Cruz" and "Delacruz"
// are one, Müller and Mueller too.
func nameKeys(words []word) []string {
	var text, alt strings.Builder
	for _, w := range words {
		text.WriteString(strings.ReplaceAll(w.text, "-", ""))
		alt.WriteString(strings.ReplaceAll(w.alt, "-", ""))
	}
	if text.String() == alt.String() {
		return []string{text.String()}
	}
	return []string{text.String(), alt.String()}
}

//go:embed data/nicknames.txt
var nicknamesText string

// maxVariants is the most forms NicknameVariants returns.
const maxVariants = 12

type nicknameTable struct {
	groups [][]string
	of     map[string][]int // the groups of a name
}

// nicknames reads the table once. Names share a group when they are forms of one
// name; a name may be in several groups (Alex), which does not join the groups.
var nicknames = sync.OnceValue(func() *nicknameTable {
	t := &nicknameTable{of: make(map[string][]int)}
	for _, line := range readLines(nicknamesText) {
		group := strings.Fields(line)
		for _, name := range group {
			t.of[name] = append(t.of[name], len(t.groups))
		}
		t.groups = append(t.groups, group)
	}
	return t
})

// NicknameVariants returns the folded forms of a first name that may mean the
// same name, itself included, sorted, at most 12; "Bob" gives "bob", "robert",
// "rob" and others. Names that are not in the table, and the empty name, stand
// alone.
func NicknameVariants(first string) []string {
	name := strings.Join(texts(nameWords(first)), " ")
	variants := []string{name}
	for _, g := range nicknames().of[name] {
		for _, other := range nicknames().groups[g] {
			if len(variants) < maxVariants && !slices.Contains(variants, other) {
				variants = append(variants, other)
			}
		}
	}
	slices.Sort(variants)
	return variants
}

// shareNickname tells that two folded first names are in one group.
func shareNickname(a, b string) bool {
	for _, g := range nicknames().of[a] {
		if slices.Contains(nicknames().of[b], g) {
			return true
		}
	}
	return false
}
