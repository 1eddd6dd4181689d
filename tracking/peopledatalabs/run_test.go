package peopledatalabs_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jarcoal/httpmock"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/peopledatalabs"
	"github.com/onward-crm/onward/tracking/providertest"
)

const (
	secret = "0123456789abcdef"
	enrich = "https://api.peopledatalabs.com/v5/person/enrich"
	search = "https://api.peopledatalabs.com/v5/person/search"
)

// Documented refusals: https://docs.peopledatalabs.com/docs/errors
const (
	notFound    = `{"status": 404, "error": {"type": "not_found", "message": "No records were found matching your request"}}`
	noCredits   = `{"status": 402, "error": {"type": "payment_required", "message": "You have reached your account maximum"}}`
	tooFast     = `{"status": 429, "error": {"type": "rate_limit_error", "message": "An error occurred due to requests hitting the API too quick"}}`
	badKey      = `{"status": 401, "error": {"type": "authentication_error", "message": "Request contained a missing or invalid key"}}`
	badRequest  = `{"status": 400, "error": {"type": ["invalid_request_error"], "message": "kim@acme.com is no email"}}`
	serverError = `{"status": 500, "error": {"type": "api_error", "message": "The server encountered an unexpected condition"}}`
)

func document(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// api is the vendor: it notes each request, and gives answers one after the other, the
// last one for ever.
type api struct {
	*httpmock.MockTransport
	mu    sync.Mutex
	calls []call
}

type call struct {
	header http.Header
	query  url.Values
	body   map[string]any
	at     time.Time
}

type answer struct {
	status int
	body   string
	header map[string]string
	err    error
}

func (a *api) give(method, address string, answers ...answer) {
	n := 0
	a.RegisterResponder(method, address, func(r *http.Request) (*http.Response, error) {
		a.mu.Lock()
		defer a.mu.Unlock()
		c := call{header: r.Header, query: r.URL.Query(), at: time.Now()}
		if r.Body != nil {
			_ = json.NewDecoder(r.Body).Decode(&c.body)
		}
		a.calls = append(a.calls, c)
		give := answers[min(n, len(answers)-1)]
		n++
		if give.err != nil {
			return nil, give.err
		}
		resp := httpmock.NewStringResponse(give.status, give.body)
		for name, value := range give.header {
			resp.Header.Set(name, value)
		}
		return resp, nil
	})
}

func (a *api) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.calls)
}

func open(t *testing.T) (*api, *peopledatalabs.Client, *bytes.Buffer) {
	t.Helper()
	a := &api{MockTransport: httpmock.NewMockTransport()}
	log := &bytes.Buffer{}
	c, err := peopledatalabs.New(peopledatalabs.Options{Key: secret, HTTPClient: &http.Client{Transport: a}, Logger: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	return a, c, log
}

// kim is somebody of whom everything is known.
func kim() tracking.Person {
	return tracking.Person{
		LinkedIn: "https://www.linkedin.com/in/kimberly_patton/", Emails: []string{"kim@stein.com", "info@stein.com"}, FirstName: "Kimberly", LastName: "Patton",
		Company: matching.Company{Name: "Stein and Sons"},
	}
}

func one(t *testing.T, r *peopledatalabs.Run, p tracking.Person) (tracking.Answer, int) {
	t.Helper()
	got, err := r.Refresh(t.Context(), []tracking.Person{p})
	if err != nil || len(got.Answers) != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	return got.Answers[0], got.Credits
}

func TestRefreshReadsTheDocumentedAnswer(t *testing.T) {
	a, c, _ := open(t)
	a.give("GET", enrich, answer{status: 200, body: document(t, "enrich_200.json")})
	run := c.Run(5)
	got, credits := one(t, run, kim())
	if got.Err != nil || credits != 1 || run.Spent() != 1 {
		t.Fatalf("%v, %d credits, %d spent", got.Err, credits, run.Spent())
	}
	hall := matching.Company{
		Name: "Hall, Rios And Miller", Domain: "hall-rios-and-miller.com", LinkedIn: "linkedin.com/company/hall-rios-and-miller",
		Country: "United States", State: "New Jersey", City: "Jacobmouth",
	}
	withMail := hall
	withMail.Email = "kimberly_patton@hall-rios-and-miller.com"
	want := tracking.Profile{
		Person: tracking.Person{
			FirstName: "Kimberly", LastName: "Patton", LinkedIn: "linkedin.com/in/kimberly_patton", Title: "VP of Tax",
			Emails: []string{"kimberly_patton@hall-rios-and-miller.com"}, Company: hall,
		},
		Current: []tracking.Position{{Company: withMail, Title: "VP of Tax", Current: true, StartedOn: time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)}},
		History: []tracking.Position{{
			Company: matching.Company{Name: "Stein And Sons"}, Title: "Tax Adviser",
			StartedOn: time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC), EndedOn: time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC),
		}},
		SeenAt: time.Date(2026, 11, 15, 0, 0, 0, 0, time.UTC),
	}
	if diff := cmp.Diff(want, got.Profile); diff != "" {
		t.Errorf("profile (-want +got):\n%s", diff)
	}
	sent := a.calls[0]
	include := sent.query.Get("data_include")
	sent.query.Del("data_include")
	wantQuery := url.Values{
		"profile": {"linkedin.com/in/kimberly_patton"}, "email": {"kim@stein.com"}, "first_name": {"Kimberly"}, "last_name": {"Patton"},
		"company": {"Stein and Sons"}, "min_likelihood": {"6"}, "titlecase": {"true"},
	}
	if diff := cmp.Diff(wantQuery, sent.query); diff != "" {
		t.Errorf("query (-want +got):\n%s", diff)
	}
	if sent.header.Get("X-Api-Key") != secret || !strings.Contains(include, "job_title") || strings.Contains(include, "birth") || strings.Contains(include, "personal_emails") {
		t.Errorf("header %v, asks for %s", sent.header, include)
	}
}

