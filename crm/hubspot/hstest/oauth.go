package hstest

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// tokenLife is how long an access token lives.
const tokenLife = 30 * time.Minute

// caller is who makes a call.
type caller string

const (
	privateApp caller = "private app"
	publicApp  caller = "public app"
)

// app is a public app that was installed.
type app struct {
	clientID, secret, refresh string
	rotates                   bool
	given                     int
	until                     map[string]time.Time // by access token
}

// InstallApp lets a public app in with OAuth, and gives its refresh token, which is
// another one each time. With rotates, each exchange replaces that.
func (s *Server) InstallApp(clientID, secret string, rotates bool) (refresh string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	given := s.app.given
	if s.app.clientID != "" {
		given++
	}
	s.app = app{clientID: clientID, secret: secret, rotates: rotates, refresh: fmt.Sprintf("refresh-token-%d", given), given: given, until: map[string]time.Time{}}
	return s.app.refresh
}

// ExpireTokens ends all access tokens of the public app.
func (s *Server) ExpireTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.app.until)
}

// caller tells who makes a call, by its token.
func (s *Server) caller(r *http.Request) (caller, bool) {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch {
	case !ok:
		return "", false
	case token == Token:
		return privateApp, true
	}
	return publicApp, s.now().Before(s.app.until[token])
}

// token exchanges a refresh token for an access token.
func (s *Server) token(r *http.Request, body []byte) answer {
	form, err := url.ParseQuery(string(body))
	if r.Method != http.MethodPost || err != nil || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" {
		return badRequest("want a form")
	}
	a := &s.app
	switch {
	case form.Get("grant_type") != "refresh_token":
		return refusedToken("BAD_GRANT_TYPE")
	case a.clientID == "" || form.Get("client_id") != a.clientID:
		return refusedToken("BAD_CLIENT_ID")
	case form.Get("client_secret") != a.secret:
		return refusedToken("BAD_CLIENT_SECRET")
	case form.Get("refresh_token") != a.refresh:
		return refusedToken("BAD_REFRESH_TOKEN")
	}
	a.given++
	access := fmt.Sprintf("access-token-%d", a.given)
	a.until[access] = s.now().Add(tokenLife)
	if a.rotates {
		a.refresh = fmt.Sprintf("refresh-token-%d", a.given)
	}
	return ok(map[string]any{
		"token_type": "bearer", "token_use": "access_token", "access_token": access, "refresh_token": a.refresh,
		"expires_in": int(tokenLife / time.Second), "hub_id": 62515, "scopes": []string{"crm.objects.contacts.read"},
	})
}

func refusedToken(status string) answer {
	return answer{status: http.StatusBadRequest, body: map[string]string{
		"status": status, "message": "missing or invalid", "correlationId": correlation,
	}}
}
