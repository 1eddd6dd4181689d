package matching

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseDomains(t *testing.T) {
	type host = struct {
		Host, Registrable, Label string
		Root                     bool
	}
	acme := host{"acme.com", "acme.com", "acme", true}
	tests := []struct {
		name, in string
		want     []host
	}{
		{"MA01 page with parameters", "https://www.Acme.com/about?x=1#t", []host{{"acme.com", "acme.com", "acme", false}}},
		{"MA02 sub-domain", "us.ibm.com", []host{{"us.ibm.com", "ibm.com", "ibm", true}}},
		{"MA04 two-level suffix", "acme.co.uk", []host{{"acme.co.uk", "acme.co.uk", "acme", true}}},
		{"MA04 suffix alone", "co.uk", nil},
		{"MA05", "acme.com.au", []host{{"acme.com.au", "acme.com.au", "acme", true}}},
		{"MA11 private suffix", "https://alpha.myshopify.com/", []host{{"alpha.myshopify.com", "alpha.myshopify.com", "alpha", true}}},
		{"MA11 owner of a private suffix", "myshopify.com", []host{{"myshopify.com", "myshopify.com", "myshopify", true}}},
		{"MA12 A1", "n/a", nil},
		{"MA12 A2", "http://", nil},
		{"MA12 A3", "acme.com; acme.io", []host{acme, {"acme.io", "acme.io", "acme", true}}},
		{"MA12 A4", "info@delta.com", []host{{"delta.com", "delta.com", "delta", true}}},
		{"MA12 A5", "localhost", nil},
		{"MA12 address", "http://127.0.0.1:8080/", nil},
		{"MA12 IPv6", "http://[::1]/", nil},
		{"MA12 unknown top level", "intranet.acme.local", nil},
		{"MA12 words", "Acme Inc, no website yet.", nil},
		{"MA13 letters", "bücher.de", []host{{"xn--bcher-kva.de", "xn--bcher-kva.de", "bucher", true}}},
		{"MA13 punycode", "XN--BCHER-KVA.de", []host{{"xn--bcher-kva.de", "xn--bcher-kva.de", "bucher", true}}},
		{"MA13 in Han", "http://例え.jp", []host{{"xn--r8jz45g.jp", "xn--r8jz45g.jp", "例え", true}}},
		{"final dot", "ACME.COM.", []host{acme}},
		{"port and user", "https://user:secret@acme.com:8443", []host{acme}},
		{"full width", "ｗｗｗ．ａｃｍｅ．ｃｏｍ", []host{acme}},
		{"ideographic dot", "acme。com", []host{acme}},
		{"several, mixed", "acme.com, www.acme.io | acme.dev acme.com", []host{acme, {"acme.io", "acme.io", "acme", true}, {"acme.dev", "acme.dev", "acme", true}}},
		{"www only", "www.com", []host{{"www.com", "www.com", "www", true}}},
		{"no scheme, two slashes", "//acme.com", []host{acme}},
		{"mailto", "mailto:x@acme.com", []host{acme}},
		{"angle brackets", "<https://acme.com>", []host{acme}},
		{"bad labels", "-acme.com acme-.com a..com", nil},
		{"broken punycode", "xn--a.com", nil},
		{"no bytes of UTF-8", "\xff\xfe.com", nil},
		{"empty", "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []host
			for _, d := range ParseDomains(tt.in) {
				got = append(got, host{d.Host, d.Registrable, d.Label, d.Root})
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("ParseDomains(%q): -want +got\n%s", tt.in, diff)
			}
		})
	}
}

func TestDomainIsEvidence(t *testing.T) {
	tests := []struct {
		name, in         string
		freeMail, shared bool
	}{
		{"MA08 free mail", "gmail.com", true, false},
		{"MA09 free mail by another name", "googlemail.com", true, false},
		{"MA08 German", "gmx.de", true, false},
		{"MA08 sub-domain", "mail.gmx.de", true, false},
		{"MA08 disposable", "mailinator.com", true, false},
		{"MA08 added", "mailbox.org", true, false},
		{"MA10 company page", "linkedin.com/company/acme", false, true},
		{"MA10 country host", "de.linkedin.com/company/acme", false, true},
		{"MA10 Facebook", "facebook.com/beta", false, true},
		{"MA10 site builder", "https://sites.google.com/view/acme", false, true},
		{"MA10 shop", "apps.apple.com/app/id1", false, true},
		{"MA10 the shop's owner", "apple.com", false, false},
		{"MA10 link shortener", "https://bit.ly/3xyz", false, true},
		{"MA10 blog", "medium.com/@acme", false, true},
		{"MA10 pages host itself", "github.io", false, true},
		{"MA11 a shop of its own", "alpha.myshopify.com", false, false},
		{"MA11 the shop builder", "www.myshopify.com", false, true},
		{"a company", "acme.com", false, false},
		{"a university in the imported list", "nus.edu.sg", false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, ok := ParseDomain(tt.in)
			if !ok || d.FreeMail != tt.freeMail || d.Shared != tt.shared || d.Usable() == (tt.freeMail || tt.shared) {
				t.Errorf("ParseDomain(%q) = %+v, %v", tt.in, d, ok)
			}
		})
	}
}

func TestMA10OwnRoot(t *testing.T) {
	for _, tt := range []struct {
		domain, name string
		want         bool
	}{
		{"linkedin.com", "LinkedIn", true},
		{"https://www.linkedin.com/", "LinkedIn Corporation", true},
		{"linkedin.com/company/linkedin", "LinkedIn", false},
		{"linkedin.com", "Acme", false},
		{"about.me", "About.me", true},
		{"acme.com", "Acme", false},
		{"de.linkedin.com", "LinkedIn", false},
	} {
		d, _ := ParseDomain(tt.domain)
		if got := d.OwnRoot(ParseCompany(tt.name)); got != tt.want {
			t.Errorf("%s is the root of %s: %v, want %v", tt.domain, tt.name, got, tt.want)
		}
	}
}

func TestParseDomainPrefersAUsableOne(t *testing.T) {
	if d, ok := ParseDomain("linkedin.com/company/acme; acme.com"); !ok || d.Host != "acme.com" {
		t.Errorf("got %q, %v", d.Host, ok)
	}
	if d, ok := ParseDomain("gmail.com"); !ok || d.Host != "gmail.com" {
		t.Errorf("got %q, %v", d.Host, ok)
	}
}