func TestRefreshClassesAnswers(t *testing.T) {
	reset := map[string]string{"X-Ratelimit-Reset": "2000-01-01T00:00:45Z"} // virtual time begins with the year 2000
	tests := []struct {
		name    string
		answer  answer
		class   error
		code    string
		calls   int
		credits int
		after   time.Duration
	}{
		{"404", answer{status: 404, body: notFound}, tracking.ErrGone, "404 not_found", 1, 0, 0},
		{"402", answer{status: 402, body: noCredits}, tracking.ErrBudget, "402 payment_required", 1, 0, 0},
		{"401", answer{status: 401, body: badKey}, tracking.ErrDenied, "401 authentication_error", 1, 0, 0},
		{"400", answer{status: 400, body: badRequest}, tracking.ErrBroken, "400 invalid_request_error", 1, 0, 0},
		{"429 with a long wish", answer{status: 429, body: tooFast, header: map[string]string{"Retry-After": "59"}}, tracking.ErrLimited, "429 rate_limit_error", 1, 0, 59 * time.Second},
		{"429 until the window ends", answer{status: 429, body: tooFast, header: reset}, tracking.ErrLimited, "429 rate_limit_error", 1, 0, 45 * time.Second},
		{"429 for a day", answer{status: 429, body: tooFast, header: map[string]string{"Retry-After": "86400"}}, tracking.ErrLimited, "429 rate_limit_error", 1, 0, 24 * time.Hour},
		{"429 for ever", answer{status: 429, body: tooFast, header: map[string]string{"Retry-After": "1"}}, tracking.ErrLimited, "429 rate_limit_error", 3, 0, time.Second},
		{"500", answer{status: 500, body: serverError}, tracking.ErrBroken, "500 api_error", 3, 0, 0},
		{"a proxy's page", answer{status: 502, body: "<html>kim@acme.com</html>"}, tracking.ErrBroken, "502", 3, 0, 0},
		{"a type that tells on somebody", answer{status: 400, body: `{"error": {"type": "kim@acme.com"}}`}, tracking.ErrBroken, "400", 1, 0, 0},
		{"200 with half a body", answer{status: 200, body: `{"status": 200, "data": {`}, tracking.ErrBroken, "answer that is no JSON of that form", 1, 1, 0},
		{"200 without data", answer{status: 200, body: `{"status": 200}`}, tracking.ErrBroken, "answer without data", 1, 1, 0},
		{"an answer that was lost", answer{err: io.ErrUnexpectedEOF}, tracking.ErrBroken, "no answer", 1, 1, 0},
		{"a redirect", answer{status: 302, body: "", header: map[string]string{"Location": "https://elsewhere.example"}}, tracking.ErrBroken, "302", 1, 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, c, log := open(t)
				a.give("GET", enrich, tt.answer)
				run := c.Run(5)
				got, credits := one(t, run, kim())
				e, ok := errors.AsType[*tracking.ProviderError](got.Err)
				if !ok || !errors.Is(got.Err, tt.class) || e.Code != tt.code || e.RetryAfter != tt.after {
					t.Errorf("error %v, %+v", got.Err, e)
				}
				if a.count() != tt.calls || credits != tt.credits || run.Spent() != tt.credits {
					t.Errorf("%d calls, %d credits, %d spent", a.count(), credits, run.Spent())
				}
				for _, words := range []string{"kim", "Patton", secret, "stein"} {
					if said := fmt.Sprint(got.Err, errors.Unwrap(got.Err), e.Err, log.String()); strings.Contains(strings.ToLower(said), strings.ToLower(words)) {
						t.Errorf("%q tells %q", said, words)
					}
				}
			})
		})
	}
}

func TestRefreshIsRepeatedWhereItCostsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, c, log := open(t)
		a.give("GET", enrich, answer{status: 429, body: tooFast, header: map[string]string{"Retry-After": "7"}}, answer{status: 503}, answer{status: 200, body: document(t, "enrich_200.json")})
		began := time.Now()
		if got, credits := one(t, c.Run(1), kim()); got.Err != nil || credits != 1 || a.count() != 3 {
			t.Errorf("%v, %d credits, %d calls", got.Err, credits, a.count())
		}
		if first := a.calls[1].at.Sub(began); first < 7*time.Second || first > 8*time.Second {
			t.Errorf("repeated after %s", first)
		}
		if lines := strings.Count(log.String(), "peopledatalabs call repeated"); lines != 2 {
			t.Errorf("log %s", log)
		}
	})
}

// The budget is never exceeded, and everybody is told why they were not asked for.
func TestBudgetIsNeverExceeded(t *testing.T) {
	a, c, _ := open(t)
	a.give("GET", enrich, answer{status: 200, body: document(t, "enrich_200.json")}, answer{status: 404, body: notFound}, answer{status: 200, body: document(t, "enrich_200.json")})
	run := c.Run(2)
	got, err := run.Refresh(t.Context(), []tracking.Person{kim(), kim(), {FirstName: "No", LastName: "Body"}, kim(), kim(), kim()})
	if err != nil || got.Credits != 2 || run.Spent() != 2 || a.count() != 3 {
		t.Fatalf("%d credits, %d spent, %d calls, %v", got.Credits, run.Spent(), a.count(), err)
	}
	classes := []error{nil, tracking.ErrGone, tracking.ErrUnknown, nil, tracking.ErrBudget, tracking.ErrBudget}
	for i, want := range classes {
		if got := got.Answers[i].Err; want == nil && got != nil || want != nil && !errors.Is(got, want) {
			t.Errorf("answer %d: %v, want %v", i, got, want)
		}
	}
	for _, budget := range []int{0, -1} {
		if got, credits := one(t, c.Run(budget), kim()); !errors.Is(got.Err, tracking.ErrBudget) || credits != 0 || a.count() != 3 {
			t.Errorf("budget %d: %v", budget, got.Err)
		}
	}
}

// Calls that are under way at the same time have set their credits aside.
func TestBudgetIsSharedByAllCallsOfARun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, c, _ := open(t)
		body := document(t, "enrich_200.json")
		calls := make(chan struct{}, 100)
		a.RegisterResponder("GET", enrich, func(*http.Request) (*http.Response, error) {
			calls <- struct{}{}
			<-time.After(time.Second) // virtual: all are under way before the first ends
			return httpmock.NewStringResponse(200, body), nil
		})
		run := c.Run(7)
		var under sync.WaitGroup
		for range 20 {
			under.Go(func() {
				_, _ = run.Refresh(t.Context(), []tracking.Person{kim(), kim()})
			})
		}
		under.Wait()
		if run.Spent() != 7 || len(calls) != 7 {
			t.Errorf("%d credits spent in %d calls", run.Spent(), len(calls))
		}
	})
}

// What the API says it billed counts, also when it is more or less than expected.
func TestCreditsAreThoseBilled(t *testing.T) {
	a, c, _ := open(t)
	a.give("GET", enrich, answer{status: 200, body: document(t, "enrich_200.json"), header: map[string]string{"X-Call-Credits-Spent": "0"}},
		answer{status: 404, body: notFound, header: map[string]string{"X-Call-Credits-Spent": "1"}})
	run := c.Run(3)
	if _, credits := one(t, run, kim()); credits != 0 {
		t.Errorf("%d credits for a free answer", credits)
	}
	if got, credits := one(t, run, kim()); credits != 1 || !errors.Is(got.Err, tracking.ErrGone) || run.Spent() != 1 {
		t.Errorf("%d credits, %v", credits, got.Err)
	}
}

