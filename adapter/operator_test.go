package adapter

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/routing"
)

func unescaped(path string) string {
	if p, err := url.PathUnescape(path); err == nil {
		return p
	}
	return path
}

func TestOperatorTokens(t *testing.T) {
	o := newOffice(t)
	stranger := o.askAs("", "GET", "/operator/status", "").want(401)
	for _, row := range []struct {
		name, authorization string
		status              int
	}{
		{"a token", "Bearer " + annToken, 200},
		{"another operator's", "Bearer " + bobToken, 200},
		{"the scheme in small letters", "bearer " + annToken, 200},
		{"a wrong token", "Bearer ann-token-0123456780", 401},
		{"half a token", "Bearer ann-token", 401},
		{"no token", "Bearer ", 401},
		{"another scheme", "Basic " + annToken, 401},
		{"no scheme", annToken, 401},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := o.askAs(row.authorization, "GET", "/operator/status", "").want(row.status)
			if row.status != 401 {
				return
			}
			if got.header.Get("WWW-Authenticate") != "Bearer" || withoutRequest(got.body) != withoutRequest(stranger.body) {
				t.Errorf("a stranger can tell the reason: %s", got.body)
			}
		})
	}
}

// withoutRequest is a refusal without the name of its request.
func withoutRequest(body string) string {
	before, rest, _ := strings.Cut(body, `"requestId":"`)
	_, after, _ := strings.Cut(rest, `"`)
	return before + after
}

func TestOperatorOptionsAreChecked(t *testing.T) {
	a, b := secret(t, annToken), secret(t, bobToken)
	for _, row := range []struct {
		name string
		ops  []Operator
		ok   bool
	}{
		{"two of them", []Operator{{"ann", a}, {"bob", b}}, true},
		{"nobody", nil, false},
		{"no name", []Operator{{"", a}}, false},
		{"an address for a name", []Operator{{"ann@example.com", a}}, false},
		{"one name twice", []Operator{{"ann", a}, {"ann", b}}, false},
		{"one token twice", []Operator{{"ann", a}, {"bob", a}}, false},
		{"no token", []Operator{{"ann", Secret{}}}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			err := (&OperatorOptions{Operators: row.ops}).validate()
			if (err == nil) != row.ok {
				t.Errorf("error %v, want ok %t", err, row.ok)
			}
			if err != nil && strings.Contains(err.Error(), annToken) {
				t.Error("the error shows a token")
			}
		})
	}
}

func TestOperatorPartIsOffUnlessConfigured(t *testing.T) {
	o := newOffice(t, func(o *office) { o.options = func(opt *Options) { opt.Operators = nil } })
	o.ask("GET", "/operator/status", "").refused(404, codeNotFound, "")
}

// TestNoOperatorGETChanges looks at the table: what changes something is a POST.
func TestNoOperatorGETChanges(t *testing.T) {
	o := newOffice(t)
	id := o.toReview("r1")
	before := o.story(id)
	for _, row := range new(operatorDesk).table() {
		if row.method != http.MethodGet {
			continue
		}
		o.ask("GET", strings.ReplaceAll(row.path, ":id", url.PathEscape(id)), "")
		o.ask("GET", strings.ReplaceAll(row.path, ":id", url.PathEscape(id))+"?key="+url.QueryEscape(id), "")
	}
	if diff := cmp.Diff(before, o.story(id)); diff != "" {
		t.Error(diff)
	}
	acts, err := o.store.Acts(t.Context(), 10)
	if err != nil || len(acts) != 0 {
		t.Errorf("acts %v, %v", acts, err)
	}
	for _, row := range new(operatorDesk).table() {
		if row.method == http.MethodPost {
			got := o.ask("GET", strings.ReplaceAll(row.path, ":id", url.PathEscape(id)), "")
			if got.status != 405 && got.status != 404 {
				t.Errorf("GET %s: %d", row.path, got.status)
			}
		}
	}
}

func (o *office) story(id string) map[string]any {
	o.t.Helper()
	var out map[string]any
	o.ask("GET", "/operator/deliveries/"+url.PathEscape(id), "").want(200).read(&out)
	return out
}

