package target_test

import (
	"testing"
	"time"

	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/target"
)

// A report that is a file bears a name of its own, by which configurations select it.
func TestFilesAreReportsWithNames(t *testing.T) {
	r, err := target.Report{ID: "key-accounts-emea", File: "accounts.csv", Category: target.CategoryTarget}.Normalize(nil)
	if err != nil || r.ID != "key-accounts-emea" {
		t.Fatal(r, err)
	}
	for _, id := range []string{"", "Key accounts", "00O000000000001", "-a"} {
		if _, err := (target.Report{ID: id, File: "accounts.csv", Category: target.CategoryTarget}).Normalize(nil); err == nil {
			t.Errorf("%q is taken for the name of a file", id)
		}
	}
	s := target.Selection{Reports: []string{"key-accounts-emea"}}
	if err := s.Validate(nil, nil); err != nil {
		t.Error(err)
	}
	if !s.Holds(target.Subject{Reports: []string{"customers", "key-accounts-emea"}}) || s.Holds(target.Subject{Reports: []string{"key-accounts-emerging"}}) {
		t.Error("names are compared as a whole")
	}
}

// Who began before the round's first day is no news; who began on an unknown day may be.
func TestRoundLeavesOutTheSettled(t *testing.T) {
	book := listing(1, target.CategoryTarget, target.Unsaid, 1)
	since := time.Date(2026, 5, 25, 0, 0, 0, 0, time.UTC)
	person := func(name string, began time.Time) target.Prospect {
		return target.Prospect{Person: tracking.Person{LinkedIn: "linkedin.com/in/" + name, Title: "CFO"}, AccountID: id("001", 1), StartedOn: began}
	}
	c := target.Round{Book: target.Merge(book), Since: since}.Choose(nil, []target.Prospect{
		person("ann", since.AddDate(0, 0, -1)), person("bob", since), person("cid", time.Time{}),
	})
	if len(c.Delivered) != 2 || len(c.Refused) != 1 || c.Refused[0].Reason != target.ReasonSettled || c.Refused[0].Prospect.Person.LinkedIn != "linkedin.com/in/ann" {
		t.Errorf("%+v", c)
	}
}
