package hubspot

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// The defaults of Options.
const (
	DefaultBaseURL    = "https://api.hubapi.com"
	DefaultAPIVersion = "v3"
	DefaultTimeout    = 30 * time.Second
	// DefaultCalls in DefaultWindow is what every kind of account allows a private app.
	DefaultCalls  = 100
	DefaultWindow = 10 * time.Second
)

// Options says which account to use and how. Token is required.
type Options struct {
	// Token is that of a private app of the account.
	Token Token
	// BaseURL is DefaultBaseURL when empty. It must be https; a server on this machine
	// may be http.
	BaseURL string
	// APIVersion is "v3" (with v4 for associations and actions), or the date of a
	// dated version such as "2026-03".
	APIVersion string
	// HTTPClient makes the calls when it is set; it is not changed. Its cookies are not
	// used and its redirects are not followed.
	HTTPClient *http.Client
	// Logger gets one line for each call that is repeated. The default discards them.
	Logger *slog.Logger
	// Now is the clock, time.Now by default.
	Now func() time.Time
	// Timeout bounds one call with its repetitions and pauses, DefaultTimeout when 0.
	Timeout time.Duration
	// Calls is how many calls are made within Window at most; DefaultCalls and
	// DefaultWindow when 0. A call beyond them waits for its turn.
	Calls  int
	Window time.Duration
}

var versionForm = regexp.MustCompile(`^(v3|20[0-9]{2}-[0-9]{2})$`)

// filled returns the options with their defaults, or what is wrong with them.
func (o Options) filled() (Options, error) {
	if len(strings.TrimSpace(string(o.Token))) < 8 || strings.ContainsAny(string(o.Token), "\r\n\x00") {
		return o, errors.New("hubspot: no token; give the access token of a private app")
	}
	if o.APIVersion == "" {
		o.APIVersion = DefaultAPIVersion
	}
	if !versionForm.MatchString(o.APIVersion) {
		return o, fmt.Errorf("hubspot: %q is no API version; write v3, or a date such as 2026-03", o.APIVersion)
	}
	if o.Timeout < 0 || o.Calls < 0 || o.Window < 0 {
		return o, errors.New("hubspot: a limit is negative")
	}
	if o.BaseURL == "" {
		o.BaseURL = DefaultBaseURL
	}
	if o.HTTPClient == nil {
		o.HTTPClient = http.DefaultClient
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	if o.Calls == 0 {
		o.Calls = DefaultCalls
	}
	if o.Window == 0 {
		o.Window = DefaultWindow
	}
	return o, nil
}

// baseOf reads the address of the API.
func baseOf(raw string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSuffix(raw, "/"))
	if err != nil || u.Host == "" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("hubspot: the base URL is not of the form https://host")
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())) {
		return nil, fmt.Errorf("hubspot: %s is called by https only", u.Hostname())
	}
	return u, nil
}

func isLoopback(host string) bool {
	if addr, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return addr.Unmap().IsLoopback()
	}
	return strings.EqualFold(strings.TrimSuffix(host, "."), "localhost")
}

// ownClient is a copy of a client without what it does on its own.
func ownClient(c *http.Client) *http.Client {
	own := *c
	own.Jar = nil
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if own.Transport == nil {
		own.Transport = http.DefaultTransport
	}
	return &own
}
