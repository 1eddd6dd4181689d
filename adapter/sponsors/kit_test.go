package sponsors_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/onward-crm/onward/adapter"
	"github.com/onward-crm/onward/adapter/sponsors"
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/hubspot"
	"github.com/onward-crm/onward/crm/hubspot/hstest"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/dispatch"
	"github.com/onward-crm/onward/routing/memledger"
	"github.com/onward-crm/onward/routing/mirror"
	"github.com/onward-crm/onward/routing/notify"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/sponsor"
)

// What requests are proven by.
const (
	publicURL    = "https://hooks.example.com"
	clientSecret = "hubspot-client-secret-0123"
	annToken     = "ann-token-0123456789"
	bobToken     = "bob-token-0123456789"
)

// house is everything: a CRM, a HubSpot, an engine, a desk, a server, and a postman.
type house struct {
	*testing.T
	now      time.Time
	crm      *memcrm.CRM
	hubspot  *hstest.Server
	engine   *routing.Engine
	ledger   *memledger.Ledger
	store    *sponsor.MemoryStore
	desk     *sponsor.Desk
	listener *dispatch.Listener
	server   *adapter.Server
	profiles map[string]tracking.Answer
	mail     []notify.Message

	rep, acme, beta, jane string
}

// newHouse is one in which Jane is a contact at Acme.
func newHouse(t *testing.T) *house {
	h := &house{T: t, now: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC), hubspot: hstest.New(), ledger: memledger.New(), store: sponsor.NewMemoryStore(), profiles: map[string]tracking.Answer{}}
	t.Cleanup(h.hubspot.Close)
	clock := func() time.Time { return h.now }
	h.crm = memcrm.New(&memcrm.Options{Now: clock})
	h.rep = h.add(crm.ObjectUser, crm.Fields{"Name": "Rep", "Email": "rep@us.example", "IsActive": "true"})
	h.acme = h.add(crm.ObjectAccount, crm.Fields{"Name": "Acme", "Website": "acme-works.com", "OwnerId": h.rep, "Type": "Customer"})
	h.beta = h.add(crm.ObjectAccount, crm.Fields{"Name": "Beta Industries", "Website": "beta-industries.com", "OwnerId": h.rep, "Type": "Customer"})
	h.jane = h.add(crm.ObjectContact, crm.Fields{"FirstName": "Jane", "LastName": "Doe", "Email": "jane@acme-works.com", "Title": "Director", "AccountId": h.acme, "OwnerId": h.rep})
	h.engineOf(clock)
	h.serverOf(clock)
	return h
}

func ok[T any](h *house) func(T, error) T {
	return func(v T, err error) T {
		h.Helper()
		if err != nil {
			h.Fatal(err)
		}
		return v
	}
}

func (h *house) add(o crm.Object, f crm.Fields) string {
	h.Helper()
	return ok[string](h)(h.crm.Add(o, f))
}

// Send is the postman: everything that people are told.
func (h *house) Send(_ context.Context, m notify.Message) error {
	h.mail = append(h.mail, m)
	return nil
}

// Name is the postman's.
func (h *house) Name() string { return "mail" }

