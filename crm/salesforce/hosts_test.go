package salesforce

import (
	"net/http"
	"strings"
	"testing"
)

// TestCR11Hosts: where calls may go. Sandbox column: with the sandbox flag.
func TestCR11Hosts(t *testing.T) {
	rows := []struct {
		address        string
		plain, sandbox bool
	}{
		{"https://acme.my.salesforce.com", true, false},
		{"https://acme.my.salesforce.com/", true, false},
		{"https://ACME.my.salesforce.com", true, false},
		{"https://login.salesforce.com", true, false},
		{"https://na1.salesforce.com", true, false},
		{"https://acme--uat.sandbox.my.salesforce.com", true, true},
		{"https://acme--uat.my.salesforce.com", true, true},
		{"https://acme--uat.cs7.my.salesforce.com", true, true},
		{"https://test.salesforce.com", true, true},
		{"https://acme-dev-ed.develop.my.salesforce.com", true, true},
		{"https://power.scratch.my.salesforce.com", true, true},
		{"https://sandbox.my.salesforce.com.my.salesforce.com", true, false},
		{"https://acme--uat.salesforce.com", true, false},
		{"https://crm.acme.example", true, false},
		{"https://deep.proxy.acme.example", true, false},
		{"http://127.0.0.1:8080", true, true},
		{"https://localhost:8443", true, true},
		{"http://[::1]:80", true, true},

		{"http://acme.my.salesforce.com", false, false},
		{"https://acme.my.salesforce.com:8443", false, false},
		{"https://acme.my.salesforce.com.", false, false},
		{"https://salesforce.com.evil.example", false, false},
		{"https://evilsalesforce.com", false, false},
		{"https://proxy.acme.example", false, false},
		{"https://user:secret@acme.my.salesforce.com", false, false},
		{"https://acme.my.salesforce.com/path", false, false},
		{"https://acme.my.salesforce.com?x=1", false, false},
		{"https://acme.my.salesforce.com#x", false, false},
		{"https://10.0.0.1", false, false},
		{"https://169.254.169.254", false, false},
		{"ftp://127.0.0.1", false, false},
		{"acme.my.salesforce.com", false, false},
		{"", false, false},
	}
	for _, row := range rows {
		h := hosts{extra: []string{"crm.acme.example", "*.proxy.acme.example"}}
		if _, err := h.instance(row.address); (err == nil) != row.plain {
			t.Errorf("%q: %v", row.address, err)
		}
		h.sandbox = true
		_, err := h.instance(row.address)
		if (err == nil) != row.sandbox {
			t.Errorf("%q, sandbox: %v", row.address, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%v", err)
		}
	}
}

// TestCR11ProductionRefused: with the sandbox flag nothing at all is sent to a
// production host, not even the secret.
func TestCR11ProductionRefused(t *testing.T) {
	sent := 0
	o := Options{
		Instance: "https://acme.my.salesforce.com", Login: ClientCredentials{ID: "a", Secret: "b"}, Sandbox: true,
		HTTPClient: &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) { sent++; return nil, http.ErrServerClosed })},
	}
	_, err := Open(t.Context(), o)
	if err == nil || !strings.Contains(err.Error(), "not known to be a sandbox") || sent > 0 {
		t.Errorf("%v after %d calls", err, sent)
	}
}

// TestCR11TokenLeadsElsewhere: the address in the token answer is checked like
// the configured one; the token goes nowhere else.
func TestCR11TokenLeadsElsewhere(t *testing.T) {
	for instance, ok := range map[string]bool{
		"https://acme--uat.sandbox.my.salesforce.com":  true,
		"https://other--uat.sandbox.my.salesforce.com": true,
		"https://acme.my.salesforce.com":               false, // production
		"https://evil.example":                         false,
		"http://127.0.0.1:80":                          false, // this machine, by the word of another
	} {
		called := map[string]int{}
		o := Options{
			Instance: "https://acme--uat.sandbox.my.salesforce.com", Login: ClientCredentials{ID: "a", Secret: "b"}, Sandbox: true,
			HTTPClient: &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				called[r.URL.Host]++
				if r.URL.Path == tokenPath {
					return plainAnswer(r, 200, `{"access_token":"t","instance_url":"`+instance+`"}`), nil
				}
				return plainAnswer(r, 200, `[{"version":"66.0"}]`), nil
			})},
		}
		g, err := Open(t.Context(), o)
		if (err == nil) != ok {
			t.Errorf("%s: %v", instance, err)
		}
		if err == nil {
			_ = g.Close()
		} else if len(called) != 1 || !strings.Contains(err.Error(), "may not be called") {
			t.Errorf("%s: called %v, %v", instance, called, err)
		}
	}
}
