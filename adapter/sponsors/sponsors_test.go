package sponsors_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/tracking/sponsor"
)

type page struct {
	Items []sponsor.Sponsor
	Next  string
}

// acts are what the log of acts holds, oldest first: "what by about result".
func (h *house) acts() []string {
	h.Helper()
	var p struct {
		Items []struct{ What, By, About, Result string }
	}
	h.ask("GET", "/operator/acts", "").want(200).read(&p)
	var out []string
	for i := len(p.Items) - 1; i >= 0; i-- {
		a := p.Items[i]
		out = append(out, strings.Join([]string{a.What, a.By, a.About, a.Result}, " "))
	}
	return out
}

// TestALifeOverHTTP goes from enrolment to an accepted update; every act is kept with
// the operator's name.
func TestALifeOverHTTP(t *testing.T) {
	h := newHouse(t)
	h.seen("Acme", "acme-works.com", "Director")
	id := h.enrol()
	at := "/operator/sponsors/" + id
	var s sponsor.Sponsor
	h.ask("POST", at+"/start", `{"linkedin":"https://de.linkedin.com/in/jane-doe/"}`).want(200).read(&s)
	if s.Status != sponsor.MatchFound || len(s.Candidates) != 1 || s.Candidates[0].Key() != "in:/in/jane-doe" {
		t.Fatalf("started: %+v", s)
	}
	h.ask("POST", at+"/find-match", "").want(200)
	h.ask("POST", at+"/stop", "").want(200)
	h.ask("POST", at+"/start", `{"linkedin":"https://de.linkedin.com/in/jane-doe/"}`).want(200)
	h.ask("POST", at+"/remove", `{}`).want(200)
	h.ask("POST", at+"/start", `{"linkedin":"https://de.linkedin.com/in/jane-doe/"}`).want(200)
	h.askAs(bobToken, "POST", at+"/track", `{"profile":"in:/in/jane-doe"}`).want(200).read(&s)
	if s.Status != sponsor.Tracked || s.By != "bob" {
		t.Fatalf("tracked: %s by %s", s.Status, s.By)
	}
	h.now = h.now.AddDate(0, 0, 6)
	h.seen("Acme", "acme-works.com", "VP Sales")
	ok[sponsor.WorkReport](h)(h.desk.Work(t.Context()))
	var p page
	h.ask("GET", "/operator/sponsors?open=true&status=tracked,pending&kind=account&entity="+h.acme+"&role=Champion", "").want(200).read(&p)
	if len(p.Items) != 1 || p.Items[0].Open() != 1 {
		t.Fatalf("open: %+v", p)
	}
	var d sponsor.Details
	h.ask("GET", at+"/update?update=u1", "").want(200).read(&d)
	if d.Update.Changes[0].New != "VP Sales" || len(d.Effects) != 1 || len(d.History) != 1 {
		t.Errorf("details: %+v", d)
	}
	var done struct {
		Accepted  bool
		Conflicts []sponsor.Conflict
	}
	if err := h.crm.Edit(h.jane, crm.Fields{"Title": "Chair"}); err != nil {
		t.Fatal(err)
	}
	h.ask("POST", at+"/accept", `{"update":"u1"}`).want(200).read(&done)
	if done.Accepted || len(done.Conflicts) != 1 || done.Conflicts[0].Current != "Chair" {
		t.Errorf("conflict: %+v", done)
	}
	h.ask("POST", at+"/accept", `{"update":"u1","overwrite":true}`).want(200).read(&done)
	if !done.Accepted {
		t.Errorf("overwritten: %+v", done)
	}
	ok[sponsor.SendReport](h)(h.desk.Send(t.Context()))
	if r, _ := h.crm.Record(h.jane); r.Fields["Title"] != "VP Sales" {
		t.Errorf("the record's title is %q", r.Fields["Title"])
	}
	want := []string{
		"enrol_sponsor ann ID done", "start_sponsor ann ID done", "find_sponsor_match ann ID done", "stop_sponsor ann ID done", "start_sponsor ann ID done",
		"remove_sponsor_profile ann ID done", "start_sponsor ann ID done", "track_sponsor bob ID done",
		"accept_sponsor_update ann ID u1 conflict done", "accept_sponsor_update ann ID u1 done",
	}
	if diff := cmp.Diff(want, strings.Split(strings.ReplaceAll(strings.Join(h.acts(), "\n"), id, "ID"), "\n")); diff != "" {
		t.Error(diff)
	}
}

