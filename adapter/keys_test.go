package adapter

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

func TestSecretsRefuseToBeEmptyShortOrPrinted(t *testing.T) {
	for text, ok := range map[string]bool{"": false, "123456789012345": false, "1234567890123456": true} {
		if _, err := NewSecret(text); (err == nil) != ok {
			t.Errorf("NewSecret of %d bytes: %v", len(text), err)
		}
	}
	for text, ok := range map[string]bool{"": false, "123456789": false, "1234567890": true} {
		if _, err := NewKey(text); (err == nil) != ok {
			t.Errorf("NewKey of %d bytes: %v", len(text), err)
		}
	}
	s := key(t, "canary-of-a-key")
	var logged strings.Builder
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("x", "secret", s, "options", APIKey{Current: s})
	inJSON, err := json.Marshal(APIKey{Current: s})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		logged.String(), string(inJSON), fmt.Sprint(s), fmt.Sprintf("%s %v %+v %#v %q %x %d", s, s, s, s, s, s, s),
		fmt.Sprintf("%+v %#v", APIKey{Current: s}, []APIKey{{Current: s}}),
	} {
		if strings.Contains(text, "canary") || strings.Contains(text, fmt.Sprintf("%x", "canary")) {
			t.Errorf("printed: %s", text)
		}
	}
	if !s.Is("canary-of-a-key") || s.Is("canary-of-a-kez") || (Secret{}).Is("") {
		t.Error("Is compares wrongly")
	}
}

