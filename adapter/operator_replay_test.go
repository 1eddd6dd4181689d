package adapter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/routing"
)

// TestRT37ReplayOverHTTP: the decisions that another configuration would make are
// told, and nothing is written.
func TestRT37ReplayOverHTTP(t *testing.T) {
	o := newOffice(t)
	var ids []string
	for i := range 100 {
		ev := routing.Event{
			ID: fmt.Sprint(i), Person: routing.Person{FirstName: "Ada", LastName: fmt.Sprintf("Okafor%c%c", 'a'+i%26, 'a'+i/26), Email: fmt.Sprintf("p%d@old.example", i)},
			To: &routing.Place{Company: fmt.Sprintf("Newco %d", i), Email: fmt.Sprintf("p%d@newco%d.example", i, i)},
		}
		if i%4 == 0 {
			ev.To = &routing.Place{Company: "Acme Inc", Email: fmt.Sprintf("p%d@acme.com", i)}
		}
		id := o.handle(ev)
		if i%4 != 0 {
			ids = append(ids, id)
		}
	}
	effects := len(o.db.Effects())
	config := func(change func(*routing.Config)) string {
		cfg := o.cfg
		change(&cfg)
		text, err := json.Marshal(cfg)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	other := config(func(c *routing.Config) { c.Strategy = routing.StrategyContactOrLead })
	ask := func(body map[string]any) (out replayResult) {
		text, _ := json.Marshal(body)
		o.ask("POST", "/operator/replay", string(text)).want(200).read(&out)
		return out
	}

	if got := ask(map[string]any{"filter": map[string]any{}, "dryRun": true}); len(got.Differences) != 0 || got.Examined != 100 {
		t.Errorf("the same configuration: %d of %d differ", len(got.Differences), got.Examined)
	}
	got := ask(map[string]any{"filter": map[string]any{}, "configuration": other})
	var differ []string
	for _, d := range got.Differences {
		differ = append(differ, d.ID)
		if d.Was.Outcome != string(routing.WhatAccountAndContact) || d.Now.Outcome != string(routing.WhatLead) || d.Was.Config == d.Now.Config {
			t.Errorf("%s: was %+v, now %+v", d.ID, d.Was, d.Now)
		}
	}
	if diff := cmp.Diff(ids, differ); diff != "" {
		t.Error(diff)
	}
	if got := ask(map[string]any{"keys": ids[:2], "configuration": other}); len(got.Differences) != 2 || got.Examined != 2 {
		t.Errorf("by id: %+v", got)
	}
	pages, after, found := 0, int64(0), 0
	for pages == 0 || after > 0 {
		got := ask(map[string]any{"filter": map[string]any{"limit": 30, "after": after}, "configuration": other})
		pages, after, found = pages+1, got.Next, found+len(got.Differences)
	}
	if pages != 4 || found != len(ids) {
		t.Errorf("%d differences on %d pages", found, pages)
	}
	if len(o.db.Effects()) != effects || o.wakes != 0 {
		t.Error("a dry run left a trace")
	}
}

// TestReplayByIDAndFilter: parked deliveries are due again, under their operator's
// name, and finish once the cause is gone.
func TestReplayByIDAndFilter(t *testing.T) {
	o := newOffice(t)
	strict := true
	o.db.AddValidation(memcrm.Validation{Name: "strict", Object: crm.ObjectContact, Check: func(_, after crm.Fields) []string {
		if strict && after["AccountId"] != "" {
			return []string{"AccountId"}
		}
		return nil
	}})
	var ids []string
	for i := range 3 {
		ids = append(ids, o.handle(routing.Event{
			ID: fmt.Sprint(i), Person: routing.Person{FirstName: "Ada", LastName: "Okafor" + string(rune('a'+i)), Email: fmt.Sprintf("p%d@old.example", i)},
			To: &routing.Place{Company: "Acme Inc", Email: fmt.Sprintf("p%d@acme.com", i)},
		}))
	}
	var page deliveryPage
	if o.ask("GET", "/operator/parked", "").want(200).read(&page); len(page.Items) != 3 {
		t.Fatalf("parked: %+v", page.Items)
	}
	strict = false

	var got replayResult
	o.ask("POST", "/operator/replay", `{"keys":["`+ids[0]+`","flow/nobody"]}`).want(200).read(&got)
	if diff := cmp.Diff([]replayedDelivery{{ids[0], "due"}, {"flow/nobody", "not_found"}}, got.Deliveries); diff != "" {
		t.Error(diff)
	}
	o.ask("POST", "/operator/replay", `{"keys":["`+ids[0]+`"]}`).want(200).read(&got)
	if got.Deliveries[0].Result != codeConflict {
		t.Errorf("one that is due already: %+v", got.Deliveries)
	}
	got = replayResult{}
	o.ask("POST", "/operator/replay", `{"filter":{"limit":1},"keepPlan":true}`).want(200).read(&got)
	if len(got.Deliveries) != 1 || got.Deliveries[0].ID != ids[1] || got.Next == 0 {
		t.Errorf("by filter: %+v", got)
	}
	o.ask("POST", "/operator/replay", fmt.Sprintf(`{"filter":{"after":%d}}`, got.Next)).want(200).read(&got)
	if o.wakes != 4 {
		t.Errorf("the queue was woken %d times", o.wakes)
	}
	var d drained
	o.ask("POST", "/operator/drain", "").want(200).read(&d)
	for _, id := range ids {
		r := o.record(id)
		if r.Status != routing.StatusDone || r.Acts[len(r.Acts)-1].By != "ann" || r.Acts[len(r.Acts)-1].What != "replay" {
			t.Errorf("%s: %s, acts %+v", id, r.Status, r.Acts)
		}
	}
	if d.Finished != 3 || d.Due != 0 {
		t.Errorf("drained %+v", d)
	}
}

func TestReplayRefuses(t *testing.T) {
	o := newOffice(t)
	many, _ := json.Marshal(map[string]any{"keys": make([]string, 1001)})
	for _, row := range []struct{ name, body, field string }{
		{"nothing", `{}`, "keys"},
		{"both", `{"keys":["a"],"filter":{}}`, "keys"},
		{"too many", string(many), "keys"},
		{"an empty id", `{"keys":[""]}`, "keys"},
		{"a bad filter", `{"filter":{"status":["lost"]}}`, "filter.status"},
		{"a bad configuration", `{"filter":{},"configuration":"{"}`, "configuration"},
		{"a wrong configuration", `{"filter":{},"configuration":"{\"strategy\":\"dice\"}"}`, "configuration"},
	} {
		t.Run(row.name, func(t *testing.T) {
			o.ask("POST", "/operator/replay", row.body).refused(422, codeInvalidField, row.field)
		})
	}
	o.ask("POST", "/operator/replay", `{"keys":["flow/nobody"],"dryRun":true}`).refused(404, codeNotFound, "")
}

func TestPauseDrainAndStatus(t *testing.T) {
	o := newOffice(t)
	accepted, err := o.engine.Accept(t.Context(), []routing.Event{{
		ID: "1", Source: "flow", Person: routing.Person{FullName: "Ada Okafor"}, To: &routing.Place{Company: "Acme Inc", Email: "ada@acme.com"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	o.ask("POST", "/operator/pause", "").want(200)
	o.ask("POST", "/operator/drain", "").refused(409, codeConflict, "")
	var s operatorStatus
	o.ask("GET", "/operator/status", "").want(200).read(&s)
	if !s.Paused || s.Queue.Due != 1 || s.Config != o.engine.Policy().Version() || s.Runner == nil {
		t.Errorf("status %+v", s)
	}
	o.ask("POST", "/operator/resume", "").want(200)
	o.ask("POST", "/operator/drain", "").want(200)
	if r := o.record(accepted[0].Record.Key); r.Status != routing.StatusDone {
		t.Errorf("after a drain: %s", r.Status)
	}
	if diff := cmp.Diff([]bool{true, false}, o.paused); diff != "" || o.wakes != 1 {
		t.Errorf("told %v, woken %d", o.paused, o.wakes)
	}
	o.kept(t, "drain ann 1 deliveries done", "resume ann  done", "drain ann  conflict", "pause ann  done")
}

func TestRefusedRequestsAreListedWithoutContent(t *testing.T) {
	o := newOffice(t)
	kept := Refused{ID: "h1", Source: "feed:acme", Code: codeBadSignature, Request: Request{
		ID: "req_1", Method: "POST", URI: "/feeds/acme?email=jane@example.com", Header: http.Header{"Webhook-Signature": {"v1,abc"}},
		Body: []byte("jane@example.com"), Received: o.now,
	}}
	if err := o.store.Refuse(t.Context(), kept); err != nil {
		t.Fatal(err)
	}
	var page refusedPage
	got := o.ask("GET", "/operator/refused?source=feed:acme", "").want(200).read(&page)
	want := []refusedStory{{ID: "h1", Source: "feed:acme", Code: codeBadSignature, Method: "POST", Path: "/feeds/acme", Bytes: 16, Received: o.now}}
	if diff := cmp.Diff(want, page.Items); diff != "" || strings.Contains(got.body, "jane") {
		t.Errorf("%s in %s", diff, got.body)
	}
	o.ask("POST", "/operator/refused/readmit", `{"source":"feed:acme"}`).want(200)
	o.ask("POST", "/operator/refused/readmit", `{"source":"a b"}`).refused(422, codeInvalidField, "source")
	o.kept(t, "readmit ann  invalid_field", "readmit ann feed:acme done")
}

// TestAD14ReplayOfAMessage: a message that was sent is owed again, under its id.
func TestAD14ReplayOfAMessage(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	if err := o.store.Promise(ctx, []Promise{{ID: "msg_1", Kind: "webhook", Delivery: "d", Made: o.now, Due: o.now}}); err != nil {
		t.Fatal(err)
	}
	o.ask("POST", "/operator/messages/msg_1/replay", "").refused(409, codeConflict, "")
	if err := o.store.Kept(ctx, []Keeping{{ID: "msg_1", Sent: true, At: o.now}}); err != nil {
		t.Fatal(err)
	}
	var m messageStory
	o.ask("POST", "/operator/messages/msg_1/replay", "").want(200).read(&m)
	owed, err := o.store.Owed(ctx, o.now, 10, time.Minute)
	if err != nil || len(owed) != 1 || owed[0].ID != "msg_1" || !m.Ended.IsZero() {
		t.Errorf("owed %+v, told %+v, %v", owed, m, err)
	}
	o.ask("POST", "/operator/messages/msg_2/replay", "").refused(404, codeNotFound, "")
}

func TestExport(t *testing.T) {
	broken := false
	o := newOffice(t, func(o *office) {
		o.options = func(opt *Options) {
			opt.Operators.Export = func(_ context.Context, w io.Writer, what string) error {
				if broken {
					return errors.New("broken")
				}
				_, err := io.WriteString(w, "what\n"+what+"\n")
				return err
			}
		}
	})
	got := o.ask("GET", "/operator/export?what=credits", "").want(200)
	if got.body != "what\ncredits\n" || !strings.HasPrefix(got.header.Get("Content-Type"), "text/csv") {
		t.Errorf("%s %q", got.header, got.body)
	}
	o.ask("GET", "/operator/export?what=people", "").refused(422, codeInvalidField, "what")
	o.kept(t, "export ann credits done")
	broken = true
	defer func() {
		if recover() != http.ErrAbortHandler { //nolint:errorlint // a panic's value
			t.Error("a broken export ended like a whole one")
		}
	}()
	o.ask("GET", "/operator/export?what=ledger", "")
}