// TestReportsOverHTTP: history, totals, breaches and gaps.
func TestReportsOverHTTP(t *testing.T) {
	h := newHouse(t)
	id := h.follow()
	for path, want := range map[string]string{
		"/operator/sponsors/" + id + "/history":                            `"new":"tracked"`,
		"/operator/sponsor-history?entity=" + h.acme + "&since=2026-11-23": `"new":"tracked"`,
		"/operator/sponsor-history?kind=account&entity=" + h.beta:          `{"items":[]}`,
		"/operator/sponsor-history?since=2027-01-01":                       `{"items":[]}`,
		"/operator/sponsor-totals":                                         `"people":{"tracked":1}`,
		"/operator/sponsor-breaches":                                       `{"items":[]}`,
		"/operator/sponsor-gaps":                                           `{"accounts":2,"items":[{"account":{"id":"` + h.beta + `","name":"Beta Industries"},"reason":"none"}]}`,
		"/operator/sponsors?status=disabled":                               `{"items":[]}`,
		"/operator/sponsors/" + id:                                         `"status":"tracked"`,
	} {
		if a := h.ask("GET", path, "").want(200); !strings.Contains(a.body, want) {
			t.Errorf("%s: no %s in %s", path, want, a.body)
		}
	}
	h.now = h.now.AddDate(0, 0, 8)
	if a := h.ask("GET", "/operator/sponsor-breaches", "").want(200); !strings.Contains(a.body, "changes_of_tracked") {
		t.Errorf("after eight days: %s", a.body)
	}
}

// TestBulksOverHTTP: each of many has its result, and pages follow one another.
func TestBulksOverHTTP(t *testing.T) {
	h := newHouse(t)
	var ids []string
	for _, name := range []string{"Abe", "Bea", "Cid"} {
		s := ok[sponsor.Sponsor](h)(h.desk.Enrol(t.Context(), sponsor.Enrolment{
			Person: person(name), Entities: []sponsor.Entity{{EntityRef: sponsor.EntityRef{Kind: "account", ID: h.beta}}},
		}))
		ids = append(ids, s.ID)
	}
	var b sponsor.Bulk
	h.ask("POST", "/operator/sponsors/start", `{"sponsors":["`+ids[0]+`","`+ids[1]+`","unknown"]}`).want(200).read(&b)
	if diff := cmp.Diff(sponsor.Bulk{Done: ids[:2], Skipped: []sponsor.Skip{{Sponsor: "unknown", Reason: sponsor.SkipUnknown}}}, b); diff != "" {
		t.Error(diff)
	}
	h.ask("POST", "/operator/sponsors/"+ids[0]+"/stop", "").refused(409, "not_possible", "")
	h.ask("GET", "/operator/sponsors/"+ids[0], "").refused(404, "not_found", "") // in progress
	ok[sponsor.WorkReport](h)(h.desk.Work(t.Context()))
	b = sponsor.Bulk{}
	for _, way := range []string{"track", "track-all"} {
		h.ask("POST", "/operator/sponsors/"+way, `{"choices":[{"sponsor":"`+ids[0]+`"},{"sponsor":"`+ids[2]+`","profile":"x"}]}`).want(200).read(&b)
		if len(b.Skipped) != 2 || b.Skipped[0].Reason != sponsor.SkipPending || b.Skipped[1].Reason != sponsor.SkipUntracked {
			t.Errorf("%s: %+v", way, b)
		}
	}
	var all []string
	for next := ""; ; {
		var p page
		h.ask("GET", "/operator/sponsors?limit=2&after="+next, "").want(200).read(&p)
		for _, s := range p.Items {
			all = append(all, s.ID)
		}
		if next = p.Next; next == "" {
			break
		}
	}
	if len(all) != 3 {
		t.Errorf("pages: %v", all)
	}
	var a sponsor.Acceptance
	h.ask("POST", "/operator/sponsors/accept", `{"sponsors":["`+ids[0]+`"],"kind":"account"}`).want(200).read(&a)
	if a.Accepted == nil || len(a.Accepted) != 0 {
		t.Errorf("accepted %+v", a)
	}
	if acts := h.acts(); acts[0] != "start_sponsors ann 2 done, 1 left out done" || acts[len(acts)-1] != "accept_sponsor_updates ann 0 updates, 0 in conflict done" {
		t.Errorf("acts %v", acts)
	}
}

