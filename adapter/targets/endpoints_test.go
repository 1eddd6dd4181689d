package targets_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/onward-crm/onward/adapter"
	admin "github.com/onward-crm/onward/adapter/targets"
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/memledger"
	"github.com/onward-crm/onward/routing/mirror"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/filefeed"
	"github.com/onward-crm/onward/tracking/rounds"
	"github.com/onward-crm/onward/tracking/target"
)

var now = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

const (
	acme = "001000000000001AAA"
	beta = "001000000000002AAA"
)

// office is a server with the endpoints of two watched accounts, and a file that knows
// who works there.
type office struct {
	*testing.T
	server *adapter.Server
	store  *rounds.Memory
	acts   adapter.Store
	// meanwhile happens while the file is searched.
	meanwhile func()
	feed      *filefeed.Feed
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{T: t, store: new(rounds.Memory), acts: adapter.NewMemoryStore(adapter.SideLimits{}), meanwhile: func() {}}
	clock := func() time.Time { return now }
	var err error
	o.feed, err = filefeed.Read(strings.NewReader("full_name,linkedin_url,account_id,title\nAnn One,linkedin.com/in/ann-one,"+acme+",VP Sales\n"+
		"Bob Two,linkedin.com/in/bob-two,"+acme+",SVP Sales\nCid Three,linkedin.com/in/cid-three,"+beta+",Sales Assistant\n"), filefeed.Options{})
	o.ok(err)
	personas := []tracking.Persona{{Name: "Sales", Include: []tracking.Phrase{{Text: "Sales"}}, Exclude: []tracking.Phrase{{Text: "Assistant"}}}}
	r, err := rounds.New(rounds.Plan{
		Reports: []target.Report{{ID: "key", File: "key.csv", Category: target.CategoryTarget}, {ID: "others", File: "o.csv", Category: target.CategoryOther}}, Personas: personas, PerAccount: 1,
	}, rounds.Deps{Store: o.store, Router: taker{}, Providers: []tracking.Provider{o}, Open: openList}, &rounds.Options{Now: clock})
	o.ok(err)
	db := memcrm.New(&memcrm.Options{Now: clock})
	rep, err := db.Add(crm.ObjectUser, crm.Fields{"Name": "Rep", "IsActive": "true"})
	o.ok(err)
	cfg := routing.DefaultConfig()
	cfg.Owners.Default, cfg.DRI.Default = rep, rep
	policy, err := routing.NewPolicy(cfg)
	o.ok(err)
	client, ledger := crm.NewClient(db, nil), memledger.New()
	accounts, err := mirror.Load(t.Context(), client, policy)
	o.ok(err)
	engine, err := routing.New(cfg, routing.Deps{CRM: client, Ledger: ledger, Accounts: accounts}, &routing.Options{Now: clock, Secret: []byte("secret-of-the-test")})
	o.ok(err)
	token, err := adapter.NewSecret("token-of-ann-0123456789")
	o.ok(err)
	o.server, err = adapter.New(adapter.Options{
		Engine: engine, Ledger: ledger, Store: o.acts, PublicURL: "https://hooks.example.com", Now: clock,
		Operators: &adapter.OperatorOptions{
			Operators: []adapter.Operator{{Name: "ann", Token: token}}, Endpoints: admin.Endpoints(admin.Options{Rounds: r, Store: o.store, Personas: personas}),
		},
	})
	o.ok(err)
	return o
}

func openList(_ context.Context, r target.Report) (rounds.Sheet, error) {
	ids := map[string][]string{"key": {acme, "x"}, "others": {acme, beta}}[r.ID]
	return rounds.Sheet{Header: []string{"Account ID"}, Rows: func(yield func([]string, error) bool) {
		for _, id := range ids {
			if !yield([]string{id}, nil) {
				return
			}
		}
	}}, nil
}

// taker takes everybody.
type taker struct{}

func (taker) Looks(_ context.Context, l []rounds.Look) ([]rounds.Verdict, error) {
	return make([]rounds.Verdict, len(l)), nil
}
func (taker) Hires(_ context.Context, h []rounds.Hire) ([]error, error) {
	return make([]error, len(h)), nil
}