func (h *house) engineOf(clock func() time.Time) {
	cfg := routing.DefaultConfig()
	cfg.Strategy = routing.StrategyContactAndAccount
	cfg.Owners.Default, cfg.DRI.Default, cfg.Owners.Integration = h.rep, h.rep, h.crm.User()
	cfg.DRI.DelayMinutes = 0
	policy := ok[*routing.Policy](h)(routing.NewPolicy(cfg))
	client := crm.NewClient(h.crm, nil)
	accounts := ok[*mirror.Mirror](h)(mirror.Load(h.Context(), client, policy))
	account := ok[*hubspot.Client](h)(hubspot.Open(h.Context(), hubspot.Options{Token: hstest.Token, BaseURL: h.hubspot.URL()}))
	sent, directory := notify.NewMemSent(), notify.CRMDirectory{Client: client, Names: cfg.Names}
	courier := ok[*notify.Courier](h)(notify.NewCourier([]notify.Sender{h}, nil))
	notices := ok[*notify.Notices](h)(notify.NewNotices(notify.NoticesOptions{Records: h.ledger, Directory: directory, Sent: sent, Courier: courier, Now: clock}))
	h.listener = dispatch.NewListener(nobody{})
	h.engine = ok[*routing.Engine](h)(routing.New(cfg, routing.Deps{
		CRM: client, Ledger: h.ledger, Accounts: accounts, Completer: adapter.NewCompleter(account, nil), Notifier: notices, Observer: h.listener,
	}, &routing.Options{Now: clock, Secret: []byte("test")}))
	sender := ok[*dispatch.Sender](h)(dispatch.New(dispatch.Options{
		Engine: h.engine, CRM: sponsor.NewCRMSender(client, cfg.Names), Mode: cfg.Mode,
		News: notify.News{Directory: directory, Sent: sent, Courier: courier, Now: clock},
	}))
	rules := sponsor.DefaultRules()
	rules.Notify = true
	rules.CallsToAction = []sponsor.ActionRule{{Name: "left", Attributes: []sponsor.Attribute{sponsor.Company}, Reason: "Our sponsor has left", Type: "Call"}}
	h.desk = ok[*sponsor.Desk](h)(sponsor.NewDesk(rules, sponsor.Deps{
		Store: h.store, Provider: sponsor.NewProvider(h.provider()), Sender: sender, Records: sponsor.CRMRecords{Client: client}, Erased: gone,
	}, &sponsor.Options{Now: clock}))
}

func (h *house) serverOf(clock func() time.Time) {
	secret := func(text string) adapter.Secret { return ok[adapter.Secret](h)(adapter.NewSecret(text)) }
	accounts := func(context.Context) ([]sponsor.KeyAccount, error) {
		return []sponsor.KeyAccount{{ID: h.acme, Name: "Acme", OwnerID: h.rep}, {ID: h.beta, Name: "Beta Industries"}}, nil
	}
	h.server = ok[*adapter.Server](h)(adapter.New(adapter.Options{
		Engine: h.engine, Ledger: h.ledger, Store: adapter.NewMemoryStore(adapter.SideLimits{}), PublicURL: publicURL, Now: clock,
		HubSpot: &adapter.HubSpotOptions{Secrets: []adapter.SigningKey{{Value: secret(clientSecret)}}, Portals: []int64{62515}, Fetch: true},
		Operators: &adapter.OperatorOptions{
			Operators: []adapter.Operator{{Name: "ann", Token: secret(annToken)}, {Name: "bob", Token: secret(bobToken)}},
			Endpoints: sponsors.Endpoints(sponsors.Options{Desk: h.desk, KeyAccounts: accounts}),
		},
	}))
}

// nobody looks on.
type nobody struct{}

func (nobody) Trace(context.Context) string { return "" }

func (nobody) Work(ctx context.Context, _ []routing.Delivery) (context.Context, func(error)) {
	return ctx, func(error) {}
}

func (nobody) Finished(routing.Delivery, routing.Outcome, time.Duration) {}

// provider answers by last name.
func (h *house) provider() tracking.Provider { return people{h} }

type people struct{ h *house }

func (people) Name() string { return "test" }

func (p people) Refresh(_ context.Context, who []tracking.Person) (tracking.Refreshed, error) {
	var out tracking.Refreshed
	for _, w := range who {
		a, known := p.h.profiles[w.LastName]
		if !known {
			a.Err = tracking.ErrUnknown
		}
		out.Answers = append(out.Answers, a)
	}
	return out, nil
}

func (people) Find(context.Context, matching.Company, tracking.Persona, int) (tracking.Found, error) {
	return tracking.Found{}, nil
}

// seen is what the provider says of Jane from now on.
func (h *house) seen(company, domain, title string) {
	h.profiles["Doe"] = tracking.Answer{Profile: tracking.Profile{SeenAt: h.now, Person: tracking.Person{
		FirstName: "Jane", LastName: "Doe", LinkedIn: "https://www.linkedin.com/in/jane-doe", Emails: []string{"jane@acme-works.com"}, Title: title,
		Company: matching.Company{Name: company, Domain: domain},
	}}}
}

