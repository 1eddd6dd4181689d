package salesforce

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/onward-crm/onward/crm"
)

// TestOpenRefuses: what is wrong with the options is told before anything is
// sent, and never with a secret in it.
func TestOpenRefuses(t *testing.T) {
	good := Options{Instance: "https://acme.my.salesforce.com", Login: ClientCredentials{ID: "app", Secret: "s3cret"}}
	rows := []struct {
		name string
		set  func(o *Options)
		want string
	}{
		{"no login", func(o *Options) { o.Login = nil }, "no login"},
		{"no instance", func(o *Options) { o.Instance = "" }, "no address"},
		{"foreign host", func(o *Options) { o.Instance = "https://evil.example" }, "not an allowed host"},
		{"no secret", func(o *Options) { o.Login = ClientCredentials{ID: "app"} }, "need the consumer key and the consumer secret"},
		{"credentials at the common host", func(o *Options) { o.Instance = "https://login.salesforce.com" }, "give the org's own address"},
		{"empty token", func(o *Options) { o.Login = AccessToken{} }, "token is empty"},
		{"token at the common host", func(o *Options) { o.Instance, o.Login = "https://test.salesforce.com", AccessToken{Token: "s3cret"} }, "belongs to one org"},
		{"password without security token", func(o *Options) { o.Login = Password{Username: "u", Password: "s3cret"} }, "password without security token is refused"},
		{"password with security token", func(o *Options) { o.Login = Password{"u", "s3cret", "t"} }, "logins by password are refused"},
		{"a JWT without a user", func(o *Options) { o.Login = JWT{ClientID: "app", KeyPEM: "s3cret"} }, "needs the consumer key, the user name"},
		{"a JWT with no key", func(o *Options) { o.Login = JWT{ClientID: "app", Username: "u", KeyPEM: "s3cret"} }, "not an RSA key"},
		{"version", func(o *Options) { o.Version = "latest" }, "no API version"},
		{"share", func(o *Options) { o.MaxShare = 1.5 }, "max share"},
		{"negative share", func(o *Options) { o.MaxShare = -1 }, "max share"},
		{"timeout", func(o *Options) { o.Timeout = -1 }, "timeout"},
		{"all hosts", func(o *Options) { o.AllowHosts = []string{"*."} }, "neither a name nor"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			o := good
			o.HTTPClient = &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
				t.Error("something was sent")
				return nil, http.ErrServerClosed
			})}
			row.set(&o)
			_, err := Open(t.Context(), o)
			if err == nil || !strings.Contains(err.Error(), row.want) || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("%v, want %q", err, row.want)
			}
		})
	}
}

// TestOpenVersions: an org without the version names those that it has.
func TestOpenVersions(t *testing.T) {
	d := newDesk(t, answers(200, "{}"))
	o := d.options()
	o.Version = "67.0"
	if _, err := Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), "v67.0; it has v62.0, v66.0") {
		t.Errorf("%v", err)
	}
}

// TestLoginRefused: a login that fails says what to do, holds neither the secret
// nor the server's words, and lets go of its connections.
func TestLoginRefused(t *testing.T) {
	rows := []struct {
		name   string
		status int
		body   string
		class  error
		code   string
		advice string
	}{
		{"wrong secret", 400, `{"error":"invalid_client","error_description":"invalid client credentials"}`, crm.ErrAuth, "invalid_client", "copy both again"},
		{"unknown app", 400, `{"error":"invalid_client_id","error_description":"client identifier invalid"}`, crm.ErrAuth, "invalid_client_id", "consumer key is unknown"},
		{"not approved", 400, `{"error":"invalid_grant","error_description":"user hasn't approved this consumer"}`, crm.ErrAuth, "user_not_approved", "pre-authorized"},
		{"audience", 400, `{"error":"invalid_grant","error_description":"audience is invalid"}`, crm.ErrAuth, "audience_is_invalid", "test.salesforce.com"},
		{"no user", 400, `{"error":"invalid_grant","error_description":"no client credentials user enabled"}`, crm.ErrAuth, "no_run_as_user", "run as"},
		{"unknown reason", 400, `{"error":"invalid_grant","error_description":"Ann Lee may not"}`, crm.ErrAuth, "invalid_grant", "login history"},
		{"too often", 400, `{"error":"rate_limit_exceeded"}`, crm.ErrThrottled, "rate_limit_exceeded", ""},
		{"out of order", 503, `<html>Ann Lee`, crm.ErrUnavailable, "", ""},
		{"moved", 302, ``, crm.ErrAuth, "REDIRECTED", "My Domain"},
		{"no reason", 403, `Ann Lee`, crm.ErrAuth, "login_refused", ""},
		{"no token", 200, `{"instance_url":"x"}`, crm.ErrUnavailable, codeMalformed, ""},
		{"nonsense", 200, `Ann Lee`, crm.ErrUnavailable, codeMalformed, ""},
	}
	bothWays(t, func(t *testing.T, _ func(*testing.T, Options) *Org) {
		for _, row := range rows {
			d := newDesk(t, answers(200, "{}"))
			d.refuse = func(w http.ResponseWriter) { answers(row.status, row.body, "Location: https://evil.example")(w, nil) }
			_, err := Open(t.Context(), d.options())
			checkError(t, err, row.class, row.code, 0)
			text := fmt.Sprint(err)
			if !strings.Contains(text, row.advice) || strings.Contains(text, "s3cret") || strings.Contains(text, "Ann") {
				t.Errorf("%s: %s", row.name, text)
			}
		}
	})
}

