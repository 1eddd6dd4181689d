package contacts_test

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/adapter"
	admin "github.com/onward-crm/onward/adapter/contacts"
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/memledger"
	"github.com/onward-crm/onward/routing/mirror"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/contacts"
	"github.com/onward-crm/onward/tracking/memstore"
)

// list is a source of people by the local parts of their addresses, with a deal each.
type list struct {
	relationship string
	who          []string
	err          error
}

func (l list) Rows(context.Context) iter.Seq2[tracking.Row, error] {
	return func(yield func(tracking.Row, error) bool) {
		for i, w := range l.who {
			p := tracking.Person{LastName: w, Emails: []string{w + "@acme.com"}}
			d := &tracking.Deal{OpportunityID: "006A", Name: "Renewal", Role: "Buyer", Account: "Acme"}
			if !yield(tracking.Row{Number: i + 1, Relationship: l.relationship, Person: p, Deal: d}, nil) {
				return
			}
		}
		if l.err != nil {
			yield(tracking.Row{}, l.err)
		}
	}
}

var now = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// office is a server with the endpoints of tracked contacts, and the lists of TR01.
type office struct {
	*testing.T
	server    *adapter.Server
	service   *contacts.Service
	store     adapter.Store
	champions list
}

func (o *office) Rows(ctx context.Context) iter.Seq2[tracking.Row, error] {
	return o.champions.Rows(ctx)
}

func newOffice(t *testing.T, ranked bool) *office {
	t.Helper()
	o := &office{T: t, store: adapter.NewMemoryStore(adapter.SideLimits{}), champions: list{relationship: tracking.ClosedWon, who: []string{"a", "m", "n"}}}
	clock := func() time.Time { return now }
	var err error
	o.service, err = contacts.New(contacts.Deps{Store: new(memstore.Store), Secret: []byte("a secret of many bytes")}, &contacts.Options{Now: clock})
	o.ok(err)
	for _, l := range []struct {
		id, relationship string
		who              []string
	}{
		{"won", tracking.ClosedWon, []string{"a", "b", "c", "d", "e", "f", "g", "h", "a", "b"}},
		{"users", tracking.User, []string{"a", "b", "c", "x", "y", "z"}},
	} {
		imp := tracking.Import{ID: l.id, Kind: tracking.ImportCSV, Relationship: l.relationship}
		_, err := o.service.Import(t.Context(), imp, list{who: l.who}, nil)
		o.ok(err)
	}
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
		Engine: engine, Ledger: ledger, Store: o.store, PublicURL: "https://hooks.example.com", Now: clock,
		Operators: &adapter.OperatorOptions{Operators: []adapter.Operator{{Name: "ann", Token: token}}, Endpoints: admin.Endpoints(admin.Options{
			Service: o.service, Champions: o, Ranked: ranked, Now: clock,
			Import: o.take,
			Churn: func(context.Context) ([]tracking.ChurnAlert, error) {
				return []tracking.ChurnAlert{{AccountID: "001A", People: []string{"003A", "003B"}, First: now, Last: now, Key: "k"}}, nil
			},
			Deliveries: func(context.Context) ([]tracking.Delivery, error) {
				return []tracking.Delivery{{At: now, OwnerID: rep, Touched: true}, {At: now, OwnerID: rep}}, nil
			},
		})},
	})
	o.ok(err)
	return o
}

// take imports one list that was set up; others go wrong.
func (o *office) take(ctx context.Context, id string, activate bool) (contacts.Report, error) {
	imp := tracking.Import{ID: id, Kind: tracking.ImportCSV, Relationship: tracking.User}
	src := list{who: []string{"x", "q"}}
	switch id {
	case "bad":
		src.who = []string{"info"}
	case "long":
		return contacts.Report{}, contacts.ErrSuperseded
	case "slow":
		<-ctx.Done()
		return contacts.Report{}, ctx.Err()
	case "lost":
		return contacts.Report{}, &tracking.ConfigError{Field: "mapping", Text: "there is no column"}
	case "unknown":
		return contacts.Report{}, admin.ErrNoImport
	}
	if activate {
		return o.service.Import(ctx, imp, src, nil)
	}
	return o.service.Preview(ctx, imp, src, nil)
}

func (o *office) ok(err error) {
	o.Helper()
	if err != nil {
		o.Fatal(err)
	}
}

