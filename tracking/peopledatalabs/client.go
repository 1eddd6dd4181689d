package peopledatalabs

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// ProviderName is the name of this provider.
const ProviderName = "peopledatalabs"

const (
	// DefaultBaseURL is where the API is.
	DefaultBaseURL = "https://api.peopledatalabs.com"
	// DefaultMinLikelihood is how sure the API must be that a profile is the person
	// who was asked for, from 1 to 10.
	DefaultMinLikelihood = 6
	// callTimeout bounds one attempt where the HTTP client has no time-out of its own.
	callTimeout = 30 * time.Second
)

// Options are the settings of a Client. Key is required.
type Options struct {
	// Key is the API key.
	Key string
	// BaseURL is the address of the API (DefaultBaseURL); https, but for this machine.
	BaseURL string
	// MinLikelihood is passed to enrichment (DefaultMinLikelihood).
	MinLikelihood int
	// HTTPClient sends. Its redirects are not followed.
	HTTPClient *http.Client
	// Now is the clock, time.Now by default.
	Now func() time.Time
	// Logger gets a line for each repeated call: status and attempt alone.
	Logger *slog.Logger
}

// Client is the API with one key. Safe for concurrent use.
type Client struct {
	opt   Options
	again *retryablehttp.Client
}

// New makes a client. The error says which setting is wrong, and holds no key.
func New(o Options) (*Client, error) {
	if strings.TrimSpace(o.Key) == "" || strings.ContainsAny(o.Key, " \t\r\n") {
		return nil, errors.New("peopledatalabs: key: want the API key, without blanks")
	}
	if o.BaseURL == "" {
		o.BaseURL = DefaultBaseURL
	}
	o.BaseURL = strings.TrimSuffix(o.BaseURL, "/")
	u, err := url.Parse(o.BaseURL)
	if err != nil || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Scheme != "https" && (u.Scheme != "http" || !thisMachine(u.Hostname())) {
		return nil, errors.New("peopledatalabs: base_url: want an address that begins with https://")
	}
	if o.MinLikelihood == 0 {
		o.MinLikelihood = DefaultMinLikelihood
	}
	if o.MinLikelihood < 1 || o.MinLikelihood > 10 {
		return nil, fmt.Errorf("peopledatalabs: min_likelihood: want 1 to 10, not %d", o.MinLikelihood)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	c := &Client{opt: o}
	c.again = c.repeating(plain(o.HTTPClient))
	return c, nil
}

// thisMachine reports whether a host is a loopback address.
func thisMachine(host string) bool {
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

// plain is a copy of a client that follows no redirect: the key is for one host.
func plain(given *http.Client) *http.Client {
	c := &http.Client{Timeout: callTimeout}
	if given != nil {
		*c = *given
	}
	if c.Timeout == 0 {
		c.Timeout = callTimeout
	}
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return c
}
