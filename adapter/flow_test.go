package adapter

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/crmtest"
	"github.com/onward-crm/onward/routing"
)

const routePath = "/salesforce/flow/route"

// body1 is the body of a request about one move.
func body1(id, move string) string { return `{"requestId":"` + id + `",` + move + `}` }

func (b *flowBench) record(id string) (routing.Record, bool) {
	b.t.Helper()
	key := "flow/" + id
	found, err := b.opt.Ledger.Fetch(context.Background(), []string{key})
	if err != nil {
		b.t.Fatal(err)
	}
	r, ok := found[key]
	return r, ok
}

func TestAD03CRMAwayBeforeTheFirstWrite(t *testing.T) {
	b := newFlowBench(t, failing(crmtest.Fault{Call: crmtest.AnyCall, Kind: crmtest.Unavailable, Sticky: true}))
	w := b.post(routePath, body1("r1", annLee))
	b.refused(w, http.StatusServiceUnavailable, "unavailable")
	if got := w.Header().Get("Retry-After"); got != "30" {
		t.Errorf("Retry-After %q", got)
	}
	if _, ok := b.record("r1"); ok {
		t.Error("the delivery was not withdrawn")
	}
	b.driver.(*crmtest.FaultyDriver).Calls() // the engine keeps its driver; the fault ends with a new one
	b.driver = b.db
	b.open()
	if got := b.answered(b.post(routePath, body1("r1", annLee))); got["status"] != "done" || got["replayed"] != false {
		t.Errorf("after the outage: %v", got)
	}
}

func TestAD03CRMAwayAfterTheDecision(t *testing.T) {
	b := newFlowBench(t, failing(crmtest.Fault{Call: crmtest.WriteCall, Kind: crmtest.Unavailable, Sticky: true}))
	got := b.answered(b.post(routePath, body1("r1", annLee)))
	if got["status"] != "accepted" || got["decisionId"] != "flow/r1" {
		t.Errorf("got %v", got)
	}
	if _, ok := b.record("r1"); !ok {
		t.Error("an accepted delivery is gone")
	}
}

// A list is given back as a whole or not at all.
func TestAD03ListOfWhichOneHasBegun(t *testing.T) {
	b := newFlowBench(t)
	b.answered(b.post(routePath, body1("other", `"email":"bob@newco.example","fullName":"Bob Ray","newCompany":"NewCo"`)))
	b.driver = crmtest.Faulty(b.db, crmtest.Script{{Call: crmtest.WriteCall, N: 1, Kind: crmtest.Quota, Sticky: true}})
	b.open()
	body := `{"requestId":"l1","items":[{` + annLee + `},{"email":"bob@newco.example","fullName":"Bob Ray","newCompany":"NewCo"}]}`
	got := b.answered(b.post(routePath, body))
	if got["status"] != "accepted" {
		t.Errorf("got %v", got)
	}
	for _, id := range []string{"l1#0", "l1#1"} {
		if _, ok := b.record(id); !ok {
			t.Errorf("%s is gone", id)
		}
	}
}

func TestAD03InputThatIsWrongForGood(t *testing.T) {
	b := newFlowBench(t, failing(crmtest.Fault{Call: crmtest.AnyCall, Kind: crmtest.Unavailable, Sticky: true}))
	b.refused(b.post(routePath, `{"requestId":"r1","email":"nobody"}`), http.StatusUnprocessableEntity, "invalid_field")
}

// Two requests with one key: what one of them was told to be accepted must not be
// taken away by the other.
func TestAD03NobodyIsToldAcceptedOfWhatIsGivenBack(t *testing.T) {
	for range 20 {
		b := newFlowBench(t, failing(crmtest.Fault{Call: crmtest.AnyCall, Kind: crmtest.Unavailable, Sticky: true}))
		var group sync.WaitGroup
		answers := make([]*httptest.ResponseRecorder, 6)
		for i := range answers {
			group.Go(func() { answers[i] = b.post(routePath, body1("same", annLee)) })
		}
		group.Wait()
		_, kept := b.record("same")
		for _, w := range answers {
			if w.Code == http.StatusOK && !kept {
				t.Fatalf("told %s, but it is gone", w.Body)
			}
		}
	}
}

func TestAD04RetryAfterInSeconds(t *testing.T) {
	b := newFlowBench(t, func(b *flowBench) { b.opt.Limits = Limits{Rate: 0.5, Burst: 1} })
	b.answered(b.post(routePath, body1("r1", annLee)))
	w := b.post(routePath, body1("r2", annLee))
	b.refused(w, http.StatusTooManyRequests, "rate_limited")
	if got := w.Header().Get("Retry-After"); got != "2" {
		t.Errorf("Retry-After %q, want 2 seconds", got)
	}
}

