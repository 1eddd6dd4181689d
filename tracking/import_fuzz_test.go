package tracking_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/onward-crm/onward/tracking"
)

// FuzzImportIDs: what is read as an id is one in its normal form, and no error quotes
// much of what was given.
func FuzzImportIDs(f *testing.F) {
	for _, seed := range []string{
		"00O5g000005ABcd", "00O5g000005ABcdEAG", "42", "https://acme.my.salesforce.com/00O5g000005ABcd?x=1",
		"https://app.hubspot.com/contacts/62515/objectLists/42/filters", "001", "00O\xff", "٤٢", strings.Repeat("9", 40),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for name, read := range map[string]func(string) (string, error){
			"report": tracking.ReportID, "list": tracking.HubSpotListID, "account": tracking.AccountID,
		} {
			id, err := read(s)
			if err != nil {
				if len(err.Error()) > 500 || !utf8.ValidString(err.Error()) {
					t.Fatalf("%s: error of %d bytes, or no UTF-8: %q", name, len(err.Error()), err)
				}
				continue
			}
			if again, err := read(id); err != nil || again != id {
				t.Fatalf("%s: %q gives %q, and that gives %q, %v", name, s, id, again, err)
			}
			if name != "list" && len(id) != 18 {
				t.Fatalf("%s: %q has %d characters", name, id, len(id))
			}
		}
	})
}

// FuzzGuessMapping: a guess fits the header that it was made for, and rows of any
// length can be read by it.
func FuzzGuessMapping(f *testing.F) {
	for _, seed := range []string{"First Name,Last Name,Company,Email", "Vorname,Name,Firma", "id,ID,Id", ",,", "Email,email", "姓,名,会社名", "\xff,Email"} {
		f.Add(seed, "Ann,Lee,Acme,ann@acme.com")
	}
	f.Fuzz(func(t *testing.T, header, row string) {
		columns := strings.Split(header, ",")
		m := tracking.GuessMapping(columns)
		for field, column := range m {
			if !strings.Contains(header, column) || column == "" {
				t.Fatalf("%s is column %q, which is not there", field, column)
			}
		}
		bound, err := m.Bind(columns)
		if err != nil {
			if strings.Contains(err.Error(), "there is no column") {
				t.Fatalf("the guess does not fit: %v", err)
			}
			return
		}
		p := bound.Person(strings.Split(row, ","))
		if problem := (tracking.Row{Number: 1, Person: p}).Check(); problem != nil && problem.Row != 1 {
			t.Fatalf("problem of row %d", problem.Row)
		}
	})
}
