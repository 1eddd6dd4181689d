package adapter

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/routing"
)

func handsToFlow(b *flowBench) {
	b.cfg.Strategy = routing.StrategyFlow
	b.cfg.Flow.Direction = routing.FlowCallout
}

func TestAD15FlowReportsWhatItWrote(t *testing.T) {
	b := newFlowBench(t, handsToFlow)
	got := b.answered(b.post(routePath, body1("r1", annLee)))
	decision, _ := got["decision"].(map[string]any)
	if got["outcome"] != "handed_to_flow" || decision["company"] != "NewCo GmbH" || decision["requestId"] != "r1" {
		t.Fatalf("got %v", got)
	}
	lead, err := b.db.Add(crm.ObjectLead, crm.Fields{"LastName": "Lee", "Company": "NewCo GmbH"})
	if err != nil {
		t.Fatal(err)
	}
	report := `{"requestId":"r1","leadId":"` + lead + `"}`
	const complete = "/salesforce/flow/complete"
	first := b.answered(b.post(complete, report))
	if first["status"] != "done" || first["leadId"] != lead || first["jobChangeId"] != flowJobChange {
		t.Errorf("got %v", first)
	}
	r, _ := b.record("r1")
	if r.Outcome.Credits != 1 || r.Outcome.LeadID != lead || len(r.Acts) == 0 || r.Acts[0].By != "flow:current" {
		t.Errorf("outcome %+v, acts %+v", r.Outcome, r.Acts)
	}
	effects := len(b.db.Effects())
	if again := b.answered(b.post(complete, report)); again["leadId"] != lead || len(b.db.Effects()) != effects {
		t.Errorf("sent again: %v", again)
	}
	if field, _ := b.refused(b.post(complete, `{"requestId":"never"}`), 422, "invalid_field"); field != "requestId" {
		t.Errorf("unknown: field %q", field)
	}
	if field, _ := b.refused(b.post(complete, `{"requestId":"r1","leadId":"`+flowContact+`"}`), 422, "invalid_field"); field != "leadId" {
		t.Errorf("a contact as lead: field %q", field)
	}
}

func TestAD15ErrorAndList(t *testing.T) {
	b := newFlowBench(t, handsToFlow)
	zoe := `"fullName":"Zoe Quist","newCompany":"Fabrikam","email":"zoe@fabrikam.example"`
	b.answered(b.post(routePath, `{"requestId":"l","items":[{`+annLee+`},{`+zoe+`}]}`))
	lead, err := b.db.Add(crm.ObjectLead, crm.Fields{"LastName": "Quist", "Company": "Fabrikam"})
	if err != nil {
		t.Fatal(err)
	}
	body := `{"requestId":"l","items":[{"error":"FIELD_CUSTOM_VALIDATION_EXCEPTION"},{"leadId":"` + lead + `"},{"leadId":"` + lead + `"}]}`
	got := b.answered(b.post("/salesforce/flow/complete", body))
	results, _ := got["results"].([]any)
	var outcomes []any
	for _, r := range results {
		m, _ := r.(map[string]any)
		outcomes = append(outcomes, m["outcome"])
	}
	if got["status"] != "partial" || !slices.Equal(outcomes, []any{"flow_failed", "handed_to_flow", "invalid_field"}) {
		t.Errorf("%v: %v", got["status"], outcomes)
	}
	if r, _ := b.record("l#0"); r.Status != routing.StatusParked || !strings.Contains(r.Outcome.Error, "VALIDATION") {
		t.Errorf("the error was not kept: %+v", r.Outcome)
	}
}

func TestAD15NotHandedToAFlow(t *testing.T) {
	b := newFlowBench(t)
	b.answered(b.post(routePath, body1("r1", annLee)))
	if got := b.answered(b.post("/salesforce/flow/complete", `{"requestId":"r1"}`)); got["outcome"] != "not_handed_to_flow" {
		t.Errorf("got %v", got)
	}
}