// ask sends a request of an operator, and gives status and body.
func (o *office) ask(method, path, body string) (int, string) {
	o.Helper()
	r := httptest.NewRequestWithContext(o.Context(), method, "/operator/contacts/"+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer token-of-ann-0123456789")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	o.server.Handler().ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// says demands an answer: 200, and members by their paths.
func (o *office) says(method, path, body string, want map[string]any) {
	o.Helper()
	status, text := o.ask(method, path, body)
	if status != http.StatusOK {
		o.Fatalf("%s %s: %d %s", method, path, status, text)
	}
	var doc any
	o.ok(json.Unmarshal([]byte(text), &doc))
	for at, v := range want {
		got := doc
		for _, key := range strings.Split(at, ".") {
			switch in := got.(type) {
			case map[string]any:
				got = in[key]
			case []any:
				if i := int(key[0] - '0'); i < len(in) {
					got = in[i]
				} else {
					got = nil
				}
			}
		}
		if diff := cmp.Diff(v, got); diff != "" {
			o.Errorf("%s %s: %s: %s", method, path, at, diff)
		}
	}
}

// TestEndpoints: what an admin sees and does, one after the other.
func TestEndpoints(t *testing.T) {
	o := newOffice(t, false)
	o.says("GET", "relationships", "", map[string]any{
		"credits": 11.0, "relationships.0.id": "closed_won", "relationships.0.rank": 1.0, "relationships.0.in_report": 10.0, "relationships.0.unique": 8.0,
		"relationships.0.tracking": 8.0, "relationships.2.tracking": 3.0, "imports.1.id": "users",
	})
	o.says("POST", "rerank", `{"order":["user"]}`, map[string]any{
		"credits": 11.0, "relationships.0.relationship": "user", "relationships.0.tracking": 6.0, "relationships.1.tracking": 5.0,
	})
	o.says("GET", "people?relationship=user&limit=2", "", map[string]any{
		"tracked": 6.0, "people.0.person.last_name": "a", "people.0.relationships": []any{"user", "closed_won"}, "people.1.person.last_name": "b", "people.2": nil,
	})
	o.says("GET", "people", "", map[string]any{"tracked": 11.0})
	o.says("POST", "find", `{"email":"A@acme.com"}`, map[string]any{"tracked": true, "relationship": "user", "members.0.import": "users"})
	o.says("POST", "untrack", `{"email":"a@acme.com","relationship":"user"}`, map[string]any{"untracked": []any{"user"}})
	o.says("POST", "find", `{"email":"a@acme.com"}`, map[string]any{"tracked": true, "relationship": "closed_won"})
	o.says("POST", "untrack", `{"email":"a@acme.com","all":true}`, map[string]any{"untracked": []any{"closed_won", "user"}})
	o.says("POST", "find", `{"email":"a@acme.com"}`, map[string]any{"tracked": false})
	o.says("POST", "retrack", `{"email":"a@acme.com"}`, map[string]any{"done": true})
	o.says("GET", "missing", "", map[string]any{"missing.0.person.last_name": "m", "missing.0.deals.0.role": "Buyer", "missing.1.person.last_name": "n", "missing.2": nil})
	o.says("POST", "dismiss", `{"email":"m@acme.com","reason":"retired"}`, map[string]any{"done": true})
	o.says("GET", "missing", "", map[string]any{"missing.0.person.last_name": "n", "missing.1": nil})
	o.says("GET", "scorecard", "", map[string]any{"won.contacts": 3.0, "won.tracked": 1.0, "deliveries": 2.0, "concentrated": true, "engagement": 0.5})
	o.says("GET", "churn", "", map[string]any{"accounts.0.account_id": "001A", "accounts.0.people": []any{"003A", "003B"}})
	o.says("GET", "credits?months=2", "", map[string]any{"months.0.closing": 0.0, "months.1.closing": 11.0, "months.1.from": "2026-11-01T00:00:00Z", "months.2": nil})
	o.says("POST", "import", `{"import":"more"}`, map[string]any{"rows": 2.0, "accepted": 2.0, "credits_before": 11.0, "credits_after": 12.0})
	o.says("GET", "relationships", "", map[string]any{"credits": 11.0})
	o.says("POST", "import", `{"import":"more","activate":true}`, map[string]any{"credits_after": 12.0, "synced.joined": 2.0})
	o.says("POST", "deactivate", `{"import":"more"}`, map[string]any{"credits": 11.0})
	o.says("POST", "deactivate", `{"import":"users"}`, map[string]any{"credits": 8.0})
}

// TestEndpointsRefuse: what cannot be is refused with the field, and changes nothing.
func TestEndpointsRefuse(t *testing.T) {
	o := newOffice(t, false)
	for _, tt := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"POST", "rerank", `{"order":["vip"]}`, 422, `\"vip\" is no relationship`},
		{"POST", "rerank", `{"order":[]}`, 422, "want ids of relationships"},
		{"GET", "people?relationship=vip", "", 422, `\"vip\" is no relationship`},
		{"GET", "people?limit=1001", "", 422, "want 1 to 1000"},
		{"POST", "find", `{}`, 422, "want email, crmId, linkedin, hubspotId, or firstName, lastName and company"},
		{"POST", "find", `{"firstName":"Ann","lastName":"Lee"}`, 422, "want email"},
		{"POST", "find", `{"email":"zoe@acme.com"}`, 404, "no list names them"},
		{"POST", "untrack", `{"email":"a@acme.com"}`, 422, "no relationship is named; name one, or say all=true"},
		{"POST", "untrack", `{"email":"a@acme.com","all":true,"relationship":"user"}`, 422, "a relationship is named as well"},
		{"POST", "untrack", `{"email":"zoe@acme.com","all":true}`, 404, "no list names them"},
		{"POST", "retrack", `{"email":"a@acme.com"}`, 404, "nobody like that was taken out by hand"},
		{"POST", "dismiss", `{"reason":"x"}`, 422, "want email"},
		{"POST", "import", `{"import":"unknown"}`, 404, "no import is called so"},
		{"POST", "import", `{"import":"bad","activate":true}`, 409, "no row of the list could be taken"},
		{"POST", "import", `{"import":"long"}`, 409, "the same list was begun again"},
		{"POST", "import", `{"import":"lost"}`, 422, "there is no column"},
		{"POST", "deactivate", `{"import":"nps"}`, 422, "there is no nps"},
		{"GET", "credits?months=121", "", 422, "want 1 to 120"},
	} {
		if status, text := o.ask(tt.method, tt.path, tt.body); status != tt.status || !strings.Contains(text, tt.want) {
			t.Errorf("%s %s %s: %d %s; want %d with %s", tt.method, tt.path, tt.body, status, text, tt.status, tt.want)
		}
	}
	o.says("GET", "relationships", "", map[string]any{"credits": 11.0, "relationships.0.id": "closed_won"})
	o.champions.err = errors.New("the CRM says ann@acme.com")
	if status, text := o.ask("GET", "missing", ""); status != http.StatusServiceUnavailable || strings.Contains(text, "ann") {
		t.Errorf("while the CRM is away: %d %s", status, text)
	}
	if status, text := newOffice(t, true).ask("POST", "rerank", `{"order":["user"]}`); status != http.StatusConflict || !strings.Contains(text, "configured") {
		t.Errorf("where the configuration ranks: %d %s", status, text)
	}
}

// TestLongImportIsGivenUp before the line is cut.
func TestLongImportIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, false)
		began := time.Now()
		status, text := o.ask("POST", "import", `{"import":"slow","activate":true}`)
		if status != http.StatusConflict || !strings.Contains(text, "too_long") || time.Since(began) != 2*time.Minute {
			t.Errorf("after %s: %d %s", time.Since(began), status, text)
		}
		if err := o.server.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// TestActsNameNobody: acts are kept with the operator, and without the person.
func TestActsNameNobody(t *testing.T) {
	o := newOffice(t, false)
	for path, body := range map[string]string{
		"rerank": `{"order":["user","closed_won"]}`, "untrack": `{"email":"a@acme.com","all":true}`, "dismiss": `{"email":"m@acme.com","reason":"m is retired"}`,
	} {
		if status, text := o.ask("POST", path, body); status != http.StatusOK {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
	acts, err := o.store.Acts(t.Context(), 10)
	o.ok(err)
	got := map[string]string{}
	for _, a := range acts {
		got[a.What] = a.By + " " + a.About
	}
	want := map[string]string{"rerank": "ann user,closed_won", "untrack": "ann all", "dismiss": "ann "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
