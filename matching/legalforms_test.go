package matching

import (
	"slices"
	"strings"
	"testing"
)

// TestLegalFormsAreRead checks the embedded table as a whole: every form that
// stands behind a name is taken off, whoever owns the spelling.
func TestLegalFormsAreRead(t *testing.T) {
	table := legalTable()
	if n := len(table.forms.entries); n < 400 {
		t.Fatalf("only %d forms were read", n)
	}
	for _, e := range table.forms.entries {
		text, form := e.word, e.value
		if form.careful || !form.suffix {
			continue
		}
		n := ParseCompany("zyxwv " + text)
		if n.Key != "zyxwv" || len(n.Legal) == 0 {
			t.Errorf("form %q of %s: key %q, legal %q", text, form.id, n.Key, n.Legal)
		}
	}
	for _, e := range table.forms.entries {
		text, form := e.word, e.value
		if !form.prefix || form.careful || form.chained {
			continue
		}
		if n := ParseCompany(text + " zyxwv"); n.Key != "zyxwv" {
			t.Errorf("form %q of %s in front: key %q", text, form.id, n.Key)
		}
	}
}

// TestLegalFormCountries keeps the table's columns apart.
func TestLegalFormCountries(t *testing.T) {
	for id, form := range legalTable().facts {
		if strings.ContainsAny(id, " \t") {
			t.Errorf("id %q", id)
		}
		if !slices.IsSorted(form.countries) {
			t.Errorf("%s: countries %q are not sorted", id, form.countries)
		}
		for _, c := range form.countries {
			if len(c) != 2 || strings.ToUpper(c) != c {
				t.Errorf("%s: country %q", id, c)
			}
		}
	}
}
