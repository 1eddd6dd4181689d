package slack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/onward-crm/onward/internal/publicnet"
	"github.com/onward-crm/onward/routing/notify"
)

const (
	// callTimeout bounds one call.
	callTimeout = 20 * time.Second
	// maxAnswer is how much of an answer is read.
	maxAnswer = 64 << 10
)

// client makes calls and judges answers. No error holds an address or what was sent.
type client struct {
	name string
	http *http.Client
	now  func() time.Time
}

func newClient(name string, o Options) client {
	dialer := &net.Dialer{Timeout: callTimeout / 2, Control: publicnet.Control(o.AllowNetworks)}
	return client{name: name, now: o.Now, http: &http.Client{
		Timeout:       callTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSHandshakeTimeout: callTimeout / 2, ForceAttemptHTTP2: true,
			MaxIdleConnsPerHost: 2, IdleConnTimeout: 30 * time.Second, MaxResponseHeaderBytes: maxAnswer,
		},
	}}
}

// Name names the channel.
func (c client) Name() string { return c.name }

func (c client) failed(class error, reason string) *notify.SendError {
	return &notify.SendError{Channel: c.name, Class: class, Reason: reason}
}

// answer is what came back.
type answer struct {
	status int
	after  time.Duration
	body   []byte
}

func jsonRequest(ctx context.Context, address string, body any) (*http.Request, error) {
	var text bytes.Buffer
	if err := json.NewEncoder(&text).Encode(body); err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, &text)
	if err == nil {
		r.Header.Set("Content-Type", "application/json; charset=utf-8")
	}
	return r, err
}

// do makes a call.
func (c client) do(r *http.Request) (answer, error) {
	r.Header.Set("User-Agent", "onward")
	resp, err := c.http.Do(r)
	if err != nil {
		return answer{}, c.broken(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil && resp.StatusCode == http.StatusOK {
		return answer{}, c.broken(err)
	}
	return answer{resp.StatusCode, wishOf(resp.Header.Get("Retry-After"), c.now()), body}, nil
}

// broken is an error of the connection, whose text would quote the address.
func (c client) broken(err error) *notify.SendError {
	var network net.Error
	if refused, ok := errors.AsType[*publicnet.Refused](err); ok {
		return c.failed(notify.ErrDenied, "address_"+strings.ReplaceAll(refused.Kind, " ", "_"))
	}
	if errors.As(err, &network) && network.Timeout() || errors.Is(err, context.DeadlineExceeded) {
		return c.failed(notify.ErrAway, "timeout")
	}
	return c.failed(notify.ErrAway, "connection")
}

// judge reads the status of an answer; nil for a good one.
//
//	2xx                      sent
//	408 425 429 5xx          away, for as long as Retry-After says
//	3xx 401 403 404 405 410  denied: the address or the credentials are wrong
//	any other                refused: the message is
func (c client) judge(a answer) error {
	var class error
	switch s := a.status; {
	case s >= 200 && s < 300:
		return nil
	case s == http.StatusRequestTimeout, s == http.StatusTooEarly, s == http.StatusTooManyRequests, s >= 500:
		class = notify.ErrAway
	case s < 400, s == http.StatusUnauthorized, s == http.StatusForbidden, s == http.StatusNotFound, s == http.StatusMethodNotAllowed, s == http.StatusGone:
		class = notify.ErrDenied
	default:
		class = notify.ErrRefused
	}
	reason := "http_" + strconv.Itoa(a.status)
	if word := strings.TrimSpace(string(a.body)); class != notify.ErrAway && errorWord.MatchString(word) {
		reason += "_" + word
	}
	err := c.failed(class, reason)
	err.After = a.after
	return err
}

// errorWord is what Slack's errors look like. Nothing else of an answer is repeated.
var errorWord = regexp.MustCompile(`^[a-z][a-z_]{2,39}$`)

// call calls a method of the Web API: what went wrong stands in the body of a 200.
func (a api) call(r *http.Request, into any) error {
	r.Header.Set("Authorization", "Bearer "+a.token.Reveal())
	got, err := a.do(r)
	if err != nil {
		return err
	}
	var said struct {
		OK    bool   `json:"ok"`
		Error string `json:"error"`
	}
	known := json.Unmarshal(got.body, &said) == nil
	switch {
	case known && said.Error != "" && !said.OK && (got.status == http.StatusOK || errorClasses[said.Error] != nil):
		failure := a.failed(classOf(said.Error, a.name), wordOf(said.Error))
		failure.After = got.after
		return failure
	case got.status < 200 || got.status > 299:
		return a.judge(got)
	case !known || !said.OK:
		return a.failed(notify.ErrAway, "bad_answer")
	case into == nil:
		return nil
	case json.Unmarshal(got.body, into) != nil:
		return a.failed(notify.ErrAway, "bad_answer")
	}
	return nil
}

func wordOf(word string) string {
	if errorWord.MatchString(word) {
		return word
	}
	return "unknown_error"
}

// errorClasses are errors of users.lookupByEmail and chat.postMessage;
// https://docs.slack.dev/reference/methods/chat.postMessage. Those that are not here
// are about the message.
var errorClasses = map[string]error{
	"users_not_found": notify.ErrUnreachable, "user_not_found": notify.ErrUnreachable, "user_disabled": notify.ErrUnreachable,
	"messages_tab_disabled": notify.ErrUnreachable, "user_not_visible": notify.ErrUnreachable, "cannot_dm_bot": notify.ErrUnreachable,

	"ratelimited": notify.ErrAway, "rate_limited": notify.ErrAway, "message_limit_exceeded": notify.ErrAway, "internal_error": notify.ErrAway,
	"fatal_error": notify.ErrAway, "service_unavailable": notify.ErrAway, "request_timeout": notify.ErrAway, "team_added_to_org": notify.ErrAway,

	"invalid_auth": notify.ErrDenied, "not_authed": notify.ErrDenied, "account_inactive": notify.ErrDenied, "token_revoked": notify.ErrDenied,
	"token_expired": notify.ErrDenied, "missing_scope": notify.ErrDenied, "no_permission": notify.ErrDenied, "access_denied": notify.ErrDenied,
	"org_login_required": notify.ErrDenied, "ekm_access_denied": notify.ErrDenied, "enterprise_is_restricted": notify.ErrDenied,
	"not_allowed_token_type": notify.ErrDenied, "team_access_not_granted": notify.ErrDenied, "two_factor_setup_required": notify.ErrDenied,
	"not_in_channel": notify.ErrDenied, "is_archived": notify.ErrDenied, "restricted_action": notify.ErrDenied,
	"channel_not_found": notify.ErrDenied,
}

// classOf is the class of an error. A channel that is a person's own and not found is
// that person's matter.
func classOf(word, channel string) error {
	class, ok := errorClasses[word]
	switch {
	case word == "channel_not_found" && channel == "slack":
		return notify.ErrUnreachable
	case ok:
		return class
	}
	return notify.ErrRefused
}

// maxWish bounds what is read of a Retry-After.
const maxWish = 24 * time.Hour

// wishOf reads a Retry-After of seconds or a date, 0 for none or nonsense.
func wishOf(value string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return min(time.Duration(seconds)*time.Second, maxWish)
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(0, at.Sub(now)), maxWish)
	}
	return 0
}
