package salesforce

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onward-crm/onward/crm"
)

// scripted opens an org without a network that answers reads by a script: the
// statuses one after the other, the last for ever.
func scripted(t *testing.T, after string, statuses ...int) (*Org, *int) {
	t.Helper()
	sent := new(int)
	g, err := Open(t.Context(), Options{
		Instance: "https://acme.my.salesforce.com", Login: AccessToken{Token: "t"}, Timeout: 5 * time.Minute,
		HTTPClient: &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			if r.URL.Path == "/services/data" {
				return plainAnswer(r, http.StatusOK, `[{"version":"66.0"}]`), nil
			}
			status := statuses[min(*sent, len(statuses)-1)]
			*sent++
			resp := plainAnswer(r, status, "{}")
			if after != "" {
				resp.Header.Set("Retry-After", after)
			}
			return resp, nil
		})},
	})
	if err != nil {
		t.Fatal(err)
	}
	return g, sent
}

// TestCR03Pauses: how long is waited between attempts, in virtual time.
func TestCR03Pauses(t *testing.T) {
	rows := []struct {
		name     string
		after    string
		statuses []int
		class    error
		sent     int
		min, max time.Duration
	}{
		{"jitter, growing", "", []int{503, 502, 200}, nil, 3, 750 * time.Millisecond, 2250 * time.Millisecond},
		{"bounded", "", []int{503}, crm.ErrUnavailable, 3, 750 * time.Millisecond, 2250 * time.Millisecond},
		{"as the server asks", "30", []int{429, 200}, nil, 2, 30 * time.Second, 30 * time.Second},
		{"at most a minute", "60", []int{503, 200}, nil, 2, time.Minute, time.Minute},
		{"too long for us", "61", []int{503, 200}, crm.ErrUnavailable, 1, 0, 0},
		{"a date long past", "Tue, 03 Nov 1998 12:00:00 GMT", []int{503, 200}, nil, 2, 250 * time.Millisecond, 750 * time.Millisecond},
		{"nonsense", "soon", []int{503, 200}, nil, 2, 250 * time.Millisecond, 750 * time.Millisecond},
		{"validation is not repeated", "", []int{400, 200}, crm.ErrInvalid, 1, 0, 0},
		{"what is forbidden is not repeated", "", []int{403, 200}, crm.ErrAuth, 1, 0, 0},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g, sent := scripted(t, row.after, row.statuses...)
				defer func() { _ = g.Close() }()
				start := time.Now()
				_, err := g.do(t.Context(), read("x"))
				if class := crm.ClassOf(err); class != row.class {
					t.Errorf("%v, want %v", err, row.class)
				}
				if took := time.Since(start); took < row.min || took > row.max || *sent != row.sent {
					t.Errorf("%d times in %v; want %d in %v to %v", *sent, took, row.sent, row.min, row.max)
				}
			})
		})
	}
}

// TestCR03NoTimeToWait: a pause beyond the caller's deadline is not begun.
func TestCR03NoTimeToWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, sent := scripted(t, "30", 503)
		defer func() { _ = g.Close() }()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		start := time.Now()
		_, err := g.do(ctx, read("x"))
		checkError(t, err, crm.ErrUnavailable, "HTTP_503", 30*time.Second)
		if took := time.Since(start); took != 0 || *sent != 1 {
			t.Errorf("%d times in %v", *sent, took)
		}
	})
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "0": 0, "120": 2 * time.Minute, "-5": 0, "1e3": 0, "99999999999999999999": 0,
		"Tue, 03 Nov 2026 12:01:00 GMT": time.Minute, "Tue, 03 Nov 2026 11:00:00 GMT": 0, "tomorrow": 0,
	} {
		if got := retryAfter(http.Header{"Retry-After": {value}}, now); got != want {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
}
