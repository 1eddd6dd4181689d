package tracking_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
)

func TestPersonKeysTheStrongestFirst(t *testing.T) {
	p := tracking.Person{
		RecordID: "0035g00000AbCdE", LinkedIn: "https://de.linkedin.com/in/j%C3%BCrgen-m%C3%BCller/", HubSpotID: "501",
		Emails:    []string{"Jürgen.Müller+news@Acme.com", "info@acme.com", "none"},
		FirstName: "Jürgen", LastName: "Müller", Company: matching.Company{Name: "ACME GmbH"},
	}
	want := []string{
		"crm:0035g00000AbCdEAAV", "in:/in/jürgen-müller", "hs:501",
		"mail:jürgen.müller@acme.com", "at:jurgen muller@acme",
	}
	if diff := cmp.Diff(want, p.Keys()); diff != "" {
		t.Error(diff)
	}
}

func TestPersonWithoutKeys(t *testing.T) {
	for _, p := range []tracking.Person{
		{}, {FirstName: "Ann", LastName: "Lee"}, {LastName: "Lee", Company: matching.Company{Name: "Acme"}}, {Emails: []string{"sales@acme.com"}},
	} {
		if keys := p.Keys(); len(keys) > 0 {
			t.Errorf("%+v: %q", p, keys)
		}
	}
}
