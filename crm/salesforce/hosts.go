package salesforce

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
)

// hosts decides where calls and credentials may go.
type hosts struct {
	extra    []string
	sandbox  bool
	loopback bool // servers on this machine too
}

// instance reads the configured address. Only it may name this machine; what a
// token answer names may do so only when the configured one did.
func (h hosts) instance(raw string) (*url.URL, error) {
	if raw == "" {
		return nil, errors.New("no address; give the org's My Domain, such as https://acme.my.salesforce.com")
	}
	h.loopback = true
	return h.check(raw)
}

// check reads the address of an org and says why it must not be called.
func (h hosts) check(raw string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSuffix(raw, "/"))
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Path != "" || u.Opaque != "" {
		return nil, errors.New("not an address of the form https://host")
	}
	u.Host = strings.ToLower(u.Host)
	switch {
	case isLoopback(u):
		if !h.loopback {
			return nil, errors.New("it leads to this machine, the configured instance does not")
		}
		if u.Scheme != "https" && u.Scheme != "http" {
			return nil, errors.New("neither http nor https")
		}
		return u, nil
	case u.Scheme != "https":
		return nil, fmt.Errorf("%s is called by https only", u.Hostname())
	case !h.allows(u):
		return nil, fmt.Errorf("%s is not an allowed host; allowed are *.salesforce.com and those of AllowHosts", u.Hostname())
	case h.sandbox && !isSandbox(u.Hostname()):
		return nil, fmt.Errorf("%s is not known to be a sandbox, and only sandboxes are wanted", u.Hostname())
	}
	return u, nil
}

func (h hosts) allows(u *url.URL) bool {
	name := u.Hostname()
	if strings.HasSuffix(name, ".salesforce.com") && (u.Port() == "" || u.Port() == "443") {
		return true
	}
	for _, allowed := range h.extra {
		allowed = strings.ToLower(allowed)
		if suffix, ok := strings.CutPrefix(allowed, "*"); ok && strings.HasSuffix(name, suffix) {
			return true
		}
		if allowed == name || allowed == u.Host {
			return true
		}
	}
	return false
}

// practice are the kinds of My Domain whose orgs hold no business of anybody.
var practice = []string{
	".sandbox.my.salesforce.com", ".scratch.my.salesforce.com", ".develop.my.salesforce.com",
	".trailblaze.my.salesforce.com", ".demo.my.salesforce.com", ".patch.my.salesforce.com",
}

// isSandbox reports whether a host name says that the org is for practice. A
// sandbox of the old form is acme--uat.my.salesforce.com or
// acme--uat.cs7.my.salesforce.com; My Domains of production have no "--".
func isSandbox(host string) bool {
	if host == "test.salesforce.com" {
		return true
	}
	for _, suffix := range practice {
		if strings.HasSuffix(host, suffix) {
			return true
		}
	}
	first, _, _ := strings.Cut(host, ".")
	return strings.Contains(first, "--") && strings.HasSuffix(host, ".my.salesforce.com")
}

// isTestLogin reports whether users of an org log in at test.salesforce.com.
// Those of developer editions and playgrounds do not.
func isTestLogin(host string) bool {
	return isSandbox(host) && !strings.HasSuffix(host, ".develop.my.salesforce.com") &&
		!strings.HasSuffix(host, ".trailblaze.my.salesforce.com") && !strings.HasSuffix(host, ".demo.my.salesforce.com")
}

func isLoopback(u *url.URL) bool {
	name := u.Hostname()
	if name == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(name)
	return err == nil && net.IP(ip.AsSlice()).IsLoopback()
}
