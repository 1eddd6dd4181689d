package salesforce

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
)

func TestParseUsage(t *testing.T) {
	rows := []struct {
		header string
		want   Usage
		ok     bool
	}{
		{"api-usage=18/15000", Usage{18, 15000}, true},
		{"api-usage=25/5000; per-app-api-usage=17/250(appName=sample-app)", Usage{25, 5000}, true},
		{"per-app-api-usage=17/250(appName=sample-app)", Usage{}, false},
		{"", Usage{}, false},
		{"api-usage=x/y", Usage{}, false},
	}
	for _, row := range rows {
		got, ok := parseUsage(http.Header{"Sforce-Limit-Info": {row.header}})
		if got != row.want || ok != row.ok {
			t.Errorf("%q: %v, %v", row.header, got, ok)
		}
	}
}

// TestCR10BudgetStops: at 19,990 of 20,000 with a share of 99.95 % nothing is
// sent any more, until the org says that usage has fallen.
func TestCR10BudgetStops(t *testing.T) {
	bothWays(t, func(t *testing.T, open func(*testing.T, Options) *Org) {
		d := newDesk(t, answers(200, "{}"))
		d.usage = "19989/20000"
		now := time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)
		o := d.options()
		o.MaxShare, o.Now = 0.9995, func() time.Time { return now }
		g := open(t, o)
		sends := func(class error, calls int) {
			t.Helper()
			_, err := g.do(t.Context(), post("x", "{}"))
			code := ""
			if class != nil {
				code = codeBudget
			}
			checkError(t, err, class, code, 0)
			if _, got := d.counted(); got != calls {
				t.Errorf("%d calls arrived, want %d", got, calls)
			}
		}
		sends(nil, 1) // it is the answer that tells
		if got := g.Usage(); got != (Usage{19989, 20000}) {
			t.Errorf("usage %v", got)
		}
		d.set(func() { d.usage = "19990/20000" })
		sends(nil, 2)
		sends(crm.ErrQuota, 2)
		now = now.Add(probePause)
		sends(crm.ErrQuota, 3) // the one call that asks
		sends(crm.ErrQuota, 3)
		d.set(func() { d.usage = "100/20000" })
		now = now.Add(probePause)
		sends(nil, 5)
	})
}

// TestCR10ProbeByBody: an answer without the header tells by its limits.
func TestCR10ProbeByBody(t *testing.T) {
	d := newDesk(t, answers(200, `{"DailyApiRequests":{"Max":1000,"Remaining":900},"Other":{"Max":1,"Remaining":1}}`))
	d.usage = "500/1000"
	now := time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)
	o := d.options()
	o.MaxShare, o.Now = 0.5, func() time.Time { return now }
	g := connected(t, o)
	_, _ = g.do(t.Context(), read("x"))
	d.set(func() { d.usage = "" })
	now = now.Add(probePause)
	if _, err := g.do(t.Context(), read("x")); err != nil {
		t.Error(err)
	}
	if got := g.Usage(); got != (Usage{100, 1000}) {
		t.Errorf("usage %v", got)
	}
}

// TestCR10NeverBeyond: calls under way count, so that many at once do not overrun
// the budget together.
func TestCR10NeverBeyond(t *testing.T) {
	gate := make(chan struct{})
	d := newDesk(t, answers(200, "{}"))
	d.usage = "90/100"
	o := d.options()
	o.MaxShare = 0.95
	g := connected(t, o)
	if _, err := g.do(t.Context(), read("x")); err != nil {
		t.Fatal(err)
	}
	d.set(func() {
		d.handle = func(w http.ResponseWriter, _ *http.Request) { <-gate; _, _ = w.Write([]byte("{}")) }
	})
	results := make(chan error, 20)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() { _, err := g.do(t.Context(), read("x")); results <- err })
	}
	for range 15 { // five are held by the server, all others come back at once
		if err := <-results; err == nil {
			t.Error("a call was answered before the gate opened")
		}
	}
	close(gate)
	wg.Wait()
	if _, calls := d.counted(); calls != 6 {
		t.Errorf("%d calls, want the first and the five that were left", calls)
	}
}

// TestUsageOvertaken: an answer that was overtaken does not turn the count back.
func TestUsageOvertaken(t *testing.T) {
	var m meter
	opt := Options{Now: time.Now, MaxShare: 1}
	slow, _ := m.enter(opt, false)
	fast, _ := m.enter(opt, false)
	fast(&http.Response{Header: http.Header{"Sforce-Limit-Info": {"api-usage=12/100"}}})
	slow(&http.Response{Header: http.Header{"Sforce-Limit-Info": {"api-usage=11/100"}}})
	if m.usage.Used != 12 {
		t.Errorf("used %d", m.usage.Used)
	}
	later, _ := m.enter(opt, false)
	later(&http.Response{Header: http.Header{"Sforce-Limit-Info": {"api-usage=3/100"}}})
	if m.usage.Used != 3 || m.flying != 0 {
		t.Errorf("used %d, flying %d", m.usage.Used, m.flying)
	}
}
