package peopledatalabs

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/onward-crm/onward/tracking"
)

// The operations, as errors name them.
const (
	opRefresh = "refresh"
	opFind    = "find"
)

// maxAnswer bounds what is read of one answer: 100 profiles, with room.
const maxAnswer = 32 << 20

func failure(op string, class error, code string, cause error) *tracking.ProviderError {
	return &tracking.ProviderError{Provider: ProviderName, Op: op, Class: class, Code: code, Err: cause}
}

// reply is how a call ended.
type reply struct {
	err error
	// answered tells that the whole answer was read; credits is what the API says it
	// cost, -1 when it does not say.
	answered bool
	credits  int
}

// cost is what a call cost: what the API says; else one credit for each profile of an
// answer, nothing for a refusal, and all that was set aside for an answer that was
// lost.
func (r reply) cost(profiles, held int) int {
	switch {
	case !r.answered:
		return held
	case r.credits >= 0:
		return r.credits
	case r.err != nil:
		return 0
	}
	return profiles
}

func (c *Client) get(ctx context.Context, path string, q url.Values, into any) reply {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.opt.BaseURL+path+"?"+q.Encode(), nil)
	if err != nil {
		return reply{err: failure(opRefresh, tracking.ErrBroken, "the request cannot be made", nil), answered: true}
	}
	return c.do(opRefresh, r, into)
}

func (c *Client) post(ctx context.Context, path string, body, into any) reply {
	text, err := json.Marshal(body)
	if err != nil {
		return reply{err: failure(opFind, tracking.ErrBroken, "the request cannot be written", err), answered: true}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.opt.BaseURL+path, bytes.NewReader(text))
	if err != nil {
		return reply{err: failure(opFind, tracking.ErrBroken, "the request cannot be made", nil), answered: true}
	}
	r.Header.Set("Content-Type", "application/json")
	return c.do(opFind, r, into)
}

// do sends a request until there is an answer, and reads it.
func (c *Client) do(op string, r *http.Request, into any) reply {
	r.Header.Set("X-Api-Key", c.opt.Key)
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", "onward")
	again, err := retryablehttp.FromRequest(r)
	if err != nil {
		return reply{err: failure(op, tracking.ErrBroken, "the request cannot be read", nil), answered: true}
	}
	resp, err := c.again.Do(again)
	if err != nil {
		if resp != nil {
			_ = resp.Body.Close()
		}
		return reply{err: failure(op, tracking.ErrBroken, "no answer", withoutAddress(err))}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return reply{err: failure(op, tracking.ErrBroken, "half an answer", withoutAddress(err))}
	}
	out := reply{answered: true, credits: spentBy(resp.Header)}
	switch {
	case resp.StatusCode != http.StatusOK:
		out.err = refused(op, resp, body, c.opt.Now())
	case len(body) > maxAnswer:
		out.answered, out.err = false, failure(op, tracking.ErrBroken, "answer too long", nil)
	case json.Unmarshal(body, into) != nil:
		out.answered, out.err = false, failure(op, tracking.ErrBroken, "answer that is no JSON of that form", nil)
	}
	return out
}

// spentBy reads how many credits a call cost; -1 when the API does not say.
func spentBy(h http.Header) int {
	n, err := strconv.Atoi(h.Get("X-Call-Credits-Spent"))
	if err != nil || n < 0 {
		return -1
	}
	return n
}

// refused classes an answer that is no result:
//
//	404         ErrGone      nobody like that
//	402         ErrBudget    the account has no credits
//	429         ErrLimited   with the time to wait
//	401, 403    ErrDenied    the key
//	otherwise   ErrBroken    also 400: it may be this one person's fault
func refused(op string, resp *http.Response, body []byte, now time.Time) error {
	var said refusal
	_ = json.Unmarshal(body, &said) // a proxy's page has no type
	code := strconv.Itoa(resp.StatusCode)
	if kind := said.kind(); kind != "" {
		code += " " + kind
	}
	e := failure(op, tracking.ErrBroken, code, nil)
	switch resp.StatusCode {
	case http.StatusNotFound:
		e.Class = tracking.ErrGone
	case http.StatusPaymentRequired:
		e.Class = tracking.ErrBudget
	case http.StatusTooManyRequests:
		e.Class = tracking.ErrLimited
	case http.StatusUnauthorized, http.StatusForbidden:
		e.Class = tracking.ErrDenied
	}
	e.RetryAfter = wish(resp.Header, now)
	return e
}

// withoutAddress takes the URL out of an error: it holds whom was asked for.
func withoutAddress(err error) error {
	var e *url.Error
	for errors.As(err, &e) {
		err = e.Err
	}
	return err
}
