package salesforce

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/onward-crm/onward/crm"
)

// refusedPause is how long a refused login is taken for the answer to all calls,
// so that a wrong secret is not tried a hundred times.
const refusedPause = 30 * time.Second

// session is the present token. One login serves all who wait for it.
type session struct {
	mu       sync.Mutex
	ticket   *ticket  // nil before the first login
	instance *url.URL // where to log in
	flight   *flight  // login under way
	// refused is why the last login was refused, until then.
	refused error
	until   time.Time
	// closed ends everything; stop ends the login under way.
	closed bool
	stop   context.CancelFunc
}

// flight is a login under way. err may be read when done is closed.
type flight struct {
	done chan struct{}
	err  error
}

// close ends the login under way and refuses new ones.
func (s *session) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if s.stop != nil {
		s.stop()
	}
}

// over reports whether close was called.
func (s *session) over() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

func (s *session) login() *url.URL {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.instance
}

// pass is the token and the address for one sending.
func (s *session) pass() ticket {
	s.mu.Lock()
	defer s.mu.Unlock()
	return *s.ticket
}

// renew makes sure that the token is another than the stale one. Whoever comes
// while a login is under way waits for that one.
func (g *Org) renew(ctx context.Context, stale string) error {
	f, err := g.join(ctx, stale)
	if f == nil {
		return err
	}
	select {
	case <-f.done:
		return f.err
	case <-ctx.Done():
		return &crm.Error{Op: "login", Class: crm.ErrUnavailable, Code: lossCode(context.Cause(ctx), ctx.Err()), Err: ctx.Err()}
	}
}

// join returns the login to wait for, started when there is none; nil when there
// is nothing to wait for.
//
// The login runs detached from the call that asked first: its cancellation must
// not fail the others.
func (g *Org) join(ctx context.Context, stale string) (*flight, error) {
	s := &g.session
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return nil, errClosed("login")
	case s.ticket != nil && s.ticket.token != stale:
		return nil, nil
	case s.flight != nil:
		return s.flight, nil
	case s.refused != nil && g.opt.Now().Before(s.until):
		return nil, s.refused
	}
	f := &flight{done: make(chan struct{})}
	s.flight = f
	alone, stop := context.WithTimeout(context.WithoutCancel(ctx), loginTimeout)
	s.stop = stop
	g.logins.Go(func() {
		defer stop()
		g.logIn(alone, f)
	})
	return f, nil
}

// logIn gets a ticket and tells those who wait.
func (g *Org) logIn(ctx context.Context, f *flight) {
	start := time.Now()
	ticket, err := g.exchange(ctx)
	s := &g.session
	s.mu.Lock()
	again := s.ticket != nil
	if err == nil {
		s.ticket, s.refused = ticket, nil
	} else if errors.Is(err, crm.ErrAuth) {
		s.refused, s.until = err, g.opt.Now().Add(refusedPause)
	}
	f.err, s.flight = err, nil
	s.mu.Unlock()
	close(f.done)
	if again {
		g.opt.Logger.LogAttrs(ctx, slog.LevelInfo, "salesforce session renewed",
			slog.Bool("ok", err == nil), slog.Duration("took", time.Since(start)))
	}
}

// renewable reports whether the login can give another token.
func (g *Org) renewable() bool { return g.opt.Login.token() == "" }

// userID returns the id of the integration user.
func (g *Org) userID(ctx context.Context) (string, error) {
	if id := g.session.pass().userID; id != "" {
		return id, nil
	}
	k := call{op: "find", name: "userinfo", object: crm.ObjectUser, method: http.MethodGet,
		path: "/services/oauth2/userinfo", repeat: true}
	r, err := g.do(ctx, k)
	if err != nil {
		return "", err
	}
	var who struct {
		UserID string `json:"user_id"`
		Sub    string `json:"sub"`
	}
	if err := g.decode(k, r, &who); err != nil {
		return "", err
	}
	id := userOf(cmp.Or(who.UserID, who.Sub))
	if id == "" {
		return "", malformed(k, errors.New("no user id"))
	}
	g.session.mu.Lock()
	defer g.session.mu.Unlock()
	known := *g.session.ticket
	known.userID = id
	g.session.ticket = &known
	return id, nil
}
