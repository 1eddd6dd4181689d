package hubspot

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/onward-crm/onward/crm"
)

const (
	// tokenTimeout bounds one exchange of tokens.
	tokenTimeout = 10 * time.Second
	// tokenMargin is how long before its end a token is not used any more: longer than
	// a call takes.
	tokenMargin = time.Minute
	// refusedPause is how long a refused exchange is taken for the answer to all calls,
	// so that a wrong secret is not tried a hundred times.
	refusedPause = 30 * time.Second
	// maxTokenAnswer bounds the answer of an exchange, in bytes.
	maxTokenAnswer = 64 << 10

	codeNoTokens = "NO_ACCESS_TOKEN"
)

// OAuth are the credentials of a public app that was installed in the account.
// Access tokens are made from them when one is needed, about every half hour; who
// comes while one is being made waits for that one.
type OAuth struct {
	ClientID     string
	ClientSecret Token
	// RefreshToken is the one that the installation gave, or the latest that was kept.
	RefreshToken Token
	// Keep stores a refresh token that replaces the one before; it may be nil. It is
	// called by one goroutine at a time, before the new access token is used. An error
	// is logged and the token offered again at the next exchange.
	Keep func(ctx context.Context, refresh Token) error
}

func (o OAuth) usable() bool {
	return o.ClientID != "" && o.ClientSecret != "" && o.RefreshToken.usable()
}

// session holds the present tokens. One exchange serves all who wait for it.
type session struct {
	mu      sync.Mutex
	access  Token
	until   time.Time // when access is not used any more
	refresh Token
	// unkept tells that refresh could not be stored yet.
	unkept bool
	flight *flight // exchange under way
	// refused is why the last exchange was refused, believed until then.
	refused  error
	believed time.Time
}

// flight is an exchange under way. What came of it may be read when done is closed.
type flight struct {
	done   chan struct{}
	access Token
	err    error
}

// bearer is the token for one sending: not the stale one, which was refused.
func (c *Client) bearer(ctx context.Context, k call, stale Token) (Token, error) {
	if c.session == nil {
		return c.opt.Token, nil
	}
	access, f, mine, err := c.session.join(stale, c.opt.Now())
	switch {
	case err != nil || f == nil:
		return access, err
	case mine:
		c.exchange(ctx, f)
	}
	select {
	case <-f.done:
		return f.access, f.err
	case <-ctx.Done():
		return "", &crm.Error{Op: k.op, Object: k.object, Class: crm.ErrUnavailable, Code: codeNoAnswer, Err: context.Cause(ctx)}
	}
}

// join gives a token that can be used, else the exchange to wait for; mine tells that
// the caller has to make it.
func (s *session) join(stale Token, now time.Time) (access Token, f *flight, mine bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.access != "" && s.access != stale && now.Before(s.until):
		return s.access, nil, false, nil
	case s.flight != nil:
		return "", s.flight, false, nil
	case s.refused != nil && now.Before(s.believed):
		return "", nil, false, s.refused
	}
	s.flight = &flight{done: make(chan struct{})}
	return "", s.flight, true, nil
}

// exchange gets an access token and tells those who wait. It goes on when the call
// that came first is cancelled: the others must not fail with it.
func (c *Client) exchange(ctx context.Context, f *flight) {
	alone, stop := context.WithTimeoutCause(context.WithoutCancel(ctx), tokenTimeout, errTimeout)
	defer stop()
	s := c.session
	s.mu.Lock()
	refresh, unkept := s.refresh, s.unkept
	s.mu.Unlock()
	got, err := c.askToken(alone, refresh)
	if err == nil && got.Refresh != "" && (got.Refresh != refresh || unkept) {
		refresh, unkept = got.Refresh, !c.keep(alone, got.Refresh)
	}
	now := c.opt.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil {
		s.access, s.refresh, s.unkept, s.refused = got.Access, refresh, unkept, nil
		// A token that lives shorter than the margin is used for half of its life.
		life := time.Duration(got.Expires) * time.Second
		s.until = now.Add(max(life-tokenMargin, life/2))
	} else if crm.ClassOf(err) == crm.ErrAuth {
		s.refused, s.believed = err, now.Add(refusedPause)
	}
	f.access, f.err, s.flight = got.Access, err, nil
	close(f.done)
}

// keep offers a refresh token to whoever stores it.
func (c *Client) keep(ctx context.Context, refresh Token) bool {
	if c.opt.OAuth.Keep == nil {
		return true
	}
	err := c.opt.OAuth.Keep(ctx, refresh)
	if err != nil {
		c.opt.Logger.LogAttrs(ctx, slog.LevelError, "hubspot refresh token not kept: after a restart the old one may not work")
	}
	return err == nil
}

// grant is the answer of an exchange.
type grant struct {
	Access  Token `json:"access_token"`
	Refresh Token `json:"refresh_token"`
	Expires int64 `json:"expires_in"` // seconds
}

// askToken makes one exchange. go-hubspot's own goes past the client it was given,
// and 30 first calls make 30 of them.
func (c *Client) askToken(ctx context.Context, refresh Token) (grant, error) {
	form := url.Values{
		"grant_type": {"refresh_token"}, "client_id": {c.opt.OAuth.ClientID},
		"client_secret": {string(c.opt.OAuth.ClientSecret)}, "refresh_token": {string(refresh)},
	}
	k := call{op: "login"}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base.String()+"/"+c.tokens(), strings.NewReader(form.Encode()))
	if err != nil {
		return grant{}, &crm.Error{Op: k.op, Class: crm.ErrInvalid, Code: codeNotMade, Err: err}
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("User-Agent", userAgent)
	resp, err := c.http.Do(r)
	if err != nil {
		return grant{}, &crm.Error{Op: k.op, Class: crm.ErrUnavailable, Code: codeNoAnswer, Err: err}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxTokenAnswer))
	if err != nil {
		return grant{}, &crm.Error{Op: k.op, Class: crm.ErrUnavailable, Code: codeNoAnswer, Err: err}
	}
	answer := &reply{status: resp.StatusCode, header: resp.Header, body: body}
	if resp.StatusCode == http.StatusBadRequest {
		answer.status = http.StatusUnauthorized // BAD_REFRESH_TOKEN, BAD_CLIENT_ID and the like
	}
	k.repeat = true // an exchange that was made twice does no harm
	if err := c.judge(k, answer); err != nil {
		return grant{}, err
	}
	return decodeGrant(body)
}

func decodeGrant(body []byte) (grant, error) {
	var g grant
	if err := json.Unmarshal(body, &g); err != nil || !g.Access.usable() || g.Expires <= 0 {
		return grant{}, &crm.Error{Op: "login", Class: crm.ErrUnavailable, Code: codeNoTokens}
	}
	return g, nil
}
