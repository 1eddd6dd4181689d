package hubspot

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"

	"github.com/onward-crm/onward/crm"
)

// canned opens a client whose every call gets one answer.
func canned(t *testing.T, status int, header http.Header, body string) (*httpmock.MockTransport, *Client) {
	t.Helper()
	m := httpmock.NewMockTransport()
	r := httpmock.NewStringResponse(status, body)
	if header != nil {
		r.Header = header
	}
	m.RegisterNoResponder(httpmock.ResponderFromResponse(r))
	c, err := Open(t.Context(), Options{Token: "pat-eu1-11111111", HTTPClient: &http.Client{Transport: m}})
	if err != nil {
		t.Fatal(err)
	}
	return m, c
}

func TestErrorClasses(t *testing.T) {
	limit := func(policy string) string {
		return fmt.Sprintf(`{"status":"error","message":"ann.lee@example.com","errorType":"RATE_LIMIT","policyName":%q}`, policy)
	}
	rows := []struct {
		name        string
		status      int
		after, body string
		read, write error
		wait        time.Duration
	}{
		{"400", 400, "", `{"category":"VALIDATION_ERROR","message":"ann.lee@example.com"}`, crm.ErrInvalid, crm.ErrInvalid, 0},
		{"401", 401, "", `{"category":"INVALID_AUTHENTICATION"}`, crm.ErrAuth, crm.ErrAuth, 0},
		{"403", 403, "", `{"category":"MISSING_SCOPES"}`, crm.ErrDenied, crm.ErrDenied, 0},
		{"404 of a path", 404, "", `<html>ann.lee@example.com`, crm.ErrNotFound, crm.ErrNotFound, 0},
		{"409", 409, "", ``, crm.ErrStale, crm.ErrStale, 0},
		{"423", 423, "120", ``, crm.ErrLocked, crm.ErrLocked, 2 * time.Minute},
		{"429 daily", 429, "", limit("DAILY"), crm.ErrQuota, crm.ErrQuota, 0},
		{"429 by seconds", 429, "30", limit("TEN_SECONDLY_ROLLING"), crm.ErrThrottled, crm.ErrThrottled, 30 * time.Second},
		{"477", 477, "3600", ``, crm.ErrUnavailable, crm.ErrUnavailable, time.Hour},
		{"500 that is no JSON", 500, "60", `{"status":500`, crm.ErrUnavailable, crm.ErrUnknownOutcome, time.Minute},
		{"502", 502, "60", `<html>`, crm.ErrUnavailable, crm.ErrUnknownOutcome, time.Minute},
		{"503", 503, "60", ``, crm.ErrUnavailable, crm.ErrUnavailable, time.Minute},
		{"504", 504, "60", ``, crm.ErrUnavailable, crm.ErrUnknownOutcome, time.Minute},
		{"521", 521, "60", ``, crm.ErrUnavailable, crm.ErrUnknownOutcome, time.Minute},
		{"524", 524, "60", ``, crm.ErrUnavailable, crm.ErrUnknownOutcome, time.Minute},
		{"302", 302, "", ``, crm.ErrUnavailable, crm.ErrUnavailable, 0},
		{"200 that is no JSON", 200, "", `<html>`, crm.ErrUnavailable, nil, 0},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			header := http.Header{"Location": {"https://elsewhere.example/x"}}
			if row.after != "" {
				header.Set("Retry-After", row.after)
			}
			m, c := canned(t, row.status, header, row.body)
			_, errRead := c.Contacts(t.Context(), []int64{1}, nil)
			errWrite := c.CompleteAction(t.Context(), "ap-1", nil)
			check(t, "read", errRead, row.read, row.wait)
			check(t, "write", errWrite, row.write, row.wait)
			if n := m.GetTotalCallCount(); n != 2 {
				t.Errorf("%d calls, want one each", n)
			}
		})
	}
}

func check(t *testing.T, what string, got, want error, wait time.Duration) {
	t.Helper()
	if want == nil {
		if got != nil {
			t.Errorf("%s: %v", what, got)
		}
		return
	}
	var e *crm.Error
	if !errors.As(got, &e) || e.Class != want || e.RetryAfter != wait {
		t.Errorf("%s: %v after %v, want %v after %v", what, got, e.RetryAfter, want, wait)
	}
	for _, secret := range []string{"ann.lee", "pat-eu1"} {
		if strings.Contains(got.Error(), secret) {
			t.Errorf("%s: the error tells %q", what, secret)
		}
	}
}

func TestWaitsByThePolicy(t *testing.T) {
	for policy, want := range map[string]time.Duration{"TEN_SECONDLY_ROLLING": 10 * time.Second, "SECONDLY": time.Second, "OTHER": 0} {
		_, c := canned(t, 429, nil, fmt.Sprintf(`{"policyName":%q}`, policy))
		check(t, policy, c.CompleteAction(t.Context(), "ap-1", nil), crm.ErrThrottled, want)
	}
	_, c := canned(t, 423, nil, "")
	check(t, "lock", c.CompleteAction(t.Context(), "ap-1", nil), crm.ErrLocked, 2*time.Second)
}
