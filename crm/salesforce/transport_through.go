package salesforce

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"

	gosalesforce "github.com/k-capehart/go-salesforce/v2"
)

// privateScheme marks the requests that go-salesforce makes for us.
const privateScheme = "onward-salesforce"

// crossing is where requests leave go-salesforce. It uses http.DefaultClient and
// knows no other; so a URL scheme of our own is registered, once in a process,
// with the http.Transport that is found there at first use. Requests of anybody
// else never come by, and the registration can not be undone: that is why it is
// the one thing this package keeps for the whole process.
var crossing ford

type ford struct {
	mu      sync.Mutex
	over    *http.Transport
	refused bool
}

// stands reports whether requests of the private scheme arrive here.
func (f *ford) stands() bool {
	if http.DefaultClient.Transport != nil {
		return false
	}
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.over == nil && !f.refused {
		f.register(t)
	}
	return f.over == t
}

// register takes the scheme. Another copy of this package in the same process
// may have it already; then calls go directly.
func (f *ford) register(t *http.Transport) {
	defer func() { f.refused = recover() != nil }()
	t.RegisterProtocol(privateScheme, ferry{})
	f.over = t
}

// tripKey finds the trip in the context of a request.
type tripKey struct{}

var (
	errNotReached = errors.New("the way through is closed")
	errStranger   = errors.New("salesforce: " + privateScheme + " addresses are for this package only")
)

// crossed is what go-salesforce carries over in the context.
type crossed struct {
	send func(*http.Request) error
	// done tells that the request arrived, err how it ended.
	done bool
	err  error
}

type crossedKey struct{}

// ferry is the round tripper of the private scheme. It sends what it is given to
// Salesforce, keeps the answer for the caller and gives go-salesforce a neutral
// one, so that it neither judges, logs in nor decodes.
type ferry struct{}

// RoundTrip implements http.RoundTripper.
func (ferry) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		_ = r.Body.Close()
	}
	c, ok := r.Context().Value(crossedKey{}).(*crossed)
	switch {
	case ok:
		c.done, c.err = true, c.send(r)
	case r.Method != http.MethodGet || !strings.HasSuffix(r.URL.Path, "/limits"):
		return nil, errStranger // Init looks at the limits; nothing else is answered
	}
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: http.NoBody, Request: r,
	}, nil
}

// newThrough makes go-salesforce's client. Its session is a placeholder: the real
// one is put in at the crossing, and go-salesforce never sees it. nil when the
// way is closed.
func newThrough() *gosalesforce.Salesforce {
	if !crossing.stands() {
		return nil
	}
	sf, err := gosalesforce.Init(gosalesforce.Creds{Domain: privateScheme + "://org", AccessToken: "placeholder"})
	if err != nil {
		return nil
	}
	return sf
}

// sendThrough sends by go-salesforce. errNotReached means that nothing was sent.
func (g *Org) sendThrough(ctx context.Context, t *trip) error {
	c := &crossed{send: func(r *http.Request) error {
		out := r.Clone(ctx) // the call's, whatever the host's client made of it
		out.Header.Del("Cookie")
		if r.GetBody != nil {
			out.Body, _ = r.GetBody()
		}
		return g.attempt(t, out)
	}}
	resp, _ := g.through.DoRequest(t.call.method, "", nil, func(r *http.Request) {
		*r = *r.WithContext(context.WithValue(ctx, crossedKey{}, c))
		t.dress(r)
		r.URL = &url.URL{Scheme: privateScheme, Host: "org", Path: t.url.Path, RawPath: t.url.RawPath, RawQuery: t.url.RawQuery}
	})
	if resp != nil {
		_ = resp.Body.Close()
	}
	switch {
	case c.done:
		return c.err
	case ctx.Err() != nil:
		return ctx.Err()
	default:
		return errNotReached
	}
}