func TestAD16ScopesAndLookups(t *testing.T) {
	b := newFlowBench(t)
	looks := map[string]string{"X-API-Key": "sfk_looks_only"}
	ask := func(path, body string) *httptest.ResponseRecorder {
		return b.send("/salesforce/flow"+path, strings.NewReader(body), looks)
	}
	for _, path := range []string{"/route", "/decide", "/resolve-dri", "/complete"} {
		b.refused(ask(path, body1("r1", annLee)), http.StatusForbidden, "forbidden")
	}
	account := b.answered(ask("/match-account", body1("r1", `"newCompany":"OldCo","newDomain":"oldco.example"`)))
	if account["accountId"] != flowAccountID || account["outcome"] != "account_found" || account["status"] != "done" {
		t.Errorf("match-account: %v", account)
	}
	w := ask("/find-duplicates", body1("r1", `"fullName":"Ann Lee","email":"ann@oldco.example"`))
	found := b.answered(w)
	if found["duplicateId"] != flowContact || found["duplicateType"] != "Contact" || found["reason"] == "" {
		t.Errorf("find-duplicates: %v", found)
	}
	if text := w.Body.String(); strings.Contains(text, "Ann") || strings.Contains(text, "oldco") {
		t.Errorf("personal fields: %s", text)
	}
	for range DefaultLookupBurst {
		w = ask("/find-duplicates", body1("r1", annLee))
	}
	b.refused(w, http.StatusTooManyRequests, "rate_limited")
	if w.Header().Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	if n := len(b.db.Effects()); n != 0 {
		t.Errorf("%d writes by looking", n)
	}
}

func TestDryRoutes(t *testing.T) {
	b := newFlowBench(t)
	decided := b.answered(b.post("/salesforce/flow/decide", body1("r1", annLee)))
	for name, want := range map[string]string{
		"requestId": "r1", "status": "done", "outcome": "lead_created", "pastContactId": flowContact, "company": "NewCo GmbH",
		"ownerId": flowUser, "lastName": "Lee",
	} {
		if decided[name] != want {
			t.Errorf("decide: %s %v, want %s", name, decided[name], want)
		}
	}
	for name, v := range decided {
		if _, text := v.(string); !text {
			t.Errorf("decide: %s is %T", name, v)
		}
	}
	responsible := b.answered(b.post("/salesforce/flow/resolve-dri", body1("r1", annLee)))
	if responsible["pastDriId"] != flowUser || responsible["outcome"] != "dri_found" {
		t.Errorf("resolve-dri: %v", responsible)
	}
	list := b.answered(b.post("/salesforce/flow/match-account", `{"requestId":"l","items":[{"newDomain":"oldco.example"},{"recordId":"x"},{"newCompany":"Nowhere"}]}`))
	results, _ := list["results"].([]any)
	var outcomes []any
	for i, r := range results {
		m, _ := r.(map[string]any)
		if m["index"] != float64(i) {
			t.Errorf("index %v at %d", m["index"], i)
		}
		outcomes = append(outcomes, m["outcome"])
	}
	if list["status"] != "partial" || !slices.Equal(outcomes, []any{"account_found", "invalid_field", "no_account"}) {
		t.Errorf("%v", list)
	}
	if n := len(b.db.Effects()); n != 0 {
		t.Errorf("%d writes", n)
	}
	if _, ok := b.record("r1"); ok {
		t.Error("a dry run was stored")
	}
}

// Every outcome of the engine has a word of its own form.
func TestTellingIsPlain(t *testing.T) {
	for _, w := range wordings {
		if strings.ToLower(w.outcome) != w.outcome || strings.Contains(w.outcome, " ") {
			t.Errorf("%q is no word", w.outcome)
		}
	}
	out, message := telling(routing.Record{Outcome: routing.Outcome{What: routing.WhatHeld, Reason: "something_new"}})
	if out != "something_new" || message == "" {
		t.Errorf("%q %q", out, message)
	}
	if text, err := json.Marshal(flowList("x", nil)); err != nil || !strings.Contains(string(text), `"status":"done"`) {
		t.Error(string(text), err)
	}
}
