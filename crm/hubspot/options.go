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
	// DefaultSearches in a second are what HubSpot allows an account.
	DefaultSearches = 5
)

// Plan is a HubSpot subscription. It says how many calls a private app may make in
// ten seconds.
type Plan string

// The plans, and the calls that they allow in ten seconds. A public app (OAuth) may
// make 110 in every account.
const (
	PlanStarter      Plan = "starter"      // free and Starter: 100
	PlanProfessional Plan = "professional" // Professional and Enterprise: 190
	PlanAddOn        Plan = "add-on"       // with the API add-on: 250
)

const (
	callsOfOAuth = 110
	// searchWindow is more than a second: what counts is when searches arrive.
	searchWindow = 1100 * time.Millisecond
)

// calls is how many calls a plan allows in ten seconds; 0 for an unknown plan.
func (p Plan) calls() int {
	switch p {
	case "", PlanStarter:
		return DefaultCalls
	case PlanProfessional:
		return 190
	case PlanAddOn:
		return 250
	}
	return 0
}

// Options says which account to use and how. Either Token or OAuth is required.
type Options struct {
	// Token is that of a private app of the account.
	Token Token
	// OAuth are the credentials of a public app.
	OAuth *OAuth
	// Plan of the account, PlanStarter when empty. With OAuth it does not matter.
	Plan Plan
	// BaseURL is DefaultBaseURL when empty. It must be https; a server on this machine
	// may be http.
	BaseURL string
	// APIVersion is "v3" (with v4 for associations and actions, v1 for tokens), or the
	// date of a dated version such as "2026-03".
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
	// Calls is how many calls are made within Window at most; what the plan allows and
	// DefaultWindow when 0. A call beyond them waits for its turn.
	Calls  int
	Window time.Duration
	// Searches is how many searches are made in a second at most, DefaultSearches when
	// 0. All apps of an account share that limit.
	Searches int
}

var versionForm = regexp.MustCompile(`^(v3|20[0-9]{2}-[0-9]{2})$`)

// filled returns the options with their defaults, or what is wrong with them.
func (o Options) filled() (Options, error) {
	if err := o.credentials(); err != nil {
		return o, err
	}
	if o.APIVersion == "" {
		o.APIVersion = DefaultAPIVersion
	}
	if !versionForm.MatchString(o.APIVersion) {
		return o, fmt.Errorf("hubspot: %q is no API version; write v3, or a date such as 2026-03", o.APIVersion)
	}
	if o.Timeout < 0 || o.Calls < 0 || o.Window < 0 || o.Searches < 0 {
		return o, errors.New("hubspot: a limit is negative")
	}
	if o.Plan.calls() == 0 {
		return o, fmt.Errorf("hubspot: %q is no plan; write %s, %s or %s", o.Plan, PlanStarter, PlanProfessional, PlanAddOn)
	}
	return o.withDefaults(), nil
}

// credentials checks that there is one way to log in.
func (o Options) credentials() error {
	switch {
	case o.OAuth != nil && o.Token != "":
		return errors.New("hubspot: both Token and OAuth are set; give one of them")
	case o.OAuth != nil && !o.OAuth.usable():
		return errors.New("hubspot: OAuth needs ClientID, ClientSecret and RefreshToken")
	case o.OAuth == nil && !o.Token.usable():
		return errors.New("hubspot: no token; give the access token of a private app")
	}
	return nil
}

func (o Options) withDefaults() Options {
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
		o.Calls = o.Plan.calls()
		if o.OAuth != nil {
			o.Calls = callsOfOAuth
		}
	}
	if o.Searches == 0 {
		o.Searches = DefaultSearches
	}
	if o.Window == 0 {
		o.Window = DefaultWindow
	}
	return o
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
