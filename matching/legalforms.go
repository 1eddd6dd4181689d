package matching

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

//go:embed data/legal_forms.txt
var legalFormsText string

// legalForm is one form as it is written, with the ids and countries it may
// belong to: "AS" is Norwegian, Danish, Estonian and Czech.
type legalForm struct {
	id string
	// suffix and prefix tell where the form may stand; careful asks for the
	// spelling of an abbreviation, chained for another form behind the name.
	suffix, prefix, careful, chained bool
	countries                        []string
	english, translated              bool
}

type legalForms struct {
	forms  map[string]*legalForm // by folded words
	facts  map[string]*legalForm // by id
	glued  []string              // longest first
	first  map[string]bool       // first words of forms that stand in front
	last   map[string]bool       // last words of forms that stand behind
	widest int                   // most words of a form
}

// legalTable reads the embedded table once.
var legalTable = sync.OnceValue(func() *legalForms {
	t := &legalForms{forms: map[string]*legalForm{}, facts: map[string]*legalForm{}, first: map[string]bool{}, last: map[string]bool{}}
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
	words := joinWords(sameWords(mergeInitials(cutWords(written))))
	key := string(appendText(nil, words))
	if glue {
		t.glued = append(t.glued, key)
	}
	if known := t.forms[key]; known != nil {
		known.countries = slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(known.countries), form.countries...))))
		return
	}
	t.forms[key] = &form
	t.widest = max(t.widest, len(words))
	if form.prefix {
		t.first[words[0].text] = true
	}
	if form.suffix {
		t.last[words[len(words)-1].text] = true
	}
}

// stripLegal takes the legal forms and the article off both ends of a name as
// often as there are any ("GmbH & Co. KG"), never the last word that says
// something.
func stripLegal(words []word) ([]word, []*legalForm) {
	var forms []*legalForm
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
	t := legalTable()
	if len(words) < 2 || !t.last[words[len(words)-1].text] {
		return words, nil
	}
	for k := min(t.widest, len(words)-1); k > 0; k-- {
		rest, tail := words[:len(words)-k], words[len(words)-k:]
		form := t.lookup(tail)
		if form != nil && form.suffix && (!form.careful || tail[k-1].marked) && saysSomething(rest) {
			return rest, form
		}
	}
	return words, nil
}

func stripPrefix(words []word, chained bool) ([]word, *legalForm) {
	t := legalTable()
	if len(words) < 2 || !t.first[words[0].text] {
		return words, nil
	}
	for k := min(t.widest, len(words)-1); k > 0; k-- {
		head, rest := words[:k], words[k:]
		form := t.lookup(head)
		if form != nil && form.prefix && (!form.careful || head[k-1].marked) && (!form.chained || chained) && saysSomething(rest) {
			return rest, form
		}
	}
	return words, nil
}

// saysSomething tells that more than articles is left.
func saysSomething(words []word) bool {
	return slices.ContainsFunc(words, func(w word) bool { return w.text != "the" && w.text != "and" })
}

// lookup finds the form that exactly these words make.
func (t *legalForms) lookup(words []word) *legalForm {
	var buf [96]byte
	return t.forms[string(appendText(buf[:0], words))]
}

func appendText(b []byte, words []word) []byte {
	for i, w := range words {
		if i > 0 {
			b = append(b, ' ')
		}
		b = append(b, w.text...)
	}
	return b
}

// legalFacts returns the sorted ids of forms and the countries common to all of
// them; forms without a common country ("NV SA") keep the countries of all.
func legalFacts(forms []*legalForm) (ids, countries []string) {
	switch len(forms) {
	case 0:
		return nil, nil
	case 1:
		return []string{forms[0].id}, forms[0].countries
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