// stuckDriver does not answer queries until it is let go, whatever the context says.
type stuckDriver struct {
	crm.Driver
	gate chan struct{}
}

func (d stuckDriver) Find(ctx context.Context, qs []crm.Query) ([]crm.Page, error) {
	<-d.gate
	return d.Driver.Find(ctx, qs)
}

func stuck(gate chan struct{}) func(*flowBench) {
	return func(b *flowBench) { b.driver = stuckDriver{b.db, gate} }
}

func TestAD05SlowDecisionIsAcceptedWithinTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		b := newFlowBench(t, stuck(gate))
		began := time.Now()
		got := b.answered(b.post(routePath, body1("r1", annLee)))
		if got["status"] != "accepted" || got["decisionId"] != "flow/r1" || time.Since(began) != 2*time.Second {
			t.Errorf("%v after %s", got, time.Since(began))
		}
		close(gate)
		synctest.Wait()
		if r, _ := b.record("r1"); r.Status != routing.StatusDone {
			t.Errorf("the work did not go on: %s", r.Status)
		}
		if got := b.answered(b.post(routePath, body1("r1", annLee))); got["status"] != "done" || got["replayed"] != true {
			t.Errorf("asked again: %v", got)
		}
	})
}

func TestAD05DryRoutesEndWithinTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		b := newFlowBench(t, stuck(gate))
		for _, path := range []string{"/decide", "/match-account", "/find-duplicates", "/resolve-dri"} {
			began := time.Now()
			b.refused(b.post("/salesforce/flow"+path, body1("r1", annLee)), http.StatusServiceUnavailable, "unavailable")
			if d := time.Since(began); d != 2*time.Second {
				t.Errorf("%s after %s", path, d)
			}
		}
		close(gate)
	})
}

// Where all places of those who wait are taken, work is left to the queue.
func TestAD05NoPlaceToWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate, woken := make(chan struct{}), 0
		b := newFlowBench(t, stuck(gate), func(b *flowBench) {
			b.opt.Limits.Working = 1
			b.opt.Wake = func() { woken++ }
		})
		b.answered(b.post(routePath, body1("r1", annLee)))
		began := time.Now()
		got := b.answered(b.post(routePath, body1("r2", annLee)))
		if got["status"] != "accepted" || time.Since(began) != 0 || woken == 0 {
			t.Errorf("%v after %s, %d wakes", got, time.Since(began), woken)
		}
		close(gate)
	})
}

func TestAD06TwoHundredItemsInOrder(t *testing.T) {
	b := newFlowBench(t, func(b *flowBench) { b.opt.Flow.Deadline = time.Minute })
	items := make([]string, 200)
	for i := range items {
		items[i] = fmt.Sprintf(`{"email":"p%d@other%d.example","fullName":"Person Number%d","newCompany":"Company %d"}`, i, i, i, i)
	}
	items[17] = `{"email":"no address"}`
	got := b.answered(b.post(routePath, `{"requestId":"l","items":[`+strings.Join(items, ",")+`]}`))
	results, _ := got["results"].([]any)
	if got["status"] != "partial" || len(results) != 200 {
		t.Fatalf("status %v, %d results", got["status"], len(results))
	}
	for i, r := range results {
		m, _ := r.(map[string]any)
		want := "done"
		if i == 17 {
			want = "rejected"
		}
		if m["index"] != float64(i) || m["status"] != want {
			t.Errorf("item %d: %v", i, m)
		}
		if id, _ := m["leadId"].(string); i != 17 {
			lead, ok := b.db.Record(id)
			if !ok || lead.Fields["Company"] != fmt.Sprintf("Company %d", i) {
				t.Errorf("item %d has the lead of %q", i, lead.Fields["Company"])
			}
		}
	}
	items = append(items, `{}`)
	field, _ := b.refused(b.post(routePath, `{"requestId":"m","items":[`+strings.Join(items, ",")+`]}`), 422, "invalid_field")
	if field != "items" {
		t.Errorf("field %q", field)
	}
}

