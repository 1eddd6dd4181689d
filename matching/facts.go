package matching

import (
	"slices"
	"strings"
)

// facts are an account's values in comparable form, made for one question.
type facts struct {
	acc      Account
	names    []named
	sites    []site
	linkedIn string
	country  string
	state    string
	city     string
	mail     []DomainCount // by registrable domain, usable domains only, sorted
	contacts int           // number of contacts, at least those with an address
	kin      bool          // there as another's parent or master, not as a candidate
	splash   bool          // many contacts of many companies: their domains prove nothing
}

// named is one name in the forms that are compared.
type named struct {
	CompanyName
	letters  string     // the words without blanks
	acronyms []string   // short forms by initials, three letters or more
	latin    *latinName // its transliteration when the script is not Latin
}

// latinName is a name carried over into Latin script: a candidate, no proof.
type latinName struct {
	words   []string
	letters string
}

// site is one domain of an account that can be evidence.
type site struct {
	Domain
	label string // the base label without hyphens
	extra bool   // from the additional domains, not the website
}

// factsRoom is the facts of an account and the room for what most accounts have.
type factsRoom struct {
	facts
	name [1]named
	site [1]site
}

func makeFacts(a Account) *facts { return new(factsRoom).read(a) }

// read fills the room; what it held before is lost.
func (room *factsRoom) read(a Account) *facts {
	*room = factsRoom{}
	f := &room.facts
	f.acc = a
	f.country = countryForm(a.Country)
	f.state = placeKey(a.State)
	f.city = cityKey(a.City)
	f.names = room.name[:]
	f.names[0].read(a.Name)
	f.names[0].transliterate()
	for _, alias := range a.Aliases {
		if n := makeNamed(alias); n.Key != "" {
			f.names = append(f.names, n)
		}
	}
	f.sites = room.site[:0]
	page := a.Website
	if host, root, ok := plainSite(a.Website); ok {
		if f.addHost(host, root, false); !isLinkedIn(host) {
			page = ""
		}
	} else {
		f.addSites(a.Website, false)
	}
	f.addSites(a.Domains, true)
	if len(f.sites) == 0 {
		f.sites = nil
	}
	f.linkedIn = companyPage(a.LinkedIn, page)
	f.addContacts()
	return f
}

// addSites keeps the domains that are evidence for this account.
func (f *facts) addSites(field string, extra bool) {
	if field == "" {
		return
	}
	if host, root, ok := plainSite(field); ok {
		f.addHost(host, root, extra)
		return
	}
	for _, d := range cutSites(field) {
		f.addSite(d, extra)
	}
}

// addHost keeps the domain of a plain website.
func (f *facts) addHost(host string, root, extra bool) {
	if d, ok := domainOf(host); ok {
		d.Root = root
		f.addSite(d, extra)
	}
}

func (f *facts) addSite(d Domain, extra bool) {
	if d.Usable() || f.runs(d) {
		known := func(s site) bool { return s.Host == d.Host }
		if !slices.ContainsFunc(f.sites, known) {
			f.sites = append(f.sites, site{Domain: d, label: plainLabel(d), extra: extra})
		}
	}
}

// runs tells that the account is the company behind a shared host.
func (f *facts) runs(d Domain) bool {
	return slices.ContainsFunc(f.names, func(n named) bool { return d.OwnRoot(n.CompanyName) })
}

// The domain-spread rule: an account with this many domains or contacts, none
// of whose domains has a real share, collects people of other companies.
const (
	splashDomains  = 25
	splashContacts = 100
	splashShare    = 0.2
)

