package hubspot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"

	gohubspot "github.com/belong-inc/go-hubspot"

	"github.com/onward-crm/onward/crm"
)

const (
	userAgent = "onward"
	// maxAnswer bounds an answer, in bytes: 100 contacts with long histories stay far
	// below.
	maxAnswer = 64 << 20
)

var (
	errTimeout = errors.New("the call took too long")
	errTooLong = errors.New("the answer is too long")
	errNotSent = errors.New("the call was not sent")
)

// call is one request to be made.
type call struct {
	// op and object stand in errors.
	op     string
	object crm.Object
	// name stands in the log.
	name string
	// method is POST when empty.
	method string
	path   string
	query  url.Values
	body   any
	// repeat says that the call changes nothing and may be made again.
	repeat bool
	// search says that the limit of searches counts too.
	search bool
}

// reply is the answer to a call, whole.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// trip is one call on its way. It is the transport of a go-hubspot client that is
// made for this call alone.
type trip struct {
	client *Client
	call   call
	token  Token
	// bound binds a request to the context of the call.
	bound func(*http.Request) *http.Request
	// left tells that a connection was given the request.
	left  atomic.Bool
	reply *reply
	err   error
}

// do makes a call and decodes its answer into out, unless that is nil. Every error is
// a *crm.Error. A token that has run out is replaced once.
func (c *Client) do(ctx context.Context, k call, out any) (*reply, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, c.opt.Timeout, errTimeout)
	defer cancel()
	token, err := c.bearer(ctx, k, "")
	if err != nil {
		return nil, err
	}
	r, err := c.once(ctx, k, token)
	if err == nil && r.status == http.StatusUnauthorized && c.session != nil {
		if token, err = c.bearer(ctx, k, token); err != nil {
			return nil, err
		}
		r, err = c.once(ctx, k, token)
	}
	if err != nil {
		return nil, err
	}
	if err := c.judge(k, r); err != nil {
		return r, err
	}
	if out != nil {
		if err := json.Unmarshal(r.body, out); err != nil {
			return r, &crm.Error{Op: k.op, Object: k.object, Class: crm.ErrUnavailable, Code: codeNotJSON, Err: err}
		}
	}
	return r, nil
}

// once makes a call with a token.
func (c *Client) once(ctx context.Context, k call, token Token) (*reply, error) {
	t := &trip{
		client: c, call: k, token: token, err: errNotSent,
		bound: func(r *http.Request) *http.Request { return r.Clone(ctx) },
	}
	// The transport sets the real token, which go-hubspot has no need to know.
	hs, err := gohubspot.NewClient(gohubspot.SetPrivateAppToken(hiddenToken),
		gohubspot.WithHTTPClient(&http.Client{Transport: t}), gohubspot.WithBaseURL(c.base))
	if err != nil {
		return nil, &crm.Error{Op: k.op, Object: k.object, Class: crm.ErrInvalid, Code: codeNotMade, Err: err}
	}
	// What it answers is of no interest: the trip holds the real answer.
	if k.method == http.MethodGet {
		_ = hs.Get(k.path, nil, nil)
	} else {
		_ = hs.Post(k.path, k.body, nil)
	}
	if t.reply == nil {
		return nil, t.lost(ctx)
	}
	return t.reply, nil
}

// lost is the error of a call that has no answer.
func (t *trip) lost(ctx context.Context) error {
	e := &crm.Error{Op: t.call.op, Object: t.call.object, Class: crm.ErrUnavailable, Code: codeNoAnswer, Err: t.err}
	if cause := context.Cause(ctx); cause != nil {
		e.Err = cause
	}
	if !t.call.repeat && t.left.Load() {
		e.Class = crm.ErrUnknownOutcome
	}
	return e
}

// RoundTrip implements http.RoundTripper: it sends the request under the call's
// context, keeps the answer, and gives go-hubspot a neutral one.
func (t *trip) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := bodyOf(r)
	if err == nil {
		err = t.send(r, body)
	}
	if t.err = err; err != nil {
		t.reply = nil
	}
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: http.NoBody, Request: r,
	}, nil
}

func bodyOf(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	defer r.Body.Close()
	return io.ReadAll(r.Body)
}

func bodyFrom(body []byte) io.ReadCloser {
	if len(body) == 0 {
		return http.NoBody // anything else would be sent as a body of unknown length
	}
	return io.NopCloser(bytes.NewReader(body))
}

// send makes the attempts.
func (t *trip) send(r *http.Request, body []byte) error {
	if r.URL.EscapedPath() != "/"+t.call.path || r.URL.Host != t.client.base.Host {
		return fmt.Errorf("hubspot: %s would lead elsewhere", t.call.name)
	}
	out := t.bound(r)
	ctx := context.WithValue(out.Context(), tripKey{}, t)
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { t.left.Store(true) },
	})
	out = out.WithContext(ctx)
	out.URL.RawQuery = t.call.query.Encode()
	out.Header.Set("Authorization", "Bearer "+string(t.token))
	out.Header.Set("User-Agent", userAgent)
	out.Header.Set("Accept", "application/json")
	out.ContentLength = int64(len(body))
	out.GetBody = func() (io.ReadCloser, error) { return bodyFrom(body), nil }
	out.Body = bodyFrom(body)
	if t.call.repeat {
		return t.client.attempts(t, out)
	}
	if err := t.client.turn(ctx); err != nil {
		return err
	}
	resp, err := t.client.http.Do(out)
	if err != nil {
		return err
	}
	return t.receive(resp)
}

// receive reads the answer to its end.
func (t *trip) receive(resp *http.Response) error {
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err == nil && len(body) > maxAnswer {
		err = errTooLong
	}
	if err != nil {
		return err
	}
	t.client.meter.hear(resp.Header)
	t.reply = &reply{status: resp.StatusCode, header: resp.Header, body: body}
	return nil
}
