package tracking_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/tracking"
)

func phrases(texts ...string) []tracking.Phrase {
	out := make([]tracking.Phrase, len(texts))
	for i, text := range texts {
		out[i] = tracking.Phrase{Text: text}
	}
	return out
}

func TestPersonaMatch(t *testing.T) {
	marketing := tracking.Persona{Include: phrases("VP Marketing"), Exclude: phrases("Assistant")}
	director := tracking.Persona{Include: phrases("Executive Director"), Exclude: phrases("Director")}
	exact := tracking.Persona{Include: []tracking.Phrase{{Text: "Executive Director", Exact: true}}, Exclude: phrases("Director")}
	rest := tracking.Persona{
		Exclude: phrases("interim"), Seniority: []tracking.Seniority{tracking.SeniorityVP, tracking.SeniorityCXO},
		Departments: []tracking.Department{tracking.DepartmentSales}, Countries: []string{"DE", "Austria"},
	}
	tests := []struct {
		name           string
		persona        tracking.Persona
		title, country string
		want           bool
		reason         tracking.Reason
	}{
		{"AT04 exclude wins", marketing, "Executive Assistant to the VP of Marketing", "", false, tracking.ReasonExcluded},
		{"AT04 the VP herself", marketing, "Vice President, Marketing", "", true, tracking.ReasonMatched},
		{"AT04 senior VP holds the phrase", marketing, "SVP Marketing", "", true, tracking.ReasonMatched},
		{"AT04 another VP", marketing, "VP Sales", "", false, tracking.ReasonNotIncluded},
		{"AT04 whole words only", tracking.Persona{Include: phrases("market")}, "VP Marketing", "", false, tracking.ReasonNotIncluded},
		{"AT05 excluded by default", director, "Executive Director", "", false, tracking.ReasonExcluded},
		{"AT05 exact rescues", exact, "Executive Director", "", true, tracking.ReasonMatchedExact},
		{"AT05 exact in another spelling", exact, "exec. dir.", "", true, tracking.ReasonMatchedExact},
		{"AT05 exact is the whole title", exact, "Executive Director, Sales", "", false, tracking.ReasonExcluded},
		{"AT05 exact include is not a part", tracking.Persona{Include: exact.Include}, "Deputy Executive Director", "", false, tracking.ReasonNotIncluded},
		{"exclusions do not catch a vice president", tracking.Persona{Include: phrases("VP"), Exclude: phrases("President")}, "Vice President", "", true, tracking.ReasonMatched},
		{"no title", marketing, " - ", "DE", false, tracking.ReasonTitleMissing},
		{"country alone needs no title", tracking.Persona{Countries: []string{"DE"}}, "", "DE", true, tracking.ReasonMatched},
		{"all filters", rest, "VP Sales", "DE", true, tracking.ReasonMatched},
		{"country by name", rest, "CRO", "austria", true, tracking.ReasonMatched},
		{"seniority", rest, "Sales Manager", "DE", false, tracking.ReasonSeniorityNotListed},
		{"department", rest, "VP Marketing", "DE", false, tracking.ReasonDepartmentNotListed},
		{"country", rest, "VP Sales", "FR", false, tracking.ReasonCountryNotListed},
		{"country unknown", rest, "VP Sales", " ", false, tracking.ReasonCountryUnknown},
		{"exclude alone", rest, "Interim VP Sales", "DE", false, tracking.ReasonExcluded},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, reason := tt.persona.Match(tt.title, tt.country); got != tt.want || reason != tt.reason {
				t.Errorf("%t (%s), want %t (%s)", got, reason, tt.want, tt.reason)
			}
		})
	}
}

func TestFirstMatch(t *testing.T) {
	personas := []tracking.Persona{
		{Name: "cmo", Include: phrases("CMO")},
		{Name: "leaders", Include: phrases("VP", "Chief Marketing Officer")},
	}
	if p, ok, reason := tracking.FirstMatch(personas, "Chief Marketing Officer", ""); p.Name != "cmo" || !ok || reason != tracking.ReasonMatched {
		t.Errorf("%q, %t, %s", p.Name, ok, reason)
	}
	if p, ok, _ := tracking.FirstMatch(personas, "VP Sales", ""); p.Name != "leaders" || !ok {
		t.Errorf("%q, %t", p.Name, ok)
	}
	if _, ok, reason := tracking.FirstMatch(personas, "Clerk", ""); ok || reason != tracking.ReasonNoPersona {
		t.Errorf("%t, %s", ok, reason)
	}
	if _, ok, reason := tracking.FirstMatch(personas[:1], "Clerk", ""); ok || reason != tracking.ReasonNotIncluded {
		t.Errorf("%t, %s", ok, reason)
	}
	if _, ok, reason := tracking.FirstMatch(nil, "Clerk", ""); ok || reason != tracking.ReasonNoPersona {
		t.Errorf("%t, %s", ok, reason)
	}
}

func TestPersonaIsReadFromText(t *testing.T) {
	const text = `{"name":"buyers","include":["VP Marketing",{"text":"Executive Director","exact":true}],"exclude":["Assistant"],
		"seniority":["VP"," director "],"departments":["marketing"],"countries":["DE"]}`
	var got tracking.Persona
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	want := tracking.Persona{
		Name: "buyers", Include: []tracking.Phrase{{Text: "VP Marketing"}, {Text: "Executive Director", Exact: true}}, Exclude: phrases("Assistant"),
		Seniority: []tracking.Seniority{tracking.SeniorityVP, tracking.SeniorityDirector}, Departments: []tracking.Department{tracking.DepartmentMarketing}, Countries: []string{"DE"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("persona (-want +got):\n%s", diff)
	}
	data, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	var again tracking.Persona
	if err := json.Unmarshal(data, &again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, again); diff != "" {
		t.Errorf("written and read again (-before +after):\n%s", diff)
	}
	bad := map[string]string{
		`{"seniority":["boss"]}`:     "allowed are intern, junior",
		`{"departments":["cellar"]}`: "allowed are customer_success",
		`{"include":[["a"]]}`:        "want a text",
	}
	for text, words := range bad {
		if err := json.Unmarshal([]byte(text), &got); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: error %v, want %q", text, err, words)
		}
	}
}

func TestPersonaValidate(t *testing.T) {
	tests := []struct {
		persona tracking.Persona
		want    []string
	}{
		{tracking.Persona{Name: "a", Include: phrases("VP"), Countries: []string{"DE", "Austria"}}, nil},
		{tracking.Persona{}, []string{"name missing", "asks for nothing"}},
		{tracking.Persona{Name: "a", Exclude: phrases("of the")}, []string{`phrase "of the" has no words`}},
		{tracking.Persona{Name: "a", Seniority: []tracking.Seniority{"boss"}, Departments: []tracking.Department{"cellar"}, Countries: []string{"Atlantis"}},
			[]string{`seniority "boss"`, `department "cellar"`, `country "Atlantis"`}},
	}
	for _, tt := range tests {
		err := tt.persona.Validate()
		if (err == nil) != (len(tt.want) == 0) {
			t.Errorf("%+v: error %v", tt.persona, err)
		}
		for _, words := range tt.want {
			if err != nil && !strings.Contains(err.Error(), words) {
				t.Errorf("error %q does not hold %q", err, words)
			}
		}
	}
}