func (f *facts) addContacts() {
	if len(f.acc.ContactDomains) == 0 {
		f.contacts, f.splash = f.acc.Contacts, f.acc.Contacts >= splashContacts
		return
	}
	sum, largest := 0, 0
	counts := map[string]int{}
	for _, dc := range f.acc.ContactDomains {
		if dc.Count <= 0 {
			continue
		}
		sum += dc.Count
		if d, ok := ParseDomain(dc.Domain); ok && d.Usable() {
			counts[d.Registrable] += dc.Count
			largest = max(largest, counts[d.Registrable])
		}
	}
	for d, n := range counts {
		f.mail = append(f.mail, DomainCount{Domain: d, Count: n})
	}
	slices.SortFunc(f.mail, func(a, b DomainCount) int { return strings.Compare(a.Domain, b.Domain) })
	f.contacts = max(f.acc.Contacts, sum)
	wide := len(f.mail) >= splashDomains || f.contacts >= splashContacts
	f.splash = wide && float64(largest) < splashShare*float64(f.contacts)
}

// mailCount returns how many contacts have an address in a registrable domain.
func (f *facts) mailCount(registrable string) int {
	i, ok := slices.BinarySearchFunc(f.mail, registrable, func(dc DomainCount, d string) int {
		return strings.Compare(dc.Domain, d)
	})
	if !ok {
		return 0
	}
	return f.mail[i].Count
}

func makeNamed(s string) named {
	var n named
	n.read(s)
	n.transliterate()
	return n
}

// transliterate adds the Latin form of a name in another script.
func (n *named) transliterate() {
	if n.Latin || n.Key == "" {
		return
	}
	if words := ParseCompany(Transliterate(n.Key)).Words; len(words) > 0 {
		n.latin = &latinName{words: words, letters: strings.Join(words, "")}
	}
}

// companyPage returns the slug of the LinkedIn company page, which people also
// put into website fields.
func companyPage(linkedIn, website string) string {
	if slug, ok := LinkedInCompany(linkedIn); ok {
		return slug
	}
	if website == "" {
		return ""
	}
	if host, _, ok := plainSite(website); ok && !isLinkedIn(host) {
		return ""
	}
	slug, _ := LinkedInCompany(website)
	return slug
}

func countryForm(s string) string {
	if s == "" {
		return ""
	}
	if code, ok := Country(s); ok {
		return code
	}
	return Fold(s)
}

// placeKey folds a state or city; ISO 3166-2 codes lose their country.
func placeKey(s string) string {
	if len(s) > 3 && s[2] == '-' {
		s = s[3:]
	}
	return Fold(s)
}

// cityKey folds a city and calls it as English does: "München" is "munich".
func cityKey(s string) string {
	key := placeKey(s)
	if key == "" {
		return ""
	}
	if !strings.Contains(key, " ") {
		return inEnglish(key)
	}
	words := strings.Fields(key)
	for i, w := range words {
		words[i] = inEnglish(w)
	}
	return strings.Join(words, " ")
}

// plainLabel is the base label without hyphens: coca-cola.com is "cocacola".
func plainLabel(d Domain) string { return strings.ReplaceAll(d.Label, "-", "") }

// says tells that an account has a word in one of its names, as their initials, or as
// the label of its website.
func (f *facts) says(w string) bool {
	return slices.ContainsFunc(f.names, func(n named) bool { return slices.Contains(n.Words, w) || slices.Contains(n.acronyms, w) }) ||
		slices.ContainsFunc(f.sites, func(s site) bool { return s.label == w })
}

// siteSays tells that a website has a word, between signs that are no letters.
func siteSays(website, w string) bool {
	for at := 0; at+len(w) <= len(website); at++ {
		if website[at]|0x20 != w[0] { // most are passed over by this alone
			continue
		}
		if end := at + len(w); strings.EqualFold(website[at:end], w) && !wordByte(website, at-1) && !wordByte(website, end) {
			return true
		}
	}
	return false
}

// wordByte tells that a website has a letter or digit somewhere.
func wordByte(website string, at int) bool {
	return at >= 0 && at < len(website) && (isDigit(website[at]) || website[at]|0x20 >= 'a' && website[at]|0x20 <= 'z')
}