// TestLoginLeaksNothing: a hundred refused logins leave no connection behind.
func TestLoginLeaksNothing(t *testing.T) {
	d := newDesk(t, answers(200, "{}"))
	d.refuse = func(w http.ResponseWriter) { answers(400, `{"error":"invalid_client"}`)(w, nil) }
	for range 100 {
		if _, err := Open(t.Context(), d.options()); err == nil {
			t.Fatal("admitted")
		}
	}
	if !d.waitClosed() {
		t.Error("a connection stayed open")
	}
}

// TestJWT: the assertion is signed, for the right audience, and expires.
func TestJWT(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	text := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
	now := time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)
	rows := []struct{ instance, configured, want string }{
		{"https://acme.my.salesforce.com", "", "https://login.salesforce.com"},
		{"https://login.salesforce.com", "", "https://login.salesforce.com"},
		{"https://acme--uat.sandbox.my.salesforce.com", "", "https://test.salesforce.com"},
		{"https://power.scratch.my.salesforce.com", "", "https://test.salesforce.com"},
		{"https://test.salesforce.com", "", "https://test.salesforce.com"},
		{"https://acme-dev-ed.develop.my.salesforce.com", "", "https://login.salesforce.com"},
		{"https://acme.my.salesforce.com", "https://acme.my.salesforce.com", "https://acme.my.salesforce.com"},
	}
	for _, row := range rows {
		instance, _ := url.Parse(row.instance)
		j := JWT{ClientID: "app", Username: "bot@acme.example", KeyPEM: text, Audience: row.configured}
		form, err := j.form(instance, now)
		if err != nil {
			t.Fatal(err)
		}
		if form.Get("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer" {
			t.Error(form.Get("grant_type"))
		}
		parsed, err := jwt.Parse(form.Get("assertion"), func(*jwt.Token) (any, error) { return &key.PublicKey, nil },
			jwt.WithValidMethods([]string{"RS256"}), jwt.WithTimeFunc(func() time.Time { return now }), jwt.WithExpirationRequired(),
			jwt.WithAudience(row.want), jwt.WithIssuer("app"), jwt.WithSubject("bot@acme.example"))
		if err != nil {
			t.Errorf("%s: %v", row.instance, err)
			continue
		}
		if exp, ok := parsed.Claims.(jwt.MapClaims)["exp"].(float64); !ok || int64(exp) != now.Add(assertionLife).Unix() {
			t.Errorf("exp %v", parsed.Claims)
		}
	}
	d := newDesk(t, answers(200, "{}"))
	o := d.options()
	o.Login = JWT{ClientID: "app", Username: "bot@acme.example", KeyPEM: text}
	if _, err := connected(t, o).do(t.Context(), read("x")); err != nil {
		t.Error(err)
	}
}

// TestSecretsDoNotPrint: not by any verb, not in logs, not as JSON.
func TestSecretsDoNotPrint(t *testing.T) {
	var log strings.Builder
	logger := slog.New(slog.NewJSONHandler(&log, nil))
	for _, login := range []Login{
		ClientCredentials{"app", "s3cret"}, JWT{"app", "s3cret", "s3cret", ""}, AccessToken{"s3cret"}, Password{"s3cret", "s3cret", "s3cret"},
	} {
		o := Options{Login: login}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			if text := fmt.Sprintf(verb+verb, login, o); strings.Contains(text, "s3cret") || strings.Contains(text, "733363726574") {
				t.Errorf("%s: %s", verb, text)
			}
		}
		logger.Info("login", "login", login, "options", o)
		encoded, _ := json.Marshal(login)
		log.Write(encoded)
	}
	if strings.Contains(log.String(), "s3cret") {
		t.Error(log.String())
	}
}
