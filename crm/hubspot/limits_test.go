package hubspot

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/hubspot/hstest"
)

func TestCallsByPlan(t *testing.T) {
	app := &OAuth{ClientID: "app-1", ClientSecret: appSecret, RefreshToken: "refresh-token-0"}
	rows := []struct {
		o    Options
		want int
	}{
		{Options{Token: hstest.Token}, 100},
		{Options{Token: hstest.Token, Plan: PlanStarter}, 100},
		{Options{Token: hstest.Token, Plan: PlanProfessional}, 190},
		{Options{Token: hstest.Token, Plan: PlanAddOn}, 250},
		{Options{OAuth: app}, 110},
		{Options{OAuth: app, Plan: PlanAddOn}, 110},
		{Options{Token: hstest.Token, Plan: PlanAddOn, Calls: 20}, 20},
	}
	for _, row := range rows {
		o, err := row.o.filled()
		if err != nil || o.Calls != row.want || o.Window != 10*time.Second || o.Searches != 5 {
			t.Errorf("plan %q, OAuth %v: %d calls in %v, %v; want %d", row.o.Plan, row.o.OAuth != nil, o.Calls, o.Window, err, row.want)
		}
	}
}

// TestSearchesWaitForTheirOwnLimit beside the limit of all calls.
func TestSearchesWaitForTheirOwnLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &Client{pace: newPace(12, 10*time.Second), searches: newPace(DefaultSearches, searchWindow)}
		search := context.WithValue(t.Context(), tripKey{}, &trip{call: call{search: true}})
		start := time.Now()
		at := func(ctx context.Context) time.Duration {
			if err := c.turn(ctx); err != nil {
				t.Fatal(err)
			}
			return time.Since(start)
		}
		for n := range 6 {
			want := time.Duration(0)
			if n == 5 {
				want = searchWindow
			}
			if got := at(search); got != want {
				t.Errorf("search %d went after %v, want %v", n+1, got, want)
			}
		}
		for range 6 {
			if got := at(t.Context()); got != searchWindow {
				t.Errorf("a read went after %v", got)
			}
		}
		if got := at(t.Context()); got != 10*time.Second {
			t.Errorf("the 13th call went after %v", got)
		}
	})
}

// TestSearchLimitOnTheWire: seven searches in a row keep to five a second.
func TestSearchLimitOnTheWire(t *testing.T) {
	s, c := local(t, nil)
	for range 7 {
		ask(t, c, crm.Query{Object: crm.ObjectContact, Where: []crm.Cond{is("LastName", "Lee")}})
	}
	for _, call := range s.Calls() {
		if call.Status == 429 {
			t.Fatal("too many searches in a second")
		}
	}
}

func TestUsageByHeaders(t *testing.T) {
	s, c := local(t, nil)
	if c.Usage() != (Usage{}) {
		t.Errorf("before the first call: %+v", c.Usage())
	}
	s.Limit(50, 10*time.Second)
	s.LimitDaily(1000)
	for range 2 {
		if err := reads(t, c); err != nil {
			t.Fatal(err)
		}
	}
	want := Usage{Max: 50, Remaining: 48, Interval: 10 * time.Second, Daily: 1000, DailyRemaining: 998}
	if diff := cmp.Diff(want, c.Usage()); diff != "" {
		t.Error(diff)
	}
	ask(t, c, crm.Query{Object: crm.ObjectContact, Where: []crm.Cond{is("LastName", "Lee")}})
	want.Remaining, want.DailyRemaining = 47, 997 // by the describe; searches do not tell
	if diff := cmp.Diff(want, c.Usage()); diff != "" {
		t.Errorf("after a search\n%s", diff)
	}
	_, c, _ = installed(t, false, nil)
	if err := reads(t, c); err != nil || c.Usage().Max != 190 || c.Usage().Daily != 0 {
		t.Errorf("with OAuth: %+v, %v", c.Usage(), err)
	}
}

func TestLimitsThatAreMet(t *testing.T) {
	rows := map[string]struct {
		limit func(*hstest.Server)
		class error
		code  string
		wait  time.Duration
		calls int
	}{
		"a day":       {func(s *hstest.Server) { s.LimitDaily(1) }, crm.ErrQuota, "DAILY", 0, 1},
		"ten seconds": {func(s *hstest.Server) { s.Limit(1, time.Hour) }, crm.ErrThrottled, "TEN_SECONDLY_ROLLING", 10 * time.Second, 3},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			s, c := local(t, nil)
			row.limit(s)
			if err := reads(t, c); err != nil {
				t.Fatal(err)
			}
			s.ResetCalls()
			err := reads(t, c)
			var e *crm.Error
			if !errors.As(err, &e) || e.Class != row.class || e.Code != row.code || e.RetryAfter != row.wait || len(s.Calls()) != row.calls {
				t.Errorf("%v after %d calls, want %v: %s after %d", err, len(s.Calls()), row.class, row.code, row.calls)
			}
		})
	}
}
