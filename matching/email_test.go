package matching

import (
	"testing"
)

func TestParseEmail(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"MP20 case", "Jane@ACME.COM", "jane@acme.com"},
		{"MP20 blanks", "  jane@acme.com \t", "jane@acme.com"},
		{"MP20 full-width sign", "jane＠acme.com", "jane@acme.com"},
		{"MP20 full width", "ｊａｎｅ＠ａｃｍｅ．ｃｏｍ", "jane@acme.com"},
		{"MA13 IDN", "x@bücher.de", "x@xn--bcher-kva.de"},
		{"display name", `"Doe, Jane" <jane@acme.com>`, "jane@acme.com"},
		{"mailto", "mailto:jane@acme.com?subject=hi", "jane@acme.com"},
		{"several", "n/a; jane@acme.com; joe@acme.com", "jane@acme.com"},
		{"letters of other scripts", "Jürgen@acme.com", "jürgen@acme.com"},
		{"zero-width", "jane@\u200bacme.com", "jane@acme.com"},
		{"no at", "jane.acme.com", ""},
		{"no local part", "@acme.com", ""},
		{"no public host", "jane@localhost", ""},
		{"two signs", "jane@doe@acme.com", ""},
		{"address literal", "jane@[127.0.0.1]", ""},
		{"empty", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, ok := ParseEmail(tt.in)
			if e.Address != tt.want || ok != (tt.want != "") {
				t.Errorf("ParseEmail(%q) = %q, %v", tt.in, e.Address, ok)
			}
		})
	}
}

func TestEmailKey(t *testing.T) {
	tests := []struct {
		name, a, b string
		plus, want bool
	}{
		{"MP16 tag folded", "jane.doe+crm@acme.com", "jane.doe@acme.com", true, true},
		{"MP16 folding off", "jane.doe+crm@acme.com", "jane.doe@acme.com", false, false},
		{"MP16 dots elsewhere", "jane.doe@acme.com", "janedoe@acme.com", true, false},
		{"MP16 dots at gmail", "jane.doe@gmail.com", "janedoe@googlemail.com", true, true},
		{"MP16 a tag and nothing else", "+crm@acme.com", "@acme.com", true, false},
		{"MP20", " JANE＠acme.com ", "jane@ACME.com", false, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, _ := ParseEmail(tt.a)
			b, _ := ParseEmail(tt.b)
			if got := a.Key(tt.plus) == b.Key(tt.plus); got != tt.want {
				t.Errorf("keys %q and %q", a.Key(tt.plus), b.Key(tt.plus))
			}
		})
	}
}

func TestMP15RoleAddresses(t *testing.T) {
	for address, want := range map[string]bool{
		"info@acme.com": true, "Sales@acme.com": true, "kontakt@acme.de": true, "büro@acme.de": true,
		"no-reply@acme.com": true, "hr-team@acme.com": true, "info.de@acme.com": true, "support2@acme.com": true,
		"comptabilite@acme.fr": true, "ventas+web@acme.es": true,
		"jane@acme.com": false, "jane.sales@acme.com": false, "infante@acme.com": false, "de@acme.com": false, "j.doe2@acme.com": false,
	} {
		e, ok := ParseEmail(address)
		if !ok || e.Role != want {
			t.Errorf("%s: role %v, want %v", address, e.Role, want)
		}
	}
}
