package hubspot

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

const (
	// repeats of one read beside the first attempt. Whoever wants the answer repeats
	// as well, with longer pauses.
	repeats = 2
	// firstPause is the mean of the first pause; the next is twice as long.
	firstPause = 500 * time.Millisecond
	// longestPause is the longest that is waited because HubSpot asks for it. Beyond,
	// the call fails and the error carries the wish.
	longestPause = 10 * time.Second
	// lockedPause is what HubSpot asks for after a 423.
	lockedPause = 2 * time.Second
)

// tripKey finds the trip in the context of a request.
type tripKey struct{}

// repeating makes the client of calls that may be repeated.
func (c *Client) repeating() *retryablehttp.Client {
	paced := *c.http
	paced.Transport = pacedTransport{c, c.http.Transport}
	return &retryablehttp.Client{
		HTTPClient:     &paced,
		RetryMax:       repeats,
		CheckRetry:     c.worthRepeating,
		Backoff:        c.pause,
		ErrorHandler:   retryablehttp.PassthroughErrorHandler,
		RequestLogHook: c.logRepeat,
	}
}

// pacedTransport keeps each attempt to the rate limit.
type pacedTransport struct {
	client *Client
	next   http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (t pacedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := t.client.turn(r.Context()); err != nil {
		return nil, err
	}
	return t.next.RoundTrip(r)
}

// attempts sends a request until an answer comes that is worth having. The answer
// is read within, so that one that breaks off is asked for again.
func (c *Client) attempts(t *trip, r *http.Request) error {
	again, err := retryablehttp.FromRequest(r)
	if err != nil {
		return err
	}
	again.SetResponseHandler(t.receive)
	resp, err := c.again.Do(again)
	switch {
	case err == nil && t.reply == nil:
		return t.receive(resp) // the last attempt of several that failed
	case resp != nil:
		_ = resp.Body.Close()
	}
	return err
}

// worthRepeating is the policy for reads: broken connections, and a server that is
// busy or out of order for a moment.
func (c *Client) worthRepeating(ctx context.Context, resp *http.Response, err error) (bool, error) {
	if ctx.Err() != nil {
		return false, context.Cause(ctx)
	}
	if err != nil {
		again, _ := retryablehttp.DefaultRetryPolicy(ctx, resp, err)
		return again, nil
	}
	if !passing(resp.StatusCode) && resp.StatusCode != http.StatusInternalServerError {
		return false, nil
	}
	if resp.StatusCode == http.StatusTooManyRequests && dailyLimit(said(ctx, resp)) {
		return false, nil // a day is not waited for
	}
	wait := c.wish(resp)
	if end, ok := ctx.Deadline(); ok && wait >= time.Until(end) {
		return false, nil
	}
	return wait <= longestPause, nil
}

// maxPeek bounds what is read of a refusal before it is known what it says.
const maxPeek = 16 << 10

// said is what an answer says: as it was read already, or by a look at its body.
func said(ctx context.Context, resp *http.Response) *reply {
	if t, ok := ctx.Value(tripKey{}).(*trip); ok && t.reply != nil {
		return t.reply
	}
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxPeek))
	_ = resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return &reply{status: resp.StatusCode, body: body}
}

// pause is what HubSpot asks for, else a time by chance that grows.
func (c *Client) pause(_, _ time.Duration, attempt int, resp *http.Response) time.Duration {
	jittered := firstPause/2 + rand.N(firstPause)
	jittered <<= attempt
	if resp == nil {
		return jittered
	}
	return max(jittered, min(c.wish(resp), longestPause))
}

// wish is how long HubSpot asks to wait.
func (c *Client) wish(resp *http.Response) time.Duration {
	return waitOf(resp.StatusCode, resp.Header, c.opt.Now())
}

func (c *Client) logRepeat(_ retryablehttp.Logger, r *http.Request, attempt int) {
	t, ok := r.Context().Value(tripKey{}).(*trip)
	if attempt == 0 || !ok {
		return
	}
	c.opt.Logger.LogAttrs(r.Context(), slog.LevelWarn, "hubspot call repeated",
		slog.String("call", t.call.name), slog.Int("attempt", attempt+1))
}

// waitOf reads Retry-After, which gives seconds or a date in HubSpot's CRM API; a
// lock that does not say is two seconds. 0 when nothing is asked for.
func waitOf(status int, h http.Header, now time.Time) time.Duration {
	value := h.Get("Retry-After")
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(at.Sub(now), 0)
	}
	if status == http.StatusLocked {
		return lockedPause
	}
	return 0
}