func TestRefreshStopsWhereItIsOfNoUse(t *testing.T) {
	tests := map[string]struct {
		answer answer
		asked  int
	}{
		"limited": {answer{status: 429, body: tooFast, header: map[string]string{"Retry-After": "60"}}, 1}, "no credits": {answer{status: 402, body: noCredits}, 1},
		"key": {answer{status: 401, body: badKey}, 1}, "out of order": {answer{status: 400, body: badRequest}, 3}, "nobody known": {answer{status: 404, body: notFound}, 5},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a, c, _ := open(t)
			a.give("GET", enrich, tt.answer)
			got, err := c.Run(9).Refresh(t.Context(), []tracking.Person{kim(), kim(), kim(), kim(), kim()})
			if err != nil || a.count() != tt.asked {
				t.Errorf("%d asked, %v", a.count(), err)
			}
			for i, x := range got.Answers {
				if x.Err == nil {
					t.Errorf("answer %d has no error", i)
				}
			}
		})
	}
	a, c, _ := open(t)
	a.give("GET", enrich, answer{status: 404, body: notFound})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	got, err := c.Run(9).Refresh(ctx, []tracking.Person{kim(), kim()})
	if err != nil || a.count() != 0 || !errors.Is(got.Answers[1].Err, context.Canceled) {
		t.Errorf("%d calls, %v, %v", a.count(), err, got)
	}
}

// profiles are search results with these titles.
func profiles(total int, token string, titles ...string) string {
	var data []map[string]any
	for i, title := range titles {
		data = append(data, map[string]any{
			"first_name": "P", "last_name": fmt.Sprintf("N%d", i), "linkedin_url": fmt.Sprintf("linkedin.com/in/p%d", i), "job_title": title,
			"job_company_name": "Acme", "job_company_website": "acme.com", "location_country": "germany",
		})
	}
	out := map[string]any{"status": 200, "data": data, "total": total}
	if token != "" {
		out["scroll_token"] = token
	}
	text, err := json.Marshal(out)
	if err != nil {
		panic(err)
	}
	return string(text)
}

var leaders = tracking.Persona{
	Name: "Leaders", Include: []tracking.Phrase{{Text: "VP Marketing"}, {Text: "CMO"}}, Exclude: []tracking.Phrase{{Text: "Assistant"}}, Countries: []string{"DE"},
}

func TestFindAsksAndChecksThePersona(t *testing.T) {
	a, c, _ := open(t)
	a.give("POST", search, answer{status: 200, body: profiles(3, "1117$12.1", "Vice President of Marketing", "Assistant to the VP Marketing")}, answer{status: 200, body: profiles(3, "", "CMO")})
	run := c.Run(50)
	got, err := run.Find(t.Context(), matching.Company{Name: "Acme", Domain: "www.acme.com"}, leaders, 10)
	if err != nil || got.Credits != 3 || run.Spent() != 3 || got.More || len(got.Profiles) != 2 || got.Profiles[0].Person.Title != "Vice President of Marketing" || got.Profiles[1].Person.Title != "CMO" {
		t.Fatalf("%+v, %v", got, err)
	}
	want := map[string]any{
		"query": map[string]any{"bool": map[string]any{"must": []any{
			map[string]any{"term": map[string]any{"job_company_website": "acme.com"}},
			map[string]any{"bool": map[string]any{"should": []any{
				map[string]any{"bool": map[string]any{"must": []any{
					map[string]any{"terms": map[string]any{"job_title_levels": []any{"vp"}}},
					map[string]any{"wildcard": map[string]any{"job_title": "*marketing*"}},
				}}},
				map[string]any{"bool": map[string]any{"must": []any{map[string]any{"terms": map[string]any{"job_title_levels": []any{"cxo", "owner", "partner"}}}}}},
			}}},
		}}},
		"size": 10.0, "titlecase": true,
	}
	first, second := a.calls[0].body, a.calls[1].body
	if include, _ := first["data_include"].(string); !strings.Contains(include, "job_title") {
		t.Errorf("asks for %q", include)
	}
	delete(first, "data_include")
	if diff := cmp.Diff(want, first); diff != "" {
		t.Errorf("query (-want +got):\n%s", diff)
	}
	if second["scroll_token"] != "1117$12.1" || second["size"] != 8.0 {
		t.Errorf("the second page asks for %v from %v", second["size"], second["scroll_token"])
	}
}

