package salesforce

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"

	"github.com/onward-crm/onward/crm"
)

const (
	userAgent = "onward"
	// maxAnswer bounds an answer that is read whole, in bytes. A page of 2,000
	// rows with long texts stays far below.
	maxAnswer = 256 << 20
)

var errTimeout = errors.New("the call took too long")

// do sends a call and reads its answer to the end. Every error is a *crm.Error.
// An answer with a status of 400 and above gives both the reply and the error. An
// answer that was lost is crm.ErrUnknownOutcome when the call must not be
// repeated and may have reached the server, else crm.ErrUnavailable.
func (g *Org) do(ctx context.Context, k call) (*reply, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, g.opt.Timeout, errTimeout)
	defer cancel()
	t := &trip{call: k, whole: true}
	if err := g.travel(ctx, t); err != nil {
		return nil, err
	}
	r := &reply{status: t.resp.StatusCode, header: t.resp.Header, body: t.body}
	return r, g.judge(k, r)
}

// trip is one call on its way.
type trip struct {
	call  call
	whole bool // read the answer to its end
	// url and token of the present sending.
	url   *url.URL
	token string
	// tried tells that the client was given the request, traced that its
	// transport tells what it does, left that a connection was given the request.
	tried, traced, left atomic.Bool

	resp *http.Response
	body []byte
	read bool
}

// travel sends a call, a second time with a new session when the first had
// expired: such a call was not worked.
func (g *Org) travel(ctx context.Context, t *trip) error {
	if g.session.over() {
		return errClosed(t.call.op)
	}
	if err := ctx.Err(); err != nil {
		return g.lost(ctx, t, err)
	}
	landed, err := g.afford(ctx, t.call)
	if err != nil {
		return err
	}
	defer func() { landed(t.resp) }()
	for again := range 2 {
		if err := g.address(t); err != nil {
			return err
		}
		if err := g.send(ctx, t); err != nil {
			return g.lost(ctx, t, err)
		}
		if again == 1 || !g.expired(t) {
			return nil
		}
		if err := g.renew(ctx, t.token); err != nil {
			return err
		}
		t.resp, t.body, t.read = nil, nil, false
	}
	return nil
}

// mayHaveArrived reports whether the last sending can have reached the server. A
// transport that does not tell is believed only when it could not connect.
func (t *trip) mayHaveArrived(err error) bool {
	if t.left.Load() || !t.tried.Load() || t.traced.Load() {
		return t.left.Load()
	}
	var op *net.OpError
	return !errors.As(err, &op) || op.Op != "dial"
}

// expired reports whether the answer says that the session is over and a new one
// can be had.
func (g *Org) expired(t *trip) bool {
	status := t.resp.StatusCode
	over := status == http.StatusUnauthorized ||
		status == http.StatusForbidden && bytes.EqualFold(bytes.TrimSpace(t.body), []byte(staleToken))
	return over && g.renewable()
}

// address sets where the call goes, and as whom.
func (g *Org) address(t *trip) error {
	pass := g.session.pass()
	path := t.call.path
	if !strings.HasPrefix(path, "/") {
		path = "/services/data/" + g.opt.Version + "/" + path
	}
	u, err := url.Parse(pass.instance.String() + path)
	if err != nil || u.Host != pass.instance.Host || u.Fragment != "" || climbs(u.Path) {
		return &crm.Error{Op: t.call.op, Object: t.call.object, Class: crm.ErrInvalid, Code: "BAD_PATH", Err: errors.New(t.call.name)}
	}
	if len(t.call.query) > 0 {
		query := u.Query()
		for name, values := range t.call.query {
			query[name] = values
		}
		u.RawQuery = query.Encode()
	}
	t.url, t.token = u, pass.token
	return nil
}

// climbs reports whether a path leaves the resource that it names.
func climbs(path string) bool {
	for part := range strings.SplitSeq(path, "/") {
		if part == "." || part == ".." {
			return true
		}
	}
	return false
}

// send makes the attempts of one sending; the way below is go-salesforce where
// that can be, else direct.
func (g *Org) send(ctx context.Context, t *trip) error {
	ctx = context.WithValue(ctx, tripKey{}, t)
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { t.traced.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { t.left.Store(true) },
	})
	t.tried.Store(false)
	t.left.Store(false)
	if g.through != nil && crossing.stands() {
		if err := g.sendThrough(ctx, t); !errors.Is(err, errNotReached) {
			return err
		}
	}
	return g.sendDirectly(ctx, t)
}

// dress sets everything of a request but the address and the token.
func (t *trip) dress(r *http.Request) {
	k := t.call
	r.Header = http.Header{}
	r.Header.Set("User-Agent", userAgent)
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Sforce-Call-Options", "client="+userAgent)
	r.Body, r.GetBody, r.ContentLength = nil, nil, 0
	if k.body != nil {
		r.Header.Set("Content-Type", "application/json")
		r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(k.body)), nil }
		r.Body, _ = r.GetBody()
		r.ContentLength = int64(len(k.body))
	}
	if k.contentType != "" {
		r.Header.Set("Content-Type", k.contentType)
	}
	for name, value := range k.header {
		r.Header.Set(name, value)
	}
}

// attempt sends a dressed request: once, or a few times when that is harmless.
func (g *Org) attempt(t *trip, r *http.Request) error {
	r.URL, r.Host = t.url, t.url.Host
	r.Header.Set("Authorization", "Bearer "+t.token)
	t.tried.Store(true)
	var resp *http.Response
	var err error
	if t.call.repeat {
		resp, err = g.attempts(t, r)
	} else {
		resp, err = g.base.Do(r)
	}
	if err != nil {
		if resp != nil {
			_ = resp.Body.Close()
		}
		return err
	}
	t.resp = resp
	if t.read {
		return nil
	}
	return t.receive(resp)
}

// receive reads the answer to its end; streams only when they are refusals.
func (t *trip) receive(resp *http.Response) error {
	if !t.whole && resp.StatusCode < 300 {
		return nil
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err == nil && len(body) > maxAnswer {
		err = fmt.Errorf("the answer is longer than %d bytes", maxAnswer)
	}
	if err != nil {
		return err
	}
	t.body, t.read = body, true
	return nil
}