func TestSponsorsRefuse(t *testing.T) {
	h := newHouse(t)
	id := h.follow()
	at := "/operator/sponsors/" + id
	for _, row := range []struct {
		method, path, body string
		status             int
		code, field        string
	}{
		{"GET", "/operator/sponsors?status=flying", "", 422, "invalid_field", "status"},
		{"GET", "/operator/sponsors?status=in-progress", "", 422, "invalid_field", "status"},
		{"GET", "/operator/sponsors?limit=1001", "", 422, "invalid_field", "limit"},
		{"GET", "/operator/sponsors?colour=red", "", 422, "invalid_field", "query"},
		{"GET", "/operator/sponsors/s0", "", 404, "not_found", ""},
		{"GET", "/operator/sponsors/s0/history", "", 404, "not_found", ""},
		{"GET", at + "/update?update=u9", "", 404, "not_found", ""},
		{"GET", "/operator/sponsor-history?kind=account", "", 422, "invalid_field", "entity"},
		{"GET", "/operator/sponsor-history?since=now", "", 422, "invalid_field", "since"},
		{"POST", "/operator/sponsors/enrol", `{"person":{},"entities":[]}`, 422, "invalid_field", "person"},
		{"POST", "/operator/sponsors/enrol", `{"person":{"record_id":"003"},"entities":[]}`, 422, "invalid_field", "entities"},
		{"POST", "/operator/sponsors/enrol", `{"person":{"record":"003"}}`, 422, "invalid_field", "person.record"},
		{"POST", "/operator/sponsors/enrol", `{"person":{"last_name":"Gone","emails":["x@y.example"]},"entities":[{"kind":"account","id":"001"}]}`, 409, "erased", ""},
		{"POST", "/operator/sponsors/start", `{"sponsors":[]}`, 422, "invalid_field", "sponsors"},
		{"POST", "/operator/sponsors/track", `{}`, 422, "invalid_field", "choices"},
		{"POST", "/operator/sponsors/s0/stop", "", 404, "not_found", ""},
		{"POST", at + "/start", `{}`, 409, "not_possible", ""},
		{"POST", at + "/track", `{"profile":"in:/in/other"}`, 409, "not_possible", ""},
		{"POST", at + "/accept", `{"update":"u9"}`, 404, "not_found", ""},
		{"POST", at + "/reject", `{"update":"u9"}`, 404, "not_found", ""},
		{"POST", at + "/detach", `{"kind":"account","entity":"` + h.acme + `"}`, 409, "not_possible", ""},
		{"POST", at + "/find-match", `{"x":1}`, 422, "invalid_field", "x"},
	} {
		t.Run(row.method+" "+row.path+" "+row.body, func(t *testing.T) { h.ask(row.method, row.path, row.body).refused(row.status, row.code, row.field) })
	}
	h.askAs("nobody's-token-0123", "GET", "/operator/sponsors", "").refused(401, "unauthorized", "")
	// Who follows the same profile as another sponsor.
	other := ok[sponsor.Sponsor](h)(h.desk.Enrol(t.Context(), sponsor.Enrolment{
		Person: person("Doe"), Entities: []sponsor.Entity{{EntityRef: sponsor.EntityRef{Kind: "account", ID: h.beta}}},
	}))
	h.ask("POST", "/operator/sponsors/"+other.ID+"/start", `{}`).want(200)
	h.ask("POST", "/operator/sponsors/"+other.ID+"/track", `{}`).refused(409, "followed_already", "")
}