// Name, Refresh and Find are the file's.
func (o *office) Name() string { return "export" }
func (o *office) Refresh(ctx context.Context, p []tracking.Person) (tracking.Refreshed, error) {
	return o.feed.Refresh(ctx, p)
}
func (o *office) Find(ctx context.Context, at matching.Company, p tracking.Persona, limit int) (tracking.Found, error) {
	o.meanwhile()
	return o.feed.Find(ctx, at, p, limit)
}

func (o *office) ok(err error) {
	o.Helper()
	if err != nil {
		o.Fatal(err)
	}
}

// ask sends a request of an operator; into may be nil.
func (o *office) ask(status int, method, path, body string, into any) string {
	o.Helper()
	r := httptest.NewRequestWithContext(o.Context(), method, "/operator/"+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer token-of-ann-0123456789")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	o.server.Handler().ServeHTTP(w, r)
	if w.Code != status {
		o.Errorf("%s %s: %d, want %d: %s", method, path, w.Code, status, w.Body)
	}
	if into != nil {
		o.ok(json.Unmarshal(w.Body.Bytes(), into))
	}
	return w.Body.String()
}

// TestOperatorsMakeRoundsAndSeeThem: the best is told, the other carried over, page by
// page; the round is an act with a name.
func TestOperatorsMakeRoundsAndSeeThem(t *testing.T) {
	o := newOffice(t)
	var round admin.Round
	o.ask(http.StatusOK, "POST", "targets/round", "{}", &round)
	if len(round.Told) != 1 || round.Told[0].Name != "Bob Two" || round.Carried != 1 || round.Searched.Found != 2 || round.Reports[0].Problems[0].Row != 2 {
		t.Errorf("%+v", round)
	}
	var people admin.People
	o.ask(http.StatusOK, "GET", "targets/people?limit=1", "", &people)
	if len(people.People) != 1 || people.People[0].Name != "Ann One" || people.People[0].Stage != rounds.StageCarried || people.Next == "" {
		t.Errorf("%+v", people)
	}
	o.ask(http.StatusOK, "GET", "targets/people?limit=1&after="+people.Next, "", &people)
	if len(people.People) != 0 {
		t.Errorf("%+v", people)
	}
	var accounts admin.Accounts
	o.ask(http.StatusOK, "GET", "targets/accounts?report=key", "", &accounts)
	if accounts.Watched != 1 || accounts.Accounts[0].ID != acme || accounts.Accounts[0].Category != target.CategoryTarget || len(accounts.Accounts[0].Reports) != 2 {
		t.Errorf("%+v", accounts)
	}
	o.ask(http.StatusOK, "GET", "targets/accounts?limit=1", "", &accounts)
	if accounts.Watched != 2 || len(accounts.Accounts) != 1 {
		t.Errorf("%+v", accounts)
	}
	var reports admin.Reports
	o.ask(http.StatusOK, "GET", "targets/reports", "", &reports)
	if len(reports.Reports) != 2 || !reports.Reports[0].Left() || reports.Reports[1].Left() || reports.Reports[1].Accounts != 2 || reports.Reports[0].ReadAt != "2026-11-23T09:00:00Z" {
		t.Errorf("%+v", reports)
	}
	var tested admin.Tested
	o.ask(http.StatusOK, "POST", "personas/test", `{"title":"Assistant to the VP Sales","country":"US"}`, &tested)
	if tested.Counts != "" || tested.Answers[0].Clause != `exclude "Assistant"` || tested.Departments == nil {
		t.Errorf("%+v", tested)
	}
	for path, field := range map[string]string{"targets/people?stage=best": "stage", "targets/people?limit=-1": "limit", "targets/accounts?limit=1001": "limit", "targets/accounts?colour=red": "query"} {
		if said := o.ask(http.StatusUnprocessableEntity, "GET", path, "", nil); !strings.Contains(said, field) {
			t.Errorf("%s: %s", path, said)
		}
	}
	o.ask(http.StatusUnprocessableEntity, "POST", "personas/test", `{"title":""}`, nil)
}

// TestOneRoundAtATime: a second one is refused, and told so.
func TestOneRoundAtATime(t *testing.T) {
	o := newOffice(t)
	refused := ""
	o.meanwhile = func() {
		o.meanwhile = func() {}
		refused = o.ask(http.StatusConflict, "POST", "targets/round", "{}", nil)
	}
	o.ask(http.StatusOK, "POST", "targets/round", "{}", nil)
	if !strings.Contains(refused, `"busy"`) {
		t.Errorf("%s", refused)
	}
}
