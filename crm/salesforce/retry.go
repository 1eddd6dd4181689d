package salesforce

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

const (
	// repeats of one call beside the first attempt. The crm.Client repeats as
	// well, with longer pauses.
	repeats = 2
	// firstPause is the mean of the first pause; the next is twice as long.
	firstPause = 500 * time.Millisecond
	// longestPause is the longest that is waited when the server asks for it.
	// Beyond, the call fails and the error carries the wish.
	longestPause = time.Minute
)

// repeating makes the client of calls that may be repeated.
func (g *Org) repeating() *retryablehttp.Client {
	return &retryablehttp.Client{
		HTTPClient:     g.base,
		RetryMax:       repeats,
		CheckRetry:     g.worthRepeating,
		Backoff:        g.pause,
		ErrorHandler:   retryablehttp.PassthroughErrorHandler,
		RequestLogHook: g.logRepeat,
	}
}

// attempts sends a request until an answer comes that is worth having. The
// answer is read within, so that one that breaks off is asked for again.
func (g *Org) attempts(t *trip, r *http.Request) (*http.Response, error) {
	again, err := retryablehttp.FromRequest(r)
	if err != nil {
		return nil, err
	}
	again.SetResponseHandler(t.receive)
	return g.again.Do(again)
}

// worthRepeating is the policy: broken connections, and servers that say that
// they are busy or out of order. It is asked only about calls that may be
// repeated.
func (g *Org) worthRepeating(ctx context.Context, resp *http.Response, err error) (bool, error) {
	if ctx.Err() != nil {
		return false, context.Cause(ctx)
	}
	if err != nil {
		again, _ := retryablehttp.DefaultRetryPolicy(ctx, resp, err)
		return again, nil
	}
	switch resp.StatusCode {
	case http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
	default:
		return false, nil
	}
	wait := retryAfter(resp.Header, g.opt.Now())
	if end, ok := ctx.Deadline(); ok && wait >= time.Until(end) {
		return false, nil
	}
	return wait <= longestPause, nil
}

// pause is what the server asks for, else a time by chance that grows.
func (g *Org) pause(_, _ time.Duration, attempt int, resp *http.Response) time.Duration {
	jittered := firstPause/2 + rand.N(firstPause)
	jittered <<= attempt
	if resp == nil {
		return jittered
	}
	return max(jittered, min(retryAfter(resp.Header, g.opt.Now()), longestPause))
}

func (g *Org) logRepeat(_ retryablehttp.Logger, r *http.Request, attempt int) {
	t, ok := r.Context().Value(tripKey{}).(*trip)
	if attempt == 0 || !ok {
		return
	}
	g.opt.Logger.LogAttrs(r.Context(), slog.LevelWarn, "salesforce call repeated",
		slog.String("call", t.call.name), slog.Int("attempt", attempt+1))
}

// retryAfter reads the header of that name, which gives seconds or a date; 0
// when there is none.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := h.Get("Retry-After")
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(at.Sub(now), 0)
	}
	return 0
}
