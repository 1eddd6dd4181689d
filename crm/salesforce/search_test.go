package salesforce

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/onward-crm/onward/crm"
)

func forWords(o crm.Object, phrases ...string) crm.Query {
	return asking(o, crm.Cond{Op: crm.OpWords, Values: phrases})
}

// TestSearchesArePacked: names of people in two objects cost as many searches as
// their text needs, and no more.
func TestSearchesArePacked(t *testing.T) {
	s, g := local(t, nil)
	var names []string
	for n := range 400 {
		names = append(names, fmt.Sprintf("Ann%d Lee%d", n, n))
	}
	added(t, s.CRM(), crm.ObjectContact, crm.Fields{"FirstName": "Ann7", "LastName": "Lee7"})
	added(t, s.CRM(), crm.ObjectLead, crm.Fields{"FirstName": "Ann399", "LastName": "Lee399", "Company": "Acme"})
	added(t, s.CRM(), crm.ObjectLead, crm.Fields{"FirstName": "Ann7", "LastName": "Lee399", "Company": "Acme"})
	found, err := hurried(t, g).Find(t.Context(), []crm.Query{forWords(crm.ObjectContact, names...), forWords(crm.ObjectLead, names...)})
	if err != nil || len(found[0]) != 1 || len(found[1]) != 1 {
		t.Fatalf("found %v, %v; want one contact and one lead", found, err)
	}
	length := 0
	for _, n := range names {
		length += utf8.RuneCountInString("( AND ) OR ") + len(n) - 1
	}
	if n := s.Calls().ByResource["parameterizedSearch"]; n != length/maxSearch+1 {
		t.Errorf("%d searches for %d characters, want %d", n, length, length/maxSearch+1)
	}
}

// TestSearchCap: what a search cuts off is searched for in halves, and a single
// phrase that finds too much is looked for as a whole name.
func TestSearchCap(t *testing.T) {
	var full []string
	for n := range maxRows {
		full = append(full, fmt.Sprintf(`{"attributes":{"type":"Contact"},"Id":"%s","Name":"Ann Lee %d"}`, numbered(t, "003", n), n))
	}
	tooMuch := `{"searchRecords":[` + strings.Join(full, ",") + `]}`
	var asked []string
	queries := 0
	g := documented(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if strings.HasSuffix(r.URL.Path, "/composite") {
			queries++
			_, _ = fmt.Fprintf(w, `{"compositeResponse":[{"httpStatusCode":200,"referenceId":"r0","body":{"done":true,"records":[{"Id":"%s"}]}}]}`,
				numbered(t, "003", 1))
			return
		}
		var q struct{ Q string }
		_ = json.Unmarshal(body, &q)
		asked = append(asked, q.Q)
		if strings.Contains(q.Q, "Lee") {
			_, _ = w.Write([]byte(tooMuch))
			return
		}
		_, _ = fmt.Fprintf(w, `{"searchRecords":[{"attributes":{"type":"Contact"},"Id":"%s","Name":"Mo"}]}`, numbered(t, "003", 5000))
	})
	pages, err := g.Find(t.Context(), []crm.Query{forWords(crm.ObjectContact, "Lee", "Mo", "Nu", "Pi")})
	if err != nil || pages[0].Err != nil {
		t.Fatal(err, pages[0].Err)
	}
	if want := []string{"Lee OR Mo OR Nu OR Pi", "Lee OR Mo", "Lee", "Mo", "Nu OR Pi"}; !slices.Equal(asked, want) {
		t.Errorf("searches %q, want %q", asked, want)
	}
	if len(pages[0].Records) != 2 || queries != 1 || pages[0].Next != "" {
		t.Errorf("%d records and %d queries, want Mo by search and Lee by name", len(pages[0].Records), queries)
	}
}

// TestShortNames: what the search index does not know is looked for as a whole
// name, to the last page; what has no words is not looked for.
func TestShortNames(t *testing.T) {
	s, g := local(t, nil)
	id := added(t, s.CRM(), crm.ObjectContact, crm.Fields{"FirstName": "J", "LastName": "O"})
	added(t, s.CRM(), crm.ObjectContact, crm.Fields{"LastName": "Other"})
	pages, err := g.Find(t.Context(), []crm.Query{forWords(crm.ObjectContact, "J O", "& !!")})
	if err != nil || len(pages[0].Records) != 1 || pages[0].Records[0].ID != id {
		t.Errorf("found %+v, %v", pages, err)
	}
	s.ResetCalls()
	if pages, err = g.Find(t.Context(), []crm.Query{forWords(crm.ObjectContact, "& !!")}); err != nil || len(pages[0].Records) != 0 {
		t.Errorf("found %+v, %v", pages, err)
	}
	if n := s.Calls().Total; n != 0 {
		t.Errorf("%d calls for a name without words", n)
	}
}

// TestWordsAmongDeleted: the index forgets what is deleted; the database does not.
func TestWordsAmongDeleted(t *testing.T) {
	s, g := local(t, nil)
	id := added(t, s.CRM(), crm.ObjectContact, crm.Fields{"FirstName": "Ann", "LastName": "Lee"})
	if err := s.CRM().Delete(id); err != nil {
		t.Fatal(err)
	}
	q := forWords(crm.ObjectContact, "Ann Lee")
	q.Deleted = true
	pages, err := g.Find(t.Context(), []crm.Query{q})
	if err != nil || len(pages[0].Records) != 1 || !pages[0].Records[0].Deleted {
		t.Errorf("found %+v, %v", pages, err)
	}
}
