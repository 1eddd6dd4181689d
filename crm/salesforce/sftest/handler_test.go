package sftest_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/salesforce/sftest"
)

// TestHandlersKnowTheirAddress serves an org without Start: the instance is the
// host that the client called.
func TestHandlersKnowTheirAddress(t *testing.T) {
	c := start(t, nil)
	org := sftest.New(&sftest.Options{Sandbox: true})
	h := httptest.NewServer(org)
	defer h.Close()
	served := *c
	served.org = sftest.New(nil)
	served.org.URL = h.URL
	r := served.login(url.Values{
		"grant_type": {"client_credentials"}, "client_id": {org.ClientID()}, "client_secret": {org.ClientSecret()},
	}, 200)
	c.want(r, "instance_url", h.URL)
	served.token = org.Token()
	served.want(served.call(http.MethodGet, data("sobjects/Organization/"+org.OrgID()), "", 200), "IsSandbox", true)
}

func TestBodiesMayBeCompressed(t *testing.T) {
	c := start(t, nil)
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write([]byte(`{"LastName":"Lee"}`))
	c.must(err)
	c.must(z.Close())
	c.with("Content-Encoding", "gzip").call(http.MethodPost, data("sobjects/Contact"), b.String(), 201)
	c.with("Content-Encoding", "gzip").call(http.MethodPost, data("sobjects/Contact"), "not gzip", 400)
}

func TestIdentityNeedsAToken(t *testing.T) {
	c := start(t, nil)
	me := "/id/" + c.org.OrgID() + "/" + c.org.CRM().User()
	c.want(c.call(http.MethodGet, me, "", 200), "username", sftest.DefaultUsername)
	c.call(http.MethodGet, "/id/"+c.org.OrgID()+"/005000000000999AAA", "", 404)
	c.call(http.MethodPost, "/services/oauth2/revoke", "token=x", 400)
	c.token = ""
	c.call(http.MethodGet, me, "", 403)
	c.call(http.MethodGet, "/services/oauth2/userinfo", "", 403)
}

// TestConcurrentCallsAreCountedOnce sends calls at once.
func TestConcurrentCallsAreCountedOnce(t *testing.T) {
	c := start(t, nil)
	const n = 32
	errs := make(chan error, n)
	for i := range n {
		go func() {
			r, err := c.try(http.MethodPost, data("sobjects/Account"), fmt.Sprintf(`{"Name":"A%d"}`, i))
			if err == nil && r.status != 201 {
				err = fmt.Errorf("status %d", r.status)
			}
			errs <- err
		}()
	}
	for range n {
		c.must(<-errs)
	}
	if calls := c.org.Calls(); calls.Total != n || calls.ByResource["sobjects"] != n || c.count(crm.ObjectAccount) != n {
		t.Errorf("%+v, %d accounts", calls, c.count(crm.ObjectAccount))
	}
}

func BenchmarkCollections(b *testing.B) {
	org := sftest.New(nil)
	var items []string
	for range 200 {
		items = append(items, item(crm.ObjectLead, `"LastName":"Lee","Company":"Acme","Email":"lee@acme.example","Title":"CEO"`))
	}
	body, token := records(false, items...), org.Token()
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest(http.MethodPost, data("composite/sobjects"), strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		org.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatal(w.Body.String())
		}
	}
}