// TestAD11DecisionByID: input, candidates, decisive rule, writes, configuration.
func TestAD11DecisionByID(t *testing.T) {
	o := newOffice(t)
	done := o.handle(routing.Event{
		ID: "a b/c+d:1%2F", Person: routing.Person{FirstName: "Ada", LastName: "Okafor", Email: "ada@old.example"},
		To: &routing.Place{Company: "Acme Inc", Email: "ada@acme.com", Title: "CTO"},
	})
	promise := Promise{ID: "msg_1", Kind: "webhook", Delivery: done, Target: "crm", Made: o.now, Due: o.now}
	if err := o.store.Promise(t.Context(), []Promise{promise}); err != nil {
		t.Fatal(err)
	}
	var byPath, byKey deliveryStory
	o.ask("GET", "/operator/deliveries/"+url.PathEscape(done), "").want(200).read(&byPath)
	o.ask("GET", "/operator/delivery?key="+url.QueryEscape(done), "").want(200).read(&byKey)
	if diff := cmp.Diff(byPath, byKey); diff != "" {
		t.Error(diff)
	}
	got := byPath
	if got.Delivery.ID != done || got.Input.Person.Email != "ada@old.example" || got.Input.To.Company != "Acme Inc" {
		t.Errorf("input %+v", got.Input)
	}
	if got.Config != o.engine.Policy().Version() || got.Strategy != string(o.cfg.Strategy) {
		t.Errorf("configuration %q, strategy %q", got.Config, got.Strategy)
	}
	if got.Account == nil || len(got.Account.Ranked) == 0 || got.Account.Ranked[0].Name != "Acme Inc" || len(got.Account.Ranked[0].Evidence) == 0 {
		t.Errorf("candidates %+v", got.Account)
	}
	if got.Decisive.Reason != got.Delivery.Reason || got.Decisive.Sentence == "" {
		t.Errorf("decisive %+v of %q", got.Decisive, got.Delivery.Reason)
	}
	if len(got.Explanation) < 3 || !strings.Contains(got.Explanation[0], string(routing.WhatContact)) {
		t.Errorf("explanation %q", got.Explanation)
	}
	if len(got.Messages) != 1 || got.Messages[0].ID != "msg_1" {
		t.Errorf("messages %+v", got.Messages)
	}
	o.checkWrites(got)
	o.ask("GET", "/operator/deliveries/nobody", "").refused(404, codeNotFound, "")
	o.ask("GET", "/operator/delivery", "").refused(422, codeInvalidField, "key")
}

// checkWrites compares the writes of a story with the CRM.
func (o *office) checkWrites(s deliveryStory) {
	o.t.Helper()
	created := map[string]bool{}
	for _, w := range s.Writes {
		record, ok := o.db.Record(w.ID)
		if !ok {
			o.t.Errorf("%s %s %s (%s) is not in the CRM", w.Verb, w.Object, w.ID, w.State)
			continue
		}
		for name, value := range w.After {
			if record.Fields[name] != value {
				o.t.Errorf("%s.%s is told as %q and is %q", w.Object, name, value, record.Fields[name])
			}
		}
		created[w.Object] = w.State == "created"
	}
	if !created["Contact"] {
		o.t.Errorf("no contact among the writes %+v", s.Writes)
	}
}

