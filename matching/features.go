package matching

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The features of a pair: what a report and an account have in common and what
// sets them apart, each with a meaning that a person can check. Rarities are in
// units of a word that was never seen (see [rarity]).
const (
	featSameKey         = iota // names are equal apart from legal form: 1
	featAlias                  // the name compared is an alias
	featLegal                  // legal forms: 1 equal, 0 one is missing, -1 conflict
	featQueryCover             // share of the reported name's rarity found in the account's
	featAccountCover           // and the other way round
	featShared                 // rarity of the words in common
	featHeaviest               // of the rarest word in common
	featQueryMissed            // of the rarest reported word that the account lacks
	featAccountMissed          // of the rarest word of the account that the report lacks
	featQueryLeft              // rarity of all reported words that the account lacks
	featAccountLeft            // and the other way round
	featInexact                // share of what is in common that is only similar
	featFirst                  // first words: 1 paired, 0.5 first found elsewhere, 0 not
	featLast                   // last words: the same
	featTurned                 // words in common that stand in another order
	featLetters                // bigrams of letters in common (Dice)
	featWinkler                // Jaro-Winkler over the letters
	featJoined                 // equal letters, blanks apart
	featQueryWords             // number of reported words
	featAccountWords           // number of the account's words
	featQueryRarity            // rarity of the whole reported name
	featAccountRarity          // and of the account's
	featDigits                 // digits: 1 equal, 0 none, -1 differ
	featQueryInitials          // letters of a reported acronym that are the account's initials
	featAccountInitials        // and the other way round
	featTransliterated         // compared over a transliteration
	featHost                   // domains: 3 host, 2 registrable, 1 label, 0 unknown, -1 conflict
	featBeside                 // the account's host lies beside the reported one
	featNameLabel              // how far the reported name is the label of the account's website
	featLabelName              // how far the label of the reported domain is the account's name
	featQueryDomain            // reported domain: 1 usable, -1 free mail or shared host, 0 none
	featAccountDomain          // the account has a usable website
	featCountry                // 1 equal, 0 unknown, -1 differs; half of it by the ending of a domain
	featCity                   // 1 equal, 0 unknown, -1 differs
	featPlaceWord              // words in one name alone that are the other side's country or city
	featPlaceConflict          // countries in one name alone that are not the other side's
	featQueryBody              // reported words for kinds of bodies that the account lacks
	featAccountBody            // and the other way round
	featQueryTrade             // words for trades, the same
	featAccountTrade           //
	featQueryModifier          // words that set sisters apart, the same
	featAccountModifier        //
	featQueryOwn               // other words but small ones, the same
	featAccountOwn             //
	featPart                   // how far a part of one name is the other, or a part of it
	featPartRarity             // rarity of what these have in common
	featLongWord               // letters of the longest rare word in common
	featAbbreviated            // how far one name is made of beginnings of the other's words
	featLabelMade              // how far the label of the reported domain is, of the account's words
	featSiteMade               // how far the label of the account's website is, of the reported words
	featQueryLetters           // number of letters of the reported name
	featSitePath               // the account's website lies below its host: 1, and 2 if its path has a reported word
	featChild                  // the account has a parent
	featQueryCapitals          // the reported name is one word in capitals
	featParentSays             // rarity of the rarest reported word that only the account's parent has
	featSiteSays               // and of the rarest that only the account's website has
	featNobodySays             // and of the rarest that is found nowhere
	pairFeatures
)

// pairNames are the names of the features of a pair, for models and explanations.
var pairNames = [pairFeatures]string{
	"same_key", "alias", "legal", "query_cover", "account_cover", "shared", "heaviest", "query_missed", "account_missed",
	"query_left", "account_left", "inexact", "first", "last", "turned", "letters", "winkler", "joined",
	"query_words", "account_words", "query_rarity", "account_rarity", "digits", "query_initials", "account_initials",
	"transliterated", "host", "beside", "name_label", "label_name", "query_domain", "account_domain", "country", "city", "place_word", "place_conflict",
	"query_body", "account_body", "query_trade", "account_trade", "query_modifier", "account_modifier", "query_own", "account_own",
	"part", "part_rarity", "long_word", "abbreviated", "label_made", "site_made", "query_letters", "site_path", "child", "query_capitals",
	"parent_says", "site_says", "nobody_says",
}

// vector is the features of one pair.
type vector [pairFeatures]float32

// comparer measures accounts against one report. What depends on the report alone is
// found out once. It is not safe for concurrent use.
type comparer struct {
	q       *query
	own     form // the reported name
	latin   form // its transliteration
	read    bool // the transliteration was read
	domains []Domain
	labels  []grams // labels of the reported domains
	ending  string  // the country of the first reported domain's ending
	start   vector  // features of the report alone
	account side    // the name that is compared just now
}

