package sponsor_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/onward-crm/onward/tracking/sponsor"
)

func TestSP07GoneTwiceInARowDisables(t *testing.T) {
	gone := sponsor.Refreshed{Err: fmt.Errorf("vendor: %d: %w", http.StatusNotFound, sponsor.ErrGone)}
	limited := sponsor.Refreshed{Err: fmt.Errorf("vendor: %d: %w", http.StatusTooManyRequests, sponsor.ErrLimited)}
	broken := sponsor.Refreshed{Err: fmt.Errorf("vendor: %d: %w", http.StatusInternalServerError, sponsor.ErrBroken)}
	other := sponsor.Refreshed{Err: errors.New("unexpected end of JSON input")}
	there := sponsor.Refreshed{Profile: profile("ann")}
	stale := there
	stale.Profile.SeenAt = monday.AddDate(-1, 0, 0)
	rows := []struct {
		name    string
		answers []sponsor.Refreshed
		want    sponsor.Status
	}{
		{"once", []sponsor.Refreshed{gone}, sponsor.Tracked},
		{"twice", []sponsor.Refreshed{gone, gone}, sponsor.Disabled},
		{"once, there but seen long ago, once", []sponsor.Refreshed{gone, stale, gone}, sponsor.Tracked},
		{"once, there, once", []sponsor.Refreshed{gone, there, gone}, sponsor.Tracked},
		{"once, there, twice", []sponsor.Refreshed{gone, there, gone, gone}, sponsor.Disabled},
		{"429 many times", []sponsor.Refreshed{limited, limited, limited, limited}, sponsor.Tracked},
		{"500 many times", []sponsor.Refreshed{broken, broken, broken, broken}, sponsor.Tracked},
		{"anything else many times", []sponsor.Refreshed{other, other, other, other}, sponsor.Tracked},
		{"404, 500, 404 is not in a row", []sponsor.Refreshed{gone, broken, gone}, sponsor.Tracked},
		{"404, 429, 404 is not in a row", []sponsor.Refreshed{gone, limited, gone}, sponsor.Tracked},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			s := newStage(t, nil)
			id := s.bring("ann", sponsor.Tracked)
			for _, a := range row.answers {
				s.provider.answer("ann", a)
				s.later(week)
			}
			s.status(id, row.want)
			s.same("refreshes", s.provider.refreshes, len(row.answers))
		})
	}
}

func TestAReportedProfileIsNotGone(t *testing.T) {
	s := newStage(t, nil)
	id := s.bring("ann", sponsor.Tracked)
	s.provider.answer("ann", sponsor.Refreshed{Err: sponsor.ErrGone})
	s.later(week)
	p := profile("ann")
	p.Person.Emails = []string{"ann@acme.com"}
	must(s.desk.Observe(t.Context(), p))
	s.later(week)
	s.same("the count began anew", []any{s.load(id).Status, s.load(id).Misses}, []any{sponsor.Tracked, 1})
}

// The provider is slow, the lease runs out, and another process asks as well: both
// hear that the profile is gone, but it was confirmed once.
func TestAnAnswerThatComesAfterTheLeaseCountsForNothing(t *testing.T) {
	s := newStage(t, nil)
	id := s.bring("ann", sponsor.Tracked)
	s.provider.answer("ann", sponsor.Refreshed{Err: sponsor.ErrGone})
	s.now = s.now.Add(week)
	slow := meddling{s.provider, func() { s.later(sponsor.DefaultLease + time.Second) }}
	desk := must(sponsor.NewDesk(sponsor.DefaultRules(), sponsor.Deps{Store: s.store, Provider: slow}, &sponsor.Options{Now: func() time.Time { return s.now }}))
	must(desk.Work(t.Context()))
	s.same("asked twice", s.provider.refreshes, 2)
	s.same("confirmed once", []any{s.load(id).Status, s.load(id).Misses}, []any{sponsor.Tracked, 1})
}

func TestAWholeCallThatFailsDisablesNobody(t *testing.T) {
	for _, err := range []error{sponsor.ErrGone, sponsor.ErrLimited, sponsor.ErrBroken, errors.New("reset")} {
		s := newStage(t, nil)
		id := s.bring("ann", sponsor.Tracked)
		s.provider.callErr = err
		for range 3 {
			got := s.later(week)
			s.same("work", got, sponsor.WorkReport{Failed: 1, Limited: errors.Is(err, sponsor.ErrLimited)})
		}
		s.status(id, sponsor.Tracked)
		s.same("refreshed", s.load(id).RefreshedAt, monday)
	}
}

func TestDisabledIsNotAskedForAgain(t *testing.T) {
	s := newStage(t, nil)
	s.bring("ann", sponsor.Disabled)
	s.now = s.now.Add(4 * week)
	s.same("work", s.work(), sponsor.WorkReport{})
}
