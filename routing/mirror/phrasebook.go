package mirror

import (
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/matching"
)

// phrasebook collects what is asked about accounts, each thing once, with the
// companies that ask for it.
type phrasebook struct {
	names   crm.Names
	profile *matching.Profile
	// values lead from a field and a value in lower case to the companies that
	// ask for it; spelt holds how the values are to be sent.
	values map[string]map[string][]int
	spelt  map[string][]string
	// phrases lead from the longest word to the phrases that have it.
	phrases map[string][]*phrase
	texts   map[string]*phrase
}

// phrase is words that a name must have.
type phrase struct {
	text  string
	words []string
	who   []int
}

func newPhrasebook(n crm.Names, p *matching.Profile) *phrasebook {
	return &phrasebook{
		names: n, profile: p, values: map[string]map[string][]int{}, spelt: map[string][]string{},
		phrases: map[string][]*phrase{}, texts: map[string]*phrase{},
	}
}

// firstPhrases are what is asked for every company.
func firstPhrases(b *phrasebook, i int, c matching.Company) {
	b.in(i, "Id", c.AccountID)
	for _, pin := range b.profile.Pins {
		if pin.AccountID != "" && fits(pin.Domain, pin.Name, c) {
			b.in(i, "Id", pin.AccountID)
		}
	}
	b.company(i, c)
	// Of a company that was bought, its buyers and theirs may be in the CRM.
	used := make([]bool, len(b.profile.Acquisitions))
	for from := []matching.Company{c}; len(from) > 0; from = from[1:] {
		for n, a := range b.profile.Acquisitions {
			if used[n] || !fits(a.Domain, a.Name, from[0]) {
				continue
			}
			used[n] = true
			by := matching.Company{Name: a.ByName, Domain: a.ByDomain}
			b.company(i, by)
			from = append(from, by)
		}
	}
}

// lastPhrases are asked for a company that nobody was found for: the word of its
// name that tells most.
func (s *session) lastPhrases(b *phrasebook, i int, c matching.Company) {
	if len(s.of[i]) > 0 {
		return
	}
	best := ""
	n := matching.ParseCompany(c.Name)
	for _, w := range n.Words {
		one := matching.ParseCompany(w)
		if !one.Generic && !one.Common() && len(w) >= leastWord && len(w) > len(best) {
			best = w
		}
	}
	if len(n.Words) > 1 {
		b.words(i, best)
	}
}

// leastWord is the length below which a word alone finds too many.
const leastWord = 5

// fits reports whether something configured for a domain or name may be about a
// company. It only decides what is asked.
func fits(domain, name string, c matching.Company) bool {
	for _, d := range matching.ParseDomains(domain) {
		for _, own := range domainsOf(c) {
			if own.Registrable == d.Registrable {
				return true
			}
		}
	}
	return name != "" && matching.SameKey(matching.ParseCompany(name), matching.ParseCompany(c.Name))
}

func domainsOf(c matching.Company) []matching.Domain {
	all := matching.ParseDomains(c.Domain)
	if e, ok := matching.ParseEmail(c.Email); ok {
		all = append(all, e.Domain())
	}
	return all
}

// company asks for the accounts that a company may be.
func (b *phrasebook) company(i int, c matching.Company) {
	for _, d := range domainsOf(c) {
		if d.FreeMail || d.Registrable == "" {
			continue
		}
		hosts := []string{d.Registrable}
		if d.Host != d.Registrable {
			hosts = append(hosts, d.Host)
		}
		for _, host := range hosts {
			b.in(i, "Website", spellings(host)...)
			b.in(i, b.names.AccountDomains, host)
		}
	}
	if slug, ok := matching.LinkedInCompany(c.LinkedIn); ok {
		b.in(i, b.names.AccountLinkedIn, spellings("linkedin.com/company/"+slug)...)
	}
	n := matching.ParseCompany(c.Name)
	if n.Key == "" || n.Generic {
		return
	}
	b.in(i, "Name", strings.TrimSpace(c.Name))
	b.words(i, n.Key)
}

// spellings are the ways in which people type a site into a CRM.
func spellings(site string) []string {
	out := []string{site, "www." + site}
	for _, scheme := range []string{"http://", "https://"} {
		for _, host := range []string{site, "www." + site} {
			out = append(out, scheme+host, scheme+host+"/")
		}
	}
	return out
}

// in asks for accounts whose field is one of the values.
func (b *phrasebook) in(i int, field string, values ...string) {
	if field == "" {
		return
	}
	if b.values[field] == nil {
		b.values[field] = map[string][]int{}
	}
	for _, v := range values {
		if v == "" {
			continue
		}
		key := keyOf(field, v)
		if b.values[field][key] == nil {
			b.spelt[field] = append(b.spelt[field], v)
		}
		b.values[field][key] = append(b.values[field][key], i)
	}
}

// keyOf is how values are compared: ids exactly, all else without case.
func keyOf(field, value string) string {
	if field != "Id" {
		return strings.ToLower(value)
	}
	if wide, err := crm.WidenID(value); err == nil {
		return wide
	}
	return value
}

// words asks for accounts whose name has all words of a text.
func (b *phrasebook) words(i int, text string) {
	list := wordsOf(text)
	if len(list) == 0 {
		return
	}
	p := b.texts[text]
	if p == nil {
		p = &phrase{text: text, words: list}
		longest := slices.MaxFunc(list, func(a, b string) int { return len(a) - len(b) })
		b.texts[text] = p
		b.phrases[longest] = append(b.phrases[longest], p)
	}
	p.who = append(p.who, i)
}

// wordsOf cuts a text at everything that is neither letter, digit nor mark.
func wordsOf(text string) []string {
	return strings.FieldsFunc(matching.Fold(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	})
}

func (b *phrasebook) asksAny() bool { return len(b.spelt)+len(b.texts) > 0 }

func (b *phrasebook) fieldNames() []string { return slices.Sorted(maps.Keys(b.spelt)) }

func (b *phrasebook) leaveOut(field string) { delete(b.spelt, field) }

// queries puts everything into one query a field. Accounts that were merged away
// are asked for as well: they lead to their masters.
func (b *phrasebook) queries(fields []string) []crm.Query {
	var qs []crm.Query
	for _, field := range b.fieldNames() {
		values := slices.Sorted(slices.Values(b.spelt[field]))
		qs = append(qs, crm.Query{
			Object: crm.ObjectAccount, Select: fields, Deleted: true,
			Where: []crm.Cond{{Field: field, Op: crm.OpIn, Values: values}},
		})
	}
	if len(b.texts) > 0 {
		qs = append(qs, crm.Query{
			Object: crm.ObjectAccount, Select: fields,
			Where: []crm.Cond{{Op: crm.OpWords, Values: slices.Sorted(maps.Keys(b.texts))}},
		})
	}
	return qs
}

// companies are those whose own questions an account answers that was found by a
// query of this book; an account may be found for one company under its name and
// be unknown to another that asks for its words.
func (b *phrasebook) companies(q crm.Query, r crm.Record) []int {
	switch field := q.Where[0].Field; field {
	case "":
		return b.named(r.Fields["Name"])
	case "Id":
		return b.values[field][r.ID]
	default:
		return b.values[field][keyOf(field, r.Fields[field])]
	}
}

// named are the companies that ask for words which a name has.
func (b *phrasebook) named(name string) []int {
	var out []int
	words := wordsOf(name)
	for _, w := range words {
		for _, p := range b.phrases[w] {
			if !slices.ContainsFunc(p.words, func(w string) bool { return !slices.Contains(words, w) }) {
				out = append(out, p.who...)
			}
		}
	}
	return out
}
