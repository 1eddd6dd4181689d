package targets_test

import (
	"context"
	"fmt"
	"iter"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/onward-crm/onward/cmd/onward/targets"
	"github.com/onward-crm/onward/internal/settings"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/durable"
	"github.com/onward-crm/onward/routing/memledger"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/contacts"
	"github.com/onward-crm/onward/tracking/memstore"
	"github.com/onward-crm/onward/tracking/rounds"
)

// followed are rows of two people at Acme.
type followed struct{}

func (followed) Rows(context.Context) iter.Seq2[tracking.Row, error] {
	return func(yield func(tracking.Row, error) bool) {
		for i, name := range []string{"ann", "bob"} {
			if !yield(tracking.Row{Number: i + 1, Person: tracking.Person{
				FirstName: name, LastName: "Lee", LinkedIn: "linkedin.com/in/" + name + "-lee", Company: matching.Company{Name: "Acme", Domain: "acme.com"},
			}}, nil) {
				return
			}
		}
	}
}

// TestServingGoesOnWithTrackedPeople: an enrichment API that limits the rate in the middle
// of a relationship loses nobody; the lists are not read again for it, and each person is
// asked for, paid for and told once.
func TestServingGoesOnWithTrackedPeople(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	asked := map[string]int{}
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page := r.URL.Query().Get("profile")
		if len(asked) == 1 && now.Hour() == 9 {
			w.Header().Set("Retry-After", "1800")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		asked[page]++
		fmt.Fprintf(w, `{"status":200,"likelihood":9,"data":{"linkedin_url":%q,"job_title":"CTO","job_company_name":"Beta","job_company_website":"beta.io","job_last_verified":"2026-11-20"}}`, page)
	}))
	t.Cleanup(api.Close)
	s, err := settings.Parse("onward.yaml", []byte("providers: { people_data_labs: { key_env: PDL, credits_per_month: 100, search_days: 0, base_url: '"+api.URL+"' } }"), []string{"PDL=pdl-key", "ONWARD_SECRET=" + secret})
	if err != nil {
		t.Fatal(err)
	}
	lists := new(memstore.Store)
	people, err := contacts.New(contacts.Deps{Store: lists, Secret: []byte(secret)}, &contacts.Options{Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	imp := tracking.Import{ID: "crm", Kind: tracking.ImportCSV, Relationship: tracking.User, Mapping: tracking.Mapping{tracking.FieldLinkedIn: "Page"}}
	if _, err := people.Import(t.Context(), imp, followed{}, nil); err != nil {
		t.Fatal(err)
	}
	ledger, store := memledger.New(), new(rounds.Memory)
	accepted := 0
	serving, err := targets.Serve(t.Context(), targets.ServiceOptions{
		Settings: s, Store: store, People: people, Profile: matching.Balanced(), Logger: slog.New(slog.DiscardHandler), Now: clock,
		Relationships: func(ctx context.Context) ([]tracking.Relationship, error) {
			state, err := lists.State(ctx)
			return state.Relationships, err
		},
	}, ledger, func() { accepted++ })
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(serving.Jobs(), func(j durable.Job) bool { return j.Name == "rounds" })
	goOn := serving.Jobs()[at].Run
	done, err := people.RunDue(t.Context(), serving.Scan)
	if err != nil || !slices.Contains(done, tracking.User) || len(asked) != 1 {
		t.Fatalf("%v, %v, asked %v", done, err, asked)
	}
	for range 3 {
		now = now.Add(time.Hour)
		if err := goOn(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	told := 0
	for r, err := range ledger.Records(t.Context(), routing.Filter{}) {
		if err != nil || r.Event.To.Company != "Beta" {
			t.Error(r.Event, err)
		}
		told++
	}
	works, err := store.Works(t.Context())
	spent := slices.IndexFunc(works, func(w rounds.Work) bool { return w.Name == "credits/peopledatalabs/2026-11" })
	if err != nil || told != 2 || accepted != 2 || len(asked) != 2 || spent < 0 || works[spent].Count != 2 {
		t.Errorf("%d told, accepted %d times, asked %v, works %+v, %v", told, accepted, asked, works, err)
	}
	for page, n := range asked {
		if n != 1 {
			t.Errorf("%s was asked for %d times", page, n)
		}
	}
}