func TestAD07BadInput(t *testing.T) {
	b := newFlowBench(t)
	for _, row := range []struct {
		name, body string
		status     int
		field      string
	}{
		{"broken JSON", `{"requestId":"a",}`, 400, ""},
		{"nothing", ``, 400, ""},
		{"trailing data", `{"requestId":"a"} {}`, 400, ""},
		{"duplicate key", `{"requestId":"a","requestId":"b"}`, 400, ""},
		{"invalid UTF-8", "{\"requestId\":\"\xff\"}", 400, ""},
		{"nested too deep", strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40), 400, ""},
		{"unknown field", `{"requestId":"a","foo":1}`, 422, "foo"},
		{"unknown field of an item", `{"requestId":"a","items":[{},{},{},{"foo":1}]}`, 422, "items[3].foo"},
		{"other spelling", `{"requestid":"a"}`, 422, "requestid"},
		{"null in place of a list", `{"requestId":"a","items":null}`, 422, "items"},
		{"text in place of a list", `{"requestId":"a","items":"x"}`, 422, "items"},
		{"number in place of text", `{"requestId":"a","email":9007199254740993}`, 422, "email"},
		{"a list at the top", `[]`, 422, ""},
		{"null at the top", `null`, 422, ""},
		{"no key", `{` + annLee + `}`, 422, "requestId"},
		{"key with an item's place", body1("a#1", annLee), 422, "requestId"},
		{"items and a record", `{"requestId":"a","email":"a@b.example","items":[{}]}`, 422, "items"},
		{"no items", `{"requestId":"a","items":[]}`, 422, "items"},
		{"broken id", body1("a", `"recordId":"a01RM00000JcAbcYAX","email":"a@b.example"`), 422, "recordId"},
		{"broken lead id", body1("a", `"pastLeadId":"x","email":"a@b.example"`), 422, "pastLeadId"},
		{"an account's id for a contact's", body1("a", `"pastContactId":"001RM000003oLnnYAE","newCompany":"B"`), 422, "pastContactId"},
		{"a contact's id for an event record's", body1("a", `"recordId":"003RM0000068xV6YAI","email":"a@b.example","newCompany":"B"`), 422, "recordId"},
		{"a contact's id for an account's", body1("a", `"newAccountId":"003RM0000068xV6YAI","email":"a@b.example"`), 422, "newAccountId"},
		{"broken date", body1("a", `"startedOn":"yesterday","email":"a@b.example","newCompany":"B"`), 422, "startedOn"},
		{"unknown strategy", body1("a", `"strategy":"nope","email":"a@b.example","newCompany":"B"`), 422, "strategy"},
		{"strategy that is not to be chosen", body1("a", `"strategy":"always-lead","email":"a@b.example","newCompany":"B"`), 422, "strategy"},
		{"no address", body1("a", `"email":"nobody","newCompany":"B"`), 422, "email"},
	} {
		t.Run(row.name, func(t *testing.T) {
			code := map[int]string{400: "bad_json", 422: "invalid_field"}[row.status]
			if field, _ := b.refused(b.post(routePath, row.body), row.status, code); field != row.field {
				t.Errorf("field %q, want %q", field, row.field)
			}
		})
	}
	w := b.send(routePath, strings.NewReader("x"), map[string]string{"X-API-Key": "sfk_current", "Content-Encoding": "gzip"})
	b.refused(w, http.StatusUnsupportedMediaType, "unsupported_media_type")
	if n := len(b.db.Effects()); n != 0 {
		t.Errorf("%d writes", n)
	}
}

func TestAD08KeysAreNamedInTheLogAndNeverShown(t *testing.T) {
	b := newFlowBench(t)
	for i, k := range []string{"sfk_current", "sfk_previous", "sfk_wrong_key"} {
		w := b.send(routePath, strings.NewReader(body1(fmt.Sprint("r", i), annLee)), map[string]string{"X-API-Key": k})
		if want := []int{200, 200, 401}[i]; w.Code != want {
			t.Errorf("%s: %d, want %d", k, w.Code, want)
		}
	}
	logs := b.logs.String()
	for _, id := range []string{"key=current", "key=previous"} {
		if !strings.Contains(logs, id) {
			t.Errorf("no %s in the log", id)
		}
	}
	if strings.Contains(logs, "sfk_") {
		t.Error("a key is in the log")
	}
}

func TestAD09Minimum(t *testing.T) {
	b := newFlowBench(t)
	got := b.answered(b.post(routePath, body1("r1", `"fullName":"Zoe Quist","newCompany":"Fabrikam"`)))
	if got["outcome"] != "lead_created" {
		t.Errorf("name and company: %v", got)
	}
	field, message := b.refused(b.post(routePath, `{"requestId":"r2"}`), 422, "invalid_field")
	if field != "fullName" || !strings.Contains(message, "pastContactId") {
		t.Errorf("nothing: %s: %s", field, message)
	}
	field, message = b.refused(b.post(routePath, body1("r3", `"fullName":"Zoe Quist"`)), 422, "invalid_field")
	if field != "newCompany" || !strings.Contains(message, "newDomain") {
		t.Errorf("no company: %s: %s", field, message)
	}
}

