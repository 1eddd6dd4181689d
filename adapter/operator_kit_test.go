package adapter

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/memledger"
	"github.com/onward-crm/onward/routing/mirror"
)

// The tokens of the operators in tests.
const (
	annToken = "ann-token-0123456789"
	bobToken = "bob-token-0123456789"
)

// office is a server with its operators, over a CRM and a ledger in memory.
type office struct {
	t       testing.TB
	now     time.Time
	db      *memcrm.CRM
	driver  crm.Driver
	ledger  routing.Ledger
	store   Store
	cfg     routing.Config
	engine  *routing.Engine
	server  *Server
	wakes   int
	paused  []bool
	logs    syncBuffer
	tel     *Telemetry
	figures TelemetryOptions
	rep     string
	options func(*Options)
	// forgetters are other places that know people.
	forgetters []routing.Forgetter
}

// newOffice opens an office with two accounts that share a name and differ in
// everything else, so that a report of "Acme GmbH" goes to review. change adjusts it
// before it opens.
func newOffice(t testing.TB, change ...func(*office)) *office {
	t.Helper()
	o := &office{
		t: t, now: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC), ledger: memledger.New(),
		store: NewMemoryStore(SideLimits{}), cfg: routing.DefaultConfig(),
	}
	o.db = memcrm.New(&memcrm.Options{Now: func() time.Time { return o.now }})
	o.rep = o.add(crm.ObjectUser, crm.Fields{"Name": "Rep", "IsActive": "true"})
	o.cfg.Strategy = routing.StrategyContactAndAccount
	o.cfg.Owners.Default, o.cfg.DRI.Default, o.cfg.Owners.Integration = o.rep, o.rep, o.db.User()
	o.driver = o.db
	o.add(crm.ObjectAccount, crm.Fields{"Name": "Acme Inc", "Website": "acme.com", "BillingCountry": "US", "OwnerId": o.rep})
	o.add(crm.ObjectAccount, crm.Fields{"Name": "Acme Ltd", "Website": "acme.co.uk", "BillingCountry": "GB", "OwnerId": o.rep})
	for _, f := range change {
		f(o)
	}
	o.open()
	return o
}

func (o *office) add(object crm.Object, f crm.Fields) string {
	o.t.Helper()
	id, err := o.db.Add(object, f)
	if err != nil {
		o.t.Fatal(err)
	}
	return id
}

// open makes engine and server.
func (o *office) open() {
	o.t.Helper()
	var err error
	if o.tel, err = NewTelemetry(&o.figures); err != nil {
		o.t.Fatal(err)
	}
	policy, err := routing.NewPolicy(o.cfg)
	if err != nil {
		o.t.Fatal(err)
	}
	quiet := &crm.ClientOptions{Sleep: func(context.Context, time.Duration) error { return nil }}
	accounts, err := mirror.Load(o.t.Context(), crm.NewClient(o.db, quiet), policy)
	if err != nil {
		o.t.Fatal(err)
	}
	now := func() time.Time { return o.now }
	o.engine, err = routing.New(o.cfg, routing.Deps{
		CRM: crm.NewClient(ObserveDriver(o.driver, o.tel), quiet), Ledger: o.ledger, Accounts: accounts, Observer: o.tel, Forgetters: o.forgetters,
	}, &routing.Options{Now: now, Secret: []byte("test"), Logger: slog.New(slog.NewTextHandler(&o.logs, nil))})
	if err != nil {
		o.t.Fatal(err)
	}
	opt := Options{
		Engine: o.engine, Ledger: o.ledger, Store: o.store, PublicURL: "https://hooks.example.com", Now: now, Telemetry: o.tel,
		Wake: func() { o.wakes++ }, Logger: slog.New(slog.NewTextHandler(&o.logs, nil)),
		Operators: &OperatorOptions{
			Operators: []Operator{{Name: "ann", Token: secret(o.t, annToken)}, {Name: "bob", Token: secret(o.t, bobToken)}},
			Policies:  policyOf, Pause: func(p bool) { o.paused = append(o.paused, p) },
			Runner: func() any { return map[string]string{"drain": "ok"} },
		},
	}
	if o.options != nil {
		o.options(&opt)
	}
	if o.server, err = New(opt); err != nil {
		o.t.Fatal(err)
	}
}

