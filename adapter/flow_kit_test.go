package adapter

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/crmtest"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/dri"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/memledger"
	"github.com/onward-crm/onward/routing/mirror"
)

// The records of Salesforce's cases.
const (
	flowUser      = "005RM00000UsrAbYAJ"
	flowContact   = "003RM0000068xV6YAI"
	flowAccountID = "001RM000003oLnnYAE"
	flowJobChange = "a01RM00000JcAbcYAF"
	flowLead      = "00QRM00000AbcDe2AJ"
)

// annLee is the move that most cases report.
const annLee = `"recordId":"a01RM00000JcAbcYAF","pastContactId":"003RM0000068xV6YAI","email":"ann.lee@newco.example","fullName":"Ann Lee","pastAccountId":"001RM000003oLnnYAE","newCompany":"NewCo GmbH","newDomain":"newco.example","newTitle":"VP Sales"`

// flowBench is a server for Flows, over a CRM and a ledger in memory.
type flowBench struct {
	*Server
	t      testing.TB
	db     *memcrm.CRM
	driver crm.Driver
	cfg    routing.Config
	opt    Options
	engine *routing.Engine
	logs   *syncBuffer
	now    func() time.Time
}

// syncBuffer is written by several goroutines.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// newFlowBench makes a server with the settings of the cases; change may alter what
// it is made of before it is made.
func newFlowBench(t testing.TB, change ...func(*flowBench)) *flowBench {
	t.Helper()
	clock := time.UnixMilli(contractClock).UTC()
	b := &flowBench{t: t, cfg: routing.DefaultConfig(), logs: &syncBuffer{}, now: func() time.Time { return clock }}
	b.load()
	b.driver = b.db
	b.cfg.Owners.Default, b.cfg.DRI.Default, b.cfg.Owners.Integration = flowUser, flowUser, memcrm.DefaultUser
	b.cfg.Owners.Lead = finders(t, "default")
	b.opt = Options{
		Ledger: memledger.New(), Store: NewMemoryStore(SideLimits{}), PublicURL: contractBase,
		Logger: slog.New(slog.NewTextHandler(b.logs, nil)),
		Flow: &FlowOptions{Deadline: 2 * time.Second, Keys: []APIKey{
			{Current: key(t, "sfk_current"), Previous: key(t, "sfk_previous"), PreviousUntil: clock.Add(time.Hour), Scopes: Scopes()},
			{ID: "looks", Current: key(t, "sfk_looks_only"), Scopes: []Scope{ScopeMatch}},
		}},
	}
	for _, f := range change {
		f(b)
	}
	b.open()
	return b
}

func (b *flowBench) load() {
	b.t.Helper()
	dir := b.t.TempDir()
	for name, text := range map[string]string{
		"User.csv":          "Id,Name,IsActive\n" + flowUser + ",Rep,true\n",
		"Account.csv":       "Id,Name,Website,OwnerId\n" + flowAccountID + ",OldCo,oldco.example," + flowUser + "\n",
		"Contact.csv":       "Id,FirstName,LastName,Email,AccountId,OwnerId\n" + flowContact + ",Ann,Lee,ann@oldco.example," + flowAccountID + "," + flowUser + "\n",
		"Job_Change__c.csv": "Id,Name\n" + flowJobChange + ",JC-1\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			b.t.Fatal(err)
		}
	}
	db, report, err := memcrm.Load(dir, &memcrm.Options{Now: func() time.Time { return b.now() }})
	if err != nil || len(report.Problems) > 0 {
		b.t.Fatal(err, report)
	}
	b.db = db
}

