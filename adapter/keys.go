package adapter

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Scope is what a caller may ask for.
type Scope string

// The scopes of Salesforce's routes.
const (
	// ScopeRoute executes: /salesforce/flow/route.
	ScopeRoute Scope = "route"
	// ScopeMatch looks: /match-account and /find-duplicates.
	ScopeMatch Scope = "match"
	// ScopeDecide decides without writing: /decide.
	ScopeDecide Scope = "decide"
	// ScopeComplete reports what a Flow wrote: /complete.
	ScopeComplete Scope = "complete"
	// ScopeDRI finds responsible people: /resolve-dri.
	ScopeDRI Scope = "dri"
)

// Scopes lists all scopes.
func Scopes() []Scope {
	return []Scope{ScopeRoute, ScopeMatch, ScopeDecide, ScopeComplete, ScopeDRI}
}

// headerKey is the header of API keys.
const headerKey = "X-Api-Key"

// APIKey is a key that callers send in the header X-API-Key. Two values are good at
// once while one replaces the other.
type APIKey struct {
	// ID names the key in logs and metrics; "" names its values "current" and
	// "previous", any other "ID" and "ID/previous".
	ID string
	// Current is the key, at least 10 bytes; Previous the one that it replaces, good
	// until PreviousUntil.
	Current       Secret
	Previous      Secret
	PreviousUntil time.Time
	// Scopes are what it is good for; at least one.
	Scopes []Scope
}

// keyring holds the keys of a source.
type keyring struct {
	keys []ringKey
	jwt  *jwtVerifier
}

type ringKey struct {
	id       string
	value    Secret
	until    time.Time
	previous bool
	scopes   []Scope
}

// newKeyring checks keys. jwt may be nil; one of the two is needed.
func newKeyring(keys []APIKey, jwt *jwtVerifier) (*keyring, error) {
	k := &keyring{jwt: jwt}
	if len(keys) == 0 && jwt == nil {
		return nil, errors.New("adapter: flow: want an API key or a JWT's issuer")
	}
	for i, key := range keys {
		at := fmt.Sprintf("adapter: flow: keys[%d]", i)
		if err := checkScopes(key.Scopes); err != nil {
			return nil, fmt.Errorf("%s: %w", at, err)
		}
		id, previous := key.ID, key.ID+"/previous"
		if id == "" {
			id, previous = "current", "previous"
		}
		if err := k.add(ringKey{id: id, value: key.Current, scopes: key.Scopes}); err != nil {
			return nil, fmt.Errorf("%s: %w", at, err)
		}
		if key.Previous.IsZero() {
			continue
		}
		if key.PreviousUntil.IsZero() {
			return nil, fmt.Errorf("%s: the previous key needs an end", at)
		}
		err := k.add(ringKey{id: previous, value: key.Previous, scopes: key.Scopes, until: key.PreviousUntil, previous: true})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", at, err)
		}
	}
	return k, nil
}

func (k *keyring) add(key ringKey) error {
	switch same := func(o ringKey) bool { return o.value.Is(key.value.Reveal()) }; {
	case len(key.value.Reveal()) < minKey:
		return fmt.Errorf("a key has fewer than %d bytes", minKey)
	case slices.ContainsFunc(k.keys, same):
		return errors.New("a key is there twice")
	case slices.ContainsFunc(k.keys, func(o ringKey) bool { return o.id == key.id }):
		return errors.New("two keys have one id")
	}
	k.keys = append(k.keys, key)
	return nil
}

func checkScopes(scopes []Scope) error {
	if len(scopes) == 0 {
		return errors.New("scopes: want at least one")
	}
	for _, s := range scopes {
		if !slices.Contains(Scopes(), s) {
			return errors.New("scopes: want route, match, decide, complete or dri")
		}
	}
	return nil
}

// verify tells who sent a request, by its header alone, and whether they may do
// what needs the scope. A missing, an unknown and a revoked key look the same.
func (k *keyring) verify(h http.Header, now time.Time, scope Scope) (Caller, error) {
	key, ok := k.find(h, now)
	if !ok {
		return Caller{}, &Refusal{Status: http.StatusUnauthorized, Code: codeUnauthorized, Message: "missing or unknown key"}
	}
	c := Caller{KeyID: key.id, Previous: key.previous}
	if !slices.Contains(key.scopes, scope) {
		return c, &Refusal{Status: http.StatusForbidden, Code: codeForbidden, Message: "the key has no scope " + string(scope)}
	}
	return c, nil
}