// answer is what came back for a request.
type answer struct {
	*testing.T
	status int
	body   string
}

// ask sends a request of ann's.
func (h *house) ask(method, path, body string) answer { return h.askAs(annToken, method, path, body) }

func (h *house) askAs(token, method, path, body string) answer {
	h.Helper()
	header := http.Header{"Authorization": {"Bearer " + token}}
	if body != "" {
		header.Set("Content-Type", "application/json")
	}
	return h.send(method, path, body, header)
}

func (h *house) send(method, path, body string, header http.Header) answer {
	h.Helper()
	r := httptest.NewRequest(method, publicURL+path, strings.NewReader(body))
	r.RequestURI, r.Header = path, header
	w := httptest.NewRecorder()
	h.server.Handler().ServeHTTP(w, r)
	return answer{h.T, w.Code, w.Body.String()}
}

// webhook sends events as HubSpot does.
func (h *house) webhook(body string) answer {
	stamp := fmt.Sprint(h.now.UnixMilli())
	mac := hmac.New(sha256.New, []byte(clientSecret))
	fmt.Fprint(mac, http.MethodPost+publicURL+"/hubspot/webhooks"+body+stamp)
	return h.send("POST", "/hubspot/webhooks", body, http.Header{
		"Content-Type": {"application/json"}, "X-Hubspot-Request-Timestamp": {stamp}, "X-Hubspot-Signature-V3": {base64.StdEncoding.EncodeToString(mac.Sum(nil))},
	})
}

func (a answer) want(status int) answer {
	a.Helper()
	if a.status != status {
		a.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	return a
}

func (a answer) read(v any) {
	a.Helper()
	if err := json.Unmarshal([]byte(a.body), v); err != nil {
		a.Fatalf("%v in %s", err, a.body)
	}
}

// refused checks a refusal.
func (a answer) refused(status int, code, field string) {
	a.Helper()
	var p struct {
		Error struct{ Code, Field string }
	}
	a.want(status).read(&p)
	if p.Error.Code != code || p.Error.Field != field {
		a.Errorf("refused with %q at %q, want %q at %q: %s", p.Error.Code, p.Error.Field, code, field, a.body)
	}
}

// enrol makes Jane a sponsor of Acme, known to the desk by record, address and HubSpot.
func (h *house) enrol() string {
	h.Helper()
	var s sponsor.Sponsor
	h.ask("POST", "/operator/sponsors/enrol", fmt.Sprintf(`{"person":{"record_id":%q,"hubspot_id":"123","emails":["jane@acme-works.com"],"first_name":"Jane","last_name":"Doe",
		"title":"Director","company":{"name":"Acme"},"account_id":%q},"entities":[{"kind":"account","id":%q,"name":"Acme","role":"Champion","owner_id":%q}]}`,
		h.jane, h.acme, h.acme, h.rep)).want(200).read(&s)
	return s.ID
}

// follow tracks Jane as she is at Acme.
func (h *house) follow() string {
	h.Helper()
	h.seen("Acme", "acme-works.com", "Director")
	id := h.enrol()
	h.ask("POST", "/operator/sponsors/"+id+"/start", `{}`).want(200)
	h.ask("POST", "/operator/sponsors/"+id+"/track", `{}`).want(200)
	return id
}

func person(name string) tracking.Person {
	return tracking.Person{FirstName: "Jane", LastName: name, Company: matching.Company{Name: "Beta Industries"}, Emails: []string{name + "@beta-industries.com"}}
}

func millis(t time.Time) string { return fmt.Sprint(t.UnixMilli()) }

// gone tells that everybody who is called Gone asked to be forgotten.
func gone(_ context.Context, ps []tracking.Person) ([]bool, error) {
	out := make([]bool, len(ps))
	for i, p := range ps {
		out[i] = p.LastName == "Gone"
	}
	return out, nil
}
