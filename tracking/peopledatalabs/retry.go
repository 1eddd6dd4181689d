package peopledatalabs

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
	// repeats of one call beside the first attempt.
	repeats = 2
	// firstPause is the mean of the first pause; the next is twice as long.
	firstPause = 500 * time.Millisecond
	// longestPause is the longest that is waited because the API asks for it. Beyond,
	// the call fails and the error carries the wish.
	longestPause = 10 * time.Second
)

// repeating makes the client of all calls.
func (c *Client) repeating(base *http.Client) *retryablehttp.Client {
	return &retryablehttp.Client{
		HTTPClient: base, RetryMax: repeats, CheckRetry: c.worthRepeating, Backoff: c.pause,
		ErrorHandler: retryablehttp.PassthroughErrorHandler, RequestLogHook: c.logRepeat,
	}
}

// worthRepeating is the policy: only what was answered, and answered in a way that
// costs nothing. An answer that was lost may have cost a credit, which a repetition
// would spend again.
func (c *Client) worthRepeating(ctx context.Context, resp *http.Response, err error) (bool, error) {
	if ctx.Err() != nil {
		return false, context.Cause(ctx)
	}
	if err != nil {
		return false, err
	}
	switch resp.StatusCode {
	case http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
	default:
		return false, nil
	}
	wait := wish(resp.Header, c.opt.Now())
	if end, ok := ctx.Deadline(); ok && wait >= end.Sub(c.opt.Now()) {
		return false, nil
	}
	return wait <= longestPause, nil
}

// pause is what the API asks for, else a time by chance that grows.
func (c *Client) pause(_, _ time.Duration, attempt int, resp *http.Response) time.Duration {
	jittered := (firstPause/2 + rand.N(firstPause)) << attempt
	if resp == nil {
		return jittered
	}
	return max(jittered, min(wish(resp.Header, c.opt.Now()), longestPause))
}

func (c *Client) logRepeat(_ retryablehttp.Logger, r *http.Request, attempt int) {
	if attempt > 0 {
		c.opt.Logger.LogAttrs(r.Context(), slog.LevelWarn, "peopledatalabs call repeated", slog.String("path", r.URL.Path), slog.Int("attempt", attempt+1))
	}
}

// wish is how long the API asks to wait: Retry-After in seconds or as a date, else
// the end of the rate limit's window, which is a time (x-ratelimit-reset) or, in older
// answers, seconds since 1970. 0 when nothing is said.
func wish(h http.Header, now time.Time) time.Duration {
	value := h.Get("Retry-After")
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(at.Sub(now), 0)
	}
	reset := h.Get("X-Ratelimit-Reset")
	if at, err := time.Parse(time.RFC3339, reset); err == nil {
		return max(at.Sub(now), 0)
	}
	if seconds, err := strconv.ParseInt(reset, 10, 64); err == nil && seconds > 0 {
		return max(time.Unix(seconds, 0).Sub(now), 0)
	}
	return 0
}
