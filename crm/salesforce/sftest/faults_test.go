package sftest_test

import (
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/salesforce/sftest"
)

// TestEveryKindOfFault injects each kind into a create and asks what the client
// sees and whether the record landed.
func TestEveryKindOfFault(t *testing.T) {
	left := sftest.FaultKinds()
	for _, x := range []struct {
		fault  sftest.Fault
		status int // 0: no answer
		broken bool
		text   string
		landed int
	}{
		{sftest.Fault{Kind: sftest.ResetBefore}, 0, true, "", 0},
		{sftest.Fault{Kind: sftest.ResetAfter}, 0, true, "", 1},
		{sftest.Fault{Kind: sftest.HTML}, 503, false, "<html>", 0},
		{sftest.Fault{Kind: sftest.HTML, Status: 500}, 500, false, "<html>", 0},
		{sftest.Fault{Kind: sftest.Refused, Status: 429, RetryAfter: 7 * time.Second}, 429, false, "SERVER_UNAVAILABLE", 0},
		{sftest.Fault{Kind: sftest.Concurrency}, 403, false, "REQUEST_LIMIT_EXCEEDED", 0},
		{sftest.Fault{Kind: sftest.Expired}, 401, false, "INVALID_SESSION_ID", 0},
		{sftest.Fault{Kind: sftest.Hooked}, 201, false, `"success":true`, 1},
		{sftest.Fault{Kind: sftest.Truncated}, 201, true, `{"id"`, 1},
		{sftest.Fault{Kind: sftest.Malformed}, 201, false, `{"id"`, 1},
		{sftest.Fault{Kind: sftest.BadGzip}, 201, true, "", 1},
		{sftest.Fault{Kind: sftest.Slow}, 201, false, `"success":true`, 1},
		{sftest.Fault{Kind: sftest.Empty}, 201, false, "", 1},
	} {
		left = slices.DeleteFunc(left, func(k sftest.FaultKind) bool { return k == x.fault.Kind })
		t.Run(string(x.fault.Kind), func(t *testing.T) {
			c := start(t, nil)
			var hooked atomic.Int64
			x.fault.Hook = func() { hooked.Add(1) }
			x.fault.Resource, x.fault.Method = "sobjects", http.MethodPost
			c.org.Inject(x.fault)
			r, err := c.try(http.MethodPost, data("sobjects/Lead"), `{"LastName":"Lee","Company":"Acme"}`)
			if (err != nil) != x.broken || r.status != x.status && !(x.broken && r.status == 0) {
				t.Errorf("status %d, error %v", r.status, err)
			}
			if !x.broken && !strings.Contains(r.text, x.text) {
				t.Errorf("body %q, want it to hold %q", r.text, x.text)
			}
			if n := c.count(crm.ObjectLead); n != x.landed {
				t.Errorf("%d leads landed, want %d", n, x.landed)
			}
			if n := hooked.Load(); n != 1 {
				t.Errorf("the hook ran %d times", n)
			}
			if x.fault.RetryAfter > 0 && r.head.Get("Retry-After") != "7" {
				t.Errorf("Retry-After %q", r.head.Get("Retry-After"))
			}
			if x.fault.Kind == sftest.Expired {
				c.call(http.MethodGet, data("limits"), "", 401)
				return
			}
			c.call(http.MethodPost, data("sobjects/Lead"), `{"LastName":"Mo","Company":"Acme"}`, 201)
		})
	}
	if len(left) > 0 {
		t.Errorf("kinds without a test: %v", left)
	}
}

func TestFaultsHappenWhenTheyAreMeantTo(t *testing.T) {
	for _, x := range []struct {
		name  string
		fault sftest.Fault
		want  string
	}{
		{"first", sftest.Fault{}, "x...."},
		{"third", sftest.Fault{N: 3}, "..x.."},
		{"twice", sftest.Fault{N: 2, Times: 2}, ".xx.."},
		{"for ever", sftest.Fault{N: 2, Times: sftest.Always}, ".xxxx"},
		{"other method", sftest.Fault{Method: http.MethodPost}, "....."},
		{"other resource", sftest.Fault{Resource: "query"}, "....."},
		{"other path", sftest.Fault{Match: func(_, path string, _ []byte) bool { return path == "sobjects" }}, "....."},
	} {
		t.Run(x.name, func(t *testing.T) {
			c := start(t, nil)
			x.fault.Kind = sftest.HTML
			c.org.Inject(x.fault)
			got := ""
			for range x.want {
				if c.call(http.MethodGet, data("limits"), "", 0).status == 503 {
					got += "x"
				} else {
					got += "."
				}
			}
			if got != x.want {
				t.Errorf("got %s, want %s", got, x.want)
			}
			c.org.ClearFaults()
			c.call(http.MethodGet, data("limits"), "", 200)
		})
	}
}
