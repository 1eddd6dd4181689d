package tracking_test

import (
	"testing"

	"github.com/onward-crm/onward/tracking"
)

// Each reason comes with the clause of the persona that it is about.
func TestExplainNamesTheClause(t *testing.T) {
	p := tracking.Persona{
		Name: "Leaders", Include: []tracking.Phrase{{Text: "VP"}, {Text: "Executive Director", Exact: true}, {Text: "Director"}}, Exclude: []tracking.Phrase{{Text: "Assistant"}, {Text: "Director"}},
		Seniority: []tracking.Seniority{tracking.SeniorityVP, tracking.SeniorityDirector}, Departments: []tracking.Department{tracking.DepartmentMarketing}, Countries: []string{"US", "DE"},
	}
	for _, tt := range []struct {
		title, country, want string
		reason               tracking.Reason
	}{
		{"VP of Marketing", "US", `include "VP"`, tracking.ReasonMatched},
		{"Executive Assistant to the VP of Marketing", "US", `exclude "Assistant"`, tracking.ReasonExcluded},
		{"Director of Marketing", "US", `exclude "Director"`, tracking.ReasonExcluded},
		{"Executive Director", "US", "departments marketing", tracking.ReasonDepartmentNotListed},
		{"Marketing Manager", "US", `include "VP", "Executive Director" (exact), "Director"`, tracking.ReasonNotIncluded},
		{"SVP Marketing", "FR", "countries US, DE", tracking.ReasonCountryNotListed},
		{"SVP Marketing", "", "countries US, DE", tracking.ReasonCountryUnknown},
		{"", "US", "", tracking.ReasonTitleMissing},
	} {
		got := p.Explain(tt.title, tt.country)
		if got.Clause != tt.want || got.Reason != tt.reason || got.Persona != "Leaders" || got.Match != (tt.reason == tracking.ReasonMatched) {
			t.Errorf("%s, %s: %+v, want %s %s", tt.title, tt.country, got, tt.reason, tt.want)
		}
	}
	exact := tracking.Persona{Name: "X", Include: []tracking.Phrase{{Text: "Director"}, {Text: "Executive Director", Exact: true}}, Seniority: []tracking.Seniority{tracking.SeniorityCXO}}
	if got := exact.Explain("Executive Director", ""); got.Clause != "seniority cxo" {
		t.Errorf("%+v", got)
	}
	exact.Seniority = nil
	if got := exact.Explain("Executive Director", ""); got.Clause != `include "Executive Director" (exact)` || got.Reason != tracking.ReasonMatchedExact {
		t.Errorf("%+v", got)
	}
}
