package adapter

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/tracking"
)

// filled is a move to a company where the person is already: their blank title is
// filled.
func (o *office) filled(name string) (delivery, contact string) {
	o.t.Helper()
	account := o.db.Records(crm.ObjectAccount)[0].ID
	contact = o.add(crm.ObjectContact, crm.Fields{"FirstName": "Jane", "LastName": name, "Email": name + "@acme.com", "AccountId": account})
	delivery = o.handle(routing.Event{
		ID: name, Person: routing.Person{FirstName: "Jane", LastName: name},
		To: &routing.Place{Company: "Acme Inc", Domain: "acme.com", Email: name + "@acme.com", Title: "CFO"},
	})
	if r := o.record(delivery); r.Outcome.What != routing.WhatEnriched {
		o.t.Fatalf("%s %s", r.Outcome.What, r.Outcome.Reason)
	}
	return delivery, contact
}

func title(db *memcrm.CRM, id string) string {
	r, _ := db.Record(id)
	return r.Fields["Title"]
}

func TestUndo(t *testing.T) {
	o := newOffice(t)
	id, contact := o.filled("doe")
	var done undoAnswer
	for range 2 { // the second one changes nothing
		o.ask("POST", o.path(id, "undo"), "").want(200).read(&done)
		if done.Outcome != "undone" || done.Status != "done" || len(done.Left) != 0 || title(o.db, contact) != "" {
			t.Errorf("undone: %+v, title %q", done, title(o.db, contact))
		}
	}
	var story deliveryStory
	o.ask("GET", "/operator/delivery?key="+id, "").want(200).read(&story)
	if len(story.Acts) != 1 || story.Acts[0].What != "undo" || story.Acts[0].By != "ann" || !story.Acts[0].At.Equal(o.now) {
		t.Errorf("acts %+v", story.Acts)
	}
	if got := o.askAs("Bearer "+bobToken, "POST", "/operator/delivery/undo?key="+id, "{}").want(200); !strings.Contains(got.body, `"left":[]`) {
		t.Errorf("no empty list in %s", got.body)
	}
	o.kept(t, "undo bob "+id+" done", "undo ann "+id+" done", "undo ann "+id+" done")
}

// TestUndoNamesWhatStays: a record that was created, and what was changed on it.
func TestUndoNamesWhatStays(t *testing.T) {
	o := newOffice(t)
	id := o.handle(routing.Event{
		ID: "new", Person: routing.Person{FirstName: "Ida", LastName: "Roe"},
		To: &routing.Place{Company: "Acme Inc", Domain: "acme.com", Email: "ida@acme.com", Title: "CFO"},
	})
	contact := o.record(id).Outcome.ContactID
	if err := o.db.Edit(contact, crm.Fields{"Title": "CEO"}); err != nil {
		t.Fatal(err)
	}
	var done undoAnswer
	o.ask("POST", o.path(id, "undo"), "{}").want(200).read(&done)
	if done.CreditsReturned != 1 || len(done.Left) != 1 || done.Left[0].ID != contact || len(done.Left[0].Changed) != 1 || done.Left[0].Changed[0] != "Title" {
		t.Errorf("left %+v, credits %d", done.Left, done.CreditsReturned)
	}
}

func TestUndoRefuses(t *testing.T) {
	o := newOffice(t)
	id, contact := o.filled("doe")
	if err := o.db.Edit(contact, crm.Fields{"Title": "Chair"}); err != nil {
		t.Fatal(err)
	}
	effects := len(o.db.Effects())
	got := o.ask("POST", o.path(id, "undo"), "")
	got.refused(409, "changed_since", "")
	if !strings.Contains(got.body, "Contact "+contact+" Title changed since") || strings.Contains(got.body, "Chair") {
		t.Errorf("it names record and field, and no value: %s", got.body)
	}
	if r := o.record(id); r.Outcome.What != routing.WhatEnriched || len(r.Acts) != 0 || len(o.db.Effects()) != effects {
		t.Errorf("after a refusal: %s, acts %v", r.Outcome.What, r.Acts)
	}
	review := o.toReview("r1")
	o.ask("POST", o.path(review, "undo"), "").refused(409, "nothing_written", "")
	o.ask("POST", o.path("flow/nobody", "undo"), "").refused(404, codeNotFound, "")
	o.ask("POST", "/operator/delivery/undo", "").refused(422, codeInvalidField, "key")
	o.ask("POST", o.path(id, "undo"), `{"all":true}`).refused(422, codeInvalidField, "all")
	o.kept(t, "undo ann "+id+" invalid_field", "undo ann  invalid_field", "undo ann flow/nobody not_found",
		"undo ann "+review+" nothing_written", "undo ann "+id+" changed_since")
}

// twins are sponsors of whom two have one name.
type twins struct{}

func (twins) KnownAs(_ context.Context, keys []string) ([]string, error) {
	if slices.Equal(keys, []string{"at:pat twice@acme"}) {
		return nil, tracking.ErrNamesakes
	}
	return keys, nil
}

func (twins) Forget(context.Context, []string) error { return nil }

// TestErase forgets a person by one identifier; the log of acts tells no more than
// which kind it was.
func TestErase(t *testing.T) {
	o := newOffice(t, func(o *office) { o.forgetters = []routing.Forgetter{twins{}} })
	id, _ := o.filled("doe")
	for body, field := range map[string]string{`{}`: "email", `{"email":"nobody"}`: "email", `{"crmId":"1"}`: "crmId", `{"who":"x"}`: "who", `{"name":"Jane Doe"}`: "email", `{"company":"Acme"}`: "email", `{"linkedin":"x"}`: "linkedin"} {
		o.ask("POST", "/operator/erase", body).refused(422, codeInvalidField, field)
	}
	o.ask("POST", "/operator/erase", `{"name":"Pat Twice","company":"Acme"}`).refused(422, codeInvalidField, "email")
	o.ask("POST", "/operator/erase", `{"email":"Doe@acme.com"}`).want(200)
	if r := o.record(id); r.Event.Person.LastName != "" || r.Plan != nil {
		t.Errorf("kept: %+v", r.Event)
	}
	o.ask("POST", o.path(id, "undo"), "").refused(409, "erased", "")
	again := o.handle(routing.Event{ID: "later", Person: routing.Person{Email: "doe@acme.com"}, To: &routing.Place{Company: "Beta"}})
	if r := o.record(again); r.Outcome.What != routing.WhatSuppressed {
		t.Errorf("reported again: %s", r.Outcome.What)
	}
	var page actsPage
	o.ask("GET", "/operator/acts", "").want(200).read(&page)
	if a := page.Items[1]; a.What != "erase" || a.About != "email" || a.Result != "done" {
		t.Errorf("the act %+v", a)
	}
	if strings.Contains(o.logs.String(), "acme.com") {
		t.Error("the log holds the address")
	}
}
