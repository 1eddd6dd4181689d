package memcrm_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
)

// TestTransactionsAreAllOrNothing makes every kind of change and takes it back.
func TestTransactionsAreAllOrNothing(t *testing.T) {
	c := newCRM(memcrm.Options{})
	ids := put(t, c, account(crm.Fields{"Name": "Acme"}), contact(crm.Fields{"LastName": "Lee", "Email": "lee@acme.example"}),
		contact(crm.Fields{"LastName": "Mo"}))
	before := [][]crm.Record{c.Records(crm.ObjectAccount), c.Records(crm.ObjectContact), c.Records(crm.ObjectLead)}
	stop := errors.New("stop")
	err := c.Transact(func(tx *memcrm.Tx) error {
		for _, w := range []crm.Write{
			{Key: "n", Verb: crm.VerbCreate, Object: crm.ObjectLead, Set: crm.Fields{"LastName": "New", "Company": "Acme"}},
			{Key: "e", Verb: crm.VerbUpdate, Object: crm.ObjectContact, ID: ids[1], Set: crm.Fields{"LastName": "Changed", "Email": ""}},
			{Key: "f", Verb: crm.VerbUpdate, Object: crm.ObjectContact, ID: ids[1], Set: crm.Fields{"Title": "CEO"}},
		} {
			if r := tx.Write(w); r.Err != nil {
				t.Errorf("write %s: %v", w.Key, r.Err)
			}
		}
		if err := tx.Delete(crm.ObjectContact, ids[2]); err != nil {
			t.Error(err)
		}
		pages, err := tx.Find(t.Context(), []crm.Query{{Object: crm.ObjectLead, Select: []string{"LastName"}}})
		if err != nil || len(pages[0].Records) != 1 {
			t.Errorf("the transaction sees %d of its leads (%v), want 1", len(pages[0].Records), err)
		}
		return stop
	})
	if !errors.Is(err, stop) {
		t.Errorf("Transact gives %v", err)
	}
	after := [][]crm.Record{c.Records(crm.ObjectAccount), c.Records(crm.ObjectContact), c.Records(crm.ObjectLead)}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("records (-before +after):\n%s", diff)
	}
	if n := len(c.Effects()); n != 0 {
		t.Errorf("%d effects are left", n)
	}
	for _, q := range []crm.Query{
		{Object: crm.ObjectLead, Where: []crm.Cond{in("Onward_Key__c", "n")}, Deleted: true},
		{Object: crm.ObjectLead, Where: []crm.Cond{{Op: crm.OpWords, Values: []string{"New"}}}, Deleted: true},
		{Object: crm.ObjectContact, Where: []crm.Cond{in("LastName", "Changed")}},
	} {
		if got := find(t, c, q); got != "" {
			t.Errorf("%v still finds %s", q.Where, got)
		}
	}
	if got := find(t, c, crm.Query{Object: crm.ObjectContact, Where: []crm.Cond{in("Email", "lee@acme.example")}}); got != ids[1] {
		t.Errorf("the old e-mail finds %q", got)
	}
}

func TestSavepointsTakeBackOnlyWhatCameLater(t *testing.T) {
	c := newCRM(memcrm.Options{})
	must(t, c.Transact(func(tx *memcrm.Tx) error {
		create := func(key crm.Key) {
			if r := tx.Write(crm.Write{Key: key, Verb: crm.VerbCreate, Object: crm.ObjectAccount, Set: crm.Fields{"Name": string(key)}}); r.Err != nil {
				t.Error(r.Err)
			}
		}
		create("first")
		here := tx.Savepoint()
		create("second")
		tx.Rollback(here)
		create("third")
		return nil
	}))
	var names []string
	for _, r := range c.Records(crm.ObjectAccount) {
		names = append(names, r.Fields["Name"])
	}
	if diff := cmp.Diff([]string{"first", "third"}, names); diff != "" {
		t.Error(diff)
	}
	if n := len(c.Effects()); n != 2 {
		t.Errorf("%d effects, want 2", n)
	}
}

func TestDeletesAreRefusedLikeUpdates(t *testing.T) {
	c := newCRM(memcrm.Options{})
	ids := put(t, c, contact(crm.Fields{"LastName": "Gone"}), contact(crm.Fields{"LastName": "Hidden"}), contact(crm.Fields{"LastName": "Locked"}))
	must(t, c.Delete(ids[0]))
	must(t, c.Hide(ids[1]))
	must(t, c.Lock(ids[2], 1))
	for _, x := range []struct {
		name  string
		o     crm.Object
		id    string
		class error
	}{
		{"deleted", crm.ObjectContact, ids[0], crm.ErrStale},
		{"hidden", crm.ObjectContact, ids[1], crm.ErrNotVisible},
		{"locked", crm.ObjectContact, ids[2], crm.ErrLocked},
		{"unknown", crm.ObjectContact, "003000000000999AAA", crm.ErrNotFound},
		{"no id", crm.ObjectContact, "x", crm.ErrInvalid},
		{"no right", crm.ObjectUser, c.User(), crm.ErrDenied},
		{"no object", "Nothing__c", ids[0], crm.ErrNotFound},
	} {
		t.Run(x.name, func(t *testing.T) {
			err := c.Transact(func(tx *memcrm.Tx) error { return tx.Delete(x.o, x.id) })
			if !errors.Is(err, x.class) {
				t.Errorf("got %v, want %v", err, x.class)
			}
		})
	}
}

// TestCR12SeekFindsWhatAKeylessCreateMade looks by name, creator and time.
func TestCR12SeekFindsWhatAKeylessCreateMade(t *testing.T) {
	names := crm.DefaultNames()
	names.Keyless = []crm.Object{crm.ObjectContact}
	c := newCRM(memcrm.Options{Names: names})
	if !c.Keyless(crm.ObjectContact) || c.Keyless(crm.ObjectLead) {
		t.Fatalf("keyless: contact %v, lead %v", c.Keyless(crm.ObjectContact), c.Keyless(crm.ObjectLead))
	}
	put(t, c, contact(crm.Fields{"LastName": "Lee", "FirstName": "Ann"}))
	w := crm.Write{Key: "k", Verb: crm.VerbCreate, Object: crm.ObjectContact, Set: crm.Fields{"LastName": "Lee", "FirstName": "Ann"}, Since: noon}
	made, e := write(t, c, w)
	if e != nil {
		t.Fatal(e)
	}
	later, other, nameless := w, w, w
	later.Since = noon.Add(time.Second)
	other.Set = crm.Fields{"LastName": "Lee", "FirstName": "Bob"}
	nameless.Set = crm.Fields{"Title": "CEO"}
	got, err := c.Seek(t.Context(), []crm.Write{w, later, other, nameless})
	must(t, err)
	if diff := cmp.Diff([][]string{{made.ID}, nil, nil, nil}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAccountTeams(t *testing.T) {
	c := newCRM(memcrm.Options{})
	ids := put(t, c, account(crm.Fields{"Name": "Acme"}))
	member := crm.Write{Verb: crm.VerbCreate, Object: crm.ObjectTeamMember, Set: crm.Fields{"AccountId": ids[0], "TeamMemberRole": "Sales Rep"}}
	if _, e := write(t, c, member); e == nil || e.Code != "REQUIRED_FIELD_MISSING" {
		t.Errorf("without a user: %v", e)
	}
	member.Set["UserId"] = c.User()
	made, e := write(t, c, member)
	if e != nil || made.ID[:3] != "01M" {
		t.Errorf("made %q: %v", made.ID, e)
	}
}
