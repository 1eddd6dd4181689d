package sponsor_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/sponsor"
)

// source answers everybody alike.
type source struct {
	answer tracking.Answer
	err    error
	asked  int
	short  bool
}

func (s *source) Name() string { return "test" }

func (s *source) Refresh(_ context.Context, ps []tracking.Person) (tracking.Refreshed, error) {
	s.asked += len(ps)
	if s.err != nil || s.short {
		return tracking.Refreshed{}, s.err
	}
	var out tracking.Refreshed
	for range ps {
		out.Answers = append(out.Answers, s.answer)
	}
	return out, nil
}

func (s *source) Find(context.Context, matching.Company, tracking.Persona, int) (tracking.Found, error) {
	return tracking.Found{}, nil
}

func failing(err error) *source { return &source{answer: tracking.Answer{Err: err}} }

func knowing(title string) *source {
	return &source{answer: tracking.Answer{Profile: tracking.Profile{Person: tracking.Person{LastName: "Lee", Title: title, LinkedIn: "https://www.linkedin.com/in/" + title}}}}
}

// TestProviderOfSources holds the table of NewProvider.
func TestProviderOfSources(t *testing.T) {
	limited := &tracking.ProviderError{Class: tracking.ErrLimited}
	for _, row := range []struct {
		name    string
		sources []tracking.Provider
		found   int
		err     error
		refresh error
	}{
		{"none", nil, 0, nil, sponsor.ErrBroken},
		{"one knows", []tracking.Provider{knowing("a")}, 1, nil, nil},
		{"two know", []tracking.Provider{knowing("a"), knowing("b")}, 2, nil, nil},
		{"the second knows", []tracking.Provider{failing(tracking.ErrGone), knowing("b")}, 1, nil, nil},
		{"trouble beside one who knows", []tracking.Provider{failing(tracking.ErrBroken), knowing("b")}, 1, nil, nil},
		{"nobody can tell", []tracking.Provider{failing(tracking.ErrUnknown)}, 0, nil, sponsor.ErrBroken},
		{"gone", []tracking.Provider{failing(tracking.ErrGone)}, 0, sponsor.ErrGone, sponsor.ErrGone},
		{"gone, and one cannot tell", []tracking.Provider{failing(tracking.ErrGone), failing(tracking.ErrUnknown)}, 0, sponsor.ErrGone, sponsor.ErrGone},
		{"gone, and one is in trouble", []tracking.Provider{failing(tracking.ErrGone), failing(tracking.ErrBroken)}, 0, sponsor.ErrBroken, sponsor.ErrBroken},
		{"gone, and one is limited", []tracking.Provider{failing(limited), failing(tracking.ErrGone)}, 0, sponsor.ErrLimited, sponsor.ErrLimited},
		{"no credits", []tracking.Provider{failing(tracking.ErrBudget)}, 0, sponsor.ErrLimited, sponsor.ErrLimited},
		{"no key", []tracking.Provider{failing(tracking.ErrDenied)}, 0, sponsor.ErrBroken, sponsor.ErrBroken},
		{"the call as a whole", []tracking.Provider{&source{err: limited}}, 0, sponsor.ErrLimited, sponsor.ErrLimited},
		{"an answer too short", []tracking.Provider{&source{short: true}}, 0, sponsor.ErrBroken, sponsor.ErrBroken},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := sponsor.NewProvider(row.sources...)
			found, err := p.Find(t.Context(), person("ann"))
			if len(found) != row.found || !errors.Is(err, row.err) {
				t.Errorf("found %d, %v, want %d, %v", len(found), err, row.found, row.err)
			}
			got, err := p.Refresh(t.Context(), []tracking.Person{person("ann"), person("bob")})
			if err != nil || len(got) != 2 || !errors.Is(got[1].Err, row.refresh) {
				t.Errorf("refreshed %v, %v, want %v", got, err, row.refresh)
			}
		})
	}
}

// TestSourcesAreAskedInOrder: who is known is asked for once.
func TestSourcesAreAskedInOrder(t *testing.T) {
	first, second := knowing("a"), knowing("b")
	got, err := sponsor.NewProvider(first, second).Refresh(t.Context(), []tracking.Person{person("ann")})
	if err != nil || got[0].Profile.Person.LinkedIn != "https://www.linkedin.com/in/a" || second.asked != 0 {
		t.Errorf("got %+v, %v; the second was asked %d times", got, err, second.asked)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := sponsor.NewProvider(first).Find(ctx, person("ann")); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end of the context: %v", err)
	}
}

// TestProfileOfPositions: the main position is the present one, its place the location.
func TestProfileOfPositions(t *testing.T) {
	began := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	seen := began.AddDate(0, 1, 0)
	now := tracking.Profile{Person: person("ann"), SeenAt: seen, Current: []tracking.Position{
		{Company: matching.Company{Name: "Globex", City: "Berlin", Country: "DE"}, Title: "CFO", StartedOn: began}, {Company: matching.Company{Name: "Other"}, Title: "Board"},
	}}
	got, err := sponsor.NewProvider(&source{answer: tracking.Answer{Profile: now}}).Find(t.Context(), person("ann"))
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{T: t}
	s.same("profile", []any{got[0].Person.Company.Name, got[0].Person.Title, got[0].Location, got[0].Person.Company.Since, got[0].SeenAt},
		[]any{"Globex", "CFO", "Berlin, DE", began, seen})
}