// TestWritesTellBeforeAndAfter: a record that was changed shows what it was.
func TestWritesTellBeforeAndAfter(t *testing.T) {
	got := writesOf(routing.Record{
		Plan: &routing.Plan{
			Writes: []crm.Write{{Key: "k1", Verb: crm.VerbUpdate, Object: "Contact", ID: "003"}, {Key: "k2", Verb: crm.VerbCreate, Object: "Lead"}},
			Event:  &crm.Write{Key: "k3", Verb: crm.VerbCreate, Object: "Job_Change__c"},
		},
		Receipts: []routing.Receipt{
			{Key: "k1", Verb: crm.VerbUpdate, Object: "Contact", ID: "003", Before: crm.Fields{"Title": "VP"}, Changed: crm.Fields{"Title": "CTO"}},
			{Key: "k2", Verb: crm.VerbCreate, Object: "Lead", Error: "refused", Class: "invalid", Rule: "r", Matches: []string{"00Q"}},
			{Key: "flow", Object: "Flow", ID: "Route"},
		},
	})
	want := []writeStory{
		{Key: "k1", Verb: "update", Object: "Contact", ID: "003", State: "updated", Before: crm.Fields{"Title": "VP"}, After: crm.Fields{"Title": "CTO"}},
		{Key: "k2", Verb: "create", Object: "Lead", State: "refused", Error: "refused", Class: "invalid", Rule: "r", Matches: []string{"00Q"}},
		{Key: "k3", Verb: "create", Object: "Job_Change__c", State: "planned"},
		{Key: "flow", Object: "Flow", ID: "Route", State: "updated"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestOperatorLists(t *testing.T) {
	o := newOffice(t)
	var ids []string
	for i := range 5 {
		ids = append(ids, o.toReview(fmt.Sprintf("r%d", i)))
	}
	ids = append(ids, o.handle(routing.Event{
		ID: "d", Source: "feed:acme", Person: routing.Person{FirstName: "Ada", LastName: "Okafor", Email: "ada@old.example"},
		To: &routing.Place{Company: "Acme Inc", Email: "ada@acme.com"},
	}))
	for _, row := range []struct {
		name, target, body string
		want               []string
	}{
		{"all, in order of receipt", "/operator/deliveries", "", ids},
		{"the youngest first", "/operator/deliveries?newest=true&limit=2", "", []string{ids[5], ids[4]}},
		{"by status", "/operator/deliveries?status=filtered", "", ids[5:]},
		{"by two statuses", "/operator/deliveries?status=filtered,parked&status=waiting", "", ids[5:]},
		{"by outcome", "/operator/deliveries?outcome=held", "", ids[:5]},
		{"by reason", "/operator/deliveries?reason=account_review", "", ids[:5]},
		{"by source", "/operator/deliveries?source=feed:acme", "", ids[5:]},
		{"by day", "/operator/deliveries?from=2026-11-21&until=2026-11-22", "", ids},
		{"by another day", "/operator/deliveries?from=2026-11-22", "", nil},
		{"by a person's address", "/operator/deliveries?email=ADA@old.example", "", ids[5:]},
		{"by the new address", "/operator/deliveries?email=r3@acme.de", "", ids[3:4]},
		{"by somebody else's", "/operator/deliveries?email=somebody@old.example", "", nil},
		{"by address in a body", "/operator/search", `{"email":"ada@old.example"}`, ids[5:]},
		{"reviews", "/operator/reviews?limit=3", "", ids[:3]},
		{"parked", "/operator/parked", "", nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			method := "GET"
			if row.body != "" {
				method = "POST"
			}
			var page deliveryPage
			o.ask(method, row.target, row.body).want(200).read(&page)
			if diff := cmp.Diff(row.want, page.ids()); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("page by page", func(t *testing.T) {
		var all []string
		for page := (deliveryPage{Next: 0}); ; {
			target := fmt.Sprintf("/operator/deliveries?limit=4&after=%d", page.Next)
			page = deliveryPage{}
			o.ask("GET", target, "").want(200).read(&page)
			if all = append(all, page.ids()...); page.Next == 0 {
				break
			}
		}
		if diff := cmp.Diff(ids, all); diff != "" {
			t.Error(diff)
		}
	})
}

func (p deliveryPage) ids() []string {
	var out []string
	for _, d := range p.Items {
		out = append(out, d.ID)
	}
	return out
}

func TestOperatorListsRefuse(t *testing.T) {
	o := newOffice(t)
	for _, row := range []struct{ query, field string }{
		{"status=lost", "status"}, {"limit=0x1", "limit"}, {"limit=1001", "limit"}, {"limit=-1", "limit"},
		{"after=-1", "after"}, {"after=x", "after"}, {"newest=perhaps", "newest"}, {"from=yesterday", "from"},
		{"until=2026-13-01", "until"}, {"email=nobody", "email"}, {"crm_id=003", "crmId"}, {"linkedin=x", "linkedin"},
		{"colour=red", "query"}, {"a=%zz", "query"},
	} {
		t.Run(row.query, func(t *testing.T) {
			o.ask("GET", "/operator/deliveries?"+row.query, "").refused(422, codeInvalidField, row.field)
		})
	}
	o.ask("POST", "/operator/search", `{"colour":"red"}`).refused(422, codeInvalidField, "colour")
	o.ask("POST", "/operator/search", `{"limit":1,"limit":2}`).refused(400, codeBadJSON, "")
}

// TestRT39ApprovedOverHTTP: an operator answers reviews, and every answer is kept
// with who gave it.
func TestRT39ApprovedOverHTTP(t *testing.T) {
	o := newOffice(t)
	likeliest, picked, none, rejected := o.toReview("r1"), o.toReview("r2"), o.toReview("r3"), o.toReview("r4")
	accounts := o.db.Records(crm.ObjectAccount)

	var got deliverySummary
	o.ask("POST", o.path(likeliest, "approve"), `{}`).want(200).read(&got)
	if ranked := o.record(likeliest).Plan.Account; got.Status != "done" || got.AccountID != ranked.ID || ranked.Decisive != "operator_pick" {
		t.Errorf("approved: %+v by %s", got, ranked.Decisive)
	}
	o.askAs("Bearer "+bobToken, "POST", o.path(picked, "pick"), `{"accountId":"`+accounts[1].ID[:15]+`"}`).want(200).read(&got)
	if got.Status != "done" || got.AccountID != accounts[1].ID || got.ContactID == "" {
		t.Errorf("picked: %+v", got)
	}
	o.ask("POST", "/operator/delivery/pick?key="+url.QueryEscape(none), `{"none":true}`).want(200).read(&got)
	if got.Outcome != string(routing.WhatAccountAndContact) {
		t.Errorf("none: %+v", got)
	}
	o.ask("POST", o.path(rejected, "reject"), "").want(200).read(&got)
	if got.Status != "filtered" || got.Reason != string(routing.ReasonOperatorRejected) {
		t.Errorf("rejected: %+v", got)
	}
	o.kept(t, "reject ann "+rejected+" done", "pick ann "+none+" done", "pick bob "+picked+" done", "approve ann "+likeliest+" done")
	if acts := o.record(picked).Acts; len(acts) != 1 || acts[0].By != "bob" || !acts[0].At.Equal(o.now) {
		t.Errorf("the record's acts: %+v", acts)
	}
}

// TestRT40StaleApprovalOverHTTP: what was chosen was deleted meanwhile, or the move
// is not in review any more; both are 409, and nothing is changed.
func TestRT40StaleApprovalOverHTTP(t *testing.T) {
	o := newOffice(t)
	id, accounts := o.toReview("r1"), o.db.Records(crm.ObjectAccount)
	if err := o.db.Delete(accounts[1].ID); err != nil {
		t.Fatal(err)
	}
	effects := len(o.db.Effects())
	o.ask("POST", o.path(id, "approve"), `{"accountId":"`+accounts[1].ID+`"}`).refused(409, "stale_plan", "")
	if r := o.record(id); r.Status != routing.StatusReview || len(r.Acts) != 0 || len(o.db.Effects()) != effects {
		t.Errorf("after a stale approval: %s, acts %v", r.Status, r.Acts)
	}
	o.ask("POST", o.path(id, "reject"), "").want(200)
	o.ask("POST", o.path(id, "approve"), `{"accountId":"`+accounts[0].ID+`"}`).refused(409, "stale_plan", "")
	o.ask("POST", o.path(id, "reject"), "").refused(409, "stale_plan", "")
	o.kept(t, "reject ann "+id+" stale_plan", "approve ann "+id+" stale_plan", "reject ann "+id+" done", "approve ann "+id+" stale_plan")
}

func TestReviewAnswersRefuse(t *testing.T) {
	o := newOffice(t)
	id := o.toReview("r1")
	for _, row := range []struct {
		name, what, body string
		status           int
		code, field      string
	}{
		{"pick nothing", "pick", `{}`, 422, codeInvalidField, "accountId"},
		{"an id that is none", "approve", `{"accountId":"001"}`, 422, codeInvalidField, "accountId"},
		{"a person's id that is none", "pick", `{"personId":"x"}`, 422, codeInvalidField, "personId"},
		{"an id and none", "pick", `{"none":true,"accountId":"001000000000001"}`, 422, codeInvalidField, "none"},
		{"an account for a person", "pick", `{"personId":"001000000000001"}`, 409, "stale_plan", ""},
		{"another member", "approve", `{"account":"1"}`, 422, codeInvalidField, "account"},
		{"no JSON", "approve", `{`, 400, codeBadJSON, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			o.ask("POST", o.path(id, row.what), row.body).refused(row.status, row.code, row.field)
		})
	}
	o.ask("POST", o.path("flow/nobody", "approve"), `{}`).refused(404, codeNotFound, "")
	o.ask("POST", o.path("flow/nobody", "reject"), "").refused(404, codeNotFound, "")
	o.ask("POST", "/operator/delivery/reject", "").refused(422, codeInvalidField, "key")
	if r := o.record(id); r.Status != routing.StatusReview {
		t.Errorf("the review is %s", r.Status)
	}
}

// path is the path of an act on a delivery.
func (o *office) path(id, what string) string {
	return "/operator/deliveries/" + url.PathEscape(id) + "/" + what
}

func (o *office) record(id string) routing.Record {
	o.t.Helper()
	found, err := o.ledger.Fetch(context.WithoutCancel(o.t.Context()), []string{id})
	if err != nil {
		o.t.Fatal(err)
	}
	return found[id]
}

// kept checks the log of acts, youngest first: "what by about result".
func (o *office) kept(t *testing.T, want ...string) {
	t.Helper()
	var page actsPage
	o.ask("GET", "/operator/acts", "").want(200).read(&page)
	var got []string
	for _, a := range page.Items {
		got = append(got, strings.Join([]string{a.What, a.By, a.About, a.Result}, " "))
		if !a.At.Equal(o.now) {
			t.Errorf("%s at %s", a.What, a.At)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
