package matching

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

//go:embed data/legal_forms.txt
var legalFormsText string

// legalForm is one form as it is written, with the ids and countries it may
// belong to: "AS" is Norwegian, Danish, Estonian and Czech.
type legalForm struct {
	id  string
	ids []string // id alone, to be shared
	// suffix and prefix tell where the form may stand; careful asks for the
	// spelling of an abbreviation, chained for another form behind the name.
	suffix, prefix, careful, chained bool
	countries                        []string
	english, translated              bool
}

type legalForms struct {
	forms dictionary[*legalForm] // by folded words
	facts map[string]*legalForm  // by id
	glued []string               // longest first
	words *wordTable             // all words of company names, those of the forms among them
}

// wordTraits are what the lists tell of a word as a part of a company's name.
type wordTraits struct {
	joins, small, generic bool
	noName                bool  // a name that says that there is no company begins so
	first, last           uint8 // most words of a legal form that begins or ends so
}

// knownWord is a word of the lists and how it is written out, if it is not already.
type knownWord struct {
	wordTraits
	same string
}

// wordTable holds what all lists tell of a word, so that one look-up does.
type wordTable struct{ dictionary[knownWord] }

// makeWordTable reads the lists of words; the legal forms are entered later.
func makeWordTable() *wordTable {
	t, lists := new(wordTable), companyWords()
	for w, full := range lists.same {
		t.enter(w).same = full
	}
	for w := range lists.and {
		t.enter(w).joins = true
	}
	for w := range lists.small {
		t.enter(w).small = true
	}
	for w := range lists.generic {
		t.enter(w).generic = true
	}
	for name := range lists.noName {
		w, _, _ := strings.Cut(name, " ")
		t.enter(w).noName = true
	}
	return t
}

// know looks the words up. It writes abbreviations out, "Intl" is "International",
// and makes "and" of its translations.
func (t *wordTable) know(words []word) []word {
	joins := false
	for i := range words {
		w := &words[i]
		k := t.find(w.text)
		if k == nil {
			continue
		}
		if k.same != "" {
			w.text, w.alt = k.same, k.same
			if k = t.find(k.same); k == nil {
				continue
			}
		}
		w.wordTraits = k.wordTraits
		joins = joins || w.joins
	}
	if joins {
		t.joinWords(words)
	}
	return words
}

// joinWords makes "and" of its translations. One-letter ones (Spanish y, Italian
// e) count only between longer words: the E of "E Ink" is a letter.
func (t *wordTable) joinWords(words []word) {
	for i := 1; i+1 < len(words); i++ {
		w := &words[i]
		if !w.joins || w.isInitial() && (words[i-1].isInitial() || words[i+1].isInitial()) {
			continue
		}
		w.text, w.alt = "and", "and"
		w.wordTraits = t.find("and").wordTraits
	}
}

// legalTable reads the embedded table once.
var legalTable = sync.OnceValue(func() *legalForms {
	t := &legalForms{facts: map[string]*legalForm{}, words: makeWordTable()}
	for _, line := range readLines(legalFormsText) {
		columns := strings.SplitN(line, "|", 3)
		entry := legalForm{id: strings.TrimSpace(columns[0])}
		for _, c := range strings.Fields(columns[1]) {
			switch c {
			case "en":
				entry.english = true
			case "tr":
				entry.translated = true
			default:
				entry.countries = append(entry.countries, c)
			}
		}
		slices.Sort(entry.countries)
		entry.ids = []string{entry.id}
		t.facts[entry.id] = &entry
		for written := range strings.SplitSeq(columns[2], ",") {
			t.add(entry, strings.TrimSpace(written))
		}
	}
	slices.SortFunc(t.glued, func(a, b string) int {
		if d := len(b) - len(a); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	return t
})

// add enters one form, its marks read off. A form that two lines have belongs
// to the countries of both.
func (t *legalForms) add(form legalForm, written string) {
	form.suffix = true
	glue := false
	for written != "" {
		switch written[0] {
		case '<':
			form.prefix = true
		case '!':
			form.careful = true
		case '?':
			form.prefix, form.chained, form.suffix = true, true, false
		case '~':
			form.prefix, glue = true, true
		default:
			t.enter(form, written, glue)
			return
		}
		written = written[1:]
	}
}

func (t *legalForms) enter(form legalForm, written string, glue bool) {
	words, _ := cutWords(nil, written)
	words = t.words.know(mergeInitials(words))
	key := string(appendText(nil, words))
	if glue {
		t.glued = append(t.glued, key)
	}
	place := t.forms.enter(key)
	if known := *place; known != nil {
		known.countries = slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(known.countries), form.countries...))))
		return
	}
	*place = &form
	count := uint8(len(words))
	if form.prefix {
		k := t.words.enter(words[0].text)
		k.first = max(k.first, count)
	}
	if form.suffix {
		k := t.words.enter(words[count-1].text)
		k.last = max(k.last, count)
	}
}

