package tracking

import (
	"slices"
	"strings"
	"unicode"

	"github.com/onward-crm/onward/matching"
)

// NormalizeTitle returns the comparison form of a job title: folded, words
// joined by one blank, punctuation and filling words dropped, abbreviations in
// one form. "Vice President, Sales" and "V.P. of Sales" are both "vp sales";
// "SVP" is "senior vp", so that it holds the phrase "vp". Normalising twice is
// the same as normalising once. The order of words is kept.
func NormalizeTitle(s string) string { return strings.Join(titleWords(s), " ") }

// titleWords are the words of NormalizeTitle. The steps are repeated until none
// of them finds anything to do; that ends, because all but expand shorten, and
// what expand writes is never expanded again.
func titleWords(s string) []string {
	words := split(matching.Fold(s))
	for {
		n, long := len(words), false
		words = dropFillers(joinLetters(words))
		words, long = expand(words)
		words = contract(words)
		if len(words) == n && !long {
			return words
		}
	}
}

// split cuts at everything that is no letter, mark or number.
func split(folded string) []string {
	return strings.FieldsFunc(folded, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsNumber(r)
	})
}

// fillers are words that titles have or lack without meaning anything by it.
var fillers = map[string]bool{
	"of": true, "the": true, "and": true, "for": true, "a": true, "an": true, "in": true, "at": true,
	"de": true, "des": true, "du": true, "la": true, "le": true, "les": true, "el": true, "los": true, "del": true,
	"di": true, "da": true, "do": true, "et": true, "y": true, "e": true, "und": true, "der": true, "die": true, "fur": true, "van": true, "och": true,
}

func dropFillers(words []string) []string {
	return slices.DeleteFunc(words, func(w string) bool { return fillers[w] })
}

// joinLetters makes one word of letters that stand alone: v p, r d, c e o.
func joinLetters(words []string) []string {
	out := words[:0]
	run := false
	for _, w := range words {
		letter := len(w) == 1 && w[0] >= 'a' && w[0] <= 'z'
		if letter && run {
			out[len(out)-1] += w
			continue
		}
		out = append(out, w)
		run = letter
	}
	return out
}

// abbreviations are written out, except where the short form is the usual one.
// None of the words on the right stands on the left: writing out ends.
var abbreviations = map[string][]string{
	"sr": {"senior"}, "snr": {"senior"}, "jr": {"junior"}, "jnr": {"junior"},
	"dir": {"director"}, "mgr": {"manager"}, "mngr": {"manager"}, "mgmt": {"management"}, "mgt": {"management"},
	"asst": {"assistant"}, "assoc": {"associate"}, "exec": {"executive"}, "mktg": {"marketing"}, "mkt": {"marketing"},
	"ops": {"operations"}, "engr": {"engineer"}, "admin": {"administrative"}, "intl": {"international"}, "natl": {"national"}, "gm": {"general", "manager"},
	"svp": {"senior", "vp"}, "evp": {"executive", "vp"}, "avp": {"associate", "vp"}, "gvp": {"group", "vp"}, "rvp": {"regional", "vp"},
	"vicepresident": {"vp"}, "vicepresidente": {"vp"}, "vicepresidenta": {"vp"}, "vizeprasident": {"vp"}, "vizeprasidentin": {"vp"}, "viceprasident": {"vp"},
}

// expand writes abbreviations out and tells whether there were any.
func expand(words []string) ([]string, bool) {
	found := false
	for i := 0; i < len(words); i++ {
		if long, ok := abbreviations[words[i]]; ok {
			words = slices.Replace(words, i, i+1, long...)
			found = true
		}
	}
	return words, found
}

// phrase is a run of words with one usual short form.
type phrase struct {
	words []string
	short string
}

// phrases are tried in order; longer ones stand before their parts. Chief
// product, people or privacy officer are left alone: CPO may be any of them.
var phrases = []phrase{
	{[]string{"vice", "president"}, "vp"}, {[]string{"vice", "presidente"}, "vp"}, {[]string{"vice", "presidenta"}, "vp"},
	{[]string{"chief", "information", "security", "officer"}, "ciso"},
	{[]string{"chief", "human", "resources", "officer"}, "chro"}, {[]string{"chief", "hr", "officer"}, "chro"},
	{[]string{"chief", "executive", "officer"}, "ceo"}, {[]string{"chief", "executive"}, "ceo"},
	{[]string{"chief", "financial", "officer"}, "cfo"}, {[]string{"chief", "finance", "officer"}, "cfo"},
	{[]string{"chief", "technology", "officer"}, "cto"}, {[]string{"chief", "technical", "officer"}, "cto"},
	{[]string{"chief", "operating", "officer"}, "coo"}, {[]string{"chief", "operations", "officer"}, "coo"},
	{[]string{"chief", "marketing", "officer"}, "cmo"}, {[]string{"chief", "information", "officer"}, "cio"},
	{[]string{"chief", "revenue", "officer"}, "cro"},
	{[]string{"human", "resources"}, "hr"}, {[]string{"information", "technology"}, "it"},
	{[]string{"co", "founder"}, "cofounder"}, {[]string{"team", "lead"}, "teamlead"}, {[]string{"team", "leader"}, "teamlead"},
}

func contract(words []string) []string {
	for i := 0; i < len(words); i++ {
		for _, p := range phrases {
			if end := i + len(p.words); end <= len(words) && slices.Equal(p.words, words[i:end]) {
				words = slices.Replace(words, i, end, p.short)
				break
			}
		}
	}
	return words
}

// sameTitle reports whether two titles mean the same: the same words, in any
// order. "Sales Director" is "Director of Sales".
func sameTitle(a, b string) bool {
	x, y := titleWords(a), titleWords(b)
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(x, y)
}

// holds reports whether words contain phrase as whole words in a row.
func holds(words, phrase []string) bool {
	if len(phrase) == 0 {
		return false
	}
	for i := 0; i+len(phrase) <= len(words); i++ {
		if slices.Equal(words[i:i+len(phrase)], phrase) {
			return true
		}
	}
	return false
}