func TestKeyringRefusesBadKeys(t *testing.T) {
	good, other := key(t, "0123456789"), key(t, "9876543210")
	for name, keys := range map[string][]APIKey{
		"none":                    nil,
		"no scopes":               {{Current: good}},
		"unknown scope":           {{Current: good, Scopes: []Scope{"all"}}},
		"no value":                {{Scopes: Scopes()}},
		"short value":             {{Current: Secret{value: "short"}, Scopes: Scopes()}},
		"twice":                   {{Current: good, Scopes: Scopes()}, {ID: "b", Current: good, Scopes: Scopes()}},
		"previous is current":     {{Current: good, Previous: good, PreviousUntil: time.Now(), Scopes: Scopes()}},
		"previous without an end": {{Current: good, Previous: other, Scopes: Scopes()}},
		"two of one id":           {{Current: good, Scopes: Scopes()}, {Current: other, Scopes: Scopes()}},
	} {
		if _, err := newKeyring(keys, nil); err == nil || strings.Contains(err.Error(), "0123456789") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestKeyTwiceInOneRequestIsNone(t *testing.T) {
	k, err := newKeyring([]APIKey{{Current: key(t, "0123456789"), Scopes: Scopes()}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	h := http.Header{headerKey: {"0123456789", "0123456789"}}
	var why *Refusal
	if _, err := k.verify(h, time.Now(), ScopeRoute); !errors.As(err, &why) || why.Status != http.StatusUnauthorized {
		t.Errorf("got %v", err)
	}
}

func TestJWTOfTheOrg(t *testing.T) {
	now := time.Unix(1_784_000_000, 0)
	mine, theirs := rsaKey(t), rsaKey(t)
	v, err := newJWTVerifier(&JWTOptions{
		Issuer: "org", Audience: "onward", Subject: "flow", Scopes: []Scope{ScopeRoute},
		Keys: []JWTKey{{ID: "k1", PEM: publicPEM(t, mine)}, {ID: "k0", PEM: publicPEM(t, theirs), Until: now}},
	})
	if err != nil {
		t.Fatal(err)
	}
	good := jwt.MapClaims{"iss": "org", "aud": "onward", "sub": "flow", "exp": now.Add(5 * time.Minute).Unix(), "iat": now.Unix()}
	with := func(name string, value any) jwt.MapClaims {
		c := jwt.MapClaims{}
		for k, v := range good {
			c[k] = v
		}
		if c[name] = value; value == nil {
			delete(c, name)
		}
		return c
	}
	for _, row := range []struct {
		name   string
		token  string
		wanted bool
	}{
		{"good", signed(t, jwt.SigningMethodRS256, mine, "k1", good), true},
		{"audience among others", signed(t, jwt.SigningMethodRS256, mine, "k1", with("aud", []string{"x", "onward"})), true},
		{"other issuer", signed(t, jwt.SigningMethodRS256, mine, "k1", with("iss", "other")), false},
		{"other audience", signed(t, jwt.SigningMethodRS256, mine, "k1", with("aud", "other")), false},
		{"no audience", signed(t, jwt.SigningMethodRS256, mine, "k1", with("aud", nil)), false},
		{"other subject", signed(t, jwt.SigningMethodRS256, mine, "k1", with("sub", "other")), false},
		{"no subject", signed(t, jwt.SigningMethodRS256, mine, "k1", with("sub", nil)), false},
		{"over", signed(t, jwt.SigningMethodRS256, mine, "k1", with("exp", now.Add(-2*time.Minute).Unix())), false},
		{"no end", signed(t, jwt.SigningMethodRS256, mine, "k1", with("exp", nil)), false},
		{"for a year", signed(t, jwt.SigningMethodRS256, mine, "k1", with("exp", now.AddDate(1, 0, 0).Unix())), false},
		{"not yet", signed(t, jwt.SigningMethodRS256, mine, "k1", with("nbf", now.Add(time.Hour).Unix())), false},
		{"issued later", signed(t, jwt.SigningMethodRS256, mine, "k1", with("iat", now.Add(time.Hour).Unix())), false},
		{"unknown kid", signed(t, jwt.SigningMethodRS256, mine, "k9", good), false},
		{"no kid", signed(t, jwt.SigningMethodRS256, mine, "", good), false},
		{"another key", signed(t, jwt.SigningMethodRS256, theirs, "k1", good), false},
		{"a key that has ended", signed(t, jwt.SigningMethodRS256, theirs, "k0", good), false},
		{"another method", signed(t, jwt.SigningMethodRS512, mine, "k1", good), false},
		{"the public key as secret", signed(t, jwt.SigningMethodHS256, publicPEM(t, mine), "k1", good), false},
		{"unsigned", signed(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, "k1", good), false},
		{"nothing", "", false},
	} {
		got, ok := v.verify("Bearer "+row.token, now)
		if ok != row.wanted || ok && got.id != "jwt:k1" {
			t.Errorf("%s: %v %q", row.name, ok, got.id)
		}
	}
}

func signed(t *testing.T, m jwt.SigningMethod, key any, kid string, c jwt.MapClaims) string {
	t.Helper()
	token := jwt.NewWithClaims(m, c)
	if kid != "" {
		token.Header["kid"] = kid
	}
	text, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func rsaKey(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func publicPEM(t testing.TB, k *rsa.PrivateKey) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(&k.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

func TestJWTOpensTheRoutesOfItsScopes(t *testing.T) {
	mine := rsaKey(t)
	b := newFlowBench(t, func(b *flowBench) {
		b.opt.Flow.Keys = nil
		b.opt.Flow.JWT = &JWTOptions{Issuer: "org", Audience: "onward", Subject: "flow", Scopes: []Scope{ScopeRoute},
			Keys: []JWTKey{{ID: "k1", PEM: publicPEM(t, mine)}}}
	})
	token := signed(t, jwt.SigningMethodRS256, mine, "k1", jwt.MapClaims{"iss": "org", "aud": "onward", "sub": "flow", "exp": b.now().Add(time.Minute).Unix()})
	header := map[string]string{"Authorization": "Bearer " + token}
	if w := b.send(routePath, strings.NewReader(body1("r1", annLee)), header); w.Code != http.StatusOK {
		t.Errorf("route: %d %s", w.Code, w.Body)
	}
	b.refused(b.send("/salesforce/flow/decide", strings.NewReader(body1("r1", annLee)), header), http.StatusForbidden, "forbidden")
}