// find compares with every key, whichever fits, so that the time tells nothing.
func (k *keyring) find(h http.Header, now time.Time) (found ringKey, ok bool) {
	values, bearer := h.Values(headerKey), h.Values("Authorization")
	if len(values) == 0 && len(bearer) == 1 && k.jwt != nil {
		return k.jwt.verify(bearer[0], now)
	}
	if len(values) != 1 {
		return ringKey{}, false
	}
	for _, key := range k.keys {
		if key.value.Is(values[0]) && (key.until.IsZero() || now.Before(key.until)) {
			found, ok = key, true
		}
	}
	return found, ok
}

// JWTOptions let a Salesforce org sign its requests itself: an external credential
// of protocol Jwt sends "Authorization: Bearer …", signed with a certificate of the
// org. Then there is no secret to share.
type JWTOptions struct {
	// Issuer, Audience and Subject are what the claims iss, aud and sub must be.
	Issuer, Audience, Subject string
	// Keys are the org's public keys, by the header kid; at least one.
	Keys []JWTKey
	// Scopes are what its bearer may ask for; at least one.
	Scopes []Scope
}

// JWTKey is a public key.
type JWTKey struct {
	// ID is the kid, PEM the RSA key or the certificate, of at least 2048 bits.
	ID  string
	PEM []byte
	// Until is when it ends; zero means never. The first key of the list is the
	// current one, the others are previous ones.
	Until time.Time
}

// The bounds of tokens.
const (
	jwtLeeway   = 60 * time.Second
	jwtLongest  = time.Hour
	minRSABits  = 2048
	maxJWTBytes = 8 << 10
)

type jwtVerifier struct {
	opt  JWTOptions
	keys []jwtKey
}

type jwtKey struct {
	id       string
	key      *rsa.PublicKey
	until    time.Time
	previous bool
}

// newJWTVerifier checks the options; nil ones give nil.
func newJWTVerifier(o *JWTOptions) (*jwtVerifier, error) {
	if o == nil {
		return nil, nil
	}
	if o.Issuer == "" || o.Audience == "" || o.Subject == "" || len(o.Keys) == 0 {
		return nil, errors.New("adapter: flow: jwt: want issuer, audience, subject and a key")
	}
	if err := checkScopes(o.Scopes); err != nil {
		return nil, fmt.Errorf("adapter: flow: jwt: %w", err)
	}
	v := &jwtVerifier{opt: *o}
	seen := map[string]bool{}
	for i, k := range o.Keys {
		key, err := jwt.ParseRSAPublicKeyFromPEM(k.PEM)
		switch {
		case k.ID == "" || seen[k.ID]:
			return nil, fmt.Errorf("adapter: flow: jwt: keys[%d]: want an id of its own", i)
		case err != nil:
			return nil, fmt.Errorf("adapter: flow: jwt: keys[%d]: no RSA key or certificate in PEM", i)
		case key.N.BitLen() < minRSABits:
			return nil, fmt.Errorf("adapter: flow: jwt: keys[%d]: fewer than %d bits", i, minRSABits)
		}
		seen[k.ID] = true
		v.keys = append(v.keys, jwtKey{id: k.ID, key: key, until: k.Until, previous: i > 0})
	}
	return v, nil
}

// verify checks the value of the header Authorization: RS256 alone, the key that
// kid names, issuer, audience and subject, and a life of at most an hour.
func (v *jwtVerifier) verify(header string, now time.Time) (ringKey, bool) {
	scheme, text, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") || len(text) > maxJWTBytes {
		return ringKey{}, false
	}
	var used jwtKey
	claims := jwt.RegisteredClaims{}
	_, err := jwt.ParseWithClaims(text, &claims, func(t *jwt.Token) (any, error) {
		kid, _ := t.Header["kid"].(string)
		for _, k := range v.keys {
			if k.id == kid && (k.until.IsZero() || now.Before(k.until)) {
				used = k
				return k.key, nil
			}
		}
		return nil, jwt.ErrTokenUnverifiable
	},
		jwt.WithValidMethods([]string{jwt.SigningMethodRS256.Alg()}), jwt.WithIssuer(v.opt.Issuer), jwt.WithSubject(v.opt.Subject),
		jwt.WithAudience(v.opt.Audience), jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithLeeway(jwtLeeway),
		jwt.WithStrictDecoding(), jwt.WithTimeFunc(func() time.Time { return now }))
	if err != nil || claims.ExpiresAt.Sub(now) > jwtLongest+jwtLeeway {
		return ringKey{}, false
	}
	return ringKey{id: "jwt:" + used.id, previous: used.previous, scopes: v.opt.Scopes}, true
}
