package salesforce

import (
	"context"
	"net/http"
)

// poolSize is how many idle connections to the org are kept.
const poolSize = 32

// connect chooses the ways below: a pool of our own under go-salesforce, made
// like the host's; or the host's client, where it has one of its own.
func (g *Org) connect() {
	g.base = &http.Client{}
	standard, plain := http.DefaultTransport.(*http.Transport)
	switch {
	case g.opt.HTTPClient != nil:
		g.base.Transport = g.opt.HTTPClient.Transport
		g.base.Timeout = g.opt.HTTPClient.Timeout
	case http.DefaultClient.Transport != nil:
		g.base.Transport = http.DefaultClient.Transport
	case plain:
		g.own = standard.Clone()
		g.own.MaxIdleConnsPerHost = poolSize
		g.base.Transport = g.own
		g.through = newThrough()
	}
	g.base.Transport = lasting{g.base.Transport}
	g.base.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	g.again = g.repeating()
}

// lasting hides CloseIdleConnections: nobody below may close connections of the
// host program, or ours because one call was cancelled.
type lasting struct{ under http.RoundTripper }

// RoundTrip implements http.RoundTripper. Without a transport of its own it uses
// the host's of that moment.
func (l lasting) RoundTrip(r *http.Request) (*http.Response, error) {
	if l.under == nil {
		return http.DefaultTransport.RoundTrip(r)
	}
	return l.under.RoundTrip(r)
}

// sendDirectly sends by the client alone.
func (g *Org) sendDirectly(ctx context.Context, t *trip) error {
	r, err := http.NewRequestWithContext(ctx, t.call.method, t.url.String(), nil)
	if err != nil {
		return err
	}
	t.dress(r)
	return g.attempt(t, r)
}
