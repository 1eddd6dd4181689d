package matching

import (
	"testing"
)

func TestLinkedIn(t *testing.T) {
	person := map[string]string{
		"https://de.linkedin.com/in/j%C3%BCrgen-m%C3%BCller/":   "/in/jürgen-müller", // SP05
		"https://de.linkedin.com/in/jürgen-müller?trk=x":        "/in/jürgen-müller",
		"HTTPS://WWW.LinkedIn.com/IN/DKim1/":                    "/in/dkim1", // MP10
		"linkedin.com/in/davidkim99/en":                         "/in/davidkim99",
		"/in/jane-doe":                                          "/in/jane-doe",
		"in/jane-doe/":                                          "/in/jane-doe",
		"https://www.linkedin.com/mwlite/in/jane-doe":           "/in/jane-doe",
		"https://www.linkedin.com/in/j%75rgen-mu%CC%88ller":     "/in/jurgen-müller",
		"https://www.linkedin.com/in/":                          "",
		"https://www.linkedin.com/company/acme":                 "",
		"https://www.linkedin.com/sales/lead/ACwAAAxyz,NAME,ab": "",
		"https://www.linkedin.com/in/ACoAABcDeFgHiJkLmNoPqRsTu": "",
		"https://www.linkedin.com/pub/jane-doe/4/a30/b48":       "",
		"https://evil.com/linkedin.com/in/jane-doe":             "",
		"https://notlinkedin.com/in/jane-doe":                   "",
		"jane-doe":                                              "",
		"https://www.linkedin.com/in/a%2Fb":                     "",
		"":                                                      "",
	}
	for in, want := range person {
		if got, ok := LinkedInPerson(in); got != want || ok != (want != "") {
			t.Errorf("LinkedInPerson(%q) = %q, %v, want %q", in, got, ok, want)
		}
	}
	company := map[string]string{
		"https://www.linkedin.com/company/acme-corp/":  "acme-corp", // MA37
		"linkedin.com/company/ACME-Corp?trk=x":         "acme-corp", // MA37
		"https://www.linkedin.com/company/1441/about/": "1441",
		"https://www.linkedin.com/sales/company/1441":  "1441",
		"https://www.linkedin.com/school/mit/people":   "mit",
		"company/acme":                         "acme",
		"https://www.linkedin.com/in/jane-doe": "",
		"https://www.linkedin.com/":            "",
		"acme":                                 "",
	}
	for in, want := range company {
		if got, ok := LinkedInCompany(in); got != want || ok != (want != "") {
			t.Errorf("LinkedInCompany(%q) = %q, %v, want %q", in, got, ok, want)
		}
	}
}
