package crm_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/onward-crm/onward/crm"
)

func ExampleWidenID() {
	id, err := crm.WidenID("003RM0000068xV6")
	fmt.Println(id, err)
	_, err = crm.WidenID("003RM0000068xV6YAX")
	fmt.Println(err)
	// Output:
	// 003RM0000068xV6YAI <nil>
	// crm: id "003RM0000068xV6YAX": check characters are YAX, want YAI
}

func TestWidenID(t *testing.T) {
	for _, c := range []struct{ name, id, want, err string }{
		{"documented contact", "003RM0000068xV6", "003RM0000068xV6YAI", ""},
		{"documented account", "001RM000003oLnn", "001RM000003oLnnYAE", ""},
		{"wide already", "001RM000003oLnnYAE", "001RM000003oLnnYAE", ""},
		{"suffix in small letters", "001RM000003oLnnyae", "001RM000003oLnnYAE", ""},
		{"no capitals", "001000000000000", "001000000000000AAA", ""},
		{"all capitals", "ABCDEFGHIJKLMNO", "ABCDEFGHIJKLMNO555", ""},
		{"empty", "", "", "0 characters"},
		{"16 characters", "001RM000003oLnnY", "", "16 characters"},
		{"hyphen", "001RM000003-Lnn", "", "character 12"},
		{"not ASCII", "001RM000003oLñ", "", "character 14"},
		{"wrong suffix", "001RM000003oLnnYAI", "", "want YAE"},
		{"long and hostile", strings.Repeat("x", 4000), "", "4000 characters"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := crm.WidenID(c.id)
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Errorf("error %v, want %q", err, c.err)
			}
			if err != nil && len(err.Error()) > 120 {
				t.Errorf("the error has %d characters", len(err.Error()))
			}
		})
	}
}

func TestSameID(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"003RM0000068xV6", "003RM0000068xV6YAI", true},
		{"003RM0000068xV6YAI", "003RM0000068xV6YAI", true},
		{"003RM0000068xV6", "003RM0000068xv6", false},
		{"", "", false},
		{"no id", "no id", true},
		{"no id", "003RM0000068xV6", false},
	} {
		if got := crm.SameID(c.a, c.b); got != c.want {
			t.Errorf("SameID(%q, %q) is %v", c.a, c.b, got)
		}
	}
}
