package matching

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxLink bounds the bytes of a LinkedIn URL that are looked at.
const maxLink = 2048

// LinkedInPerson returns the slug of a personal page in one normal form:
// "https://de.linkedin.com/in/j%C3%BCrgen-m%C3%BCller/?trk=x" gives
// "/in/jürgen-müller". Country hosts, locale suffixes, case and parameters do
// not matter. ok is false for everything else, and on purpose for pages whose
// name cannot be compared with the public one: Sales Navigator leads, numbered
// member ids ("ACoAAA…") and the old /pub/ pages. They prove neither equality
// nor difference.
func LinkedInPerson(s string) (slug string, ok bool) {
	parts := linkedInPath(s)
	if len(parts) < 2 || parts[0] != "in" {
		return "", false
	}
	slug = parts[1]
	if isMemberID(slug) {
		return "", false
	}
	if slug = normSlug(slug); !isSlug(slug) {
		return "", false
	}
	return "/in/" + slug, true
}

// LinkedInCompany returns the slug or number of a company page in lower case:
// ".../company/ACME-Corp?trk=x" gives "acme-corp", ".../sales/company/1441"
// gives "1441". Schools and showcase pages share the name space and count. A
// number and a slug are never equal, even if they mean one company.
func LinkedInCompany(s string) (slug string, ok bool) {
	parts := linkedInPath(s)
	if len(parts) > 1 && parts[0] == "sales" {
		parts = parts[1:]
	}
	if len(parts) < 2 {
		return "", false
	}
	switch parts[0] {
	case "company", "companies", "company-beta", "school", "edu", "showcase", "organization":
	default:
		return "", false
	}
	if slug = normSlug(parts[1]); !isSlug(slug) {
		return "", false
	}
	return slug, true
}

// linkedInPath returns the decoded parts of the path, the first in lower case;
// nil if the URL is not LinkedIn's. A path alone ("/in/jane-doe") is taken for
// LinkedIn's, since the field says so.
func linkedInPath(s string) []string {
	if len(s) > maxLink {
		return nil
	}
	if s == "" || isOtherSite(s) {
		return nil
	}
	s = strings.TrimSpace(norm.NFKC.String(strings.ToValidUTF8(s, "")))
	s = strings.Trim(s, "<>\"'")
	if _, rest, ok := strings.Cut(s, "://"); ok {
		s = rest
	}
	if i := strings.IndexAny(s, "?#"); i >= 0 {
		s = s[:i]
	}
	s = strings.TrimPrefix(s, "//")
	host, path, _ := strings.Cut(s, "/")
	host = strings.TrimSuffix(strings.ToLower(host), ":443")
	switch {
	case isLinkedIn(host):
	case host == "":
	case host == "in" || host == "company":
		path = s
	default:
		return nil
	}
	var parts []string
	for part := range strings.SplitSeq(path, "/") {
		if part == "" {
			continue
		}
		decoded, err := url.PathUnescape(part)
		if err != nil {
			decoded = part
		}
		if parts = append(parts, strings.TrimSpace(decoded)); len(parts) == 4 {
			break
		}
	}
	if len(parts) > 1 && parts[0] == "mwlite" {
		parts = parts[1:]
	}
	if len(parts) > 0 {
		parts[0] = strings.ToLower(parts[0])
	}
	return parts
}

func isLinkedIn(host string) bool {
	return host == "linkedin.com" || strings.HasSuffix(host, ".linkedin.com")
}

// isOtherSite tells most other websites at a glance.
func isOtherSite(s string) bool {
	return (strings.HasPrefix(s, "http") || strings.HasPrefix(s, "www.")) && isASCII(s) &&
		!strings.Contains(s, ":///") && !strings.Contains(strings.ToLower(s), "linkedin.com")
}

// normSlug is the comparison form of a slug, without the quotes of a sentence.
func normSlug(s string) string { return strings.Trim(visibleLower(s), "'") }

// isMemberID tells LinkedIn's internal, case-sensitive member ids.
func isMemberID(s string) bool {
	return len(s) > 20 && (strings.HasPrefix(s, "ACo") || strings.HasPrefix(s, "ACw") || strings.HasPrefix(s, "AEM"))
}

// isSlug tells that s can be the name of a page: letters of any script, digits,
// hyphens and a few signs.
func isSlug(s string) bool {
	if s == "" || len(s) > 400 {
		return false
	}
	some := false
	for _, r := range s {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			some = true
		case unicode.IsMark(r) || strings.ContainsRune("-_.&'’,!()·–", r):
		case r > 0x7f && r != utf8.RuneError && unicode.IsSymbol(r): // emoji are allowed there
		default:
			return false
		}
	}
	return some
}