// TestSP15OverTheWire: HubSpot's webhook and the desk's provider tell one move of a
// sponsor. Whoever is first: there is one decision, one contact, one update, one task,
// and the owner of both accounts hears of it once.
func TestSP15OverTheWire(t *testing.T) {
	for name, deskFirst := range map[string]bool{"the desk first": true, "the webhook first": false} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.hubspot.PutCompany(900, map[string]string{"name": "Acme", "domain": "acme-works.com"})
			h.hubspot.PutCompany(901, map[string]string{"name": "Beta Industries", "domain": "beta-industries.com"})
			h.hubspot.PutContactAt(123, h.now.AddDate(-1, 0, 0), map[string]string{"firstname": "Jane", "lastname": "Doe", "company": "Acme", "jobtitle": "Director", "email": "jane@acme-works.com"})
			h.hubspot.Associate(123, 900, h.now.AddDate(-1, 0, 0))
			id := h.follow()
			h.now = h.now.AddDate(0, 0, 6)
			h.hubspot.PutContactAt(123, h.now, map[string]string{"company": "Beta Industries"})
			h.hubspot.Associate(123, 901, h.now)
			desk := func() {
				h.seen("Beta Industries", "beta-industries.com", "Director")
				ok[sponsor.WorkReport](h)(h.desk.Work(t.Context()))
			}
			webhook := func() {
				h.webhook(`[{"eventId":1,"subscriptionId":2,"portalId":62515,"appId":3,"occurredAt":` + millis(h.now) +
					`,"subscriptionType":"contact.propertyChange","attemptNumber":0,"objectId":123,"propertyName":"company","propertyValue":"Beta Industries","changeSource":"CRM_UI"}]`).want(200)
			}
			finish := func() {
				ok[sponsor.SendReport](h)(h.desk.Send(t.Context()))
				ok[int](h)(h.engine.Drain(t.Context()))
				ok[int](h)(h.listener.HandOn(t.Context(), h.desk))
				h.now = h.now.Add(time.Hour)
				ok[sponsor.SendReport](h)(h.desk.Send(t.Context()))
				ok[int](h)(h.engine.Drain(t.Context()))
				ok[int](h)(h.engine.AssignDRI(t.Context()))
				ok[int](h)(h.engine.Drain(t.Context()))
			}
			if deskFirst {
				desk()
				finish()
				webhook()
			} else {
				webhook()
				finish()
				h.now = h.now.AddDate(0, 0, 5)
				desk()
			}
			finish()
			h.check(id)
		})
	}
}

// check looks at what came of one move.
func (h *house) check(id string) {
	h.Helper()
	whats := map[routing.What]int{}
	for rec, err := range h.ledger.Records(h.Context(), routing.Filter{}) {
		if err != nil {
			h.Fatal(err)
		}
		whats[rec.Outcome.What]++
	}
	if diff := cmp.Diff(map[routing.What]int{routing.WhatContact: 1, routing.WhatDuplicate: 1}, whats); diff != "" {
		h.Errorf("decisions: %s", diff)
	}
	if n := len(h.crm.Records(crm.ObjectContact)); n != 2 {
		h.Errorf("%d contacts, want the old one and a new one", n)
	}
	s := ok[map[string]sponsor.Sponsor](h)(h.store.Load(h.Context(), []string{id}))[id]
	if len(s.Updates) != 1 || s.Updates[0].Changes[0].New != "Beta Industries" {
		h.Errorf("updates %+v", s.Updates)
	}
	if n := len(h.crm.Records(crm.ObjectTask)); n != 1 {
		h.Errorf("%d tasks, want 1", n)
	}
	var told []string
	for _, m := range h.mail {
		told = append(told, m.To.Email+": "+m.Content.Subject)
	}
	if len(told) != 1 || !strings.HasPrefix(told[0], "rep@us.example: ") {
		h.Errorf("told %q, want the owner once", told)
	}
}