func secret(t testing.TB, text string) Secret {
	t.Helper()
	s, err := NewSecret(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// policyOf reads a configuration that is JSON, as every YAML reader would.
func policyOf(text []byte) (*routing.Policy, error) {
	cfg := routing.DefaultConfig()
	if err := json.Unmarshal(text, &cfg); err != nil {
		return nil, err
	}
	return routing.NewPolicy(cfg)
}

// handle lets the engine work on an event, and returns the delivery's id.
func (o *office) handle(ev routing.Event) string {
	o.t.Helper()
	if ev.Source == "" {
		ev.Source = "flow"
	}
	record, err := o.engine.Handle(o.t.Context(), ev)
	if err != nil {
		o.t.Fatal(err)
	}
	return record.Key
}

// toReview is a move that a person has to decide on.
func (o *office) toReview(id string) string {
	return o.handle(routing.Event{
		ID: id, Person: routing.Person{FirstName: "Jane", LastName: "Doe" + id, Email: id + "@old.example"},
		To: &routing.Place{Company: "Acme GmbH", Email: id + "@acme.de", Country: "DE"},
	})
}

// answer is what came back for a request.
type answer struct {
	t      testing.TB
	status int
	header http.Header
	body   string
}

// ask sends a request as ann; a body is sent as JSON.
func (o *office) ask(method, target, body string) answer {
	return o.askAs("Bearer "+annToken, method, target, body)
}

func (o *office) askAs(authorization, method, target, body string) answer {
	o.t.Helper()
	r := httptest.NewRequest(method, "https://hooks.example.com/", strings.NewReader(body))
	r.RequestURI = target
	path, query, _ := strings.Cut(target, "?")
	r.URL.Path, r.URL.RawPath, r.URL.RawQuery = unescaped(path), path, query
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	o.server.Handler().ServeHTTP(w, r)
	return answer{t: o.t, status: w.Code, header: w.Header(), body: w.Body.String()}
}

// want checks the status.
func (a answer) want(status int) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	return a
}

// read decodes the answer into v.
func (a answer) read(v any) answer {
	a.t.Helper()
	if err := json.Unmarshal([]byte(a.body), v); err != nil {
		a.t.Fatalf("%v in %s", err, a.body)
	}
	return a
}

// refused checks that the answer is a refusal with this code, and field.
func (a answer) refused(status int, code, field string) {
	a.t.Helper()
	var p problem
	a.want(status).read(&p)
	if p.Error.Code != code || p.Error.Field != field {
		a.t.Errorf("refused with %q at %q, want %q at %q: %s", p.Error.Code, p.Error.Field, code, field, a.body)
	}
}

// What signs the requests of the other sources.
const (
	testFeed       = "acme"
	testFlowKey    = "sfk_0123456789abcdef"
	testFeedSecret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
	testHubSpotKey = "hubspot-client-secret-0123"
	testPortal     = 62515
)

// withEverySource serves all sources.
func withEverySource(o *office) {
	o.options = func(opt *Options) {
		opt.Flow = &FlowOptions{Keys: []APIKey{{Current: secret(o.t, testFlowKey), Scopes: Scopes()}}}
		opt.Feeds = []FeedOptions{{Name: testFeed, Keys: []SigningKey{{Value: secret(o.t, testFeedSecret)}}}}
		opt.HubSpot = &HubSpotOptions{Secrets: []SigningKey{{Value: secret(o.t, testHubSpotKey)}}, Portals: []int64{testPortal}}
	}
}

// askFlow sends a request as Salesforce does.
func (o *office) askFlow(path, body string) answer {
	o.t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(headerKey, testFlowKey)
	w := httptest.NewRecorder()
	o.server.Handler().ServeHTTP(w, r)
	return answer{t: o.t, status: w.Code, header: w.Header(), body: w.Body.String()}
}

// ServerWith is a server with further endpoints, for the tests from outside.
func ServerWith(t testing.TB, more []OperatorEndpoint) *Server {
	return newOffice(t, func(o *office) {
		o.options = func(opt *Options) { opt.Operators.Endpoints = more }
	}).server
}