func TestFindNarrowsByWhatTheAPIKnows(t *testing.T) {
	tests := []struct {
		name    string
		at      matching.Company
		persona tracking.Persona
		want    string
	}{
		{"page", matching.Company{LinkedIn: "https://linkedin.com/company/Acme/", Name: "Acme"}, tracking.Persona{},
			`{"bool":{"must":[{"term":{"job_company_linkedin_url":"linkedin.com/company/acme"}}]}}`},
		{"name", matching.Company{Name: " ACME Inc "}, tracking.Persona{Seniority: []tracking.Seniority{tracking.SeniorityVP, tracking.SeniorityDirector}},
			`{"bool":{"must":[{"term":{"job_company_name":"acme inc"}},{"terms":{"job_title_levels":["director","vp"]}}]}}`},
		{"levels that the API cuts otherwise", matching.Company{Domain: "acme.com"}, tracking.Persona{Seniority: []tracking.Seniority{tracking.SeniorityVP, tracking.SeniorityStaff}},
			`{"bool":{"must":[{"term":{"job_company_website":"acme.com"}}]}}`},
		{"a phrase that lets all through", matching.Company{Domain: "acme.com"}, tracking.Persona{Include: []tracking.Phrase{{Text: "VP Sales"}, {Text: "IT"}}},
			`{"bool":{"must":[{"term":{"job_company_website":"acme.com"}}]}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, c, _ := open(t)
			a.give("POST", search, answer{status: 404, body: notFound})
			got, err := c.Run(5).Find(t.Context(), tt.at, tt.persona, 5)
			if err != nil || got.Credits != 0 || len(got.Profiles) != 0 || got.More {
				t.Fatalf("%+v, %v; 404 is nobody found", got, err)
			}
			text, err := json.Marshal(a.calls[0].body["query"])
			if err != nil || string(text) != tt.want {
				t.Errorf("query %s", text)
			}
		})
	}
	_, c, _ := open(t)
	if _, err := c.Run(5).Find(t.Context(), matching.Company{Country: "DE"}, leaders, 5); !errors.Is(err, tracking.ErrUnknown) {
		t.Errorf("a company without a name: %v", err)
	}
}

func TestFindStaysInTheBudget(t *testing.T) {
	a, c, _ := open(t)
	a.give("POST", search, answer{status: 200, body: profiles(9, "a", "CMO", "CMO")}, answer{status: 200, body: profiles(9, "b", "CMO")})
	run := c.Run(3)
	got, err := run.Find(t.Context(), matching.Company{Domain: "acme.com"}, leaders, 10)
	if !errors.Is(err, tracking.ErrBudget) || got.Credits != 3 || run.Spent() != 3 || len(got.Profiles) != 3 || !got.More {
		t.Errorf("%+v, %v", got, err)
	}
	if a.calls[0].body["size"] != 3.0 || a.calls[1].body["size"] != 1.0 || a.count() != 2 {
		t.Errorf("asked for %v and %v", a.calls[0].body["size"], a.calls[1].body["size"])
	}
}

func TestFindEnds(t *testing.T) {
	tests := []struct {
		name    string
		answers []answer
		limit   int
		class   error
		found   int
		credits int
		more    bool
	}{
		{"at the limit", []answer{{status: 200, body: profiles(9, "a", "CMO", "CMO")}}, 2, nil, 2, 2, true},
		{"with a token that comes back", []answer{{status: 200, body: profiles(9, "a", "CMO")}}, 9, nil, 2, 2, true},
		{"with an empty page", []answer{{status: 200, body: profiles(9, "a", "CMO")}, {status: 200, body: profiles(9, "b")}}, 9, nil, 1, 1, true},
		{"refused on the second page", []answer{{status: 200, body: profiles(9, "a", "CMO")}, {status: 402, body: noCredits}}, 9, tracking.ErrBudget, 1, 1, true},
		{"lost", []answer{{err: io.ErrUnexpectedEOF}}, 4, tracking.ErrBroken, 0, 4, true},
		{"limited", []answer{{status: 429, body: tooFast, header: map[string]string{"Retry-After": "60"}}}, 4, tracking.ErrLimited, 0, 0, true},
		{"nothing asked for", []answer{{status: 500}}, 0, nil, 0, 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, c, _ := open(t)
			a.give("POST", search, tt.answers...)
			run := c.Run(100)
			got, err := run.Find(t.Context(), matching.Company{Domain: "acme.com"}, leaders, tt.limit)
			if (err == nil) != (tt.class == nil) || tt.class != nil && !errors.Is(err, tt.class) {
				t.Errorf("error %v", err)
			}
			if len(got.Profiles) != tt.found || got.Credits != tt.credits || run.Spent() != tt.credits || got.More != tt.more {
				t.Errorf("%d found, %d credits, more %t", len(got.Profiles), got.Credits, got.More)
			}
		})
	}
}

func TestIsAProvider(t *testing.T) {
	providertest.Run(t, func(t *testing.T) providertest.Harness {
		a, c, _ := open(t)
		known, err := json.Marshal(json.RawMessage(document(t, "enrich_200.json")))
		if err != nil {
			t.Fatal(err)
		}
		a.RegisterResponder("GET", enrich, func(r *http.Request) (*http.Response, error) {
			if r.URL.Query().Get("profile") != "linkedin.com/in/kimberly_patton" {
				return httpmock.NewStringResponse(404, notFound), nil
			}
			return httpmock.NewBytesResponse(200, known), nil
		})
		a.RegisterResponder("POST", search, func(r *http.Request) (*http.Response, error) {
			body, err := io.ReadAll(r.Body)
			if err != nil || !bytes.Contains(body, []byte(`"job_company_website":"hall-rios-and-miller.com"`)) {
				return httpmock.NewStringResponse(404, notFound), err
			}
			var one struct{ Data json.RawMessage }
			if err := json.Unmarshal(known, &one); err != nil {
				return nil, err
			}
			return httpmock.NewStringResponse(200, `{"status": 200, "total": 1, "data": [`+string(one.Data)+`]}`), nil
		})
		return providertest.Harness{
			Provider: c.Run(100), Known: kim(), Now: matching.Company{Name: "Hall, Rios and Miller", Domain: "hall-rios-and-miller.com"}, Title: "VP Tax",
			Persona:   tracking.Persona{Name: "Tax", Include: []tracking.Phrase{{Text: "VP Tax"}}, Countries: []string{"US"}},
			Other:     tracking.Persona{Name: "Sales", Include: []tracking.Phrase{{Text: "VP Sales"}}},
			Stranger:  tracking.Person{Emails: []string{"nobody@else.com"}, FirstName: "Nob", LastName: "Ody"},
			Elsewhere: matching.Company{Name: "Gamma", Domain: "gamma.io"},
		}
	})
}

func TestNewChecksSettings(t *testing.T) {
	bad := map[string]peopledatalabs.Options{
		"key: want":            {},
		"without blanks":       {Key: "a b"},
		"base_url: want":       {Key: secret, BaseURL: "http://api.example.com"},
		"begins with https://": {Key: secret, BaseURL: "https://user@api.example.com"},
		"min_likelihood: want": {Key: secret, MinLikelihood: 11},
	}
	for words, o := range bad {
		if _, err := peopledatalabs.New(o); err == nil || !strings.Contains(err.Error(), words) || strings.Contains(err.Error(), secret) {
			t.Errorf("%q: error %v", words, err)
		}
	}
	c, err := peopledatalabs.New(peopledatalabs.Options{Key: secret, BaseURL: "http://127.0.0.1:8080/"})
	if err != nil || c.Run(1).Name() != "peopledatalabs" {
		t.Error(err)
	}
}

func FuzzAnswer(f *testing.F) {
	text, err := os.ReadFile("testdata/enrich_200.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{string(text), notFound, `{"data": {"first_name": true, "experience": [null]}}`, `{"data": []}`, "null", ""} {
		f.Add(200, seed)
		f.Add(404, seed)
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 200 || status > 599 || status == 429 || status >= 500 {
			return // repeated, which takes time
		}
		a, c, _ := open(t)
		a.give("GET", enrich, answer{status: status, body: body})
		run := c.Run(1)
		got, credits := one(t, run, kim())
		if credits > 1 || run.Spent() != credits || got.Err == nil && status != 200 {
			t.Errorf("%d credits, %v", credits, got.Err)
		}
		if got.Err != nil && status == 404 && !errors.Is(got.Err, tracking.ErrGone) {
			t.Errorf("404 is %v", got.Err)
		}
	})
}