// stripLegal takes the legal forms and the article off both ends of a name as
// often as there are any ("GmbH & Co. KG"), never the last word that says
// something. It appends the forms to those given.
func stripLegal(words []word, forms []*legalForm) ([]word, []*legalForm) {
	for {
		if n := len(words); n > 1 && (words[n-1].text == "and" || words[n-1].text == "the") {
			words = words[:n-1]
			continue
		}
		if len(words) > 1 && (words[0].text == "the" || words[0].text == "and") {
			words = words[1:]
			continue
		}
		rest, form := stripSuffix(words)
		if form == nil {
			rest, form = stripPrefix(words, len(forms) > 0)
		}
		if form == nil {
			return words, forms
		}
		words, forms = rest, append(forms, form)
	}
}

func stripSuffix(words []word) ([]word, *legalForm) {
	if len(words) < 2 {
		return words, nil
	}
	for k := min(int(words[len(words)-1].last), len(words)-1); k > 0; k-- {
		rest, tail := words[:len(words)-k], words[len(words)-k:]
		form := formOf(tail)
		if form != nil && form.suffix && (!form.careful || tail[k-1].marked) && saysSomething(rest) {
			return rest, form
		}
	}
	return words, nil
}

func stripPrefix(words []word, chained bool) ([]word, *legalForm) {
	if len(words) < 2 {
		return words, nil
	}
	for k := min(int(words[0].first), len(words)-1); k > 0; k-- {
		head, rest := words[:k], words[k:]
		form := formOf(head)
		if form != nil && form.prefix && (!form.careful || head[k-1].marked) && (!form.chained || chained) && saysSomething(rest) {
			return rest, form
		}
	}
	return words, nil
}

// saysSomething tells that more than articles is left.
func saysSomething(words []word) bool {
	for i := range words {
		if w := &words[i]; w.text != "the" && w.text != "and" {
			return true
		}
	}
	return false
}

// formOf finds the form that exactly these words make.
func formOf(words []word) *legalForm {
	if len(words) == 1 {
		return legalTable().form(words[0].text)
	}
	var buf [96]byte
	return legalTable().form(string(appendText(buf[:0], words)))
}

func (t *legalForms) form(words string) *legalForm {
	if form := t.forms.find(words); form != nil {
		return *form
	}
	return nil
}

func appendText(b []byte, words []word) []byte {
	for i := range words {
		if i > 0 {
			b = append(b, ' ')
		}
		b = append(b, words[i].text...)
	}
	return b
}

// splitGlued parts legal forms from the names they are written together with,
// as Chinese, Japanese, Korean and Thai do.
func splitGlued(words []word) []word {
	if !slices.ContainsFunc(words, func(w word) bool { return isGluing(w.text) }) {
		return words
	}
	var parted []word
	for _, w := range words {
		if isGluing(w.text) {
			parted = appendGlued(parted, w.text)
		} else {
			parted = append(parted, w)
		}
	}
	return parted
}

func isGluing(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return isCJK(r) || unicode.Is(unicode.Thai, r)
}

func appendGlued(words []word, s string) []word {
	for _, form := range legalTable().glued {
		if s == form {
			break
		}
		if rest, ok := strings.CutPrefix(s, form); ok && rest != "" && !startsWithMark(rest) {
			return appendGlued(append(words, word{text: form, alt: form}), rest)
		}
		if rest, ok := strings.CutSuffix(s, form); ok && rest != "" {
			return append(appendGlued(words, rest), word{text: form, alt: form})
		}
	}
	return append(words, word{text: s, alt: s})
}

func startsWithMark(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsMark(r)
}

// legalFacts returns the sorted ids of forms and the countries common to all of
// them; forms without a common country ("NV SA") keep the countries of all.
func legalFacts(forms []*legalForm) (ids, countries []string) {
	switch len(forms) {
	case 0:
		return nil, nil
	case 1:
		return forms[0].ids, forms[0].countries
	}
	var all []string
	for _, f := range forms {
		ids = append(ids, f.id)
		if len(f.countries) == 0 {
			continue
		}
		if all = append(all, f.countries...); countries == nil {
			countries = f.countries
			continue
		}
		countries = common(countries, f.countries)
	}
	if len(countries) == 0 {
		slices.Sort(all)
		countries = slices.Compact(all)
	}
	slices.Sort(ids)
	return slices.Compact(ids), countries
}

// common returns what is in both, in a slice of its own.
func common(a, b []string) []string {
	both := []string{}
	for _, c := range a {
		if slices.Contains(b, c) {
			both = append(both, c)
		}
	}
	return both
}

// LegalCompatible tells that the legal forms of a and b may belong to one
// company: a side has none, or the forms are in use in one country, or one is
// an English form and the other of a country whose companies go by an English
// form abroad (株式会社 and Inc.). "Acme Inc" and "Acme GmbH" are not (MA15).
func LegalCompatible(a, b CompanyName) bool {
	if len(a.LegalFamily) == 0 || len(b.LegalFamily) == 0 {
		return true
	}
	for _, c := range a.LegalFamily {
		if slices.Contains(b.LegalFamily, c) {
			return true
		}
	}
	return isEnglish(a) && isTranslated(b) || isEnglish(b) && isTranslated(a)
}

func isEnglish(n CompanyName) bool {
	return slices.ContainsFunc(n.Legal, func(id string) bool { return legalTable().facts[id].english })
}

func isTranslated(n CompanyName) bool {
	return slices.ContainsFunc(n.Legal, func(id string) bool { return legalTable().facts[id].translated })
}