// form is a reported name in one script, ready to be compared.
type form struct {
	side  side
	grams grams
}

func (f *form) read(raw string, words []string, letters string) {
	f.side.read(raw, words)
	f.grams.read(letters)
}

func newComparer(q *query) *comparer {
	c := &comparer{}
	c.begin(q)
	return c
}

// begin takes a report, in place of the last one.
func (c *comparer) begin(q *query) {
	c.q, c.domains, c.labels, c.ending, c.read, c.start = q, q.domains(), c.labels[:0], "", false, vector{}
	c.own.read(q.name.Raw, q.name.Words, q.name.letters)
	for _, d := range c.domains {
		eachLabel(d, func(label string) {
			n := len(c.labels)
			c.labels = slices.Grow(c.labels, 1)[:n+1]
			c.labels[n].read(label)
		})
	}
	if len(c.domains) > 0 {
		c.ending = endingCountry(c.domains[0].Suffix)
	}
	v := &c.start
	v[featQueryLetters] = float32(min(len(q.name.letters), maxGrams))
	if len(q.name.Words) == 1 && strings.ToUpper(q.name.Raw) == q.name.Raw {
		v[featQueryCapitals] = 1
	}
	switch {
	case len(c.domains) > 0:
		v[featQueryDomain] = 1
	case slices.Contains(q.notes, ReasonFreeMail) || slices.Contains(q.notes, ReasonSharedHost):
		v[featQueryDomain] = -1
	}
}

// compare measures one account, by the name or alias of it that is nearest. Its parent
// is nil when it has none.
func (c *comparer) compare(f, parent *facts) vector {
	best := c.start
	c.names(&f.names[0], around{f, parent}, &best)
	for i := 1; i < len(f.names); i++ {
		v := c.start
		c.names(&f.names[i], around{f, parent}, &v)
		if v[featAlias] = 1; v.nearness() > best.nearness() {
			best = v
		}
	}
	c.sites(f, &best)
	c.places(f, &best)
	return best
}

// nearness orders the names of one account.
func (v *vector) nearness() float32 {
	return v[featSameKey] + v[featJoined] + v[featQueryCover] + v[featAccountCover] + v[featLetters]
}

// around is what is known of a name's account beside the name; its parent may be nil.
type around struct{ account, parent *facts }

// names measures two names.
func (c *comparer) names(b *named, by around, v *vector) {
	a := &c.q.name
	if a.Key == "" || b.Key == "" {
		return
	}
	own, bw, bl := &c.own, b.Words, b.letters
	if a.Script != b.Script && (a.latin != nil || b.latin != nil) {
		own = c.inLatin()
		bw, bl = b.latinForm()
		v[featTransliterated] = 1
	}
	aw, al := own.side.words, own.grams.text
	if a.Key == b.Key || len(a.alt)+len(b.alt) > 0 && SameKey(a.CompanyName, b.CompanyName) {
		v[featSameKey] = 1
	}
	if al == bl[:min(len(bl), maxGrams)] {
		v[featJoined] = 1
	}
	v[featLegal] = legalFeature(a, b)
	v[featLetters] = own.grams.dice(bl)
	v[featWinkler] = float32(winkler(al, bl))
	v[featQueryWords], v[featAccountWords] = float32(len(aw)), float32(len(bw))
	v[featDigits] = digitsFeature(a, b)
	v[featQueryInitials] = initialsFeature(al, aw, b.Words)
	v[featAccountInitials] = initialsFeature(bl, bw, a.Words)
	own.side.reset()
	c.account.read(b.Raw, bw)
	p := pairing{&own.side, &c.account}
	p.align()
	p.places(place{c.q.country, c.q.city}, place{by.account.country, by.account.city}, v)
	p.tell(v)
	p.a.elsewhere(by, v)
	for i := range c.labels {
		v[featLabelMade] = max(v[featLabelMade], p.b.made(c.labels[i].text))
	}
	switch {
	case len(aw) == 1 && len(bw) > 1:
		v[featAbbreviated] = p.b.made(al)
	case len(bw) == 1 && len(aw) > 1:
		v[featAbbreviated] = p.a.made(bl)
	}
}

// inLatin returns the reported name's transliteration, or the name itself.
func (c *comparer) inLatin() *form {
	if !c.read {
		words, letters := c.q.name.latinForm()
		c.latin.read(c.q.name.Raw, words, letters)
		c.read = true
	}
	return &c.latin
}

