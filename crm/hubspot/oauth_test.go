package hubspot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/hubspot/hstest"
)

const appSecret = "the-client-secret"

// clock is a time that a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// installed opens a client of a public app; kept lists the refresh tokens that were
// kept.
func installed(t *testing.T, rotates bool, change func(*Options)) (s *hstest.Server, c *Client, kept *[]string) {
	t.Helper()
	kept = &[]string{}
	s, c = local(t, func(o *Options) {
		o.Token = ""
		o.OAuth = &OAuth{
			ClientID: "app-1", ClientSecret: appSecret, RefreshToken: "refresh-token-0",
			Keep: func(_ context.Context, refresh Token) error {
				*kept = append(*kept, string(refresh))
				return nil
			},
		}
		if change != nil {
			change(o)
		}
	})
	s.InstallApp("app-1", appSecret, rotates)
	s.PutContact(1, map[string]string{"lastname": "Lee"})
	return s, c, kept
}

func reads(t *testing.T, c *Client) error {
	t.Helper()
	_, err := c.Contacts(t.Context(), []int64{1}, []string{"lastname"})
	return err
}

// TestConcurrentFirstCallsMakeOneToken: go-hubspot makes 30.
func TestConcurrentFirstCallsMakeOneToken(t *testing.T) {
	for _, version := range []string{"v3", "2026-03"} {
		s, c, _ := installed(t, false, func(o *Options) { o.APIVersion = version })
		for round := range 2 {
			var all sync.WaitGroup
			for range 30 {
				all.Go(func() {
					if err := reads(t, c); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			calls := s.CallsTo("/token")
			if len(calls) != round+1 {
				t.Errorf("%s: %d exchanges after round %d", version, len(calls), round+1)
			}
			form, err := url.ParseQuery(string(calls[0].Body))
			want := url.Values{"grant_type": {"refresh_token"}, "client_id": {"app-1"}, "client_secret": {appSecret}, "refresh_token": {"refresh-token-0"}}
			if err != nil || form.Encode() != want.Encode() {
				t.Errorf("form %v, %v", form, err)
			}
			s.ExpireTokens() // 30 calls meet a 401 and make one token
		}
	}
}

func TestTokensAreReplacedBeforeTheyEnd(t *testing.T) {
	at := &clock{now: time.Now()}
	s, c, _ := installed(t, false, func(o *Options) { o.Now = at.Now })
	for _, step := range []struct {
		forward time.Duration
		want    int // exchanges
	}{{0, 1}, {28 * time.Minute, 1}, {90 * time.Second, 2}, {28 * time.Minute, 2}} {
		at.forward(step.forward)
		if err := reads(t, c); err != nil {
			t.Fatal(err)
		}
		if n := len(s.CallsTo("/token")); n != step.want {
			t.Errorf("%v later: %d exchanges, want %d", step.forward, n, step.want)
		}
	}
}

func TestRefreshTokensAreKept(t *testing.T) {
	s, c, kept := installed(t, true, nil)
	for range 2 {
		if err := reads(t, c); err != nil {
			t.Fatal(err)
		}
		s.ExpireTokens()
	}
	if want := []string{"refresh-token-1", "refresh-token-2"}; !slices.Equal(*kept, want) {
		t.Errorf("kept %v, want %v", *kept, want)
	}
	_, c, kept = installed(t, false, nil)
	if err := reads(t, c); err != nil || len(*kept) != 0 {
		t.Errorf("kept %v, %v; it is the one that was there", *kept, err)
	}
}

// TestRefreshTokenThatCannotBeKept: calls go on, it is said, and offered again.
func TestRefreshTokenThatCannotBeKept(t *testing.T) {
	var logged strings.Builder
	full := true
	var offered []string
	s, c, _ := installed(t, true, func(o *Options) {
		o.Logger = slog.New(slog.NewTextHandler(&logged, nil))
		o.OAuth.Keep = func(_ context.Context, refresh Token) error {
			offered = append(offered, string(refresh))
			if full {
				return errors.New("disk full")
			}
			return nil
		}
	})
	if err := reads(t, c); err != nil {
		t.Fatal(err)
	}
	if text := logged.String(); !strings.Contains(text, "level=ERROR") || !strings.Contains(text, "not kept") || strings.Contains(text, "refresh-token-1") {
		t.Errorf("logged %q", text)
	}
	full = false
	s.ExpireTokens()
	if err := reads(t, c); err != nil || len(offered) != 2 {
		t.Errorf("%v, offered %d times", err, len(offered))
	}
}

func TestRefusedExchange(t *testing.T) {
	at := &clock{now: time.Now()}
	s, c, _ := installed(t, false, func(o *Options) { o.Now, o.OAuth.ClientSecret = at.Now, "another-secret" })
	for range 5 {
		err := reads(t, c)
		if !errors.Is(err, crm.ErrAuth) || !strings.Contains(err.Error(), "BAD_CLIENT_SECRET") || strings.Contains(err.Error(), "another-secret") {
			t.Fatalf("%v", err)
		}
	}
	if n := len(s.Calls()); n != 1 {
		t.Errorf("%d calls: a wrong secret is not tried again at once", n)
	}
	at.forward(refusedPause)
	if err := reads(t, c); !errors.Is(err, crm.ErrAuth) || len(s.Calls()) != 2 {
		t.Errorf("later: %v after %d calls", err, len(s.Calls()))
	}
}

func TestExchangeThatGoesWrong(t *testing.T) {
	rows := map[string]struct {
		fault hstest.Fault
		class error
	}{
		"an outage":       {hstest.Fault{Status: 503}, crm.ErrUnavailable},
		"no answer":       {hstest.Fault{Dropped: true}, crm.ErrUnavailable},
		"too many":        {hstest.Fault{Status: 429, Body: `{"policyName":"SECONDLY"}`}, crm.ErrThrottled},
		"no JSON":         {hstest.Fault{Status: 200, Body: `<html>`}, crm.ErrUnavailable},
		"no token":        {hstest.Fault{Status: 200, Body: `{"expires_in":1800}`}, crm.ErrUnavailable},
		"no life":         {hstest.Fault{Status: 200, Body: `{"access_token":"access-token-9"}`}, crm.ErrUnavailable},
		"a broken header": {hstest.Fault{Status: 200, Body: `{"access_token":"access-token\r\nX: y","expires_in":1800}`}, crm.ErrUnavailable},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			s, c, _ := installed(t, false, nil)
			row.fault.Path = "/token"
			s.Inject(row.fault)
			if err := reads(t, c); crm.ClassOf(err) != row.class {
				t.Errorf("%v, want %v", err, row.class)
			}
			if err := reads(t, c); err != nil {
				t.Errorf("the next call: %v", err)
			}
		})
	}
}

// TestTokensThatNeverWork: one new token a call, and no more.
func TestTokensThatNeverWork(t *testing.T) {
	s, c, _ := installed(t, false, nil)
	s.Inject(hstest.Fault{Path: "/batch/read", Status: 401, Times: 2})
	if err := reads(t, c); !errors.Is(err, crm.ErrAuth) || len(s.CallsTo("/token")) != 2 || len(s.CallsTo("/batch/read")) != 2 {
		t.Errorf("%v after %d exchanges", err, len(s.CallsTo("/token")))
	}
	s, c = local(t, nil)
	s.Inject(hstest.Fault{Path: "/batch/read", Status: 401})
	if err := reads(t, c); !errors.Is(err, crm.ErrAuth) || len(s.Calls()) != 1 {
		t.Errorf("a private app: %v after %d calls", err, len(s.Calls()))
	}
}

// heldTransport holds back the exchange of tokens until it is let go.
type heldTransport struct {
	begun, let chan struct{}
}

func (h heldTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/token") {
		close(h.begun)
		<-h.let
	}
	return http.DefaultTransport.RoundTrip(r)
}

