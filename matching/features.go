package matching

import (
	"math"
	"slices"
	"strings"
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
	featCountry                // 1 equal, 0 unknown, -1 differs
	featCity                   // 1 equal, 0 unknown, -1 differs
	featPlaceWord              // words in one name alone that are the other side's country or city
	featPlaceConflict          // countries in one name alone that are not the other side's
	pairFeatures
)

// pairNames are the names of the features of a pair, for models and explanations.
var pairNames = [pairFeatures]string{
	"same_key", "alias", "legal", "query_cover", "account_cover", "shared", "heaviest", "query_missed", "account_missed",
	"query_left", "account_left", "inexact", "first", "last", "turned", "letters", "winkler", "joined",
	"query_words", "account_words", "query_rarity", "account_rarity", "digits", "query_initials", "account_initials",
	"transliterated", "host", "beside", "name_label", "label_name", "query_domain", "account_domain", "country", "city", "place_word", "place_conflict",
}

// vector is the features of one pair.
type vector [pairFeatures]float32

// compare measures a report against an account, by the account's name or alias
// that is nearest.
func compare(q *query, f *facts) vector {
	var best vector
	for i := range f.names {
		if f.names[i].Key == "" {
			continue
		}
		v := compareNamesOf(&q.name, &f.names[i], place{q.country, q.city}, place{f.country, f.city})
		if i > 0 {
			v[featAlias] = 1
		}
		if i == 0 || v.nearness() > best.nearness() {
			best = v
		}
	}
	best.sites(q, f)
	best.places(q, f)
	return best
}

// nearness orders the names of one account.
func (v *vector) nearness() float32 {
	return v[featSameKey] + v[featJoined] + v[featQueryCover] + v[featAccountCover] + v[featLetters]
}

// compareNamesOf measures two names alone.
func compareNamesOf(a, b *named, atA, atB place) (v vector) {
	if a.Key == "" || b.Key == "" {
		return v
	}
	aw, bw, al, bl := a.Words, b.Words, a.letters, b.letters
	if a.Script != b.Script && (a.latin != nil || b.latin != nil) {
		aw, al = a.latinForm()
		bw, bl = b.latinForm()
		v[featTransliterated] = 1
	}
	if SameKey(a.CompanyName, b.CompanyName) {
		v[featSameKey] = 1
	}
	if al == bl {
		v[featJoined] = 1
	}
	v[featLegal] = legalFeature(a, b)
	v[featLetters] = float32(dice(al, bl))
	v[featWinkler] = float32(JaroWinkler(al, bl))
	v[featQueryWords], v[featAccountWords] = float32(len(aw)), float32(len(bw))
	v[featDigits] = digitsFeature(a, b)
	v[featQueryInitials] = initialsFeature(al, aw, b)
	v[featAccountInitials] = initialsFeature(bl, bw, a)
	p := alignment(aw, bw)
	p.places(atA, atB, &v)
	p.tell(&v)
	return v
}

func legalFeature(a, b *named) float32 {
	switch {
	case !LegalCompatible(a.CompanyName, b.CompanyName):
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
	case DigitsAgree(a.CompanyName, b.CompanyName):
		return 1
	}
	return -1
}

// initialsFeature returns the number of letters of an acronym when the other name
// has it as its initials.
func initialsFeature(letters string, words []string, long *named) float32 {
	if len(words) != 1 || len(long.Words) < 2 {
		return 0
	}
	for _, a := range long.Acronyms() {
		if a == letters {
			return float32(utf8.RuneCountInString(letters))
		}
	}
	return 0
}

// dice is the share of pairs of neighbouring letters that two strings have in
// common.
func dice(a, b string) float64 {
	if len(a) < 2 || len(b) < 2 {
		if a == b && a != "" {
			return 1
		}
		return 0
	}
	a, b = a[:min(len(a), maxDice)], b[:min(len(b), maxDice)]
	var x, y [maxDice]uint16
	for i := range len(a) - 1 {
		x[i] = uint16(a[i])<<8 | uint16(a[i+1])
	}
	for i := range len(b) - 1 {
		y[i] = uint16(b[i])<<8 | uint16(b[i+1])
	}
	xs, ys := x[:len(a)-1], y[:len(b)-1]
	slices.Sort(xs)
	slices.Sort(ys)
	common := 0
	for i, j := 0, 0; i < len(xs) && j < len(ys); {
		switch {
		case xs[i] == ys[j]:
			common++
			i++
			j++
		case xs[i] < ys[j]:
			i++
		default:
			j++
		}
	}
	return 2 * float64(common) / float64(len(xs)+len(ys))
}

// maxDice bounds the bytes that are compared.
const maxDice = 64

// sites compares domains with domains and with names.
func (v *vector) sites(q *query, f *facts) {
	domains := q.domains()
	switch {
	case len(domains) > 0:
		v[featQueryDomain] = 1
	case slices.Contains(q.notes, ReasonFreeMail) || slices.Contains(q.notes, ReasonSharedHost):
		v[featQueryDomain] = -1
	}
	if len(f.sites) > 0 {
		v[featAccountDomain] = 1
	}
	if len(f.sites) > 0 && len(domains) > 0 {
		v[featHost] = -1
	}
	for _, d := range domains {
		for _, s := range f.sites {
			near, beside := domainFeature(d, s)
			if near > v[featHost] {
				v[featHost], v[featBeside] = near, beside
			}
		}
		eachLabel(d, func(label string) {
			for i := range f.names {
				v[featLabelName] = max(v[featLabelName], labelFeature(label, &f.names[i]))
			}
		})
	}
	for _, s := range f.sites {
		v[featNameLabel] = max(v[featNameLabel], labelFeature(s.label, &q.name))
	}
}

func domainFeature(d Domain, s site) (near, beside float32) {
	switch {
	case d.Host == s.Host:
		return 3, 0
	case d.Registrable == s.Registrable && (strings.HasSuffix(d.Host, "."+s.Host) || strings.HasSuffix(s.Host, "."+d.Host)):
		return 2, 0
	case d.Registrable == s.Registrable:
		return 2, 1
	case s.label != "" && plainLabel(d) == s.label:
		return 1, 0
	}
	return -1, 0
}

// labelFeature tells how far a domain's label is made of a name: 1 for its
// letters, the share of either that the other begins with, or its initials.
func labelFeature(label string, n *named) float32 {
	letters := n.letters
	if n.latin != nil {
		letters = n.latin.letters
	}
	if label == "" || letters == "" {
		return 0
	}
	if label == letters {
		return 1
	}
	best := 0.0
	if len(label) >= 2 && slices.Contains(n.Acronyms(), label) {
		best = 0.5 + 0.1*math.Min(float64(len(label)), 4)
	}
	if len(label) >= minPrefix && len(letters) >= minPrefix {
		if strings.HasPrefix(letters, label) || strings.HasPrefix(label, letters) {
			best = math.Max(best, 0.9*float64(min(len(label), len(letters)))/float64(max(len(label), len(letters))))
			best = math.Max(best, 0.6)
		}
		for _, w := range n.Words {
			if w == label && rarity(w) > 0.5 {
				best = math.Max(best, 0.8)
			}
		}
		best = math.Max(best, 0.8*dice(label, letters))
	}
	return float32(best)
}

// places compares country and city.
func (v *vector) places(q *query, f *facts) {
	v[featCountry] = sameFeature(q.country, f.country)
	if v[featCountry] >= 0 {
		v[featCity] = sameFeature(q.city, f.city)
	}
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