func legalFeature(a, b *named) float32 {
	switch {
	case len(a.LegalFamily) > 0 && len(b.LegalFamily) > 0 && !LegalCompatible(a.CompanyName, b.CompanyName):
		return -1
	case len(a.Legal) > 0 && slices.Equal(a.Legal, b.Legal):
		return 1
	}
	return 0
}

func digitsFeature(a, b *named) float32 {
	switch {
	case len(a.Digits) == 0 && len(b.Digits) == 0:
		return 0
	case slices.Equal(a.Digits, b.Digits):
		return 1
	}
	return -1
}

// initialsFeature returns the number of letters of an acronym when the other name
// has it as its initials.
func initialsFeature(letters string, words, long []string) float32 {
	if len(words) != 1 || len(long) < 2 || !areInitials(letters, long) {
		return 0
	}
	return float32(utf8.RuneCountInString(letters))
}

// sites compares domains with domains and with names.
func (c *comparer) sites(f *facts, v *vector) {
	if len(f.sites) > 0 {
		v[featAccountDomain] = 1
	}
	if f.acc.ParentID != "" {
		v[featChild] = 1
	}
	if len(f.sites) > 0 && len(c.domains) > 0 {
		v[featHost] = -1
	}
	for _, d := range c.domains {
		for i := range f.sites {
			near, beside := domainFeature(d, &f.sites[i])
			if near > v[featHost] {
				v[featHost], v[featBeside] = near, beside
			}
		}
	}
	if v[featHost] >= 2 {
		v[featSitePath] = c.sitePath(f.acc.Website)
	}
	for i := range c.labels {
		for j := range f.names {
			n := &f.names[j]
			words, letters := n.latinForm()
			v[featLabelName] = max(v[featLabelName], labelFeature(c.labels[i].text, letters, words, c.labels[i].dice(letters)))
		}
	}
	own := &c.own
	if len(f.sites) > 0 && c.q.name.latin != nil {
		own = c.inLatin()
	}
	for i := range f.sites {
		label := f.sites[i].label
		v[featNameLabel] = max(v[featNameLabel], labelFeature(label, own.grams.text, own.side.words, own.grams.dice(label)))
		v[featSiteMade] = max(v[featSiteMade], own.side.made(label))
	}
}

// sitePath tells whether a website is a page below a host, as those of laboratories
// are, and whether the path names the report.
func (c *comparer) sitePath(website string) float32 {
	if _, rest, ok := strings.Cut(website, "://"); ok {
		website = rest
	}
	_, path, _ := strings.Cut(website, "/")
	found := float32(0)
	for path != "" {
		end := strings.IndexFunc(path, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		word := path
		if path = ""; end >= 0 {
			word, path = word[:end], word[end+1:]
		}
		if len(word) < leastPath {
			continue
		}
		found = max(found, 1)
		for _, w := range c.q.name.Words {
			if strings.EqualFold(w, word) {
				return 2
			}
		}
	}
	return found
}

// leastPath is the fewest letters of a word in a path: shorter ones name languages.
const leastPath = 3

func domainFeature(d Domain, s *site) (near, beside float32) {
	switch {
	case d.Host == s.Host:
		return 3, 0
	case d.Registrable != s.Registrable:
		if s.label != "" && sameLabel(d.Label, s.label) {
			return 1, 0
		}
		return -1, 0
	case under(d.Host, s.Host) || under(s.Host, d.Host):
		return 2, 0
	}
	return 2, 1
}

// under tells that a host lies below another.
func under(host, above string) bool {
	at := len(host) - len(above) - 1
	return at > 0 && host[at] == '.' && host[at+1:] == above
}

// sameLabel compares a label with one that has lost its hyphens.
func sameLabel(label, plain string) bool {
	at := 0
	for i := range len(label) {
		if label[i] == '-' {
			continue
		}
		if at == len(plain) || label[i] != plain[at] {
			return false
		}
		at++
	}
	return at == len(plain)
}

// places compares country and city.
func (c *comparer) places(f *facts, v *vector) {
	v[featCountry] = sameFeature(c.q.country, f.country)
	if v[featCountry] == 0 {
		v[featCountry] = c.byEnding(f)
	}
	if v[featCountry] > -1 {
		v[featCity] = sameFeature(c.q.city, f.city)
	}
}

// byEnding compares countries where one of them is told by the ending of a domain
// alone.
func (c *comparer) byEnding(f *facts) float32 {
	a, b := c.q.country, f.country
	if a == "" {
		a = c.ending
	}
	if b == "" && len(f.sites) > 0 {
		b = endingCountry(f.sites[0].Suffix)
	}
	return sameFeature(a, b) / 2
}

func sameFeature(a, b string) float32 {
	switch {
	case a == "" || b == "":
		return 0
	case a == b:
		return 1
	}
	return -1
}
