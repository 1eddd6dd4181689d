package matching

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

//go:embed data/role_words.txt
var roleWordsText string

var roleWords = sync.OnceValue(func() map[string]bool { return setOf(strings.Fields(strings.Join(readLines(roleWordsText), " "))) })

// localTrim are the signs that a local part neither begins nor ends with.
const localTrim = "'`."

// maxMail bounds the bytes of an e-mail field that are looked at.
const maxMail = 2048

// Email is an e-mail address taken apart by [ParseEmail].
type Email struct {
	// Local is the part before the @, lower case; Host the ASCII host after it.
	Local string
	Host  string
	// Role tells that the address belongs to a task, not to a person: info@,
	// sales@, kontakt@. Whoever reads it, it proves no identity (MP15).
	Role bool
	// Address is Local@Host: equal for addresses that differ only by case, blanks
	// or full-width characters (MP20). Mail goes to what people typed, not here.
	Address string
}

// ParseEmail reads one address, as typed: with blanks around, mailto:, a display
// name with angle brackets, full-width characters. Of several the first good one
// is taken. ok is false if there is no address with a public host.
func ParseEmail(s string) (e Email, ok bool) {
	if len(s) > maxMail {
		s = s[:maxMail]
	}
	s = norm.NFKC.String(strings.ToValidUTF8(s, " "))
	for piece := range strings.FieldsFuncSeq(s, isMailSeparator) {
		if e, ok := parseAddress(piece); ok {
			return e, true
		}
	}
	return Email{}, false
}

func isMailSeparator(r rune) bool {
	switch r {
	case ';', ',', '|', '<', '>', '(', ')', '[', ']', '"', '、', '，', '；':
		return true
	}
	return unicode.IsSpace(r) || unicode.IsControl(r)
}

func parseAddress(s string) (Email, bool) {
	s = strings.TrimPrefix(visibleLower(s), "mailto:")
	at := strings.LastIndexByte(s, '@')
	if at < 0 {
		return Email{}, false
	}
	local := strings.Trim(s[:at], localTrim)
	if host, query, ok := strings.Cut(s[at+1:], "?"); ok && query != "" {
		s = s[:at+1] + host
	}
	host, ok := asciiHost(strings.Trim(s[at+1:], "'`.:/"))
	if !ok || local == "" || len(local) > 128 || strings.ContainsAny(local, "@:/\\") {
		return Email{}, false
	}
	if _, _, ok := splitSuffix(host); !ok {
		return Email{}, false
	}
	return Email{Local: local, Host: host, Role: isRole(local), Address: local + "@" + host}, true
}

// visibleLower is s in lower case, composed, without format characters.
func visibleLower(s string) string {
	if isASCII(s) {
		return strings.ToLower(s)
	}
	s = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, s)
	// Lower case may decompose and composing may meet a capital: both twice.
	for range 2 {
		s = norm.NFKC.String(strings.ToLower(s))
	}
	return s
}

// Key returns the form in which equal addresses are equal. With plusTags the
// part from the first plus sign on is left out: jane+crm@ is jane@ (MP16). Dots
// are left out for Gmail alone, where they mean nothing; googlemail.com is
// gmail.com.
func (e Email) Key(plusTags bool) string {
	local, host := e.Local, e.Host
	if plusTags {
		local = withoutTag(local)
	}
	if host == "gmail.com" || host == "googlemail.com" {
		host = "gmail.com"
		if plain := strings.ReplaceAll(local, ".", ""); plain != "" {
			local = plain
		}
	}
	if host == "" {
		return ""
	}
	return local + "@" + host
}

// Domain returns the facts of the address's host; the zero Domain for the zero
// Email. Root is always set: an address has no path.
func (e Email) Domain() Domain {
	if e.Host == "" {
		return Domain{}
	}
	d, _ := domainOf(e.Host)
	d.Root = true
	return d
}

func withoutTag(local string) string {
	before, _, _ := strings.Cut(local, "+")
	if before = strings.TrimRight(before, localTrim); before != "" {
		return before
	}
	return local
}

// unparted joins the parts of a local name.
var unparted = strings.NewReplacer("-", "", ".", "", "_", "")

// isRole tells that every part of the local name is a word for a task; a number
// or a country's code may go with it: "info", "sales.de", "hr-team2".
func isRole(local string) bool {
	local = Fold(withoutTag(local))
	if roleWords()[local] || roleWords()[unparted.Replace(local)] {
		return true
	}
	roles := 0
	for part := range strings.FieldsFuncSeq(local, func(r rune) bool { return r == '.' || r == '-' || r == '_' }) {
		part = strings.TrimRight(part, "0123456789")
		switch {
		case roleWords()[part]:
			roles++
		case part == "" || len(part) == 2 && isCountryCode(part):
		default:
			return false
		}
	}
	return roles > 0
}