func TestAD10SalesforceForms(t *testing.T) {
	received := time.UnixMilli(contractClock).UTC()
	long := flowMove{RecordID: flowJobChange, PastContactID: flowContact, NewCompany: "B", StartedOn: "2026-07-01", OccurredAt: "2026-07-02T08:00:00Z"}
	short := flowMove{RecordID: flowJobChange[:15], PastContactID: flowContact[:15], NewCompany: " B ", StartedOn: "2026-07-01T00:00:00.000+0000",
		OccurredAt: "2026-07-02T10:00:00.000+0200"}
	a, errA := flowEvent(long, "x", received)
	b, errB := flowEvent(short, "x", received)
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	if !sameReport(a, b) || !a.OccurredAt.Equal(b.OccurredAt) || a.RecordID != flowJobChange {
		t.Errorf("%+v\n%+v", a, b)
	}
}

func TestSameRequestIDWithOtherContent(t *testing.T) {
	b := newFlowBench(t)
	b.answered(b.post(routePath, body1("r1", annLee)))
	field, _ := b.refused(b.post(routePath, body1("r1", `"fullName":"Zoe Quist","newCompany":"Fabrikam"`)), 422, "invalid_field")
	if field != "requestId" {
		t.Errorf("field %q", field)
	}
	first := `{"requestId":"l1","items":[{` + annLee + `},{"fullName":"Zoe Quist","newCompany":"Fabrikam"}]}`
	b.answered(b.post(routePath, first))
	got := b.answered(b.post(routePath, strings.Replace(first, "Quist", "Quest", 1)))
	results, _ := got["results"].([]any)
	second, _ := results[1].(map[string]any)
	if got["status"] != "partial" || second["message"] != "requestId was used for another content before" {
		t.Errorf("got %v", got)
	}
}

func TestAD12CloseWaitsForWorkThatHasBegun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		b := newFlowBench(t, stuck(gate))
		b.answered(b.post(routePath, body1("r1", annLee))) // accepted; the work goes on
		time.AfterFunc(3*time.Second, func() { close(gate) })
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if err := b.Close(ctx); err != nil {
			t.Fatal(err)
		}
		if r, _ := b.record("r1"); r.Status != routing.StatusDone {
			t.Errorf("closed while it was %s", r.Status)
		}
		if got := b.answered(b.post(routePath, body1("r2", annLee))); got["status"] != "accepted" {
			t.Errorf("after closing: %v", got)
		}
	})
}

// patientDriver does not answer queries before the context ends.
type patientDriver struct{ crm.Driver }

func (patientDriver) Find(ctx context.Context, _ []crm.Query) ([]crm.Page, error) {
	<-ctx.Done()
	return nil, &crm.Error{Op: "find", Class: crm.ErrUnavailable, Err: ctx.Err()}
}

func TestAD12CloseStopsWorkAtItsEndAndLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFlowBench(t, func(b *flowBench) { b.driver = patientDriver{b.db} })
		b.answered(b.post(routePath, body1("r1", annLee)))
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if err := b.Close(ctx); err == nil {
			t.Error("want the context's error")
		}
		synctest.Wait()
		if r, ok := b.record("r1"); !ok || r.Status != routing.StatusAccepted {
			t.Errorf("%v %s", ok, r.Status)
		}
	})
}

func TestAD13NobodyInTheLog(t *testing.T) {
	b := newFlowBench(t)
	bodies := []string{
		body1("r1", annLee), body1("r1", strings.Replace(annLee, "Ann Lee", "Annika Leeson", 1)), `{"requestId":"x","Ann Lee":1}`,
		body1("r2", `"email":"Ann Lee","newCompany":"B"`), `{"requestId":"l","items":[{` + annLee + `},{"recordId":"Ann Lee"}]}`, `Ann Lee`,
	}
	for _, path := range []string{"/route", "/decide", "/match-account", "/find-duplicates", "/resolve-dri", "/complete"} {
		for _, body := range bodies {
			b.post("/salesforce/flow"+path, body)
		}
	}
	b.post("/Ann%20Lee", "ann.lee@newco.example")
	for _, canary := range []string{"Ann", "Lee", "newco", "sfk_"} {
		if strings.Contains(b.logs.String(), canary) {
			t.Errorf("%q is in the log:\n%s", canary, b.logs)
		}
	}
}
