package sftest

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/onward-crm/onward/crm"
)

// oauthFault is the error body of the OAuth endpoints.
type oauthFault struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

func oauthFailed(status int, code, description string) *response {
	return answered(status, oauthFault{code, description})
}

func oauthResource(name string) string {
	if name == "token" {
		return resourceToken
	}
	return name
}

func (s *Server) oauth(r *request, name, base string) *response {
	switch {
	case name == "token" && r.method == http.MethodPost:
		s.mu.Lock()
		s.calls.Token++
		s.mu.Unlock()
		return s.token(r, base)
	case name == "revoke":
		return s.revoke(r)
	case name == "userinfo":
		return s.userinfo(r, base)
	case name == "token":
		return oauthFailed(http.StatusBadRequest, "invalid_request", "must use HTTP POST")
	default:
		return noResource()
	}
}

// form reads the fields of a form, in body or query.
func form(r *request) url.Values {
	out, err := url.ParseQuery(string(r.body))
	if err != nil || len(r.body) == 0 {
		return r.query
	}
	return out
}

func (s *Server) token(r *request, base string) *response {
	f := form(r)
	switch f.Get("grant_type") {
	case "client_credentials":
		id, secret := credentials(r.header, f)
		switch {
		case id != s.options.ClientID:
			return oauthFailed(http.StatusBadRequest, "invalid_client_id", "client identifier invalid")
		case !hmac.Equal([]byte(secret), []byte(s.options.ClientSecret)):
			return oauthFailed(http.StatusUnauthorized, "invalid_client", "invalid client credentials")
		}
	case "urn:ietf:params:oauth:grant-type:jwt-bearer":
		if why := s.badAssertion(f.Get("assertion"), base); why != "" {
			return oauthFailed(http.StatusBadRequest, "invalid_grant", why)
		}
	default:
		return oauthFailed(http.StatusBadRequest, "unsupported_grant_type", "grant type not supported")
	}
	return s.granted(base)
}

func (s *Server) granted(base string) *response {
	id := base + "/id/" + s.orgID + "/" + s.crm.User()
	issued := strconv.FormatInt(s.options.Now().UnixMilli(), 10)
	mac := hmac.New(sha256.New, []byte(s.options.ClientSecret))
	mac.Write([]byte(id + issued))
	return answered(http.StatusOK, map[string]string{
		"access_token": s.Token(), "instance_url": base, "id": id, "token_type": "Bearer", "issued_at": issued,
		"signature": base64.StdEncoding.EncodeToString(mac.Sum(nil)), "scope": "api",
	})
}

// credentials takes the client's credentials from the form or from the header.
func credentials(head http.Header, f url.Values) (id, secret string) {
	h := http.Request{Header: head}
	if user, password, ok := h.BasicAuth(); ok {
		return unescaped(user), unescaped(password)
	}
	return f.Get("client_id"), f.Get("client_secret")
}

func unescaped(v string) string {
	if plain, err := url.QueryUnescape(v); err == nil {
		return plain
	}
	return v
}

// Token makes a valid access token.
func (s *Server) Token() string {
	t := s.orgID[:15] + "!AQEAQ" + rand.Text()
	now := s.options.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.tokens, func(_ string, until time.Time) bool { return !now.Before(until) })
	s.tokens[t] = now.Add(s.options.TokenLife)
	return t
}

// ExpireTokens makes all tokens that were given out invalid.
func (s *Server) ExpireTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.tokens)
}

func (s *Server) withdraw(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.tokens, token)
}

func (s *Server) goodToken(token string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	until, ok := s.tokens[token]
	return ok && s.options.Now().Before(until)
}

func bearer(head http.Header) string {
	scheme, token, _ := strings.Cut(head.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "Bearer") || strings.EqualFold(scheme, "OAuth") {
		return strings.TrimSpace(token)
	}
	return ""
}

func (s *Server) revoke(r *request) *response {
	token := form(r).Get("token")
	if !s.goodToken(token) {
		return oauthFailed(http.StatusBadRequest, "unsupported_token_type", "this token cannot be revoked")
	}
	s.withdraw(token)
	return &response{status: http.StatusOK}
}

func (s *Server) userinfo(r *request, base string) *response {
	if !s.goodToken(bearer(r.header)) {
		return textFailed(http.StatusForbidden, "Bad_OAuth_Token")
	}
	u := s.user()
	return answered(http.StatusOK, map[string]any{
		"sub": base + "/id/" + s.orgID + "/" + u.ID, "user_id": u.ID, "organization_id": s.orgID,
		"preferred_username": s.options.Username, "nickname": "onward", "name": u.Fields["Name"], "email": s.options.Username,
		"email_verified": true, "zoneinfo": "Etc/UTC", "user_type": "STANDARD", "language": "en_US", "locale": "en_US",
		"active": true, "utcOffset": 0, "urls": s.urls(base),
	})
}

// identity answers what the id in a login's answer leads to.
func (s *Server) identity(r *request, org, user, base string) *response {
	switch {
	case !s.goodToken(bearer(r.header)):
		return textFailed(http.StatusForbidden, "Bad_OAuth_Token")
	case !crm.SameID(org, s.orgID) || !crm.SameID(user, s.crm.User()):
		return textFailed(http.StatusNotFound, "Bad_Id")
	}
	u := s.user()
	return answered(http.StatusOK, map[string]any{
		"id": base + "/id/" + s.orgID + "/" + u.ID, "asserted_user": true, "user_id": u.ID, "organization_id": s.orgID,
		"username": s.options.Username, "nick_name": "onward", "display_name": u.Fields["Name"], "email": s.options.Username,
		"email_verified": true, "first_name": nil, "last_name": u.Fields["Name"], "timezone": "Etc/UTC", "active": true, "user_type": "STANDARD",
		"language": "en_US", "locale": "en_US", "utcOffset": 0, "urls": s.urls(base), "is_app_installed": true,
	})
}

// user is the integration user's record.
func (s *Server) user() crm.Record {
	u, _ := s.crm.Record(s.crm.User())
	u.ID = s.crm.User()
	return u
}

func (s *Server) urls(base string) map[string]string {
	data := base + "/services/data/v{version}/"
	return map[string]string{
		"rest": data, "sobjects": data + "sobjects/", "search": data + "search/", "query": data + "query/",
		"profile": base + "/" + s.crm.User(), "custom_domain": base,
	}
}

func textFailed(status int, text string) *response {
	return &response{status: status, header: http.Header{"Content-Type": {"text/html;charset=UTF-8"}}, text: []byte(text)}
}
