package routing

import (
	"strings"
	"testing"

	"github.com/onward-crm/onward/crm"
)

func TestPredicates(t *testing.T) {
	account := crm.Account{ID: "0010000000000A1AAI", Fields: crm.Fields{
		"Type": "Customer", "Industry": "Bank", "Target_Account__c": "true", "Size__c": "42", "Name": "O'Brien's, Ltd", "Blank__c": "",
	}}
	for text, want := range map[string]bool{
		"Type = 'Customer'":                 true,
		"Type='customer'":                   true,
		"Type != 'Customer'":                false,
		"Type != 'Prospect'":                true,
		"Industry in ('Bank', 'Insurance')": true,
		"Industry IN('Insurance')":          false,
		"Target_Account__c = true":          true,
		"Target_Account__c = false":         false,
		"Size__c = 42":                      true,
		"Name = 'O''Brien''s, Ltd'":         true,
		"Id in ('0010000000000A1', 'x')":    true,
		"id = '0010000000000A1AAI'":         true,
		"Id != '0010000000000A2AAI'":        true,
		"Absent__c = 'x'":                   false,
		"Absent__c != 'x'":                  true,
		"Blank__c = ''":                     true,
	} {
		p, err := ParsePredicate(" " + text + " ")
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := p.Holds(account); got != want {
			t.Errorf("%s holds: %v, want %v", text, got, want)
		}
		if p.String() != text {
			t.Errorf("%s is written as %s", text, p)
		}
		var again Predicate
		if err := again.UnmarshalText([]byte(p.String())); err != nil || again.Holds(account) != want {
			t.Errorf("%s read again: %v", text, err)
		}
	}
	if (Predicate{}).Holds(account) {
		t.Error("the zero predicate holds")
	}
}

func TestPredicatesThatAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"":                    "field name",
		"= 'x'":               "field name",
		"Type":                "=, != or in",
		"Type > 'x'":          "=, != or in",
		"Type = ":             "one quoted text",
		"Type = 'open":        "one quoted text",
		"Type = 'a' 'b'":      "one quoted text",
		"Type in 'a'":         "parentheses",
		"Type in ('a'":        "parentheses",
		"Type in ()":          "quoted texts",
		"Type in ('a' 'b')":   "comma",
		"Type in ('a',)":      "quoted texts",
		"Type in ('a', 'b', ": "parentheses",
	} {
		if _, err := ParsePredicate(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want one that says %q", text, err, want)
		}
	}
}

func FuzzParsePredicate(f *testing.F) {
	for _, seed := range []string{"Type = 'Customer'", "Id in ('a', 'b''c')", "x != true", "Type in (", "'"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParsePredicate(text)
		if err != nil {
			return
		}
		again, err := ParsePredicate(p.String())
		if err != nil || again.Field() != p.Field() {
			t.Fatalf("%q is not read again: %v", p, err)
		}
		p.Holds(crm.Account{ID: "x", Fields: crm.Fields{p.Field(): "y"}})
	})
}
