package salesforce

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/crmtest"
	"github.com/onward-crm/onward/crm/salesforce/sftest"
)

// byEmail is a rule that refuses contacts with an address that is there.
func byEmail() crmtest.DuplicateRule {
	return crmtest.DuplicateRule{
		Name: "Same_Email", Object: crm.ObjectContact, Against: crm.ObjectContact, Fields: []string{"Email"}, Block: true,
	}
}

func TestLandedCostsOneCall(t *testing.T) {
	s, g := local(t, nil)
	var keys []crm.Key
	for n := range maxKeys {
		keys = append(keys, keyOf(n))
	}
	r := written(t, g, contactWrite(499, crm.Fields{"LastName": "Lee"}))[0]
	s.ResetCalls()
	found, err := g.Landed(t.Context(), crm.ObjectContact, keys)
	if err != nil || len(found) != 1 || found[keyOf(499)] != r.ID {
		t.Errorf("found %v, %v", found, err)
	}
	if n := s.Calls().Total; n != 1 {
		t.Errorf("%d calls, want 1", n)
	}
}

// TestKeyOfAHiddenRecord: a record that landed and went out of sight is found by
// its unique field.
func TestKeyOfAHiddenRecord(t *testing.T) {
	s, g := local(t, nil)
	w := contactWrite(1, crm.Fields{"LastName": "Lee"})
	first := written(t, g, w)[0]
	if err := s.CRM().Hide(first.ID); err != nil {
		t.Fatal(err)
	}
	if r := written(t, g, w)[0]; r.Err != nil || r.Created || r.ID != first.ID {
		t.Errorf("got %+v, want %s as it was", r, first.ID)
	}
}

// TestLookUpFailsAfterARefusal: where nobody can tell whether a duplicate is our
// own record, the outcome is unknown, and asked for again.
func TestLookUpFailsAfterARefusal(t *testing.T) {
	s, g := local(t, nil)
	harnessOf(s, g).AddDuplicateRule(byEmail())
	w := contactWrite(1, crm.Fields{"LastName": "Lee", "Email": "lee@example.com"})
	first := written(t, g, w)[0]
	s.Inject(sftest.Fault{Kind: sftest.Refused, Resource: "composite", Status: 400, Code: "QUERY_TIMEOUT"})
	if r := written(t, g, w)[0]; !errors.Is(r.Err, crm.ErrUnknownOutcome) {
		t.Errorf("got %+v, want %v", r, crm.ErrUnknownOutcome)
	}
	results, err := hurried(t, g).Apply(t.Context(), []crm.Write{w})
	if err != nil || results[0].ID != first.ID {
		t.Errorf("got %+v, %v; want %s", results, err, first.ID)
	}
}

func TestSeek(t *testing.T) {
	s, g := local(t, nil)
	g.opt.Names.Keyless = []crm.Object{crm.ObjectContact, crm.ObjectAccount}
	since := time.Now().Add(-time.Minute)
	ours := written(t, g,
		contactWrite(1, crm.Fields{"FirstName": "Ann", "LastName": "Lee"}),
		contactWrite(2, crm.Fields{"FirstName": "Ann", "LastName": "Lee"}),
		contactWrite(3, crm.Fields{"FirstName": "Bea", "LastName": "Lee"}),
		newWrite(4, crm.VerbCreate, crm.ObjectAccount, crm.Fields{"Name": "Acme"}))
	added(t, s.CRM(), crm.ObjectContact, crm.Fields{"FirstName": "Ann", "LastName": "Lee", "CreatedDate": "2020-01-01T00:00:00.000Z"})
	seeking := func(w crm.Write) crm.Write {
		w.Since = since
		return w
	}
	found, err := g.Seek(t.Context(), []crm.Write{
		seeking(contactWrite(5, crm.Fields{"FirstName": "ann", "LastName": "Lee"})),
		seeking(newWrite(6, crm.VerbCreate, crm.ObjectAccount, crm.Fields{"Name": "ACME"})),
		seeking(contactWrite(7, crm.Fields{"LastName": "Nobody"})),
		seeking(contactWrite(8, crm.Fields{"Title": "CEO"})),
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{ours[0].ID, ours[1].ID}; !slices.Equal(found[0], want) {
		t.Errorf("contacts %v, want %v", found[0], want)
	}
	if !slices.Equal(found[1], []string{ours[3].ID}) || found[2] != nil || found[3] != nil {
		t.Errorf("found %v, want the account alone", found[1:])
	}
	if !g.Keyless(crm.ObjectContact) || g.Keyless(crm.ObjectLead) || !g.Keyless(crm.ObjectUser) {
		t.Error("contacts, which are declared, and users have no key; leads have")
	}
}
