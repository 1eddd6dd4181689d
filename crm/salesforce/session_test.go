package salesforce

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/onward-crm/onward/crm"
)

// TestCR05SessionRefreshedOnce: fifty calls meet an expired session; one login
// serves them all, and all are answered.
func TestCR05SessionRefreshedOnce(t *testing.T) {
	bothWays(t, func(t *testing.T, open func(*testing.T, Options) *Org) {
		d := newDesk(t, answers(200, "{}"))
		var log strings.Builder
		o := d.options()
		o.Logger = slog.New(slog.NewTextHandler(&log, nil))
		g := open(t, o)
		d.expire()
		var wg sync.WaitGroup
		for i := range 50 {
			wg.Go(func() {
				k := read("x")
				if i%2 == 1 {
					k = post("x", "{}") // was not worked, so it may be sent again
				}
				if r, err := g.do(t.Context(), k); err != nil || string(r.body) != "{}" {
					t.Errorf("%v, %v", r, err)
				}
			})
		}
		wg.Wait()
		logins, calls := d.counted()
		if logins != 2 || calls != 50 {
			t.Errorf("%d logins and %d calls; want one at the start, one for all, and 50", logins, calls)
		}
		if strings.Count(log.String(), "session renewed") != 1 || strings.Contains(log.String(), "token-") {
			t.Error(log.String())
		}
	})
}

// TestCR05RefusedTwice: a new session that is refused too is not renewed again.
func TestCR05RefusedTwice(t *testing.T) {
	d := newDesk(t, answers(401, `[{"errorCode":"INVALID_SESSION_ID","message":"Session expired"}]`))
	g := connected(t, d.options())
	_, err := g.do(t.Context(), read("x"))
	checkError(t, err, crm.ErrAuth, "INVALID_SESSION_ID", 0)
	if logins, calls := d.counted(); logins != 2 || calls != 2 {
		t.Errorf("%d logins, %d calls", logins, calls)
	}
}

// TestCR05AccessToken: what somebody else opened cannot be renewed.
func TestCR05AccessToken(t *testing.T) {
	d := newDesk(t, answers(200, "{}"))
	d.good = "given"
	o := d.options()
	o.Login = AccessToken{Token: "given"}
	g := connected(t, o)
	if _, err := g.do(t.Context(), read("x")); err != nil {
		t.Fatal(err)
	}
	d.expire()
	_, err := g.do(t.Context(), post("x", "{}"))
	checkError(t, err, crm.ErrAuth, "INVALID_SESSION_ID", 0)
	if logins, _ := d.counted(); logins != 0 {
		t.Errorf("%d logins", logins)
	}
}

// TestCR05WrongSecretIsNotTriedAgain: when the login is refused, the calls that
// come after get the same answer without another token call.
func TestCR05WrongSecretIsNotTriedAgain(t *testing.T) {
	d := newDesk(t, answers(200, "{}"))
	g := connected(t, d.options())
	d.set(func() {
		d.good = "none"
		d.refuse = func(w http.ResponseWriter) {
			answers(400, `{"error":"invalid_client","error_description":"invalid client credentials"}`)(w, nil)
		}
	})
	for range 10 {
		_, err := g.do(t.Context(), read("x"))
		checkError(t, err, crm.ErrAuth, "invalid_client", 0)
	}
	if logins, _ := d.counted(); logins != 2 {
		t.Errorf("%d logins, want the first and one refused", logins)
	}
}

// TestCR05GivingUpIsOnesOwn: a caller that gives up while a login is under way
// neither waits for it nor fails the others.
func TestCR05GivingUpIsOnesOwn(t *testing.T) {
	d := newDesk(t, answers(200, "{}"))
	g := connected(t, d.options())
	asked, admit := make(chan struct{}), make(chan struct{})
	d.expire()
	inner := d.Config.Handler
	d.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == tokenPath {
			asked <- struct{}{}
			<-admit
		}
		inner.ServeHTTP(w, r)
	})
	ctx, cancel := context.WithCancel(t.Context())
	gaveUp, served := make(chan error), make(chan error)
	go func() { _, err := g.do(ctx, read("x")); gaveUp <- err }()
	<-asked
	go func() { _, err := g.do(t.Context(), read("x")); served <- err }()
	cancel()
	checkError(t, <-gaveUp, crm.ErrUnavailable, codeCancelled, 0)
	close(admit)
	if err := <-served; err != nil {
		t.Error(err)
	}
}

// TestUserID: the integration user is known from the login, or asked for once.
func TestUserID(t *testing.T) {
	d := newDesk(t, answers(200, `{"user_id":"005000000000002"}`))
	if id, err := connected(t, d.options()).userID(t.Context()); err != nil || id != "005000000000001AAA" {
		t.Errorf("%q, %v", id, err)
	}
	d.set(func() { d.good = "given" })
	o := d.options()
	o.Login = AccessToken{Token: "given"}
	g := connected(t, o)
	for range 2 {
		if id, err := g.userID(t.Context()); err != nil || !strings.HasPrefix(id, "005000000000002") || len(id) != 18 {
			t.Errorf("%q, %v", id, err)
		}
	}
	if _, calls := d.counted(); calls != 1 {
		t.Errorf("asked %d times", calls)
	}
}

// TestUserInfoOfAnEndedSession: the identity service says 403 in plain text where
// others say 401; the session is renewed once all the same.
func TestUserInfoOfAnEndedSession(t *testing.T) {
	said := 0
	d := newDesk(t, func(w http.ResponseWriter, r *http.Request) {
		if said++; said == 1 {
			answers(http.StatusForbidden, "Bad_OAuth_Token")(w, r)
			return
		}
		_, _ = w.Write([]byte(`{"user_id":"0058M0000016Wv8QAE"}`))
	})
	g := connected(t, d.options())
	k := read("/services/oauth2/userinfo")
	if _, err := g.do(t.Context(), k); err != nil {
		t.Fatal(err)
	}
	if logins, _ := d.counted(); logins != 2 || said != 2 {
		t.Errorf("%d logins and %d calls, want 2 and 2", logins, said)
	}
	o := d.options()
	o.Login, said = AccessToken{Token: d.good}, 0
	_, err := connected(t, o).do(t.Context(), k)
	checkError(t, err, crm.ErrAuth, "INVALID_SESSION_ID", 0)
}
