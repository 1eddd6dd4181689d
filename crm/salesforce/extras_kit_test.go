package salesforce

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/salesforce/sftest"
)

// orgOver opens a connection to an org whose handler is called in this process,
// without a network, so that time can be the test's own.
func orgOver(t *testing.T, h http.Handler, token string, o Options) *Org {
	t.Helper()
	if o.Instance == "" {
		o.Instance = "http://127.0.0.1:1"
	}
	o.Login, o.HTTPClient = AccessToken{Token: token}, &http.Client{Transport: inProcess{h}}
	g, err := Open(t.Context(), o)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { _ = g.Close() })
	return g
}

// inProcess answers requests by calling a handler.
type inProcess struct{ handler http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	w := httptest.NewRecorder()
	in := r.Clone(r.Context())
	in.RequestURI = r.URL.RequestURI()
	if in.Body == nil {
		in.Body = http.NoBody
	}
	p.handler.ServeHTTP(w, in)
	return w.Result(), nil
}

// local starts a server on a port and opens a connection to it.
func local(t *testing.T, o *sftest.Options) (*sftest.Server, *Org) {
	t.Helper()
	s := sftest.Start(t, o)
	g, err := Open(t.Context(), Options{Instance: s.URL, Login: ClientCredentials{ID: s.ClientID(), Secret: s.ClientSecret()}})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { _ = g.Close() })
	s.ResetCalls()
	return s, g
}

// numbered is a valid id of 18 characters with a prefix and a number.
func numbered(t *testing.T, prefix string, n int) string {
	t.Helper()
	id, err := crm.WidenID(fmt.Sprintf("%s%012d", prefix, n))
	if err != nil {
		t.Fatal(err)
	}
	return id
}
