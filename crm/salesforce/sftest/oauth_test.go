package sftest_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm/salesforce/sftest"
)

func (c *client) login(f url.Values, status int) reply {
	c.Helper()
	return c.with("Content-Type", "application/x-www-form-urlencoded").
		call(http.MethodPost, "/services/oauth2/token", f.Encode(), status)
}

func TestClientCredentials(t *testing.T) {
	c := start(t, &sftest.Options{ClientID: "app", ClientSecret: "s3cret&="})
	for _, x := range []struct {
		name      string
		form      url.Values
		status    int
		errorCode any
	}{
		{"good", url.Values{"grant_type": {"client_credentials"}, "client_id": {"app"}, "client_secret": {"s3cret&="}}, 200, nil},
		{"wrong secret", url.Values{"grant_type": {"client_credentials"}, "client_id": {"app"}, "client_secret": {"x"}}, 401, "invalid_client"},
		{"wrong client", url.Values{"grant_type": {"client_credentials"}, "client_id": {"x"}, "client_secret": {"s3cret&="}}, 400, "invalid_client_id"},
		{"password", url.Values{"grant_type": {"password"}, "username": {"a"}, "password": {"b"}}, 400, "unsupported_grant_type"},
		{"jwt without a key", url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {"a.b.c"}}, 400, "invalid_grant"},
	} {
		t.Run(x.name, func(t *testing.T) {
			r := c.login(x.form, x.status)
			if got := r.at("error"); got != x.errorCode {
				t.Errorf("error %v, want %v", got, x.errorCode)
			}
			if x.status != 200 {
				return
			}
			if r.at("instance_url") != c.org.URL || r.at("token_type") != "Bearer" {
				t.Errorf("answer %s", r.text)
			}
			fresh := *c
			fresh.token, _ = r.at("access_token").(string)
			fresh.call(http.MethodGet, data("limits"), "", 200)
			id, _ := r.at("id").(string)
			fresh.want(fresh.call(http.MethodGet, strings.TrimPrefix(id, c.org.URL), "", 200), "organization_id", c.org.OrgID())
			fresh.want(fresh.call(http.MethodGet, "/services/oauth2/userinfo", "", 200), "user_id", c.org.CRM().User())
		})
	}
	basic := c.with("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("app:"+url.QueryEscape("s3cret&="))))
	basic.login(url.Values{"grant_type": {"client_credentials"}}, 200)
	if n := c.org.Calls().Token; n != 6 {
		t.Errorf("%d token calls, want 6", n)
	}
}

// TestSessionsEnd covers all ways in which a token becomes invalid.
func TestSessionsEnd(t *testing.T) {
	var now atomic.Int64
	now.Store(time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC).Unix())
	c := start(t, &sftest.Options{Now: func() time.Time { return time.Unix(now.Load(), 0) }, TokenLife: time.Hour})
	for name, end := range map[string]func(){
		"time":    func() { now.Add(3600) },
		"all":     func() { c.org.ExpireTokens() },
		"revoked": func() { c.call(http.MethodPost, "/services/oauth2/revoke", "token="+url.QueryEscape(c.token), 200) },
		"foreign": func() { c.token = "00D000000000001!other" },
	} {
		c.token = c.org.Token()
		c.call(http.MethodGet, data("limits"), "", 200)
		end()
		r := c.call(http.MethodGet, data("limits"), "", 401)
		if r.at("0.errorCode") != "INVALID_SESSION_ID" || r.at("0.message") != "Session expired or invalid" {
			t.Errorf("%s: %s", name, r.text)
		}
	}
}

func TestJWTBearer(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)
	c := start(t, &sftest.Options{
		Now: func() time.Time { return now }, ClientID: "app", PublicKey: &key.PublicKey, Username: "bot@example.com", Sandbox: true,
	})
	good := func() map[string]any {
		return map[string]any{"iss": "app", "sub": "bot@example.com", "aud": "https://test.salesforce.com", "exp": now.Add(3 * time.Minute).Unix()}
	}
	for _, x := range []struct {
		name   string
		change func(map[string]any)
		key    *rsa.PrivateKey
		status int
	}{
		{"sandbox audience", func(map[string]any) {}, key, 200},
		{"My Domain audience", func(m map[string]any) { m["aud"] = c.org.URL }, key, 200},
		{"exp as text", func(m map[string]any) { m["exp"] = "1793707320" }, key, 200},
		{"production audience", func(m map[string]any) { m["aud"] = "https://login.salesforce.com" }, key, 400},
		{"expired", func(m map[string]any) { m["exp"] = now.Unix() }, key, 400},
		{"too long", func(m map[string]any) { m["exp"] = now.Add(time.Hour).Unix() }, key, 400},
		{"other user", func(m map[string]any) { m["sub"] = "x@example.com" }, key, 400},
		{"other app", func(m map[string]any) { m["iss"] = "x" }, key, 400},
		{"other key", func(map[string]any) {}, other, 400},
	} {
		t.Run(x.name, func(t *testing.T) {
			m := good()
			x.change(m)
			f := url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {signed(t, x.key, m)}}
			if r := c.login(f, x.status); x.status != 200 && r.at("error") != "invalid_grant" {
				t.Error(r.text)
			}
		})
	}
}

func signed(t *testing.T, key *rsa.PrivateKey, claims map[string]any) string {
	t.Helper()
	body, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	enc := base64.RawURLEncoding
	text := enc.EncodeToString([]byte(`{"alg":"RS256"}`)) + "." + enc.EncodeToString(body)
	sum := sha256.Sum256([]byte(text))
	sig, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + enc.EncodeToString(sig)
}