// TestOneWhoGivesUpFailsAlone: an exchange goes on for those who wait.
func TestOneWhoGivesUpFailsAlone(t *testing.T) {
	held := heldTransport{make(chan struct{}), make(chan struct{})}
	s, c, _ := installed(t, false, func(o *Options) { o.HTTPClient = &http.Client{Transport: held} })
	ctx, cancel := context.WithCancel(t.Context())
	first, waiting, other := make(chan error, 1), make(chan error, 1), make(chan error, 1)
	go func() {
		_, err := c.Contacts(ctx, []int64{1}, nil)
		first <- err
	}()
	<-held.begun
	go func() {
		_, err := c.Contacts(ctx, []int64{1}, nil)
		waiting <- err
	}()
	go func() { other <- reads(t, c) }()
	cancel()
	if err := <-waiting; !errors.Is(err, context.Canceled) || !errors.Is(err, crm.ErrUnavailable) {
		t.Errorf("who waited and gave up: %v", err)
	}
	close(held.let)
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Errorf("who came first and gave up: %v", err)
	}
	if err := <-other; err != nil || len(s.CallsTo("/token")) != 1 {
		t.Errorf("who waited: %v after %d exchanges", err, len(s.CallsTo("/token")))
	}
}

func TestOAuthIsNeverPrinted(t *testing.T) {
	o := Options{OAuth: &OAuth{ClientID: "app-1", ClientSecret: appSecret, RefreshToken: "refresh-token-0"}}
	for _, text := range []string{fmt.Sprint(*o.OAuth), fmt.Sprintf("%+v", *o.OAuth), fmt.Sprintf("%#v", *o.OAuth)} {
		if strings.Contains(text, appSecret) || strings.Contains(text, "refresh-token-0") {
			t.Errorf("printed: %s", text)
		}
	}
}

func TestOpenWantsOneWayIn(t *testing.T) {
	app := OAuth{ClientID: "app-1", ClientSecret: appSecret, RefreshToken: "refresh-token-0"}
	without := func(change func(*OAuth)) *OAuth {
		o := app
		change(&o)
		return &o
	}
	for name, o := range map[string]Options{
		"both":             {Token: hstest.Token, OAuth: &app},
		"no client id":     {OAuth: without(func(o *OAuth) { o.ClientID = "" })},
		"no client secret": {OAuth: without(func(o *OAuth) { o.ClientSecret = "" })},
		"no refresh token": {OAuth: without(func(o *OAuth) { o.RefreshToken = "" })},
		"an unknown plan":  {Token: hstest.Token, Plan: "gold"},
	} {
		if c, err := Open(t.Context(), o); err == nil || strings.Contains(err.Error(), appSecret) {
			t.Errorf("%s: %v, %v", name, c, err)
		}
	}
}