func (b *flowBench) open() {
	b.t.Helper()
	policy, err := routing.NewPolicy(b.cfg)
	if err != nil {
		b.t.Fatal(err)
	}
	quiet := &crm.ClientOptions{Sleep: func(context.Context, time.Duration) error { return nil }}
	accounts, err := mirror.Load(b.t.Context(), crm.NewClient(b.db, quiet), policy)
	if err != nil {
		b.t.Fatal(err)
	}
	now := func() time.Time { return b.now() }
	b.engine, err = routing.New(b.cfg, routing.Deps{CRM: crm.NewClient(b.driver, quiet), Ledger: b.opt.Ledger, Accounts: accounts},
		&routing.Options{Now: now, Secret: []byte("test")})
	if err != nil {
		b.t.Fatal(err)
	}
	b.opt.Engine, b.opt.Now = b.engine, now
	if b.Server, err = New(b.opt); err != nil {
		b.t.Fatal(err)
	}
	b.newID = func() string { return "req_1" }
	b.t.Cleanup(func() { _ = b.Close(context.Background()) })
}

func key(t testing.TB, s string) Secret {
	t.Helper()
	k, err := NewKey(s)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func finders(t testing.TB, texts ...string) dri.Chain {
	t.Helper()
	c, err := dri.ParseChain(texts...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// failing lets the CRM fail by a script.
func failing(script ...crmtest.Fault) func(*flowBench) {
	return func(b *flowBench) { b.driver = crmtest.Faulty(b.db, script) }
}

// post sends a body with the current key.
func (b *flowBench) post(path, body string) *httptest.ResponseRecorder {
	return b.send(path, strings.NewReader(body), map[string]string{"X-API-Key": "sfk_current"})
}

// send makes a request.
func (b *flowBench) send(path string, body io.Reader, header map[string]string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, body)
	r.Header.Set("Content-Type", "application/json")
	for name, value := range header {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	b.Handler().ServeHTTP(w, r)
	return w
}

// exchange sends the request of a case.
func (b *flowBench) exchange(c contractCase) *httptest.ResponseRecorder {
	r := httptest.NewRequest(c.req.Method, c.req.URI, bytes.NewReader(c.req.Body))
	r.Header = c.req.Header.Clone()
	w := httptest.NewRecorder()
	b.Handler().ServeHTTP(w, r)
	return w
}

// check compares an answer with that of a case. The id of the lead is bound to the
// one that the CRM has really given.
func (b *flowBench) check(c contractCase, got *httptest.ResponseRecorder) {
	b.t.Helper()
	want := c.body
	for _, lead := range b.db.Records(crm.ObjectLead) {
		want = strings.ReplaceAll(want, flowLead, lead.ID)
	}
	if got.Code != c.status {
		b.t.Fatalf("status %d, want %d: %s", got.Code, c.status, got.Body)
	}
	for name, value := range c.header {
		if got.Header().Get(name) != value {
			b.t.Errorf("%s: %q, want %q", name, got.Header().Get(name), value)
		}
	}
	if diff := cmp.Diff(jsonOf(b.t, want), jsonOf(b.t, got.Body.String())); diff != "" {
		b.t.Error("answer (-want +got):\n" + diff)
	}
}

func jsonOf(t testing.TB, text string) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v
}

// answered is an answer of 200 as values.
func (b *flowBench) answered(w *httptest.ResponseRecorder) map[string]any {
	b.t.Helper()
	if w.Code != http.StatusOK {
		b.t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	return jsonOf(b.t, w.Body.String())
}

// refused checks the status and the code of a refusal, and gives its field and
// message.
func (b *flowBench) refused(w *httptest.ResponseRecorder, status int, code string) (field, message string) {
	b.t.Helper()
	if w.Code != status {
		b.t.Fatalf("status %d, want %d: %s", w.Code, status, w.Body)
	}
	detail, _ := jsonOf(b.t, w.Body.String())["error"].(map[string]any)
	if detail["code"] != code || detail["requestId"] != "req_1" {
		b.t.Fatalf("got %v, want code %s", detail, code)
	}
	field, _ = detail["field"].(string)
	message, _ = detail["message"].(string)
	return field, message
}

// creates counts the records that the adapter has created.
func (b *flowBench) creates() int {
	n := 0
	for _, e := range b.db.Effects() {
		if e.Verb == crm.VerbCreate {
			n++
		}
	}
	return n
}
