package outbox

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/adapter"
	"github.com/onward-crm/onward/internal/publicnet"
)

func TestNewRefuses(t *testing.T) {
	good := func() Endpoint {
		return Endpoint{Name: "crm", URL: "https://crm.example.com/hook", Secrets: []adapter.Secret{whsec(t, sharedKey)}}
	}
	short, err := adapter.NewSecret("whsec_" + base64.StdEncoding.EncodeToString([]byte("only sixteen byt")))
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]func(*Options, *Endpoint){
		"no store":         func(o *Options, _ *Endpoint) { o.Store = nil },
		"a name":           func(_ *Options, e *Endpoint) { e.Name = "CRM 1" },
		"twice":            func(o *Options, e *Endpoint) { o.Endpoints = append(o.Endpoints, *e) },
		"plain http":       func(_ *Options, e *Endpoint) { e.URL = "http://crm.example.com" },
		"loopback by http": func(_ *Options, e *Endpoint) { e.URL = "http://127.0.0.1/" },
		"another scheme":   func(_ *Options, e *Endpoint) { e.URL = "file:///etc/passwd" },
		"a user":           func(_ *Options, e *Endpoint) { e.URL = "https://u:p@crm.example.com" },
		"no host":          func(_ *Options, e *Endpoint) { e.URL = "https:///x" },
		"no secret":        func(_ *Options, e *Endpoint) { e.Secrets = nil },
		"a short secret":   func(_ *Options, e *Endpoint) { e.Secrets = []adapter.Secret{short} },
		"another host":     func(o *Options, _ *Endpoint) { o.AllowHosts = []string{"example.com", "*.example.org"} },
	}
	for name, change := range rows {
		t.Run(name, func(t *testing.T) {
			o, e := Options{Store: adapter.NewMemoryStore(adapter.SideLimits{}), Ledger: &finished{}}, good()
			change(&o, &e)
			o.Endpoints = append(o.Endpoints, e)
			if _, err := New(o); err == nil || strings.Contains(err.Error(), strings.TrimPrefix(short.Reveal(), "whsec_")) {
				t.Errorf("got %v", err)
			}
		})
	}
	ok := Options{Store: adapter.NewMemoryStore(adapter.SideLimits{}), Ledger: &finished{}, Endpoints: []Endpoint{good()}, AllowHosts: []string{"*.example.com"}}
	if _, err := New(ok); err != nil {
		t.Error(err)
	}
}

// TestNoWayIntoOurOwnNetwork: the outbox's own client refuses addresses after names
// were resolved.
func TestNoWayIntoOurOwnNetwork(t *testing.T) {
	refused := []string{
		"127.0.0.1", "127.8.9.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
		"255.255.255.255", "240.0.0.1", "198.18.0.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1",
		"::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "::7f00:1", "2001::1",
	}
	for _, ip := range refused {
		if err := publicnet.Check(net.JoinHostPort(ip, "443"), nil); err == nil {
			t.Errorf("%s may be called", ip)
		}
	}
	for _, ip := range []string{"8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"} {
		if err := publicnet.Check(net.JoinHostPort(ip, "443"), nil); err != nil {
			t.Errorf("%s: %v", ip, err)
		}
	}
	if err := publicnet.Check("10.1.2.3:443", []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}); err != nil {
		t.Errorf("allowed by name: %v", err)
	}
}

func TestOwnClientOnTheWire(t *testing.T) {
	var got []string
	var mu sync.Mutex
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, r.URL.Path)
		http.Redirect(w, r, "/other", http.StatusTemporaryRedirect)
	}))
	defer server.Close()
	local := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	var logged strings.Builder
	p := newPost(t, nil, func(o *Options) {
		o.HTTPClient, o.AllowNetworks, o.Logger = nil, local, slog.New(slog.NewTextHandler(&logged, nil))
		o.Endpoints = []Endpoint{
			{Name: "here", URL: server.URL + "/hook", Secrets: []adapter.Secret{whsec(t, sharedKey)}},
			{Name: "inside", URL: "https://[::1]:9/hook", Secrets: []adapter.Secret{whsec(t, sharedKey)}},
		}
	})
	p.owe(t, "flow:1")
	p.send(t)
	if diff := cmp.Diff([]string{"/hook"}, got); diff != "" {
		t.Errorf("requests -want +got\n%s", diff)
	}
	var errs []string
	for _, m := range p.story(t, "flow:1") {
		errs = append(errs, m.Error)
	}
	slices.Sort(errs)
	if diff := cmp.Diff([]string{"307 Temporary Redirect", "the address is not public: loopback"}, errs); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if text := logged.String(); strings.Contains(text, "whsec") || strings.Contains(text, "Ann") || !strings.Contains(text, "message not sent") {
		t.Errorf("logged %s", text)
	}
}

func TestEndpointIsNeverPrintedWithItsSecret(t *testing.T) {
	e := Endpoint{Name: "crm", Secrets: []adapter.Secret{whsec(t, sharedKey)}}
	text, err := json.Marshal(e)
	if all := fmt.Sprintf("%v %+v %#v %s", e, e, e, text); err != nil || strings.Contains(all, "whsec_") {
		t.Errorf("printed %s, %v", all, err)
	}
}
